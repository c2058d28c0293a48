//! A model of files and quotas as simple as they are described: a list of byte strings, some of them named, some open.
//! Random operations under tight limits must have the same answers, down to how many bytes a write got and which limit
//! stopped it, and cost the same.

use rustix::fs::{Mode, OFlags, RenameFlags, SeekFrom, Timespec};
use std::collections::BTreeMap;
use std::sync::Arc;
use vfs::{At, Fixed, Guest, Limits, OpenId, Opened, Refusal, Rule, Target, Tree, Usage, Vfs};

const LIMITS: Limits = Limits { bytes: 20_000, entries: 5, file_size: 9_000, depth: 4 };
const NAMES: usize = 4;
const SLOTS: usize = 3;

#[derive(Default)]
struct Model {
    /// Every file there ever was.
    files: Vec<Vec<u8>>,
    names: BTreeMap<usize, usize>,
    /// File and offset.
    open: BTreeMap<usize, (usize, usize)>,
}

impl Model {
    fn usage(&self) -> Usage {
        let named = |file: &usize| self.names.values().any(|other| other == file);
        let mut unnamed: Vec<usize> = self.open.values().map(|(file, _)| *file).filter(|file| !named(file)).collect();
        unnamed.sort_unstable();
        unnamed.dedup();
        let mut alive: Vec<usize> = self.names.values().copied().chain(unnamed.iter().copied()).collect();
        alive.sort_unstable();
        alive.dedup();
        Usage {
            bytes: alive.iter().map(|file| self.files[*file].len() as u64).sum(),
            entries: (self.names.len() + unnamed.len()) as u64,
        }
    }

    fn room(&self) -> usize {
        (LIMITS.bytes - self.usage().bytes) as usize
    }

    fn has_entry(&self) -> Result<(), Refusal> {
        if self.usage().entries < LIMITS.entries { Ok(()) } else { Err(Rule::EntriesSpent(LIMITS.entries).into()) }
    }

    fn open(&mut self, slot: usize, name: usize) -> Result<(), Refusal> {
        if !self.names.contains_key(&name) {
            self.has_entry()?;
            self.names.insert(name, self.files.len());
            self.files.push(vec![]);
        }
        self.open.insert(slot, (self.names[&name], 0));
        Ok(())
    }

    fn write(&mut self, slot: usize, len: usize) -> Result<usize, Refusal> {
        let (file, at) = self.open[&slot];
        let size = self.files[file].len();
        let end = (at + len).min(LIMITS.file_size as usize).min(size + self.room());
        if len == 0 {
            return Ok(0);
        }
        if end <= at {
            let full = at >= LIMITS.file_size as usize;
            return Err(if full { Rule::FileTooLarge(LIMITS.file_size) } else { Rule::BytesSpent(LIMITS.bytes) }.into());
        }
        self.files[file].resize(size.max(end), 0);
        self.files[file][at..end].fill(b'x');
        self.open.insert(slot, (file, end));
        Ok(end - at)
    }

    fn set_len(&mut self, file: usize, len: usize) -> Result<(), Refusal> {
        let grows = len.saturating_sub(self.files[file].len());
        if grows > 0 && len > LIMITS.file_size as usize {
            return Err(Rule::FileTooLarge(LIMITS.file_size).into());
        }
        if grows > self.room() {
            return Err(Rule::BytesSpent(LIMITS.bytes).into());
        }
        self.files[file].resize(len, 0);
        Ok(())
    }
}

#[test]
fn files_and_quotas_are_what_they_are_said_to_be() {
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        run(&mut random, 1000).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
}

fn run(random: &mut fastrand::Rng, operations: usize) -> Result<(), String> {
    let tree = Tree::new(LIMITS, Timespec { tv_sec: 0, tv_nsec: 0 });
    let mut vfs = Vfs::new(Arc::new(Fixed::new()), tree, Guest { uid: 1, gid: 1 });
    let mut model = Model::default();
    let mut slots: [Option<OpenId>; SLOTS] = [None; SLOTS];
    for _ in 0..operations {
        let (slot, name, other) = (random.usize(..SLOTS), random.usize(..NAMES), random.usize(..NAMES));
        let len = random.usize(..4) * random.usize(..3000);
        let path = |name: usize| name.to_string();
        let found = model.names.get(&name).copied();
        let what = random.u8(..9);
        let (ours, theirs) = match (what, slots[slot]) {
            (0, _) => {
                let flags = OFlags::CREATE | OFlags::RDWR;
                let ours = vfs.open(At::cwd(&path(name)), flags, Mode::RWXU).map(|opened| {
                    let Opened::Here(id) = opened else { unreachable!("it is a file") };
                    if let Some(old) = slots[slot].replace(id) {
                        vfs.close(old).expect("it was open");
                    }
                });
                (ours.map(|()| 0), model.open(slot, name).map(|()| 0))
            }
            (1, Some(id)) => {
                slots[slot] = None;
                model.open.remove(&slot);
                (vfs.close(id).map(|()| 0), Ok(0))
            }
            (2 | 3, Some(id)) => (vfs.write(id, &vec![b'x'; len]), model.write(slot, len)),
            (4, Some(id)) => {
                if let Some(open) = model.open.get_mut(&slot) {
                    open.1 = len;
                }
                (vfs.seek(id, SeekFrom::Start(len as u64)).map(|_| 0), Ok(0))
            }
            (5, Some(id)) => {
                (vfs.ftruncate(id, len as u64).map(|()| 0), model.set_len(model.open[&slot].0, len).map(|()| 0))
            }
            (6, _) => match found {
                None => continue,
                Some(_) => {
                    model.names.remove(&name);
                    (vfs.unlink(At::cwd(&path(name))).map(|()| 0), Ok(0))
                }
            },
            (7, _) => match (found, model.names.contains_key(&other)) {
                (Some(file), false) => {
                    let theirs = model.has_entry().map(|()| _ = model.names.insert(other, file));
                    let ours = vfs.link(Target::Path(At::cwd(&path(name))), At::cwd(&path(other)));
                    (ours.map(|()| 0), theirs.map(|()| 0))
                }
                _ => continue,
            },
            (8, _) => match found {
                None => continue,
                Some(file) => {
                    if model.names.get(&other) != Some(&file) {
                        model.names.remove(&name);
                        model.names.insert(other, file);
                    }
                    let renamed = vfs.rename(At::cwd(&path(name)), At::cwd(&path(other)), RenameFlags::empty());
                    (renamed.map(|()| 0), Ok(0))
                }
            },
            _ => continue,
        };
        if ours != theirs {
            return Err(format!("operation {what}: {ours:?} here, {theirs:?} in the model"));
        }
        if vfs.tree().usage() != model.usage() {
            return Err(format!("operation {what}: {:?} here, {:?} in the model", vfs.tree().usage(), model.usage()));
        }
        for (slot, (file, _)) in &model.open {
            let id = slots[*slot].expect("it is open in the model");
            let mut bytes = vec![0; LIMITS.file_size as usize + 1];
            let count = vfs.pread(id, &mut bytes, 0).expect("it is readable");
            if bytes[..count] != model.files[*file] {
                return Err(format!("operation {what}: the contents differ"));
            }
        }
    }
    let tree = vfs.into_tree();
    model.open.clear();
    if tree.usage() != model.usage() { Err("something is left after the end".to_owned()) } else { Ok(()) }
}
