//! A tree as bytes, and back.
//!
//! The names are written from the root down, each followed at once by what it stands for; so a cycle, a directory without a
//! parent, or a name that leads nowhere cannot be written down. Reading goes through the same [`Tree`] operations that
//! calls use, and refuses what those would refuse.
//!
//! ```text
//! snapshot  "zookvfs\n", version u32, next inode number u64, node (the root), SHA-256 of all before
//! node      inode number u64, mode u32, 3 × (seconds i64, nanoseconds i64): atime, mtime, ctime, then one of
//!           0, entries u32, entries × (length u8, name, node)           a directory
//!           1, length u32, bytes                                        a small file
//!           2, length u64, generation u64, SHA-256                      a large file
//!           3, length u32, target                                       a symbolic link
//! node      4, inode number u64                                         one more name for what was written before
//! ```
//! Numbers are little-endian; a node begins with its kind.

use super::Blob;
use crate::data::Data;
use crate::dirent::Directory;
use crate::inode::{Body, File, Ino, Inode, Times};
use crate::path::{self, Name};
use crate::tree::DEPTH_MAX;
use crate::{Limits, Tree};
use rustix::fs::{Mode, Timespec};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

const MAGIC: &[u8] = b"zookvfs\n";
const VERSION: u32 = 1;
const SHA256: usize = 32;

const DIR: u8 = 0;
const SMALL: u8 = 1;
const LARGE: u8 = 2;
const SYMLINK: u8 = 3;
const AGAIN: u8 = 4;

/// What is wrong with a file of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("its checksum does not fit: it was cut short or changed")]
    Checksum,
    #[error("it is no snapshot of a tree")]
    NotOurs,
    #[error("it has version {0}, and this program knows version {VERSION}")]
    Version(u32),
    #[error("it ends in the middle of the tree")]
    Ends,
    #[error("it goes on after the tree")]
    GoesOn,
    #[error("a name in it is impossible")]
    Name,
    #[error("an inode number in it is impossible")]
    Number,
    #[error("a value in it is impossible")]
    Value,
}

/// All that the names of a tree lead to. Every large file has been written: the caller has seen to that.
pub(crate) fn encode(tree: &Tree) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend(VERSION.to_le_bytes());
    out.extend(tree.next_ino.to_le_bytes());
    encode_node(tree, Tree::ROOT, &mut HashSet::new(), &mut out);
    let digest = Sha256::digest(&out);
    out.extend(digest);
    out
}

fn encode_node(tree: &Tree, ino: Ino, written: &mut HashSet<Ino>, out: &mut Vec<u8>) {
    let inode = tree.get(ino);
    if !written.insert(ino) {
        out.push(AGAIN);
        out.extend(ino.0.to_le_bytes());
        return;
    }
    out.push(match &inode.body {
        Body::Dir(_) => DIR,
        Body::File(File { stored: None, .. }) => SMALL,
        Body::File(File { stored: Some(_), .. }) => LARGE,
        Body::Symlink(_) => SYMLINK,
    });
    out.extend(ino.0.to_le_bytes());
    out.extend(inode.mode.bits().to_le_bytes());
    for time in [inode.times.accessed, inode.times.modified, inode.times.changed] {
        out.extend(time.tv_sec.to_le_bytes());
        out.extend(time.tv_nsec.to_le_bytes());
    }
    match &inode.body {
        Body::Dir(dir) => {
            let names = dir.names_from(0);
            out.extend((names.len() as u32).to_le_bytes());
            for (_, name, child) in names {
                out.push(name.as_bytes().len() as u8);
                out.extend(name.as_bytes());
                encode_node(tree, child, written, out);
            }
        }
        Body::File(File { stored: Some(blob), .. }) => {
            out.extend(blob.len.to_le_bytes());
            out.extend(blob.generation.to_le_bytes());
            out.extend(blob.sha256);
        }
        Body::File(File { stored: None, data }) => encode_bytes(&data.to_vec(), out),
        Body::Symlink(target) => encode_bytes(target, out),
    }
}

fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

/// A tree that is whole but for the contents of its large files, which are of the right length and zero. Limits that it
/// is beyond are no damage: it is what its owner has.
pub(crate) fn decode(bytes: &[u8], limits: Limits, now: Timespec) -> Result<Tree, Damage> {
    let (body, digest) = bytes.split_last_chunk::<SHA256>().ok_or(Damage::Checksum)?;
    if Sha256::digest(body)[..] != *digest {
        return Err(Damage::Checksum);
    }
    let mut reader = Reader(body);
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(Damage::NotOurs);
    }
    match u32::from_le_bytes(reader.array()?) {
        VERSION => {}
        other => return Err(Damage::Version(other)),
    }
    let boundless = Limits { bytes: u64::MAX, entries: u64::MAX, file_size: u64::MAX, depth: DEPTH_MAX };
    let mut tree = Tree::new(boundless, now);
    tree.next_ino = u64::from_le_bytes(reader.array()?);
    let Node::Dir(ino, root, entries) = reader.node()? else { return Err(Damage::Value) };
    if ino != Tree::ROOT {
        return Err(Damage::Number);
    }
    tree.get_mut(ino).mode = root.mode;
    tree.get_mut(ino).times = root.times;
    reader.entries(&mut tree, ino, entries)?;
    if !reader.0.is_empty() {
        return Err(Damage::GoesOn);
    }
    tree.quota.limits = limits;
    Ok(tree)
}

struct Reader<'a>(&'a [u8]);

/// What a name stands for.
enum Node {
    /// With how many entries it has.
    Dir(Ino, Attributes, u32),
    Leaf(Ino, Attributes, Body),
    Again(Ino),
}

struct Attributes {
    mode: Mode,
    times: Times,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Damage> {
        self.0.split_off(..len).ok_or(Damage::Ends)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Damage::Ends)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let len = u32::from_le_bytes(self.array()?);
        self.take(len as usize)
    }

    fn time(&mut self) -> Result<Timespec, Damage> {
        let time = Timespec { tv_sec: i64::from_le_bytes(self.array()?), tv_nsec: i64::from_le_bytes(self.array()?) };
        if (0..1_000_000_000).contains(&time.tv_nsec) { Ok(time) } else { Err(Damage::Value) }
    }

    fn node(&mut self) -> Result<Node, Damage> {
        let [kind] = self.array()?;
        let ino = Ino(u64::from_le_bytes(self.array()?));
        if kind == AGAIN {
            return Ok(Node::Again(ino));
        }
        let mode = Mode::from_bits_retain(u32::from_le_bytes(self.array()?) & 0o7777);
        let times = Times { accessed: self.time()?, modified: self.time()?, changed: self.time()? };
        let attributes = Attributes { mode, times };
        let body = match kind {
            DIR => return Ok(Node::Dir(ino, attributes, u32::from_le_bytes(self.array()?))),
            SMALL => Body::File(File { data: Data::from_bytes(self.bytes()?), stored: None }),
            LARGE => {
                let len = u64::from_le_bytes(self.array()?);
                let generation = u64::from_le_bytes(self.array()?);
                let blob = Blob { generation, len, sha256: self.array()? };
                let mut data = Data::default();
                data.set_len(len);
                Body::File(File { data, stored: Some(blob) })
            }
            SYMLINK => Body::Symlink(self.bytes()?.into()),
            _ => return Err(Damage::Value),
        };
        if matches!(&body, Body::Symlink(target) if path::check(target).is_err()) {
            return Err(Damage::Value);
        }
        Ok(Node::Leaf(ino, attributes, body))
    }

    /// Depth is bounded by the tree's own.
    fn entries(&mut self, tree: &mut Tree, dir: Ino, count: u32) -> Result<(), Damage> {
        for _ in 0..count {
            let [len] = self.array()?;
            let name = Name::new(self.take(len.into())?).map_err(|_| Damage::Name)?;
            if tree.lookup(dir, &name).is_some() {
                return Err(Damage::Name);
            }
            let (ino, attributes, body, entries) = match self.node()? {
                Node::Dir(ino, attributes, entries) => (ino, attributes, Body::Dir(Directory::new(dir)), entries),
                Node::Leaf(ino, attributes, body) => (ino, attributes, body, 0),
                Node::Again(ino) => {
                    if tree.find(ino).is_none_or(Inode::is_dir) {
                        return Err(Damage::Number);
                    }
                    tree.link(dir, name, ino).map_err(|_| Damage::Value)?;
                    continue;
                }
            };
            if ino.0 >= tree.next_ino || tree.find(ino).is_some() {
                return Err(Damage::Number);
            }
            let inode = Inode { times: attributes.times, ..Inode::new(attributes.mode, tree.now, body) };
            tree.adopt(dir, name, ino, inode).map_err(|_| Damage::Value)?;
            self.entries(tree, ino, entries)?;
        }
        Ok(())
    }
}
