//! Says back what it is told. The template for a new service: see CONTRIBUTING.md.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::sync::Arc;

use confine::Role;
use echo_api::{Echo, Echoed, Error, IDL, MAX_MESSAGE};
use rpc::{Call, Router};

/// Echo keeps nothing between calls.
struct EchoService;

fn main() -> ExitCode {
    service::rpc_main(Role::Service, |_own| Ok(Router::new(IDL, Arc::new(EchoService)).on::<Echo, _, _>(echo)))
}

async fn echo(_: Arc<EchoService>, call: Call<Echo>) -> Result<Echoed, Error> {
    let message = call.params.message;
    if message.len() > MAX_MESSAGE {
        return Err(Error::TooLong { limit: MAX_MESSAGE });
    }
    Ok(Echoed { reply: format!("You said: {message}"), caller: call.peer.service().to_owned() })
}
