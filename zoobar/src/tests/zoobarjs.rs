use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::browser::Zoo;

#[tokio::test]
async fn the_script_tells_the_visitor_his_balance_and_a_stranger_nothing() {
    let zoo = Zoo::open();
    let answer = zoo.visitor("alice").get("/zoobarjs").await;
    assert_eq!(answer.html, "var myZoobars = 10;\n");
    assert_eq!(answer.headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let answer = zoo.stranger().get("/zoobarjs").await;
    assert_eq!((answer.status, answer.html.as_str()), (StatusCode::OK, ""));
}
