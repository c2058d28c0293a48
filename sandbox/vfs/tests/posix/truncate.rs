use crate::shell::{check, check_with};
use vfs::Limits;

#[test]
fn truncate_cuts_and_grows_with_zeros() {
    check(&[
        ("create f 0123456789", "ok"),
        ("watch f", "ok"),
        ("truncate f 4", "ok"),
        ("moved f", "mtime ctime"),
        ("cat f", "0123"),
        ("truncate f 6", "ok"),
        ("cat f", "0123.."),
        ("usage", "6 bytes, 1 entries"),
        ("truncate f 0", "ok"),
        ("usage", "0 bytes, 1 entries"),
    ]);
}

#[test]
fn truncate_is_for_files_that_may_be_written() {
    check(&[
        ("mkdir d", "ok"),
        ("truncate d 0", "EISDIR"),
        ("truncate none 0", "ENOENT"),
        ("create f one", "ok"),
        ("truncate f/x 0", "ENOTDIR"),
        ("truncate f 9223372036854775808", "EINVAL"),
        ("truncate f 9223372036854775807", "EFBIG"),
        ("chmod f 444", "ok"),
        ("truncate f 0", "EACCES"),
        ("chmod f 644", "ok"),
        ("open 1 f rd", "ok"),
        ("ftruncate 1 0", "EINVAL"),
        ("open 2 f wr", "ok"),
        ("chmod f 0", "ok"),
        ("ftruncate 2 1", "ok"),
        ("open 3 d rd", "ok"),
        ("ftruncate 3 0", "EINVAL"),
        ("open 4 f path", "ok"),
        ("ftruncate 4 0", "EBADF"),
        ("fstat 2", "file 0 1 1"),
        ("symlink self self", "ok"),
        ("truncate self 0", "ELOOP"),
    ]);
}

#[test]
fn a_hole_costs_its_size_and_a_large_one_is_made_at_once() {
    check_with(
        Limits { bytes: 1 << 40, file_size: 1 << 40, ..Limits::default() },
        &[
            ("create f", "ok"),
            ("truncate f 1099511627776", "ok"),
            ("usage", "1099511627776 bytes, 1 entries"),
            ("create g", "ok"),
            ("truncate g 1", "ENOSPC"),
            ("open 1 f rdwr", "ok"),
            ("pwrite 1 x 8192", "1"),
            ("seekdata 1 0", "8192"),
            ("seekhole 1 8192", "12288"),
            ("seekdata 1 12288", "ENXIO"),
            ("seekhole 1 1099511627776", "ENXIO"),
        ],
    );
}
