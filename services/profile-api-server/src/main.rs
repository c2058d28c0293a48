//! Answers the calls of running profiles.
//!
//! This process parses what a stranger's program sends, so it is the one to be broken into first. It owns nothing: each run
//! comes with a connection and a token that is good for transfers of one owner, within his cap, until the run ends.

#![forbid(unsafe_code)]

mod calls;
mod serve;
mod wire;

use std::process::ExitCode;
use std::sync::Arc;

use confine::Role;
use profile_api::api_server::{IDL, Serve};
use rpc::Router;

use crate::calls::Services;
use crate::serve::ApiServer;

/// Most calls of one run.
const CALLS: u32 = 1000;

fn main() -> ExitCode {
    service::rpc_main(Role::Service, |own| {
        let services = Services {
            bank: own.client("bank_svc")?,
            profile: own.client("profile_svc")?,
            sandbox: own.client("sandbox_svc")?,
        };
        let server = ApiServer::new(services, own.number("calls", CALLS, 0..=100_000)?);
        Ok(Router::new(IDL, Arc::new(server))
            .on::<Serve, _, _>(async |server, call| server.serve(call.params, call.descriptor).await))
    })
}
