//! Who the command is while it runs a stranger's program: nobody in particular, with a user namespace for the guests.

use std::fs::File;
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

use anyhow::{Context, ensure};
use confine::guest::nursery::{House, Nursery};
use confine::usernamespace::{IdRange, Maps, create, create_alone};
use confine::{Ids, Root};
use rustix::process::{Gid, Uid};

/// The command's own id, and those of its guests: they belong to nobody on usual systems, nor to the site of the shipped
/// zook.conf.
const OWN: u32 = 63_000;
const GUESTS: Range<u32> = 63_400..63_912;
/// Ids of one command's guests: more than it ever has at a time.
const AT_A_TIME: u32 = 8;

/// Where guests are born.
pub(crate) struct Birthplace {
    pub(crate) nursery: Nursery,
    /// Ids in their namespace.
    pub(crate) ids: usize,
    /// Walls that are not there, each by its name.
    pub(crate) missing: &'static [&'static str],
    /// While this is there, no other command's guests have the ids of these.
    pub(crate) claimed: Option<Ids>,
}

/// Makes the store, if there is to be one, and the guests' namespace. Root gives up being root; an ordinary user stays who
/// he is.
pub(crate) fn settle(store: Option<&Path>, house: &House) -> anyhow::Result<Birthplace> {
    let root = Root::claim().ok();
    if let Some(store) = store {
        let made = std::fs::create_dir_all(store).map_err(Into::into);
        let ours = made.and_then(|()| root.as_ref().map_or(Ok(()), |_| own(store)));
        ours.with_context(|| format!("cannot use {} as the store", store.display()))?;
    }
    let Some(root) = root else {
        let namespace = create_alone().context("an ordinary user needs user namespaces; root does not")?;
        rustix::thread::set_no_new_privs(true)?;
        let nursery = Nursery::open_alone(namespace.as_fd(), house)?;
        return Ok(Birthplace { nursery, ids: 1, missing: &["own-uid", "no-groups"], claimed: None });
    };
    let claimed = claim(GUESTS)?;
    let namespace = give_up_root(&root, &claimed)?;
    if let Some(store) = store {
        File::open(store).with_context(|| {
            let store = store.display();
            format!(
                "{store} cannot be reached as uid {OWN}, which this is from here on: a directory above it is closed"
            )
        })?;
    }
    let nursery = Nursery::open(namespace.as_fd(), house)?;
    Ok(Birthplace { nursery, ids: AT_A_TIME as usize, missing: &[], claimed: Some(claimed) })
}

/// Ids for this command's guests and no other's.
fn claim(of: Range<u32>) -> anyhow::Result<Ids> {
    let commands = of.len() / AT_A_TIME as usize;
    let free = Ids::claim(AT_A_TIME, of).context("cannot lock ids for guests in /run")?;
    free.with_context(|| format!("{commands} of these commands run already; start this one when one of them has ended"))
}

/// Makes a directory the command's own. What holds something and is not its own is no store, whoever named it, or whatever a
/// link led to.
fn own(store: &Path) -> anyhow::Result<()> {
    let directory = File::open(store)?;
    if directory.metadata()?.uid() != OWN {
        let empty = std::fs::read_dir(store)?.next().is_none();
        ensure!(empty, "it is not empty, and was not made by this command: name an empty directory or a new one");
        fchown(&directory, Some(OWN), Some(OWN))?;
    }
    Ok(())
}

fn give_up_root(root: &Root, guests: &Ids) -> anyhow::Result<OwnedFd> {
    let guests = vec![IdRange { inside: 0, outside: guests.first, count: AT_A_TIME }];
    let maps = Maps { uids: guests.clone(), gids: guests };
    let namespace = create(root, OWN, OWN, &maps)?;
    let (uid, gid) = (Uid::from_raw(OWN), Gid::from_raw(OWN));
    rustix::thread::set_thread_groups(&[]).context("cannot leave root's groups")?;
    rustix::thread::set_thread_res_gid(gid, gid, gid).context("cannot leave root's group")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).context("cannot give up being root")?;
    rustix::thread::set_no_new_privs(true)?;
    Ok(namespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_ids_of_its_own_and_the_last_one_is_told_to_wait() {
        // Of this test program alone.
        let start = 2_000_000_000 + 100 * std::process::id();
        let claim = || claim(start..start + 2 * AT_A_TIME);
        let (one, other) = (claim().expect("free"), claim().expect("free"));
        assert_eq!((one.first, other.first), (start, start + AT_A_TIME));
        let why = claim().expect_err("all are taken").to_string();
        assert_eq!(why, "2 of these commands run already; start this one when one of them has ended");
        drop(one);
        assert_eq!(claim().expect("free again").first, start);
    }
}
