//! Files that decide what root does: they must belong to root, and nobody else may write to them.

mod tree;

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub use tree::tree;

/// Bits of a mode that let a group or others write.
const OTHERS_WRITE: u32 = 0o022;

/// Whose files are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Root's: for everything that is going to run.
    Root,
    /// Root's, and those of whoever asks: enough to print a policy.
    RootOrSelf,
}

/// Why a file is not believed.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    #[error("cannot open {}", .path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{} belongs to uid {uid}; run chown root {}", .path.display(), .path.display())]
    Owner { path: PathBuf, uid: u32 },
    #[error("others can write {} (mode {mode:04o}); run chmod go-w {}", .path.display(), .path.display())]
    Writable { path: PathBuf, mode: u32 },
    #[error("{} is not a {wanted}", .path.display())]
    Kind { path: PathBuf, wanted: &'static str },
    #[error("{} has more than {max} bytes", .path.display())]
    TooLong { path: PathBuf, max: u64 },
    #[error("there are more than {max} files in {}; name a smaller Python or virtual environment", .path.display())]
    TooMany { path: PathBuf, max: usize },
    #[error("{} is not UTF-8 text", .path.display())]
    NotText { path: PathBuf },
}

/// Opens a file and checks what was opened, not what the name may lead to a moment later.
pub fn open(path: &Path, trust: Trust) -> Result<File, Untrusted> {
    let (file, is_file) = open_any(path, trust)?;
    if !is_file {
        return Err(Untrusted::Kind { path: path.to_owned(), wanted: "file" });
    }
    Ok(file)
}

/// Checks a directory in which files are looked up by name.
pub fn directory(path: &Path, trust: Trust) -> Result<(), Untrusted> {
    let (directory, _) = open_any(path, trust)?;
    let is_directory = directory.metadata().is_ok_and(|seen| seen.is_dir());
    if is_directory { Ok(()) } else { Err(Untrusted::Kind { path: path.to_owned(), wanted: "directory" }) }
}

/// Reads a file of text, up to a size.
pub fn text(path: &Path, trust: Trust, max: u64) -> Result<String, Untrusted> {
    let file = open(path, trust)?;
    let mut bytes = Vec::new();
    let read = file.take(max + 1).read_to_end(&mut bytes);
    read.map_err(|source| Untrusted::Open { path: path.to_owned(), source })?;
    if bytes.len() as u64 > max {
        return Err(Untrusted::TooLong { path: path.to_owned(), max });
    }
    String::from_utf8(bytes).map_err(|_| Untrusted::NotText { path: path.to_owned() })
}

fn open_any(path: &Path, trust: Trust) -> Result<(File, bool), Untrusted> {
    let failed = |source| Untrusted::Open { path: path.to_owned(), source };
    // Without O_NONBLOCK the open of a FIFO would wait for ever.
    let nonblock = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(nonblock).open(path).map_err(failed)?;
    let seen = file.metadata().map_err(failed)?;
    believe(path, &seen, trust)?;
    Ok((file, seen.is_file()))
}

fn believe(path: &Path, seen: &Metadata, trust: Trust) -> Result<(), Untrusted> {
    let own = trust == Trust::RootOrSelf && seen.uid() == rustix::process::getuid().as_raw();
    if seen.uid() != 0 && !own {
        return Err(Untrusted::Owner { path: path.to_owned(), uid: seen.uid() });
    }
    // Anybody could write to a link by its mode, and nobody can.
    if seen.mode() & OTHERS_WRITE != 0 && !seen.is_symlink() {
        return Err(Untrusted::Writable { path: path.to_owned(), mode: seen.mode() & 0o7777 });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_that_others_can_write_is_not_believed() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("zook.conf");
        fs::write(&path, "[zook]\n").expect("writes");
        for (mode, believed) in [(0o644, true), (0o664, false), (0o646, false)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("is ours");
            assert_eq!(text(&path, Trust::RootOrSelf, 100).is_ok(), believed, "{mode:o}");
        }
    }

    #[test]
    fn a_file_of_somebody_elses_is_not_believed() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("zook.conf");
        fs::write(&path, "[zook]\n").expect("writes");
        for (uid, believed) in [(0, true), (62_130, false)] {
            std::os::unix::fs::chown(&path, Some(uid), None).expect("the tests of this crate run as root");
            for trust in [Trust::Root, Trust::RootOrSelf] {
                assert_eq!(text(&path, trust, 100).is_ok(), believed, "{uid} {trust:?}");
            }
        }
    }

    #[test]
    fn a_directory_or_a_long_file_is_not_read() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        assert!(matches!(open(dir.path(), Trust::RootOrSelf), Err(Untrusted::Kind { .. })));
        let path = dir.path().join("long");
        fs::write(&path, "1234").expect("writes");
        assert!(matches!(text(&path, Trust::RootOrSelf, 3), Err(Untrusted::TooLong { .. })));
    }
}
