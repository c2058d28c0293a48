//! A sandbox in this process, asked by `run()` as any program asks it.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use confine::Root;
use confine::guest::nursery::{self, Nursery};
use confine::usernamespace::{IdRange, Maps, create};
use cpython::Installation;
use sandbox::{Config, Detail, Ending, Outcome, Python, Request, Sandbox};
use tempfile::TempDir;

/// Ids that belong to nobody on this host. Each house has as many for its guests.
const FIRST: u32 = 62_700;
const GUESTS: u32 = 64;

/// What a house is told.
pub(crate) enum Kind {
    /// Nothing.
    Usual,
    /// Modules to import before anybody asks.
    Preimporting(&'static str),
    /// To have lanes for so many runs at a time, all cores together.
    WithRoomFor(usize),
}

/// A running sandbox.
pub(crate) struct House {
    sandbox: Sandbox,
    first_guest: u32,
    // Removed last.
    _store: TempDir,
}

/// A run, and how long its caller waited for it.
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
}

impl House {
    /// The nurseries are forked first: this process must have no other threads yet.
    pub(crate) fn open<const N: usize>(root: &Root, kinds: [Kind; N]) -> anyhow::Result<[Self; N]> {
        let mut first = FIRST;
        let mut nurseries = Vec::new();
        for kind in kinds {
            nurseries.push((nursery(root, first)?, first + 1, kind));
            first += 1 + GUESTS;
        }
        let started = nurseries.into_iter().map(|(nursery, first_guest, kind)| Self::start(nursery, first_guest, kind));
        let houses: Vec<Self> = started.collect::<anyhow::Result<_>>()?;
        houses.try_into().map_err(|_| anyhow::anyhow!("as many houses as kinds"))
    }

    fn start(nursery: Nursery, first_guest: u32, kind: Kind) -> anyhow::Result<Self> {
        let store = tempfile::tempdir()?;
        let mut python = Python::new(installed()?);
        if let Kind::Preimporting(names) = kind {
            python.preimport = names.split(' ').map(str::to_owned).collect();
        }
        let mut config = Config::new(python, Some(store.path().to_owned()));
        if let Kind::WithRoomFor(runs) = kind {
            config.lanes_per_core = runs.div_ceil(std::thread::available_parallelism()?.get().min(config.cores));
        }
        config.ids = GUESTS as usize;
        let house = Self { sandbox: Sandbox::start(nursery, &config)?, first_guest, _store: store };
        house.run("warm-up", "print(1)")?;
        Ok(house)
    }

    /// Runs a program for an owner; anything but a good end is an error.
    pub(crate) fn run(&self, owner: &str, code: &str) -> anyhow::Result<Run> {
        self.run_with(owner, code, Detail::Outcome)
    }

    pub(crate) fn run_with(&self, owner: &str, code: &str, detail: Detail) -> anyhow::Result<Run> {
        let begin = Instant::now();
        let outcome = self.ask(Request { detail, ..Request::new(owner, code) })?;
        let took = begin.elapsed();
        ensure!(outcome.ending == Ending::Finished { exit_code: 0 }, "it did not end well: {outcome:?}");
        Ok(Run { outcome, took })
    }

    /// Runs a program, whatever its end.
    pub(crate) fn ask(&self, request: Request) -> anyhow::Result<Outcome> {
        Ok(self.sandbox.run(request)?)
    }

    /// Whether a user of the host is one of the guests, or the root of their namespace, which zygotes run as.
    pub(crate) fn is_guest(&self, uid: u32) -> bool {
        (self.first_guest..self.first_guest + GUESTS).contains(&uid)
    }
}

impl Run {
    /// What it printed, as numbers.
    pub(crate) fn numbers(&self) -> anyhow::Result<Vec<f64>> {
        let text = String::from_utf8_lossy(&self.outcome.output);
        text.split_whitespace().map(|word| word.parse().with_context(|| format!("{word:?} is no number"))).collect()
    }
}

/// The host's usual Python.
pub(crate) fn installed() -> anyhow::Result<Installation> {
    Ok(Installation::find(None, None)?)
}

fn nursery(root: &Root, owner: u32) -> anyhow::Result<Nursery> {
    let ids = IdRange { inside: 0, outside: owner + 1, count: GUESTS };
    let namespace = create(root, owner, owner, &Maps { uids: vec![ids], gids: vec![ids] })?;
    let zygote = harness::programs().join("zygote");
    let zygote = File::open(&zygote).with_context(|| format!("{} (make programs)", zygote.display()))?;
    let house = nursery::House {
        contents: cpython::contents([&installed()?]),
        zygote: zygote.into(),
        groups_entered: Vec::new(),
        site: Path::new("/tmp").to_owned(),
    };
    Ok(Nursery::open(namespace.as_fd(), &house)?)
}
