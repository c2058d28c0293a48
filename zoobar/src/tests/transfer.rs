use http::StatusCode;

use super::browser::Zoo;

const SEND: (&str, &str) = ("submission", "Send");

#[tokio::test]
async fn zoobars_move_and_the_page_says_so() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let page = alice.get("/transfer?recipient=bob").await;
    page.shows("<title>Transfer - Zoobar Foundation</title>")
        .shows("<b>Balance: </b><span id=\"myZoobars\">10</span> zoobars");
    page.shows("name=\"transferform\"")
        .shows("name=\"recipient\" value=\"bob\"")
        .shows("name=\"submission\" value=\"Send\"");
    let answer = alice.post("/transfer", &[("zoobars", " 3 "), ("recipient", " bob "), SEND]).await;
    answer.shows("<span class=\"warning\">Sent 3 zoobars</span>").shows("<span id=\"myZoobars\">7</span>");
    assert_eq!((zoo.zoobars("alice"), zoo.zoobars("bob")), (7, 13));
}

#[tokio::test]
async fn an_amount_that_is_none_moves_nothing_and_is_explained() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    let huge = "9".repeat(200);
    for zoobars in
        ["", "0", "-3", "1.5", "1e3", "abc", "３", "0x3", "1;2", "__import__('os')", "9223372036854775808", &huge]
    {
        let answer = alice.post("/transfer", &[("zoobars", zoobars), ("recipient", "bob"), SEND]).await;
        assert_eq!(answer.status, StatusCode::OK, "{zoobars}");
        answer
            .shows("Transfer to bob failed")
            .shows("aria-describedby=\"zoobars-error\"")
            .shows("id=\"zoobars-error\"");
        answer.shows("name=\"recipient\" value=\"bob\"").hides("Sent");
    }
    assert_eq!((zoo.zoobars("alice"), zoo.zoobars("bob")), (10, 10));
    assert!(zoo.world().transfers.is_empty());
}

#[tokio::test]
async fn what_the_bank_refuses_is_explained_beside_its_field() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    for (zoobars, recipient, message, field, why) in [
        ("11", "bob", "Transfer to bob failed", "zoobars-error", "You have only 10 zoobars."),
        ("9223372036854775807", "bob", "Transfer to bob failed", "zoobars-error", "You have only 10 zoobars."),
        ("1", "nobody", "Transfer to nobody failed", "recipient-error", "There is no user of this name."),
        ("1", "alice", "Transfer to alice failed", "recipient-error", "One cannot send zoobars to oneself."),
        ("1", "", "Transfer failed", "recipient-error", "Say who shall have them."),
    ] {
        let answer = alice.post("/transfer", &[("zoobars", zoobars), ("recipient", recipient), SEND]).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.shows(message).shows(&format!("aria-describedby=\"{field}\"")).shows(why);
        answer.shows(&format!("name=\"zoobars\" value=\"{zoobars}\""));
    }
    assert_eq!((zoo.zoobars("alice"), zoo.zoobars("bob")), (10, 10));
}

#[tokio::test]
async fn what_was_typed_stays_text() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    let attack = "\"><script>alert(1)</script>";
    let answer = alice.post("/transfer", &[("zoobars", attack), ("recipient", attack), SEND]).await;
    answer.shows("failed").hides("<script").hides("\"\"><");
    let answer = alice.get("/transfer?recipient=%22%3E%3Cscript%3E").await;
    answer.hides("<script");
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_sends_nothing() {
    let zoo = Zoo::open();
    let (alice, _bob) = (zoo.visitor("alice"), zoo.visitor("bob"));
    zoo.world().sessions.clear();
    let answer = alice.post("/transfer?x=1", &[("zoobars", "3"), ("recipient", "bob"), SEND]).await;
    assert_eq!(answer.location(), Some("/zoobar/index.cgi/login?nexturl=%2Fzoobar%2Findex%2Ecgi%2Ftransfer"));
    assert_eq!(zoo.zoobars("bob"), 10);
}

#[tokio::test]
async fn a_bank_that_does_not_answer_is_no_reason_to_send_twice() {
    let zoo = Zoo::without("bank");
    let answer = zoo.visitor("alice").post("/transfer", &[("zoobars", "3"), ("recipient", "bob"), SEND]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.shows("look at your log");
}
