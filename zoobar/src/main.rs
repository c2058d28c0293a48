//! The pages of zoobar, in two roles: `args = login` are the pages that see passwords, `args = pages` are all others. The
//! first may call auth and nothing else; the second never gets a password.
//!
//! Neither stores anything: what a page shows it has from the services, in the name of the visitor whose cookie auth knows.

#![forbid(unsafe_code)]

mod amount;
mod clean;
mod cookie;
mod entry;
mod fields;
mod frame;
mod from_zookd;
mod headline;
mod name;
mod origin;
mod page;
mod pages;
mod request_id;
mod response_headers;
mod routes;
mod services;
mod sorry;
#[cfg(test)]
mod tests;
mod visitor;

use std::process::ExitCode;

use anyhow::bail;
use axum::Router;
use confine::Role;
use control::Protocol;
use service::{Own, Workers};

use crate::from_zookd::FromZookd;
use crate::services::{Gate, Site};

fn main() -> ExitCode {
    service::main(Role::Pages, Workers::One, async |own: Own| {
        let pages = pages(&own)?;
        let visits = FromZookd::new(own.take_listener(Protocol::Http)?, own.peers())?;
        own.ready()?;
        axum::serve(visits, pages).with_graceful_shutdown(async move { own.drained().await }).await?;
        Ok(())
    })
}

/// The pages of the role that zook.conf names, with the services that it may call.
fn pages(own: &Own) -> anyhow::Result<Router> {
    match own.orders().args.as_slice() {
        [role] if role == "login" => Ok(routes::login_pages(Gate { auth: own.client("auth_svc")? })),
        [role] if role == "pages" => Ok(routes::pages(Site {
            auth: own.client("auth_svc")?,
            bank: own.client("bank_svc")?,
            profile: own.client("profile_svc")?,
            echo: own.client("echo_svc")?,
        })),
        other => bail!("[{}] args = {}: write `login` or `pages`", own.orders().service, other.join(" ")),
    }
}
