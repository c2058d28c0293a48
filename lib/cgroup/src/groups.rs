//! All groups of one site: made below the group of this process, removed with the value.

use std::fmt;
use std::io;

use rustix::process::getpid;

use crate::directory::Directory;
use crate::group::{Group, GroupError, failed};
use crate::tree::{ENABLE, Tree};
use crate::{Bounds, Hierarchy, Lack};

/// What takes back [`ENABLE`].
const DISABLE: &str = "-memory -pids";
/// Where this process waits in v2, whose groups hold either processes or bounded groups.
const OURSELVES: &str = "launcher";

/// The groups of one site. Dropping it ends whatever is left in them, and removes them.
#[derive(Debug)]
pub struct Groups {
    own: Group,
    site: Group,
    name: String,
    /// Whether this process left its group for one of the site's.
    moved: bool,
}

impl Groups {
    /// Takes the groups of a site, of whose name the caller must know that nobody else uses it. What a launcher that was
    /// killed left there is ended and removed.
    pub fn claim(hierarchy: Hierarchy, name: &str) -> Result<Self, Lack> {
        let own = Group::new(trees(hierarchy)?);
        own.remove(name)?;
        let mut site = Vec::new();
        for (tree, directory) in own.trees() {
            site.push((*tree, directory.make(name).map_err(failed("make a group in", directory))?));
        }
        // From here on dropping the value takes back what a step that fails leaves half done.
        let mut groups = Self { own, site: Group::new(site), name: name.to_owned(), moved: false };
        groups.divide()?;
        groups.try_out()?;
        Ok(groups)
    }

    /// A group of this site.
    pub fn make(&self, name: &str, bounds: Bounds) -> Result<Group, GroupError> {
        self.site.make(name, bounds)
    }

    /// A hierarchy that can be seen need not be one that can be used: that is known before anything depends on it.
    fn try_out(&self) -> Result<(), Lack> {
        let trial = "trial";
        self.site.make(trial, Bounds { memory: 1 << 20, tasks: 1 })?;
        Ok(self.site.remove(trial)?)
    }

    /// Hands the controllers of v2 down to the groups below ours. That may take that this process leaves our group first.
    fn divide(&mut self) -> Result<(), Lack> {
        let [(Tree::V2, own)] = self.own.trees() else { return Ok(()) };
        match own.write("cgroup.subtree_control", ENABLE) {
            Ok(()) => return Ok(()),
            Err(why) if why.kind() == io::ErrorKind::ResourceBusy => {}
            Err(why) => return Err(failed("divide", own)(why).into()),
        }
        if own.processes().map_err(failed("look at", own))? != [getpid().as_raw_nonzero().get()] {
            return Err(Lack::Shared(own.path().to_owned()));
        }
        Ok(self.leave()?)
    }

    fn leave(&mut self) -> Result<(), GroupError> {
        let ([(_, own)], [(_, site)]) = (self.own.trees(), self.site.trees()) else { return Ok(()) };
        let ours = site.make(OURSELVES).map_err(failed("make a group in", site))?;
        ours.write("cgroup.procs", "0").map_err(failed("leave", own))?;
        self.moved = true;
        own.write("cgroup.subtree_control", ENABLE).map_err(failed("divide", own))
    }

    /// From the bottom to the top: a group whose controllers are handed down takes no process.
    fn go_back(&self) -> io::Result<()> {
        let ([(_, own)], [(_, site)]) = (self.own.trees(), self.site.trees()) else { return Ok(()) };
        let mut ended = Ok(());
        for name in site.groups()?.iter().filter_map(|name| name.to_str()).filter(|name| *name != OURSELVES) {
            // Also after one that cannot be ended: the others have processes too.
            ended = ended.and(self.site.remove(name));
        }
        ended.map_err(io::Error::other)?;
        site.write("cgroup.subtree_control", DISABLE)?;
        own.write("cgroup.subtree_control", DISABLE)?;
        own.write("cgroup.procs", "0")
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.site.trees().iter().map(|(_, directory)| directory.path().display().to_string());
        out.write_str(&paths.collect::<Vec<_>>().join(" and "))
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next launcher of this site. To remove a group ends what is in it,
        // and that would be this process, had it not come back.
        if !self.moved || self.go_back().is_ok() {
            let _ = self.own.remove(&self.name);
        }
    }
}

fn trees(hierarchy: Hierarchy) -> Result<Vec<(Tree, Directory)>, Lack> {
    match hierarchy {
        Hierarchy::V2(place) => Ok(vec![(Tree::V2, delegated(Directory::of(&place)?)?)]),
        Hierarchy::V1 { memory, pids } if memory == pids => Ok(vec![(Tree::V1Both, Directory::of(&memory)?)]),
        Hierarchy::V1 { memory, pids } => {
            Ok(vec![(Tree::V1Memory, Directory::of(&memory)?), (Tree::V1Pids, Directory::of(&pids)?)])
        }
        Hierarchy::None(lack) => Err(lack),
    }
}

/// The group itself, if its parent hands it the controllers.
fn delegated(group: Directory) -> Result<Directory, Lack> {
    let controllers = group.read("cgroup.controllers").map_err(failed("look at", &group))?;
    let all = ["memory", "pids"].iter().all(|wanted| controllers.split_whitespace().any(|word| word == *wanted));
    if all { Ok(group) } else { Err(Lack::NotDelegated(group.path().to_owned())) }
}

#[cfg(test)]
mod tests;
