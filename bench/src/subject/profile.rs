//! A page that shows an executable profile, from the visitor's request to the end of the answer.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use harness::{Site, Visitor};

use crate::disk::Disk;
use crate::effort::Effort;
use crate::goal::Goal;
use crate::statistics::Samples;
use crate::table::{Table, figure, spread};

/// Clients at a time in the second part. Each looks at another owner's profile: runs of one owner wait for each other.
const CLIENTS: usize = 4;

/// Whose page is looked at: the profile's file below `profiles/api`, or plain text; and a word that the page must show.
struct Case {
    owner: &'static str,
    program: Option<&'static str>,
    shows: &'static str,
    goal: Goal,
}

const CASES: &[Case] = &[
    Case { owner: "plain", program: None, shows: "Nothing runs here", goal: Goal::None },
    Case { owner: "hello", program: Some("hello-user.py"), shows: "Current time", goal: Goal::AtMost(3.0) },
    Case { owner: "tracker", program: Some("visit-tracker.py"), shows: "visitor", goal: Goal::AtMost(10.0) },
];

pub(crate) fn measure(effort: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    for case in CASES {
        publish(&site, case.owner, case.program)?;
    }
    let visitors: Vec<Looker> = (0..CLIENTS).map(|number| Looker::new(&site, number)).collect::<anyhow::Result<_>>()?;

    let mut times = vec![Pages::default(); CASES.len()];
    let mut rate = Samples::default();
    let mut synced = Samples::default();
    let mut disk = Disk::open(&site.jail().with_file_name("disk"))?;
    for _ in 0..effort.rounds {
        synced.push(disk.rate(effort.turn)?);
        for (case, pages) in CASES.iter().zip(&mut times) {
            pages.turn(&visitors[0].visitor, case, effort.runs)?;
        }
        rate.push(together(&visitors, effort.turn)?);
    }

    let columns =
        ["page of a user whose profile is", "p50 ms", "spread", "p99 ms", "more than text", "reach", "reached"];
    let mut table = Table::new("Profile: a page with a stranger's program on it", &columns);
    for (case, pages) in CASES.iter().zip(&times) {
        let median = pages.median.median();
        let [reach, reached] = case.goal.verdict(median);
        table.row([
            case.program.unwrap_or("text").to_owned(),
            figure(median),
            spread(&pages.median),
            figure(pages.tail.median()),
            case.program.map_or_else(String::new, |_| figure(median - times[0].median.median())),
            reach,
            reached,
        ]);
    }
    table.remark(format!(
        "hello-user.py, {CLIENTS} clients at a time: {} pages/s (middle half {}).",
        figure(rate.median()),
        spread(&rate)
    ));
    table.remark(format!(
        "visit-tracker.py writes a file, which is on the disk before the page is shown; one fdatasync takes {} ms here.",
        figure(1e3 / synced.median())
    ));
    Ok(table)
}

/// Registers an owner, and saves his profile.
fn publish(site: &Site, owner: &str, program: Option<&str>) -> anyhow::Result<()> {
    let text = match program {
        Some(file) => {
            let path = harness::repository().join("profiles/api").join(file);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())?
        }
        None => "Nothing runs here".to_owned(),
    };
    let form = [("profile_update", text.as_str()), ("profile_cap", "50"), ("profile_submit", "Save")];
    let saved = site.register(owner).post("/", &form);
    ensure!(saved.status < 400, "{owner}'s profile was not saved: {}", saved.status);
    Ok(())
}

/// Medians and tails of each round, in milliseconds.
#[derive(Debug, Clone, Default)]
struct Pages {
    median: Samples,
    tail: Samples,
}

impl Pages {
    fn turn(&mut self, visitor: &Visitor, case: &Case, pages: usize) -> anyhow::Result<()> {
        let mut times = Samples::default();
        for _ in 0..pages {
            let begin = Instant::now();
            look(visitor, case.owner, case.shows)?;
            times.push_time(begin.elapsed());
        }
        self.median.push(times.median());
        self.tail.push(times.quantile(0.99));
        Ok(())
    }
}

/// A visitor who looks again and again at one owner's page.
struct Looker {
    visitor: Visitor,
    owner: String,
}

impl Looker {
    fn new(site: &Site, number: usize) -> anyhow::Result<Self> {
        let owner = format!("hello{number}");
        publish(site, &owner, Some("hello-user.py"))?;
        Ok(Self { visitor: site.register(&format!("visitor{number}")), owner })
    }

    fn look_until(&self, end: Instant) -> anyhow::Result<u32> {
        let mut pages = 0;
        while Instant::now() < end {
            look(&self.visitor, &self.owner, "Current time")?;
            pages += 1;
        }
        Ok(pages)
    }
}

/// Pages per second of all visitors at a time.
fn together(visitors: &[Looker], turn: Duration) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let pages = std::thread::scope(|scope| {
        let busy: Vec<_> = visitors.iter().map(|looker| scope.spawn(move || looker.look_until(begin + turn))).collect();
        let mut pages = 0;
        for looker in busy {
            pages += looker.join().map_err(|_| anyhow::anyhow!("a visitor panicked"))??;
        }
        anyhow::Ok(pages)
    })?;
    Ok(f64::from(pages) / begin.elapsed().as_secs_f64())
}

fn look(visitor: &Visitor, owner: &str, shows: &str) -> anyhow::Result<()> {
    let page = visitor.get(&format!("/users?user={owner}"));
    ensure!(page.status == 200 && page.text.contains(shows), "{owner}'s page ({}):\n{}", page.status, page.text);
    Ok(())
}
