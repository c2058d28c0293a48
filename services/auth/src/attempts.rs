//! Guessing passwords takes time, and nobody's guesses lock somebody else out.
//!
//! Wrong passwords for an account are limited by the place they come from. A place is a browser that the account knows, or
//! an address. What a known browser may try, nobody else can use up. Strangers are also limited together: by address, over
//! all accounts, and by account, over all addresses. (OWASP describes this as device cookies,
//! <https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies>.)
//!
//! An attempt is taken before the password is looked at, so that a thousand guesses at the same time do not all find the
//! door open.

mod meter;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use auth_api::Error;

use crate::name::Name;
use crate::secret::Fingerprint;
use meter::Meter;

/// How long an attempt takes to come back to one place on one account. One address alone must not be able to keep up with
/// `ACCOUNT_PAUSE`: it would take the attempts of all other strangers as well.
const PLACE_PAUSE: Duration = Duration::from_secs(60);
/// How long it takes to come back to all strangers together on one account.
const ACCOUNT_PAUSE: Duration = Duration::from_secs(10);
/// How long it takes to come back to an address.
const ADDRESS_PAUSE: Duration = Duration::from_secs(1);

/// Attempts in a row before one has to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InARow {
    /// From one place on one account.
    pub(crate) per_place: u32,
    /// From all strangers together on one account.
    pub(crate) per_account: u32,
    /// From one address on all accounts.
    pub(crate) per_address: u32,
}

/// Where a visitor comes from, as far as attempts are counted together: one IPv4 address, or the 64 bits of an IPv6 address
/// that name a network. Text that is no address counts as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(Option<IpAddr>);

/// Where an attempt on an account is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// A browser that the account knows.
    Device(Fingerprint),
    /// A stranger's address.
    Address(Address),
}

/// An attempt that was taken. It is given back if the password was right, or nobody had time to look at it.
#[derive(Debug)]
pub(crate) struct Attempt {
    account: Name,
    place: Place,
}

/// The attempts of all accounts, browsers and addresses.
#[derive(Debug)]
pub(crate) struct Attempts(Mutex<Meters>);

#[derive(Debug)]
struct Meters {
    places: Meter<(Name, Place)>,
    accounts: Meter<Name>,
    addresses: Meter<Address>,
}

impl Meters {
    /// Takes an attempt of each that counts this one, or of none: who is refused has tried nothing.
    fn take(&mut self, account: &Name, place: Place, now: Instant) -> Result<(), Duration> {
        if let Place::Address(address) = place {
            self.addresses.look(&address, now)?;
            self.accounts.look(account, now)?;
        }
        self.places.take((account.clone(), place), now)?;
        if let Place::Address(address) = place {
            self.addresses.take(address, now)?;
            self.accounts.take(account.clone(), now)?;
        }
        Ok(())
    }
}

impl Address {
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.parse::<IpAddr>().ok().map(|address| match address.to_canonical() {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
            v4 => v4,
        }))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(out),
            None => out.write_str("unknown"),
        }
    }
}

impl Attempts {
    pub(crate) fn new(in_a_row: InARow) -> Self {
        Self(Mutex::new(Meters {
            places: Meter::new(in_a_row.per_place, PLACE_PAUSE),
            accounts: Meter::new(in_a_row.per_account, ACCOUNT_PAUSE),
            addresses: Meter::new(in_a_row.per_address, ADDRESS_PAUSE),
        }))
    }

    /// Takes an attempt on an account, or says how long to wait for one.
    pub(crate) fn login(&self, account: &Name, place: Place) -> Result<Attempt, Error> {
        self.login_at(account, place, Instant::now())
    }

    fn login_at(&self, account: &Name, place: Place, now: Instant) -> Result<Attempt, Error> {
        self.lock().take(account, place, now).map_err(wait)?;
        Ok(Attempt { account: account.clone(), place })
    }

    /// Takes one of an address's attempts for a new account, for good.
    pub(crate) fn registration(&self, address: Address) -> Result<(), Error> {
        self.lock().addresses.take(address, Instant::now()).map_err(wait)
    }

    /// The attempt does not count.
    pub(crate) fn give_back(&self, attempt: Attempt) {
        let mut meters = self.lock();
        if let Place::Address(address) = attempt.place {
            meters.addresses.give_back(&address);
            meters.accounts.give_back(&attempt.account);
        }
        meters.places.give_back(&(attempt.account, attempt.place));
    }

    fn lock(&self) -> MutexGuard<'_, Meters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait(time: Duration) -> Error {
    Error::TooManyAttempts { retry_after_seconds: time.as_secs() + 1 }
}

#[cfg(test)]
mod tests;
