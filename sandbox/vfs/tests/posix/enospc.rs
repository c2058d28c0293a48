use crate::shell::check_with;
use vfs::Limits;

#[test]
fn bytes_are_counted_to_the_last_one() {
    check_with(
        Limits { bytes: 10_000, ..Limits::default() },
        &[
            ("open 1 f rdwr creat", "ok"),
            ("fill 1 9999", "9999"),
            ("write 1 abc", "1"),
            ("write 1 bc", "ENOSPC"),
            ("watch f", "ok"),
            ("write 1 x", "ENOSPC"),
            ("moved f", ""),
            ("pwrite 1 over 0", "4"),
            ("create g", "ok"),
            ("open 2 g wr", "ok"),
            ("write 2 x", "ENOSPC"),
            ("symlink x l", "ENOSPC"),
            ("truncate f 9990", "ok"),
            ("write 2 hello", "5"),
            ("symlink 12345 l", "ok"),
            ("write 2 x", "ENOSPC"),
            ("usage", "10000 bytes, 3 entries"),
            ("unlink f", "ok"),
            ("write 2 x", "ENOSPC"),
            ("close 1", "ok"),
            ("write 2 x", "1"),
            ("usage", "11 bytes, 2 entries"),
        ],
    );
}

#[test]
fn holes_are_no_way_around() {
    check_with(
        Limits { bytes: 10_000, ..Limits::default() },
        &[
            ("open 1 f rdwr creat", "ok"),
            ("pwrite 1 abc 9998", "2"),
            ("usage", "10000 bytes, 1 entries"),
            ("pwrite 1 x 10000", "ENOSPC"),
            ("pwrite 1 x 5000", "1"),
            ("ftruncate 1 10001", "ENOSPC"),
            ("ftruncate 1 100", "ok"),
            ("pwrite 1 x 10000", "ENOSPC"),
            ("usage", "100 bytes, 1 entries"),
        ],
    );
}

#[test]
fn entries_are_counted_name_by_name() {
    check_with(
        Limits { entries: 3, ..Limits::default() },
        &[
            ("create f one", "ok"),
            ("link f g", "ok"),
            ("mkdir d", "ok"),
            ("watch .", "ok"),
            ("create x", "ENOSPC"),
            ("mkdir x", "ENOSPC"),
            ("symlink t x", "ENOSPC"),
            ("link f x", "ENOSPC"),
            ("moved .", ""),
            ("rename g h", "ok"),
            ("open 1 f rd", "ok"),
            ("unlink f", "ok"),
            ("create x", "ok"),
            ("unlink h", "ok"),
            ("create y", "ENOSPC"),
            ("close 1", "ok"),
            ("create y", "ok"),
        ],
    );
}

#[test]
fn one_file_has_a_limit_of_its_own() {
    check_with(
        Limits { file_size: 100, ..Limits::default() },
        &[
            ("open 1 f rdwr creat", "ok"),
            ("fill 1 150", "100"),
            ("write 1 x", "EFBIG"),
            ("pwrite 1 xyz 99", "1"),
            ("truncate f 101", "EFBIG"),
            ("truncate f 9223372036854775807", "EFBIG"),
            ("usage", "100 bytes, 1 entries"),
        ],
    );
}
