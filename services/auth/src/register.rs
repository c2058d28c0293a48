//! Making an account.

use auth_api::{Error, Register, Session};

use crate::attempts::{Address, Place};
use crate::auth::{Auth, answer, now};
use crate::credentials::{Added, State};
use crate::name::Name;
use crate::password::{Queue, Verdict, check_length};

impl Auth {
    /// Writes the account down as one that is opening, has the bank open its side, and lets the visitor in.
    pub(crate) async fn register(&self, wanted: Register) -> Result<Session, Error> {
        let name = Name::parse(&wanted.username)?;
        check_length(&wanted.password)?;
        let address = Address::parse(&wanted.address);
        // Never given back: accounts cost memory, and the bank money.
        self.attempts.registration(address)?;
        if let Some(account) = self.credentials.account(&name).map_err(answer)? {
            return self.resume(name, wanted, account.password, account.state).await;
        }
        let password = self.hasher.hash(wanted.password).await?;
        match self.credentials.add(name.clone(), password, now()).await.map_err(answer)? {
            Added::New => {}
            // Somebody was faster by the time of a hash.
            Added::Taken => return Err(Error::UsernameTaken),
        }
        tracing::info!(username = %name, %address, "registered");
        self.admit(&name, State::Opening, None).await
    }

    /// A visitor whose registration was interrupted sends the form again: with the same password it goes on.
    async fn resume(&self, name: Name, wanted: Register, password: String, state: State) -> Result<Session, Error> {
        if state == State::Open {
            return Err(Error::UsernameTaken);
        }
        let attempt = self.attempts.login(&name, Place::Address(Address::parse(&wanted.address)))?;
        match self.try_password(attempt, wanted.password, Some(password), Queue::Strangers).await? {
            Verdict::Right => self.admit(&name, state, None).await,
            Verdict::Wrong => Err(Error::UsernameTaken),
        }
    }
}
