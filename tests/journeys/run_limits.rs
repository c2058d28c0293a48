//! What a run may use: zook.conf says it for all runs, and whoever asks for one can take from that and add nothing.

use harness::Site;
use serde_json::{Value, json};

/// A setting of zook.conf and the limit of that name, with less than is usual; a program that uses it up, and what is said of
/// that.
const LESS: &[(&str, u64, &str, &str)] = &[
    ("time_ms", 3000, "import time; time.sleep(4)", "The program was stopped after 3 seconds."),
    (
        "cpu_ms",
        300,
        "import time\nwhile time.process_time() < 0.6: pass\n",
        "The program was stopped after 0.3 seconds of processor time.",
    ),
    ("memory_mb", 16, "x = bytearray(20 << 20)", "The program ran out of memory."),
    ("output_kb", 1, "print('x' * 1024)", "The program printed more than 1 KiB and was stopped."),
    (
        "open_files",
        3,
        "x = [open(name, 'w') for name in 'abcd']",
        "The program ended with an error: OSError: [Errno 24] Too many open files: 'd'",
    ),
    (
        "threads",
        2,
        "import threading, time\n\
         for _ in range(3): threading.Thread(target=time.sleep, args=(0.1,), daemon=True).start()\n",
        "The program ended with an error: RuntimeError: can't start new thread",
    ),
];
/// Of each of them.
const MORE: u64 = 1 << 40;

/// What sandboxd answers to the profile service.
fn asked(site: &Site, program: &str, limits: &Value) -> String {
    let run = json!({"owner": "anna", "visitor": "bob", "code": program, "limits": limits});
    site.call_as("profile_svc", "org.zoobar.Sandbox.Run", &run.to_string()).1
}

/// One sentence on a run; `None` where it ended well.
fn remark(site: &Site, program: &str, limits: &Value) -> Option<String> {
    let said = asked(site, program, limits);
    let answer: Value = serde_json::from_str(&said).unwrap_or_else(|why| panic!("{why}: {said}"));
    let outcome = &answer["parameters"]["outcome"];
    assert!(outcome.is_object(), "{said}");
    outcome["remark"].as_str().map(str::to_owned)
}

#[test]
fn a_run_is_given_less_than_zook_conf_has_for_all() {
    let site = Site::start();
    for (limit, less, program, expected) in LESS {
        assert_eq!(remark(&site, program, &json!({*limit: less})).as_deref(), Some(*expected));
        assert_eq!(remark(&site, program, &json!({})), None, "{limit}, as usual");
        assert_eq!(remark(&site, program, &Value::Null), None, "{limit}, as usual");
    }
    for wrong in [json!({"time_ms": -1}), json!({"cpu_ms": "1"}), json!({"tiem_ms": 1}), json!("less")] {
        let said = asked(&site, "pass", &wrong);
        assert!(said.contains("InvalidParameter"), "{wrong}: {said}");
    }
}

#[test]
fn no_run_is_given_more_than_zook_conf_has_for_all() {
    let site = Site::start_with(|conf| {
        for (limit, less, ..) in LESS {
            conf.set("sandbox_svc", &format!("set.{limit}"), &less.to_string());
        }
    });
    for (limit, _, program, expected) in LESS {
        for asked in [json!({*limit: MORE}), json!({*limit: u64::MAX}), Value::Null] {
            assert_eq!(remark(&site, program, &asked).as_deref(), Some(*expected), "{limit}, {asked}");
        }
    }
}
