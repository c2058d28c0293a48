//! How a zygote begins: as the program of an interpreter, with our library preloaded, which takes over before `main`.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use super::LINE;
use super::house::ZYGOTE;
use crate::guest::process::fork_into_pid_namespace;

/// The program of an interpreter among the contents, into which the zygote is preloaded.
#[derive(Debug, Clone, Copy)]
pub struct Interpreter<'a> {
    /// Its path.
    pub program: &'a Path,
    /// The directory of a shared library of its own.
    pub libraries: Option<&'a Path>,
}

impl Interpreter<'_> {
    /// As the nursery is told: two paths, the second of which may be empty, each with a zero byte at its end.
    pub(super) fn order(&self) -> Vec<u8> {
        let paths = [Some(self.program), self.libraries];
        let bytes =
            |path: Option<&Path>| path.map_or_else(Vec::new, |path| path.as_os_str().as_encoded_bytes().to_vec());
        paths.into_iter().flat_map(|path| [bytes(path), vec![0]].concat()).collect()
    }
}

/// Starts the zygote that an order asks for, as process 1 of a new PID namespace.
pub(super) fn start(order: &[u8], control: &OwnedFd) -> io::Result<OwnedFd> {
    let unclear = || io::Error::new(io::ErrorKind::InvalidInput, "an order is not understood");
    let program = CStr::from_bytes_until_nul(order).map_err(|_| unclear())?;
    let libraries = order.get(program.count_bytes() + 1..).ok_or_else(unclear)?;
    let libraries = CStr::from_bytes_until_nul(libraries).map_err(|_| unclear())?;
    let setting = |name: &str, value: &[u8]| CString::new([name.as_bytes(), value].concat());
    let preload = setting("LD_PRELOAD=", ZYGOTE.as_bytes())?;
    let search = setting("LD_LIBRARY_PATH=", libraries.to_bytes())?;
    let arguments = [c"zygote".as_ptr(), std::ptr::null()];
    let environment = [preload.as_ptr(), search.as_ptr(), std::ptr::null()];
    // SAFETY: this process has one thread; the child makes only system calls and execs.
    match unsafe { fork_into_pid_namespace() }?.1 {
        Some(zygote) => Ok(zygote),
        None => {
            // The nursery's end is the zygote's, and that of process 1 is the end of all guests, whatever any of them is doing.
            // SAFETY: plain system calls on numbers and on strings that outlive them; the child never returns from here.
            unsafe {
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                libc::signal(libc::SIGCHLD, libc::SIG_DFL);
                libc::dup3(control.as_raw_fd(), LINE, 0);
                libc::syscall(libc::SYS_close_range, LINE + 1, u32::MAX, 0);
                libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr());
                libc::_exit(127)
            }
        }
    }
}
