//! Functions of the C library, in front of its own: each makes its call again when a signal of the guest's came before the
//! supervisor had heard of it.
//!
//! Until then the kernel lets any signal interrupt the call (`SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV` of seccomp(2) begins only
//! when it has been received); nothing was done, and it fails with `EINTR`. Linux itself does not interrupt these calls, so
//! nobody is prepared for it: Python hands most of them on, and `getuid`, which cannot fail, then answers nonsense. Calls that
//! may wait (`read`, `flock`, `poll`) are not here: there a signal has to end the wait, and Python makes them again by itself.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// What a function answers.
trait Answer: Copy {
    fn is_failure(self) -> bool;

    fn was_interrupted(self) -> bool {
        self.is_failure() && error() == libc::EINTR
    }
}

impl Answer for c_int {
    fn is_failure(self) -> bool {
        self == -1
    }
}

impl Answer for c_long {
    fn is_failure(self) -> bool {
        self == -1
    }
}

impl<T> Answer for *mut T {
    fn is_failure(self) -> bool {
        self.is_null()
    }
}

/// Of what does not say whether it failed, but leaves the number of the error.
impl Answer for () {
    fn is_failure(self) -> bool {
        true
    }
}

/// Of calls that cannot fail: the C library hands on whatever the kernel says.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Certain(c_int);

impl Answer for Certain {
    fn is_failure(self) -> bool {
        false
    }

    fn was_interrupted(self) -> bool {
        self.0 == -libc::EINTR
    }
}

/// Makes a call until no signal came before it.
fn again<A: Answer>(call: impl Fn() -> A) -> A {
    let before = error();
    loop {
        // A null pointer can be an end instead of a failure, and then leaves this as it is, see readdir(3).
        set_error(0);
        let answer = call();
        if !answer.was_interrupted() {
            if error() == 0 {
                set_error(before);
            }
            return answer;
        }
    }
}

fn error() -> c_int {
    // SAFETY: each thread has one, for as long as it lives.
    unsafe { *libc::__errno_location() }
}

fn set_error(number: c_int) {
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = number }
}

/// The C library's own function of this name.
fn next(name: &CStr, known: &AtomicPtr<c_void>) -> *mut c_void {
    let function = known.load(Ordering::Relaxed);
    if !function.is_null() {
        return function;
    }
    // SAFETY: the name ends with a zero byte.
    let function = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    if function.is_null() {
        // Whoever was linked against it cannot be here.
        std::process::abort();
    }
    known.store(function, Ordering::Relaxed);
    function
}

macro_rules! again {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        /// As the C library's.
        ///
        /// # Safety
        /// As of the C library's.
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name($($argument: $type),*) -> $answer {
            const NAME: &CStr = match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => unreachable!(),
            };
            static KNOWN: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
            // SAFETY: the C library's function of this name has this type; it is declared so in its headers.
            let next: unsafe extern "C" fn($($type),*) -> $answer = unsafe { std::mem::transmute(next(NAME, &KNOWN)) };
            // SAFETY: it gets what it was to get.
            again(|| unsafe { next($($argument),*) })
        }
    )*};
}

/// A name of a file, and a place for what is told of it.
type Name = *const c_char;
type Place = *mut c_void;
type Stream = *mut c_void;

again! {
    // What a name says.
    access(name: Name, mode: c_int) -> c_int;
    faccessat(at: c_int, name: Name, mode: c_int, flags: c_int) -> c_int;
    stat64(name: Name, told: Place) -> c_int;
    lstat64(name: Name, told: Place) -> c_int;
    fstat64(file: c_int, told: Place) -> c_int;
    fstatat64(at: c_int, name: Name, told: Place, flags: c_int) -> c_int;
    statvfs64(name: Name, told: Place) -> c_int;
    fstatvfs64(file: c_int, told: Place) -> c_int;
    readlink(name: Name, told: Place, room: usize) -> c_long;
    readlinkat(at: c_int, name: Name, told: Place, room: usize) -> c_long;
    listxattr(name: Name, told: Place, room: usize) -> c_long;
    llistxattr(name: Name, told: Place, room: usize) -> c_long;
    flistxattr(file: c_int, told: Place, room: usize) -> c_long;
    getxattr(name: Name, attribute: Name, told: Place, room: usize) -> c_long;
    lgetxattr(name: Name, attribute: Name, told: Place, room: usize) -> c_long;
    fgetxattr(file: c_int, attribute: Name, told: Place, room: usize) -> c_long;
    // Names made, changed and removed.
    mkdir(name: Name, mode: c_uint) -> c_int;
    mkdirat(at: c_int, name: Name, mode: c_uint) -> c_int;
    rmdir(name: Name) -> c_int;
    link(name: Name, new: Name) -> c_int;
    linkat(at: c_int, name: Name, new_at: c_int, new: Name, flags: c_int) -> c_int;
    symlink(target: Name, name: Name) -> c_int;
    symlinkat(target: Name, at: c_int, name: Name) -> c_int;
    rename(name: Name, new: Name) -> c_int;
    renameat(at: c_int, name: Name, new_at: c_int, new: Name) -> c_int;
    unlink(name: Name) -> c_int;
    unlinkat(at: c_int, name: Name, flags: c_int) -> c_int;
    mknod(name: Name, mode: c_uint, device: c_ulong) -> c_int;
    mknodat(at: c_int, name: Name, mode: c_uint, device: c_ulong) -> c_int;
    mkfifo(name: Name, mode: c_uint) -> c_int;
    mkfifoat(at: c_int, name: Name, mode: c_uint) -> c_int;
    // What is noted of a file.
    chmod(name: Name, mode: c_uint) -> c_int;
    fchmod(file: c_int, mode: c_uint) -> c_int;
    fchmodat(at: c_int, name: Name, mode: c_uint, flags: c_int) -> c_int;
    chown(name: Name, user: c_uint, group: c_uint) -> c_int;
    lchown(name: Name, user: c_uint, group: c_uint) -> c_int;
    fchown(file: c_int, user: c_uint, group: c_uint) -> c_int;
    fchownat(at: c_int, name: Name, user: c_uint, group: c_uint, flags: c_int) -> c_int;
    utimensat(at: c_int, name: Name, times: *const c_void, flags: c_int) -> c_int;
    futimens(file: c_int, times: *const c_void) -> c_int;
    truncate64(name: Name, length: c_long) -> c_int;
    ftruncate64(file: c_int, length: c_long) -> c_int;
    // Directories.
    opendir(name: Name) -> Stream;
    fdopendir(file: c_int) -> Stream;
    readdir64(stream: Stream) -> *mut c_void;
    rewinddir(stream: Stream) -> ();
    chdir(name: Name) -> c_int;
    fchdir(directory: c_int) -> c_int;
    getcwd(told: *mut c_char, room: usize) -> *mut c_char;
    // Descriptors.
    lseek64(file: c_int, offset: c_long, from: c_int) -> c_long;
    dup(file: c_int) -> c_int;
    dup2(file: c_int, number: c_int) -> c_int;
    dup3(file: c_int, number: c_int, flags: c_int) -> c_int;
    close(file: c_int) -> c_int;
    // Of the processors that Linux runs on with 64 bits, all pass a third argument that may be there as one that is.
    fcntl64(file: c_int, what: c_int, argument: c_ulong) -> c_int;
    // The program itself.
    umask(mode: c_uint) -> Certain;
    getuid() -> Certain;
    geteuid() -> Certain;
    getgid() -> Certain;
    getegid() -> Certain;
    getresuid(real: Place, effective: Place, saved: Place) -> c_int;
    getresgid(real: Place, effective: Place, saved: Place) -> c_int;
    getgroups(room: c_int, told: Place) -> c_int;
    getppid() -> Certain;
    getpgrp() -> Certain;
    getpgid(process: c_int) -> c_int;
    getsid(process: c_int) -> c_int;
    getpriority(which: c_int, who: c_uint) -> c_int;
    sched_getscheduler(process: c_int) -> c_int;
}

/// As the C library's, which would go on to end this thread alone, and with threads beside it not the program.
///
/// # Safety
/// As of the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn _exit(code: c_int) -> ! {
    confine::guest::farewell::leave(code)
}

/// As the C library's, which has forgotten the stream when it closes the descriptor: only this is done again.
///
/// # Safety
/// As of the C library's.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn closedir(stream: Stream) -> c_int {
    static KNOWN: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    // SAFETY: the C library's function of this name has this type.
    let next: unsafe extern "C" fn(Stream) -> c_int = unsafe { std::mem::transmute(next(c"closedir", &KNOWN)) };
    // SAFETY: the stream is open until it is closed, once; the descriptor is then still open if that was interrupted.
    unsafe {
        let file = libc::dirfd(stream.cast());
        let answer = next(stream);
        if answer.was_interrupted() { close(file) } else { answer }
    }
}
