//! In front of the C library's `mmap`: memory that is asked for as shared is private.
//!
//! Python's `mmap.mmap(-1, length)` asks so unless it is told otherwise. A guest has nobody to share it with, and its filter
//! refuses it, because no limit counts all that it can keep. A module that is preimported would share it with every guest.

use std::ffi::{c_int, c_long, c_void};

/// As the C library's, but for the kind of the memory.
///
/// # Safety
/// As of the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn mmap64(
    place: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: c_long,
) -> *mut c_void {
    const SHARED: c_int = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let flags = match flags & (libc::MAP_TYPE | libc::MAP_ANONYMOUS) {
        SHARED => flags & !libc::MAP_SHARED | libc::MAP_PRIVATE,
        _ => flags,
    };
    // SAFETY: the kernel's call has the same arguments, and -1 is how the C library's says that it failed.
    unsafe { libc::syscall(libc::SYS_mmap, place, length, protection, flags, file, offset) as *mut c_void }
}

/// The same function, where programs with 64 bits have two names for it.
///
/// # Safety
/// As of the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn mmap(
    place: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: c_long,
) -> *mut c_void {
    // SAFETY: it gets what this got.
    unsafe { mmap64(place, length, protection, flags, file, offset) }
}
