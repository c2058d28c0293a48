use crate::shell::check;

#[test]
fn rmdir_takes_an_empty_directory() {
    check(&[
        ("mkdir d", "ok"),
        ("stat .", "dir 755 3"),
        ("watch .", "ok"),
        ("rmdir d", "ok"),
        ("moved .", "mtime ctime"),
        ("stat .", "dir 755 2"),
        ("rmdir d", "ENOENT"),
        ("mkdir d", "ok"),
        ("rmdir d/", "ok"),
    ]);
}

#[test]
fn rmdir_takes_nothing_else() {
    check(&[
        ("mkdir d", "ok"),
        ("create d/f", "ok"),
        ("rmdir d", "ENOTEMPTY"),
        ("rmdir d/f", "ENOTDIR"),
        ("rmdir d/f/x", "ENOTDIR"),
        ("symlink d l", "ok"),
        ("rmdir l", "ENOTDIR"),
        ("rmdir l/", "ENOTDIR"),
        ("rmdir d/.", "EINVAL"),
        ("rmdir d/..", "ENOTEMPTY"),
        ("rmdir /", "EBUSY"),
        ("rmdir ''", "ENOENT"),
        ("rmdir {256}", "ENAMETOOLONG"),
        ("chmod . 555", "ok"),
        ("unlink d/f", "ok"),
        ("rmdir d", "EACCES"),
        ("chmod . 755", "ok"),
        ("rmdir d", "ok"),
    ]);
}

#[test]
fn a_directory_without_a_name_has_a_parent_and_gets_no_entries() {
    check(&[
        ("mkdir a", "ok"),
        ("mkdir a/b", "ok"),
        ("cd a/b", "ok"),
        ("open 1 . rd", "ok"),
        ("rmdir ../../a/b", "ok"),
        ("rmdir ../../a", "ok"),
        ("pwd", "ENOENT"),
        ("ls .", "ENOENT"),
        ("create x", "ENOENT"),
        ("mkdir x", "ENOENT"),
        ("stat .", "dir 755 0"),
        ("stat ..", "dir 755 0"),
        ("ls ../..", ". .."),
        ("usage", "0 bytes, 2 entries"),
        ("cd /tmp", "ok"),
        ("usage", "0 bytes, 2 entries"),
        ("close 1", "ok"),
        ("usage", "0 bytes, 0 entries"),
    ]);
}
