use auth_api::Error;

use super::browser::Zoo;

const REGISTER: (&str, &str) = ("submit_registration", "Register");

#[tokio::test]
async fn a_newcomer_is_in_at_once_with_ten_zoobars() {
    let zoo = Zoo::open();
    zoo.stranger().get("/register").await.shows("<title>Register - Zoobar Foundation</title>");
    let fields =
        [("login_username", "zoë 动物"), ("login_password", "pw"), REGISTER, ("nexturl", "/zoobar/index.cgi/users")];
    let answer = zoo.stranger().with("x-forwarded-proto", "https").post("/register", &fields).await;
    assert_eq!(answer.location(), Some("/zoobar/index.cgi/users"));
    assert!(answer.cookie().expect("a cookie").ends_with("; Secure"));
    assert_eq!(zoo.zoobars("zoë 动物"), 10);
}

#[tokio::test]
async fn what_is_missing_is_said_beside_its_field() {
    let answer = Zoo::open().stranger().post("/register", &[REGISTER]).await;
    answer.shows("You must supply a username to register.").shows("You must supply a password to register.");
}

#[tokio::test]
async fn a_name_or_password_that_auth_refuses_comes_back_with_its_reason_and_without_the_password() {
    let zoo = Zoo::open();
    let fields = [("login_username", " x"), ("login_password", "hunter2"), REGISTER];
    zoo.world().refusal = Some(Error::BadUsername { why: "A name begins with no blank.".into() });
    let answer = zoo.stranger().post("/register", &fields).await;
    answer.shows("Registration failed.").shows("A name begins with no blank.").shows("value=\" x\"").hides("hunter2");
    answer.shows("aria-describedby=\"username-error\"");
    zoo.world().refusal = Some(Error::BadPassword { why: "Too long.".into() });
    let answer = zoo.stranger().post("/register", &fields).await;
    answer.shows("Too long.").shows("aria-describedby=\"password-error\"").hides("hunter2");
    assert!(zoo.world().users.is_empty());
}

#[tokio::test]
async fn a_name_goes_to_auth_as_it_was_typed() {
    let zoo = Zoo::open();
    zoo.stranger().post("/register", &[("login_username", " bob"), ("login_password", "pw"), REGISTER]).await;
    assert!(zoo.world().users.contains_key(" bob"));
}
