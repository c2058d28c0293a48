//! Answers a sandboxed program's calls of its host from Rust.
//!
//! The program calls `api.call('greet', name='Ada')`; it has one connection, and on it a call is a line of JSON: the method's
//! name and its arguments. The answer is a line too: `{"ok": …}`, or `{"error": …}`, which the program sees as an exception.
//! Whatever comes is a stranger's: its length, its number and its meaning are judged at this end.
//!
//! As root, which is given up before the program runs; with the zygote built before:
//!
//! ```text
//! cargo build --release -p zygote
//! cargo run --release -p sandbox --example host_calls -- target/release/libzygote.so
//! ```

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use confine::Root;
use confine::guest::nursery::{House, Nursery};
use confine::usernamespace::{IdRange, Maps, create};
use cpython::Installation;
use sandbox::{Config, Python, Request, Sandbox};
use serde_json::{Value, json};

/// Longest call, in bytes, and how many there may be in a run.
const LONGEST: u64 = 64 * 1024;
const MOST: usize = 100;

/// Ids that belong to nobody on this host: the sandbox's own, then its guests'.
const OWNER: u32 = 62_650;
const GUESTS: IdRange = IdRange { inside: 0, outside: OWNER + 1, count: 8 };

const PROGRAM: &str = "\
print(api.call('greet', name='Ada'))
try:
    api.call('launch', what='missiles')
except api.Error as error:
    print('refused:', error)
";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let zygote = std::env::args().nth(1).ok_or("which zygote? see this example's first lines")?;
    let sandbox = sandbox(&zygote)?;

    // One end goes to the program; calls that come from it are answered at the other, by a thread of ours.
    let (ours, theirs) = UnixStream::pair()?;
    let host = std::thread::spawn(move || serve(&ours));
    let outcome = sandbox.run(Request { api: Some(theirs.into()), ..Request::new("ada", PROGRAM) })?;
    host.join().map_err(|_| "the host panicked")??;

    print!("{}", String::from_utf8_lossy(&outcome.output));
    println!("{:?} in {:?}", outcome.ending, outcome.usage.time);
    Ok(())
}

/// Answers calls until the program has ended.
fn serve(connection: &UnixStream) -> std::io::Result<()> {
    let mut calls = BufReader::new(connection);
    for _ in 0..MOST {
        let mut line = String::new();
        // At the end of the program the connection closes. A call that is too long, or no text, ends it, too.
        match calls.by_ref().take(LONGEST).read_line(&mut line) {
            Ok(1..) if line.ends_with('\n') => {}
            _ => break,
        }
        let answer = match answer(&line) {
            Ok(value) => json!({ "ok": value }),
            Err(why) => json!({ "error": why }),
        };
        if writeln!(&*connection, "{answer}").is_err() {
            break;
        }
    }
    Ok(())
}

/// What this host does for programs.
fn answer(line: &str) -> Result<Value, String> {
    let (method, arguments): (String, Value) = serde_json::from_str(line).map_err(|_| "that is no call")?;
    match method.as_str() {
        "greet" => {
            let name = arguments["name"].as_str().ok_or("greet needs a name")?;
            Ok(json!(format!("Hello, {name}!")))
        }
        _ => Err(format!("there is no method {method}")),
    }
}

/// A sandbox for one run at a time.
fn sandbox(zygote: &str) -> Result<Sandbox, Failure> {
    let installation = Installation::find(None, None)?;
    let contents = cpython::contents([&installation]);
    let house = House { contents, zygote: File::open(zygote)?.into(), groups_entered: Vec::new(), site: "/tmp".into() };
    let namespace = create(&Root::claim()?, OWNER, OWNER, &Maps { uids: vec![GUESTS], gids: vec![GUESTS] })?;
    // From here on this process is nobody: the namespace belongs to it all the same.
    let (uid, gid) = (rustix::process::Uid::from_raw(OWNER), rustix::process::Gid::from_raw(OWNER));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(gid, gid, gid)?;
    rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    let nursery = Nursery::open(namespace.as_fd(), &house)?;

    // Without a store: what the program writes ends with it.
    let mut config = Config::new(Python::new(installation), None);
    (config.cores, config.lanes_per_core, config.spares_per_core) = (1, 1, 1);
    config.ids = GUESTS.count as usize;
    Ok(Sandbox::start(nursery, &config)?)
}
