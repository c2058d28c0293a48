use http::StatusCode;
use profile_api::{Error, Sight};

use super::browser::Zoo;

fn printed(text: &str, remark: Option<&str>) -> Option<Result<Sight, Error>> {
    Some(Ok(Sight::Run { text: text.to_owned(), remark: remark.map(str::to_owned) }))
}

#[tokio::test]
async fn a_user_is_shown_with_profile_zoobars_and_log() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    zoo.world().users.get_mut("bob").expect("bob").profile = "I am <i>Bob</i>".to_owned();
    alice.post("/transfer", &[("zoobars", "3"), ("recipient", "bob"), ("submission", "Send")]).await;
    let page = alice.get("/users?user=bob").await;
    assert_eq!(page.status, StatusCode::OK);
    page.shows("<title>Users - Zoobar Foundation</title>").shows("name=\"profileform\" method=\"get\"");
    page.shows("<div id=\"profile\"><b>I am <i>Bob</i></b></div>");
    page.shows("bob's zoobars: <span id=\"zoobars\" class=\"13\">13</span>");
    page.shows("<td>Sat Nov 21 17:30:13 2026</td><td>alice</td><td>bob</td><td>3</td>").shows("value=\"bob\"");
}

#[tokio::test]
async fn a_name_finds_its_user_however_it_is_typed() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    zoo.visitor("Ren\u{e9}e");
    alice.get("/users?user=%20Rene%CC%81e+").await.shows("id=\"zoobars\"");
}

#[tokio::test]
async fn nobody_is_found_under_a_name_that_nobody_has() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for query in ["?user=nobody", "?user=", "?user=+", "?user=al%00ice", "?user=%3Cscript%3E"] {
        let page = alice.get(&format!("/users{query}")).await;
        assert_eq!(page.status, StatusCode::OK);
        page.shows("Cannot find that user.")
            .shows("aria-describedby=\"user-error\"")
            .hides("id=\"profile\"")
            .hides("<script");
    }
    alice.get("/users").await.hides("Cannot find that user.");
    alice.get(&format!("/users?user={}", "a".repeat(10_000))).await.shows("Cannot find that user.");
}

#[tokio::test]
async fn what_a_profile_prints_is_shown_harmless() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let output = "Hello, <i> alice </i>\n<p onclick=x()>Your visit count: 0<script>alert(1)</script><img src=/zoobar/index.cgi/logout>";
    zoo.world().users.get_mut("bob").expect("bob").sight = printed(output, None);
    let page = alice.get("/users?user=bob").await;
    page.shows("<div id=\"profile\"><b>Hello, <i> alice </i>\n<p>Your visit count: 0</p></b></div>");
    page.hides("<script").hides("onclick").hides("src=/").hides("class=\"remark\"");
    zoo.world().users.get_mut("bob").expect("bob").sight = None;
    zoo.world().users.get_mut("bob").expect("bob").profile = output.to_owned();
    alice.get("/users?user=bob").await.shows("Your visit count: 0").hides("<script").hides("onclick").hides("src=/");
}

#[tokio::test]
async fn a_profile_that_goes_wrong_leaves_the_rest_of_the_page_whole() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let ends = [
        (printed("as far as it <b>got", Some("It ran out of <time>.")), "It ran out of &#60;time&#62;."),
        (Some(Err(Error::Busy)), "Too many profiles are running"),
        (Some(Err(Error::Unavailable)), "cannot be shown just now"),
        (printed("</div></main></body><table><td>", None), "id=\"loghead\""),
    ];
    for (sight, sentence) in ends {
        zoo.world().users.get_mut("bob").expect("bob").sight = sight;
        let page = alice.get("/users?user=bob").await;
        assert_eq!(page.status, StatusCode::OK);
        page.shows(sentence).shows("id=\"zoobars\" class=\"10\"").shows("<table class=\"log\">").shows("</html>");
    }
    zoo.world().users.get_mut("bob").expect("bob").sight = printed("as far as it got", Some("It crashed."));
    alice.get("/users?user=bob").await.shows("as far as it got").shows("It crashed.");
}

#[tokio::test]
async fn without_the_profile_service_the_rest_of_the_page_is_there() {
    let zoo = Zoo::without("profile");
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let page = alice.get("/users?user=bob").await;
    assert_eq!(page.status, StatusCode::OK);
    page.shows("cannot be shown just now").shows("id=\"zoobars\" class=\"10\"");
}

#[tokio::test]
async fn a_name_that_is_html_stays_text_and_its_links_lead_to_it() {
    let zoo = Zoo::open();
    let (alice, name) = (zoo.visitor("alice"), "<img src=x>\"&'");
    zoo.visitor(name);
    let page = alice.get("/users?user=%3Cimg%20src%3Dx%3E%22%26%27").await;
    page.shows("id=\"zoobars\"").hides("<img src=x").shows("recipient=%3Cimg%20src%3Dx%3E%22%26%27\"");
}

#[tokio::test]
async fn the_page_is_only_looked_at() {
    let zoo = Zoo::open();
    let answer = zoo.visitor("alice").post("/users", &[("user", "alice")]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}
