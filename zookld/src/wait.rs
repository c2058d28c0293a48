//! Waits for whatever happens next: one poll over everything that can stir.

use std::io;
use std::os::fd::AsFd;
use std::time::Instant;

use confine::signals::Signals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::slot::Slot;

/// What has stirred. The number is that of the slot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stir {
    Signal,
    Output(usize),
    Line(usize),
    End(usize),
}

/// Waits until something stirs, or until a moment. For each service, what it has said comes before its end.
pub(crate) fn for_any(signals: &Signals, slots: &[Slot], until: Instant) -> io::Result<Vec<Stir>> {
    let now = Instant::now();
    let mut until = until;
    let mut watched = vec![(Stir::Signal, signals.as_fd())];
    for (number, slot) in slots.iter().enumerate() {
        let Some(life) = &slot.life else { continue };
        match life.process.output.wants() {
            Some((pipe, from)) if from <= now => watched.push((Stir::Output(number), pipe)),
            Some((_, from)) => until = until.min(from),
            None => {}
        }
        watched.extend(life.process.line().map(|line| (Stir::Line(number), line)));
        watched.push((Stir::End(number), life.process.end()));
    }
    let mut polled: Vec<PollFd<'_>> =
        watched.iter().map(|(_, fd)| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    let patience = Timespec::try_from(until.saturating_duration_since(now)).map_err(io::Error::other)?;
    match poll(&mut polled, Some(&patience)) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
        Err(why) => return Err(why.into()),
    }
    let stirred = watched.iter().zip(&polled).filter(|(_, polled)| !polled.revents().is_empty());
    Ok(stirred.map(|((stir, _), _)| *stir).collect())
}
