use super::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::sync::LazyLock;

const SERVICE: Owner = Owner { uid: 62_101, gid: 62_102, mode: 0o750 };

/// The tests of this crate run as root: they give directories away.
fn jail() -> (tempfile::TempDir, Dir) {
    let place = tempfile::tempdir().expect("a temporary directory");
    let fd = fs::File::open(place.path()).expect("opens").into();
    let dir = Dir { fd, path: place.path().to_owned() };
    (place, dir)
}

#[test]
fn preparing_twice_changes_nothing() {
    let (place, dir) = jail();
    for _ in 0..2 {
        let root = dir.walk(Path::new("a/b")).expect("walks");
        root.owned(Path::new("db"), &SERVICE).expect("is given");
        root.place(Path::new("x.sock")).expect("is placed");
        fs::write(place.path().join("a/b/db/kept"), "kept").expect("writes");
    }
    let seen = fs::metadata(place.path().join("a/b/db")).expect("is there");
    assert_eq!((seen.uid(), seen.gid(), seen.mode() & 0o7777), (62_101, 62_102, 0o750));
    let seen = fs::metadata(place.path().join("a/b")).expect("is there");
    assert_eq!((seen.uid(), seen.gid(), seen.mode() & 0o7777), (0, 0, 0o755));
    assert_eq!(fs::read_to_string(place.path().join("a/b/db/kept")).expect("is there"), "kept");
}

#[test]
fn a_symbolic_link_is_never_followed() {
    let (place, dir) = jail();
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    symlink(elsewhere.path(), place.path().join("link")).expect("links");
    fs::write(elsewhere.path().join("file"), "").expect("writes");
    symlink(elsewhere.path().join("file"), place.path().join("file")).expect("links");
    assert!(matches!(dir.owned(Path::new("link"), &SERVICE), Err(JailError::Kind { .. })));
    assert!(matches!(dir.walk(Path::new("link/x")), Err(JailError::Kind { .. })));
    assert!(dir.place(Path::new("file")).is_err());
    assert!(dir.find(Path::new("/link/file")).is_err());
    let seen = fs::metadata(elsewhere.path()).expect("is there");
    assert_eq!((seen.uid(), fs::read_dir(elsewhere.path()).expect("lists").count()), (0, 1), "nothing was changed");
    assert!(dir.find(Path::new("/file")).is_err());
}

#[test]
fn what_belongs_to_somebody_else_is_not_taken_over() {
    let (place, dir) = jail();
    dir.owned(Path::new("db"), &SERVICE).expect("is given");
    let other = Owner { uid: 62_103, ..SERVICE };
    assert!(matches!(dir.owned(Path::new("db"), &other), Err(JailError::Owner { found: 62_101, .. })));
    assert!(matches!(dir.walk(Path::new("db/x")), Err(JailError::Owner { .. })));
    assert_eq!(fs::metadata(place.path().join("db")).expect("is there").uid(), 62_101);
}

#[test]
fn places_that_are_no_longer_wanted_go_away() {
    let (place, dir) = jail();
    for name in ["old.sock", "new.sock"] {
        dir.place(Path::new(name)).expect("is placed");
    }
    dir.tidy(|name| name == "new.sock").expect("tidies");
    assert!(!place.path().join("old.sock").exists());
    assert!(place.path().join("new.sock").exists());
}

#[test]
fn a_site_is_nobody_elses_and_has_one_launcher() {
    static ROOT: LazyLock<Root> = LazyLock::new(|| Root::claim().expect("the tests of this crate run as root"));
    let place = tempfile::tempdir().expect("a temporary directory");
    let (site, link) = (place.path().join("site"), place.path().join("link"));
    let claim = |path: &Path| Jail::claim(&ROOT, path);
    let first = claim(&site).expect("nobody has it");
    assert!(matches!(claim(&site), Err(JailError::Taken(_))));
    drop(first);
    symlink(&site, &link).expect("links");
    assert!(matches!(claim(&link), Err(JailError::Step { step: "open", .. })), "a link can lead elsewhere tomorrow");
    chown(&site, Some(SERVICE.uid), None).expect("root may");
    assert!(matches!(claim(&site), Err(JailError::Owner { found: 62_101, .. })));
    chown(&site, Some(0), None).expect("root may");
    for mode in [0o775, 0o757] {
        fs::set_permissions(&site, fs::Permissions::from_mode(mode)).expect("root may");
        assert!(matches!(claim(&site), Err(JailError::Writable(_))), "{mode:o}");
    }
    fs::set_permissions(&site, fs::Permissions::from_mode(0o755)).expect("root may");
    assert!(claim(&site).is_ok(), "as it was at first");
}

/// Upon a file of a service's own, what is bound there would stand in its power.
#[test]
fn a_place_is_an_empty_file_of_roots_and_nothing_else() {
    let (place, dir) = jail();
    let theirs = place.path().join("theirs.sock");
    fs::write(&theirs, "").expect("writes");
    assert!(dir.place(Path::new("theirs.sock")).is_ok(), "so far it is root's");
    chown(&theirs, Some(SERVICE.uid), None).expect("root may");
    let mode = Mode::from_raw_mode(0o644);
    rustix::fs::mknodat(&dir.fd, "pipe.sock", FileType::Fifo, mode, 0).expect("root may");
    for name in ["theirs.sock", "pipe.sock"] {
        assert!(matches!(dir.place(Path::new(name)), Err(JailError::Kind { .. })), "{name}");
    }
}
