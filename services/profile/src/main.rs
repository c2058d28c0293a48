//! What users say about themselves, be it words or a program.
//!
//! A profile's program spends its owner's zoobars, so only the owner's own session changes it. Who visits is what the
//! visitor's token says. This service starts runs and never touches one: the program talks to the API server, within the
//! sandbox.

#![forbid(unsafe_code)]

mod places;
mod profile;
mod run;
mod set;
mod shelf;
mod view;

use std::process::ExitCode;
use std::sync::Arc;

use confine::Role;
use profile_api::{Get, IDL, Runs, Set, View};
use rpc::Router;

use crate::profile::{Callees, Profiles};
use crate::shelf::Shelf;

fn main() -> ExitCode {
    service::rpc_main(Role::Service, |own| {
        let callees =
            Callees { auth: own.client("auth_svc")?, api: own.client("api_svc")?, sandbox: own.client("sandbox_svc")? };
        let profiles = Profiles::new(Shelf::open(&own.writable_dir("/db")?)?, callees);
        Ok(Router::new(IDL, Arc::new(profiles))
            .on::<Get, _, _>(async |profiles, call| profiles.get(&call.params))
            .on::<Set, _, _>(async |profiles, call| profiles.set(call.params).await)
            .on::<View, _, _>(async |profiles, call| profiles.view(call.params).await)
            .on::<Runs, _, _>(async |profiles, call| profiles.runs(&call.params).await))
    })
}
