//! Guessing passwords takes time: wrong ones are limited per account and per address.
//!
//! Each key has a number of attempts, which come back one by one. What is kept for a key is one moment: when all of its
//! attempts will be back (the generic cell rate algorithm). An attempt is taken before the password is looked at, so that
//! a thousand guesses at the same time do not all find the door open.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use auth_api::Error;

use crate::name::Name;

/// How long an account's attempt takes to come back.
const ACCOUNT_PAUSE: Duration = Duration::from_secs(10);
/// How long an address's attempt takes to come back.
const ADDRESS_PAUSE: Duration = Duration::from_secs(1);
/// Most keys that are remembered. More addresses than these at a time is an attack that this limit cannot stop.
const REMEMBERED: usize = 16 * 1024;

/// Where a visitor comes from, as far as attempts are counted together: one IPv4 address, or the 64 bits of an IPv6 address
/// that name a network. Text that is no address counts as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address(Option<IpAddr>);

/// An attempt that was taken. It is given back if the password was right.
#[derive(Debug)]
pub(crate) struct Attempt {
    account: Option<Name>,
    address: Address,
}

/// The attempts of all accounts and addresses.
#[derive(Debug)]
pub(crate) struct Attempts {
    both: Mutex<(Meter<Name>, Meter<Address>)>,
}

#[derive(Debug)]
struct Meter<K> {
    pause: Duration,
    allowance: Duration,
    /// When all attempts of a key will be back.
    whole_again: HashMap<K, Instant>,
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
    pub(crate) fn new(per_account: u32, per_address: u32) -> Self {
        let meters = (Meter::new(per_account, ACCOUNT_PAUSE), Meter::new(per_address, ADDRESS_PAUSE));
        Self { both: Mutex::new(meters) }
    }

    /// Takes an attempt, or says how long to wait for one.
    pub(crate) fn begin(&self, account: Option<&Name>, address: Address) -> Result<Attempt, Error> {
        self.begin_at(account, address, Instant::now())
    }

    fn begin_at(&self, account: Option<&Name>, address: Address, now: Instant) -> Result<Attempt, Error> {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        let (accounts, addresses) = &mut *both;
        addresses.take(address, now).map_err(wait)?;
        if let Some(name) = account {
            accounts.take(name.clone(), now).map_err(wait)?;
        }
        Ok(Attempt { account: account.cloned(), address })
    }

    /// The password was right: the attempt does not count.
    pub(crate) fn give_back(&self, attempt: Attempt) {
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        let (accounts, addresses) = &mut *both;
        addresses.give_back(&attempt.address);
        if let Some(name) = &attempt.account {
            accounts.give_back(name);
        }
    }
}

fn wait(time: Duration) -> Error {
    Error::TooManyAttempts { retry_after_seconds: time.as_secs() + 1 }
}

impl<K: Hash + Eq + Clone> Meter<K> {
    fn new(attempts: u32, pause: Duration) -> Self {
        Self { pause, allowance: pause * attempts, whole_again: HashMap::new() }
    }

    fn take(&mut self, key: K, now: Instant) -> Result<(), Duration> {
        let then = self.whole_again.get(&key).map_or(now, |then| now.max(*then)) + self.pause;
        let missing = then - now;
        if missing > self.allowance {
            return Err(missing - self.allowance);
        }
        self.make_room(now);
        self.whole_again.insert(key, then);
        Ok(())
    }

    fn give_back(&mut self, key: &K) {
        if let Some(then) = self.whole_again.get_mut(key) {
            *then -= self.pause;
        }
    }

    /// Forgets whoever has all attempts back; if that is nobody, whoever has most of them back.
    fn make_room(&mut self, now: Instant) {
        if self.whole_again.len() < REMEMBERED {
            return;
        }
        self.whole_again.retain(|_, then| *then > now);
        if self.whole_again.len() >= REMEMBERED
            && let Some(first) = self.whole_again.iter().min_by_key(|(_, then)| **then).map(|(key, _)| key.clone())
        {
            self.whole_again.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a name")
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn an_account_waits_after_too_many_wrong_passwords_from_anywhere() {
        let (attempts, start) = (Attempts::new(3, 100), Instant::now());
        let from = |address, now| attempts.begin_at(Some(&name("anna")), Address::parse(address), now).map(drop);
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            assert_eq!(from(address, start), Ok(()));
        }
        assert_eq!(from("192.0.2.4", start), Err(Error::TooManyAttempts { retry_after_seconds: 11 }));
        assert_eq!(from("192.0.2.4", start + seconds(11)), Ok(()), "one attempt is back");
        assert!(from("192.0.2.4", start + seconds(11)).is_err(), "and only one");
        let other = attempts.begin_at(Some(&name("bob")), Address::parse("192.0.2.1"), start);
        assert!(other.is_ok(), "others do not wait");
    }

    #[test]
    fn an_address_waits_after_too_many_attempts_on_any_account() {
        let (attempts, start) = (Attempts::new(10, 2), Instant::now());
        let on = |account: &str, address| attempts.begin_at(Some(&name(account)), Address::parse(address), start);
        assert!(on("anna", "2001:db8::1").is_ok());
        assert!(on("bob", "2001:db8::ffff").is_ok());
        assert!(on("carl", "2001:db8::2").is_err(), "the same network");
        assert!(on("carl", "2001:db8:0:1::2").is_ok(), "another network");
        assert!(attempts.begin_at(None, Address::parse("2001:db8::1"), start).is_err(), "registrations count too");
    }

    #[test]
    fn right_passwords_are_not_counted() {
        let attempts = Attempts::new(2, 2);
        for _ in 0..100 {
            let attempt = attempts.begin(Some(&name("anna")), Address::parse("192.0.2.1")).expect("an attempt");
            attempts.give_back(attempt);
        }
    }

    #[test]
    fn an_address_in_another_spelling_is_the_same() {
        assert_eq!(Address::parse("::ffff:192.0.2.1"), Address::parse("192.0.2.1"));
        assert_eq!(Address::parse("nonsense"), Address::parse(""));
    }

    #[test]
    fn a_crowd_of_addresses_does_not_fill_the_memory() {
        let (mut meter, start) = (Meter::new(2, seconds(1)), Instant::now());
        for key in 0..REMEMBERED + 10 {
            meter.take(key, start).expect("an attempt");
        }
        assert_eq!(meter.whole_again.len(), REMEMBERED);
        meter.take(0, start + seconds(1)).expect("an attempt");
        assert_eq!(meter.whole_again.len(), 1, "all others have their attempts back");
    }
}
