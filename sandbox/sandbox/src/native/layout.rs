//! The kernel's structures as bytes, for a 64-bit little-endian guest.

use rustix::fs::Timespec;
use vfs::{DirEntry, FsStat, Kind, Stat};

/// A structure that is filled field by field.
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn time(self, time: Timespec) -> Self {
        self.u64(time.tv_sec.cast_unsigned()).u64(time.tv_nsec.cast_unsigned())
    }

    /// The times of statx(2) have 32 bits for the nanoseconds and 32 for nothing.
    fn statx_time(self, time: Timespec) -> Self {
        self.u64(time.tv_sec.cast_unsigned()).u32(time.tv_nsec as u32).u32(0)
    }

    fn zeroes_to(mut self, length: usize) -> Vec<u8> {
        self.0.resize(length, 0);
        self.0
    }
}

/// `struct stat` of x86-64.
pub(super) fn stat(stat: &Stat) -> Vec<u8> {
    Bytes(Vec::with_capacity(144))
        .u64(stat.dev)
        .u64(stat.ino)
        .u64(stat.nlink)
        .u32(stat.mode)
        .u32(stat.uid)
        .u32(stat.gid)
        .u32(0)
        .u64(stat.rdev)
        .u64(stat.size)
        .u64(u64::from(stat.blksize))
        .u64(stat.blocks)
        .time(stat.atime)
        .time(stat.mtime)
        .time(stat.ctime)
        .zeroes_to(144)
}

/// `struct statx`, with the basic fields.
pub(super) fn statx(stat: &Stat) -> Vec<u8> {
    const STATX_BASIC_STATS: u32 = 0x7ff;
    Bytes(Vec::with_capacity(256))
        .u32(STATX_BASIC_STATS)
        .u32(stat.blksize)
        .u64(0)
        .u32(u32::try_from(stat.nlink).unwrap_or(u32::MAX))
        .u32(stat.uid)
        .u32(stat.gid)
        .u16(stat.mode as u16)
        .u16(0)
        .u64(stat.ino)
        .u64(stat.size)
        .u64(stat.blocks)
        .u64(0)
        .statx_time(stat.atime)
        .statx_time(Timespec { tv_sec: 0, tv_nsec: 0 })
        .statx_time(stat.ctime)
        .statx_time(stat.mtime)
        .u32(rustix::fs::major(stat.rdev))
        .u32(rustix::fs::minor(stat.rdev))
        .u32(rustix::fs::major(stat.dev))
        .u32(rustix::fs::minor(stat.dev))
        .zeroes_to(256)
}

/// `struct statfs` of x86-64.
pub(super) fn statfs(stat: &FsStat) -> Vec<u8> {
    const TMPFS_MAGIC: u64 = 0x0102_1994;
    const ST_VALID_RDONLY: u64 = 0x21;
    Bytes(Vec::with_capacity(120))
        .u64(TMPFS_MAGIC)
        .u64(stat.block_size)
        .u64(stat.blocks)
        .u64(stat.blocks_free)
        .u64(stat.blocks_free)
        .u64(stat.files)
        .u64(stat.files_free)
        .u64(0)
        .u64(stat.name_max)
        .u64(stat.block_size)
        .u64(if stat.read_only { ST_VALID_RDONLY } else { 0x20 })
        .zeroes_to(120)
}

/// `struct linux_dirent64`, padded to eight bytes.
pub(super) fn directory_entry(entry: &DirEntry) -> Vec<u8> {
    let kind = match entry.kind {
        Kind::File => libc::DT_REG,
        Kind::Dir => libc::DT_DIR,
        Kind::Symlink => libc::DT_LNK,
        Kind::Device => libc::DT_CHR,
    };
    // Two numbers, the length, the kind, the name, its zero byte.
    let length = (8 + 8 + 2 + 1 + entry.name.len() + 1).next_multiple_of(8);
    let mut bytes =
        Bytes(Vec::with_capacity(length)).u64(entry.ino).u64(entry.next).u16(u16::try_from(length).unwrap_or(u16::MAX));
    bytes.0.push(kind);
    bytes.0.extend(&entry.name);
    bytes.zeroes_to(length)
}

/// `struct timespec` twice, or `struct timeval` twice: seconds and parts of them.
pub(super) fn two_times(bytes: &[u8; 32]) -> [(i64, i64); 2] {
    let number = |at: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        i64::from_le_bytes(eight)
    };
    [(number(0), number(8)), (number(16), number(24))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_as_the_kernel_tells_it() {
        let told = stat(&Stat { ino: 7, mode: 0o100_644, size: 0x1234, nlink: 1, ..Stat::default() });
        assert_eq!(told.len(), size_of::<libc::stat>());
        assert_eq!(told[8], 7);
        assert_eq!(told[std::mem::offset_of!(libc::stat, st_mode)..][..4], 0o100_644_u32.to_le_bytes());
        assert_eq!(told[std::mem::offset_of!(libc::stat, st_size)..][..2], [0x34, 0x12]);
        assert_eq!(statx(&Stat::default()).len(), size_of::<libc::statx>());
    }

    #[test]
    fn an_entry_of_a_directory_is_padded() {
        let entry = DirEntry { ino: 3, next: 9, kind: Kind::File, name: b"abcdef".to_vec() };
        let told = directory_entry(&entry);
        assert_eq!(told.len() % 8, 0);
        assert_eq!(&told[19..26], b"abcdef\0");
        assert_eq!(told[16..18], (told.len() as u16).to_le_bytes());
    }
}
