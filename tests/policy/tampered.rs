//! What a program says of itself is not enough: the launcher looks at it from outside.

use harness::Site;

#[test]
fn a_service_that_says_it_is_confined_and_is_not_does_not_come_up() {
    let ended = Site::refused_with("echo", env!("CARGO_BIN_EXE_liar").as_ref());
    assert!(ended.code.is_some_and(|code| code != 0), "exit code {:?}: {}", ended.code, ended.said);
    let words = "echo_svc is not confined as zook.conf says: it has no system-call filter";
    assert!(ended.said.contains(words), "{}", ended.said);
}

#[test]
fn the_program_that_was_there_before_does() {
    let site = Site::start_with_program("echo", &harness::programs().join("echo"));
    assert!(site.process(10).is_some(), "{}", site.said());
}
