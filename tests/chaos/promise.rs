//! What a profile pays for is durable before it is paid: the bank never knows of more than the profile's own files.

use std::time::Duration;

use harness::{Site, Visitor};
use rustix::process::{Pid, Signal, kill_process};

const BEGIN: &str = "#!python\nimport os, time\npaid = int(open('paid').read()) if os.path.exists('paid') else 0\n";

/// Notes a zoobar, then pays it; between the two there is time for an accident.
const PAY: &str = "\
    paid += 1\n\
    open('paid', 'w').write(str(paid))\n\
    time.sleep(1.5)\n\
    api.call('xfer', target='guest', zoobars=1)\n";

const TELL: &str = "print('knows of %d;' % paid)\n";

/// Runs a profile that has paid `before` zoobars when its supervisor hears nothing any more and is replaced; then compares
/// what it knows with what the bank knows.
fn supervisor_lost(before: u64) {
    let site = Site::start();
    let (owner, guest) = (site.register("owner"), site.register("guest"));
    let save = |program: &str| {
        let form = [("profile_update", program), ("profile_cap", "5"), ("profile_submit", "Save")];
        assert_eq!(owner.post("/", &form).status, 200);
    };
    save(&(BEGIN.to_owned() + &PAY.repeat(before as usize + 1)));
    std::thread::scope(|scope| {
        let visit = scope.spawn(|| guest.get("/users?user=owner"));
        site.wait_until("the first zoobars are paid", || zoobars(&guest) == Some(10 + before));
        // By now the guest has noted the next one, or is about to: then it waits for an answer, and nothing is tried here.
        std::thread::sleep(Duration::from_millis(500));
        let supervisor = site.process(19).expect("sandbox_svc runs");
        let pid = Pid::from_raw(supervisor.pid.cast_signed()).expect("a process id");
        kill_process(pid, Signal::STOP).expect("it is there");
        visit.join().expect("there is a page");
    });
    save(&(BEGIN.to_owned() + TELL));
    let mut known = None;
    site.wait_until("a profile runs again", || {
        known = number_after(&guest.get("/users?user=owner").text, "knows of ");
        known.is_some()
    });
    let paid = zoobars(&guest).expect("the balance can be read") - 10;
    assert!(Some(paid) <= known, "paid {paid}, known {known:?}\n{}", site.said());
}

#[test]
fn a_run_that_loses_its_supervisor_pays_for_nothing_that_its_files_do_not_know() {
    supervisor_lost(1);
}

#[test]
fn nor_does_one_that_has_asked_for_nothing_before() {
    supervisor_lost(0);
}

fn zoobars(user: &Visitor) -> Option<u64> {
    number_after(&user.get("/").text, "<b>Balance:</b> ")
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.split_once(words)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}
