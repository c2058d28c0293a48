//! What a guest asked and what it got, call by call, in words: for an author who wants to see what his program does.

use std::time::{Duration, Instant};

use confine::guest::Notification;
use rustix::io::Errno;
use vfs::shown;

/// Longest transcript, in calls.
const MOST: usize = 10_000;

/// The transcript of one run.
#[derive(Debug)]
pub(super) struct Transcript {
    begun: Instant,
    lines: Vec<String>,
    left_out: usize,
}

/// What an argument is.
#[derive(Debug, Clone, Copy)]
enum Word {
    Path,
    /// A descriptor, or the working directory.
    Number,
    OpenFlags,
    Mode,
    Size,
    /// An address of the guest's: of no use to anybody.
    Address,
}

use Word::{Address, Mode, Number, OpenFlags, Path, Size};

const CALLS: &[(libc::c_long, &str, &[Word])] = &[
    (libc::SYS_read, "read", &[Number, Address, Size]),
    (libc::SYS_pread64, "pread", &[Number, Address, Size, Size]),
    (libc::SYS_readv, "readv", &[Number, Address, Size]),
    (libc::SYS_write, "write", &[Number, Address, Size]),
    (libc::SYS_pwrite64, "pwrite", &[Number, Address, Size, Size]),
    (libc::SYS_writev, "writev", &[Number, Address, Size]),
    (libc::SYS_lseek, "lseek", &[Number, Size, Size]),
    (libc::SYS_close, "close", &[Number]),
    (libc::SYS_dup, "dup", &[Number]),
    (libc::SYS_dup2, "dup2", &[Number, Number]),
    (libc::SYS_dup3, "dup3", &[Number, Number, OpenFlags]),
    (libc::SYS_fcntl, "fcntl", &[Number, Size, Size]),
    (libc::SYS_flock, "flock", &[Number, Size]),
    (libc::SYS_ftruncate, "ftruncate", &[Number, Size]),
    (libc::SYS_fallocate, "fallocate", &[Number, Size, Size, Size]),
    (libc::SYS_getdents64, "getdents", &[Number, Address, Size]),
    (libc::SYS_fsync, "fsync", &[Number]),
    (libc::SYS_fdatasync, "fdatasync", &[Number]),
    (libc::SYS_open, "open", &[Path, OpenFlags, Mode]),
    (libc::SYS_openat, "openat", &[Number, Path, OpenFlags, Mode]),
    (libc::SYS_creat, "creat", &[Path, Mode]),
    (libc::SYS_mkdir, "mkdir", &[Path, Mode]),
    (libc::SYS_mkdirat, "mkdirat", &[Number, Path, Mode]),
    (libc::SYS_rmdir, "rmdir", &[Path]),
    (libc::SYS_unlink, "unlink", &[Path]),
    (libc::SYS_unlinkat, "unlinkat", &[Number, Path, Size]),
    (libc::SYS_rename, "rename", &[Path, Path]),
    (libc::SYS_renameat, "renameat", &[Number, Path, Number, Path]),
    (libc::SYS_renameat2, "renameat2", &[Number, Path, Number, Path, Size]),
    (libc::SYS_symlink, "symlink", &[Path, Path]),
    (libc::SYS_symlinkat, "symlinkat", &[Path, Number, Path]),
    (libc::SYS_link, "link", &[Path, Path]),
    (libc::SYS_linkat, "linkat", &[Number, Path, Number, Path, Size]),
    (libc::SYS_readlink, "readlink", &[Path, Address, Size]),
    (libc::SYS_readlinkat, "readlinkat", &[Number, Path, Address, Size]),
    (libc::SYS_chdir, "chdir", &[Path]),
    (libc::SYS_fchdir, "fchdir", &[Number]),
    (libc::SYS_getcwd, "getcwd", &[Address, Size]),
    (libc::SYS_stat, "stat", &[Path, Address]),
    (libc::SYS_lstat, "lstat", &[Path, Address]),
    (libc::SYS_fstat, "fstat", &[Number, Address]),
    (libc::SYS_newfstatat, "fstatat", &[Number, Path, Address, Size]),
    (libc::SYS_statx, "statx", &[Number, Path, Size, Size, Address]),
    (libc::SYS_statfs, "statfs", &[Path, Address]),
    (libc::SYS_fstatfs, "fstatfs", &[Number, Address]),
    (libc::SYS_access, "access", &[Path, Mode]),
    (libc::SYS_faccessat, "faccessat", &[Number, Path, Mode]),
    (libc::SYS_faccessat2, "faccessat2", &[Number, Path, Mode, Size]),
    (libc::SYS_chmod, "chmod", &[Path, Mode]),
    (libc::SYS_fchmod, "fchmod", &[Number, Mode]),
    (libc::SYS_fchmodat, "fchmodat", &[Number, Path, Mode]),
    (libc::SYS_truncate, "truncate", &[Path, Size]),
    (libc::SYS_utimensat, "utimensat", &[Number, Path, Address, Size]),
    (libc::SYS_umask, "umask", &[Mode]),
    (libc::SYS_getuid, "getuid", &[]),
    (libc::SYS_geteuid, "geteuid", &[]),
    (libc::SYS_getgid, "getgid", &[]),
    (libc::SYS_getegid, "getegid", &[]),
    (libc::SYS_getppid, "getppid", &[]),
    (libc::SYS_exit_group, "exit", &[Number]),
];

impl Transcript {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), lines: Vec::new(), left_out: 0 }
    }

    /// Notes a call that came at `since`, with the paths that it named, in order. `other` is the name of one that is not in
    /// the list.
    pub(super) fn note(
        &mut self,
        call: &Notification,
        other: &str,
        paths: &[Vec<u8>],
        answer: Result<i64, i32>,
        since: Instant,
    ) {
        if self.lines.len() >= MOST {
            self.left_out += 1;
            return;
        }
        let at = milliseconds(since.duration_since(self.begun));
        let took = since.elapsed().as_micros();
        let answer = match answer {
            Ok(value) => value.to_string(),
            Err(number) => in_words(number),
        };
        self.lines.push(format!("{at:>9} ms  {} = {answer}  ({took} µs)", asked(call, other, paths)));
    }

    pub(super) fn into_lines(mut self) -> Vec<String> {
        if self.left_out > 0 {
            self.lines.push(format!("and {} more calls", self.left_out));
        }
        self.lines
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

fn asked(call: &Notification, other: &str, paths: &[Vec<u8>]) -> String {
    let Some((_, name, words)) = CALLS.iter().find(|(number, ..)| *number == call.call) else {
        return format!("{other}(…)");
    };
    let mut paths = paths.iter();
    let words = words.iter().zip(call.arguments).map(|(word, value)| match word {
        // One that was not read: an argument before it was wrong already, or it is a null pointer.
        Path => paths.next().map_or("?".into(), |path| format!("'{}'", shown(path))),
        Number if value as u32 == libc::AT_FDCWD.cast_unsigned() => "cwd".into(),
        Number => (value as i32).to_string(),
        OpenFlags => open_flags(value as i32),
        Mode => format!("0o{value:o}"),
        Size => value.cast_signed().to_string(),
        Address => "…".into(),
    });
    format!("{name}({})", words.collect::<Vec<_>>().join(", "))
}

fn open_flags(flags: i32) -> String {
    const NAMES: &[(i32, &str)] = &[
        (libc::O_CREAT, "CREAT"),
        (libc::O_EXCL, "EXCL"),
        (libc::O_TRUNC, "TRUNC"),
        (libc::O_APPEND, "APPEND"),
        (libc::O_DIRECTORY, "DIRECTORY"),
        (libc::O_NOFOLLOW, "NOFOLLOW"),
        (libc::O_CLOEXEC, "CLOEXEC"),
    ];
    let access = match flags & libc::O_ACCMODE {
        libc::O_RDONLY => "RDONLY",
        libc::O_WRONLY => "WRONLY",
        _ => "RDWR",
    };
    let others = NAMES.iter().filter(|(bit, _)| flags & bit == *bit).map(|(_, name)| *name);
    std::iter::once(access).chain(others).collect::<Vec<_>>().join("|")
}

fn in_words(number: i32) -> String {
    let words = std::io::Error::from(Errno::from_raw_os_error(number)).to_string();
    words.split(" (os error").next().unwrap_or(&words).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: i64, arguments: [u64; 6]) -> Notification {
        Notification { id: 0, thread: rustix::process::getpid(), call: number, arguments }
    }

    #[test]
    fn an_author_reads_what_was_asked_and_answered() {
        let mut transcript = Transcript::new();
        let open = call(libc::SYS_openat, [-100_i64 as u64, 1, (libc::O_RDWR | libc::O_CREAT) as u64, 0o666, 0, 0]);
        transcript.note(&open, "", &[b"a\n".to_vec()], Ok(64), Instant::now());
        transcript.note(&call(libc::SYS_socket, [0; 6]), "socket", &[], Err(libc::EACCES), Instant::now());
        let lines = transcript.into_lines();
        assert!(lines[0].contains("ms  openat(cwd, 'a\\n', RDWR|CREAT, 0o666) = 64  ("), "{}", lines[0]);
        assert!(lines[1].contains("ms  socket(…) = permission denied  ("), "{}", lines[1]);
    }

    #[test]
    fn a_transcript_has_an_end() {
        let mut transcript = Transcript::new();
        for _ in 0..MOST + 2 {
            transcript.note(&call(libc::SYS_getuid, [0; 6]), "", &[], Ok(0), Instant::now());
        }
        let lines = transcript.into_lines();
        assert_eq!((lines.len(), lines[MOST].as_str()), (MOST + 1, "and 2 more calls"));
    }
}
