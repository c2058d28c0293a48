//! From a table of calls to the kernel's filter program: a binary tree over the call's number, see seccomp(2).
//!
//! A chain of comparisons costs a run more than everything else that its walls are made of; a tree costs eight steps.

use libc::sock_filter;

/// What is done with a call.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    /// The kernel does it.
    Allow,
    /// The kernel answers with this error number, 0 for success, and does nothing.
    Answer(u16),
    /// The supervisor answers.
    Supervise,
    /// The kernel does it where every test holds, or else the supervisor answers.
    AllowIf(&'static [Test]),
}

/// A test of one argument, by its index.
#[derive(Debug, Clone, Copy)]
pub enum Test {
    /// The whole 64 bits are below this.
    Below(u32, u32),
    /// The low 32 bits are this and the high ones zero.
    Is(u32, u32),
    /// The low 32 bits are one of these. For what the kernel itself takes as 32 bits.
    OneOf(u32, &'static [u32]),
    /// Of the low 32 bits, all of these are set.
    Has(u32, u32),
    /// Of the low 32 bits, none of these is set.
    Lacks(u32, u32),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Number of the call.
    pub call: libc::c_long,
    /// What is done with it.
    pub verdict: Verdict,
}

const LOAD_WORD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const JUMP: u16 = (libc::BPF_JMP | libc::BPF_JA) as u16;
const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const IF_AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
const IF_ANY_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `AUDIT_ARCH_X86_64`, from linux/audit.h.
const X86_64: u32 = 0xC000_003E;
/// Calls of the x32 ABI carry this bit.
const X32: u32 = 0x4000_0000;

/// Makes the program. A call of another architecture kills the process; one that no rule names is the supervisor's.
pub fn assemble(rules: &[Rule]) -> Vec<sock_filter> {
    let mut program = vec![
        statement(LOAD_WORD, ARCHITECTURE),
        branch(IF_EQUAL, X86_64, 1, 0),
        statement(RETURN, libc::SECCOMP_RET_KILL_PROCESS),
        statement(LOAD_WORD, NUMBER),
        branch(IF_AT_LEAST, X32, 0, 1),
        statement(RETURN, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs()),
    ];
    program.extend(tree(&spans(rules)));
    program
}

/// Neighbouring numbers with one verdict: the first of them, and the verdict up to the next span.
struct Span {
    first: u32,
    code: Vec<sock_filter>,
}

fn spans(rules: &[Rule]) -> Vec<Span> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.call);
    let supervised = verdict(&Verdict::Supervise);
    let mut spans = vec![Span { first: 0, code: supervised.clone() }];
    for rule in rules {
        let number = u32::try_from(rule.call).expect("numbers of calls are small and positive");
        start(&mut spans, number, verdict(&rule.verdict));
        start(&mut spans, number + 1, supervised.clone());
    }
    // Neighbours that say the same become one.
    spans.dedup_by(|next, before| same(&next.code, &before.code));
    spans
}

/// Begins a span, in place of an empty one that begins at the same number.
fn start(spans: &mut Vec<Span>, first: u32, code: Vec<sock_filter>) {
    if spans.last().is_some_and(|last| last.first == first) {
        spans.pop();
    }
    spans.push(Span { first, code });
}

fn same(a: &[sock_filter], b: &[sock_filter]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a.code, a.jt, a.jf, a.k) == (b.code, b.jt, b.jf, b.k))
}

/// Below the middle go left, else right. The number of the call is in the accumulator.
fn tree(spans: &[Span]) -> Vec<sock_filter> {
    if let [only] = spans {
        return only.code.clone();
    }
    let (left, right) = spans.split_at(spans.len() / 2);
    let (left, middle, right) = (tree(left), right[0].first, tree(right));
    let mut code = Vec::with_capacity(left.len() + right.len() + 2);
    match u8::try_from(left.len()) {
        Ok(skipped) => code.push(branch(IF_AT_LEAST, middle, skipped, 0)),
        Err(_) => {
            let skipped = u32::try_from(left.len()).expect("a filter has at most 4096 instructions");
            code.push(branch(IF_AT_LEAST, middle, 0, 1));
            code.push(statement(JUMP, skipped));
        }
    }
    code.extend(left);
    code.extend(right);
    code
}

fn verdict(verdict: &Verdict) -> Vec<sock_filter> {
    let action = |action| vec![statement(RETURN, action)];
    match verdict {
        Verdict::Allow => action(libc::SECCOMP_RET_ALLOW),
        Verdict::Answer(number) => action(libc::SECCOMP_RET_ERRNO | u32::from(*number)),
        Verdict::Supervise => action(libc::SECCOMP_RET_USER_NOTIF),
        Verdict::AllowIf(tests) => {
            let mut code = Vec::new();
            for test in *tests {
                code.extend(refuse_unless(test));
            }
            code.push(statement(RETURN, libc::SECCOMP_RET_ALLOW));
            code
        }
    }
}

/// Goes on behind itself where the test holds, or else leaves the call to the supervisor.
fn refuse_unless(test: &Test) -> Vec<sock_filter> {
    let low = |argument: u32| statement(LOAD_WORD, ARGUMENTS + 8 * argument);
    let high = |argument: u32| statement(LOAD_WORD, ARGUMENTS + 8 * argument + 4);
    let refuse = statement(RETURN, libc::SECCOMP_RET_USER_NOTIF);
    match *test {
        Test::Below(argument, bound) => {
            vec![high(argument), branch(IF_EQUAL, 0, 0, 2), low(argument), branch(IF_AT_LEAST, bound, 0, 1), refuse]
        }
        Test::Is(argument, value) => {
            vec![high(argument), branch(IF_EQUAL, 0, 0, 2), low(argument), branch(IF_EQUAL, value, 1, 0), refuse]
        }
        Test::OneOf(argument, values) => {
            let mut code = vec![low(argument)];
            for (index, value) in values.iter().enumerate() {
                let after = u8::try_from(values.len() - index).expect("a short list");
                code.push(branch(IF_EQUAL, *value, after, 0));
            }
            code.push(refuse);
            code
        }
        Test::Has(argument, bits) => {
            vec![low(argument), statement(AND, bits), branch(IF_EQUAL, bits, 1, 0), refuse]
        }
        Test::Lacks(argument, bits) => vec![low(argument), branch(IF_ANY_BIT, bits, 0, 1), refuse],
    }
}

fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter { code, jt: 0, jf: 0, k }
}

fn branch(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel would.
    fn judge(program: &[sock_filter], number: u32, arguments: [u64; 6]) -> u32 {
        let word = |offset: u32| match offset {
            NUMBER => number,
            ARCHITECTURE => X86_64,
            _ => {
                let argument = arguments[((offset - ARGUMENTS) / 8) as usize];
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
        };
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let step = program[at];
            at += 1;
            let jump = |holds: bool| usize::from(if holds { step.jt } else { step.jf });
            match step.code {
                LOAD_WORD => accumulator = word(step.k),
                JUMP => at += step.k as usize,
                IF_EQUAL => at += jump(accumulator == step.k),
                IF_AT_LEAST => at += jump(accumulator >= step.k),
                IF_ANY_BIT => at += jump(accumulator & step.k != 0),
                AND => accumulator &= step.k,
                RETURN => return step.k,
                other => panic!("no such instruction: {other}"),
            }
        }
    }

    #[test]
    fn each_number_gets_its_own_verdict_and_all_others_go_to_the_supervisor() {
        let rules: Vec<Rule> =
            (0..400).step_by(3).map(|call| Rule { call, verdict: Verdict::Answer(call as u16) }).collect();
        let program = assemble(&rules);
        for number in 0..500 {
            let expected = if number < 400 && number % 3 == 0 {
                libc::SECCOMP_RET_ERRNO | number
            } else {
                libc::SECCOMP_RET_USER_NOTIF
            };
            assert_eq!(judge(&program, number, [0; 6]), expected, "{number}");
        }
        assert_eq!(judge(&program, X32 | 3, [0; 6]), libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    }

    #[test]
    fn a_test_looks_at_all_the_bits_it_must() {
        let allowed = |test: &'static [Test], value: u64| {
            let program = assemble(&[Rule { call: 7, verdict: Verdict::AllowIf(test) }]);
            judge(&program, 7, [0, value, 0, 0, 0, 0]) == libc::SECCOMP_RET_ALLOW
        };
        const BELOW: &[Test] = &[Test::Below(1, 64)];
        assert!(allowed(BELOW, 0) && allowed(BELOW, 63));
        assert!(!allowed(BELOW, 64) && !allowed(BELOW, 1 << 32) && !allowed(BELOW, u64::MAX));
        const IS: &[Test] = &[Test::Is(1, 5)];
        assert!(allowed(IS, 5) && !allowed(IS, 4) && !allowed(IS, 5 | 1 << 32));
        const ONE_OF: &[Test] = &[Test::OneOf(1, &[1, 2, 9])];
        assert!([1, 2, 9].iter().all(|value| allowed(ONE_OF, *value)) && !allowed(ONE_OF, 3));
        const BITS: &[Test] = &[Test::Has(1, 6), Test::Lacks(1, 8)];
        assert!(allowed(BITS, 6) && allowed(BITS, 7) && !allowed(BITS, 2) && !allowed(BITS, 14));
    }
}
