//! Where the time of a run goes.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use sandbox::Detail;

use super::CLIENT;
use super::house::{House, Run};
use crate::statistics::Samples;
use crate::table::figure;

/// The parts of a run, in their order.
const PARTS: [&str; 9] = [
    "wait for a lane",
    "hand-over",
    "compile",
    "run",
    "calls",
    "farewell",
    "commit",
    "tell the caller",
    "reap, after that",
];

/// A program that looks at the clock, which is the same inside and outside, and what became of its time.
pub(crate) struct Phases {
    program: String,
    parts: [Samples; PARTS.len()],
}

impl Phases {
    /// A program, surrounded by looks at the clock. Compiling it once more tells how long that took.
    pub(crate) fn of(code: &str) -> Self {
        let (first, rest) = code.split_once('\n').unwrap_or((code, ""));
        let program = format!(
            "import time; begun = time.monotonic(); {first}\n{rest}ended = time.monotonic()\n\
             compile({code:?}, 'profile.py', 'exec')\ncompiled = time.monotonic() - ended\n\
             print(); print(begun, ended, compiled)\n"
        );
        Self { program, parts: Default::default() }
    }

    /// Some runs.
    pub(crate) fn turn(&mut self, house: &House, runs: usize) -> anyhow::Result<()> {
        for _ in 0..runs {
            let wished = now();
            let run = house.run(CLIENT, &self.program)?;
            self.note(wished, &run)?;
            let buried = house.run_with(CLIENT, &self.program, Detail::Account)?;
            let usage = &buried.outcome.usage;
            self.parts[PARTS.len() - 1].push_time(buried.took - usage.waited - usage.time - usage.commit);
        }
        Ok(())
    }

    fn note(&mut self, wished: f64, run: &Run) -> anyhow::Result<()> {
        let text = String::from_utf8_lossy(&run.outcome.output).into_owned();
        let last = text.lines().last().unwrap_or_default();
        let told: Vec<f64> = last.split(' ').map(str::parse).collect::<Result<_, _>>()?;
        let [begun, ended, compiled] = told[..] else { anyhow::bail!("not three numbers: {last}") };
        let (usage, ms) = (&run.outcome.usage, |time: Duration| time.as_secs_f64() * 1e3);
        let (begun, ended, compiled) = ((begun - wished) * 1e3, (ended - wished) * 1e3, compiled * 1e3);
        let (waited, time, calls, commit) = (ms(usage.waited), ms(usage.time), ms(usage.answering), ms(usage.commit));
        let parts = [
            waited,
            begun - compiled - waited,
            compiled,
            ended - begun - calls,
            calls,
            waited + time - ended - compiled,
            commit,
            ms(run.took) - waited - time - commit,
        ];
        for (samples, part) in self.parts.iter_mut().zip(parts) {
            samples.push(part);
        }
        Ok(())
    }

    /// In words.
    pub(crate) fn told(&self) -> String {
        let parts = PARTS.iter().zip(&self.parts).map(|(name, samples)| format!("{name} {}", figure(samples.median())));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The clock that programs see as `time.monotonic()`.
pub(crate) fn now() -> f64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
