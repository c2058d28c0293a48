use http::StatusCode;

use super::browser::Zoo;

#[tokio::test]
async fn echo_says_it_back_and_names_the_caller() {
    let page = Zoo::open().stranger().get("/echo?s=hello+%3Cb%3E").await;
    assert_eq!(page.status, StatusCode::OK);
    page.shows("<title>Echo - Zoobar Foundation</title>").shows("Echo response:");
    page.shows("<pre>You said: hello &#60;b&#62;</pre>").shows("<code>test_svc</code>").hides("<b>");
}

#[tokio::test]
async fn what_is_too_long_to_echo_is_said_to_be() {
    let zoo = Zoo::open();
    let fits = zoo.stranger().get(&format!("/echo?s={}", "a".repeat(echo_api::MAX_MESSAGE))).await;
    fits.shows("You said: a");
    let page = zoo.stranger().get(&format!("/echo?s={}", "a".repeat(echo_api::MAX_MESSAGE + 1))).await;
    assert_eq!(page.status, StatusCode::OK);
    page.shows("8192 bytes").hides("You said");
}

#[tokio::test]
async fn without_echo_the_page_asks_for_patience() {
    let page = Zoo::without("echo").stranger().get("/echo?s=x").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
}
