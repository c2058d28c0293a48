//! Calls that ask or change what is known about something: stat, access, chmod, chown, times, and the guest itself.

use std::fs::File;
use std::os::unix::fs::FileTypeExt;

use rustix::fs::{Access, Mode, Timespec};
use rustix::io::Errno;
use vfs::{At, Refusal, SetTime, Stat, Target};

use super::super::descriptors::FIRST;
use super::super::{layout, library};
use super::{Answer, Desk, GUEST};

const CWD: u32 = libc::AT_FDCWD.cast_unsigned();
const EMPTY_PATH: u32 = libc::AT_EMPTY_PATH.cast_unsigned();
const NOFOLLOW: u32 = libc::AT_SYMLINK_NOFOLLOW.cast_unsigned();

impl Desk<'_> {
    /// `None` if the call is not one of these.
    pub(super) fn on_attributes(&mut self) -> Option<Answer> {
        Some(match self.call.call {
            libc::SYS_stat => self.stat(CWD, 0, 0, 1),
            libc::SYS_lstat => self.stat(CWD, 0, NOFOLLOW, 1),
            libc::SYS_newfstatat => self.stat(self.word(0), 1, self.word(3), 2),
            libc::SYS_fstat => self.fstat(),
            libc::SYS_statx => self.statx(),
            libc::SYS_statfs => self.statfs(),
            libc::SYS_fstatfs => self.fstatfs(),
            libc::SYS_access => self.access(CWD, 0, self.word(1), 0),
            libc::SYS_faccessat => self.access(self.word(0), 1, self.word(2), 0),
            libc::SYS_faccessat2 => self.access(self.word(0), 1, self.word(2), self.word(3)),
            libc::SYS_chmod => self.chmod(CWD, 0, self.word(1), 0),
            libc::SYS_fchmodat => self.chmod(self.word(0), 1, self.word(2), 0),
            FCHMODAT2 => self.chmod(self.word(0), 1, self.word(2), self.word(3)),
            libc::SYS_fchmod => self.fchmod(),
            libc::SYS_chown => self.chown(CWD, 0, (1, 2), 0),
            libc::SYS_lchown => self.chown(CWD, 0, (1, 2), NOFOLLOW),
            libc::SYS_fchownat => self.chown(self.word(0), 1, (2, 3), self.word(4)),
            libc::SYS_fchown => self.fchown(),
            libc::SYS_truncate => self.truncate(),
            libc::SYS_utimensat => self.utimensat(),
            libc::SYS_utime => self.utime(),
            libc::SYS_utimes => self.utimes(CWD, 0, 1),
            libc::SYS_futimesat => self.utimes(self.word(0), 1, 2),
            libc::SYS_umask => {
                let mask = Mode::from_bits_retain(self.word(0));
                Ok(i64::from(self.vfs().umask(mask).bits()).into())
            }
            libc::SYS_getuid | libc::SYS_geteuid => Ok(i64::from(GUEST.uid).into()),
            libc::SYS_getgid | libc::SYS_getegid => Ok(i64::from(GUEST.gid).into()),
            libc::SYS_getresuid => self.three_ids(GUEST.uid),
            libc::SYS_getresgid => self.three_ids(GUEST.gid),
            // As the kernel says that nobody has asked to be nicer, or for a special turn.
            libc::SYS_getpriority => Ok(20.into()),
            libc::SYS_sched_getscheduler => Ok(i64::from(libc::SCHED_OTHER).into()),
            libc::SYS_getgroups => Ok(0.into()),
            libc::SYS_getppid | libc::SYS_getpgrp | libc::SYS_getsid | libc::SYS_getpgid => Ok(0.into()),
            _ => return None,
        })
    }

    /// Real, effective and saved.
    fn three_ids(&self, id: u32) -> Answer {
        for index in 0..3 {
            self.memory().put(self.argument(index), &id.to_le_bytes())?;
        }
        Ok(0.into())
    }

    fn stat(&mut self, directory: u32, path: usize, flags: u32, into: usize) -> Answer {
        let stat = self.stat_of(directory, path, flags)?;
        self.memory().put(self.argument(into), &layout::stat(&stat))?;
        Ok(0.into())
    }

    fn fstat(&mut self) -> Answer {
        let stat = self.stat_open(self.word(0))?;
        self.memory().put(self.argument(1), &layout::stat(&stat))?;
        Ok(0.into())
    }

    fn statx(&mut self) -> Answer {
        let stat = self.stat_of(self.word(0), 1, self.word(2))?;
        self.memory().put(self.argument(4), &layout::statx(&stat))?;
        Ok(0.into())
    }

    fn stat_of(&mut self, directory: u32, path: usize, flags: u32) -> Result<Stat, Refusal> {
        let path = self.path(path)?;
        if path.is_empty() && flags & EMPTY_PATH != 0 && directory != CWD {
            return self.stat_open(directory);
        }
        self.with_target(directory, &path, flags, |vfs, target| vfs.stat(target))
    }

    /// Also of what the kernel has open for the guest: its pipes, its connection, files of the library.
    fn stat_open(&mut self, number: u32) -> Result<Stat, Refusal> {
        if number >= FIRST {
            return self.with_open(number, |vfs, target| vfs.stat(target));
        }
        let metadata = File::from(self.kernels(number)?).metadata().map_err(|_| Errno::IO)?;
        let mut stat = library::stat(&metadata);
        if metadata.file_type().is_fifo() || metadata.file_type().is_socket() {
            (stat.uid, stat.gid) = (GUEST.uid, GUEST.gid);
        }
        Ok(stat)
    }

    fn statfs(&mut self) -> Answer {
        let path = self.path(0)?;
        let stat = self.vfs().statfs(Target::Path(At::cwd(&path)))?;
        self.memory().put(self.argument(1), &layout::statfs(&stat))?;
        Ok(0.into())
    }

    fn fstatfs(&mut self) -> Answer {
        let stat = self.with_open(self.word(0), |vfs, target| vfs.statfs(target))?;
        self.memory().put(self.argument(1), &layout::statfs(&stat))?;
        Ok(0.into())
    }

    fn access(&mut self, directory: u32, path: usize, wanted: u32, flags: u32) -> Answer {
        if wanted & !7 != 0 {
            return Err(Errno::INVAL.into());
        }
        let path = self.path(path)?;
        let wanted = Access::from_bits_retain(wanted);
        self.with_target(directory, &path, flags, |vfs, target| vfs.access(target, wanted))?;
        Ok(0.into())
    }

    fn chmod(&mut self, directory: u32, path: usize, mode: u32, flags: u32) -> Answer {
        let path = self.path(path)?;
        self.with_target(directory, &path, flags, |vfs, target| vfs.chmod(target, Mode::from_bits_retain(mode)))?;
        Ok(0.into())
    }

    fn fchmod(&mut self) -> Answer {
        let mode = Mode::from_bits_retain(self.word(1));
        self.with_open(self.word(0), |vfs, target| vfs.chmod(target, mode))?;
        Ok(0.into())
    }

    fn chown(&mut self, directory: u32, path: usize, ids: (usize, usize), flags: u32) -> Answer {
        let path = self.path(path)?;
        let (uid, gid) = (id(self.word(ids.0)), id(self.word(ids.1)));
        self.with_target(directory, &path, flags, |vfs, target| vfs.chown(target, uid, gid))?;
        Ok(0.into())
    }

    fn fchown(&mut self) -> Answer {
        let (uid, gid) = (id(self.word(1)), id(self.word(2)));
        self.with_open(self.word(0), |vfs, target| vfs.chown(target, uid, gid))?;
        Ok(0.into())
    }

    fn truncate(&mut self) -> Answer {
        let path = self.path(0)?;
        let length = self.argument(1);
        self.vfs().truncate(Target::Path(At::cwd(&path)), length)?;
        Ok(0.into())
    }

    fn utimensat(&mut self) -> Answer {
        let times = self.two_times(2, 1)?;
        let flags = self.word(3);
        if self.argument(1) == 0 {
            self.with_open(self.word(0), |vfs, target| vfs.set_times(target, times.0, times.1))?;
            return Ok(0.into());
        }
        let path = self.path(1)?;
        self.with_target(self.word(0), &path, flags, |vfs, target| vfs.set_times(target, times.0, times.1))?;
        Ok(0.into())
    }

    /// With microseconds, where utimensat(2) has nanoseconds.
    fn utimes(&mut self, directory: u32, path: usize, times: usize) -> Answer {
        let times = self.two_times(times, 1000)?;
        let path = self.path(path)?;
        self.with_target(directory, &path, 0, |vfs, target| vfs.set_times(target, times.0, times.1))?;
        Ok(0.into())
    }

    /// With whole seconds.
    fn utime(&mut self) -> Answer {
        let times = match self.argument(1) {
            0 => (SetTime::Now, SetTime::Now),
            address => {
                let [(accessed, modified), _] = {
                    let mut bytes = [0; 32];
                    bytes[..16].copy_from_slice(&self.memory().array::<16>(address)?);
                    layout::two_times(&bytes)
                };
                let at = |tv_sec| SetTime::At(Timespec { tv_sec, tv_nsec: 0 });
                (at(accessed), at(modified))
            }
        };
        let path = self.path(0)?;
        self.with_target(CWD, &path, 0, |vfs, target| vfs.set_times(target, times.0, times.1))?;
        Ok(0.into())
    }

    /// Access and modification, in units of so many nanoseconds; without any, both are now.
    fn two_times(&self, index: usize, unit: i64) -> Result<(SetTime, SetTime), Refusal> {
        let address = self.argument(index);
        if address == 0 {
            return Ok((SetTime::Now, SetTime::Now));
        }
        let time = |(tv_sec, parts): (i64, i64)| {
            let tv_nsec = parts.checked_mul(unit).ok_or(Errno::INVAL)?;
            SetTime::try_from(Timespec { tv_sec, tv_nsec })
        };
        let [accessed, modified] = layout::two_times(&self.memory().array(address)?);
        Ok((time(accessed)?, time(modified)?))
    }
}

/// Linux 6.6; not in the C library's headers yet.
const FCHMODAT2: i64 = 452;

/// -1 leaves an id as it is.
fn id(word: u32) -> Option<u32> {
    (word != u32::MAX).then_some(word)
}
