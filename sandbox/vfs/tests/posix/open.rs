use crate::shell::check;

#[test]
fn open_makes_a_file_with_the_mode_and_the_umask() {
    check(&[
        ("open 1 f wr 777", "ENOENT"),
        ("watch .", "ok"),
        ("open 1 f wr creat 777", "ok"),
        ("moved .", "mtime ctime"),
        ("stat f", "file 755 1 0"),
        ("umask 0", "22"),
        ("open 2 g rd creat 0", "ok"),
        ("stat g", "file 0 1 0"),
        ("open 3 h rdwr creat excl 6151", "ok"),
        ("stat h", "file 6151 1 0"),
        ("write 3 x", "1"),
        ("stat h", "file 151 1 1"),
        ("open 4 h rdwr creat excl", "EEXIST"),
        ("symlink new l", "ok"),
        ("open 5 l wr creat excl", "EEXIST"),
        ("open 5 l wr creat nofollow", "ELOOP"),
        ("open 5 l wr creat", "ok"),
        ("stat new", "file 644 1 0"),
        ("open 6 dir/ wr creat", "EISDIR"),
        ("open 6 dir wr creat dir", "EINVAL"),
    ]);
}

#[test]
fn open_asks_the_permission_bits() {
    check(&[
        ("create f one", "ok"),
        ("chmod f 444", "ok"),
        ("open 1 f rd", "ok"),
        ("open 1 f wr", "EACCES"),
        ("open 1 f rdwr", "EACCES"),
        ("open 1 f rd trunc", "EACCES"),
        ("chmod f 222", "ok"),
        ("open 1 f rd", "EACCES"),
        ("open 1 f wr", "ok"),
        ("read 1 1", "EBADF"),
        ("chmod f 0", "ok"),
        ("write 1 x", "1"),
        ("open 2 f path", "ok"),
        ("read 2 1", "EBADF"),
        ("mkdir d", "ok"),
        ("create d/f", "ok"),
        ("chmod d 666", "ok"),
        ("open 3 d/f rd", "EACCES"),
        ("chmod d 555", "ok"),
        ("open 3 d/f rd", "ok"),
        ("open 3 d/g wr creat", "EACCES"),
        ("open 3 d/f rd creat", "ok"),
    ]);
}

#[test]
fn open_knows_directories_from_files() {
    check(&[
        ("mkdir d", "ok"),
        ("create f", "ok"),
        ("symlink d l", "ok"),
        ("open 1 d wr", "EISDIR"),
        ("open 1 d rdwr", "EISDIR"),
        ("open 1 d rd trunc", "EISDIR"),
        ("open 1 d rd creat", "EISDIR"),
        ("open 1 . wr creat", "EISDIR"),
        ("open 1 f rd dir", "ENOTDIR"),
        ("open 1 f/ rd", "ENOTDIR"),
        ("open 1 f/x rd creat", "ENOTDIR"),
        ("open 1 l rd dir", "ok"),
        ("open 1 l rd nofollow", "ELOOP"),
        ("open 1 l rd dir nofollow", "ENOTDIR"),
        ("open 1 l path nofollow", "ok"),
        ("fstat 1", "link 777 1 1"),
        ("open 1 d rd", "ok"),
        ("read 1 1", "EISDIR"),
        ("write 1 x", "EBADF"),
        ("open 1 . tmpfile rdwr", "EOPNOTSUPP"),
        ("open 1 '' rd", "ENOENT"),
    ]);
}

#[test]
fn trunc_empties_and_append_stays_at_the_end() {
    check(&[
        ("create f one", "ok"),
        ("open 1 f rdwr", "ok"),
        ("open 2 f wr append", "ok"),
        ("watch f", "ok"),
        ("write 2 two", "3"),
        ("moved f", "mtime ctime"),
        ("write 1 X", "1"),
        ("read 1 9", "netwo"),
        ("pwrite 2 end 0", "3"),
        ("cat f", "Xnetwoend"),
        ("moved f", "atime mtime ctime"),
        ("open 3 f wr trunc", "ok"),
        ("cat f", ""),
        ("write 1 x", "1"),
        ("cat f", "......x"),
        ("usage", "7 bytes, 1 entries"),
    ]);
}

#[test]
fn descriptors_that_were_dupped_share_an_offset_and_others_do_not() {
    check(&[
        ("create f 0123456789", "ok"),
        ("open 1 f rd", "ok"),
        ("open 2 f rd", "ok"),
        ("dup 1 3", "ok"),
        ("read 1 3", "012"),
        ("read 3 3", "345"),
        ("read 2 3", "012"),
        ("seek 3 9", "9"),
        ("read 1 9", "9"),
        ("read 1 9", ""),
    ]);
}

#[test]
fn a_listing_misses_nothing_that_stays_and_repeats_nothing() {
    check(&[
        ("create a", "ok"),
        ("create b", "ok"),
        ("create c", "ok"),
        ("open 1 . rd", "ok"),
        ("next 1", "."),
        ("next 1", ".."),
        ("next 1", "a"),
        ("unlink a", "ok"),
        ("create a2", "ok"),
        ("next 1", "b"),
        ("unlink b", "ok"),
        ("rename a2 c", "ok"),
        ("next 1", "c"),
        ("next 1", "end"),
        ("create d", "ok"),
        ("next 1", "d"),
        ("seek 1 0", "0"),
        ("next 1", "."),
    ]);
}

#[test]
fn times_are_set_and_reading_moves_the_access_time_once() {
    check(&[
        ("create f one", "ok"),
        ("touch f 500", "ok"),
        ("times f", "500 500"),
        ("watch f", "ok"),
        ("cat f", "one"),
        ("moved f", "atime"),
        ("cat f", "one"),
        ("moved f", ""),
        ("touch none 1", "ENOENT"),
        ("chown f 1000", "ok"),
        ("chown f 0", "EPERM"),
        ("moved f", "ctime"),
    ]);
}
