//! A supervisor that gives every question the same answer and remembers what was asked.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use confine::guest::nursery::{Interpreter, ZYGOTE};
use confine::guest::{Listener, memory, record};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};
use zygote_api::{Birth, LISTENER, RUN, Run, Settings, encode};

use crate::fixture::{NATIVE_GUEST, USERS, installed, nursery, text};

/// An error that no system call of Linux has as its answer.
pub(crate) const NOBODYS: i32 = 4094;

/// Runs a script in a native guest, with the `preimport`ed wish to have no filter or without. Returns which calls were asked for, and what each one of the script got.
pub(crate) fn by_a_listening_test(script: &str, preimport: &[&str]) -> (BTreeSet<i64>, Vec<i64>) {
    let nursery = nursery(NATIVE_GUEST.as_ref(), USERS.others);
    let (control, theirs) = record::pair().expect("a line");
    nursery.start_zygote(theirs.as_fd(), Interpreter { program: ZYGOTE.as_ref(), libraries: None }).expect("a zygote");
    drop(theirs);
    let settings = Settings {
        installation: installed(),
        core: 0,
        preimport: preimport.iter().map(|word| (*word).to_owned()).collect(),
    };
    record::send(&control, &encode(&settings), &[]).expect("it listens");
    record::receive(&control).expect("it speaks").expect("it lives");

    let (output, to_output) = pipe_with(PipeFlags::CLOEXEC).expect("a pipe");
    let (life, told) = record::pair().expect("a line");
    let birth = Birth { id: Some(1), memory: 64 << 20, cpu_seconds: 60, threads: 9 };
    let streams = [to_output.as_fd(), to_output.as_fd(), told.as_fd()];
    record::send(&control, &encode(&birth), &streams).expect("it listens");
    drop((to_output, told));
    let (_, descriptors) = record::receive(&life).expect("it speaks").expect("a birth");
    let process = descriptors.into_iter().next().expect("the guest's process");

    let mut output = std::fs::File::from(output);
    output.read_exact(&mut [0]).expect("the walls stand");
    let listener = pidfd_getfd(&process, LISTENER, PidfdGetfdFlags::empty()).expect("the listener");
    let reader = std::thread::spawn(move || {
        let mut printed = Vec::new();
        output.read_to_end(&mut printed).expect("readable");
        text(&printed)
    });
    let asked = listen(&Listener::new(listener), &process, script);
    let printed = reader.join().expect("no panic");
    let number = |line: &str| line.rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    (asked, printed.lines().map(number).collect())
}

/// Answers until the guest is gone.
fn listen(listener: &Listener, process: &OwnedFd, script: &str) -> BTreeSet<i64> {
    let run = encode(&Run { name: String::new(), code: script.into(), arguments: Vec::new() });
    // The first read asks whether the listener is here, the second for the script.
    let mut orders = vec![run, Vec::new()];
    let mut asked = BTreeSet::new();
    loop {
        let mut watched = [PollFd::new(listener, PollFlags::IN), PollFd::new(process, PollFlags::IN)];
        poll(&mut watched, None).expect("can wait");
        if !watched[1].revents().is_empty() {
            return asked;
        }
        if !watched[0].revents().contains(PollFlags::IN) {
            continue;
        }
        let Some(call) = listener.receive().expect("a question") else { continue };
        let order =
            if call.call == libc::SYS_read && call.arguments[0] == u64::from(RUN) { orders.pop() } else { None };
        let answer = match order {
            Some(order) => {
                memory::write(call.thread, call.arguments[1], &order).expect("the guest's own buffer");
                Ok(order.len() as i64)
            }
            None => {
                asked.insert(call.call);
                Err(NOBODYS)
            }
        };
        listener.answer(call.id, answer).expect("it waits");
    }
}
