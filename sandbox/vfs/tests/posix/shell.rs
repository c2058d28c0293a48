//! A few words for what programs do, so that a case is one line: what is done, and what comes back.
//!
//! `ok`, an error's name, or what was asked for. `{255}` stands for so many `x`, and `0 … 9` for descriptors.

use rustix::fs::{Mode, OFlags, RenameFlags, SeekFrom, Timespec};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::sync::Arc;
use vfs::{At, Fixed, Guest, HandleId, Limits, OpenId, Opened, Refusal, SetTime, Stat, Target, Tree, Vfs};

/// Does each line and compares. A program of its own, in an empty `/tmp` with the usual limits.
pub(crate) fn check(lines: &[(&str, &str)]) {
    check_with(Limits::default(), lines);
}

pub(crate) fn check_with(limits: Limits, lines: &[(&str, &str)]) {
    let mut shell = Shell::new(limits);
    for (number, (line, expected)) in lines.iter().enumerate() {
        let answer = shell.run(line).unwrap_or_else(|refusal| name(refusal.errno()));
        assert_eq!(answer, *expected, "line {}: {line}", number + 1);
    }
}

struct Shell {
    vfs: Vfs,
    open: BTreeMap<String, OpenId>,
    watched: BTreeMap<String, Stat>,
    now: Timespec,
}

type Answer = Result<String, Refusal>;

impl Shell {
    fn new(limits: Limits) -> Shell {
        let mut fixed = Fixed::new();
        let stat = Stat { ino: 77, mode: 0o100_644, nlink: 1, size: 5, ..Stat::default() };
        fixed.add_file(b"/usr/lib/python3/os.py", HandleId(1), stat).expect("the path is free");
        let now = Timespec { tv_sec: 1_000, tv_nsec: 0 };
        let vfs = Vfs::new(Arc::new(fixed), Tree::new(limits, now), Guest { uid: 1000, gid: 1000 });
        Shell { vfs, open: BTreeMap::new(), watched: BTreeMap::new(), now }
    }

    fn run(&mut self, line: &str) -> Answer {
        self.now.tv_sec += 1;
        self.vfs.set_time(self.now);
        let words: Vec<String> = line.split_whitespace().map(expand).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let done = |()| "ok".to_owned();
        match words[..] {
            ["mkdir", path] => self.vfs.mkdir(at(path), mode("755")).map(done),
            ["mkdir", path, bits] => self.vfs.mkdir(at(path), mode(bits)).map(done),
            ["rmdir", path] => self.vfs.rmdir(at(path)).map(done),
            ["unlink", path] => self.vfs.unlink(at(path)).map(done),
            ["symlink", target, path] => self.vfs.symlink(target.as_bytes(), at(path)).map(done),
            ["readlink", path] => self.vfs.readlink(Target::Link(at(path))).map(text),
            ["link", from, to] => self.vfs.link(Target::Link(at(from)), at(to)).map(done),
            ["rename", from, to] => self.vfs.rename(at(from), at(to), RenameFlags::empty()).map(done),
            ["noreplace", from, to] => self.vfs.rename(at(from), at(to), RenameFlags::NOREPLACE).map(done),
            ["exchange", from, to] => self.vfs.rename(at(from), at(to), RenameFlags::EXCHANGE).map(done),
            ["truncate", path, len] => self.vfs.truncate(Target::Path(at(path)), number(len)).map(done),
            ["chmod", path, bits] => self.vfs.chmod(Target::Path(at(path)), mode(bits)).map(done),
            ["chown", path, uid] => self.vfs.chown(Target::Path(at(path)), Some(number(uid) as u32), None).map(done),
            ["touch", path, second] => {
                let to = SetTime::At(Timespec { tv_sec: number(second) as i64, tv_nsec: 0 });
                self.vfs.set_times(Target::Path(at(path)), to, to).map(done)
            }
            ["umask", bits] => Ok(format!("{:o}", self.vfs.umask(mode(bits)))),
            ["cd", path] => self.vfs.chdir(Target::Path(at(path))).map(done),
            ["pwd"] => self.vfs.getcwd().map(text),
            ["stat", path] => self.vfs.stat(Target::Path(at(path))).map(shown),
            ["lstat", path] => self.vfs.stat(Target::Link(at(path))).map(shown),
            ["times", path] => {
                self.vfs.stat(Target::Link(at(path))).map(|s| format!("{} {}", s.atime.tv_sec, s.mtime.tv_sec))
            }
            ["watch", path] => {
                self.watched.insert(path.to_owned(), self.vfs.stat(Target::Link(at(path)))?);
                Ok("ok".to_owned())
            }
            ["moved", path] => self.moved(path),
            ["ls", path] => self.ls(path),
            ["usage"] => {
                Ok(format!("{} bytes, {} entries", self.vfs.tree().usage().bytes, self.vfs.tree().usage().entries))
            }
            ["create", path] => self.create(path, b""),
            ["create", path, content] => self.create(path, content.as_bytes()),
            ["cat", path] => {
                let id = self.open_file(path, OFlags::RDONLY)?;
                let bytes = self.read_all(id, 10_000)?;
                self.vfs.close(id)?;
                Ok(text(bytes))
            }
            ["open", slot, path, ref flags @ ..] => self.open(slot, path, flags),
            ["close", slot] => self.vfs.close(self.open.remove(slot).expect("it is open")).map(done),
            ["dup", slot, other] => {
                self.vfs.dup(self.open[slot])?;
                self.open.insert(other.to_owned(), self.open[slot]);
                Ok("ok".to_owned())
            }
            ["read", slot, len] => self.read_all(self.open[slot], number(len)).map(text),
            ["write", slot, bytes] => self.vfs.write(self.open[slot], bytes.as_bytes()).map(|count| count.to_string()),
            ["fill", slot, len] => {
                let bytes = vec![b'x'; number(len) as usize];
                self.vfs.write(self.open[slot], &bytes).map(|count| count.to_string())
            }
            ["pwrite", slot, bytes, offset] => {
                self.vfs.pwrite(self.open[slot], bytes.as_bytes(), number(offset)).map(|count| count.to_string())
            }
            ["seek", slot, offset] => self.seek(slot, SeekFrom::Start(number(offset))),
            ["seekdata", slot, offset] => self.seek(slot, SeekFrom::Data(number(offset))),
            ["seekhole", slot, offset] => self.seek(slot, SeekFrom::Hole(number(offset))),
            ["ftruncate", slot, len] => self.vfs.ftruncate(self.open[slot], number(len)).map(done),
            ["fstat", slot] => self.vfs.stat(Target::Open(self.open[slot])).map(shown),
            ["fchdir", slot] => self.vfs.chdir(Target::Open(self.open[slot])).map(done),
            ["next", slot] => self.next_name(slot),
            _ => panic!("no such word: {line}"),
        }
    }

    fn open_file(&mut self, path: &str, flags: OFlags) -> Result<OpenId, Refusal> {
        match self.vfs.open(at(path), flags, mode("644"))? {
            Opened::Here(id) => Ok(id),
            other => panic!("{path} is {other:?}"),
        }
    }

    fn create(&mut self, path: &str, content: &[u8]) -> Answer {
        let id = self.open_file(path, OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY)?;
        let written = self.vfs.write(id, content);
        self.vfs.close(id)?;
        written.map(|_| "ok".to_owned())
    }

    fn open(&mut self, slot: &str, path: &str, words: &[&str]) -> Answer {
        let mut flags = OFlags::empty();
        let mut bits = mode("644");
        for word in words {
            match *word {
                "rd" => {}
                "wr" => flags |= OFlags::WRONLY,
                "rdwr" => flags |= OFlags::RDWR,
                "creat" => flags |= OFlags::CREATE,
                "excl" => flags |= OFlags::EXCL,
                "trunc" => flags |= OFlags::TRUNC,
                "append" => flags |= OFlags::APPEND,
                "dir" => flags |= OFlags::DIRECTORY,
                "nofollow" => flags |= OFlags::NOFOLLOW,
                "path" => flags |= OFlags::PATH,
                "tmpfile" => flags |= OFlags::TMPFILE,
                octal => bits = mode(octal),
            }
        }
        match self.vfs.open(at(path), flags, bits)? {
            Opened::Here(id) => {
                self.open.insert(slot.to_owned(), id);
                Ok("ok".to_owned())
            }
            other => Ok(format!("{other:?}")),
        }
    }

    fn read_all(&mut self, id: OpenId, len: u64) -> Result<Vec<u8>, Refusal> {
        let mut buffer = vec![0; len as usize];
        let count = self.vfs.read(id, &mut buffer)?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn seek(&mut self, slot: &str, to: SeekFrom) -> Answer {
        self.vfs.seek(self.open[slot], to).map(|offset| offset.to_string())
    }

    fn ls(&mut self, path: &str) -> Answer {
        let id = self.open_file(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut names = vec![];
        let listed = self.vfs.getdents(id, |entry| {
            names.push(text(entry.name.clone()));
            true
        });
        self.vfs.close(id)?;
        listed?;
        Ok(names.join(" "))
    }

    fn next_name(&mut self, slot: &str) -> Answer {
        let mut one = None;
        self.vfs.getdents(self.open[slot], |entry| match one {
            Some(_) => false,
            None => {
                one = Some(text(entry.name.clone()));
                true
            }
        })?;
        Ok(one.unwrap_or_else(|| "end".to_owned()))
    }

    fn moved(&mut self, path: &str) -> Answer {
        let (was, is) = (self.watched[path], self.vfs.stat(Target::Link(at(path)))?);
        let moved =
            [(was.atime != is.atime, "atime"), (was.mtime != is.mtime, "mtime"), (was.ctime != is.ctime, "ctime")];
        self.watched.insert(path.to_owned(), is);
        Ok(moved.iter().filter(|(moved, _)| *moved).map(|(_, name)| *name).collect::<Vec<_>>().join(" "))
    }
}

fn at(path: &str) -> At<'_> {
    At::cwd(if path == "''" { "" } else { path })
}

fn mode(octal: &str) -> Mode {
    Mode::from_bits_retain(u32::from_str_radix(octal, 8).expect("an octal number"))
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).replace('\0', ".")
}

fn expand(word: &str) -> String {
    let Some((before, rest)) = word.split_once('{') else { return word.to_owned() };
    let Some((count, after)) = rest.split_once('}') else { return word.to_owned() };
    let unit = if count.ends_with('/') { "x/" } else { "x" };
    format!("{before}{}{}", unit.repeat(number(count.trim_end_matches('/')) as usize), expand(after))
}

/// Type, permissions, links, and a file's size.
fn shown(stat: Stat) -> String {
    let kind = match stat.mode >> 12 {
        0o10 => "file",
        0o04 => "dir",
        0o12 => "link",
        0o02 => "device",
        _ => "?",
    };
    let size = if kind == "dir" { String::new() } else { format!(" {}", stat.size) };
    format!("{kind} {:o} {}{size}", stat.mode & 0o7777, stat.nlink)
}

fn name(errno: Errno) -> String {
    let names = [
        (Errno::ACCESS, "EACCES"),
        (Errno::BADF, "EBADF"),
        (Errno::BUSY, "EBUSY"),
        (Errno::EXIST, "EEXIST"),
        (Errno::FBIG, "EFBIG"),
        (Errno::INVAL, "EINVAL"),
        (Errno::ISDIR, "EISDIR"),
        (Errno::LOOP, "ELOOP"),
        (Errno::NAMETOOLONG, "ENAMETOOLONG"),
        (Errno::NOENT, "ENOENT"),
        (Errno::NOSPC, "ENOSPC"),
        (Errno::NOTDIR, "ENOTDIR"),
        (Errno::NOTEMPTY, "ENOTEMPTY"),
        (Errno::NXIO, "ENXIO"),
        (Errno::OPNOTSUPP, "EOPNOTSUPP"),
        (Errno::PERM, "EPERM"),
        (Errno::ROFS, "EROFS"),
        (Errno::XDEV, "EXDEV"),
    ];
    names.iter().find(|(known, _)| *known == errno).map_or_else(|| format!("{errno:?}"), |(_, name)| (*name).to_owned())
}
