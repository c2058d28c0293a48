//! The bank: who has how many zoobars, and how they got there.
//!
//! It believes no name in a message: whose zoobars move is what the token says, and what the token says is auth's word. It
//! makes money in one place only, when auth opens an account.

#![forbid(unsafe_code)]

mod amount;
mod asctime;
mod bank;
mod chain;
mod ledger;

use std::process::ExitCode;
use std::sync::Arc;

use bank_api::{Balance, IDL, Log, Open, Spend, Transfer, Verify};
use confine::Role;
use rpc::Router;

use crate::bank::Bank;
use crate::ledger::Ledger;

fn main() -> ExitCode {
    service::rpc_main(Role::Service, |own| {
        let ledger = Ledger::open(&own.writable_dir("/db")?)?;
        let bank = Arc::new(Bank::new(ledger, own.client("auth_svc")?));
        Ok(Router::new(IDL, bank)
            .on::<Open, _, _>(async |bank, call| bank.open(call.params).await)
            .on::<Balance, _, _>(async |bank, call| bank.balance(&call.params))
            .on::<Transfer, _, _>(async |bank, call| bank.transfer(call.params).await)
            .on::<Spend, _, _>(async |bank, call| bank.spend(call.params).await)
            .on::<Log, _, _>(async |bank, call| bank.log(&call.params))
            .on::<Verify, _, _>(async |bank, call| bank.verify(call.params).await))
    })
}
