//! A file that starts anew when it is full, and keeps its last few forms: the log of the launcher and of every service.

#![forbid(unsafe_code)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Size at which a file is put aside, in bytes.
const FULL: u64 = 10 * 1024 * 1024;
/// How many files put aside are kept.
const KEPT: u32 = 3;

/// `NAME.log`, and `NAME.log.1` (newest) to `NAME.log.3` behind it.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    written: u64,
    full: u64,
}

impl RotatingFile {
    /// Opens `directory/NAME.log`, or makes it.
    pub fn open(directory: &Path, name: &str) -> io::Result<Self> {
        let path = directory.join(format!("{name}.log"));
        let file = open(&path)?;
        let written = file.metadata()?.len();
        Ok(Self { path, file, written, full: FULL })
    }

    /// Writes one line, which ends with a newline.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.written >= self.full {
            self.rotate()?;
        }
        self.file.write_all(line)?;
        self.written += line.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        for age in (1..KEPT).rev() {
            rename_if_there(&self.aside(age), &self.aside(age + 1))?;
        }
        rename_if_there(&self.path, &self.aside(1))?;
        self.file = open(&self.path)?;
        self.written = 0;
        Ok(())
    }

    fn aside(&self, age: u32) -> PathBuf {
        self.path.with_extension(format!("log.{age}"))
    }
}

/// Neither follows a link nor waits for a pipe's other end: an intruder may have left either in place of the log.
fn open(path: &Path) -> io::Result<File> {
    let wary = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let wary = i32::try_from(wary.bits()).unwrap_or_default();
    OpenOptions::new().create(true).append(true).mode(0o640).custom_flags(wary).open(path)
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_and_a_few_old_files_are_kept() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut log = RotatingFile::open(dir.path(), "x").expect("opens");
        log.full = 4;
        for line in ["one\n", "two\n", "three\n", "four\n", "five\n", "six\n"] {
            log.append(line.as_bytes()).expect("appends");
        }
        let read = |name: &str| fs::read_to_string(dir.path().join(name)).expect("is there");
        assert_eq!([read("x.log"), read("x.log.1"), read("x.log.3")], ["six\n", "five\n", "three\n"]);
        assert_eq!(fs::read_dir(dir.path()).expect("lists").count(), 4);
    }
}
