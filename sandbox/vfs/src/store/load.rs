//! What is on disk, as a tree.

use super::{
    Blob, Damage, Dir, Directory, FILE_MAX, Store, StoreError, data_names, file_name, frames, generation, snapshot,
};
use crate::inode::Body;
use crate::{Limits, Tree};
use rustix::fs::Timespec;

/// What was found on disk.
#[derive(Debug)]
pub struct Loaded<D = Dir> {
    pub store: Store<D>,
    pub tree: Tree,
    /// Newer snapshots that could not be used: the end of a commit that was cut off and that nobody was promised, or
    /// something is wrong with this disk, and the owner has lost one. Nothing tells which.
    pub damaged: Vec<StoreError>,
}

impl<D: Directory> Store<D> {
    /// Reads the newest tree that is whole; an empty one if none was ever committed.
    pub fn load(dir: D, limits: Limits, now: Timespec) -> Result<Loaded<D>, StoreError> {
        let names = dir.names().map_err(StoreError::List)?;
        let next = names.iter().filter_map(|name| generation(name)).max().unwrap_or(0) + 1;
        let mut damaged = Vec::new();
        let found = newest(&dir, &names, limits, now, &mut damaged)?;
        if found.is_none() && !damaged.is_empty() {
            return Err(StoreError::NothingLeft(damaged));
        }
        let (tree, unsettled) = found.map_or_else(|| (Tree::new(limits, now), None), |(tree, name)| (tree, Some(name)));
        let needed = data_names(&tree).chain(unsettled.clone()).collect();
        Ok(Loaded { store: Store { dir, next, newest: None, unsettled, needed }, tree, damaged })
    }
}

/// The newest tree that is whole, and the file that its snapshot is in.
fn newest(
    dir: &impl Directory,
    names: &[String],
    limits: Limits,
    now: Timespec,
    damaged: &mut Vec<StoreError>,
) -> Result<Option<(Tree, String)>, StoreError> {
    let mut files: Vec<u64> =
        names.iter().filter(|name| name.starts_with("tree.")).filter_map(|name| generation(name)).collect();
    files.sort_unstable();
    for name in files.into_iter().rev().map(file_name) {
        let file = match dir.read(&name, FILE_MAX) {
            Ok(file) => file,
            Err(error) => {
                damaged.push(StoreError::Read(name, error));
                continue;
            }
        };
        for snapshot in frames::snapshots(&file).into_iter().rev() {
            match read_tree(dir, &name, snapshot, limits, now) {
                Ok(tree) => {
                    return Ok(Some((tree, name)));
                }
                // A newer program's: nothing to fall back from, and nothing to sweep away either.
                Err(error @ StoreError::Damaged(_, Damage::Version(_))) => return Err(error),
                Err(error) => damaged.push(error),
            }
        }
    }
    Ok(None)
}

fn read_tree(
    dir: &impl Directory,
    name: &str,
    snapshot: &[u8],
    limits: Limits,
    now: Timespec,
) -> Result<Tree, StoreError> {
    let damaged = |damage| StoreError::Damaged(name.to_owned(), damage);
    let mut tree = snapshot::decode(snapshot, limits, now).map_err(damaged)?;
    for (ino, inode) in tree.inodes_mut() {
        let Body::File(file) = &mut inode.body else { continue };
        let Some(blob) = &file.stored else { continue };
        let name = blob.name(ino);
        // One byte more than there should be, to notice that there is more.
        let bytes =
            dir.read(&name, blob.len.saturating_add(1)).map_err(|error| StoreError::Read(name.clone(), error))?;
        if Blob::new(blob.generation, &bytes) != *blob {
            return Err(StoreError::Damaged(name, Damage::Checksum));
        }
        file.data = crate::data::Data::from_bytes(&bytes);
    }
    Ok(tree)
}
