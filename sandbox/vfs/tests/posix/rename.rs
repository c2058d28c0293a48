use crate::shell::check;

#[test]
fn rename_moves_files_directories_and_links() {
    check(&[
        ("create a one", "ok"),
        ("rename a b", "ok"),
        ("stat a", "ENOENT"),
        ("cat b", "one"),
        ("mkdir d", "ok"),
        ("rename b d/b", "ok"),
        ("ls .", ". .. d"),
        ("rename d e", "ok"),
        ("cat e/b", "one"),
        ("symlink nowhere l", "ok"),
        ("rename l m", "ok"),
        ("readlink m", "nowhere"),
    ]);
}

#[test]
fn rename_replaces_a_file_and_an_empty_directory() {
    check(&[
        ("create a one", "ok"),
        ("create b other", "ok"),
        ("open 1 b rd", "ok"),
        ("rename a b", "ok"),
        ("cat b", "one"),
        ("read 1 9", "other"),
        ("fstat 1", "file 644 0 5"),
        ("mkdir d", "ok"),
        ("mkdir d/inner", "ok"),
        ("mkdir e", "ok"),
        ("rename d e", "ok"),
        ("ls e", ". .. inner"),
        ("stat .", "dir 755 3"),
        ("usage", "8 bytes, 4 entries"),
        ("close 1", "ok"),
        ("usage", "3 bytes, 3 entries"),
    ]);
}

#[test]
fn rename_replaces_nothing_that_has_entries() {
    check(&[
        ("mkdir d", "ok"),
        ("mkdir e", "ok"),
        ("create e/x", "ok"),
        ("rename d e", "ENOTEMPTY"),
        ("ls .", ". .. d e"),
        ("unlink e/x", "ok"),
        ("rename d e", "ok"),
        ("ls .", ". .. e"),
    ]);
}

#[test]
fn rename_replaces_only_like_by_like() {
    check(&[
        ("mkdir d", "ok"),
        ("create f", "ok"),
        ("symlink d l", "ok"),
        ("rename d f", "ENOTDIR"),
        ("rename f d", "EISDIR"),
        ("rename d l", "ENOTDIR"),
        ("rename l d", "EISDIR"),
        ("rename l f", "ok"),
        ("readlink f", "d"),
    ]);
}

#[test]
fn rename_puts_no_directory_into_itself() {
    check(&[
        ("mkdir a", "ok"),
        ("mkdir a/b", "ok"),
        ("mkdir a/b/c", "ok"),
        ("rename a a/b/c/d", "EINVAL"),
        ("rename a a/x", "EINVAL"),
        ("rename a/b/c a", "ENOTEMPTY"),
        ("rename a/b/c a/b", "ENOTEMPTY"),
        ("rename a/b/c c", "ok"),
        ("stat a/b", "dir 755 2"),
        ("stat .", "dir 755 4"),
        ("cd c", "ok"),
        ("stat ..", "dir 755 4"),
    ]);
}

#[test]
fn rename_of_two_names_of_one_file_does_nothing() {
    check(&[
        ("create a one", "ok"),
        ("link a b", "ok"),
        ("rename a b", "ok"),
        ("ls .", ". .. a b"),
        ("stat a", "file 644 2 3"),
        ("rename a a", "ok"),
        ("mkdir d", "ok"),
        ("rename d d", "ok"),
    ]);
}

#[test]
fn rename_needs_names_that_are_names() {
    check(&[
        ("mkdir d", "ok"),
        ("create f", "ok"),
        ("rename none x", "ENOENT"),
        ("rename none/x y", "ENOENT"),
        ("rename d none/x", "ENOENT"),
        ("rename f/x y", "ENOTDIR"),
        ("rename d f/x", "ENOTDIR"),
        ("rename d/. x", "EBUSY"),
        ("rename d/.. x", "EBUSY"),
        ("rename d/. d/..", "EBUSY"),
        ("rename d x/..", "ENOENT"),
        ("rename d d/.", "EBUSY"),
        ("rename f x/", "ENOTDIR"),
        ("rename f/ x", "ENOTDIR"),
        ("rename d/ x/", "ok"),
        ("rename f {255}", "ok"),
        ("rename {255} {256}", "ENAMETOOLONG"),
        ("rename {256} f", "ENAMETOOLONG"),
        ("rename '' f", "ENOENT"),
        ("rename {255} ''", "ENOENT"),
    ]);
}

#[test]
fn rename_needs_the_right_to_change_both_directories() {
    check(&[
        ("mkdir d", "ok"),
        ("mkdir e", "ok"),
        ("create d/f", "ok"),
        ("mkdir d/sub", "ok"),
        ("chmod d 555", "ok"),
        ("rename d/f e/f", "EACCES"),
        ("chmod d 755", "ok"),
        ("chmod e 555", "ok"),
        ("rename d/f e/f", "EACCES"),
        ("chmod e 755", "ok"),
        ("chmod d 644", "ok"),
        ("rename d/f e/f", "EACCES"),
        ("chmod d 755", "ok"),
        ("chmod d/sub 555", "ok"),
        ("rename d/sub d/sub2", "ok"),
        ("rename d/sub2 e/sub", "EACCES"),
        ("rename d/f e/f", "ok"),
    ]);
}

#[test]
fn rename_moves_the_times_of_both_directories_and_of_what_moved() {
    check(&[
        ("mkdir d", "ok"),
        ("mkdir e", "ok"),
        ("create d/f", "ok"),
        ("watch d", "ok"),
        ("watch e", "ok"),
        ("watch d/f", "ok"),
        ("rename none e/f", "ENOENT"),
        ("moved d", ""),
        ("rename d/f e/f", "ok"),
        ("moved d", "mtime ctime"),
        ("moved e", "mtime ctime"),
        ("rename e/f d/f", "ok"),
        ("moved d/f", "ctime"),
    ]);
}

#[test]
fn noreplace_replaces_nothing_and_exchange_swaps() {
    check(&[
        ("create a one", "ok"),
        ("create b two", "ok"),
        ("noreplace a b", "EEXIST"),
        ("noreplace a c", "ok"),
        ("exchange c b", "ok"),
        ("cat b", "one"),
        ("cat c", "two"),
        ("exchange b none", "ENOENT"),
        ("mkdir d", "ok"),
        ("mkdir d/e", "ok"),
        ("exchange d/e b", "ok"),
        ("stat .", "dir 755 4"),
        ("stat d", "dir 755 2"),
        ("cat d/e", "one"),
        ("exchange d d/e", "EINVAL"),
        ("exchange d/e d", "EINVAL"),
    ]);
}
