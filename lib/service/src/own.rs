//! What a process may use: the sockets, directories and settings that zook.conf gives it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use confine::Confined;
use control::{Orders, Protocol};
use rpc::{Client, Grant, Peers};

use crate::launcher::Watch;

/// Everything that this process may use. Exists only behind the proof of its confinement.
#[derive(Debug)]
pub struct Own {
    orders: Orders,
    watch: Watch,
    /// The settings that the program has asked for, and so knows, and what they usually are.
    known: Mutex<BTreeMap<String, Option<String>>>,
    _confined: Confined,
}

/// Something that the program needs and zook.conf does not give it.
#[derive(Debug, thiserror::Error)]
pub enum NotOwned {
    /// No line of `calls` leads there.
    #[error("[{section}] needs `calls` with a method of {callee}")]
    Callee { section: String, callee: String },
    /// Not in `owns` or `writes`.
    #[error("[{section}] needs `owns = {path}`")]
    Directory { section: String, path: String },
    /// The launcher made no such listener for this section.
    #[error("[{section}] has no {protocol:?} listener; is it listed in the right one of http_svcs and extra_svcs?")]
    Listener { section: String, protocol: Protocol },
    /// The descriptor is there in name only, or was taken before.
    #[error("an inherited descriptor cannot be taken")]
    Inherited(#[source] std::io::Error),
    /// The value of a `set.` key cannot be read.
    #[error("[{section}] set.{key} = {value}: {wanted}")]
    Setting { section: String, key: String, value: String, wanted: String },
    /// A `set.` key that the program never asks for.
    #[error("[{section}] set.{key}: there is no such setting; those of this program are: {known}")]
    Unknown { section: String, key: String, known: String },
}

impl Own {
    pub(crate) fn new(orders: Orders, watch: Watch, confined: Confined) -> Self {
        Self { orders, watch, known: Mutex::default(), _confined: confined }
    }

    /// All that the launcher said.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// A client of a service that this one may call.
    pub fn client(&self, callee: &str) -> Result<Client, NotOwned> {
        let socket = self
            .orders
            .callees
            .get(callee)
            .ok_or_else(|| NotOwned::Callee { section: self.section(), callee: callee.to_owned() })?;
        Ok(Client::new(socket))
    }

    /// A directory that this process may write to, by its path in zook.conf.
    pub fn writable_dir(&self, path: &str) -> Result<PathBuf, NotOwned> {
        let wanted = PathBuf::from(path);
        if self.orders.writable.contains(&wanted) {
            return Ok(wanted);
        }
        Err(NotOwned::Directory { section: self.section(), path: path.to_owned() })
    }

    /// The value of `set.KEY` in zook.conf, or the program's default. The error of a type says what is wanted instead.
    pub fn setting<T: FromStr<Err: Display>>(&self, key: &str, default: T) -> Result<T, NotOwned> {
        self.known().insert(key.to_owned(), None);
        let Some(value) = self.orders.settings.get(key) else {
            return Ok(default);
        };
        value.parse().map_err(|wanted: T::Err| self.misset(key, value, wanted.to_string()))
    }

    /// The number that `set.KEY` says in zook.conf, which has to be within these bounds, or the program's default.
    pub fn number<T>(&self, key: &str, default: T, bounds: RangeInclusive<T>) -> Result<T, NotOwned>
    where
        T: FromStr + PartialOrd + Display,
    {
        let wanted = format!("a number from {} to {}", bounds.start(), bounds.end());
        self.known().insert(key.to_owned(), Some(default.to_string()));
        let Some(value) = self.orders.settings.get(key) else {
            return Ok(default);
        };
        let number = value.parse().ok().filter(|number| bounds.contains(number));
        number.ok_or_else(|| self.misset(key, value, wanted))
    }

    fn misset(&self, key: &str, value: &str, wanted: String) -> NotOwned {
        NotOwned::Setting { section: self.section(), key: key.to_owned(), value: value.to_owned(), wanted }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That zook.conf sets nothing that the program has not asked for: a setting that is not known is mistyped.
    fn all_known(&self) -> Result<(), NotOwned> {
        let known = self.known();
        let Some(key) = self.orders.settings.keys().find(|key| !known.contains_key(*key)) else { return Ok(()) };
        let told = |(key, usual): (&String, &Option<String>)| match usual {
            Some(usual) => format!("set.{key} = {usual}"),
            None => format!("set.{key}"),
        };
        let known: Vec<String> = known.iter().map(told).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(NotOwned::Unknown { section: self.section(), key: key.clone(), known })
    }

    /// The listening socket for a protocol. It can be taken once.
    pub fn take_listener(&self, protocol: Protocol) -> Result<OwnedFd, NotOwned> {
        let listener = self.orders.listeners.iter().find(|listener| listener.protocol == protocol);
        let listener = listener.ok_or_else(|| NotOwned::Listener { section: self.section(), protocol })?;
        confine::inherited::take(listener.fd).map_err(NotOwned::Inherited)
    }

    /// Who may call here, method by method.
    pub fn peers(&self) -> Peers {
        Peers::new(self.orders.callers.iter().map(|caller| Grant {
            service: caller.service.clone(),
            uid: caller.uid,
            methods: caller.methods.clone(),
        }))
    }

    /// Tells the launcher that this process listens now. By then it has read all its settings.
    pub fn ready(&self) -> anyhow::Result<()> {
        self.all_known()?;
        self.watch.ready()
    }

    /// Returns when the launcher asks to finish what is under way and take nothing new.
    pub async fn drained(&self) {
        self.watch.drained().await;
    }

    fn section(&self) -> String {
        self.orders.service.clone()
    }
}
