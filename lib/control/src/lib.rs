//! What the launcher and a process it started say to each other, over the socket pair whose number is `argv[1]`.
//!
//! One message is one `SOCK_SEQPACKET` record of JSON. The launcher speaks first, with [`Orders`]; it never reads anything
//! from a service but the few words of [`Report`], so that a service that was broken into has nothing to attack.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use cpython::Installation;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Largest record, in bytes: orders of some hundreds of services. The launcher refuses a table whose orders are longer.
pub const MAX_RECORD: usize = 64 * 1024;

/// How the names of the descriptors begin by which guests enter the control groups that bound them; see [`Orders`].
pub const GUESTS_GROUP: &str = "guests-group-";

/// Everything that a process learns from zook.conf: the launcher's first record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Section name in zook.conf, such as `bank_svc`.
    pub service: String,
    /// Extra words after `cmd` (the key `args`).
    pub args: Vec<String>,
    /// Listening sockets that this process inherited.
    pub listeners: Vec<Listener>,
    /// Who may call which method here; an empty list means that nobody may.
    pub callers: Vec<Caller>,
    /// Services that this process may call, by section name, and where their sockets stand in its root.
    pub callees: BTreeMap<String, PathBuf>,
    /// HTTP services in matching order. Only `zookd` gets any.
    pub routes: Vec<Route>,
    /// Paths in its root that it may write below (`owns`, `writes`), and where its log files go.
    pub writable: Vec<PathBuf>,
    /// Paths in its root that it may read below (`reads`).
    pub readable: Vec<PathBuf>,
    /// Directory for its own log files, inside its root and writable.
    pub log_dir: PathBuf,
    /// Keys of its section that belong to the program itself, such as limits.
    pub settings: BTreeMap<String, String>,
    /// How many users for guests there are in its user namespace (`userns`); 0 without one.
    pub guests: u32,
    /// The interpreters that programs may choose from. Only a service that starts zygotes gets any.
    pub pythons: Vec<Python>,
    /// Other inherited descriptors by name, such as `userns`.
    pub descriptors: BTreeMap<String, i32>,
    /// Confinement layers that zook.conf tolerates the lack of, such as `landlock`.
    pub tolerate: Vec<String>,
}

/// A listening socket, bound and kept by the launcher so that it outlives its service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// Number of the inherited descriptor.
    pub fd: i32,
    /// What is spoken on it.
    pub protocol: Protocol,
}

/// What is spoken on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// HTTP/1.1 over TCP: the public side of `zookd`.
    Public,
    /// HTTP/1.1 over a Unix stream socket.
    Http,
    /// HTTP messages as records, bodies as descriptors, over a Unix `SOCK_SEQPACKET` socket: `zookfs`.
    Descriptor,
    /// varlink over a Unix stream socket.
    Varlink,
}

/// One line of a service's list of callers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Section name of the caller.
    pub service: String,
    /// Unix user that the kernel reports for it.
    pub uid: u32,
    /// Full method names, such as `org.zoobar.Bank.Transfer`. For an HTTP service the list is empty.
    pub methods: Vec<String>,
}

/// One HTTP service as the dispatcher sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Section name.
    pub service: String,
    /// Regular expression that must match the whole path.
    pub url: String,
    /// [`Protocol::Http`] or [`Protocol::Descriptor`].
    pub protocol: Protocol,
    /// Where the service's socket stands in the dispatcher's root.
    pub socket: PathBuf,
}

/// An interpreter for programs in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    /// The word that programs choose it by.
    pub name: String,
    /// Where it is, in the service's root as on the host.
    pub installation: Installation,
    /// Modules that programs find imported, beside the usual ones.
    pub preimport: Vec<String>,
}

/// What a process tells its launcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "lowercase")]
pub enum Report {
    /// Confined, proved and listening.
    Ready,
    /// Could not start: the sentence for the operator.
    Failed { why: String },
    /// Answer to [`Word::Beat`].
    Alive { beat: u64 },
}

/// What the launcher tells a running process after its orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "lowercase")]
pub enum Word {
    /// Answer with [`Report::Alive`] and the same number.
    Beat { beat: u64 },
    /// Finish what is under way, take nothing new, and exit with 0.
    Drain,
}

/// A record that is not one of ours, or is too long.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Longer than [`MAX_RECORD`].
    #[error("the record has {0} bytes, more than the {MAX_RECORD} that are allowed")]
    TooLong(usize),
    /// Not JSON of the expected shape.
    #[error("the record is not understood")]
    Malformed(#[from] serde_json::Error),
}

/// Encodes one record.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, RecordError> {
    let bytes = serde_json::to_vec(message)?;
    if bytes.len() > MAX_RECORD {
        return Err(RecordError::TooLong(bytes.len()));
    }
    Ok(bytes)
}

/// Decodes one record.
pub fn decode<T: DeserializeOwned>(record: &[u8]) -> Result<T, RecordError> {
    if record.len() > MAX_RECORD {
        return Err(RecordError::TooLong(record.len()));
    }
    Ok(serde_json::from_slice(record)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_wire() {
        let report = Report::Alive { beat: 7 };
        let decoded: Report = decode(&encode(&report).expect("encodes")).expect("decodes");
        assert_eq!(decoded, report);
    }

    #[test]
    fn a_record_that_is_too_long_is_refused_before_it_is_parsed() {
        let record = vec![b' '; MAX_RECORD + 1];
        assert!(matches!(decode::<Report>(&record), Err(RecordError::TooLong(_))));
    }
}
