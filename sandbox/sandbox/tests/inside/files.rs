//! Files, as the modules see them that deal with nothing else.

use crate::visit::printed;

#[test]
fn what_stat_says_of_a_file_is_the_same_by_every_way_to_it() {
    let code = r#"
import os
with open('f', 'wb') as f: f.write(b'x' * 5000)
os.mkdir('d'); os.link('f', 'd/g'); os.symlink('../f', 'd/l')
by_path = os.stat('f')
with open('f') as f: by_number = os.fstat(f.fileno())
here = os.open('d', os.O_RDONLY)
others = [by_number, os.stat('d/g'), os.stat('d/l'), os.stat('g', dir_fd=here), os.stat('/data/f'), os.lstat('f')]
others += [entry.stat() for entry in os.scandir('d')]
for other in others:
    assert other == by_path and os.path.samestat(other, by_path), other
assert by_path.st_size == 5000 and by_path.st_nlink == 2 and by_path.st_blocks * 512 >= 5000 > 0
assert by_path.st_uid == os.getuid() and by_path.st_gid == os.getgid()
assert abs(by_path.st_mtime - __import__('time').time()) < 60 and by_path.st_mtime_ns // 10**9 == int(by_path.st_mtime)
link, directory = os.lstat('d/l'), os.stat('d')
assert len({by_path.st_ino, link.st_ino, directory.st_ino}) == 3 and link.st_size == 4
assert by_path.st_dev == directory.st_dev != os.stat('/usr').st_dev
assert {e.name: (e.inode(), e.is_file(), e.is_symlink()) for e in os.scandir('d')} \
    == {'g': (by_path.st_ino, True, False), 'l': (link.st_ino, True, True)}
os.rename('f', 'h'); assert os.stat('h').st_ino == by_path.st_ino
library = os.stat(os.__file__)
with open(os.__file__) as f: assert os.fstat(f.fileno()) == library
assert os.stat('/usr/lib').st_mtime == os.stat('/dev/null').st_mtime >= library.st_mtime > 10**9
assert library.st_uid == 0 and not os.access(os.__file__, os.W_OK)
space = os.statvfs('.')
assert space.f_bfree < space.f_blocks and space.f_ffree < space.f_files
"#;
    assert_eq!(printed("inside-stat", code), "");
}

#[test]
fn scandir_walk_glob_and_pathlib_find_the_same() {
    let code = r#"
import glob, os, pathlib
for directory in ('a/b/c', 'a/d', 'e'): os.makedirs(directory)
for name in ('top.txt', 'a/one.txt', 'a/b/two.txt', 'a/b/c/three.py', 'a/d/.hidden.txt'): open(name, 'w').close()
os.symlink('../a', 'e/loop'); os.symlink('nowhere', 'e/dead')
walked = sorted(os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs if f.endswith('.txt'))
def scanned(at):
    for entry in os.scandir(at):
        if entry.is_dir(follow_symlinks=False): yield from scanned(entry.path)
        elif entry.name.endswith('.txt'): yield entry.path
assert walked == sorted(scanned('.')), walked
assert walked == sorted('./' + str(p) for p in pathlib.Path('.').rglob('*.txt')), list(pathlib.Path('.').rglob('*.txt'))
seen = ['./' + p for p in glob.glob('**/*.txt', recursive=True) if not p.startswith('e')]
assert sorted(seen) == [w for w in walked if '.hidden' not in w], seen
assert sorted(os.listdir('e')) == ['dead', 'loop'] and not os.path.exists('e/dead') and os.path.lexists('e/dead')
assert os.path.realpath('e/loop/b') == '/tmp/a/b'
assert [d for d, _, _ in os.walk('a', topdown=False)][-1] == 'a'
"#;
    assert_eq!(printed("inside-walk", code), "");
}

#[test]
fn trees_are_copied_moved_packed_and_removed() {
    let code = r#"
import filecmp, os, shutil, tarfile, zipfile
os.makedirs('from/sub'); open('from/x', 'w').write('text'); open('from/sub/y', 'wb').write(bytes(range(256)) * 100)
os.symlink('sub/y', 'from/l'); os.chmod('from/x', 0o640); os.utime('from/x', (10**9, 10**9))
shutil.copytree('from', 'to', symlinks=True)
assert os.readlink('to/l') == 'sub/y' and os.stat('to/x').st_mtime == 10**9 and os.stat('to/x').st_mode == 0o100640
assert not filecmp.dircmp('from', 'to').diff_files and filecmp.cmp('from/sub/y', 'to/sub/y', shallow=False)
for format in ('zip', 'gztar', 'bztar'):
    packed = shutil.make_archive('packed', format, 'from')
    shutil.unpack_archive(packed, 'again-' + format)
    assert open('again-' + format + '/sub/y', 'rb').read() == bytes(range(256)) * 100, format
shutil.move('to', 'from/inside'); shutil.rmtree('from')
assert not os.path.exists('from')
"#;
    assert_eq!(printed("inside-trees", code), "");
}

#[test]
fn temporary_files_of_every_kind_leave_nothing() {
    let code = r#"
import os, tempfile
with tempfile.TemporaryFile() as f: f.write(b'x'); f.seek(0); assert f.read() == b'x'
with tempfile.NamedTemporaryFile('w+', suffix='.txt') as f: assert f.name.startswith('/tmp/') and os.path.exists(f.name)
with tempfile.SpooledTemporaryFile(max_size=3) as f: f.write(b'more than three'); f.seek(0); assert len(f.read()) == 15
with tempfile.TemporaryDirectory() as d: open(os.path.join(d, 'x'), 'w').close()
number, name = tempfile.mkstemp(); os.close(number); assert os.stat(name).st_mode == 0o100600; os.unlink(name)
assert os.listdir('.') == [] and tempfile.gettempdir() == '/tmp'
"#;
    assert_eq!(printed("inside-temporary", code), "");
}

#[test]
fn a_read_of_more_than_there_is_gives_what_there_is() {
    let code = r#"
import os
open('x', 'wb').write(b'text'); d = os.open('x', os.O_RDONLY); two, three = bytearray(2), bytearray(3)
assert [os.read(d, 1 << 21), os.read(d, 1 << 21), os.pread(d, 9, 2), os.pread(d, 9, 9)] == [b'text', b'', b'xt', b'']
assert os.preadv(d, [two, three], 0) == 4 and two + three == b'text\0'
for device, length in ('null', 0), ('zero', 1 << 20), ('urandom', 1 << 14):
    assert len(os.read(os.open('/dev/' + device, os.O_RDONLY), 1 << 21)) == length, device
"#;
    assert_eq!(printed("inside-reads", code), "");
}
