//! Durable transfers, beside how often this machine can make anything durable.

use std::time::{Duration, Instant};

use anyhow::Context;
use harness::Site;
use serde_json::json;

use crate::disk::Disk;
use crate::effort::Effort;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};
use crate::varlink::{Caller, message};

/// Clients at a time.
const CLIENTS: [usize; 2] = [1, 32];
/// Pairs of users. At most eight clients share one, so that nobody is ever sent below zero: see [`Teller`].
const PAIRS: usize = 4;

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    let pairs = (0..PAIRS).map(|number| pair(&site, number)).collect::<anyhow::Result<Vec<Pair>>>()?;
    let mut tellers: Vec<Teller> =
        (0..CLIENTS[1]).map(|number| Teller::new(&site, &pairs[number % PAIRS], number)).collect();
    let mut disk = Disk::open(&site.jail().with_file_name("disk"))?;

    let mut synced = Samples::default();
    let mut transfers = CLIENTS.map(Transfers::by);
    for _ in 0..effort.rounds {
        synced.push(disk.rate(effort.turn)?);
        for clients in &mut transfers {
            clients.turn(&mut tellers, effort.turn)?;
        }
    }

    let columns = ["", "per s", "spread", "p50 ms", "p99 ms", "per fsync", "spread"];
    let mut table = Table::new("Bank: transfers that are durable when they are answered", &columns);
    table.row(["4 KiB appended, fdatasync".to_owned(), figure(synced.median()), spread(&synced)]);
    for clients in &transfers {
        let ratio = clients.rate.per(&synced);
        table.row([
            format!("transfers, {} client{}", clients.clients, if clients.clients == 1 { "" } else { "s" }),
            figure(clients.rate.median()),
            spread(&clients.rate),
            figure(clients.median.median()),
            figure(clients.tail.median()),
            figure(ratio.median()),
            spread(&ratio),
        ]);
    }
    table.remark("Each transfer also asks auth whose token it is. More than one per fsync: they share it.");
    Ok(table)
}

/// Two users: their names and tokens.
type Pair = [(String, String); 2];

fn pair(site: &Site, number: usize) -> anyhow::Result<Pair> {
    let user = |side: &str| -> anyhow::Result<(String, String)> {
        let name = format!("{side}{number}");
        let token = site.register(&name).session().context("a session")?;
        Ok((name, token))
    };
    Ok([user("left")?, user("right")?])
}

/// Transfers by some number of clients, round by round.
struct Transfers {
    clients: usize,
    rate: Samples,
    median: Samples,
    tail: Samples,
}

impl Transfers {
    fn by(clients: usize) -> Self {
        Self { clients, rate: Samples::default(), median: Samples::default(), tail: Samples::default() }
    }

    fn turn(&mut self, tellers: &mut [Teller], turn: Duration) -> anyhow::Result<()> {
        let begin = Instant::now();
        let times: Samples = std::thread::scope(|scope| {
            let busy: Vec<_> =
                tellers[..self.clients].iter_mut().map(|teller| scope.spawn(move || teller.work(turn))).collect();
            let mut times = Samples::default();
            for worker in busy {
                times.extend(worker.join().map_err(|_| anyhow::anyhow!("a client panicked"))??);
            }
            anyhow::Ok(times)
        })?;
        self.rate.push(times.len() as f64 / begin.elapsed().as_secs_f64());
        self.median.push(times.median());
        self.tail.push(times.quantile(0.99));
        Ok(())
    }
}

/// A client who sends a zoobar from one user to the other, and then one back: it never moves more than one out of place.
struct Teller {
    bank: Caller,
    calls: [Vec<u8>; 2],
    next: usize,
}

impl Teller {
    fn new(site: &Site, pair: &Pair, number: usize) -> Self {
        let [left, right] = pair;
        Self {
            bank: Caller::new(site, "dynamic_svc", "bank_svc"),
            calls: [transfer(&left.1, &right.0), transfer(&right.1, &left.0)],
            next: number / PAIRS % 2,
        }
    }

    /// Transfers until the time is over, and tells how long each took, in milliseconds.
    fn work(&mut self, turn: Duration) -> anyhow::Result<Vec<f64>> {
        let (begin, mut times) = (Instant::now(), Vec::new());
        while begin.elapsed() < turn {
            let asked = Instant::now();
            self.transfer()?;
            times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
        Ok(times)
    }

    fn transfer(&mut self) -> anyhow::Result<()> {
        self.bank.call(&self.calls[self.next])?;
        self.next = 1 - self.next;
        Ok(())
    }
}

fn transfer(token: &str, recipient: &str) -> Vec<u8> {
    message("org.zoobar.Bank.Transfer", &json!({ "token": token, "recipient": recipient, "zoobars": 1 }))
}
