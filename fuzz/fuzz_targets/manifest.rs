//! Any text in the place of zook.conf: a table, or mistakes with their lines; and of a table every question that the
//! launcher asks has an answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::{Interface, Interfaces, Manifest};
use std::sync::OnceLock;

fuzz_target!(|text: &str| {
    static INTERFACES: OnceLock<Interfaces> = OnceLock::new();
    let interfaces = INTERFACES.get_or_init(interfaces);
    let _ = manifest::programs(text);
    match Manifest::parse(text, interfaces) {
        Ok(table) => {
            let reaches = |service| table.callers(service).len();
            let reached = |service| table.callees(service).len();
            // Both sides of the same arrows.
            let (to, from) = (table.services().iter().map(reaches), table.services().iter().map(reached));
            assert_eq!(to.sum::<usize>(), from.sum::<usize>());
            assert!(table.routes().count() < table.services().len());
            assert!(!table.policy().to_string().is_empty());
        }
        Err(problems) => {
            let last = text.lines().count().max(1);
            assert!(problems.iter().count() > 0);
            assert!(problems.iter().all(|problem| (1..=last).contains(&problem.line)), "{}", problems.in_file("x"));
        }
    }
});

fn interfaces() -> Interfaces {
    let mut interfaces = Interfaces::default();
    for (name, text) in [
        ("echo", include_str!("../../services/echo-api/src/echo.varlink")),
        ("auth", include_str!("../../services/auth-api/src/auth.varlink")),
        ("bank", include_str!("../../services/bank-api/src/bank.varlink")),
    ] {
        interfaces.insert(name, Interface::scan(text).expect("as it is built in"));
    }
    interfaces
}
