"""Does what tables say, and compares what comes back. Knows nothing of where it runs: inside the sandbox, or on any Linux.

A table is one argument. `# words` begin a case, in an empty directory of its own; below, each line is one call and, behind
`->`, its answer: `ok`, the name of an error, or what was asked for. `{255}` stands for so many `x`, `{9/}` for `x/` so often.
"""

import errno
import os
import re
import shutil
import stat
import sys
import time

opened = {}
watched = {}

FLAGS = {
    "rd": os.O_RDONLY, "wr": os.O_WRONLY, "rdwr": os.O_RDWR, "creat": os.O_CREAT, "excl": os.O_EXCL, "trunc": os.O_TRUNC,
    "append": os.O_APPEND, "dir": os.O_DIRECTORY, "nofollow": os.O_NOFOLLOW, "path": os.O_PATH,
}


def create(path, text=""):
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def open_(slot, path, *words):
    flags, mode = 0, 0o644
    for word in words:
        if word in FLAGS:
            flags |= FLAGS[word]
        else:
            mode = int(word, 8)
    opened[slot] = os.open(path, flags, mode)


def cat(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, 10_000).decode().replace("\0", ".")
    finally:
        os.close(handle)


def told(status):
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}[stat.S_IFMT(status.st_mode)]
    size = "" if kind == "dir" else f" {status.st_size}"
    return f"{kind} {stat.S_IMODE(status.st_mode):o} {status.st_nlink}{size}"


def watch(path):
    """What `moved` compares with. The clock of files may stand still for some milliseconds."""
    watched[path] = os.lstat(path)
    time.sleep(0.01)


def moved(path):
    was, now = watched[path], os.lstat(path)
    watch(path)
    return " ".join(t for t in ("mtime", "ctime") if getattr(was, f"st_{t}_ns") != getattr(now, f"st_{t}_ns"))


def fill(slot, length):
    """Writes so much, in as many calls as it takes."""
    rest = bytes(int(length))
    while rest:
        rest = rest[os.write(opened[slot], rest):]


def crowd(path):
    """Makes files until there can be no more."""
    for number in range(100_000):
        os.close(os.open(f"{path}{number}", os.O_CREAT | os.O_WRONLY))


WORDS = {
    "create": create,
    "mkdir": lambda path, mode="755": os.mkdir(path, int(mode, 8)),
    "rmdir": os.rmdir,
    "unlink": os.unlink,
    "rename": os.rename,
    "symlink": os.symlink,
    "readlink": os.readlink,
    "link": os.link,
    "truncate": lambda path, length: os.truncate(path, int(length)),
    "chmod": lambda path, mode: os.chmod(path, int(mode, 8)),
    "umask": lambda mode: f"{os.umask(int(mode, 8)):o}",
    "cd": os.chdir,
    "pwd": lambda: os.path.basename(os.getcwd()),
    "ls": lambda path: " ".join(sorted(os.listdir(path))),
    "cat": cat,
    "stat": lambda path: told(os.stat(path)),
    "lstat": lambda path: told(os.lstat(path)),
    "same": lambda one, other: str(os.path.samestat(os.lstat(one), os.lstat(other))),
    "watch": watch,
    "moved": moved,
    "open": open_,
    "close": lambda slot: os.close(opened.pop(slot)),
    "dup": lambda slot, other: opened.update({other: os.dup(opened[slot])}),
    "read": lambda slot, length: os.read(opened[slot], int(length)).decode().replace("\0", "."),
    "write": lambda slot, text: str(os.write(opened[slot], text.encode())),
    "pwrite": lambda slot, text, offset: str(os.pwrite(opened[slot], text.encode(), int(offset))),
    "seek": lambda slot, offset: str(os.lseek(opened[slot], int(offset), os.SEEK_SET)),
    "ftruncate": lambda slot, length: os.ftruncate(opened[slot], int(length)),
    "fstat": lambda slot: told(os.fstat(opened[slot])),
    "fchdir": lambda slot: os.fchdir(opened[slot]),
    "fill": fill,
    "crowd": crowd,
}


def answer(line):
    word, *rest = line.split()
    rest = ["" if each == "''" else expanded(each) for each in rest]
    try:
        result = WORDS[word](*rest)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok" if result is None else result


def expanded(word):
    return re.sub(r"\{(\d+)(/?)\}", lambda match: f"x{match[2]}" * int(match[1]), word)


def begin(home):
    os.chdir(home)
    os.umask(0o022)
    os.mkdir("case")
    os.chdir("case")


def end(home):
    for handle in opened.values():
        os.close(handle)
    opened.clear()
    watched.clear()
    os.chdir(home)
    for directory, names, _ in os.walk("case", topdown=True):
        for name in names:
            if not os.path.islink(os.path.join(directory, name)):
                os.chmod(os.path.join(directory, name), 0o700)
    shutil.rmtree("case")


def main():
    home = os.getcwd()
    cases = calls = 0
    for table in sys.argv[1:]:
        for case in re.split(r"^# ", table, flags=re.MULTILINE)[1:]:
            title, *lines = case.strip().splitlines()
            begin(home)
            for line in filter(None, lines):
                call, expected = (part.strip() for part in line.split("->"))
                got = answer(call)
                if got != expected:
                    print(f"{title}: {call} -> {got}, not {expected}")
                calls += 1
            end(home)
            cases += 1
    print(f"{cases} cases, {calls} calls")


main()
