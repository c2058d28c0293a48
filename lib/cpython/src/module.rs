//! Whether a Python has a module: by the names of files, since nothing is run to find out.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::Installation;

/// Longest interpreter and longest `.pth` file that are looked into, in bytes.
const MAX_INTERPRETER: u64 = 256 << 20;
const MAX_PATHS: u64 = 64 * 1024;

/// What stands for a name in a directory.
enum Found {
    /// A directory: a package.
    Package(PathBuf),
    /// A file. What is below it, as in `os.path`, only it knows.
    File,
}

impl Installation {
    /// Whether its programs could import this module, such as `numpy.random`.
    pub fn has(&self, module: &str) -> bool {
        let mut names = module.split('.');
        let Some(first) = names.next() else { return false };
        let mut found = self.directories().iter().find_map(|directory| look(directory, first));
        for name in names {
            let Some(Found::Package(directory)) = found else { break };
            found = look(&directory, name);
        }
        found.is_some() || !module.contains('.') && self.has_built_in(first)
    }

    /// Where it looks for modules: those of the library, and those of the packages and of what their `.pth` files name.
    fn directories(&self) -> Vec<PathBuf> {
        let mut directories = vec![self.library.clone(), self.library.join("lib-dynload")];
        if let Some(packages) = &self.packages {
            directories.push(packages.clone());
            directories.extend(added(packages).unwrap_or_default());
        }
        directories
    }

    /// Of built-in modules there is a table in the interpreter, and so each name, with a zero after it: linkers put a text
    /// that ends another there, and no zero before it. What else ends so passes for a module here, and fails as one later.
    fn has_built_in(&self, module: &str) -> bool {
        let mut interpreter = Vec::new();
        let read = File::open(self.libpython.as_ref().unwrap_or(&self.program))
            .and_then(|file| file.take(MAX_INTERPRETER).read_to_end(&mut interpreter));
        let name = [module.as_bytes(), b"\0"].concat();
        read.is_ok() && interpreter.windows(name.len()).any(|window| window == name)
    }
}

fn look(directory: &Path, name: &str) -> Option<Found> {
    let package = directory.join(name);
    if package.is_dir() {
        return Some(Found::Package(package));
    }
    let file = |end: &str| directory.join(format!("{name}{end}")).is_file();
    (file(".py") || file(".pyc") || is_machine_code(directory, name)).then_some(Found::File)
}

/// `NAME.so`, or with the versions that it is for between the two.
fn is_machine_code(directory: &Path, name: &str) -> bool {
    let is_it = |file: &str| {
        let versions = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(".so"));
        versions.is_some_and(|versions| versions.is_empty() || versions.starts_with('.'))
    };
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_it))
}

/// The directories that the `.pth` files of packages add.
fn added(packages: &Path) -> io::Result<Vec<PathBuf>> {
    let mut added = Vec::new();
    for entry in fs::read_dir(packages)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("pth")) {
            let mut text = String::new();
            File::open(path)?.take(MAX_PATHS).read_to_string(&mut text)?;
            added.extend(text.lines().map(|line| packages.join(line.trim())).filter(|path| path.is_dir()));
        }
    }
    Ok(added)
}
