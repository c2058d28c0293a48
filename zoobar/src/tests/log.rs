use super::browser::Zoo;

#[tokio::test]
async fn the_log_has_the_visitors_transfers_and_nobody_elses() {
    let zoo = Zoo::open();
    let (alice, bob, carol) = (zoo.visitor("alice"), zoo.visitor("bob"), zoo.visitor("<carol>"));
    alice.get("/log").await.shows("<table class=\"log\">").shows("No zoobar has moved yet.");
    alice.post("/transfer", &[("zoobars", "3"), ("recipient", "bob")]).await.shows("Sent 3 zoobars");
    carol.post("/transfer", &[("zoobars", "4"), ("recipient", "bob")]).await.shows("Sent 4 zoobars");
    let page = alice.get("/log").await;
    for heading in ["Time", "Sender", "Recipient", "Amount"] {
        page.shows(&format!("<th scope=\"col\">{heading}</th>"));
    }
    page.shows("<td>alice</td><td>bob</td><td>3</td>").hides("<td>4</td>");
    bob.get("/log").await.shows("<td>&#60;carol&#62;</td><td>bob</td><td>4</td>").hides("<carol>");
}
