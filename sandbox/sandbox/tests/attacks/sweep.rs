//! Every system call, by its number, with odd arguments, behind the walls of every guest.
//!
//! First the test is the guest's supervisor itself and answers each question with an error that no call has, so that it is
//! certain who decides about each call. Then the real supervisor is asked the same, and must still be there afterwards.

use libc::{SIGILL, SYS_umask, c_long};
use sandbox::Ending;

use crate::asked::{NOBODYS, by_a_listening_test};
use crate::fixture::said;
use crate::host;
use crate::kernel::{answers, tell};
use crate::table::{ANSWERED, By, ENDS_OR_WAITS, PASS_BY_FILTERS, REFUSALS, REFUSED, by};

/// Numbers beyond those of today's kernels, too.
const NUMBERS: std::ops::RangeInclusive<i64> = 0..=600;

/// Arguments that no program means: nothing, everything, the first number that is not the kernel's, addresses of the kernel's.
const ODD: &[u64] = &[0, u64::MAX, 64, 0xffff_8880_0000_0000, 0x7fff_ffff, 1 << 63];

fn tried() -> impl Iterator<Item = c_long> {
    let beyond = [1000, 0x1000_0000, 0x3fff_ffff];
    NUMBERS.chain(beyond).filter(|call| !ENDS_OR_WAITS.contains(call) && !PASS_BY_FILTERS.contains(call))
}

fn script(odd: u64) -> String {
    let arguments = format!(" {odd:#x}").repeat(6);
    tried().map(|call| format!("call {call}{arguments}\n")).collect()
}

#[test]
fn the_table_says_who_decides_about_each_call() {
    let host = host::look();
    for odd in ODD {
        let (asked, got) = by_a_listening_test(&script(*odd), &[]);
        assert_eq!(got.len(), tried().count(), "each has an answer");
        for (call, got) in tried().zip(got) {
            let who = match got {
                _ if asked.contains(&call) => By::Supervisor,
                errno if REFUSED.iter().any(|(number, _)| *number == call) => By::Filter(-(errno as i32)),
                _ => By::Kernel,
            };
            assert_eq!(who, by(call, *odd), "call {call} with {odd:#x}, which got {got}");
            assert_eq!(who == By::Supervisor, got == -i64::from(NOBODYS), "call {call} with {odd:#x} got {got}");
        }
        host.is_unchanged(&format!("all calls with {odd:#x}"));
    }
}

#[test]
fn every_call_gets_an_answer_and_its_supervisor_goes_on() {
    let host = host::look();
    for odd in ODD {
        let got = answers(&script(*odd));
        assert_eq!(got.len(), tried().count(), "each has an answer");
        for (call, got) in tried().zip(got) {
            if by(call, *odd) == By::Supervisor && !ANSWERED.contains(&call) {
                assert!(REFUSALS.contains(&(-got as i32)), "call {call} with {odd:#x} got {got}");
            }
        }
        host.is_unchanged(&format!("all calls with {odd:#x}"));
        assert_eq!(answers(&format!("call {SYS_umask} 18\n")), [18], "the next run is served");
    }
}

#[test]
fn calls_that_pass_by_every_filter_hurt_nobody_else() {
    let host = host::look();
    for call in PASS_BY_FILTERS {
        let outcome = tell(&format!("call {call} 0 0 0 0 0 0\n"));
        let harmless = matches!(outcome.ending, Ending::Crashed { signal: SIGILL } | Ending::Finished { exit_code: 0 });
        assert!(harmless, "{call}: {}", said(&outcome));
        host.is_unchanged(&format!("call {call}"));
    }
}
