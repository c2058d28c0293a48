use crate::shell::check;

#[test]
fn outside_of_tmp_there_is_little_and_nothing_changes() {
    check(&[
        ("ls /", ". .. data dev tmp usr"),
        ("ls /dev", ". .. null urandom zero"),
        ("ls /usr/lib/python3", ". .. os.py"),
        ("stat /", "dir 755 5"),
        ("stat /tmp", "dir 755 2"),
        ("lstat /data", "link 777 1 3"),
        ("stat /data", "dir 755 2"),
        ("stat /dev/null", "device 666 1 0"),
        ("stat /usr/lib/python3/os.py", "file 644 1 5"),
        ("stat /etc/passwd", "ENOENT"),
        ("stat /proc/self", "ENOENT"),
        ("stat /dev/null/x", "ENOTDIR"),
        ("create /x", "EROFS"),
        ("create /etc/x", "ENOENT"),
        ("mkdir /usr/x", "EROFS"),
        ("mkdir /usr", "EEXIST"),
        ("rmdir /tmp", "EROFS"),
        ("rmdir /usr/lib", "EROFS"),
        ("unlink /usr/lib/python3/os.py", "EROFS"),
        ("chmod /usr 777", "EROFS"),
        ("touch /dev/null 5", "EROFS"),
        ("truncate /usr/lib/python3/os.py 0", "EROFS"),
        ("symlink x /x", "EROFS"),
        ("create f one", "ok"),
        ("rename f /usr/f", "EXDEV"),
        ("rename /usr/lib/python3/os.py f", "EXDEV"),
        ("rename /usr /usr2", "EROFS"),
        ("link /usr/lib/python3/os.py here", "EXDEV"),
        ("link f /dev/f", "EROFS"),
        ("rename /data/f /tmp/g", "ok"),
    ]);
}

#[test]
fn the_library_and_devices_are_handed_out_by_the_engine() {
    check(&[
        ("open 1 /usr/lib/python3/os.py rd", "Library(HandleId(1))"),
        ("open 1 /usr/lib/python3/os.py rdwr", "EROFS"),
        ("open 1 /usr/lib/python3/os.py rd creat", "Library(HandleId(1))"),
        ("open 1 /usr/lib/python3/os.py rd dir", "ENOTDIR"),
        ("open 1 /dev/null rdwr", "Device(Null)"),
        ("open 1 /dev/zero rd", "Device(Zero)"),
        ("open 1 /dev/urandom wr creat trunc", "Device(Urandom)"),
        ("open 1 /dev/null wr creat excl", "EEXIST"),
        ("open 1 /dev/full rd", "ENOENT"),
        ("open 1 /dev/new wr creat", "EROFS"),
        ("open 1 /usr/lib rd", "ok"),
        ("next 1", "."),
        ("next 1", ".."),
        ("next 1", "python3"),
        ("next 1", "end"),
    ]);
}

#[test]
fn the_working_directory_has_one_name() {
    check(&[
        ("pwd", "/tmp"),
        ("cd /data", "ok"),
        ("pwd", "/tmp"),
        ("mkdir d", "ok"),
        ("cd d", "ok"),
        ("pwd", "/tmp/d"),
        ("rename ../d ../e", "ok"),
        ("pwd", "/tmp/e"),
        ("cd ../..", "ok"),
        ("pwd", "/"),
        ("cd ../../..", "ok"),
        ("stat tmp/e", "dir 755 2"),
        ("cd /usr/lib", "ok"),
        ("pwd", "/usr/lib"),
        ("cd none", "ENOENT"),
        ("cd python3/os.py", "ENOTDIR"),
        ("pwd", "/usr/lib"),
    ]);
}
