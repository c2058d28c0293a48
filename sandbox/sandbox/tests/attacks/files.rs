//! Attacks on the file system: the host's files are not there, and the library cannot be changed.

use crate::fixture::{Attack, stopped};

/// A file that every program may make.
const MAKE: &str = "open(MARK, 'w').write('x')";
const READ: &str = "import os; open(os.__file__).read(10)";

#[test]
fn no_name_leads_to_the_host() {
    const ATTACKS: &[Attack] = &[
        ("open('/etc/shadow')", "ENOENT", MAKE),
        ("open('/proc/self/mem', 'r+b')", "ENOENT", MAKE),
        ("open('/proc/1/environ')", "ENOENT", MAKE),
        ("open('/dev/fd/1', 'w')", "ENOENT", "open('/dev/null', 'w').write('x')"),
        ("open('/dev/kmsg')", "ENOENT", "open('/dev/zero', 'rb').read(3)"),
        ("import os; os.listdir('/proc')", "ENOENT", "import os; os.listdir('/tmp')"),
        ("import os; os.statvfs('/sys')", "ENOENT", "import os; os.statvfs('/tmp')"),
        ("open('../../../../../etc/passwd')", "ENOENT", "open('../tmp/../data/' + MARK, 'w')"),
        ("open('/dev/../proc/../etc/passwd')", "ENOENT", "open('/dev/../tmp/' + MARK, 'w')"),
        ("open('//etc//passwd/')", "ENOENT", "open('//tmp//' + MARK, 'w')"),
        ("import os; os.chdir('/'); os.chdir('..'); open('etc/passwd')", "ENOENT", "import os; os.chdir('/usr/lib')"),
        ("import os; os.chroot('/usr')", "EPERM", "import os; os.chdir('/usr')"),
        ("import os; [os.stat(p) for p in ('/lib64', '/bin/sh')]", "ENOENT", "import os; os.stat('/usr')"),
    ];
    stopped("names", ATTACKS);
}

#[test]
fn odd_names_are_errors() {
    const ATTACKS: &[Attack] = &[
        ("open('/' + 'a/' * 5000)", "ENAMETOOLONG", "open('./' * 2000 + MARK, 'w')"),
        ("open('a' * 256, 'w')", "ENAMETOOLONG", "open('a' * 255, 'w')"),
        ("open('/etc/passwd\\0.txt')", "ValueError", "open('passwd.txt', 'w')"),
        ("import os; os.open(b'/etc\\xff/../etc/passwd', 0)", "ENOENT", "import os; os.close(os.open(b'\\xff', 64))"),
        ("open('/etc/\\udcff')", "ENOENT", "open('\\udcff', 'w'); assert '\\udcff' in __import__('os').listdir()"),
        ("import os; os.mkdir('')", "ENOENT", "import os; os.mkdir('.hidden')"),
        ("import os; os.rmdir('/tmp/.')", "EINVAL", "import os; os.mkdir('d'); os.rmdir('d')"),
        ("import os; os.rename('/tmp', '/gone')", "EBUSY|EROFS|EXDEV", "import os; os.mkdir('a'); os.rename('a', 'b')"),
    ];
    stopped("odd names", ATTACKS);
}

#[test]
fn links_lead_nowhere_but_inside() {
    const ATTACKS: &[Attack] = &[
        (
            "import os; os.symlink('/etc/passwd', MARK); open(MARK)",
            "ENOENT",
            "import os; os.symlink('/tmp', 'l'); os.listdir('l')",
        ),
        (
            "import os; os.symlink('../../etc', 'l'); os.listdir('l')",
            "ENOENT",
            "import os; os.symlink('..', 'l'); os.listdir('l')",
        ),
        ("import os; os.symlink('l', 'l'); open('l')", "ELOOP", "import os; os.symlink('l', 'l'); os.readlink('l')"),
        (
            "import os; os.symlink('/etc/' + MARK, 'l'); open('l', 'w')",
            "ENOENT|EROFS",
            "import os; os.symlink(MARK, 'l'); open('l', 'w')",
        ),
        ("import os; os.link(os.__file__, MARK)", "EXDEV|EPERM", "import os; open('a', 'w'); os.link('a', MARK)"),
        (
            "import os; os.link('/etc/passwd', MARK)",
            "ENOENT",
            "import os; os.symlink('x', 'a'); os.link('a', 'b', follow_symlinks=False)",
        ),
    ];
    stopped("links", ATTACKS);
}

#[test]
fn a_directory_that_is_open_is_no_way_up() {
    const ATTACKS: &[Attack] = &[
        (
            "import os; os.open('../../etc/passwd', 0, dir_fd=os.open('/usr', 0))",
            "ENOENT",
            "import os; os.open('../usr', 0, dir_fd=os.open('/usr', 0))",
        ),
        (
            "import os; os.open('x', 0, dir_fd=os.open(MARK, 66))",
            "ENOTDIR",
            "import os; os.open('x', 66, dir_fd=os.open('.', 0))",
        ),
        ("import os; os.open('x', 66, dir_fd=1)", "EINVAL|ENOTDIR", "import os; os.open('/tmp/x', 66, dir_fd=1)"),
        ("import os; os.open('x', 66, dir_fd=-5)", "EBADF", "import os; os.open('x', 66, dir_fd=None)"),
        ("import os; os.open('/etc', os.O_PATH)", "ENOENT", "import os; os.fstat(os.open('/tmp', os.O_PATH))"),
        ("import os; open(MARK, 'w'); os.read(os.open(MARK, os.O_PATH), 9)", "EBADF", READ),
        (
            "import os; os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
            "ENOTSUP",
            "import tempfile; tempfile.TemporaryFile().write(b'x')",
        ),
        ("import os; os.fchdir(os.open(os.__file__, 0))", "ENOTDIR", "import os; os.fchdir(os.open('/usr', 0))"),
        (
            "import os; os.mkdir('d'); d = os.open('d', 0); os.rmdir('d'); os.open('x', 66, dir_fd=d)",
            "ENOENT",
            "import os; os.mkdir('d'); os.open('x', 66, dir_fd=os.open('d', 0))",
        ),
    ];
    stopped("directories", ATTACKS);
}

#[test]
fn the_library_stays_as_it_is() {
    const ATTACKS: &[Attack] = &[
        ("import os; os.truncate(os.__file__, 0)", "EROFS", "import os; open(MARK, 'w'); os.truncate(MARK, 9)"),
        ("import os; os.chmod(os.__file__, 0o777)", "EROFS", "import os; open(MARK, 'w'); os.chmod(MARK, 0o777)"),
        ("import os; os.utime(os.__file__)", "EROFS|EPERM", "import os; open(MARK, 'w'); os.utime(MARK)"),
        (
            "import os; os.rename(os.__file__, '/tmp/os.py')",
            "EXDEV|EROFS",
            "import os; open('a', 'w'); os.rename('a', 'b')",
        ),
        (
            "import os; os.write(os.open(os.__file__, 0), b'x')",
            "EBADF",
            "import os; os.read(os.open(os.__file__, 0), 1)",
        ),
        (
            "import os; os.ftruncate(os.open(os.__file__, 0), 0)",
            "EINVAL|EBADF",
            "import os; os.lseek(os.open(os.__file__, 0), 5, 0)",
        ),
        (
            "import os; os.fchmod(os.open(os.__file__, 0), 0o777)",
            "EROFS|EINVAL",
            "import os; os.fstat(os.open(os.__file__, 0))",
        ),
        (
            "import os; os.pwrite(os.open(os.__file__, 0), b'x', 0)",
            "EBADF|EINVAL",
            "import os; os.pread(os.open(os.__file__, 0), 1, 0)",
        ),
        ("import os; os.open(os.__file__, os.O_RDWR)", "EROFS", READ),
        ("import os; os.mkdir('/usr/lib/' + MARK)", "EROFS", "import os; os.mkdir(MARK)"),
        ("import os; os.setxattr(os.__file__, 'user.x', b'')", "ENOTSUP", "import os; os.stat(os.__file__)"),
    ];
    stopped("library", ATTACKS);
}

#[test]
fn special_files_cannot_be_made() {
    const ATTACKS: &[Attack] = &[
        ("import os; os.mknod(MARK, 0o20666, os.makedev(1, 1))", "EPERM", MAKE),
        ("import os; os.mkfifo(MARK)", "EPERM", MAKE),
        (
            "import os; open(MARK, 'w'); os.chown(MARK, 0, 0)",
            "EPERM",
            "import os; open(MARK, 'w'); os.chown(MARK, -1, -1)",
        ),
        (
            "import os; open(MARK, 'w').write('#!/bin/sh'); os.chmod(MARK, 0o4755); os.execv(MARK, ['x'])",
            "EACCES",
            "import os; open(MARK, 'w'); os.chmod(MARK, 0o4755)",
        ),
        (
            "import sys; open('evil.cpython-311-x86_64-linux-gnu.so', 'wb').write(b'\\x7fELF'); sys.path.insert(0, '.'); import evil",
            "ImportError",
            "import sys; open('kind.py', 'w').write('x = 1'); sys.path.insert(0, '.'); import kind",
        ),
    ];
    stopped("special", ATTACKS);
}
