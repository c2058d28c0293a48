//! Sending zoobars.

use harness::{Page, Site, Visitor};

fn send(sender: &Visitor, zoobars: &str, recipient: &str) -> Page {
    sender.post("/transfer", &[("zoobars", zoobars), ("recipient", recipient), ("submission", "Send")])
}

#[test]
fn zoobars_move_and_both_sides_see_it_in_their_logs() {
    let site = Site::start();
    let (alice, bob) = (site.register("alice"), site.register("bob"));
    send(&alice, "4", "bob").shows("Sent 4 zoobars");
    alice.get("/").shows("<b>Balance:</b> 6 zoobars<br />");
    bob.get("/").shows("<b>Balance:</b> 14 zoobars<br />");
    for page in [alice.get("/log"), bob.get("/log"), bob.get("/users?user=alice")] {
        page.shows("Time").shows("Sender").shows("Recipient").shows("Amount").shows("alice").shows("bob");
    }
}

#[test]
fn what_cannot_be_sent_is_explained_kept_in_the_form_and_changes_nothing() {
    let site = Site::start();
    let (alice, bob) = (site.register("alice"), site.register("bob"));
    let huge = "9".repeat(400);
    let wrong = [
        ("-3", "bob"),
        ("0", "bob"),
        ("1.5", "bob"),
        ("1e1", "bob"),
        ("0x2", "bob"),
        ("3+4", "bob"),
        ("__import__('os')", "bob"),
        ("abc", "bob"),
        ("", "bob"),
        ("٣", "bob"),
        ("18446744073709551617", "bob"),
        (&huge, "bob"),
        ("11", "bob"),
        ("1", "nobody"),
        ("1", ""),
        ("1", "alice"),
        ("1", "bob\u{0}"),
    ];
    for (zoobars, recipient) in wrong {
        let page = send(&alice, zoobars, recipient);
        assert!(page.status < 500, "{zoobars:?} to {recipient:?}: {}", page.status);
        page.hides("Sent ");
    }
    send(&alice, "11", "bob").shows("Transfer to bob failed").shows("value=\"11\"").shows("value=\"bob\"");
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    bob.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    send(&alice, " 10 ", "bob").shows("Sent 10 zoobars");
}

#[test]
fn a_transfer_to_oneself_creates_nothing() {
    let site = Site::start();
    let alice = site.register("alice");
    send(&alice, "5", "alice").shows("Transfer to alice failed");
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
}

#[test]
fn a_form_of_another_site_moves_nothing() {
    let site = Site::start();
    let alice = site.register("alice");
    site.register("bob");
    let form = [("zoobars", "1"), ("recipient", "bob"), ("submission", "Send")];
    for headers in [[("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")], [("Origin", "null")]] {
        assert_eq!(alice.post_with("/transfer", &form, &headers).status, 403, "{headers:?}");
    }
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
    let own = format!("http://{}", site.address());
    alice.post_with("/transfer", &form, &[("Origin", &own), ("Sec-Fetch-Site", "same-origin")]).shows("Sent 1 zoobars");
}
