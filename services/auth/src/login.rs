//! Beginning and ending a session.

use auth_api::{Error, Login, Logout, Password, Session, Token};
use rpc::Nothing;

use crate::attempts::{Address, Attempt, Place};
use crate::auth::{Auth, answer};
use crate::name::Name;
use crate::password::{Queue, Verdict, check_length};
use crate::secret::Fingerprint;

impl Auth {
    /// Lets the visitor in if he knows the password. An unknown user costs as much time as a known one.
    pub(crate) async fn login(&self, wanted: Login) -> Result<Session, Error> {
        // Nobody can have registered these.
        let name = Name::parse(&wanted.username).map_err(|_| Error::InvalidCredentials)?;
        check_length(&wanted.password).map_err(|_| Error::InvalidCredentials)?;
        let address = Address::parse(&wanted.address);
        let known = self.known(&name, wanted.device)?;
        let (place, queue) = match &known {
            Some(device) => (Place::Device(Fingerprint::of(device)), Queue::Known),
            None => (Place::Address(address), Queue::Strangers),
        };
        let attempt = self.attempts.login(&name, place)?;
        let account = self.credentials.account(&name).map_err(answer)?;
        let state = account.as_ref().map(|account| account.state);
        let stored = account.map(|account| account.password);
        match (self.try_password(attempt, wanted.password, stored, queue).await?, state) {
            (Verdict::Right, Some(state)) => {
                let session = self.admit(&name, state, known).await?;
                tracing::info!(username = %name, %address, "logged in");
                Ok(session)
            }
            (_, Some(_)) => {
                tracing::info!(username = %name, %address, "login refused");
                Err(Error::InvalidCredentials)
            }
            (_, None) => {
                // Without the name: people type their passwords into the wrong field.
                tracing::info!(%address, "login refused for an unknown name");
                Err(Error::InvalidCredentials)
            }
        }
    }

    /// Compares a password with an account's. The attempt counts if it is wrong, and not if nobody had time to look at it.
    pub(crate) async fn try_password(
        &self,
        attempt: Attempt,
        password: Password,
        stored: Option<String>,
        queue: Queue,
    ) -> Result<Verdict, Error> {
        let verdict = self.hasher.verify(password, stored, queue).await;
        if !matches!(verdict, Ok(Verdict::Wrong)) {
            self.attempts.give_back(attempt);
        }
        verdict
    }

    /// The token of a browser, if the account knows it.
    fn known(&self, name: &Name, device: Option<Token>) -> Result<Option<Token>, Error> {
        let Some(device) = device else { return Ok(None) };
        let known = self.credentials.knows(name, Fingerprint::of(&device)).map_err(answer)?;
        Ok(known.then_some(device))
    }

    /// Ends a session.
    pub(crate) async fn logout(&self, of: &Logout) -> Result<Nothing, Error> {
        self.credentials.end_session(Fingerprint::of(&of.token)).await.map_err(answer)?;
        Ok(Nothing {})
    }
}
