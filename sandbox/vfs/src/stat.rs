//! stat(2), access(2), statfs(2): what there is to know about an object.

use crate::dirent::Kind;
use crate::fixed::Body;
use crate::inode::Ino;
use crate::place::Place;
use crate::{At, OpenId, Refusal, Target, Vfs};
use rustix::fs::{Access, Mode, Timespec, makedev};
use rustix::io::Errno;

/// `struct stat`, in the words of inode(7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    pub dev: u64,
    pub ino: u64,
    /// Type and permission bits.
    pub mode: u32,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    pub rdev: u64,
    pub size: u64,
    pub blksize: u32,
    /// In units of 512 bytes.
    pub blocks: u64,
    pub atime: Timespec,
    pub mtime: Timespec,
    pub ctime: Timespec,
}

/// `struct statfs`. The owner's limits are the size of the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsStat {
    pub block_size: u64,
    pub blocks: u64,
    pub blocks_free: u64,
    pub files: u64,
    pub files_free: u64,
    pub name_max: u64,
    pub read_only: bool,
}

const BLOCK: u64 = crate::data::CHUNK as u64;

/// What a directory of Linux says its size is as long as it is small.
const DIR_SIZE: u64 = 4096;

impl Vfs {
    /// stat(2), lstat(2), fstat(2), statx(2).
    pub fn stat(&self, target: Target<'_>) -> Result<Stat, Refusal> {
        self.locate(target).map(|place| self.stat_place(place))
    }

    /// access(2), faccessat(2). Real and effective user are the same.
    pub fn access(&self, target: Target<'_>, wanted: Access) -> Result<(), Refusal> {
        let place = self.locate(target)?;
        let bits = [(Access::READ_OK, Mode::RUSR), (Access::WRITE_OK, Mode::WUSR), (Access::EXEC_OK, Mode::XUSR)];
        let bits = bits.into_iter().filter(|(access, _)| wanted.contains(*access));
        self.may(place, bits.fold(Mode::empty(), |all, (_, bit)| all | bit))
    }

    /// readlink(2), whole: the caller cuts it to its buffer. With an empty path readlinkat(2) is about the directory's
    /// descriptor itself, even without `AT_EMPTY_PATH`.
    pub fn readlink(&mut self, target: Target<'_>) -> Result<Vec<u8>, Refusal> {
        let (target, other_kind) = match target {
            Target::Link(At { dir: Some(id), path: b"" }) => (Target::Open(id), Errno::NOENT),
            _ => (target, Errno::INVAL),
        };
        let place = self.locate(target)?;
        let text = self.link_target(place).ok_or(other_kind)?.to_vec();
        if let Place::Own(ino) = place {
            self.tree.accessed(ino);
        }
        Ok(text)
    }

    /// statfs(2), fstatfs(2). What is fixed is full, as an image is that is mounted to be read.
    pub fn statfs(&self, target: Target<'_>) -> Result<FsStat, Refusal> {
        let fixed = FsStat {
            block_size: BLOCK,
            blocks: (self.fixed.blocks() * 512).div_ceil(BLOCK),
            blocks_free: 0,
            files: 0,
            files_free: 0,
            name_max: crate::NAME_MAX as u64,
            read_only: true,
        };
        let Place::Own(_) = self.locate(target)? else { return Ok(fixed) };
        let quota = &self.tree.quota;
        Ok(FsStat {
            blocks: quota.limits.bytes / BLOCK,
            blocks_free: quota.bytes_left() / BLOCK,
            files: quota.limits.entries,
            files_free: quota.entries_left(),
            read_only: false,
            ..fixed
        })
    }

    /// The size of an open file, for an engine that needs no more of `fstat`.
    pub fn size(&self, id: OpenId) -> Result<u64, Refusal> {
        let (ino, _) = self.opened_file(id)?;
        Ok(self.tree.get(ino).bytes())
    }

    fn stat_place(&self, place: Place) -> Stat {
        match place {
            Place::Own(ino) => self.stat_own(ino),
            Place::Fixed(id) => {
                let common = Stat {
                    dev: makedev(OUR_MAJOR, 1),
                    ino: self.fixed.ino(id),
                    nlink: 1,
                    mode: type_bits(self.fixed.kind(id)) | self.fixed.permissions(id),
                    blksize: BLOCK as u32,
                    atime: self.fixed.time(),
                    mtime: self.fixed.time(),
                    ctime: self.fixed.time(),
                    ..Stat::default()
                };
                match self.fixed.body(id) {
                    Body::File(_, stat) => *stat,
                    Body::Dir(_) | Body::Tree => Stat { nlink: 2 + self.fixed.subdirs(id), size: DIR_SIZE, ..common },
                    Body::Symlink(target) => Stat { size: target.len() as u64, ..common },
                    Body::Device(device) => {
                        let (major, minor) = device.number();
                        Stat { rdev: makedev(major, minor), ..common }
                    }
                }
            }
        }
    }

    fn stat_own(&self, ino: Ino) -> Stat {
        let inode = self.tree.get(ino);
        let size = if inode.is_dir() { DIR_SIZE } else { inode.bytes() };
        let chunks = inode.file().map_or(0, |file| file.data.chunks());
        Stat {
            dev: makedev(OUR_MAJOR, 2),
            ino: ino.0,
            mode: type_bits(inode.kind()) | inode.mode.bits(),
            nlink: u64::from(inode.links),
            uid: self.guest.uid,
            gid: self.guest.gid,
            rdev: 0,
            size,
            blksize: BLOCK as u32,
            blocks: chunks * (BLOCK / 512),
            atime: inode.times.accessed,
            mtime: inode.times.modified,
            ctime: inode.times.changed,
        }
    }
}

/// A major number that no driver of Linux has, so that a pair of device and inode never means a file of the host.
const OUR_MAJOR: u32 = 3000;

fn type_bits(kind: Kind) -> u32 {
    match kind {
        Kind::File => 0o100_000,
        Kind::Dir => 0o040_000,
        Kind::Symlink => 0o120_000,
        Kind::Device => 0o020_000,
    }
}
