//! What runs inside: locks itself down as ordered, tries the attack, says what came of it.

use std::ffi::CString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::net::{RecvFlags, SendFlags, recv, send};

use super::{EVERY, MAX_RECORD, twins};
use crate::layer::Layers;
use crate::lock_down::lock_down_with;
use crate::{Grounds, Role, inherited};

/// How this test program is told to run [`program`] and nothing else.
pub(super) const ARGUMENTS: &[&str] =
    &["attacked", "attack::inside::program", "--exact", "--ignored", "--nocapture", "--test-threads=1", "--quiet"];

/// Exit codes above this one stand for the signal that ended the attacker.
pub(super) const KILLED: i32 = 128;

/// Where the host's programs and libraries are, for a file service to run.
pub(super) const PROGRAMS: &[&str] = &["/usr", "/lib", "/lib64"];

/// What is tried. The argument is a path, an address, a number or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    /// Read a file by its path.
    ReadFile,
    /// Make a file at this path.
    MakeFile,
    /// Read the descriptor with this number.
    ReadDescriptor,
    /// Give a file to somebody else.
    GiveAway,
    /// Connect to a TCP address.
    Dial,
    /// Turn the accepted connection that is descriptor 4 into one to this address.
    Redial,
    /// The same, by a first message instead of connect(2).
    RedialFast,
    /// Connect to an abstract socket by its name.
    DialAbstract,
    /// Find the System V shared memory with this key.
    FindShared,
    /// Run the program at this path.
    Run,
    /// Run `id -u` at this path.
    WhoAmI,
    /// Become root.
    BecomeRoot,
    /// Name one's groups.
    Groups,
    /// Stop this process and hold it.
    Seize,
    /// Send a signal that does nothing to this process.
    Signal,
    /// Make memory that can be run.
    MakeCode,
    /// Ask for a namespace.
    MakeNamespace,
    /// Do nothing until the line closes.
    Stay,
    /// Lock down with a second thread.
    LockWithThreads,
    /// Run tokio with one thread and SQLite.
    Serve,
    /// Run tokio with two workers.
    Dispatch,
    /// Run a child program.
    RunChild,
    /// Panic in a thread.
    PanicInThread,
}

const ATTACKS: &[Attack] = {
    use Attack::*;
    &[
        ReadFile,
        MakeFile,
        ReadDescriptor,
        GiveAway,
        Dial,
        Redial,
        RedialFast,
        DialAbstract,
        FindShared,
        Run,
        WhoAmI,
        BecomeRoot,
        Groups,
        Seize,
        Signal,
        MakeCode,
        MakeNamespace,
        Stay,
        LockWithThreads,
        Serve,
        Dispatch,
        RunChild,
        PanicInThread,
    ]
};

const ROLES: &[Role] = &[Role::Service, Role::Dispatcher, Role::Files, Role::Pages, Role::Supervisor];

/// Not a test. The test library runs this in a thread of its own; a forked child has one thread again, as a real program has
/// before it locks down.
#[test]
#[ignore = "this is what the attack tests launch"]
fn program() {
    let Ok(line) = inherited::take(3) else { return };
    // SAFETY: the C library's fork takes the allocator's locks for the child, and the only other thread waits for this one.
    match unsafe { libc::fork() } {
        0 => {
            let parent_died = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
            parent_died.expect("ties its life to the launched process");
            act(line.as_fd());
            // SAFETY: ends the child without the test library's own exit.
            unsafe { libc::_exit(0) }
        }
        child => {
            drop(line);
            let mut status = 0;
            // SAFETY: one place for one number.
            unsafe { libc::waitpid(child, &mut status, 0) };
            let killed = if libc::WIFSIGNALED(status) { KILLED + libc::WTERMSIG(status) } else { 0 };
            // SAFETY: as above.
            unsafe { libc::_exit(killed) }
        }
    }
}

fn act(line: BorrowedFd<'_>) {
    let mut record = [0; MAX_RECORD];
    let (length, _) = recv(line, &mut record[..], RecvFlags::empty()).expect("the order");
    let order = String::from_utf8_lossy(&record[..length]).into_owned();
    let [role, left_out, attack, argument] = order.splitn(4, '\n').collect::<Vec<_>>().try_into().expect("four lines");
    let role = ROLES.iter().find(|known| format!("{known:?}") == role).expect("a role");
    let attack = ATTACKS.iter().find(|known| format!("{known:?}") == attack).expect("an attack");
    let left_out: Vec<_> =
        EVERY.into_iter().filter(|layer| left_out.split(' ').any(|l| l == layer.to_string())).collect();
    let layers = Layers::dangerously_left_out_for_an_attack_test(&left_out);

    let say = |text: String| send(line, text.as_bytes(), SendFlags::NOSIGNAL).map(drop).unwrap_or_default();
    let second = (*attack == Attack::LockWithThreads).then(|| std::thread::spawn(std::thread::park));
    let there =
        |paths: &[&str]| paths.iter().filter(|path| fs::exists(path).is_ok_and(|is| is)).map(Into::into).collect();
    let readable = if *role == Role::Files { there(PROGRAMS) } else { vec![] };
    let grounds = Grounds { readable, writable: there(&["/db"]), tolerate: vec![] };
    if let Err(why) = lock_down_with(*role, &grounds, layers) {
        return say(format!("unconfined {why}"));
    }
    drop(second);
    if *attack == Attack::Stay {
        say(format!("worked {}", rustix::process::getpid().as_raw_nonzero()));
        let _ = recv(line, &mut record[..], RecvFlags::empty());
        return;
    }
    match attempt(*attack, argument) {
        Ok(found) => say(format!("worked {found}")),
        Err(error) => say(format!("refused {}", error.raw_os_error().unwrap_or(-1))),
    }
}

fn attempt(attack: Attack, argument: &str) -> io::Result<String> {
    let number = || argument.parse::<i32>().expect("a number");
    match attack {
        Attack::ReadFile => fs::read_to_string(argument),
        Attack::MakeFile => fs::write(argument, "made").map(|()| String::new()),
        Attack::ReadDescriptor => {
            let mut text = String::new();
            // SAFETY: if the number is open it is ours to read; if not, reading fails.
            let leaked = unsafe { BorrowedFd::borrow_raw(number()) };
            fs::File::from(leaked.try_clone_to_owned()?).read_to_string(&mut text)?;
            Ok(text)
        }
        Attack::GiveAway => std::os::unix::fs::chown(argument, Some(1), Some(1)).map(|()| String::new()),
        Attack::Dial => dial(argument),
        Attack::Redial => redial(argument),
        Attack::RedialFast => redial_fast(argument),
        Attack::DialAbstract => dial_abstract(argument),
        // SAFETY: takes numbers only.
        Attack::FindShared => checked(i64::from(unsafe { libc::shmget(number(), 1, 0) })),
        Attack::Run => Err(run(argument, &["true"])),
        Attack::WhoAmI => Err(run(argument, &["id", "-u"])),
        // SAFETY: takes numbers only.
        Attack::BecomeRoot => checked(unsafe { libc::syscall(libc::SYS_setresuid, 0, 0, 0) }),
        Attack::Groups => Ok(format!("{:?}", rustix::process::getgroups()?)),
        // SAFETY: takes numbers only; the other process is one of the test's own.
        Attack::Seize => checked(unsafe { libc::ptrace(libc::PTRACE_SEIZE, number(), 0_usize, 0_usize) }),
        // SAFETY: takes numbers only; signal 0 is none.
        Attack::Signal => checked(i64::from(unsafe { libc::kill(number(), 0) })),
        Attack::MakeCode => make_code(),
        // SAFETY: nothing here relies on sharing a user namespace.
        Attack::MakeNamespace => checked(i64::from(unsafe { libc::unshare(libc::CLONE_NEWUSER) })),
        Attack::Stay | Attack::LockWithThreads => Ok(String::new()),
        Attack::Serve => twins::serve(),
        Attack::Dispatch => twins::dispatch(),
        Attack::RunChild => twins::run_child(argument),
        Attack::PanicInThread => twins::panic_in_thread(),
    }
}

fn checked(result: libc::c_long) -> io::Result<String> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(String::new()) }
}

fn dial(address: &str) -> io::Result<String> {
    let address: SocketAddr = address.parse().expect("an address");
    greeting(TcpStream::connect_timeout(&address, Duration::from_secs(5))?)
}

/// What the listener on the other side says.
fn greeting(mut stream: impl Read) -> io::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn redial(address: &str) -> io::Result<String> {
    let address: SocketAddr = address.parse().expect("an address");
    let mut accepted = TcpStream::from(inherited::take(4)?);
    accepted.write_all(b"still the visitor's\n")?;
    rustix::net::connect_unspec(&accepted)?;
    rustix::net::connect(&accepted, &address)?;
    greeting(accepted)
}

fn redial_fast(address: &str) -> io::Result<String> {
    let address: SocketAddr = address.parse().expect("an address");
    let accepted = TcpStream::from(inherited::take(4)?);
    rustix::net::connect_unspec(&accepted)?;
    let fast = SendFlags::from_bits_retain(libc::MSG_FASTOPEN as u32);
    rustix::net::sendto(&accepted, &[], fast, &address)?;
    greeting(accepted)
}

fn dial_abstract(name: &str) -> io::Result<String> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
    std::os::unix::net::UnixStream::connect_addr(&address).map(|_| String::new())
}

fn make_code() -> io::Result<String> {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: asks for new memory at no particular place, and does not use it.
    let memory = unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) };
    if memory == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(String::new()) }
}

/// Returns only if it fails. Closes the line, so that the test sees it close when the new program ends.
fn run(path: &str, arguments: &[&str]) -> io::Error {
    let path = CString::new(path).expect("a path");
    let words: Vec<CString> = arguments.iter().map(|word| CString::new(*word).expect("a word")).collect();
    let pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect();
    // SAFETY: path and arrays are terminated and outlive the call; an empty environment is one null pointer.
    unsafe { libc::execve(path.as_ptr(), pointers.as_ptr(), &std::ptr::null()) };
    io::Error::last_os_error()
}
