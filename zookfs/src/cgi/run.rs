//! One run of one program: started, listened to until its page begins, watched to its end.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http_strict::{BodyLength, Method, RequestHead, Status};
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process_group, pidfd_open};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::output::{self, BadOutput};
use super::{Script, environment};
use crate::ground::Ground;
use crate::not_served::NotServed;
use crate::reply::Reply;

/// How much of what a program complains about goes to the log, in bytes.
const COMPLAINTS: u64 = 16 * 1024;

/// A running program. Dropping it ends it, with everything that it started.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    group: Pid,
    exited: AsyncFd<OwnedFd>,
    deadline: Instant,
    place: Place,
}

/// One of the places for programs.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) permit: OwnedSemaphorePermit,
    /// How many there are.
    pub(super) of: usize,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself: what it wrote is the page.
    Complete,
    /// By us, or by a signal: what it wrote is a part of the page.
    Cut,
}

/// Runs the program until its page begins.
pub(super) async fn run(
    ground: &Ground,
    request: &RequestHead,
    script: &Script,
    body: Option<OwnedFd>,
    time: Duration,
    place: Place,
) -> Result<Reply, NotServed> {
    let length = if let BodyLength::Known(length) = request.body { length } else { 0 };
    let failed =
        |why: io::Error| NotServed::new(Status::INTERNAL_ERROR, format!("{} cannot be run: {why}", script.name));
    let variables = environment::variables(ground, request, script, length);
    let (program, mut output) = Program::start(ground, script, variables, body, time, place).map_err(failed)?;
    let written = timeout_at(program.deadline, page_begin(&mut output));
    let (written, end) = written.await.map_err(|_| NotServed::new(Status::LATE, "no head within the time limit"))??;
    let (status, mut record) = output::answer_head(&written[..end]).map_err(bad_output)?;
    if request.method == Method::Head || status.never_has_body() {
        // It goes on, though nobody listens any more.
        drop(output);
        tokio::spawn(program.end());
        return Ok(Reply::record(record));
    }
    record.extend_from_slice(&written[end..]);
    let descriptor = output.into_nonblocking_fd().map_err(failed)?;
    Ok(Reply { record, descriptor: Some(descriptor), program: Some(program) })
}

/// Reads until the program's head is complete: what was read, and where the page begins in it.
async fn page_begin(output: &mut pipe::Receiver) -> Result<(Vec<u8>, usize), NotServed> {
    let mut written = Vec::with_capacity(output::HEAD);
    loop {
        if let Some(end) = output::head_end(&written).map_err(bad_output)? {
            return Ok((written, end));
        }
        let room = (output::HEAD - written.len()) as u64;
        match output.take(room).read_buf(&mut written).await {
            Ok(0) | Err(_) => return Err(NotServed::new(Status::BAD_GATEWAY, "premature end of the program's head")),
            Ok(_) => {}
        }
    }
}

fn bad_output(why: BadOutput) -> NotServed {
    NotServed::new(Status::BAD_GATEWAY, why.to_string())
}

impl Program {
    /// By path, since a script's interpreter gets a path: the ground is read-only to everybody who could change it meanwhile.
    fn start(
        ground: &Ground,
        script: &Script,
        variables: Vec<(String, String)>,
        body: Option<OwnedFd>,
        time: Duration,
        place: Place,
    ) -> io::Result<(Program, pipe::Receiver)> {
        let path = ground.path().join(script.name.trim_start_matches('/'));
        let (output, its_output) = pipe_pair()?;
        let (complaints, its_complaints) = pipe_pair()?;
        let child = Command::new(&path)
            .env_clear()
            .envs(variables)
            .current_dir(path.parent().unwrap_or(ground.path()))
            // There is no /dev/null in our root to open, but the launcher gave us one as our own input.
            .stdin(body.map_or_else(Stdio::inherit, Stdio::from))
            .stdout(its_output)
            .stderr(its_complaints)
            .process_group(0)
            .spawn()?;
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
        let exited = watch(pidfd_open(group, PidfdFlags::empty())?)?;
        let program = Program { child, group, exited, deadline: Instant::now() + time, place };
        tokio::spawn(rpc::request::scope(
            rpc::request::current(),
            log(complaints, script.name.clone(), program.deadline),
        ));
        Ok((program, output))
    }

    /// Waits for the end, and brings it about when the time is over.
    pub(crate) async fn end(self) -> End {
        match timeout_at(self.deadline, self.exited.readable()).await {
            Ok(Ok(_)) => {}
            _ => {
                tracing::warn!("a program was ended: its time was over");
                return End::Cut;
            }
        }
        self.finish()
    }

    fn finish(mut self) -> End {
        self.end_group();
        match self.child.wait() {
            Ok(status) if status.code().is_some() => End::Complete,
            _ => End::Cut,
        }
    }

    /// The whole group, also what the program left behind. Until the program is reaped nobody else can have its number.
    fn end_group(&self) {
        match kill_process_group(self.group, Signal::KILL) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(why) => tracing::warn!(%why, "a program could not be ended"),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end_group();
            // Killed, so it does not take long; not reaped, it would stay.
            let _ = self.child.wait();
        }
        if self.place.is_last() {
            end_the_forgotten();
        }
    }
}

impl Place {
    /// All the others are free.
    fn is_last(&self) -> bool {
        self.permit.semaphore().available_permits() + 1 == self.of
    }
}

/// Ends what a program left behind in a group of its own. Where we are process 1 of our PID namespace, and no program is
/// running, every other process in it is such a one; and nobody but us reaps them.
fn end_the_forgotten() {
    if !rustix::process::getpid().is_init() {
        return;
    }
    // To the "group" 1 means to everybody but oneself: kill(2).
    match kill_process_group(Pid::INIT, Signal::KILL) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(why) => return tracing::warn!(%why, "what programs left behind could not be ended"),
    }
    while let Ok(Some(_)) = rustix::process::wait(WaitOptions::empty()) {}
}

#[expect(
    deprecated,
    reason = "its successor is `unsafe` for types that may change their descriptor; OwnedFd never does"
)]
fn watch(process: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(process)
}

/// The reading end does not block, the program's end does.
fn pipe_pair() -> io::Result<(pipe::Receiver, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    Ok((pipe::Receiver::from_owned_fd(reader)?, writer))
}

/// Passes complaints on to our log, line by line, the first ones only; reads the rest so that the program is not held up.
async fn log(complaints: pipe::Receiver, program: String, deadline: Instant) {
    let mut lines = BufReader::with_capacity(1024, complaints);
    let read = async {
        let mut line = Vec::new();
        let mut room = COMPLAINTS;
        while room > 0 {
            line.clear();
            match (&mut lines).take(room.min(1024)).read_until(b'\n', &mut line).await {
                Ok(read @ 1..) => room -= read as u64,
                _ => return,
            }
            let text = String::from_utf8_lossy(&line);
            tracing::warn!(program, text = text.trim_end(), "a program complains");
        }
        discard(&mut lines).await;
    };
    // When the time is over the program is, too.
    let _ = timeout_at(deadline, read).await;
}

async fn discard(from: &mut (impl AsyncRead + Unpin)) {
    let mut scrap = [0; 1024];
    while let Ok(1..) = from.read(&mut scrap).await {}
}
