//! The shapes of varlink messages, and the errors that every interface shares.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A call as it stands on the wire. `request` is our extension: the [request id](crate::request).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CallMessage<'m> {
    #[serde(borrow)]
    pub(crate) method: Cow<'m, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<&'m RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Cow<'m, str>>,
    /// The caller wants several answers, none, or another protocol: nothing here offers that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) more: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) oneway: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) upgrade: bool,
}

/// An outgoing call; the parameters are written straight from their type.
#[derive(Debug, Serialize)]
pub(crate) struct OutgoingCall<'m, P> {
    pub(crate) method: &'m str,
    pub(crate) parameters: &'m P,
    pub(crate) request: &'m str,
}

/// A reply as it stands on the wire: good if there is no `error`.
#[derive(Debug, Deserialize)]
pub(crate) struct ReplyMessage<'m> {
    #[serde(borrow, default)]
    pub(crate) error: Option<Cow<'m, str>>,
    #[serde(borrow, default)]
    pub(crate) parameters: Option<&'m RawValue>,
}

/// A good reply.
#[derive(Debug, Serialize)]
pub(crate) struct GoodReply<'m, R> {
    pub(crate) parameters: &'m R,
}

/// The errors of `org.varlink.service`, which every server may answer with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "error", content = "parameters")]
pub(crate) enum Standard {
    #[serde(rename = "org.varlink.service.MethodNotFound")]
    MethodNotFound { method: String },
    #[serde(rename = "org.varlink.service.InterfaceNotFound")]
    InterfaceNotFound { interface: String },
    #[serde(rename = "org.varlink.service.InvalidParameter")]
    InvalidParameter { parameter: String },
    #[serde(rename = "org.varlink.service.PermissionDenied")]
    PermissionDenied {},
}

/// Names of [`Standard`] that a client tells apart.
pub(crate) const PERMISSION_DENIED: &str = "org.varlink.service.PermissionDenied";
pub(crate) const STANDARD_PREFIX: &str = "org.varlink.service.";

/// Writes a message with its closing NUL.
pub(crate) fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(256);
    serde_json::to_writer(&mut bytes, message)?;
    bytes.push(0);
    Ok(bytes)
}
