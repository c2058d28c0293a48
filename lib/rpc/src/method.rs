//! A contract in Rust: one type per method, its parameters being the type itself.

use std::fmt::{Debug, Display};
use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One method of a varlink interface. The implementing type holds the parameters.
pub trait Method: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Full name, such as `org.zoobar.Bank.Transfer`.
    const NAME: &'static str;
    /// Whether calling twice is the same as calling once, so that a client may try again when the service went away
    /// before it answered.
    const REPEATABLE: bool = false;
    /// Whether one descriptor travels with the call.
    const TAKES_DESCRIPTOR: bool = false;
    /// How long the service may work on it, where that is not [`Limits::work`](crate::Limits::work).
    const WORK: Option<Duration> = None;
    /// What the method answers.
    type Reply: Serialize + DeserializeOwned + Debug + Send + 'static;
    /// How the service itself refuses: an enum with `#[serde(tag = "error", content = "parameters")]` whose variants are
    /// renamed to full varlink error names.
    type Error: Serialize + DeserializeOwned + Debug + Display + Send + 'static;
}

/// The answer of a method that has nothing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nothing {}

/// Binds parameter types to the methods of one interface.
///
/// ```text
/// rpc::methods! { "org.zoobar.Echo", Error;
///     Echo => Echoed, repeatable;
///     CountAll => Counted, repeatable, minutes(10);
/// }
/// ```
#[macro_export]
macro_rules! methods {
    ($interface:literal, $error:ty; $($method:ident => $reply:ty $(, $trait_:ident $(($number:literal))?)*;)+) => {
        $(impl $crate::Method for $method {
            const NAME: &'static str = concat!($interface, ".", stringify!($method));
            $($crate::method_trait!($trait_ $($number)?);)*
            type Reply = $reply;
            type Error = $error;
        })+
    };
}

/// One word after a method in [`methods!`].
#[doc(hidden)]
#[macro_export]
macro_rules! method_trait {
    (repeatable) => {
        const REPEATABLE: bool = true;
    };
    (takes_descriptor) => {
        const TAKES_DESCRIPTOR: bool = true;
    };
    (minutes $number:literal) => {
        const WORK: Option<std::time::Duration> = Some(std::time::Duration::from_mins($number));
    };
}
