//! What each method answers.

use auth_api::{Check, Checked, RunToken, Token};
use bank_api::{Balance, Balanced, Error, Log, Logged, Open, Spend, Transfer, Transferred, Verified, Verify};
use rpc::{CallError, Client, Nothing};
use tokio::sync::Semaphore;

use crate::amount::Amount;
use crate::asctime::now;
use crate::ledger::{Failed, Ledger, Order, RunLimit};

/// The ledger, and the one who knows whose token is whose.
#[derive(Debug)]
pub(crate) struct Bank {
    ledger: Ledger,
    auth: Client,
    /// Verifying reads everything: one at a time.
    verifying: Semaphore,
}

impl Bank {
    pub(crate) fn new(ledger: Ledger, auth: Client) -> Self {
        Self { ledger, auth, verifying: Semaphore::new(1) }
    }

    pub(crate) async fn open(&self, open: Open) -> Result<Nothing, Error> {
        self.ledger.open_account(open.username).await.map_err(answer)?;
        Ok(Nothing {})
    }

    pub(crate) fn balance(&self, of: &Balance) -> Result<Balanced, Error> {
        let zoobars = self.ledger.balance(&of.username).map_err(answer)?;
        Ok(Balanced { zoobars })
    }

    pub(crate) fn log(&self, of: &Log) -> Result<Logged, Error> {
        let transfers = self.ledger.log(&of.username, of.limit).map_err(answer)?;
        Ok(Logged { transfers })
    }

    /// With a session's token: its owner pays.
    pub(crate) async fn transfer(&self, wanted: Transfer) -> Result<Transferred, Error> {
        let Transfer { token, recipient, zoobars } = wanted;
        match self.whose(token).await? {
            Checked { username: sender, run: None } => self.book(sender, recipient, zoobars, None).await,
            Checked { run: Some(_), .. } => Err(Error::InvalidToken),
        }
    }

    /// With a run's token: the owner of the profile pays, within his grant. No other token is good here, so that whoever
    /// answers strangers' programs can do nothing with a visitor's session.
    pub(crate) async fn spend(&self, wanted: Spend) -> Result<Transferred, Error> {
        let Spend { token, recipient, zoobars } = wanted;
        match self.whose(token).await? {
            Checked { username: sender, run: Some(RunToken { run, cap }) } => {
                self.book(sender, recipient, zoobars, Some(RunLimit { run, cap })).await
            }
            Checked { run: None, .. } => Err(Error::InvalidToken),
        }
    }

    async fn book(
        &self,
        sender: String,
        recipient: String,
        zoobars: i64,
        run: Option<RunLimit>,
    ) -> Result<Transferred, Error> {
        let amount = Amount::new(zoobars).ok_or(Error::BadAmount)?;
        let order = Order { sender, recipient, amount, run, time: now() };
        let booked = self.ledger.transfer(order.clone()).await.map_err(answer)?;
        tracing::info!(
            sender = order.sender,
            recipient = order.recipient,
            amount = amount.zoobars(),
            run = order.run.map(|limit| limit.run),
            row = booked.row,
            head = %booked.head,
            "transferred"
        );
        Ok(Transferred { sender: order.sender, balance: booked.balance })
    }

    pub(crate) async fn verify(&self, _: Verify) -> Result<Verified, Error> {
        let _turn = self.verifying.try_acquire().map_err(|_| Error::Unavailable)?;
        self.ledger.verify().await.map_err(answer)
    }

    /// Asked before any transaction begins: auth calls the bank as well.
    async fn whose(&self, token: Token) -> Result<Checked, Error> {
        self.auth.call(&Check { token }).await.map_err(|why| match why {
            CallError::Refused(auth_api::Error::InvalidToken) => Error::InvalidToken,
            other => {
                tracing::warn!(%other, "auth did not say whose token this is");
                Error::Unavailable
            }
        })
    }
}

fn answer(failed: Failed) -> Error {
    failed.or_answer(Error::Unavailable)
}

#[cfg(test)]
mod tests;
