//! What others notice while one owner runs as much as the sandbox takes from him: a neighbour asks for a run now and then,
//! alone and during the flood.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use confine::Root;
use sandbox::{Limits, Request};

use super::HELLO;
use super::house::{House, Kind};
use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

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

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let root = Root::claim().context("the sandbox's namespace is made by root")?;
    let [house] = House::open(&root, [Kind::Usual])?;
    let mut floods =
        [("short runs", HELLO), ("runs that use all their time", BURN), ("runs that write", WRITE)].map(Flood::of);
    for _ in 0..effort.rounds {
        for flood in &mut floods {
            flood.turn(&house, effort.runs)?;
        }
    }
    Ok(table(&floods))
}

/// One kind of flood, and how the neighbour fared, round by round, in milliseconds.
struct Flood {
    what: &'static str,
    code: &'static str,
    alone: Neighbour,
    flooded: Neighbour,
    /// Runs of the flood, a second.
    runs: Samples,
}

/// How long the neighbour waited.
#[derive(Default)]
struct Neighbour {
    median: Samples,
    tail: Samples,
}

impl Flood {
    fn of((what, code): (&'static str, &'static str)) -> Self {
        let (alone, flooded, runs) = Default::default();
        Self { what, code, alone, flooded, runs }
    }

    /// So many runs of the neighbour alone, and as many during the flood.
    fn turn(&mut self, house: &House, runs: usize) -> anyhow::Result<()> {
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
        done += u32::from(!over.load(Ordering::Relaxed));
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

fn table(floods: &[Flood]) -> Table {
    let columns = ["p99 of a neighbour, to his own alone", "median", "spread", "reach", "reached"];
    let mut table = Table::new("Flood: what one owner takes from another", &columns);
    for Flood { what, alone, flooded, runs, .. } in floods {
        let tail = flooded.tail.per(&alone.tail);
        let [reach, reached] = Goal::AtMost(2.0).verdict(tail.median());
        table.row([format!("beside {what}"), figure(tail.median()), spread(&tail), reach, reached]);
        let [before, after] = [alone, flooded].map(|neighbour| {
            format!("p50 {} and p99 {} ms", figure(neighbour.median.median()), figure(neighbour.tail.median()))
        });
        table.remark(format!(
            "A neighbour alone: {before}; beside {} {what} a second of one owner: {after}.",
            figure(runs.median())
        ));
    }
    table
}
