//! What others notice while one owner runs as much as the sandbox takes from him: a neighbour asks for a run now and then,
//! alone and during the flood.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sandbox::{Limits, Request};

use super::HELLO;
use super::house::House;
use crate::statistics::Samples;

/// As many as one owner may have at a time: one that runs, and those that wait.
const CLIENTS: usize = 8;
/// From one wish of the neighbour to the next.
const PACE: Duration = Duration::from_millis(20);
/// Until the flood is as high as it gets.
const RISE: Duration = Duration::from_millis(100);
/// Processor time that a program of the flood may use: little, so that the last of them is over soon.
const MOST: Duration = Duration::from_millis(200);

const BURN: &str = "while True: pass\n";
const WRITE: &str = "\
import os
for number in range(50):
    with open(f'file{number}', 'w') as file: file.write('x' * 10_000)
for number in range(50): os.unlink(f'file{number}')
open('last', 'w').write('x' * 100_000)
";

/// One kind of flood, and how the neighbour fared, round by round, in milliseconds.
pub(crate) struct Flood {
    pub(crate) what: &'static str,
    code: &'static str,
    pub(crate) alone: Neighbour,
    pub(crate) flooded: Neighbour,
    /// Runs of the flood, a second.
    pub(crate) runs: Samples,
}

/// How long the neighbour waited.
#[derive(Default)]
pub(crate) struct Neighbour {
    pub(crate) median: Samples,
    pub(crate) tail: Samples,
}

/// All kinds.
pub(crate) fn floods() -> [Flood; 3] {
    let of = |what, code| {
        let (alone, flooded) = Default::default();
        Flood { what, code, alone, flooded, runs: Samples::default() }
    };
    [of("short runs", HELLO), of("runs that use all their time", BURN), of("runs that write", WRITE)]
}

impl Flood {
    /// So many runs of the neighbour alone, and as many during the flood.
    pub(crate) fn turn(&mut self, house: &House, runs: usize) -> anyhow::Result<()> {
        self.alone.ask(house, runs)?;
        let over = AtomicBool::new(false);
        let rate = std::thread::scope(|scope| {
            let code = self.code;
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| pour(house, code, &over))).collect();
            std::thread::sleep(RISE);
            let begun = Instant::now();
            let asked = self.flooded.ask(house, runs);
            let took = begun.elapsed() + RISE;
            over.store(true, Ordering::Relaxed);
            let mut done = 0;
            for client in clients {
                done += client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
            }
            asked.map(|()| f64::from(done) / took.as_secs_f64())
        });
        self.runs.push(rate?);
        Ok(())
    }
}

/// One client of the flood; how many runs it had.
fn pour(house: &House, code: &str, over: &AtomicBool) -> anyhow::Result<u32> {
    let limits = Limits { processor_time: MOST, ..Limits::default() };
    let mut done = 0;
    while !over.load(Ordering::Relaxed) {
        house.ask(Request { limits, ..Request::new("flood", code) })?;
        done += 1;
    }
    Ok(done)
}

impl Neighbour {
    fn ask(&mut self, house: &House, runs: usize) -> anyhow::Result<()> {
        let mut times = Samples::default();
        let begun = Instant::now();
        for number in 0..runs {
            let next = begun + PACE * u32::try_from(number)?;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            times.push_time(house.run("neighbour", HELLO)?.took);
        }
        self.median.push(times.median());
        self.tail.push(times.quantile(0.99));
        Ok(())
    }
}
