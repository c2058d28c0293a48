//! A program in Python from the wish to its outcome: in our sandbox as the caller of `run()` sees it, with everything
//! included, and beside it as others would run it.

mod crowd;
pub(super) mod flood;
mod house;
mod memory;
mod phases;
mod plain;

use std::time::Duration;

use anyhow::Context;
use confine::Root;

use self::crowd::Crowd;
use self::house::{House, Kind};
use self::phases::Phases;
use self::plain::Forking;
use crate::disk::Disk;
use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

/// What `profiles/api/hello-user.py` does, without the API: outside of the site there is none.
const HELLO: &str = "import time\nprint('Hello, <i>', 'visitor', '</i>')\nprint('<p>Current time:', time.time())\n";

/// The same, and when its first line had left it.
const FIRST: &str = "import time\nprint('Hello, <i>', 'visitor', '</i>')\nfirst = time.monotonic()\n\
     print('<p>Current time:', time.time())\nprint(first)\n";

/// Reads a file, writes it back, counted up.
const COUNTER: &str = "\
import json
try:
    with open('visits.json') as file: visits = json.load(file)
except FileNotFoundError:
    visits = {'count': 0}
visits['count'] += 1
with open('visits.json', 'w') as file: json.dump(visits, file)
print(visits['count'])
";

/// About a second of arithmetic; the processor time that it took.
const LOOP: &str = "\
import time
begun = time.process_time()
total = 0
for i in range(5_000_000): total += i * i & 7
print(time.process_time() - begun)
";

/// Opens a file of the owner's, then one of the library's, thirty times each: microseconds of one.
const OPENS: &str = "\
import os, time
open('there', 'w').close()
def each(path, times=30):
    opened = []
    begun = time.perf_counter()
    for _ in range(times): opened.append(os.open(path, os.O_RDONLY))
    took = time.perf_counter() - begun
    for file in opened: os.close(file)
    return took / times * 1e6
for path in '/tmp/there', os.__file__:
    print(min(each(path) for _ in range(20)), sorted(each(path) for _ in range(21))[10])
";

const EIGHT: &str = "collections datetime itertools json math random re time";

/// Between two runs, so that the spares are there again.
const PAUSE: Duration = Duration::from_millis(10);

/// An owner who runs alone for longer than this has no company, see `sandbox`'s company.rs.
const ALONE: Duration = Duration::from_millis(1100);
/// This owner does everything that is measured with one client.
const CLIENT: &str = "client";

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let root = Root::claim().context("the sandbox's namespace is made by root")?;
    let kinds = [Kind::Usual, Kind::Preimporting(EIGHT), Kind::WithRoomFor(memory::PLACES)];
    let [usual, eight, large] = House::open(&root, kinds)?;
    let full = memory::live(&large, memory::PLACES)?;
    drop(large);
    let mut program = Forking::start(&modules(&usual)?)?;
    let mut crowd = Crowd::start(&modules(&eight)?)?;
    let mut disk = Disk::open(tempfile::NamedTempFile::new()?.path())?;

    let mut all = Figures::default();
    let (mut hello, mut counter) = (Phases::of(HELLO), Phases::of(COUNTER));
    for _ in 0..effort.rounds {
        std::thread::sleep(ALONE);
        all.synced.push(1e3 / disk.rate(effort.turn / 4)?);
        all.first_byte.take(&times(effort.runs, || first_byte(&usual))?);
        all.first_calm.take(&times(effort.runs, || {
            std::thread::sleep(PAUSE);
            first_byte(&usual)
        })?);
        hello.turn(&usual, effort.runs.div_ceil(4))?;
        counter.turn(&usual, effort.runs.div_ceil(4))?;
        let busy = times(effort.runs, || Ok(usual.run(CLIENT, HELLO)?.took))?;
        all.hello.take(&busy);
        let calm = times(effort.runs, || {
            std::thread::sleep(PAUSE);
            Ok(usual.run(CLIENT, HELLO)?.took)
        })?;
        all.calm.take(&calm);
        let python = times(effort.runs.div_ceil(5), || plain::python(HELLO))?;
        let bubblewrap = times(effort.runs.div_ceil(5), || plain::bubblewrap(HELLO))?;
        all.python.push(python.median() / busy.median());
        all.bubblewrap.push(bubblewrap.median() / busy.median());
        all.python_calm.push(python.median() / calm.median());
        all.bubblewrap_calm.push(bubblewrap.median() / calm.median());
        all.count(&usual, effort.runs)?;
        crowd.turn(&eight, effort.turn)?;
        let ours = usual.run(CLIENT, LOOP)?.numbers()?[0];
        all.arithmetic.push(ours / program.run(LOOP)?.trim().parse::<f64>()?);
        let opened = usual.run(CLIENT, OPENS)?.numbers()?;
        all.open.push(opened[1]);
        all.library.push(opened[3]);
        all.calm_house.push(memory::calm(&usual)?);
        let live = memory::live(&usual, memory::LIVE)?;
        all.live.push(live.proportional);
        all.own.push(live.own);
        all.house.push(live.house);
    }
    all.live_of_full.push(full.proportional);
    all.full_house.push(full.house);
    all.idle.push(memory::idle_owner(&usual, HELLO)?);
    Ok(all.table(&crowd, [("hello", &hello), ("counter", &counter)]))
}

/// What is imported when a program begins.
fn modules(house: &House) -> anyhow::Result<String> {
    let told = house.run("modules", "import sys\nprint(*sorted(sys.modules))\n")?.outcome.output;
    Ok(String::from_utf8(told)?)
}

/// Until the first line has left the program: whoever streams could have it then.
fn first_byte(house: &House) -> anyhow::Result<Duration> {
    let wished = phases::now();
    let told = house.run(CLIENT, FIRST)?.outcome.output;
    let last = String::from_utf8_lossy(&told).lines().last().unwrap_or_default().parse::<f64>()?;
    Ok(Duration::from_secs_f64((last - wished).max(0.0)))
}

/// How long each of some runs took, in milliseconds.
fn times(runs: usize, mut run: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Samples> {
    let mut times = Samples::default();
    for _ in 0..runs {
        times.push_time(run()?);
    }
    Ok(times)
}

/// Median and tail of each round, in milliseconds.
#[derive(Default)]
struct Times {
    median: Samples,
    tail: Samples,
}

impl Times {
    fn take(&mut self, round: &Samples) {
        self.median.push(round.median());
        self.tail.push(round.quantile(0.99));
    }
}

/// Everything that was measured, round by round.
#[derive(Default)]
struct Figures {
    first_byte: Times,
    first_calm: Times,
    hello: Times,
    calm: Times,
    counted: Times,
    durable: Times,
    commit: Times,
    synced: Samples,
    python: Samples,
    bubblewrap: Samples,
    python_calm: Samples,
    bubblewrap_calm: Samples,
    live: Samples,
    own: Samples,
    live_of_full: Samples,
    calm_house: Samples,
    house: Samples,
    full_house: Samples,
    idle: Samples,
    arithmetic: Samples,
    open: Samples,
    library: Samples,
}

impl Figures {
    /// Runs that write: with and without the wait for the disk.
    fn count(&mut self, house: &House, runs: usize) -> anyhow::Result<()> {
        let mut all = [Samples::default(), Samples::default(), Samples::default()];
        for _ in 0..runs {
            let run = house.run(CLIENT, COUNTER)?;
            let commit = run.outcome.usage.commit;
            for (times, time) in all.iter_mut().zip([run.took - commit, run.took, commit]) {
                times.push_time(time);
            }
        }
        for (times, round) in [&mut self.counted, &mut self.durable, &mut self.commit].into_iter().zip(&all) {
            times.take(round);
        }
        Ok(())
    }

    fn table(&self, crowd: &Crowd, phases: [(&str, &Phases); 2]) -> Table {
        let columns = ["what the caller of run() waits for", "median", "spread", "p99", "reach", "reached"];
        let mut table = Table::new("Sandbox: from the wish to the outcome, everything included", &columns);
        let mut row = |what: &str, median: &Samples, tail: Option<&Samples>, goal: Goal| {
            let [reach, reached] = goal.verdict(median.median());
            let tail = tail.map_or_else(String::new, |tail| figure(tail.median()));
            table.row([what.to_owned(), figure(median.median()), spread(median), tail, reach, reached]);
        };
        let mut timed = |what: &str, times: &Times, goal: Goal| row(what, &times.median, Some(&times.tail), goal);
        timed("hello, one client: first byte, ms", &self.first_byte, Goal::AtMost(0.3));
        timed("hello, one client: outcome, ms", &self.hello, Goal::AtMost(0.9));
        timed("hello, one client: first byte, with pauses, ms", &self.first_calm, Goal::None);
        timed("hello, one client: outcome, with pauses, ms", &self.calm, Goal::None);
        timed("JSON read and written: outcome without the commit, ms", &self.counted, Goal::AtMost(2.0));
        timed("JSON read and written: the commit, durable, ms", &self.commit, Goal::None);
        timed("JSON read and written: outcome with the commit, ms", &self.durable, Goal::None);
        row("hello, one client: p99 of the outcome, ms", &self.hello.tail, None, Goal::AtMost(3.0));
        row("4 clients, 8 modules: runs/s", &crowd.ours, None, Goal::None);
        row("4 clients, 8 modules: plain forks/s", &crowd.plain, None, Goal::None);
        row("4 clients, 8 modules: runs per plain fork", &crowd.ours.per(&crowd.plain), None, Goal::AtLeast(0.9));
        row("faster than python3 -I -S", &self.python, None, Goal::AtLeast(10.0));
        row("faster than bwrap --unshare-all python3 -I -S", &self.bubblewrap, None, Goal::AtLeast(20.0));
        row("faster than python3, with pauses", &self.python_calm, None, Goal::None);
        row("faster than bwrap, with pauses", &self.bubblewrap_calm, None, Goal::None);
        let (live, places) = (memory::LIVE, memory::PLACES);
        row(&format!("memory of one of {live} live runs, MiB (Pss)"), &self.live, None, Goal::AtMost(1.5));
        row(&format!("memory of one of {live} live runs, MiB (nobody else's)"), &self.own, None, Goal::None);
        row(&format!("memory of one of {places} live runs, MiB (Pss)"), &self.live_of_full, None, Goal::None);
        row("memory of zygotes and spares, no live run, MiB (Pss)", &self.calm_house, None, Goal::None);
        row(&format!("the same and {live} live runs, MiB (Pss)"), &self.house, None, Goal::None);
        row(&format!("the same and {places} live runs, MiB (Pss)"), &self.full_house, None, Goal::None);
        row("memory of an idle owner, KiB", &self.idle, None, Goal::AtMost(1.0));
        row("a second of arithmetic, to /usr/bin/python3", &self.arithmetic, None, Goal::AtMost(1.02));
        row("open() of an owner's file, µs", &self.open, None, Goal::AtMost(8.0));
        row("open() of a library file, µs", &self.library, None, Goal::AtMost(8.0));
        for (name, phases) in phases {
            table.remark(format!("Where the time of {name} goes, median ms: {}.", phases.told()));
        }
        let more = (self.full_house.median() - self.house.median()) / (places - live) as f64;
        table.remark(format!(
            "For {live} live runs two cores have room as they come, with four lanes each; for {places} the profile service, \
             and a sandbox whose lanes are set so. From {live} to {places}, one more takes {} MiB, and its page tables.",
            figure(more)
        ));
        table.remark("Plain forks have the same modules imported and no walls.");
        table.remark(format!("One fdatasync takes {} ms here.", figure(self.synced.median())));
        table
    }
}
