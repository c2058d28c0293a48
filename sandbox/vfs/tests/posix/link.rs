use crate::shell::check;

#[test]
fn link_gives_a_file_one_more_name() {
    check(&[
        ("create a one", "ok"),
        ("watch a", "ok"),
        ("watch .", "ok"),
        ("link a b", "ok"),
        ("moved a", "ctime"),
        ("moved .", "mtime ctime"),
        ("stat b", "file 644 2 3"),
        ("chmod b 600", "ok"),
        ("stat a", "file 600 2 3"),
        ("open 1 b wr trunc", "ok"),
        ("stat a", "file 600 2 0"),
        ("usage", "0 bytes, 2 entries"),
        ("unlink a", "ok"),
        ("usage", "0 bytes, 1 entries"),
    ]);
}

#[test]
fn link_is_for_files_and_free_names() {
    check(&[
        ("mkdir d", "ok"),
        ("link d e", "EPERM"),
        ("create a", "ok"),
        ("create b", "ok"),
        ("link a b", "EEXIST"),
        ("link a d", "EEXIST"),
        ("link a c/", "ENOENT"),
        ("link a/ c", "ENOTDIR"),
        ("link none c", "ENOENT"),
        ("link a none/c", "ENOENT"),
        ("link a {256}", "ENAMETOOLONG"),
        ("chmod d 555", "ok"),
        ("link a d/a", "EACCES"),
    ]);
}
