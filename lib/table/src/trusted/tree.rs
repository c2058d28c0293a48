//! Whole directories whose contents decide what root does.

use std::io;
use std::path::Path;

use super::{Trust, Untrusted, believe};

/// Most files and directories in one; a large virtual environment has a tenth.
const MAX_ENTRIES: usize = 1_000_000;
/// In a directory with this bit, as `/tmp`, others add what is theirs and change nothing else.
const STICKY: u32 = 0o1000;

/// Checks a file, or a directory with all that is in it; and the directories above, whose owners could put another in its
/// place. The path is absolute and goes over no links. Links in it are not followed: only who made them counts.
pub fn tree(path: &Path, trust: Trust) -> Result<(), Untrusted> {
    for above in path.ancestors().skip(1) {
        match believe(above, &above.symlink_metadata().map_err(unseen(above))?, trust) {
            Err(Untrusted::Writable { mode, .. }) if mode & STICKY != 0 => {}
            checked => checked?,
        }
    }
    let seen = path.symlink_metadata().map_err(unseen(path))?;
    believe(path, &seen, trust)?;
    if seen.is_dir() { contents(path, trust, MAX_ENTRIES) } else { Ok(()) }
}

fn contents(top: &Path, trust: Trust, max: usize) -> Result<(), Untrusted> {
    let mut directories = vec![top.to_owned()];
    let mut count = 0;
    while let Some(directory) = directories.pop() {
        for entry in directory.read_dir().map_err(unseen(&directory))? {
            let entry = entry.map_err(unseen(&directory))?;
            let (path, seen) = (entry.path(), entry.metadata().map_err(unseen(&directory))?);
            believe(&path, &seen, trust)?;
            count += 1;
            if count > max {
                return Err(Untrusted::TooMany { path: top.to_owned(), max });
            }
            if seen.is_dir() {
                directories.push(path);
            }
        }
    }
    Ok(())
}

fn unseen(path: &Path) -> impl FnOnce(io::Error) -> Untrusted {
    let path = path.to_owned();
    move |source| Untrusted::Open { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_directory_is_believed_only_with_all_that_is_in_it_and_above_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let top = dir.path().join("venv/lib");
        fs::create_dir_all(top.join("package")).expect("made");
        fs::write(top.join("package/module.py"), "").expect("written");
        symlink("/tmp", top.join("link")).expect("made");
        let believed = || tree(&top, Trust::RootOrSelf).is_ok();
        let places =
            ["venv", "venv/lib", "venv/lib/package", "venv/lib/package/module.py"].map(|at| dir.path().join(at));
        let allow = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
        places.iter().for_each(|path| allow(path, 0o755));
        for changed in &places {
            assert!(believed(), "but for {}", changed.display());
            allow(changed, 0o777);
            assert!(!believed(), "{}", changed.display());
            allow(changed, 0o755);
        }
    }

    #[test]
    fn a_directory_with_too_many_files_is_not_believed() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir_all(dir.path().join("package/inner")).expect("made");
        assert!(contents(dir.path(), Trust::RootOrSelf, 2).is_ok());
        assert!(matches!(contents(dir.path(), Trust::RootOrSelf, 1), Err(Untrusted::TooMany { .. })));
    }
}
