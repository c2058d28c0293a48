//! The words that this guest understands, one sentence to a line:
//!
//! - `call NUMBER [ARGUMENT]...` makes a system call and prints `NUMBER RESULT`, the result as the kernel gives it. An
//!   argument is a number, `'text` (the address of a string), `*BYTES` (the address of so many zeros), `#ADDRESS,LENGTH` (the
//!   address of one `iovec`), `^` (the address of code, which cannot be written) or `|text` (the address of a string that
//!   ends with its page, without a zero byte, before memory that is not there);
//! - `quiet NUMBER [ARGUMENT]...` is the same without the line;
//! - `race PATH PATH TIMES` opens and stats a path that another thread exchanges for another one all the while, and prints how
//!   often each was opened;
//! - `int80 NUMBER` makes a call in the convention of 32-bit programs;
//! - `orphan` ends the first thread alone, while another one goes on for ever.

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const PAGE: usize = 4096;

pub(crate) fn run(script: &str) {
    for line in script.lines() {
        let mut words = line.split_whitespace();
        let Some(verb) = words.next() else { continue };
        let words: Vec<&str> = words.collect();
        match verb {
            "call" => println!("{} {}", words[0], call(&words)),
            "quiet" => drop(call(&words)),
            "race" => race(words[0], words[1], words[2].parse().expect("a number")),
            "int80" => println!("int80 {}", int80(number(words[0]) as u32)),
            "orphan" => orphan(),
            other => panic!("{other} is no verb"),
        }
    }
}

fn call(words: &[&str]) -> i64 {
    let mut arguments = [0; 6];
    for (argument, word) in arguments.iter_mut().zip(&words[1..]) {
        *argument = value(word);
    }
    raw(number(words[0]) as i64, arguments)
}

/// What libc's wrapper turns into errno is turned back.
fn raw(call: i64, [a, b, c, d, e, f]: [u64; 6]) -> i64 {
    // SAFETY: none is claimed: this process exists to be hurt, and nothing it holds is anybody's.
    let result = unsafe { libc::syscall(call, a, b, c, d, e, f) };
    if result == -1 { -i64::from(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)) } else { result }
}

fn number(word: &str) -> u64 {
    match (word.strip_prefix("0x"), word.strip_prefix('-')) {
        (Some(digits), _) => u64::from_str_radix(digits, 16).expect("a hexadecimal number"),
        (_, Some(digits)) => digits.parse::<u64>().expect("a number").wrapping_neg(),
        _ => word.parse().expect("a number"),
    }
}

/// What an address leads to stays there to the end of the process.
fn value(word: &str) -> u64 {
    let address = |bytes: Vec<u8>| bytes.leak().as_ptr() as u64;
    match word.split_at(1) {
        ("'", text) => address(CString::new(text).expect("no zero byte").into_bytes_with_nul()),
        ("*", length) => address(vec![0; number(length) as usize]),
        ("#", piece) => {
            let (start, length) = piece.split_once(',').expect("two numbers");
            address([value(start).to_le_bytes(), value(length).to_le_bytes()].concat())
        }
        ("^", _) => run as fn(&str) as usize as u64,
        ("|", text) => before_nothing(text.as_bytes()),
        _ => number(word),
    }
}

fn before_nothing(text: &[u8]) -> u64 {
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as u64;
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let start = raw(libc::SYS_mmap, [0, 2 * PAGE as u64, protection, flags, u64::MAX, 0]) as u64;
    raw(libc::SYS_munmap, [start + PAGE as u64, PAGE as u64, 0, 0, 0, 0]);
    let place = start + (PAGE - text.len()) as u64;
    // SAFETY: the last bytes of a page that was just mapped.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), place as *mut u8, text.len()) };
    place
}

/// Paths of at most eight bytes, so that one store exchanges all of it.
fn race(one: &str, other: &str, times: u32) {
    static PATH: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
    static OVER: AtomicBool = AtomicBool::new(false);
    let packed = |path: &str| {
        let mut bytes = [0; 8];
        bytes[..path.len()].copy_from_slice(path.as_bytes());
        u64::from_le_bytes(bytes)
    };
    let (one, other) = (packed(one), packed(other));
    PATH[0].store(one, Ordering::SeqCst);
    let swapper = std::thread::spawn(move || {
        while !OVER.load(Ordering::Relaxed) {
            PATH[0].store(other, Ordering::SeqCst);
            PATH[0].store(one, Ordering::SeqCst);
        }
    });
    let (mut opened, mut refused) = (0, 0);
    for _ in 0..times {
        let descriptor = raw(libc::SYS_open, [PATH.as_ptr() as u64, libc::O_RDONLY as u64, 0, 0, 0, 0]);
        if descriptor < 0 {
            refused += 1;
            continue;
        }
        opened += 1;
        let mut text = [0_u8; 16];
        let length = raw(libc::SYS_read, [descriptor as u64, text.as_mut_ptr() as u64, 16, 0, 0, 0]);
        assert_eq!(text.get(..length.max(0) as usize), Some(&b"mine"[..]), "what was opened is not what was allowed");
        raw(libc::SYS_close, [descriptor as u64, 0, 0, 0, 0, 0]);
    }
    OVER.store(true, Ordering::Relaxed);
    swapper.join().expect("no panic");
    println!("race {}", opened + refused);
}

fn int80(call: u32) -> i32 {
    let result: i32;
    // SAFETY: as for `raw`; the call has no arguments and the kernel changes no register but the result's.
    unsafe { std::arch::asm!("int 0x80", inlateout("eax") call => result) };
    result
}

fn orphan() {
    std::thread::spawn(|| {
        loop {
            std::hint::spin_loop();
        }
    });
    raw(libc::SYS_exit, [0; 6]);
}
