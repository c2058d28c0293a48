//! Who is who: accounts, passwords, sessions, and what profiles may do in their owners' names.
//!
//! The only service that sees passwords, and it keeps none: only their Argon2id hashes, and of tokens only SHA-256 hashes.
//! Neither ever goes to a log.

#![forbid(unsafe_code)]

mod attempts;
mod auth;
mod check;
mod credentials;
mod grant;
mod login;
mod name;
mod password;
mod register;
mod run;
mod runs;
mod secret;

use std::process::ExitCode;
use std::sync::Arc;

use auth_api::{BeginRun, Check, EndRun, GetGrant, Grant, IDL, Login, Logout, Register};
use confine::Role;
use rpc::Router;

use crate::attempts::{Attempts, InARow};
use crate::auth::Auth;
use crate::credentials::Credentials;
use crate::password::Hasher;

/// Wrong passwords in a row. A place then has one more each minute, all strangers together one more every ten seconds on
/// each account, and an address one more every second for all accounts: a class of students shares one address.
const IN_A_ROW: InARow = InARow { per_place: 10, per_account: 100, per_address: 100 };
/// Passwords hashed at a time. Each takes 19 MiB and a processor.
const HASHED_AT_ONCE: usize = 2;

fn main() -> ExitCode {
    service::rpc_main(Role::Service, |own| {
        let auth = Auth::new(
            Credentials::open(&own.writable_dir("/db")?)?,
            Hasher::new(own.number("hashed_at_once", HASHED_AT_ONCE, 1..=64)?),
            Attempts::new(InARow {
                per_place: own.number("attempts_per_place", IN_A_ROW.per_place, 1..=10_000)?,
                per_account: own.number("attempts_per_account", IN_A_ROW.per_account, 1..=10_000)?,
                per_address: own.number("attempts_per_address", IN_A_ROW.per_address, 1..=10_000)?,
            }),
            own.client("bank_svc")?,
        );
        Ok(Router::new(IDL, Arc::new(auth))
            .on::<Register, _, _>(async |auth, call| auth.register(call.params).await)
            .on::<Login, _, _>(async |auth, call| auth.login(call.params).await)
            .on::<Logout, _, _>(async |auth, call| auth.logout(&call.params).await)
            .on::<Check, _, _>(async |auth, call| auth.check(&call.params))
            .on::<Grant, _, _>(async |auth, call| auth.grant(call.params).await)
            .on::<GetGrant, _, _>(async |auth, call| auth.get_grant(&call.params))
            .on::<BeginRun, _, _>(async |auth, call| auth.begin_run(call.params))
            .on::<EndRun, _, _>(async |auth, call| auth.end_run(&call.params)))
    })
}
