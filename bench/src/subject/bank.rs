//! Durable transfers, beside how often this machine can make anything durable.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harness::Site;
use serde_json::{Value, json};

use crate::effort::Effort;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

/// Clients at a time.
const CLIENTS: [usize; 2] = [1, 32];
/// Pairs of users. At most eight clients share one, so that nobody is ever sent below zero: see [`Teller`].
const PAIRS: usize = 4;
/// What SQLite writes at least for one transaction.
const PAGE: [u8; 4096] = [0; 4096];

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    let pairs = (0..PAIRS).map(|number| pair(&site, number)).collect::<anyhow::Result<Vec<Pair>>>()?;
    let mut tellers: Vec<Teller> =
        (0..CLIENTS[1]).map(|number| Teller::new(&site, &pairs[number % PAIRS], number)).collect();
    let log = site.jail().with_file_name("fsync");

    let mut synced = Samples::default();
    let mut transfers = CLIENTS.map(Transfers::by);
    for _ in 0..effort.rounds {
        synced.push(fsync_rate(&log, effort.turn)?);
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

/// How often a page can be appended to a file and be on the disk, per second.
fn fsync_rate(path: &Path, turn: Duration) -> anyhow::Result<f64> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let (begin, mut times) = (Instant::now(), 0_u32);
    while begin.elapsed() < turn {
        file.write_all(&PAGE)?;
        file.sync_data()?;
        times += 1;
    }
    Ok(f64::from(times) / begin.elapsed().as_secs_f64())
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
    bank: BufReader<UnixStream>,
    calls: [Vec<u8>; 2],
    next: usize,
}

impl Teller {
    fn new(site: &Site, pair: &Pair, number: usize) -> Self {
        let [left, right] = pair;
        Self {
            bank: BufReader::new(site.connect_as("dynamic_svc", "bank_svc")),
            calls: [call(&left.1, &right.0), call(&right.1, &left.0)],
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
        self.bank.get_mut().write_all(&self.calls[self.next])?;
        let mut answer = Vec::new();
        self.bank.read_until(0, &mut answer)?;
        answer.pop();
        let answer: Value = serde_json::from_slice(&answer).context("the bank's answer")?;
        ensure!(answer.get("error").is_none(), "the bank refused: {answer}");
        self.next = 1 - self.next;
        Ok(())
    }
}

/// A call as it stands on the wire, with its closing NUL.
fn call(token: &str, recipient: &str) -> Vec<u8> {
    let call = json!({
        "method": "org.zoobar.Bank.Transfer",
        "parameters": { "token": token, "recipient": recipient, "zoobars": 1 },
        "request": "bench",
    });
    format!("{call}\0").into_bytes()
}
