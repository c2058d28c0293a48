//! How a process ended, in words.

use rustix::process::{Signal, WaitIdStatus};

/// `ended with exit code 1`, `was killed by signal 9`.
pub(crate) fn in_words(status: &WaitIdStatus) -> String {
    if let Some(signal) = status.terminating_signal() {
        return killed_by(signal);
    }
    match status.exit_status() {
        Some(code) => format!("ended with exit code {code}"),
        None => "ended in a way that the kernel does not name".to_owned(),
    }
}

fn killed_by(signal: i32) -> String {
    let meaning = match Signal::from_named_raw(signal) {
        Some(Signal::SYS) => " (SIGSYS): it made a system call that its filter forbids",
        Some(Signal::SEGV) => " (SIGSEGV): it crashed",
        Some(Signal::ABORT) => " (SIGABRT): it gave up",
        Some(Signal::BUS) => " (SIGBUS): it crashed",
        Some(Signal::XCPU) => " (SIGXCPU): it used up its processor time",
        _ => "",
    };
    format!("was killed by signal {signal}{meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_system_call_is_named_as_such() {
        assert_eq!(killed_by(9), "was killed by signal 9");
        assert!(killed_by(31).contains("SIGSYS"), "{}", killed_by(31));
    }
}
