//! Files outside: by path, by an open descriptor, by writing where nothing may be written.

use rustix::fs::FileType;

use super::*;

#[test]
fn a_file_outside_is_not_there_for_who_has_another_root() {
    let stage = Stage::only(&[]);
    stopped_by(&[Layer::Root], Attack::ReadFile, stage.outside("secret"), &Outcome::Refused(libc::ENOENT));
}

#[test]
fn a_file_outside_is_refused_by_landlock_alone() {
    let stage = Stage::only(&[]);
    stopped_by(&[Layer::LandlockFiles], Attack::ReadFile, stage.outside("secret"), &Outcome::Refused(libc::EACCES));
}

#[test]
fn a_private_file_is_refused_to_another_user_by_its_mode_alone() {
    let stage = Stage::only(&[]);
    let secret = stage.outside("secret");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("sets its mode");
    stopped_by(&[Layer::Identity], Attack::ReadFile, &secret, &Outcome::Refused(libc::EACCES));
}

#[test]
fn ones_own_file_can_be_made_and_read_with_all_layers() {
    let stage = Stage::new(Role::Service);
    assert_eq!(stage.run(Attack::MakeFile, "/db/own"), Outcome::Worked(String::new()));
    assert_eq!(stage.run(Attack::ReadFile, "/db/own"), Outcome::Worked("made".to_owned()));
    let made = fs::metadata(stage.root().join("db/own")).expect("it is there");
    assert_eq!(made.permissions().mode() & 0o777, 0o600, "nobody else can read it");
}

#[test]
fn the_root_cannot_be_written_even_by_root() {
    let stage = Stage::only(&[Layer::Root]);
    assert_eq!(stage.run(Attack::MakeFile, "/planted"), Outcome::Refused(libc::EROFS));
    assert!(!stage.root().join("planted").exists());
    assert_eq!(stage.run(Attack::MakeFile, "/db/own"), Outcome::Worked(String::new()), "where it may");
}

/// As an intruder would like to find one, or to plant it: the kernel's memory is a device, too.
#[test]
fn a_device_in_ones_root_is_none() {
    let stage = Stage::only(&[Layer::Root]);
    for place in ["null", "db/null"] {
        let (device, place) = (rustix::fs::makedev(1, 3), stage.root().join(place));
        let mode = rustix::fs::Mode::from_raw_mode(0o666);
        rustix::fs::mknodat(rustix::fs::CWD, &place, FileType::CharacterDevice, mode, device)
            .expect("root makes devices");
        assert_eq!(
            Stage::only(&[]).run(Attack::ReadFile, &place),
            Outcome::Worked(String::new()),
            "elsewhere it is one"
        );
    }
    for place in ["/null", "/db/null"] {
        assert_eq!(stage.run(Attack::ReadFile, place), Outcome::Refused(libc::EACCES), "{place}");
    }
    fs::write(stage.root().join("plain"), "plain").expect("writes");
    assert_eq!(stage.run(Attack::ReadFile, "/plain"), Outcome::Worked("plain".to_owned()));
}

#[test]
fn landlock_lets_nobody_write_outside_the_grounds() {
    let stage = Stage::only(&[Layer::LandlockFiles]);
    assert_eq!(stage.run(Attack::MakeFile, stage.outside("planted")), Outcome::Refused(libc::EACCES));
    assert!(!stage.outside("planted").exists());
    let control = Stage::only(&[]);
    assert_eq!(control.run(Attack::MakeFile, control.outside("planted")), Outcome::Worked(String::new()));
    assert!(control.outside("planted").exists());
}

#[test]
fn a_descriptor_that_was_not_named_does_not_reach_the_program() {
    let stage = Stage::only(&[]);
    let secret = fs::File::open(stage.outside("secret")).expect("opens");
    // Far from the numbers that other tests use, and not close-on-exec, as a careless library would leave it.
    let leaked = rustix::io::fcntl_dupfd_cloexec(&secret, 700).expect("duplicates");
    rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).expect("clears the flag");
    let number = std::os::fd::AsRawFd::as_raw_fd(&leaked).to_string();
    stopped_by(&[Layer::Descriptors], Attack::ReadDescriptor, &number, &Outcome::Refused(libc::EBADF));
}

#[test]
fn a_descriptor_that_was_named_does() {
    let stage = Stage::new(Role::Service);
    let secret = fs::File::open(stage.outside("secret")).expect("opens");
    let stage = stage.keep(secret, 4);
    assert_eq!(stage.run(Attack::ReadDescriptor, "4"), Outcome::Worked("secret".to_owned()));
}
