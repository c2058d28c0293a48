//! `/tmp` is a file system like any other.

use crate::visit::{printed, refused};

#[test]
fn files_are_made_read_written_moved_and_removed() {
    let code = "import os\n\
        with open('a', 'w') as f: f.write('hello\\n')\n\
        with open('a', 'a') as f: f.write('world\\n')\n\
        print(open('a').read().split(), os.path.getsize('a'))\n\
        with open('a', 'r+') as f:\n    f.seek(6); f.write('there'); f.truncate(11)\n\
        print(open('a', 'rb').read())\n\
        os.rename('a', 'b'); os.mkdir('d'); os.replace('b', 'd/b'); os.link('d/b', 'c')\n\
        print(sorted(os.listdir('.')), os.listdir('d'), os.stat('c').st_nlink)\n\
        os.unlink('c'); os.unlink('d/b'); os.rmdir('d')\n\
        print(os.listdir('.'), os.getcwd())\n";
    let expected = "['hello', 'world'] 12\nb'hello\\nthere'\n['c', 'd'] ['b'] 2\n[] /tmp\n";
    assert_eq!(printed("files", code), expected);
}

#[test]
fn two_descriptors_of_a_file_agree_and_an_unlinked_file_lives_while_it_is_open() {
    let code = "import os\n\
        w = open('x', 'wb', buffering=0); r = open('x', 'rb')\n\
        w.write(b'one'); print(r.read())\n\
        w.write(b'two'); print(r.read(), os.fstat(r.fileno()).st_size)\n\
        d = os.dup(r.fileno()); os.lseek(d, 1, 0); print(r.tell())\n\
        os.unlink('x'); w.write(b'!'); r.seek(0); print(r.read(), os.path.exists('x'))\n";
    assert_eq!(printed("files-agree", code), "b'one'\nb'two' 6\n1\nb'onetwo!' False\n");
}

#[test]
fn pythons_own_file_modules_work() {
    let code = "import json, os, pathlib, shutil, tempfile\n\
        json.dump({'a': [1, 2]}, open('x.json', 'w')); print(json.load(open('x.json')))\n\
        with tempfile.TemporaryDirectory() as d:\n    \
            p = pathlib.Path(d) / 'sub'; p.mkdir(); (p / 'f').write_text('t')\n    \
            shutil.copy(p / 'f', p / 'g'); print(sorted(x.name for x in p.iterdir()))\n    \
            shutil.copytree(p, pathlib.Path(d) / 'copy'); print(len(list(pathlib.Path(d).rglob('*'))))\n\
        with tempfile.NamedTemporaryFile() as f: print(f.name.startswith('/tmp/'))\n\
        print(os.listdir('.'), os.path.realpath('/data/x.json'), shutil.disk_usage('.').total)\n";
    let expected = "{'a': [1, 2]}\n['f', 'g']\n6\nTrue\n['x.json'] /tmp/x.json 16777216\n";
    assert_eq!(printed("files-modules", code), expected);
}

#[test]
fn locks_devices_and_times_work() {
    let code = "import fcntl, os\n\
        f = open('l', 'w'); fcntl.flock(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_EX)\n\
        os.utime('l', (1, 2)); s = os.stat('l'); print(s.st_atime, s.st_mtime)\n\
        os.chmod('l', 0o600); print(oct(os.stat('l').st_mode))\n\
        print(open('/dev/zero', 'rb').read(3), open('/dev/null').read(), len(open('/dev/urandom', 'rb').read(100_000)))\n\
        print(open('/dev/null', 'w').write('gone'), os.access('l', os.W_OK), os.access('/usr', os.W_OK))\n";
    let expected = "1.0 2.0\n0o100600\nb'\\x00\\x00\\x00'  100000\n4 True False\n";
    assert_eq!(printed("files-locks", code), expected);
}

#[test]
fn what_an_owner_may_keep_has_an_end() {
    assert_eq!(refused("files-large", "open('big', 'wb').write(bytes(17 << 20))").0, "EFBIG");
    let two = "[open(name, 'wb').write(bytes(9 << 20)) for name in ('a', 'b')]";
    assert_eq!(refused("files-full", two).0, "ENOSPC");
    let entries = "[open(f'f{i}', 'w').close() for i in range(1100)]";
    assert_eq!(refused("files-many", entries).0, "ENOSPC");
    assert_eq!(printed("files-twin", "open('big', 'wb').write(bytes(15 << 20)); print('fits')"), "fits\n");
}

#[test]
fn pointers_that_lead_nowhere_are_errors_and_not_more() {
    // A path in memory that is not there, by way of a descriptor number that only the supervisor knows.
    let code = "import os\nf = os.open('x', os.O_CREAT | os.O_RDWR)\n\
        for bad in (lambda: os.read(f, 1 << 30), lambda: os.pread(f, 10, -1), lambda: os.lseek(f, -5, 0)):\n    \
            try: print(bad())\n    \
            except (OSError, MemoryError, OverflowError) as e: print(type(e).__name__)\n\
        print(os.write(f, b'twin'))\n";
    let printed = printed("files-pointers", code);
    assert!(printed.ends_with("OSError\nOSError\n4\n"), "{printed}");
}
