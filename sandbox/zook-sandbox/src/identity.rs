//! Who the command is while it runs a stranger's program: nobody in particular, with a user namespace for the guests.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

use anyhow::{Context, ensure};
use confine::Root;
use confine::guest::nursery::{House, Nursery};
use confine::usernamespace::{IdRange, Maps, create, create_alone};
use rustix::process::{Gid, Uid};

/// Ids that belong to nobody on usual systems, nor to the site of the shipped zook.conf: the first is the command's own, the
/// others its guests'.
const FIRST: u32 = 63_000;
const GUESTS: u32 = 64;

/// Where guests are born.
pub(crate) struct Birthplace {
    pub(crate) nursery: Nursery,
    /// Ids in their namespace.
    pub(crate) ids: usize,
    /// Walls that are not there, each by its name.
    pub(crate) missing: &'static [&'static str],
}

/// Makes the store and the guests' namespace. Root gives up being root; an ordinary user stays who he is.
pub(crate) fn settle(store: &Path, house: &House) -> anyhow::Result<Birthplace> {
    let not_ours = || format!("cannot use {} as the store", store.display());
    std::fs::create_dir_all(store).with_context(not_ours)?;
    let Ok(root) = Root::claim() else {
        let namespace = create_alone().context("an ordinary user needs user namespaces; root does not")?;
        rustix::thread::set_no_new_privs(true)?;
        let nursery = Nursery::open_alone(namespace.as_fd(), house)?;
        return Ok(Birthplace { nursery, ids: 1, missing: &["own-uid", "no-groups"] });
    };
    own(store).with_context(not_ours)?;
    let namespace = give_up_root(&root)?;
    let nursery = Nursery::open(namespace.as_fd(), house)?;
    Ok(Birthplace { nursery, ids: GUESTS as usize, missing: &[] })
}

/// Makes a directory the command's own. What holds something and is not its own is no store, whoever named it, or whatever a
/// link led to.
fn own(store: &Path) -> anyhow::Result<()> {
    let directory = File::open(store)?;
    if directory.metadata()?.uid() != FIRST {
        let empty = std::fs::read_dir(store)?.next().is_none();
        ensure!(empty, "it is not empty, and was not made by this command: name an empty directory or a new one");
        fchown(&directory, Some(FIRST), Some(FIRST))?;
    }
    Ok(())
}

fn give_up_root(root: &Root) -> anyhow::Result<OwnedFd> {
    let guests = vec![IdRange { inside: 0, outside: FIRST + 1, count: GUESTS }];
    let maps = Maps { uids: guests.clone(), gids: guests };
    let namespace = create(root, FIRST, FIRST, &maps)?;
    let (uid, gid) = (Uid::from_raw(FIRST), Gid::from_raw(FIRST));
    rustix::thread::set_thread_groups(&[]).context("cannot leave root's groups")?;
    rustix::thread::set_thread_res_gid(gid, gid, gid).context("cannot leave root's group")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).context("cannot give up being root")?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(namespace)
}
