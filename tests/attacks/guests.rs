//! Hostile profiles, seen from the site: nothing outside changes, nothing is left running.

use harness::{Process, Site};

/// First and last of the guests' users, above the site's first.
const GUESTS: std::ops::Range<u32> = 200..1_000;

/// Runs a program as the profile of a new user and returns the page.
fn run(site: &Site, name: &str, program: &str) -> String {
    let owner = site.register(name);
    let form = [("profile_update", program), ("profile_cap", "0"), ("profile_submit", "Save")];
    assert_eq!(owner.post("/", &form).status, 200);
    owner.get(&format!("/users?user={name}")).text
}

#[test]
fn a_guest_is_nobody_on_the_host_and_has_none_of_its_powers() {
    let site = Site::start();
    std::thread::scope(|scope| {
        scope.spawn(|| run(&site, "sleeper", "#!python\nimport time\ntime.sleep(3)\n"));
        let mut seen = Vec::new();
        site.wait_until("a guest runs", || {
            seen = Process::of_users(site.uid(GUESTS.start)..site.uid(GUESTS.end));
            !seen.is_empty()
        });
        for process in Process::descendants(site.launcher()) {
            assert_ne!(process.uid, 0, "{process:?} is root on the host");
        }
    });
}

#[test]
fn nothing_of_a_run_outlives_it() {
    let site = Site::start();
    let stubborn = "#!python\nimport os, signal, sys, threading, time\n\
        for number in range(1, 32):\n    \
            try: signal.signal(number, signal.SIG_IGN)\n    \
            except (OSError, ValueError): pass\n\
        threading.Thread(target=time.sleep, args=(60,)).start()\n\
        print('armed', flush=True)\n\
        os.close(1)\n\
        while True: pass\n";
    let page = run(&site, "stubborn", stubborn);
    assert!(page.contains("armed"), "{page}");
    let before: Vec<u32> =
        Process::of_users(site.uid(GUESTS.start)..site.uid(GUESTS.end)).iter().map(|p| p.pid).collect();
    let page = run(&site, "meek", "#!python\nprint('still served')\n");
    assert!(page.contains("still served"), "{page}");
    // Spares wait, but nothing burns time any more.
    site.wait_until("no guest is running", || {
        before.iter().all(|pid| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.contains(") R ")
        })
    });
}

#[test]
fn a_guest_cannot_forge_the_words_of_the_site() {
    let site = Site::start();
    let page = run(
        &site,
        "forger",
        "#!python\nprint('</div><script src=/evil.js></script><form action=/zoobar/index.cgi/transfer method=post><input name=zoobars>')\n",
    );
    assert!(!page.contains("evil.js") && !page.contains("<input name=zoobars>"), "{page}");
}

#[test]
fn the_api_socket_takes_abuse_without_falling_over() {
    let site = Site::start();
    let abuses = [
        (
            "huge",
            "#!python\ntry:\n    api.call('get_user_info', username='x' * (1 << 22))\nexcept Exception as e: print('refused')\n",
        ),
        ("unknown", "#!python\ntry:\n    api.call('__import__', name='os')\nexcept Exception as e: print('refused')\n"),
        (
            "types",
            "#!python\ntry:\n    api.call('xfer', target=['a'], zoobars={})\nexcept Exception as e: print('refused')\n",
        ),
        (
            "minus",
            "#!python\ntry:\n    api.call('xfer', target='huge', zoobars=-5)\nexcept Exception as e: print('refused')\n",
        ),
        (
            "many",
            "#!python\ntry:\n    for i in range(5000): api.call('get_self')\nexcept Exception as e: print('refused')\n",
        ),
    ];
    for (name, program) in abuses {
        let page = run(&site, name, program);
        assert!(page.contains("refused"), "{name}: {page}");
    }
    assert!(run(&site, "twin", "#!python\nprint('I am', api.call('get_self'))\n").contains("I am twin"));
}

#[test]
fn each_of_eight_runs_at_a_time_makes_a_thousand_calls_and_no_more() {
    let site = Site::start();
    let program = "#!python\n\
        made = 0\n\
        try:\n    \
            while True:\n        \
                api.call('get_self'); made += 1\n\
        except Exception as error: print('made', made, 'then:', error)\n";
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|index| {
                let site = &site;
                scope.spawn(move || run(site, &format!("caller{index}"), program))
            })
            .collect();
        for run in runs {
            let page = run.join().expect("a page");
            assert!(page.contains("made 1000 then: a run makes at most 1000 calls"), "{page}");
        }
    });
    let modest = "#!python\nfor _ in range(1000): api.call('get_self')\nprint('all made')\n";
    assert!(run(&site, "modest", modest).contains("all made"));
}

/// Six guests that each take 50 MiB at the same time, in a sandbox that may use `mib`: how many kept theirs, and the most that
/// all guests used at a time, where the host counts it.
fn hoard(mib: u64) -> (usize, Option<u64>) {
    let site = Site::start_with(|conf| conf.set("sandbox_svc", "memory_mb", &mib.to_string()));
    let program = "#!python\nimport time\nhoard = b'x' * (50 << 20)\ntime.sleep(2)\nprint('kept', len(hoard) >> 20)\n";
    let kept = std::thread::scope(|scope| {
        let names = ["a", "b", "c", "d", "e", "f"];
        let runs = names.map(|name| scope.spawn(|| run(&site, name, program)));
        runs.into_iter().map(|run| run.join().expect("a page")).filter(|page| page.contains("kept 50")).count()
    });
    let after = run(&site, "after", "#!python\nprint('still served')\n");
    assert!(after.contains("still served"), "{after}");
    let counters = ["memory.peak", "memory.max_usage_in_bytes"];
    let groups = site.control_groups().into_iter();
    let files = groups.flat_map(|group| counters.map(|file| group.join("sandbox_svc/guests").join(file)));
    (kept, files.filter_map(|file| std::fs::read_to_string(file).ok()?.trim().parse().ok()).next())
}

#[test]
fn all_guests_together_use_no_more_memory_than_their_sandbox_may() {
    let (kept, peak) = hoard(256);
    let Some(peak) = peak else {
        eprintln!("not tried: this host has no control groups");
        return;
    };
    assert!(peak <= 192 << 20, "{peak} bytes at a time");
    assert!(kept < 6, "6 x 50 MiB were kept in 192");
    assert_eq!(hoard(1024).0, 6, "6 x 50 MiB in 768");
}
