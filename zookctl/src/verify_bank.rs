//! Does the bank's log hold, and do the balances follow from it?
//!
//! It is the bank that computes: this finds what a disk, a crash or a hand in bank.db has spoilt, not a bank that lies.

use std::process::ExitCode;

use anyhow::{Context, bail};
use bank_api::{Error, INITIAL_BALANCE, Verified, Verify};
use manifest::Manifest;
use serde_json::Value;

use crate::call::call_as_operator;
use crate::terminal::inert;

/// What a service says to a caller that zook.conf does not name.
const DENIED: &str = "org.varlink.service.PermissionDenied";

/// Asks, prints what the bank found, and says by the exit code whether all is well.
pub(crate) fn verify(manifest: &Manifest) -> anyhow::Result<ExitCode> {
    let answer = call_as_operator(manifest, &Verify {})?.context(
        "the bank closed the connection without an answer: does [zook] of zook.conf have operator_calls = \
         bank_svc.Verify? Where it does, the bank's log says why",
    )?;
    Ok(match read(answer)? {
        Ok(found) => {
            println!("{}", told(&found));
            let is_whole = found.accounts.checked_mul(INITIAL_BALANCE) == Some(found.total);
            println!("{}", if is_whole { "all is well" } else { "zoobars were made or lost: the total is wrong" });
            if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(sentence) => {
            println!("{sentence}");
            ExitCode::FAILURE
        }
    })
}

fn told(found: &Verified) -> String {
    let Verified { rows, head, accounts, total } = found;
    // A line of the head's own could say that all is well.
    let head = inert(&head.replace('\n', " "));
    format!("rows      {rows}\nhead      {head}\naccounts  {accounts}\ntotal     {total}")
}

/// What the bank found, or what it found wrong, in words.
fn read(mut answer: Value) -> anyhow::Result<Result<Verified, String>> {
    if answer.get("error").is_none() {
        return serde_json::from_value(answer["parameters"].take())
            .map(Ok)
            .context("the bank's answer is not understood");
    }
    if answer["error"] == DENIED {
        bail!(
            "the bank does not answer root: add operator_calls = bank_svc.Verify to [zook], and start the site again"
        );
    }
    match serde_json::from_value(answer).context("the bank's refusal is not understood")? {
        Error::ChainBroken { row } => Ok(Err(format!("row {row} of the log is not what the bank wrote"))),
        Error::BalanceWrong { username } => {
            Ok(Err(format!("the balance of {username:?} does not follow from the log")))
        }
        other => bail!("{other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_bank_found_is_told_in_words() {
        let found = json!({ "parameters": { "rows": 3, "head": "ab", "accounts": 2, "total": 20 } });
        let found = read(found).expect("understood").expect("all is well");
        assert_eq!(told(&found), "rows      3\nhead      ab\naccounts  2\ntotal     20");
        let rogue =
            json!({ "parameters": { "rows": 3, "head": "\u{1b}[2J\nall is well", "accounts": 2, "total": 20 } });
        let rogue = told(&read(rogue).expect("understood").expect("found"));
        assert!(rogue.lines().count() == 4 && !rogue.contains('\u{1b}'), "{rogue:?}");
        let broken = json!({ "error": "org.zoobar.Bank.ChainBroken", "parameters": { "row": 17 } });
        assert_eq!(read(broken).expect("understood"), Err("row 17 of the log is not what the bank wrote".to_owned()));
        let denied = read(json!({ "error": DENIED, "parameters": {} })).expect_err("no answer");
        assert!(denied.to_string().contains("operator_calls"), "{denied}");
    }
}
