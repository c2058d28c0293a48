//! Who the command is while it runs a stranger's program: nobody in particular, with a user namespace for the guests.

use std::os::fd::OwnedFd;
use std::path::Path;

use anyhow::Context;
use confine::Root;
use confine::usernamespace::{IdRange, Maps, create};
use rustix::process::{Gid, Uid};

/// Ids that belong to nobody on usual systems: the first is the command's own, the others its guests'.
const FIRST: u32 = 63_000;
const GUESTS: u32 = 64;

/// Makes the store and the guests' namespace, and gives up being root.
pub(crate) fn change(store: &Path) -> anyhow::Result<OwnedFd> {
    let root = Root::claim()?;
    let not_ours = || format!("cannot use {} as the store", store.display());
    std::fs::create_dir_all(store).with_context(not_ours)?;
    std::os::unix::fs::chown(store, Some(FIRST), Some(FIRST)).with_context(not_ours)?;
    let guests = vec![IdRange { inside: 0, outside: FIRST + 1, count: GUESTS }];
    let maps = Maps { uids: guests.clone(), gids: guests };
    let namespace = create(&root, FIRST, FIRST, &maps)?;
    let (uid, gid) = (Uid::from_raw(FIRST), Gid::from_raw(FIRST));
    rustix::thread::set_thread_groups(&[]).context("cannot leave root's groups")?;
    rustix::thread::set_thread_res_gid(gid, gid, gid).context("cannot leave root's group")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).context("cannot give up being root")?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(namespace)
}
