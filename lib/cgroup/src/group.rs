//! One group: bounds for all processes in it, and their end.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::OFlags;
use rustix::process::Pid;

use crate::directory::Directory;
use crate::tree::{ENABLE, Tree};

/// What all processes of a group together may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Memory in bytes, with what the kernel holds for them: files, sockets, pipes.
    pub memory: u64,
    /// Processes and threads.
    pub tasks: u32,
}

/// A group; in v1, the group of that name in each of two trees.
#[derive(Debug)]
pub struct Group {
    trees: Vec<(Tree, Directory)>,
}

/// What could not be done to a group.
#[derive(Debug, thiserror::Error)]
#[error("cannot {step} the cgroup {}", .path.display())]
pub struct GroupError {
    pub(crate) step: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

impl Group {
    pub(crate) fn new(trees: Vec<(Tree, Directory)>) -> Self {
        Self { trees }
    }

    /// A group in this one. In v2 this one must not hold processes itself then.
    pub fn make(&self, name: &str, bounds: Bounds) -> Result<Self, GroupError> {
        let mut trees = Vec::new();
        for (tree, above) in &self.trees {
            if *tree == Tree::V2 {
                above.write("cgroup.subtree_control", ENABLE).map_err(failed("divide", above))?;
            }
            let directory = above.make(name).map_err(failed("make a group in", above))?;
            tree.bound(&directory, bounds).map_err(failed("bound", &directory))?;
            trees.push((*tree, directory));
        }
        Ok(Self { trees })
    }

    /// Open files by which a process enters: one that writes `0` to each of them is in the group, and so is what it starts
    /// afterwards. The right to do so comes with the descriptor.
    pub fn entrances(&self) -> Result<Vec<OwnedFd>, GroupError> {
        let open = |(_, directory): &(Tree, Directory)| {
            directory.file("cgroup.procs", OFlags::WRONLY).map_err(failed("open", directory))
        };
        self.trees.iter().map(open).collect()
    }

    /// Whether a process is in the group, in all trees.
    pub fn holds(&self, process: Pid) -> io::Result<bool> {
        let number = process.as_raw_nonzero().get();
        for (_, directory) in &self.trees {
            if !directory.processes()?.contains(&number) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Ends everything in the group and in those below, at once.
    pub fn kill(&self) -> Result<(), GroupError> {
        self.trees.iter().try_for_each(|(tree, directory)| tree.kill(directory).map_err(failed("kill", directory)))
    }

    /// Removes a group in this one, with those below. Ends what is still in it, and waits until that is gone.
    pub fn remove(&self, name: &str) -> Result<(), GroupError> {
        for (tree, directory) in &self.trees {
            tree.clear(directory, name.as_ref()).map_err(failed("remove a group of", directory))?;
        }
        Ok(())
    }

    pub(crate) fn trees(&self) -> &[(Tree, Directory)] {
        &self.trees
    }
}

pub(crate) fn failed(step: &'static str, directory: &Directory) -> impl FnOnce(io::Error) -> GroupError {
    let path = directory.path().to_owned();
    move |source| GroupError { step, path, source }
}
