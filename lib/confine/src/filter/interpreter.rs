//! The few BPF instructions that filters use, run in a test instead of the kernel.

use libc::{BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};

use super::{Action, Program};

/// A system call as a filter sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub architecture: u32,
    pub number: u32,
    pub arguments: [u64; 6],
}

impl Call {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            0 => self.number,
            4 => self.architecture,
            16..64 if offset.is_multiple_of(4) => {
                let argument = self.arguments[(offset as usize - 16) / 8];
                if offset.is_multiple_of(8) { argument as u32 } else { (argument >> 32) as u32 }
            }
            _ => panic!("a filter has no business at offset {offset}"),
        }
    }
}

/// What the filter decides, and in how many steps. Panics on what the kernel's checker would refuse.
pub(crate) fn decide(program: &Program, call: &Call) -> (Action, usize) {
    let (mut at, mut accumulator, mut steps) = (0, 0, 0);
    loop {
        let instruction = program.instructions[at];
        let (code, k) = (u32::from(instruction.code), instruction.k);
        steps += 1;
        at += 1;
        let branch = |taken: bool| usize::from(if taken { instruction.jt } else { instruction.jf });
        match code {
            c if c == BPF_LD | BPF_W | BPF_ABS => accumulator = call.word(k),
            c if c == BPF_ALU | BPF_AND | BPF_K => accumulator &= k,
            c if c == BPF_JMP | BPF_JA => at += k as usize,
            c if c == BPF_JMP | BPF_JEQ | BPF_K => at += branch(accumulator == k),
            c if c == BPF_JMP | BPF_JGE | BPF_K => at += branch(accumulator >= k),
            c if c == BPF_RET | BPF_K => return (action(k), steps),
            other => panic!("instruction {other:#x} is not one of ours"),
        }
    }
}

fn action(value: u32) -> Action {
    match value {
        libc::SECCOMP_RET_ALLOW => Action::Allow,
        libc::SECCOMP_RET_KILL_PROCESS => Action::Kill,
        libc::SECCOMP_RET_USER_NOTIF => Action::Notify,
        errno if errno & !0xFFFF == libc::SECCOMP_RET_ERRNO => Action::Errno((errno & 0xFFFF) as u16),
        other => panic!("a filter returns {other:#x}"),
    }
}
