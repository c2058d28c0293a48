//! Guessers, and those who share an account, an address or a browser with them.

use super::*;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn from(address: &str) -> Place {
    Place::Address(Address::parse(address))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn allowing(per_place: u32, per_account: u32, per_address: u32) -> Attempts {
    Attempts::new(InARow { per_place, per_account, per_address })
}

#[test]
fn a_place_waits_after_too_many_wrong_passwords_for_an_account() {
    let (attempts, start) = (allowing(2, 100, 100), Instant::now());
    for place in [from("192.0.2.1"), Place::Device(Fingerprint([1; 32]))] {
        let at = |now| attempts.login_at(&name("anna"), place, now).map(drop);
        assert_eq!((at(start), at(start)), (Ok(()), Ok(())));
        assert_eq!(at(start), Err(Error::TooManyAttempts { retry_after_seconds: 61 }));
        assert_eq!(at(start + PLACE_PAUSE), Ok(()), "one attempt is back");
        assert!(at(start + PLACE_PAUSE).is_err(), "and only one");
    }
    assert!(attempts.login_at(&name("anna"), from("192.0.2.2"), start).is_ok(), "other places do not wait");
    assert!(attempts.login_at(&name("bob"), from("192.0.2.1"), start).is_ok(), "nor do other accounts");
}

#[test]
fn strangers_wait_together_after_too_many_wrong_passwords_for_an_account() {
    let (attempts, start) = (allowing(10, 3, 100), Instant::now());
    let at = |address, now| attempts.login_at(&name("anna"), from(address), now).map(drop);
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(at(address, start), Ok(()));
    }
    assert_eq!(at("192.0.2.4", start), Err(Error::TooManyAttempts { retry_after_seconds: 11 }));
    assert_eq!(at("192.0.2.4", start + seconds(11)), Ok(()), "one attempt is back");
    assert!(at("192.0.2.4", start + seconds(11)).is_err(), "and only one");
    let known = Place::Device(Fingerprint([1; 32]));
    assert!(attempts.login_at(&name("anna"), known, start).is_ok(), "a browser that the account knows does not wait");
}

#[test]
fn one_address_cannot_keep_the_other_strangers_waiting() {
    let (attempts, start) = (allowing(10, 20, 100), Instant::now());
    for second in 0..3600 {
        // It takes whatever it gets.
        let _ = attempts.login_at(&name("anna"), from("192.0.2.1"), start + seconds(second));
        let other = attempts.login_at(&name("anna"), from("192.0.2.2"), start + seconds(second));
        attempts.give_back(other.unwrap_or_else(|why| panic!("after {second} s: {why}")));
    }
}

#[test]
fn an_address_waits_after_too_many_attempts_on_any_account() {
    let (attempts, start) = (allowing(10, 10, 2), Instant::now());
    let on = |account: &str, address| attempts.login_at(&name(account), from(address), start);
    assert!(on("anna", "2001:db8::1").is_ok());
    assert!(on("bob", "2001:db8::ffff").is_ok());
    assert!(on("carl", "2001:db8::2").is_err(), "the same network");
    assert!(on("carl", "2001:db8:0:1::2").is_ok(), "another network");
    assert!(attempts.registration(Address::parse("2001:db8::1")).is_err(), "registrations count too");
    let known = Place::Device(Fingerprint([1; 32]));
    assert!(attempts.login_at(&name("anna"), known, start).is_ok(), "whoever it shares its address with");
}

#[test]
fn a_refused_attempt_costs_none() {
    let (attempts, start) = (allowing(2, 2, 4), Instant::now());
    let on = |account: &str, address, now| attempts.login_at(&name(account), from(address), now).map(drop);
    assert_eq!((on("anna", "192.0.2.1", start), on("anna", "192.0.2.1", start)), (Ok(()), Ok(())));
    for _ in 0..10 {
        assert!(on("anna", "192.0.2.1", start).is_err(), "the place has none left");
        assert!(on("anna", "192.0.2.2", start).is_err(), "the strangers have none left");
    }
    for (account, address) in [("bob", "192.0.2.1"), ("carl", "192.0.2.1"), ("bob", "192.0.2.2")] {
        assert_eq!(on(account, address, start), Ok(()), "the address has lost none");
    }
    for wait in [ACCOUNT_PAUSE, 2 * ACCOUNT_PAUSE] {
        assert_eq!(on("anna", "192.0.2.2", start + wait), Ok(()), "the place has lost none");
    }
}

#[test]
fn right_passwords_are_not_counted() {
    let attempts = allowing(2, 2, 2);
    for place in [from("192.0.2.1"), Place::Device(Fingerprint([1; 32]))] {
        for _ in 0..100 {
            let attempt = attempts.login(&name("anna"), place).expect("an attempt");
            attempts.give_back(attempt);
        }
    }
}

#[test]
fn an_address_in_another_spelling_is_the_same() {
    assert_eq!(Address::parse("::ffff:192.0.2.1"), Address::parse("192.0.2.1"));
    assert_eq!(Address::parse("nonsense"), Address::parse(""));
}
