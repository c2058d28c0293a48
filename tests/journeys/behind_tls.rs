//! The site behind a server that ends TLS.

use harness::Site;

const REGISTER: [(&str, &str); 3] =
    [("login_username", "alice"), ("login_password", "alice!"), ("submit_registration", "Register")];

#[test]
fn behind_a_front_that_ends_tls_forms_work_and_cookies_stay_under_tls() {
    let site = Site::start_with(|conf| conf.set("zookd", "set.front", "127.0.0.1"));
    let visitor = site.visitor();
    let send = |scheme, origin: &str| {
        let origin = format!("{origin}://{}", site.address());
        let said = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", scheme), ("Origin", origin.as_str())];
        visitor.post_with("/login", &REGISTER, &said)
    };
    assert_eq!(send("https", "http").status, 403, "the page with this form came without TLS");
    let page = send("https", "https");
    assert_eq!(page.status, 302, "{}", page.text);
    let cookies: Vec<_> = page.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    assert!(cookies.len() == 2 && cookies.iter().all(|(_, cookie)| cookie.ends_with("; Secure")), "{cookies:?}");
    visitor.get("/").shows("10 zoobars");
}
