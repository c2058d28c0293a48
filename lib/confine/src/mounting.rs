//! Bind mounts by descriptor: cloned and stripped while nobody can see them, then attached; see mount_setattr(2).

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::mount::{MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags};
use rustix::mount::{mount_change, move_mount, open_tree, unmount};

/// What may be done in a mount. Nothing can be both written and executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read; also right for sockets, which may be connected to all the same.
    Read,
    /// Read and write.
    Write,
    /// Read and execute: CGI programs, a language's libraries.
    Execute,
}

/// A detached copy of the mount at `path` below `directory` (itself, if the path is empty), without what is mounted below it.
pub(crate) fn clone(directory: BorrowedFd<'_>, path: &CStr, access: Access) -> io::Result<OwnedFd> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    let mount = open_tree(directory, path, flags)?;
    strip(&mount, access)?;
    Ok(mount)
}

/// Opens what stands at `inside` in the tree below `root`, as if that were the root directory, following no link at all: a
/// service may have put one into a directory that it owns.
pub(crate) fn place(root: BorrowedFd<'_>, inside: &CStr) -> io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(root, inside, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve)?)
}

/// Attaches a detached mount at an open place. Allocates nothing.
pub(crate) fn attach(mount: BorrowedFd<'_>, place: BorrowedFd<'_>) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(mount, c"", place, c"", flags)?)
}

/// Makes the detached mount `root` this process's root directory, with `path` as the place where it is attached for a
/// moment, binds the mounts into it, and leaves the old root. Allocates nothing. `mounted` is told the index of each mount
/// that is begun.
pub(crate) fn enter(
    root: BorrowedFd<'_>,
    path: &CStr,
    mounts: &[(OwnedFd, std::ffi::CString)],
    mut mounted: impl FnMut(usize),
) -> io::Result<()> {
    // Nothing that is mounted here may travel back to the host.
    mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let standing = rustix::fs::openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    attach(root, standing.as_fd())?;
    for (index, (mount, inside)) in mounts.iter().enumerate() {
        mounted(index);
        let place = place(root, inside)?;
        attach(mount.as_fd(), place.as_fd())?;
    }
    mounted(mounts.len());
    // pivot_root(".", ".") stacks the old root on the new one, where it is detached at once; see pivot_root(2).
    rustix::process::fchdir(root)?;
    rustix::process::pivot_root(c".", c".")?;
    unmount(c".", UnmountFlags::DETACH)?;
    Ok(rustix::process::chdir(c"/")?)
}

/// Takes from a mount what its `access` does not name, and devices and setuid in any case.
fn strip(mount: &OwnedFd, access: Access) -> io::Result<()> {
    let kept_off = match access {
        Access::Read => libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOEXEC,
        Access::Write => libc::MOUNT_ATTR_NOEXEC,
        Access::Execute => libc::MOUNT_ATTR_RDONLY,
    };
    let attributes = libc::mount_attr {
        attr_set: kept_off | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the descriptor is open, the path is an empty C string, and the structure is initialised and its size given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH,
            std::ptr::from_ref(&attributes),
            size_of::<libc::mount_attr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
