//! Attacks with the numbers of descriptors: those below 64 are the kernel's, the others exist only in the supervisor.

use crate::fixture::{Attack, stopped};

#[test]
fn the_kernels_numbers_and_ours_cannot_be_mixed() {
    const ATTACKS: &[Attack] = &[
        (
            "import os; os.dup2(1, os.open(MARK, 66))",
            "EINVAL|EBADF",
            "import os; os.dup2(os.open(MARK, 66), os.open('b', 66))",
        ),
        ("import os; os.dup2(os.open(MARK, 66), 1)", "EBADF", "import os; os.dup2(1, 9)"),
        ("import os; os.dup2(1, 64)", "EINVAL|EBADF", "import os; os.dup2(1, 63)"),
        ("import os; os.dup2(os.open(MARK, 66), 128)", "EBADF", "import os; os.dup2(os.open(MARK, 66), 127)"),
        ("import os; os.read(64, 9)", "EBADF", "import os; os.read(os.open('.', 0) and os.open(MARK, 66), 9)"),
        ("import os; os.read(2**31 - 1, 9)", "EBADF", "import os; os.read(0, 9)"),
        ("import os; os.fstat(-1)", "EBADF", "import os; os.fstat(1)"),
        (
            "import os; os.closerange(0, 200); open('/etc/passwd')",
            "ENOENT|nothing",
            "import os; os.closerange(10, 200)",
        ),
        ("import os; os.write(0, b'x')", "EBADF", "import os; os.write(1, b'')"),
        ("import os; os.lseek(0, 0, 0)", "ESPIPE", "import os; os.lseek(os.open(MARK, 66), 0, 0)"),
    ];
    stopped("numbers", ATTACKS);
}

#[test]
fn descriptors_have_no_hidden_powers() {
    const ATTACKS: &[Attack] = &[
        (
            "import fcntl; fcntl.fcntl(1, fcntl.F_DUPFD, 1000)",
            "EINVAL",
            "import fcntl; fcntl.fcntl(1, fcntl.F_DUPFD, 10)",
        ),
        (
            "import fcntl, os; fcntl.fcntl(os.open(MARK, 66), fcntl.F_DUPFD, 1 << 31)",
            "EINVAL|EMFILE|OverflowError",
            "import fcntl, os; fcntl.fcntl(os.open(MARK, 66), fcntl.F_DUPFD, 100)",
        ),
        (
            "import fcntl; fcntl.fcntl(1, fcntl.F_SETFL, 0o4000)",
            "EINVAL",
            "import fcntl; fcntl.fcntl(1, fcntl.F_GETFL)",
        ),
        (
            "import fcntl, os; fcntl.fcntl(1, fcntl.F_SETOWN, os.getpid())",
            "EINVAL",
            "import fcntl; fcntl.fcntl(1, fcntl.F_GETFD)",
        ),
        ("import fcntl; fcntl.fcntl(1, 1031, 1 << 20)", "EINVAL", "import fcntl; fcntl.fcntl(1, fcntl.F_SETFD, 1)"),
        (
            "import fcntl, os; fcntl.fcntl(os.open('/usr', 0), fcntl.F_NOTIFY, 1)",
            "EINVAL",
            "import os; os.fstat(os.open('/usr', 0))",
        ),
        (
            "import fcntl, os; fcntl.fcntl(os.open(os.__file__, 0), 1024, 0)",
            "EINVAL",
            "import os; os.read(os.open(os.__file__, 0), 1)",
        ),
        ("import fcntl; fcntl.ioctl(1, 0x5412, b'x')", "ENOTTY", "import os; os.isatty(1)"),
        ("import os; os.openpty()", "ENOENT", "import os; os.isatty(0)"),
        ("import os; os.pipe2(os.O_DIRECT)", "EINVAL", "import os; os.pipe2(os.O_NONBLOCK)"),
        ("import fcntl, os; fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)", "EINVAL", "import os; os.fstat(os.pipe()[0])"),
        (
            "import fcntl, os; fcntl.ioctl(os.pipe()[0], 0x5452, b'\\1\\0\\0\\0')",
            "ENOTTY",
            "import os; os.set_blocking(os.pipe()[0], False)",
        ),
        ("import os; os.memfd_create('x')", "ENOSYS", "import io; io.BytesIO(b'x')"),
        ("import os; os.eventfd(0)", "ENOSYS", "import threading; threading.Event().set()"),
        ("import select; select.epoll()", "ENOSYS|AttributeError", "import select; select.select([], [], [], 0)"),
        (
            "import os; os.sendfile(1, os.open(os.__file__, 0), 0, 9)",
            "EINVAL",
            "import os; os.write(1, os.read(os.open(os.__file__, 0), 0))",
        ),
        ("import os; os.splice(0, 1, 9)", "EINVAL", "import os; os.read(0, 9)"),
        (
            "import os; os.copy_file_range(os.open(os.__file__, 0), os.open(MARK, 66), 9)",
            "EXDEV",
            "import os, shutil; shutil.copy(os.__file__, MARK)",
        ),
    ];
    stopped("powers", ATTACKS);
}

#[test]
fn absurd_lengths_and_offsets_are_errors() {
    const ATTACKS: &[Attack] = &[
        (
            "import os; os.read(os.open(MARK, 66), 1 << 62)",
            "MemoryError|OverflowError",
            "import os; os.read(os.open(MARK, 66), 1 << 20)",
        ),
        (
            "import os; os.pread(os.open(MARK, 66), 9, -1)",
            "EINVAL",
            "import os; os.pread(os.open(MARK, 66), 9, 1 << 40)",
        ),
        (
            "import os; os.writev(os.open(MARK, 65), [b'x'] * 1025)",
            "EINVAL",
            "import os; os.writev(os.open(MARK, 65), [b'x'] * 1024)",
        ),
        (
            "import os; os.readv(os.open(MARK, 66), [bytearray(1)] * 5000)",
            "EINVAL",
            "import os; os.readv(os.open(MARK, 66), [bytearray(1)] * 500)",
        ),
        (
            "import os; os.lseek(os.open(MARK, 66), -1, 0)",
            "EINVAL",
            "import os; os.lseek(os.open(MARK, 66), 1 << 40, 0)",
        ),
        (
            "import os; os.lseek(os.open(MARK, 66), 2**63 - 1, 1) and os.lseek(64, 2**63 - 1, 1)",
            "EINVAL|EOVERFLOW",
            "import os; os.lseek(os.open(MARK, 66), 0, 2)",
        ),
        (
            "import os; f = os.open(MARK, 65); os.lseek(f, 2**62, 0); os.write(f, b'x')",
            "EFBIG",
            "import os; f = os.open(MARK, 65); os.lseek(f, 2**20, 0); os.write(f, b'x')",
        ),
        (
            "import os; os.ftruncate(os.open(MARK, 65), 2**62)",
            "EFBIG",
            "import os; os.ftruncate(os.open(MARK, 65), 2**20)",
        ),
        ("import os; os.ftruncate(os.open(MARK, 65), -1)", "EINVAL", "import os; os.ftruncate(os.open(MARK, 65), 0)"),
        (
            "import os; os.posix_fallocate(os.open(MARK, 65), 2**62, 2**62)",
            "EFBIG|EINVAL",
            "import os; os.posix_fallocate(os.open(MARK, 65), 0, 2**20)",
        ),
    ];
    stopped("lengths", ATTACKS);
}
