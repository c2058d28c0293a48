//! What the site holds in memory while nobody visits it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use harness::{Process, SECTIONS, Site};

use crate::effort::Effort;
use crate::goal::Goal;
use crate::table::{Table, figure};

/// Until what a visit caused is over: spares are replaced, caches let go.
const CALM: Duration = Duration::from_secs(3);

pub(crate) fn measure(_: &Effort) -> anyhow::Result<Table> {
    let site = Site::start();
    visit(&site)?;
    std::thread::sleep(CALM);

    let launcher = Process::of(site.launcher()).context("the launcher runs")?;
    let guests = site.uid(0) + 200..site.uid(0) + 1_000;
    let (spares, services): (Vec<Process>, Vec<Process>) =
        site.processes().into_iter().partition(|process| guests.contains(&process.uid));
    let columns = ["idle", "resident MiB", "proportional MiB", "reach", "reached"];
    let mut table = Table::new("Memory: the whole site, after a visit, idle", &columns);
    let mut all = Held::default();
    for process in std::iter::once(&launcher).chain(&services) {
        let held = Held::by(process)?;
        table.row([described(process, &site), mebibytes(held.resident), mebibytes(held.proportional)]);
        all = all.and(held);
    }
    let [reach, reached] = Goal::AtMost(80.0).verdict(all.resident / 1024.0);
    table.row(["all services".to_owned(), mebibytes(all.resident), mebibytes(all.proportional), reach, reached]);
    for process in &spares {
        all = all.and(Held::by(process)?);
    }
    let with = format!("with zygotes and their {} processes", spares.len());
    table.row([with, mebibytes(all.resident), mebibytes(all.proportional)]);
    table.remark("Proportional: a page that several processes share counts for each by its share (smaps_rollup, Pss).");
    Ok(table)
}

/// One of everything, so that nothing is measured that has never worked.
fn visit(site: &Site) -> anyhow::Result<()> {
    let owner = site.register("owner");
    let form = [("profile_update", "#!python\nprint('fine')\n"), ("profile_cap", "5"), ("profile_submit", "Save")];
    owner.post("/", &form);
    for page in ["/", "/users?user=owner", "/transfer", "/log", "/echo?s=hello"] {
        let status = owner.get(page).status;
        ensure!(status == 200, "{page} answers {status}");
    }
    Ok(())
}

/// KiB of memory.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    resident: f64,
    proportional: f64,
}

impl Held {
    fn by(process: &Process) -> anyhow::Result<Self> {
        let path = format!("/proc/{}/smaps_rollup", process.pid);
        let text = fs::read_to_string(&path).with_context(|| format!("{path} ({})", process.name))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.trim().strip_suffix(" kB")?.parse().ok()
        };
        let known = field("Rss").zip(field("Pss"));
        let (resident, proportional) = known.with_context(|| format!("{path} has no Rss or Pss:\n{text}"))?;
        Ok(Self { resident, proportional })
    }

    fn and(self, other: Self) -> Self {
        Self { resident: self.resident + other.resident, proportional: self.proportional + other.proportional }
    }
}

/// The section of zook.conf that a process belongs to, or its own name.
fn described(process: &Process, site: &Site) -> String {
    let section = SECTIONS.iter().find(|(_, offset)| site.uid(*offset) == process.uid);
    match section {
        Some((section, _)) => format!("{section} ({})", process.name),
        None => process.name.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

fn mebibytes(kibibytes: f64) -> String {
    figure(kibibytes / 1024.0)
}
