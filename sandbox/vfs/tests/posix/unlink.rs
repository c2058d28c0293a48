use crate::shell::check;

#[test]
fn unlink_takes_a_name_and_leaves_the_others() {
    check(&[
        ("create a one", "ok"),
        ("link a b", "ok"),
        ("stat a", "file 644 2 3"),
        ("watch b", "ok"),
        ("watch .", "ok"),
        ("unlink a", "ok"),
        ("moved b", "ctime"),
        ("moved .", "mtime ctime"),
        ("stat b", "file 644 1 3"),
        ("unlink a", "ENOENT"),
        ("unlink b", "ok"),
        ("usage", "0 bytes, 0 entries"),
    ]);
}

#[test]
fn a_file_without_a_name_lives_on_while_it_is_open() {
    check(&[
        ("create a one", "ok"),
        ("open 1 a rdwr append", "ok"),
        ("unlink a", "ok"),
        ("stat a", "ENOENT"),
        ("fstat 1", "file 644 0 3"),
        ("write 1 two", "3"),
        ("seek 1 0", "0"),
        ("read 1 9", "onetwo"),
        ("create a other", "ok"),
        ("usage", "11 bytes, 2 entries"),
        ("dup 1 2", "ok"),
        ("close 1", "ok"),
        ("fstat 2", "file 644 0 6"),
        ("close 2", "ok"),
        ("usage", "5 bytes, 1 entries"),
    ]);
}

#[test]
fn unlink_takes_links_but_no_directories() {
    check(&[
        ("mkdir d", "ok"),
        ("unlink d", "EISDIR"),
        ("unlink d/", "EISDIR"),
        ("symlink d l", "ok"),
        ("unlink l/", "ENOTDIR"),
        ("unlink l", "ok"),
        ("symlink l l", "ok"),
        ("unlink l", "ok"),
        ("create f", "ok"),
        ("unlink f/", "ENOTDIR"),
        ("unlink f/x", "ENOTDIR"),
        ("unlink none/x", "ENOENT"),
        ("unlink d/.", "EISDIR"),
        ("unlink d/..", "EISDIR"),
        ("unlink ''", "ENOENT"),
        ("unlink {256}", "ENAMETOOLONG"),
        ("ls .", ". .. d f"),
    ]);
}

#[test]
fn unlink_needs_the_right_to_change_the_directory_not_the_file() {
    check(&[
        ("mkdir d", "ok"),
        ("create d/f", "ok"),
        ("chmod d 555", "ok"),
        ("unlink d/f", "EACCES"),
        ("chmod d 655", "ok"),
        ("unlink d/f", "EACCES"),
        ("chmod d 755", "ok"),
        ("chmod d/f 0", "ok"),
        ("unlink d/f", "ok"),
    ]);
}
