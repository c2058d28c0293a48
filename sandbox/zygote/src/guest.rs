//! A child of the zygote: walls first, then the interpreter, then the stranger's program.

use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};

use anyhow::Context;
use confine::filter::Program;
use confine::guest::farewell::leave;
use confine::guest::nursery::EMPTY;
use confine::guest::walls::{self, Standard, Walls};
use confine::guest::{exit_now, read_virtual};
use zygote_api::{API, Birth, LISTENER, MAX_RUN, RUN, Run, WALLS_STAND, decode, encode};

use crate::python::Python;

/// Exit code of a guest that could not start.
const NOT_STARTED: i32 = 125;

/// A guest's input: a pipe at its end. Each has one of its own, since a guest can set how its input is read
/// (`O_NONBLOCK`), and who shares it would see that.
fn no_input() -> io::Result<()> {
    let (reader, _) = rustix::pipe::pipe()?;
    walls::replace_standard(std::os::fd::AsFd::as_fd(&reader), Standard::Input)
}

/// What stands in the place of the API's connection until its run has one, and in one that has none for ever: nobody can
/// write to it.
fn no_connection() -> anyhow::Result<()> {
    let place = rustix::io::fcntl_dupfd_cloexec(io::stdin(), API as i32)?;
    anyhow::ensure!(place.into_raw_fd() == API as i32, "the place of the API's connection is taken");
    Ok(())
}

/// What each guest has from its zygote.
pub(crate) struct Heritage {
    pub(crate) python: Python,
    filter: Program,
    /// Address space in bytes.
    memory: u64,
    trial: Vec<u8>,
    /// Room for an order. The zygote leaves it alone, so that it takes no memory.
    order: Vec<u8>,
}

impl Heritage {
    /// Of a zygote whose interpreter has its final size.
    pub(crate) fn new(python: Python) -> anyhow::Result<Self> {
        let (trial, order) = (trial(), vec![0; MAX_RUN]);
        let filter = confine::guest::filter::program().context("the guests' filter cannot be made")?;
        let memory = confine::guest::address_space_in_use().context("cannot find out its own size")?;
        Ok(Self { python, filter, memory, trial, order })
    }
}

/// The whole life of a guest.
pub(crate) fn live(heritage: &mut Heritage, birth: &Birth, output: BorrowedFd<'_>, errors: BorrowedFd<'_>) -> ! {
    let Heritage { python, filter, memory, trial, order } = heritage;
    match prepare(filter, birth, *memory, output, errors) {
        Ok(()) => {}
        Err(why) => {
            // The supervisor reads it as the reason.
            let _ = io::stderr().write_all(format!("{why:#}").as_bytes());
            exit_now(NOT_STARTED);
        }
    }
    python.after_fork();
    if rehearse(python, trial, order).is_err() {
        exit_now(NOT_STARTED);
    }
    match read_virtual(RUN, order) {
        Ok(answer) if answer > 0 => leave(perform(python, "run", order).unwrap_or(NOT_STARTED)),
        _ => exit_now(0),
    }
}

/// The order of a small program of our own.
pub(crate) fn trial() -> Vec<u8> {
    let code = include_str!("../../guest/trial.py").to_owned();
    encode(&Run { name: "trial.py".into(), code, arguments: vec!["a=b".into()] })
}

/// Performs a trial just as what is ordered later, so that the pages that this writes to are there before anybody waits for
/// them. `order` is all zeros before and after it.
pub(crate) fn rehearse(python: &Python, trial: &[u8], order: &mut [u8]) -> anyhow::Result<()> {
    order[..trial.len()].copy_from_slice(trial);
    perform(python, "warm", order)?;
    order[..trial.len()].fill(0);
    Ok(())
}

/// Has a function of the runner perform an order, which ends with a zero byte. Its exit code.
fn perform(python: &Python, function: &'static str, order: &[u8]) -> anyhow::Result<i32> {
    let order = order.split(|byte| *byte == 0).next().unwrap_or_default();
    // Not by Python's json: that would be a tenth of all the pages that a guest writes to.
    let Run { name, code, arguments } = decode(order)?;
    let words: Vec<&[u8]> = [&name, &code].into_iter().chain(&arguments).map(String::as_bytes).collect();
    Ok(i32::try_from(python.call_main(function, &words).unwrap_or(1) & 0xFF)?)
}

/// Walls, then the supervisor's sign that it holds the listener, which is then closed here.
fn prepare(
    filter: &Program,
    birth: &Birth,
    zygote_memory: u64,
    output: BorrowedFd<'_>,
    errors: BorrowedFd<'_>,
) -> anyhow::Result<()> {
    no_input()?;
    walls::replace_standard(errors, Standard::Error)?;
    walls::replace_standard(output, Standard::Output)?;
    let listener = walls::put_up(
        &Walls {
            id: birth.id,
            address_space: zygote_memory + birth.memory,
            cpu_seconds: birth.cpu_seconds,
            threads: birth.threads,
        },
        filter,
        EMPTY,
    )?;
    anyhow::ensure!(listener.as_raw_fd() == LISTENER, "the listener is not where its supervisor will look for it");
    let mut out = io::stdout();
    out.write_all(&[WALLS_STAND])?;
    out.flush()?;
    read_virtual(RUN, &mut [0; 1])?;
    drop(listener);
    no_connection()
}
