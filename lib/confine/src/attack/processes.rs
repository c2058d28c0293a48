//! Other processes, other programs, and code that was not there before.

use super::*;

/// Another service, fully confined, with its pid.
fn neighbour() -> (Running, String) {
    let stage = Stage::new(Role::Service);
    let running = stage.start(Attack::Stay, "");
    let answer = running.hear().expect("it runs");
    (running, answer.strip_prefix("worked ").expect("it is confined").to_owned())
}

fn stopped_at_neighbour(layers: &[Layer], attack: Attack, outcome: &Outcome) {
    let (control, pid) = neighbour();
    assert_eq!(Stage::only(&[]).run(attack, &pid), Outcome::Worked(String::new()), "without any layer");
    drop(control);
    let (neighbour, pid) = neighbour();
    assert_eq!(Stage::only(layers).run(attack, &pid), *outcome, "{layers:?}");
    drop(neighbour);
}

#[test]
fn another_services_process_cannot_be_held_by_another_user() {
    stopped_at_neighbour(&[Layer::Identity], Attack::Seize, &Outcome::Refused(libc::EPERM));
}

#[test]
fn another_services_process_cannot_be_held_without_capabilities() {
    stopped_at_neighbour(&[Layer::Capabilities], Attack::Seize, &Outcome::Refused(libc::EPERM));
}

#[test]
fn landlock_alone_keeps_hands_off_processes_outside_its_domain() {
    stopped_at_neighbour(&[Layer::LandlockFiles], Attack::Seize, &Outcome::Refused(libc::EPERM));
    stopped_at_neighbour(&[Layer::LandlockScopes], Attack::Signal, &Outcome::Refused(libc::EPERM));
}

#[test]
fn the_filter_alone_kills_who_touches_another_process() {
    stopped_at_neighbour(&[Layer::Calls], Attack::Seize, &Outcome::Killed(libc::SIGSYS));
    stopped_at_neighbour(&[Layer::Calls], Attack::Signal, &Outcome::Killed(libc::SIGSYS));
}

#[test]
fn another_user_cannot_be_signalled() {
    stopped_at_neighbour(&[Layer::Identity], Attack::Signal, &Outcome::Refused(libc::EPERM));
}

#[test]
fn shared_memory_of_the_host_is_not_found() {
    let key = 0x0062_0062;
    // SAFETY: takes numbers only.
    let segment = unsafe { libc::shmget(key, 4096, libc::IPC_CREAT | 0o666) };
    assert!(segment >= 0, "makes shared memory");
    let removed = std::panic::catch_unwind(|| {
        stopped_by(&[Layer::Namespaces], Attack::FindShared, key.to_string(), &Outcome::Refused(libc::ENOENT));
    });
    // SAFETY: the segment is ours; the kernel reads no memory for this command.
    unsafe { libc::shmctl(segment, libc::IPC_RMID, std::ptr::null_mut()) };
    removed.expect("the namespace hides it");
}

#[test]
fn no_program_can_be_run() {
    stopped_by(&[Layer::Calls], Attack::Run, "/bin/true", &Outcome::Refused(libc::EPERM));
    stopped_by(&[Layer::LandlockFiles], Attack::Run, "/bin/true", &Outcome::Refused(libc::EACCES));
    stopped_by(&[Layer::Root], Attack::Run, "/bin/true", &Outcome::Refused(libc::ENOENT));
}

#[test]
fn nothing_that_was_planted_in_ones_root_can_be_run() {
    let stage = Stage::only(&[Layer::Root]).bind_programs("/usr");
    for place in ["planted", "db/planted"] {
        copy_program("/usr/bin/true", &stage.root().join(place));
    }
    for place in ["/planted", "/db/planted"] {
        assert_eq!(stage.run(Attack::Run, place), Outcome::Refused(libc::EACCES), "{place}");
    }
    // Its loader is not there.
    assert_eq!(stage.run(Attack::Run, "/usr/bin/true"), Outcome::Refused(libc::ENOENT), "what is bound to be run");
}

#[test]
fn no_memory_can_be_made_into_code() {
    stopped_by(&[Layer::Calls], Attack::MakeCode, "", &Outcome::Refused(libc::EPERM));
}

#[test]
fn no_namespace_can_be_made() {
    stopped_by(&[Layer::Calls], Attack::MakeNamespace, "", &Outcome::Killed(libc::SIGSYS));
}
