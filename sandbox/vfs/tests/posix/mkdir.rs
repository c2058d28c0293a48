use crate::shell::{check, check_with};
use vfs::Limits;

#[test]
fn mkdir_makes_an_empty_directory_with_the_mode_and_the_umask() {
    check(&[
        ("watch .", "ok"),
        ("mkdir d 777", "ok"),
        ("moved .", "mtime ctime"),
        ("stat d", "dir 755 2"),
        ("ls d", ". .."),
        ("umask 77", "22"),
        ("mkdir e 1777", "ok"),
        ("stat e", "dir 1700 2"),
        ("umask 0", "77"),
        ("mkdir f/ 151", "ok"),
        ("stat f", "dir 151 2"),
        ("chmod f 2755", "ok"),
        ("mkdir f/g 700", "ok"),
        ("stat f/g", "dir 2700 2"),
    ]);
}

#[test]
fn mkdir_takes_no_name_that_is_taken_or_impossible() {
    check(&[
        ("create f", "ok"),
        ("mkdir f", "EEXIST"),
        ("mkdir f/x", "ENOTDIR"),
        ("mkdir none/x", "ENOENT"),
        ("symlink nowhere l", "ok"),
        ("mkdir l", "EEXIST"),
        ("mkdir l/", "EEXIST"),
        ("mkdir .", "EEXIST"),
        ("mkdir ..", "EEXIST"),
        ("mkdir ''", "ENOENT"),
        ("mkdir {255}", "ok"),
        ("mkdir {256}", "ENAMETOOLONG"),
        ("mkdir d 555", "ok"),
        ("mkdir d/x", "EACCES"),
        ("mkdir e 644", "ok"),
        ("mkdir e/x", "EACCES"),
    ]);
}

#[test]
fn directories_are_nested_as_deep_as_the_limit() {
    check_with(
        Limits { depth: 3, ..Limits::default() },
        &[
            ("mkdir a", "ok"),
            ("mkdir a/b", "ok"),
            ("mkdir a/b/c", "ok"),
            ("create a/b/c/file", "ok"),
            ("mkdir a/b/c/d", "ENAMETOOLONG"),
            ("mkdir x", "ok"),
            ("mkdir x/y", "ok"),
            ("rename x a/b/x", "ENAMETOOLONG"),
            ("rename x a/x", "ok"),
            ("ls a/x", ". .. y"),
            ("exchange a/b a/x/y", "ENAMETOOLONG"),
            ("usage", "0 bytes, 6 entries"),
        ],
    );
}
