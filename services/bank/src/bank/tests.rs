//! Whose zoobars move: the token's owner's, by auth's word alone.

use std::sync::Arc;

use auth_api::{Check, Checked, RunToken, Token};
use bank_api::{Balance, Error, Open, Spend, Transfer};
use rpc::{Client, Router};
use tempfile::TempDir;

use super::Bank;
use crate::ledger::Ledger;

/// anna's session, her profile's run, and a token that auth does not know.
const SESSION: [u8; 32] = [1; 32];
const RUN: [u8; 32] = [2; 32];
const UNKNOWN: [u8; 32] = [3; 32];

fn auth() -> Client {
    let router = Router::new(auth_api::IDL, Arc::new(())).on::<Check, _, _>(async |_, call| {
        let anna = |run| Ok(Checked { username: "anna".into(), run });
        match call.params.token {
            token if token == Token::from_bits(&SESSION) => anna(None),
            token if token == Token::from_bits(&RUN) => anna(Some(RunToken { run: "r1".into(), cap: 2 })),
            _ => Err(auth_api::Error::InvalidToken),
        }
    });
    stand_in::serve(auth_api::IDL, router)
}

async fn bank(auth: Client) -> (Bank, TempDir) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let bank = Bank::new(Ledger::open(directory.path()).expect("opens"), auth);
    for username in ["anna", "bob"] {
        bank.open(Open { username: username.into() }).await.expect("opens an account");
    }
    (bank, directory)
}

fn to_bob(token: [u8; 32], zoobars: i64) -> Transfer {
    Transfer { token: Token::from_bits(&token), recipient: "bob".into(), zoobars }
}

/// As a run of a program spends it.
fn spend_for_bob(token: [u8; 32], zoobars: i64) -> Spend {
    Spend { token: Token::from_bits(&token), recipient: "bob".into(), zoobars }
}

fn bobs(bank: &Bank) -> u64 {
    bank.balance(&Balance { username: "bob".into() }).expect("has an account").zoobars
}

#[tokio::test]
async fn the_owner_of_the_token_pays() {
    let (bank, _directory) = bank(auth()).await;
    let sent = bank.transfer(to_bob(SESSION, 4)).await.expect("sent");
    assert_eq!((sent.sender.as_str(), sent.balance), ("anna", 6));
    assert_eq!(bobs(&bank), 14);
}

#[tokio::test]
async fn a_token_that_auth_does_not_know_moves_nothing() {
    let (bank, _directory) = bank(auth()).await;
    assert_eq!(bank.transfer(to_bob(UNKNOWN, 1)).await, Err(Error::InvalidToken));
    assert_eq!(bank.transfer(to_bob(UNKNOWN, -1)).await, Err(Error::InvalidToken), "and learns nothing else");
    assert_eq!(bobs(&bank), 10);
}

#[tokio::test]
async fn a_run_spends_within_its_owners_cap() {
    let (bank, _directory) = bank(auth()).await;
    bank.spend(spend_for_bob(RUN, 2)).await.expect("within the cap");
    assert_eq!(bank.spend(spend_for_bob(RUN, 1)).await, Err(Error::CapReached { cap: 2, spent_today: 2 }));
    bank.transfer(to_bob(SESSION, 1)).await.expect("the owner himself has no cap");
    assert_eq!(bobs(&bank), 13);
}

#[tokio::test]
async fn a_session_and_a_run_cannot_stand_in_for_each_other() {
    let (bank, _directory) = bank(auth()).await;
    assert_eq!(bank.spend(spend_for_bob(SESSION, 1)).await, Err(Error::InvalidToken), "a session's has no cap");
    assert_eq!(bank.transfer(to_bob(RUN, 1)).await, Err(Error::InvalidToken));
    assert_eq!(bank.spend(spend_for_bob(UNKNOWN, 1)).await, Err(Error::InvalidToken));
    assert_eq!(bobs(&bank), 10);
    bank.spend(spend_for_bob(RUN, 1)).await.expect("the control: each where it belongs");
    bank.transfer(to_bob(SESSION, 1)).await.expect("the control: each where it belongs");
}

#[tokio::test]
async fn an_amount_that_is_not_positive_moves_nothing() {
    let (bank, _directory) = bank(auth()).await;
    for amount in [0, -1, i64::MIN] {
        assert_eq!(bank.transfer(to_bob(SESSION, amount)).await, Err(Error::BadAmount), "{amount}");
        assert_eq!(bank.spend(spend_for_bob(RUN, amount)).await, Err(Error::BadAmount), "{amount}");
    }
    assert_eq!(bobs(&bank), 10);
}

#[tokio::test]
async fn without_auth_there_are_balances_but_no_transfers() {
    let (bank, _directory) = bank(stand_in::down()).await;
    assert_eq!(bank.transfer(to_bob(SESSION, 1)).await, Err(Error::Unavailable));
    assert_eq!(bobs(&bank), 10);
}
