//! Any part may die at any moment: it is back at once, and no zoobar is lost or created.

use harness::{SECTIONS, Site};
use rustix::process::{Pid, Signal, kill_process};

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.cast_signed()).expect("a process id");
    kill_process(pid, signal).expect("it is there");
}

#[test]
fn each_service_that_is_killed_comes_back_and_the_site_works_on() {
    let site = Site::start();
    let alice = site.register("alice");
    let profile =
        [("profile_update", "#!python\nprint('still here')\n"), ("profile_cap", "1"), ("profile_submit", "Save")];
    alice.post("/", &profile);
    for (name, user) in SECTIONS {
        let before = site.process(*user).unwrap_or_else(|| panic!("{name} does not run"));
        signal(before.pid, Signal::KILL);
        site.wait_until(&format!("{name} is back"), || site.process(*user).is_some_and(|now| now.pid != before.pid));
        site.wait_until(&format!("a profile runs after the death of {name}"), || {
            let page = alice.get("/users?user=alice");
            assert!(matches!(page.status, 200 | 503), "{name}: {}", page.status);
            page.text.contains("still here")
        });
    }
    alice.get("/").shows("<b>Balance:</b> 10 zoobars<br />");
}

#[test]
fn a_service_that_is_stopped_is_found_by_its_heartbeat() {
    let site = Site::start();
    let before = site.process(10).expect("echo_svc runs");
    signal(before.pid, Signal::STOP);
    site.wait_until("echo_svc was replaced", || site.process(10).is_some_and(|now| now.pid != before.pid));
    let alice = site.register("alice");
    alice.get("/echo?s=again").shows("You said: again");
}

#[test]
fn transfers_under_fire_lose_and_create_nothing() {
    let site = Site::start();
    let users: Vec<_> = ["a", "b", "c", "d"].iter().map(|name| site.register(name)).collect();
    std::thread::scope(|scope| {
        for (index, user) in users.iter().enumerate() {
            scope.spawn(move || {
                for _ in 0..40 {
                    let to = ["a", "b", "c", "d"][(index + 1) % 4];
                    let page = user.post("/transfer", &[("zoobars", "1"), ("recipient", to), ("submission", "Send")]);
                    assert!(matches!(page.status, 200 | 302 | 503 | 504), "{}", page.status);
                }
            });
        }
        for user in [17, 16, 15, 17] {
            std::thread::sleep(std::time::Duration::from_millis(150));
            if let Some(process) = site.process(user) {
                signal(process.pid, Signal::KILL);
            }
        }
    });
    let total = || -> Option<u64> {
        let balances = users.iter().map(|user| {
            let page = user.get("/").text;
            page.split("<b>Balance:</b> ").nth(1)?.split(' ').next()?.parse::<u64>().ok()
        });
        balances.sum()
    };
    site.wait_until("all balances can be read", || total().is_some());
    assert_eq!(total(), Some(40));
}
