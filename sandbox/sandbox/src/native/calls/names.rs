//! Calls with paths that make, find, move and remove.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use vfs::{At, Opened, Refusal, Target};

use super::super::descriptors::Meaning;
use super::{Answer, Desk, Reply};

const CWD: u32 = libc::AT_FDCWD.cast_unsigned();

impl Desk<'_> {
    /// `None` if the call is not one of these.
    pub(super) fn on_names(&mut self) -> Option<Answer> {
        Some(match self.call.call {
            libc::SYS_open => self.open(CWD, 0, self.word(1), self.word(2)),
            libc::SYS_openat => self.open(self.word(0), 1, self.word(2), self.word(3)),
            libc::SYS_creat => {
                self.open(CWD, 0, (OFlags::CREATE | OFlags::WRONLY | OFlags::TRUNC).bits(), self.word(1))
            }
            libc::SYS_mkdir => self.mkdir(CWD, 0, self.word(1)),
            libc::SYS_mkdirat => self.mkdir(self.word(0), 1, self.word(2)),
            libc::SYS_rmdir => self.remove(CWD, 0, true),
            libc::SYS_unlink => self.remove(CWD, 0, false),
            libc::SYS_unlinkat => self.unlinkat(),
            libc::SYS_rename => self.rename((CWD, 0), (CWD, 1), 0),
            libc::SYS_renameat => self.rename((self.word(0), 1), (self.word(2), 3), 0),
            libc::SYS_renameat2 => self.rename((self.word(0), 1), (self.word(2), 3), self.word(4)),
            libc::SYS_symlink => self.symlink(0, CWD, 1),
            libc::SYS_symlinkat => self.symlink(0, self.word(1), 2),
            libc::SYS_link => self.link((CWD, 0), (CWD, 1), 0),
            libc::SYS_linkat => self.link((self.word(0), 1), (self.word(2), 3), self.word(4)),
            libc::SYS_readlink => self.readlink(CWD, 0, (1, 2)),
            libc::SYS_readlinkat => self.readlink(self.word(0), 1, (2, 3)),
            libc::SYS_chdir => self.chdir(),
            libc::SYS_fchdir => self.fchdir(),
            libc::SYS_getcwd => self.getcwd(),
            _ => return None,
        })
    }

    fn open(&mut self, directory: u32, path: usize, flags: u32, mode: u32) -> Answer {
        let path = self.path(path)?;
        let dir = self.start(directory, &path)?;
        let flags = OFlags::from_bits_retain(flags);
        // As on Linux, a program without a free number makes no file.
        self.world.descriptors.room()?;
        let close_on_exec = flags.contains(OFlags::CLOEXEC);
        let meaning = match self.vfs().open(At { dir, path: &path }, flags, Mode::from_bits_retain(mode))? {
            Opened::Here(id) => Meaning::Open(id),
            Opened::Device(device) => Meaning::Device(device),
            Opened::Library(handle) => {
                let file = self.world.library.open(handle).map_err(|_| Errno::IO)?;
                let handed = self.caller.hand(self.call, file.as_fd(), close_on_exec);
                return match handed {
                    Ok(()) => Ok(Reply::Handed),
                    Err(error) => Err(Errno::from_io_error(&error).unwrap_or(Errno::IO).into()),
                };
            }
        };
        Ok(self.world.descriptors.add(meaning, close_on_exec, 0)?.into())
    }

    fn mkdir(&mut self, directory: u32, path: usize, mode: u32) -> Answer {
        let path = self.path(path)?;
        let dir = self.start(directory, &path)?;
        self.vfs().mkdir(At { dir, path: &path }, Mode::from_bits_retain(mode))?;
        Ok(0.into())
    }

    fn unlinkat(&mut self) -> Answer {
        match self.word(2).cast_signed() {
            0 => self.remove(self.word(0), 1, false),
            libc::AT_REMOVEDIR => self.remove(self.word(0), 1, true),
            _ => Err(Errno::INVAL.into()),
        }
    }

    fn remove(&mut self, directory: u32, path: usize, is_directory: bool) -> Answer {
        let path = self.path(path)?;
        let at = At { dir: self.start(directory, &path)?, path: &path };
        if is_directory {
            self.vfs().rmdir(at)?;
        } else {
            self.vfs().unlink(at)?;
        }
        Ok(0.into())
    }

    fn rename(&mut self, from: (u32, usize), to: (u32, usize), flags: u32) -> Answer {
        let (from, from_path) = (from.0, self.path(from.1)?);
        let (to, to_path) = (to.0, self.path(to.1)?);
        let from = At { dir: self.start(from, &from_path)?, path: &from_path };
        let to = At { dir: self.start(to, &to_path)?, path: &to_path };
        self.vfs().rename(from, to, RenameFlags::from_bits_retain(flags))?;
        Ok(0.into())
    }

    fn symlink(&mut self, target: usize, directory: u32, path: usize) -> Answer {
        let target = self.path(target)?;
        let path = self.path(path)?;
        let dir = self.start(directory, &path)?;
        self.vfs().symlink(&target, At { dir, path: &path })?;
        Ok(0.into())
    }

    fn link(&mut self, from: (u32, usize), to: (u32, usize), flags: u32) -> Answer {
        let known = (libc::AT_SYMLINK_FOLLOW | libc::AT_EMPTY_PATH).cast_unsigned();
        if flags & !known != 0 {
            return Err(Errno::INVAL.into());
        }
        let (from, from_path) = (from.0, self.path(from.1)?);
        let (to, to_path) = (to.0, self.path(to.1)?);
        let to = At { dir: self.start(to, &to_path)?, path: &to_path };
        // Of all calls this one follows links only if it is told to.
        let follow = flags & libc::AT_SYMLINK_FOLLOW.cast_unsigned() != 0;
        let link = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW.cast_unsigned() };
        self.with_target(from, &from_path, flags | link, |vfs, target| vfs.link(target, to))?;
        Ok(0.into())
    }

    fn readlink(&mut self, directory: u32, path: usize, buffer: (usize, usize)) -> Answer {
        let path = self.path(path)?;
        let (address, room) = (self.argument(buffer.0), self.word(buffer.1).cast_signed());
        let room = usize::try_from(room).ok().filter(|room| *room > 0).ok_or(Errno::INVAL)?;
        let flags = (libc::AT_SYMLINK_NOFOLLOW | libc::AT_EMPTY_PATH).cast_unsigned();
        let text = self.with_target(directory, &path, flags, |vfs, target| vfs.readlink(target))?;
        let shown = &text[..text.len().min(room)];
        self.memory().put(address, shown)?;
        Ok((shown.len() as i64).into())
    }

    fn chdir(&mut self) -> Answer {
        let path = self.path(0)?;
        self.vfs().chdir(Target::Path(At::cwd(&path)))?;
        Ok(0.into())
    }

    fn fchdir(&mut self) -> Answer {
        let id = self.open_id(self.word(0)).map_err(not_a_directory)?;
        self.vfs().chdir(Target::Open(id))?;
        Ok(0.into())
    }

    fn getcwd(&mut self) -> Answer {
        let mut path = self.vfs().getcwd()?;
        path.push(0);
        if path.len() as u64 > self.argument(1) {
            return Err(Errno::RANGE.into());
        }
        self.memory().put(self.argument(0), &path)?;
        Ok((path.len() as i64).into())
    }
}

fn not_a_directory(refusal: Refusal) -> Refusal {
    if refusal.errno() == Errno::INVAL { Errno::NOTDIR.into() } else { refusal }
}
