//! The guests' root: a file system in memory with nothing in it but what a zygote needs to run, all of it read-only.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

/// Where the empty directory stands in the guests' root.
pub const EMPTY: &str = "/empty";
/// Where the zygote stands there.
pub const ZYGOTE: &str = "/zygote";
/// For the names of what is bound there.
const ROOM_FOR_NAMES: usize = 64 << 10;

/// What the guests' root holds.
#[derive(Debug)]
pub struct House {
    /// Files and directories that are bound there read-only, under the same names: what a zygote needs to run.
    pub contents: Vec<PathBuf>,
    /// The library that makes an interpreter a zygote. It is copied: the mount that it is on may be out of reach.
    pub zygote: OwnedFd,
    /// Ways into the control groups that bound all guests together: files to which the nursery writes `0`. Empty where the
    /// host has none.
    pub groups_entered: Vec<OwnedFd>,
    /// A directory on whose place the root is built. It is covered only in the guests' mount namespace.
    pub site: PathBuf,
}

/// One step of building the house, for the message.
pub(super) struct Failed {
    step: String,
    source: io::Error,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {}: {}", self.step, self.source)
    }
}

pub(super) fn at<E: Into<io::Error>>(step: impl Into<String>) -> impl FnOnce(E) -> Failed {
    move |error| Failed { step: step.into(), source: error.into() }
}

/// Builds it, and makes it the root of this process.
pub(super) fn build(house: &House) -> Result<(), Failed> {
    let site = &house.site;
    rustix::mount::mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
        .map_err(at("keep its mounts to itself"))?;
    let zygote = contents(&house.zygote).map_err(at("read the zygote"))?;
    let size = zygote.len() + ROOM_FOR_NAMES;
    let options = CString::new(format!("mode=755,size={size}")).map_err(at("say how large the new root is"))?;
    rustix::mount::mount("none", site, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str())
        .map_err(at(format!("mount a new root at {}", site.display())))?;
    fs::create_dir(inside(site, Path::new(EMPTY))).map_err(at("make the empty directory"))?;
    program(&zygote, &inside(site, Path::new(ZYGOTE))).map_err(at("copy the zygote"))?;
    for content in &house.contents {
        bind(content, &inside(site, content)).map_err(at(format!("bind {}", content.display())))?;
    }
    rustix::process::chdir(site).map_err(at("enter the new root"))?;
    read_only(c".", false).map_err(at("make the new root read-only"))?;
    rustix::process::pivot_root(".", ".").map_err(at("change the root"))?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).map_err(at("leave the old root"))?;
    rustix::process::chdir("/").map_err(at("enter the new root"))
}

/// All of a file, from its beginning, wherever others who share the descriptor have read to.
fn contents(file: &OwnedFd) -> io::Result<Vec<u8>> {
    let file = File::from(file.try_clone()?);
    let size = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut contents = vec![0; size];
    file.read_exact_at(&mut contents, 0)?;
    Ok(contents)
}

fn program(contents: &[u8], target: &Path) -> io::Result<()> {
    let mut file = File::create_new(target)?;
    file.write_all(contents)?;
    file.set_permissions(PermissionsExt::from_mode(0o555))
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    if fs::metadata(source)?.is_dir() {
        fs::create_dir_all(target)?;
    } else {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, "")?;
    }
    rustix::mount::mount_bind_recursive(source, target)?;
    let target = CString::new(target.as_os_str().as_encoded_bytes()).map_err(io::Error::other)?;
    read_only(&target, true)
}

fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Only ever adds flags: those that the mount came with are locked in a user namespace.
fn read_only(mount: &std::ffi::CStr, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr {
        attr_set: libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path and the structure are valid for the call, and the size is the structure's.
    let done = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            mount.as_ptr(),
            flags,
            &raw const attributes,
            size_of_val(&attributes),
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
