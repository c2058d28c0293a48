use crate::shell::check;

#[test]
fn a_symlink_is_followed_but_by_those_that_mean_itself() {
    check(&[
        ("mkdir d", "ok"),
        ("create d/f one", "ok"),
        ("symlink d/f l", "ok"),
        ("lstat l", "link 777 1 3"),
        ("stat l", "file 644 1 3"),
        ("cat l", "one"),
        ("readlink l", "d/f"),
        ("readlink d/f", "EINVAL"),
        ("symlink d dl", "ok"),
        ("lstat dl/", "dir 755 2"),
        ("ls dl", ". .. f"),
        ("stat dl/../d/f", "file 644 1 3"),
        ("link l hard", "ok"),
        ("lstat hard", "link 777 2 3"),
        ("unlink d/f", "ok"),
        ("stat l", "ENOENT"),
        ("lstat l", "link 777 2 3"),
    ]);
}

#[test]
fn links_lead_within_the_virtual_root_only() {
    check(&[
        ("symlink /tmp/x abs", "ok"),
        ("create x one", "ok"),
        ("cat abs", "one"),
        ("symlink ../../../../tmp/x up", "ok"),
        ("cat up", "one"),
        ("symlink /etc/passwd out", "ok"),
        ("stat out", "ENOENT"),
        ("symlink / root", "ok"),
        ("ls root", ". .. data dev tmp usr"),
        ("stat root/tmp/x", "file 644 1 3"),
        ("open 1 root/new wr creat", "EROFS"),
        ("symlink /data/x data", "ok"),
        ("cat data", "one"),
    ]);
}

#[test]
fn a_walk_follows_forty_links_and_not_more() {
    let mut lines = vec![("create l0 end".to_owned(), "ok")];
    lines.extend((1..=41).map(|i| (format!("symlink l{} l{i}", i - 1), "ok")));
    lines.extend([
        ("cat l40".to_owned(), "end"),
        ("cat l41".to_owned(), "ELOOP"),
        ("lstat l41".to_owned(), "link 777 1 3"),
    ]);
    lines.extend([
        ("symlink self self".to_owned(), "ok"),
        ("stat self".to_owned(), "ELOOP"),
        ("stat self/x".to_owned(), "ELOOP"),
    ]);
    check(&lines.iter().map(|(line, answer)| (line.as_str(), *answer)).collect::<Vec<_>>());
}

#[test]
fn symlink_takes_any_target_but_not_any_name() {
    check(&[
        ("symlink {4095} long", "ok"),
        ("stat long", "ENAMETOOLONG"),
        ("symlink {4096} longer", "ENAMETOOLONG"),
        ("create f", "ok"),
        ("symlink x f", "EEXIST"),
        ("symlink x f/x", "ENOTDIR"),
        ("symlink x none/x", "ENOENT"),
        ("symlink x new/", "ENOENT"),
        ("symlink x {256}", "ENAMETOOLONG"),
        ("symlink x ''", "ENOENT"),
        ("mkdir d 555", "ok"),
        ("symlink x d/l", "EACCES"),
        ("symlink x l", "ok"),
        ("usage", "4096 bytes, 4 entries"),
    ]);
}

#[test]
fn paths_and_names_have_the_lengths_of_linux() {
    check(&[
        ("mkdir x", "ok"),
        ("stat {255}", "ENOENT"),
        ("stat {256}", "ENAMETOOLONG"),
        ("stat none/{256}", "ENOENT"),
        ("stat {2047/}x", "ENOENT"),
        ("stat {2047/}xx", "ENAMETOOLONG"),
        ("stat x/./////.", "dir 755 2"),
    ]);
}
