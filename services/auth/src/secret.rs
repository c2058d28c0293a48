//! Random secrets, and the only form in which they are kept.

use auth_api::Token;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest, Sha256};

/// The SHA-256 hash of a token. Who reads cred.db, or this process's memory, gets no token from it; a token has 256 random
/// bits, so that no slower hash is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(pub(crate) [u8; 32]);

impl Fingerprint {
    pub(crate) fn of(token: &Token) -> Self {
        Self(Sha256::digest(token.expose()).into())
    }
}

/// A token that nobody can guess.
pub(crate) fn fresh_token() -> Token {
    Token::from_bits(&random())
}

/// A name for a run. No secret, but never given twice.
pub(crate) fn fresh_run_id() -> String {
    format!("{:016x}", u64::from_be_bytes(random()))
}

/// Random bytes from the kernel. By the system call itself: the crate `getrandom` looks for it in the C library at run time,
/// and in a static program without `/dev` finds neither that nor a file to read from.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty());
    assert_eq!(filled, Ok(N), "getrandom(2) gives up to 256 bytes whole, once the kernel's pool is filled");
    bytes
}
