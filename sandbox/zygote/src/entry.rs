//! Where this library takes over the program that it was preloaded into.
//!
//! A dynamic program begins in the C library, with `__libc_start_main(main, …)`. The loader looks that name up in preloaded
//! libraries first and so finds the function below, which hands on everything but the program's own `main`. What then runs
//! has the whole interpreter at hand, as it was built into its program, and not a frame of it beneath itself.

use std::ffi::{c_char, c_int, c_void};

type Main = unsafe extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char) -> c_int;
type Hook = *const c_void;
type StartMain = unsafe extern "C" fn(Main, c_int, *mut *mut c_char, Hook, Hook, Hook, *mut c_void) -> c_int;

/// What the kernel and `ps` call this process.
const NAME: &std::ffi::CStr = c"zygote";
/// All that guests find in their environment: the one directory that is theirs.
const GUESTS_HOME: &std::ffi::CStr = c"/tmp";
/// Exit code of a program that cannot begin.
const NOT_STARTED: c_int = 127;

/// The C library's function of this name, but for whose `main` it calls.
///
/// # Safety
/// Only for the start-up code of a program, as in the Linux Standard Base, `__libc_start_main`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn __libc_start_main(
    _theirs: Main,
    argc: c_int,
    argv: *mut *mut c_char,
    init: Hook,
    fini: Hook,
    rtld_fini: Hook,
    stack_end: *mut c_void,
) -> c_int {
    // SAFETY: the name ends with a zero byte; the C library is loaded and initialised before any program begins.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"__libc_start_main".as_ptr()) };
    if next.is_null() {
        // SAFETY: ends the process; nothing has begun.
        unsafe { libc::_exit(NOT_STARTED) }
    }
    // SAFETY: the C library's function of this name has had this type since 2.0, and gets what it was to get.
    unsafe {
        let next = std::mem::transmute::<*mut c_void, StartMain>(next);
        next(main, argc, argv, init, fini, rtld_fini, stack_end)
    }
}

/// SAFETY: called once, by the C library, in the only thread.
unsafe extern "C" fn main(_argc: c_int, _argv: *mut *mut c_char, _environment: *mut *mut c_char) -> c_int {
    // SAFETY: nobody reads the environment meanwhile: this is the only thread. What is in it was for the loader, and no guest
    // is to find it. The strings end with a zero byte, and are copied.
    unsafe {
        libc::clearenv();
        libc::setenv(c"HOME".as_ptr(), GUESTS_HOME.as_ptr(), 1);
        libc::prctl(libc::PR_SET_NAME, NAME.as_ptr());
    }
    match crate::live() {
        Ok(()) => 0,
        Err(why) => {
            eprintln!("error: {why:#}");
            1
        }
    }
}
