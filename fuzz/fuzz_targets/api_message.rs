//! A line that a guest sends instead of a call: it is refused as none, or it is a call that says the same when it is written
//! again, and gets an answer of one line whatever it asks for.

#![no_main]

/// The part of the service that reads, as it stands there.
#[path = "../../services/profile-api-server/src"]
#[allow(dead_code)]
mod server {
    pub mod calls;
    pub mod wire;
}

use libfuzzer_sys::fuzz_target;
use rpc::Client;
use server::calls::{Run, Services};
use server::wire;
use tokio::runtime::{Builder, Runtime};
use wire::{Incoming, parse};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
}

fuzz_target!(|line: &[u8]| {
    let Incoming::Call(call) = parse(line) else { return };
    let written = serde_json::to_vec(&(&call.method, &call.arguments)).expect("it came as JSON");
    // Of fractions, which no method takes, the last digit may differ.
    let Incoming::Call(again) = parse(&written) else { panic!("{}", String::from_utf8_lossy(&written)) };
    assert_eq!(again.method, call.method);
    assert!(again.arguments.keys().eq(call.arguments.keys()));

    // Nobody is behind it: what the arguments say is all that matters.
    let nobody = || Client::new("/nonexistent/sock");
    let services = Services { bank: nobody(), profile: nobody(), sandbox: nobody() };
    let run = Run { owner: "anna".into(), visitor: "bob".into(), token: None, services };
    let reply = RUNTIME.with(|runtime| runtime.block_on(run.answer(call)));
    let told = serde_json::to_vec(&reply).expect("a reply is JSON");
    assert!(!told.contains(&b'\n'));
});
