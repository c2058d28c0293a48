//! Layers of confinement that a host may lack because its kernel is too old. All others have no name here: no service runs
//! without them.

use std::fmt;
use std::str::FromStr;

use crate::Wrong;

/// A layer that a service can be allowed to run without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Landlock: files and directories.
    LandlockFiles,
    /// Landlock: TCP.
    LandlockNetwork,
    /// Landlock: signals and abstract sockets.
    LandlockScopes,
}

const ALL: [Layer; 3] = [Layer::LandlockFiles, Layer::LandlockNetwork, Layer::LandlockScopes];

impl Layer {
    /// The word in zook.conf.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LandlockFiles => "landlock-files",
            Self::LandlockNetwork => "landlock-network",
            Self::LandlockScopes => "landlock-scopes",
        }
    }

    /// Reads the key `tolerate`. The dispatcher has TCP sockets, with which it could dial out of an empty network namespace:
    /// it never runs without the layer that forbids that.
    pub(crate) fn list(text: &str, dispatcher: bool) -> Result<Vec<Self>, Wrong> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        let layers = words.map(str::parse).collect::<Result<Vec<Self>, Wrong>>()?;
        if dispatcher && layers.contains(&Self::LandlockNetwork) {
            return Err(Wrong::new(
                "zookd cannot run without landlock-network",
                "delete it here, and use a kernel from 6.7 on",
            ));
        }
        Ok(layers)
    }
}

impl FromStr for Layer {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let known = || {
            Wrong::new(
                format!("no layer {text:?} can be left out"),
                format!("write one of {}", ALL.map(Self::as_str).join(", ")),
            )
        };
        ALL.into_iter().find(|layer| layer.as_str() == text).ok_or_else(known)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}
