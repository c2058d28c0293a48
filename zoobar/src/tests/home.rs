use http::StatusCode;
use profile_api::Run;

use super::browser::Zoo;

const SAVE: (&str, &str) = ("profile_submit", "Save");
const PROGRAM: &str = "#!python\nprint('</textarea><script>x</script>')\n";

#[tokio::test]
async fn the_balance_line_is_the_one_that_programs_know() {
    let zoo = Zoo::open();
    let page = zoo.visitor("alice").get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.shows("<b>Balance:</b> 10 zoobars<br />").shows("<title>Balance - Zoobar Foundation</title>");
    page.shows("name=\"profile_update\"").shows("name=\"profile_submit\" value=\"Save\"").shows("Log out alice");
    zoo.visitor("bob").get("").await.shows("<b>Balance:</b> 10 zoobars<br />");
}

#[tokio::test]
async fn a_saved_profile_is_stored_as_it_was_typed_and_shown_as_text() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    let answer = alice.post("/", &[("profile_update", PROGRAM), ("profile_cap", "7"), SAVE]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("Saved.").shows("is a program").hides("<script");
    assert_eq!(zoo.world().users["alice"].profile, PROGRAM);
    assert_eq!(zoo.world().users["alice"].cap(), Some(7));
    alice.get("/").await.shows("name=\"profile_cap\" value=\"7\"").hides("Saved.").hides("<script");
}

#[tokio::test]
async fn a_first_line_that_is_empty_survives_the_editor() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.post("/", &[("profile_update", "\r\nhello"), SAVE]).await;
    alice.get("/").await.shows(">\n\r\nhello</textarea>");
    alice.post("/", &[("profile_update", "hello"), SAVE]).await;
    alice.get("/").await.shows(">hello</textarea>");
}

#[tokio::test]
async fn the_cap_is_fifty_until_its_owner_says_otherwise() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.get("/").await.shows("name=\"profile_cap\" value=\"50\"");
    alice.post("/", &[("profile_update", PROGRAM)]).await;
    assert_eq!(zoo.world().users["alice"].cap(), Some(50));
    alice.post("/", &[("profile_update", PROGRAM), ("profile_cap", "0"), SAVE]).await;
    alice.get("/").await.shows("name=\"profile_cap\" value=\"0\"");
    alice.post("/", &[("profile_update", PROGRAM)]).await.shows("name=\"profile_cap\" value=\"0\"");
    assert_eq!(zoo.world().users["alice"].cap(), None, "a form without the field must not bring a grant back");
}

#[tokio::test]
async fn a_grant_is_made_before_a_text_is_stored_and_for_programs_only() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for (text, cap, steps) in [
        (PROGRAM, "7", ["grant 7", "set"]),
        (PROGRAM, "0", ["grant 0", "set"]),
        ("my words", "7", ["grant 0", "set"]),
        (" #!python", "7", ["grant 0", "set"]),
    ] {
        alice.post("/", &[("profile_update", text), ("profile_cap", cap), SAVE]).await.shows("Saved.");
        assert_eq!(std::mem::take(&mut zoo.world().saving), steps, "{text:?} with {cap}");
    }
}

#[tokio::test]
async fn a_grant_that_cannot_be_made_keeps_the_old_program() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.post("/", &[("profile_update", PROGRAM), ("profile_cap", "7"), SAVE]).await;
    zoo.world().ungrantable = Some(5);
    let answer = alice.post("/", &[("profile_update", "#!python\nnew"), ("profile_cap", "5"), SAVE]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.shows("id=\"profile-error\"").shows("please try again").shows("new</textarea>").hides("Saved.");
    let alice = &zoo.world().users["alice"];
    assert_eq!((alice.profile.as_str(), alice.cap()), (PROGRAM, Some(7)));
}

#[tokio::test]
async fn what_two_saves_at_a_time_leave_without_a_grant_is_shown_so() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.post("/", &[("profile_update", PROGRAM), ("profile_cap", "7"), SAVE]).await;
    // The other save stored its text last, and had made its grant first.
    zoo.world().users.get_mut("alice").expect("alice").profile = "#!python\nother".to_owned();
    alice.get("/").await.shows("name=\"profile_cap\" value=\"0\"");
}

#[tokio::test]
async fn a_cap_that_is_none_comes_back_with_a_sentence_and_the_text() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    for cap in ["", "-1", "1.5", "1e3", "lots", "1000001", "99999999999999999999"] {
        let answer = alice.post("/", &[("profile_update", "my words"), ("profile_cap", cap), SAVE]).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer
            .shows("id=\"cap-error\"")
            .shows("my words</textarea>")
            .shows(&format!("value=\"{cap}\""))
            .hides("Saved.");
        assert_eq!(zoo.world().users["alice"].profile, "");
    }
}

#[tokio::test]
async fn a_profile_beyond_the_limit_comes_back_whole() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    let long = "é".repeat(profile_api::MAX_TEXT / 2 + 1);
    let answer = alice.post("/", &[("profile_update", &long), SAVE]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("A profile has at most 64 KiB").shows(&format!("{long}</textarea>"));
    assert!(zoo.world().saving.is_empty(), "and what held still holds");
    alice.post("/", &[("profile_update", &long[2..]), SAVE]).await.shows("Saved.");
}

#[tokio::test]
async fn a_form_without_a_profile_saves_nothing() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.post("/", &[("profile_update", "first"), SAVE]).await;
    let answer = alice.post("/", &[SAVE]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.shows("first</textarea>").hides("Saved.");
}

#[tokio::test]
async fn the_last_runs_are_told_and_what_they_printed_stays_text() {
    let zoo = Zoo::open();
    let alice = zoo.visitor("alice");
    alice.get("/").await.hides("Last runs");
    zoo.world().runs = vec![Run {
        time: "2026-11-21 17:30:13".into(),
        visitor: "<b>bob".into(),
        outcome: "ended <well>".into(),
        milliseconds: 12,
        peak_memory: Some(16_300_000),
        files: Some(3),
        file_bytes: Some(1234),
        output: "<script>x</script>".into(),
        errors: "Traceback <most recent>".into(),
        denials: vec!["open('/etc/passwd'): there is no such file inside the sandbox".into()],
    }];
    let page = alice.get("/").await;
    page.shows("Last runs of your profile")
        .shows("12 ms, 16.3 MB of memory")
        .shows("<td data-head=\"Files\">3, 1.23 kB</td>")
        .shows("Traceback")
        .shows("there is no such file inside the sandbox")
        .shows("ended")
        .hides("<script")
        .hides("<b>bob")
        .hides("<well>")
        .hides("<most recent>");
}

#[tokio::test]
async fn while_the_profile_service_is_down_what_was_typed_is_kept() {
    let zoo = Zoo::without("profile");
    let alice = zoo.visitor("alice");
    let grant = auth_api::Allowance { cap: 7, program: auth_api::ProgramDigest::of("") };
    zoo.world().users.get_mut("alice").expect("alice").grant = Some(grant);
    let answer = alice.post("/", &[("profile_update", "my words"), ("profile_cap", "5"), SAVE]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.shows("my words</textarea>").shows("please try again").shows("value=\"5\"");
    answer.shows("until it does your profile may spend nothing");
    assert_eq!(zoo.world().users["alice"].cap(), None, "too little rather than too much");
    assert_eq!(alice.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
