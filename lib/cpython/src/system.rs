//! What an interpreter needs of the system: the loader, the C library, and what modules of the standard library link to.

use std::path::{Path, PathBuf};

use crate::Installation;

/// Where Debian and most others keep the time zones, which programs see as part of the library.
pub const ZONES: &str = "/usr/share/zoneinfo";

/// The system's directories of shared libraries, and its time zones, as far as they are there.
fn directories() -> Vec<PathBuf> {
    let multiarch = format!("{}-linux-gnu", std::env::consts::ARCH);
    let usual = ["/lib64".into(), "/usr/lib64".into(), format!("/lib/{multiarch}"), format!("/usr/lib/{multiarch}")];
    let usual = usual.into_iter().map(PathBuf::from).chain([PathBuf::from(ZONES)]);
    usual.filter(|path| path.is_dir()).collect()
}

/// Everything that interpreters need to see, each place once: those directories, and what else belongs to the installations.
pub fn contents<'a>(installations: impl IntoIterator<Item = &'a Installation>) -> Vec<PathBuf> {
    let mut contents = directories();
    for place in installations.into_iter().flat_map(Installation::places) {
        if !contents.iter().any(|seen| place.starts_with(seen)) {
            contents.push(Path::to_owned(place));
        }
    }
    contents
}
