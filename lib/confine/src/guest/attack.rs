//! Attacks on each wall of a guest alone.
//!
//! A child of this test program puts up one wall and tries something. Each attack is tried three times: without any wall,
//! where it must work (or the test would prove nothing), behind one wall alone, where it must not; and behind all of them,
//! where what every program does must still work.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Gid, Pid, Resource, Rlimit, Signal, Uid, WaitOptions, kill_process};
use rustix::thread::{LinkNameSpaceType, UnshareFlags};

use super::nursery::OWN;
use super::walls::{Standing, Wall, Walls, put_up_with};
use super::{Forked, filter, fork, memory, process};
use crate::attack::copy_program;
use crate::usernamespace::{IdRange, Maps, create};
use crate::{Ids, Root};

const EVERY: [Wall; 7] =
    [Wall::Root, Wall::Descriptors, Wall::Limits, Wall::Identity, Wall::NoNewPrivileges, Wall::Landlock, Wall::Calls];

/// Nobody's, and no other test program's: the first a guest's or an owner's, the others mapped.
static IDS: LazyLock<Ids> = LazyLock::new(|| Ids::of_tests(3));

/// What came of an attack: it worked, or the error, or the signal that ended it.
type Came = Result<(), Stopped>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    By(Errno),
    Killed(Signal),
}

/// Tries something in a child.
fn in_child(attempt: impl FnOnce() -> io::Result<()>) -> Came {
    // A child cannot wait for another thread of ours to claim them.
    LazyLock::force(&IDS);
    // SAFETY: the C library's fork takes the allocator's locks for the child, which uses nothing else of other threads.
    let child = match unsafe { fork() }.expect("a child") {
        Forked::Child => end(attempt().map_or_else(|error| error.raw_os_error().unwrap_or(libc::EIO), |()| 0)),
        Forked::Parent(child) => child,
    };
    let mut status = 0;
    // SAFETY: `status` is a valid place for the answer.
    unsafe { libc::waitpid(child.as_raw_nonzero().get(), &raw mut status, 0) };
    if libc::WIFSIGNALED(status) {
        return Err(Stopped::Killed(Signal::from_named_raw(libc::WTERMSIG(status)).expect("a common signal")));
    }
    match libc::WEXITSTATUS(status) {
        0 => Ok(()),
        errno => Err(Stopped::By(Errno::from_raw_os_error(errno))),
    }
}

/// The end of one thread, which is all that a child has: the end of a whole program is a call that a supervisor answers.
fn end(code: i32) -> ! {
    loop {
        // SAFETY: ends the only thread of a child.
        unsafe { libc::syscall(libc::SYS_exit, code) };
    }
}

/// Tries something behind some walls.
fn behind(standing: &[Wall], attack: impl FnOnce() -> io::Result<()>) -> Came {
    let empty = tempfile::tempdir().expect("a temporary directory");
    let left_out: Vec<Wall> = EVERY.into_iter().filter(|wall| !standing.contains(wall)).collect();
    in_child(|| {
        // As a careless zygote would have.
        rustix::thread::set_thread_groups(&[Gid::from_raw(IDS.first + 1)])?;
        let walls = Walls { id: Some(IDS.first), address_space: 256 << 20, cpu_seconds: 5, threads: 2 };
        let standing = Standing::dangerously_left_out_for_an_attack_test(&left_out);
        let filter = filter::program().map_err(io::Error::other)?;
        let empty = empty.path().to_str().expect("text");
        // Nobody answers: without a supervisor every call that is not the kernel's fails.
        drop(put_up_with(&walls, &filter, empty, standing).map_err(|error| error.source)?);
        attack()
    })
}

/// The attack works without walls, and one wall alone stops it.
fn stopped_by(wall: Wall, by: Stopped, attack: impl Fn() -> io::Result<()>) {
    assert_eq!(behind(&[], &attack), Ok(()), "without walls it works, or this proves nothing");
    assert_eq!(behind(&[wall], &attack), Err(by), "{wall:?} alone");
    assert!(behind(&EVERY, &attack).is_err(), "all walls together");
    assert_eq!(behind(&EVERY, compute), Ok(()), "what every program does works");
}

/// Memory, and one's own number.
fn compute() -> io::Result<()> {
    let memory = std::hint::black_box(vec![1_u8; 1 << 20]);
    let sum: u32 = memory.iter().map(|byte| u32::from(*byte)).sum();
    let all = sum == 1 << 20 && rustix::process::getpid() != Pid::INIT;
    if all { Ok(()) } else { Err(io::ErrorKind::Other.into()) }
}

/// A file that only root may read, in a directory that everybody may enter.
fn secret() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).expect("ours");
    let path = directory.path().join("secret");
    fs::write(&path, "secret").expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
    (directory, path)
}

fn open(path: &Path) -> io::Result<()> {
    File::open(path).map(drop)
}

#[test]
fn the_empty_root_alone_hides_every_file() {
    let (_directory, path) = secret();
    stopped_by(Wall::Root, Stopped::By(Errno::NOENT), || open(&path));
}

/// Neither as their owner nor as a member of their group.
#[test]
fn an_id_of_its_own_alone_keeps_it_from_others_files() {
    let (_directory, path) = secret();
    stopped_by(Wall::Identity, Stopped::By(Errno::ACCESS), || open(&path));
    let member = IDS.first + 1;
    for (owner, group, mode) in [(member, 0, 0o640), (member, member, 0o640)] {
        std::os::unix::fs::chown(&path, Some(owner), Some(group)).expect("ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        stopped_by(Wall::Identity, Stopped::By(Errno::ACCESS), || open(&path));
    }
}

#[test]
fn an_id_of_its_own_alone_keeps_it_from_others_processes() {
    let us = rustix::process::getpid();
    stopped_by(Wall::Identity, Stopped::By(Errno::PERM), || Ok(rustix::process::test_kill_process(us)?));
}

#[test]
fn closing_descriptors_alone_keeps_it_from_what_its_zygote_has_open() {
    let (_directory, path) = secret();
    let file = File::open(&path).expect("ours");
    let number = file.as_raw_fd();
    stopped_by(Wall::Descriptors, Stopped::By(Errno::BADF), || {
        // SAFETY: whether that number is open is what is asked.
        let leaked = unsafe { BorrowedFd::borrow_raw(number) };
        rustix::io::pread(leaked, &mut [0_u8; 1], 0)?;
        Ok(())
    });
}

#[test]
fn limits_alone_bound_memory_files_and_descriptors() {
    let (directory, path) = secret();
    stopped_by(Wall::Limits, Stopped::By(Errno::NOMEM), || {
        let mut much: Vec<u8> = Vec::new();
        much.try_reserve(1 << 30).map_err(|_| Errno::NOMEM.into())
    });
    stopped_by(Wall::Limits, Stopped::By(Errno::MFILE), || {
        let mut files = Vec::new();
        for _ in 0..100 {
            files.push(File::open(&path)?);
        }
        Ok(())
    });
    stopped_by(Wall::Limits, Stopped::Killed(Signal::XFSZ), || {
        File::create(directory.path().join("full"))?.write_all(b"x")
    });
}

/// A crash tells the host's collector of crashes nothing, and nothing is kept in the kernel's memory.
#[test]
fn limits_alone_leave_no_core_no_locked_memory_no_queue_and_few_signals() {
    for (resource, more) in
        [(Resource::Core, 1), (Resource::Memlock, 1), (Resource::Msgqueue, 1), (Resource::Sigpending, 65)]
    {
        // As an ordinary user: root may be allowed to go beyond its limits.
        stopped_by(Wall::Limits, Stopped::By(Errno::PERM), || {
            rustix::thread::set_thread_res_uid(uid(), uid(), uid())?;
            Ok(rustix::process::setrlimit(resource, Rlimit { current: Some(more), maximum: Some(more) })?)
        });
    }
}

#[test]
fn landlock_alone_keeps_it_from_files_tcp_sockets_and_processes() {
    let (_directory, path) = secret();
    stopped_by(Wall::Landlock, Stopped::By(Errno::ACCESS), || open(&path));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    stopped_by(Wall::Landlock, Stopped::By(Errno::ACCESS), || TcpStream::connect(address).map(drop));
    let name = SocketAddr::from_abstract_name(format!("wall-{}", std::process::id())).expect("short");
    let _listener = UnixListener::bind_addr(&name).expect("a free name");
    stopped_by(Wall::Landlock, Stopped::By(Errno::PERM), || UnixStream::connect_addr(&name).map(drop));
    let us = rustix::process::getpid();
    stopped_by(Wall::Landlock, Stopped::By(Errno::PERM), || Ok(rustix::process::test_kill_process(us)?));
}

#[test]
fn the_filter_alone_lets_nothing_be_named() {
    let (_directory, path) = secret();
    let us = rustix::process::getpid();
    let attacks: [&dyn Fn() -> io::Result<()>; 4] = [
        &|| open(&path),
        &|| Ok(kill_process(us, Signal::WINCH)?),
        &|| TcpListener::bind("127.0.0.1:0").map(drop),
        // SAFETY: the child of a fork has one thread.
        &|| match unsafe { fork() }? {
            Forked::Child => end(0),
            Forked::Parent(_) => Ok(()),
        },
    ];
    for attack in attacks {
        stopped_by(Wall::Calls, Stopped::By(Errno::NOSYS), attack);
    }
}

#[test]
fn no_new_privileges_alone_takes_the_power_from_a_set_user_id_program() {
    let (directory, path) = secret();
    let program = directory.path().join("test");
    copy_program("/usr/bin/test", &program);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).expect("ours");
    // As an ordinary user: root needs no such program. It looks with its effective uid whether it may read.
    let attack = || {
        rustix::thread::set_thread_res_uid(uid(), uid(), uid())?;
        Err(Command::new(&program).arg("-r").arg(&path).exec())
    };
    assert_eq!(behind(&[], attack), Ok(()), "it reads as root, or this proves nothing");
    assert_eq!(behind(&[Wall::NoNewPrivileges], attack), Err(Stopped::By(Errno::PERM)), "exit code 1: it may not");
}

fn uid() -> rustix::process::Uid {
    rustix::process::Uid::from_raw(IDS.first)
}

/// Tries something in some namespaces of its own.
fn apart(flags: UnshareFlags, attack: impl FnOnce() -> io::Result<()>) -> Came {
    in_child(|| {
        // SAFETY: changes what names mean to this child; FILES is not among the flags.
        unsafe { rustix::thread::unshare_unsafe(flags) }?;
        attack()
    })
}

#[test]
fn each_namespace_alone_hides_what_it_is_for() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has one");
    let name = SocketAddr::from_abstract_name(format!("apart-{}", std::process::id())).expect("short");
    let _listener = UnixListener::bind_addr(&name).expect("a free name");
    // SAFETY: takes numbers only.
    let shared = unsafe { libc::shmget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600) };
    let host = rustix::system::uname().nodename().to_owned();
    let rename = || {
        rustix::system::sethostname(b"changed")?;
        if rustix::system::uname().nodename() == host.as_c_str() { Err(Errno::PERM.into()) } else { Ok(()) }
    };
    let find = || {
        // SAFETY: takes numbers only, and asks for no place in memory.
        match unsafe { libc::shmctl(shared, libc::SHM_LOCK, std::ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    let tries: [(UnshareFlags, &dyn Fn() -> io::Result<()>); 3] = [
        (UnshareFlags::NEWNET, &|| TcpStream::connect(address).map(drop)),
        (UnshareFlags::NEWNET, &|| UnixStream::connect_addr(&name).map(drop)),
        (UnshareFlags::NEWIPC, &find),
    ];
    for (flag, attack) in tries {
        assert!(OWN.contains(flag));
        assert_eq!(apart(UnshareFlags::empty(), attack), Ok(()), "without {flag:?} it works");
        assert!(apart(flag, attack).is_err(), "{flag:?} alone");
    }
    assert_eq!(apart(UnshareFlags::NEWUTS, rename), Ok(()), "its own name can be changed");
    assert_eq!(rustix::system::uname().nodename(), host.as_c_str(), "and ours is as it was");
    // SAFETY: takes numbers only; nobody uses the memory.
    unsafe { libc::shmctl(shared, libc::IPC_RMID, std::ptr::null_mut()) };
}

#[test]
fn a_pid_namespace_alone_hides_every_other_process() {
    let us = rustix::process::getpid();
    assert_eq!(in_child(|| Ok(rustix::process::test_kill_process(us)?)), Ok(()));
    let alone = in_child(|| {
        // SAFETY: a child of a fork has one thread; its own child makes system calls only.
        match unsafe { process::fork_into_pid_namespace() }?.0 {
            Forked::Child => {
                let seen = rustix::process::test_kill_process(us);
                let alone = rustix::process::getpid() == Pid::INIT && seen == Err(Errno::SRCH);
                end(i32::from(!alone))
            }
            Forked::Parent(child) => {
                let mut status = 0;
                // SAFETY: `status` is a valid place for the answer.
                unsafe { libc::waitpid(child.as_raw_nonzero().get(), &raw mut status, 0) };
                if status == 0 { Ok(()) } else { Err(Errno::PERM.into()) }
            }
        }
    });
    assert_eq!(alone, Ok(()));
}

/// Longer than a child is waited for.
const LONG: Duration = Duration::from_secs(60);

/// Whether a child lives on when its parent was killed. Both make system calls only.
fn survives_a_parent_made_by(fork: impl FnOnce() -> io::Result<Forked>) -> io::Result<bool> {
    let (life, lives) = rustix::pipe::pipe()?;
    let (word, tell) = rustix::pipe::pipe()?;
    match fork()? {
        Forked::Child => {
            // SAFETY: as fork, but the C library need not know; the child has this one thread.
            let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
            if child == 0 {
                drop((life, word, tell));
                std::thread::sleep(LONG);
                end(0);
            }
            rustix::io::write(&tell, &child.to_ne_bytes())?;
            std::thread::sleep(LONG);
            end(0)
        }
        Forked::Parent(parent) => {
            drop((lives, tell));
            let mut child = [0; 8];
            rustix::io::read(&word, &mut child)?;
            kill_process(parent, Signal::KILL)?;
            rustix::process::waitpid(Some(parent), WaitOptions::empty())?;
            let lives_on = poll(&mut [PollFd::new(&life, PollFlags::IN)], Some(&Timespec::default()))? == 0;
            if lives_on && let Some(child) = Pid::from_raw(i64::from_ne_bytes(child) as i32) {
                kill_process(child, Signal::KILL)?;
            }
            Ok(lives_on)
        }
    }
}

#[test]
fn a_pid_namespace_alone_ends_everybody_with_its_first_process() {
    let dies = |dies: bool| if dies { Ok(()) } else { Err(Errno::EXIST.into()) };
    // SAFETY: a child of a fork has one thread; its own children make system calls only.
    let outside = in_child(|| dies(!survives_a_parent_made_by(|| unsafe { fork() })?));
    assert_eq!(outside, Err(Stopped::By(Errno::EXIST)), "elsewhere a child lives on");
    // SAFETY: as above.
    let inside =
        in_child(|| dies(!survives_a_parent_made_by(|| Ok(unsafe { process::fork_into_pid_namespace() }?.0))?));
    assert_eq!(inside, Ok(()));
}

#[test]
fn the_user_namespace_alone_makes_its_root_nobody_outside() {
    let (_directory, path) = secret();
    let guests = IdRange { inside: 0, outside: IDS.first + 1, count: 2 };
    let maps = Maps { uids: vec![guests], gids: vec![guests] };
    let namespace = create(&Root::of_a_test(), IDS.first, IDS.first, &maps).expect("user namespaces are allowed");
    let inside = |attack: &dyn Fn() -> io::Result<()>| {
        in_child(|| {
            rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::User))?;
            rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)?;
            rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)?;
            attack()
        })
    };
    let us = rustix::process::getpid();
    assert_eq!(in_child(|| open(&path)), Ok(()));
    assert_eq!(inside(&|| open(&path)), Err(Stopped::By(Errno::ACCESS)));
    assert_eq!(inside(&|| Ok(rustix::process::test_kill_process(us)?)), Err(Stopped::By(Errno::PERM)));
    assert_eq!(inside(&|| Ok(rustix::thread::set_thread_groups(&[])?)), Ok(()), "it is root, inside");
}

/// Why the supervisor has no Landlock domain: see docs/decisions/0001.
#[test]
fn a_landlock_domain_keeps_its_members_from_the_memory_of_those_outside_and_not_the_other_way_round() {
    static MARK: [u8; 4] = *b"mark";
    let read = |from: Pid| match memory::read(from, MARK.as_ptr() as u64, &mut [0; 4])? {
        4 => Ok(()),
        _ => Err(Errno::FAULT.into()),
    };
    // The one that looks, and the one that is looked at: its child, made before it entered a domain.
    let look_at_a_child = |standing: &[Wall], nested: bool| {
        let left_out: Vec<Wall> = EVERY.into_iter().filter(|wall| !standing.contains(wall)).collect();
        in_child(|| {
            let us = rustix::process::getpid();
            let enter = |walls: &Walls| {
                let standing = Standing::dangerously_left_out_for_an_attack_test(&left_out);
                let filter = filter::program().map_err(io::Error::other)?;
                put_up_with(walls, &filter, "/", standing).map(drop).map_err(|error| error.source)
            };
            let walls = Walls { id: Some(IDS.first), address_space: 256 << 20, cpu_seconds: 5, threads: 2 };
            if nested {
                enter(&walls)?;
            }
            // SAFETY: the child of a fork has one thread.
            let child = match unsafe { fork() }? {
                Forked::Child => {
                    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                    // The one that looks may be gone already.
                    while rustix::process::getppid() == Some(us) {
                        std::thread::park_timeout(Duration::from_secs(10));
                    }
                    end(0)
                }
                Forked::Parent(child) => child,
            };
            if !nested {
                enter(&walls)?;
            }
            let came = read(child);
            kill_process(child, Signal::KILL).ok();
            came
        })
    };
    assert_eq!(look_at_a_child(&[], false), Ok(()));
    assert_eq!(look_at_a_child(&[Wall::Landlock], true), Ok(()), "one that descends from it is in its domain");
    assert_eq!(look_at_a_child(&[Wall::Landlock], false), Err(Stopped::By(Errno::PERM)), "one outside is not");
}
