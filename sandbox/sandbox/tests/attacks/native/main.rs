//! A zygote without Python, for tests only: what it forks stands behind the same walls as every guest, and makes the system
//! calls that it is told, with the arguments that it is told. What Python has no words for is said through it.

#![cfg(target_arch = "x86_64")]

mod script;

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use confine::filter::{Action, Line, Program, assemble, is};
use confine::guest::walls::{self, Standard, Walls};
use confine::guest::{Forked, exit_now, fork, read_virtual, reap, record};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use zygote_api::{Awake, Birth, CONTROL, LISTENER, Life, MAX_RUN, RUN, Run, Settings, WALLS_STAND, decode, encode};

/// Among the modules to import: no filter.
const UNFILTERED: &str = "no filter";

type Failure = Box<dyn std::error::Error>;

struct Child {
    pid: Pid,
    process: OwnedFd,
    told: OwnedFd,
}

fn main() -> Result<(), Failure> {
    let control = confine::inherited::take(CONTROL)?;
    let (settings, _) = record::receive(&control)?.ok_or("the supervisor is gone")?;
    let filter = filter(&decode(&settings)?)?;
    record::send(&control, &encode(&Awake::Ready { version: "no Python".into() }), &[])?;
    let mut children: Vec<Child> = Vec::new();
    loop {
        let mut watched = vec![PollFd::new(&control, PollFlags::IN)];
        watched.extend(children.iter().map(|child| PollFd::new(&child.process, PollFlags::IN)));
        poll(&mut watched, None)?;
        let ordered = !watched[0].revents().is_empty();
        drop(watched);
        children.retain(|child| !buried(child));
        if ordered {
            let Some((order, descriptors)) = record::receive(&control)? else { return Ok(()) };
            children.push(bear(&filter, &decode(&order)?, descriptors)?);
        }
    }
}

/// The filter of every guest; or one that lets everything pass, to see what the other walls hold without it.
fn filter(settings: &Settings) -> Result<Program, Failure> {
    if !settings.preimport.iter().any(|word| word == UNFILTERED) {
        return Ok(confine::guest::filter::program()?);
    }
    let reason = "its script comes from there";
    let run = Line { call: libc::SYS_read, checks: &[is(0, RUN as i32)], action: Action::Notify, reason };
    Ok(assemble(&[&[run]], Action::Allow)?)
}

fn buried(child: &Child) -> bool {
    let Ok(Some(end)) = reap(child.pid) else { return false };
    let life = Life::Ended {
        exit_code: end.how.ok(),
        signal: end.how.err(),
        cpu_micros: end.cpu.as_micros() as u64,
        peak_memory: end.peak_memory,
    };
    // A supervisor that does not listen has given this child up.
    let _ = record::send(&child.told, &encode(&life), &[]);
    true
}

fn bear(filter: &Program, birth: &Birth, descriptors: Vec<OwnedFd>) -> Result<Child, Failure> {
    let [output, errors, told] = <[OwnedFd; 3]>::try_from(descriptors).map_err(|_| "three descriptors come along")?;
    // SAFETY: this process has one thread.
    match unsafe { fork() }? {
        Forked::Child => {
            let lived = live(filter, birth, &output, &errors);
            exit_now(if lived.is_ok() { 0 } else { 125 });
        }
        Forked::Parent(pid) => {
            let process = pidfd_open(pid, PidfdFlags::empty())?;
            record::send(&told, &encode(&Life::Born), &[process.as_fd()])?;
            Ok(Child { pid, process, told })
        }
    }
}

/// As `live` of the zygote, but for the interpreter.
fn live(filter: &Program, birth: &Birth, output: &OwnedFd, errors: &OwnedFd) -> Result<(), Failure> {
    walls::replace_standard(errors.as_fd(), Standard::Error)?;
    walls::replace_standard(output.as_fd(), Standard::Output)?;
    let own_memory = confine::guest::address_space_in_use()?;
    let walls = Walls {
        id: birth.id,
        address_space: own_memory + birth.memory,
        cpu_seconds: birth.cpu_seconds,
        threads: birth.threads,
    };
    let listener = walls::put_up(&walls, filter, confine::guest::nursery::EMPTY)?;
    if listener.as_raw_fd() != LISTENER {
        return Err("the listener is not where its supervisor will look for it".into());
    }
    let mut out = io::stdout();
    out.write_all(&[WALLS_STAND])?;
    out.flush()?;
    read_virtual(RUN, &mut [0; 1])?;
    drop(listener);
    let mut order = vec![0; MAX_RUN];
    read_virtual(RUN, &mut order)?;
    let run: Run = decode(order.split(|byte| *byte == 0).next().unwrap_or_default())?;
    script::run(&run.code);
    Ok(())
}
