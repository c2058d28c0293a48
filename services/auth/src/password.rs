//! Passwords are stretched by Argon2id, few at a time: each takes a processor and much memory for a while, which is the
//! point, and a stranger could ask for thousands.

use std::error::Error;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use auth_api::{Error as Refusal, MAX_PASSWORD, Password};
use tokio::sync::Semaphore;

use crate::secret::random;

/// OWASP's first choice: 19 MiB, two passes, one lane.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>
const PARAMS: Params = match Params::new(19 * 1024, 2, 1, Some(HASH)) {
    Ok(params) => params,
    Err(_) => panic!("they are within Argon2's limits"),
};
/// Bytes in a hash.
const HASH: usize = 32;
/// Bytes in a salt.
const SALT: usize = 16;
/// Strangers' passwords that are hashed or wait for it; the next one hears that the service is busy.
const STRANGERS: usize = 34;
/// The same of those who are known.
const KNOWN: usize = 14;
// Both lines end here, not in the caller's line for its calls, where nobody knows who is a stranger.
const _: () = assert!(STRANGERS + KNOWN <= rpc::Client::AT_A_TIME);
/// glibc keeps freed blocks of up to 32 MiB for later; larger ones go back to the kernel at once. Reserved memory that is
/// never written to costs nothing.
const GIVEN_BACK: usize = 33 * 1024 * 1024;

/// Whether a password is the one of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Verdict {
    Right,
    Wrong,
}

/// Whose places to wait in: a crowd of strangers fills its own, and those who are known have theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    Known,
    Strangers,
}

/// Refuses a password that is empty or would cost too much to hash.
pub(crate) fn check_length(password: &Password) -> Result<(), Refusal> {
    let refuse = |why: &str| Err(Refusal::BadPassword { why: why.to_owned() });
    match password.0.len() {
        0 => refuse("A password has at least one character."),
        1..=MAX_PASSWORD => Ok(()),
        _ => refuse("A password has at most 4096 bytes."),
    }
}

/// Makes and checks password hashes, written as PHC strings.
#[derive(Debug)]
pub(crate) struct Hasher {
    at_once: Semaphore,
    known: Semaphore,
    strangers: Semaphore,
    /// Compared with where there is no such user, so that this takes the same time. No password has this hash.
    decoy: String,
}

/// A failure of ours: no memory, or a hash in the database that is none.
type Problem = Box<dyn Error + Send + Sync>;

impl Hasher {
    pub(crate) fn new(at_once: usize) -> Self {
        let decoy = written(&random(), &random()).expect("random bytes can be written as well as any others");
        let [at_once, known, strangers] = [at_once, KNOWN, STRANGERS].map(Semaphore::new);
        Self { at_once, known, strangers, decoy }
    }

    /// Hashes a new password with a salt of its own.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Refusal> {
        let hashing = move || {
            let salt = random();
            written(&salt, &stretched(PARAMS, &password, &salt)?)
        };
        self.in_turn(Queue::Strangers, hashing).await
    }

    /// Compares a password with an account's hash, or with nobody's.
    pub(crate) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
        queue: Queue,
    ) -> Result<Verdict, Refusal> {
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let comparing = move || {
            let stored = PasswordHash::new(&stored)?;
            let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
                return Err("the stored hash has no salt or no hash".into());
            };
            let hash = stretched(Params::try_from(&stored)?, &password, &salt)?;
            // `Output` compares in constant time.
            Ok(if Output::new(&hash)? == expected { Verdict::Right } else { Verdict::Wrong })
        };
        self.in_turn(queue, comparing).await
    }

    /// A crowd that fills all places of strangers for as long as this is kept.
    #[cfg(test)]
    pub(crate) fn crowd(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.strangers.try_acquire_many(self.strangers.available_permits() as u32).expect("all that there are")
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        queue: Queue,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Refusal> {
        let line = match queue {
            Queue::Known => &self.known,
            Queue::Strangers => &self.strangers,
        };
        let _place = line.try_acquire().map_err(|_| Refusal::Unavailable)?;
        let done = match self.at_once.acquire().await {
            Ok(_turn) => tokio::task::spawn_blocking(work).await.map_err(Problem::from),
            Err(closed) => Err(closed.into()),
        };
        done.flatten().map_err(|why| {
            tracing::error!(why, "a password could not be hashed");
            Refusal::Unavailable
        })
    }
}

fn stretched(params: Params, password: &Password, salt: &[u8]) -> Result<[u8; HASH], Problem> {
    let blocks = params.block_count();
    let mut memory: Vec<Block> = Vec::new();
    memory.try_reserve_exact(blocks.max(GIVEN_BACK / Block::SIZE))?;
    memory.resize(blocks, Block::new());
    let mut hash = [0; HASH];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.0.as_bytes(), salt, &mut hash, &mut memory)?;
    Ok(hash)
}

fn written(salt: &[u8; SALT], hash: &[u8; HASH]) -> Result<String, Problem> {
    let phc = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&PARAMS)?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(hash)?),
    };
    Ok(phc.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn password(text: &str) -> Password {
        Password(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let hasher = Hasher::new(2);
        let stored = hasher.hash(password("correct horse")).await.expect("hashes");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verdict = async |text: &str| {
            hasher.verify(password(text), Some(stored.clone()), Queue::Strangers).await.expect("compares")
        };
        assert_eq!(verdict("correct horse").await, Verdict::Right);
        for wrong in ["", "correct hors", "correct horse ", "Correct horse", "correct horse\0"] {
            assert_eq!(verdict(wrong).await, Verdict::Wrong, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn the_same_password_has_another_hash_each_time() {
        let hasher = Hasher::new(2);
        let first = hasher.hash(password("p")).await.expect("hashes");
        assert_ne!(first, hasher.hash(password("p")).await.expect("hashes"));
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let hasher = Hasher::new(2);
        for text in ["", "p"] {
            assert_eq!(hasher.verify(password(text), None, Queue::Strangers).await.expect("compares"), Verdict::Wrong);
        }
    }

    #[test]
    fn a_password_has_1_to_4096_bytes() {
        for right in ["p", "\0", "пароль", &"x".repeat(4096)] {
            assert_eq!(check_length(&password(right)), Ok(()));
        }
        for wrong in [String::new(), "x".repeat(4097), "é".repeat(2049), "x".repeat(1 << 20)] {
            assert!(matches!(check_length(&Password(wrong)), Err(Refusal::BadPassword { .. })));
        }
    }

    #[tokio::test]
    async fn a_crowd_of_strangers_is_turned_away_at_once_and_the_known_are_not() {
        let hasher = Arc::new(Hasher::new(1));
        let _long_work = hasher.at_once.acquire().await.expect("open");
        let visitor = async |hasher: Arc<Hasher>| hasher.verify(password("p"), None, Queue::Strangers).await;
        let crowd: Vec<_> = (0..STRANGERS + 8).map(|_| tokio::spawn(visitor(hasher.clone()))).collect();
        while hasher.strangers.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        let last = crowd.into_iter().next_back().expect("a crowd");
        assert_eq!(last.await.expect("no panic"), Err(Refusal::Unavailable));
        let known = hasher.verify(password("p"), None, Queue::Known);
        let waits = tokio::time::timeout(std::time::Duration::from_millis(1), known).await.is_err();
        assert!(waits, "the long work does not end, and whoever is known waits for it");
    }
}
