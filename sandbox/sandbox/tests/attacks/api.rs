//! Attacks over the connection to the host, on whoever answers there; and by whoever answers there.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use sandbox::{Limits, Request};

use crate::fixture::{attack, said, verdict};
use crate::host;

/// Longest line that this host reads.
const LONGEST: u64 = 1 << 16;

/// What a host has heard: whole lines, and whether the rest was too long for one.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    lines: usize,
    too_long: bool,
}

/// A host that answers each line with the same, and gives up at one that is too long.
fn answering(reply: &'static [u8]) -> (UnixStream, JoinHandle<Heard>) {
    let (mut ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let host = std::thread::spawn(move || {
        let mut reader = BufReader::new(ours.try_clone().expect("a second handle"));
        let mut heard = Heard { lines: 0, too_long: false };
        loop {
            let mut line = Vec::new();
            match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
                Ok(length) if length > 0 && line.ends_with(b"\n") => heard.lines += 1,
                Ok(length) => return Heard { too_long: length as u64 == LONGEST, ..heard },
                Err(_) => return heard,
            }
            if ours.write_all(reply).is_err() {
                return heard;
            }
        }
    });
    (theirs, host)
}

/// Runs a program with such a host at the other end of its connection.
fn with_host(program: &str, reply: &'static [u8]) -> (String, Heard) {
    let look = host::look();
    let (connection, answering) = answering(reply);
    let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
    let (word, outcome) = verdict(Request { api: Some(connection.into()), limits, ..attack("api", program) });
    // That the host comes to an end says that nobody holds the guest's end any more.
    let heard = answering.join().expect("no panic");
    look.is_unchanged(&format!("{program}\n{}", said(&outcome)));
    (word, heard)
}

const FINE: &[u8] = b"{\"ok\": null}\n";

fn twin() {
    assert_eq!(with_host("api.call('get_self')", FINE), ("succeeded".into(), Heard { lines: 1, too_long: false }));
}

#[test]
fn a_flood_of_calls_is_as_long_as_its_time() {
    let (word, heard) = with_host("while True: api.call('get_self')", FINE);
    assert!(word.starts_with("out of") && heard.lines > 0, "{word} {heard:?}");
    let (word, _) = with_host("import os\nwhile True: os.write(3, b'[]\\n' * 9999)", FINE);
    assert!(word.starts_with("out of"), "{word}: whoever does not listen is not heard either");
    twin();
}

#[test]
fn a_line_without_an_end_is_the_hosts_to_cut() {
    let (word, heard) = with_host("import os\nwhile True: os.write(3, b'x' * 9999)", FINE);
    assert!(word == "EPIPE" || word == "ECONNRESET", "{word}");
    assert!(heard.too_long);
    twin();
}

#[test]
fn odd_lines_arrive_as_they_are_and_do_not_hurt_the_guests_end() {
    for line in ["", "\\x00\\xff", "null", "[[[[", "{}", "[1e999]", "[\\\"x\\\", {}]", "\\xed\\xa0\\x80"] {
        let (word, heard) = with_host(&format!("import os; os.write(3, b'{line}\\n'); os.read(3, 99)"), FINE);
        assert_eq!((word.as_str(), heard.lines), ("succeeded", 1), "{line}");
    }
    twin();
}

#[test]
fn a_connection_that_is_closed_or_replaced_helps_nobody() {
    let closed = "import os; os.close(3); api.call('get_self')";
    assert_eq!(with_host(closed, FINE).0, "Error");
    // The next file of the library gets the number of the connection.
    let replaced = "import os; os.close(3); assert os.open(os.__file__, 0) == 3; api.call('get_self')";
    assert_eq!(with_host(replaced, FINE), ("Error".into(), Heard { lines: 0, too_long: false }));
    let doubled = "import os; os.dup2(3, 40); os.dup2(3, 41); os.close(3); os.write(41, b'[]\\n'); os.read(40, 99)";
    assert_eq!(with_host(doubled, FINE), ("succeeded".into(), Heard { lines: 1, too_long: false }));
    let swapped = "import os; os.dup2(1, 3); print(); api.call('x' * 999)";
    assert_eq!(with_host(swapped, FINE).1.lines, 0, "what is printed there is output");
    twin();
}

#[test]
fn threads_that_call_at_once_do_not_mix_their_lines() {
    let (word, heard) = with_host(
        "
        import threading
        def calls():
            for _ in range(50): api.call('get_self', text='x' * 999)
        threads = [threading.Thread(target=calls) for _ in range(7)]
        for t in threads: t.start()
        for t in threads: t.join()
        ",
        FINE,
    );
    assert_eq!((word.as_str(), heard.lines), ("succeeded", 350));
}

#[test]
fn a_host_that_answers_nonsense_is_an_exception() {
    for (reply, expected) in [
        (&b"nonsense\n"[..], "JSONDecodeError"),
        (b"[]\n", "KeyError|TypeError"),
        (b"{\"error\": \"no\"}\n", "Error"),
        (b"\xff\n", "UnicodeDecodeError"),
        (b"{\"ok\": 1}", "out of time"),
    ] {
        let (word, _) = with_host("api.call('get_self')", reply);
        assert!(expected.split('|').any(|one| one == word), "{reply:?}: {word}");
    }
    twin();
}

#[test]
fn a_host_that_goes_is_an_exception_and_not_a_signal() {
    let look = host::look();
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let (gone, told) = channel();
    std::thread::spawn(move || {
        let _ = ours.shutdown(std::net::Shutdown::Both);
        drop(ours);
        let _ = gone.send(());
    });
    told.recv().expect("the host has gone");
    let (word, outcome) = verdict(Request { api: Some(theirs.into()), ..attack("api", "api.call('get_self')") });
    assert_eq!(word, "Error", "{}", said(&outcome));
    look.is_unchanged("a call to nobody");
}
