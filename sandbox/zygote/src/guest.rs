//! A child of the zygote: walls first, then the interpreter, then the stranger's program.

use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd};

use confine::filter::Program;
use confine::guest::farewell::leave;
use confine::guest::nursery::EMPTY;
use confine::guest::walls::{self, Standard, Walls};
use confine::guest::{exit_now, read_virtual};
use zygote_api::{API, Birth, LISTENER, MAX_RUN, RUN, Run, WALLS_STAND, decode};

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

/// The whole life of a guest.
pub(crate) fn live(
    python: &Python,
    filter: &Program,
    birth: &Birth,
    zygote_memory: u64,
    output: BorrowedFd<'_>,
    errors: BorrowedFd<'_>,
) -> ! {
    match prepare(filter, birth, zygote_memory, output, errors) {
        Ok(()) => {}
        Err(why) => {
            // The supervisor reads it as the reason.
            let _ = io::stderr().write_all(format!("{why:#}").as_bytes());
            exit_now(NOT_STARTED);
        }
    }
    python.after_fork();
    if python.call_main("warm", &[]).is_err() {
        exit_now(NOT_STARTED);
    }
    let mut order = vec![0; MAX_RUN];
    // Its first page is there before anybody waits for it.
    order[0] = b' ';
    match read_virtual(RUN, &mut order) {
        Ok(answer) if answer > 0 => leave(run(python, &order)),
        _ => exit_now(0),
    }
}

/// Runs the program of an order, which ends with a zero byte; its exit code.
fn run(python: &Python, order: &[u8]) -> i32 {
    let order = order.split(|byte| *byte == 0).next().unwrap_or_default();
    // Not by Python's json: that would be a tenth of all the pages that a guest writes to.
    let Ok(Run { name, code, arguments }) = decode(order) else { return NOT_STARTED };
    let words: Vec<&[u8]> = [&name, &code].into_iter().chain(&arguments).map(String::as_bytes).collect();
    i32::try_from(python.call_main("run", &words).unwrap_or(1) & 0xFF).unwrap_or(1)
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
