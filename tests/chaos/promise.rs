//! What a profile pays for is durable before it is paid: the bank never knows of more than the profile's own files.

use std::time::Duration;

use harness::{Site, Visitor};
use rustix::process::{Pid, Signal, kill_process};

/// Notes each zoobar, then pays it; between the two there is time for an accident.
const PROGRAM: &str = "#!python\n\
    import os, time\n\
    paid = int(open('paid').read()) if os.path.exists('paid') else 0\n\
    print('knows of %d;' % paid)\n\
    for more in range(2) if paid == 0 else ():\n    \
        paid += 1\n    \
        open('paid', 'w').write(str(paid))\n    \
        time.sleep(more)\n    \
        api.call('xfer', target='guest', zoobars=1)\n";

#[test]
fn a_run_whose_supervisor_dies_pays_for_nothing_that_its_files_do_not_know() {
    let site = Site::start();
    let (owner, guest) = (site.register("owner"), site.register("guest"));
    owner.post("/", &[("profile_update", PROGRAM), ("profile_cap", "5"), ("profile_submit", "Save")]);
    std::thread::scope(|scope| {
        let visit = scope.spawn(|| guest.get("/users?user=owner"));
        site.wait_until("the first zoobar is paid", || zoobars(&guest) == Some(11));
        // The guest has noted the second one, or is about to; what it says next, nobody hears until the launcher steps in.
        std::thread::sleep(Duration::from_millis(100));
        let supervisor = site.process(19).expect("sandbox_svc runs");
        let pid = Pid::from_raw(supervisor.pid.cast_signed()).expect("a process id");
        kill_process(pid, Signal::STOP).expect("it is there");
        visit.join().expect("there is a page");
    });
    let mut known = None;
    site.wait_until("the profile runs again", || {
        known = number_after(&guest.get("/users?user=owner").text, "knows of ");
        known.is_some()
    });
    let paid = zoobars(&guest).expect("the balance can be read") - 10;
    assert!(Some(paid) <= known, "paid {paid}, known {known:?}\n{}", site.said());
}

fn zoobars(user: &Visitor) -> Option<u64> {
    number_after(&user.get("/").text, "<b>Balance:</b> ")
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}
