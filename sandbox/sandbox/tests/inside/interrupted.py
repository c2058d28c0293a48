"""Each call, as often as it takes to be hit by some signals; tells of those that were interrupted."""

import os
import shutil
import signal

heard = 0


def hear(*_):
    global heard
    heard += 1


def both(there, back):
    there()
    back()


def sure(truth):
    assert truth


signal.signal(signal.SIGALRM, hear)
os.makedirs("a/b")
open("a/f", "w").write("x" * 100)
os.symlink("f", "a/l")
here, file = os.open(".", os.O_RDONLY), os.open("a/f", os.O_RDWR)
ids = os.getuid, os.geteuid, os.getgid, os.getegid
CALLS = {
    "stat": lambda: os.stat("a/f"),
    "lstat": lambda: os.lstat("a/l"),
    "fstat": lambda: os.fstat(file),
    "fstatat": lambda: os.stat("a", dir_fd=here),
    "statvfs": lambda: os.statvfs("/tmp"),
    "access": lambda: sure(os.access("a/f", os.R_OK)),
    "readlink": lambda: os.readlink("a/l"),
    "realpath": lambda: os.path.realpath("a/l", strict=True),
    "mkdir, rmdir": lambda: both(lambda: os.mkdir("d"), lambda: os.rmdir("d")),
    "mkdirat, unlinkat": lambda: both(lambda: os.mkdir("d", dir_fd=here), lambda: os.rmdir("d", dir_fd=here)),
    "rename": lambda: both(lambda: os.rename("a/f", "a/g"), lambda: os.replace("a/g", "a/f")),
    "renameat": lambda: both(
        lambda: os.rename("a/f", "g", dst_dir_fd=here), lambda: os.rename("g", "a/f", src_dir_fd=here)
    ),
    "symlink, unlink": lambda: both(lambda: os.symlink("x", "s"), lambda: os.unlink("s")),
    "link": lambda: both(lambda: os.link("a/f", "h"), lambda: os.remove("h")),
    "listdir": lambda: sure(len(os.listdir("a")) == 3),
    "fdopendir": lambda: sure("a" in os.listdir(here)),
    "scandir": lambda: [entry.stat() for entry in os.scandir("a")],
    "walk": lambda: list(os.walk(".")),
    "chdir": lambda: both(lambda: os.chdir("a"), lambda: os.fchdir(here)),
    "getcwd": os.getcwd,
    "chmod": lambda: os.chmod("a/f", 0o600),
    "fchmod": lambda: os.fchmod(file, 0o600),
    "chown": lambda: os.chown("a/f", -1, -1),
    "utimensat": lambda: os.utime("a/f"),
    "futimens": lambda: os.utime(file),
    "truncate": lambda: os.truncate("a/f", 100),
    "lseek": lambda: os.lseek(file, 0, os.SEEK_SET),
    "dup, close": lambda: os.close(os.dup(file)),
    "dup2": lambda: os.close(os.dup2(file, 99)),
    "open, read": lambda: open("a/f").read(),
    "open, write": lambda: open("w", "w").write("x"),
    "copytree": lambda: both(lambda: shutil.copytree("a", "c", symlinks=True), lambda: shutil.rmtree("c")),
    "umask": lambda: sure(os.umask(0o22) == 0o22),
    "getuid and its like": lambda: sure(all(one() == 1000 for one in ids)),
    "getresuid and its like": lambda: sure(os.getresuid() == os.getresgid() == (1000, 1000, 1000)),
    "getgroups": lambda: sure(os.getgroups() == []),
    "getppid": lambda: sure(os.getppid() == 0),
}
for name, call in CALLS.items():
    before = heard
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
        while heard < before + 50:
            call()
    except Exception as error:
        print(name, repr(error))
    signal.setitimer(signal.ITIMER_REAL, 0)
    os.chdir("/tmp")
print("heard")
