//! Becoming somebody else, or being more than one's own user.

use super::*;

#[test]
fn a_user_cannot_become_root() {
    stopped_by(&[Layer::Identity], Attack::BecomeRoot, "", &Outcome::Refused(libc::EPERM));
}

#[test]
fn the_filter_alone_kills_who_tries_to_become_root() {
    stopped_by(&[Layer::Calls], Attack::BecomeRoot, "", &Outcome::Killed(libc::SIGSYS));
}

#[test]
fn root_without_capabilities_cannot_give_files_away() {
    let stage = Stage::only(&[]);
    stopped_by(&[Layer::Capabilities], Attack::GiveAway, stage.outside("secret"), &Outcome::Refused(libc::EPERM));
}

#[test]
fn a_set_user_id_program_gives_nothing_after_no_new_privileges() {
    let id = |layers: &[Layer]| {
        let stage = Stage::only(layers);
        let program = stage.outside("id");
        copy_program("/usr/bin/id", &program);
        fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).expect("sets its mode");
        (stage.run(Attack::WhoAmI, &program), Outcome::Became(stage.uid.to_string()))
    };
    let (control, _) = id(&[Layer::Identity]);
    assert_eq!(control, Outcome::Became("0".to_owned()), "the program is set-user-ID root");
    let (outcome, own) = id(&[Layer::Identity, Layer::NoNewPrivileges]);
    assert_eq!(outcome, own);
}

#[test]
fn the_launchers_groups_do_not_come_along() {
    // Of this thread alone, from which the programs below are forked.
    rustix::thread::set_thread_groups(&[rustix::thread::Gid::from_raw(62_099)]).expect("root may");
    let Outcome::Worked(control) = Stage::only(&[]).run(Attack::Groups, "") else { panic!("no groups") };
    assert!(control.contains("62099"), "{control}");
    assert_eq!(Stage::only(&[Layer::Identity]).run(Attack::Groups, ""), Outcome::Worked("[]".to_owned()));
}
