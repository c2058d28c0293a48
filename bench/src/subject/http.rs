//! Requests through zookd, beside nginx with the same files and the same upstream.

mod nginx;
mod wrk;

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use harness::{Site, Visitor};

use crate::cpu;
use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};
use nginx::Nginx;
use wrk::Connections;

/// Where a site keeps the files that its visitors see.
const ROOT: &str = "static/srv";
/// Files to measure with: their place there and size in bytes.
const FILES: [(&str, usize); 2] = [("zoobar/media/bench-1k.bin", 1024), ("zoobar/media/bench-100k.bin", 100 * 1024)];
const ECHO: &str = "/zoobar/index.cgi/echo?s=hello";

/// What is asked for, and what of nginx's rate zookd should reach: with a second's memory for files, and without.
struct Case {
    name: &'static str,
    target: &'static str,
    connections: Connections,
    remembering: Goal,
    forgetful: Goal,
}

const CASES: &[Case] = &[
    Case {
        name: "1 KB",
        target: "/zoobar/media/bench-1k.bin",
        connections: Connections::Kept,
        remembering: Goal::AtLeast(1.0),
        forgetful: Goal::AtLeast(0.7),
    },
    Case {
        name: "1 KB, closing",
        target: "/zoobar/media/bench-1k.bin",
        connections: Connections::Closed,
        remembering: Goal::AtLeast(1.0),
        forgetful: Goal::AtLeast(0.7),
    },
    Case {
        name: "100 KB",
        target: "/zoobar/media/bench-100k.bin",
        connections: Connections::Kept,
        remembering: Goal::AtLeast(1.0),
        forgetful: Goal::AtLeast(1.0),
    },
    Case {
        name: "100 KB, closing",
        target: "/zoobar/media/bench-100k.bin",
        connections: Connections::Closed,
        remembering: Goal::AtLeast(1.0),
        forgetful: Goal::AtLeast(1.0),
    },
    Case {
        name: "echo page",
        target: ECHO,
        connections: Connections::Kept,
        remembering: Goal::AtLeast(0.8),
        forgetful: Goal::None,
    },
    Case {
        name: "echo page, closing",
        target: ECHO,
        connections: Connections::Closed,
        remembering: Goal::AtLeast(0.8),
        forgetful: Goal::None,
    },
];

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    let forgetful = Site::start_with(|conf| conf.set("zookd", "set.recent_ms", "0"));
    put_files(&site)?;
    put_files(&forgetful)?;
    let nginx = Nginx::start(&site, &site.jail().join(ROOT))?;

    let mut table = Table::new(
        "HTTP: 32 clients on one core, through zookd and through nginx",
        &["", "requests/s", "spread", "p50 ms", "p99 ms", "CPU µs", "of nginx", "spread", "reach", "reached"],
    );
    for case in CASES {
        let mut contenders = vec![
            Contender::new("nginx", nginx.plain(), nginx.pids(), Goal::None),
            Contender::new("zookd", site.address(), pids(&site), case.remembering),
        ];
        if case.target != ECHO {
            contenders.push(Contender::new(
                "zookd, set.recent_ms = 0",
                forgetful.address(),
                pids(&forgetful),
                case.forgetful,
            ));
            contenders.push(Contender::new(
                "nginx, open_file_cache 1 s",
                nginx.remembering(),
                nginx.pids(),
                Goal::None,
            ));
        }
        agree(&contenders, case)?;
        for _ in 0..effort.rounds {
            for contender in &mut contenders {
                contender.turn(case, effort.http_seconds)?;
            }
        }
        for contender in &contenders {
            table.row(contender.row(case.name, &contenders[0]));
        }
    }
    table.remark("CPU: of the server's processes for one request, without those of the page behind it.");
    table.remark("nginx proxies the echo page to the same socket of the same process.");
    table.remark("zookd writes a line per request into its log, nginx none. Spreads are middle halves.");
    Ok(table)
}

/// One server, and what was measured of it, round by round.
struct Contender {
    name: &'static str,
    address: SocketAddr,
    pids: Vec<u32>,
    goal: Goal,
    rate: Samples,
    median: Samples,
    tail: Samples,
    /// For one request, in microseconds.
    cpu: Samples,
    failures: u64,
}

impl Contender {
    fn new(name: &'static str, address: SocketAddr, pids: Vec<u32>, goal: Goal) -> Self {
        let none = Samples::default;
        Self { name, address, pids, goal, rate: none(), median: none(), tail: none(), cpu: none(), failures: 0 }
    }

    fn turn(&mut self, case: &Case, seconds: u64) -> anyhow::Result<()> {
        let before = cpu::seconds_of(&self.pids)?;
        let load = wrk::load(self.address, case.target, case.connections, seconds)?;
        let used = cpu::seconds_of(&self.pids)? - before;
        self.rate.push(load.rate);
        self.median.push(load.median);
        self.tail.push(load.tail);
        self.cpu.push(used * 1e6 / load.requests);
        self.failures += load.failures;
        Ok(())
    }

    fn row(&self, case: &str, nginx: &Contender) -> Vec<String> {
        let failed = if self.failures > 0 { format!(" ({} FAILED)", self.failures) } else { String::new() };
        let mut row = vec![
            format!("{case}: {}{failed}", self.name),
            figure(self.rate.median()),
            spread(&self.rate),
            figure(self.median.median()),
            figure(self.tail.median()),
            figure(self.cpu.median()),
        ];
        if self.name != nginx.name {
            let ratio = self.rate.per(&nginx.rate);
            row.extend([figure(ratio.median()), spread(&ratio)]);
            row.extend(self.goal.verdict(ratio.median()));
        }
        row
    }
}

/// The dispatcher and the file service. What a page costs behind them is the same for all.
fn pids(site: &Site) -> Vec<u32> {
    let front = ["zookd", "static_svc"].map(|section| site.user_of(section));
    site.processes().iter().filter(|process| front.contains(&process.uid)).map(|process| process.pid).collect()
}

/// All of them answer with what was asked for, or there is nothing to compare.
fn agree(contenders: &[Contender], case: &Case) -> anyhow::Result<()> {
    for contender in contenders {
        let answer = Visitor::new(contender.address).load(case.target);
        let right = FILES.iter().find(|(place, _)| case.target.ends_with(place)).map_or_else(
            || answer.text.contains("You said: hello"),
            |(_, size)| answer.text.as_bytes() == content(*size),
        );
        ensure!(right && answer.status == 200, "{}: {} answers {}", case.name, contender.name, answer.status);
    }
    Ok(())
}

fn put_files(site: &Site) -> anyhow::Result<()> {
    for (name, size) in FILES {
        let path = site.jail().join(ROOT).join(name);
        std::fs::write(&path, content(size)).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|place| b' ' + (place % 90) as u8).collect()
}
