//! The layers of confinement, by name.

use std::fmt;
use std::str::FromStr;

/// One layer of confinement. Each is tested alone: it must hold an attack that every other layer lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Only the descriptors that were named are open.
    Descriptors,
    /// Own IPC, UTS (and, where asked for, PID) namespaces.
    Namespaces,
    /// An own network namespace with nothing in it.
    Network,
    /// An own mount namespace with its root directory and nothing else.
    Root,
    /// Own uid and gid, and no groups but its own.
    Identity,
    /// No capability in any set.
    Capabilities,
    /// No exec can give anything back.
    NoNewPrivileges,
    /// Landlock: files and directories.
    LandlockFiles,
    /// Landlock: TCP.
    LandlockNetwork,
    /// Landlock: signals and abstract sockets.
    LandlockScopes,
    /// The system-call filter.
    Calls,
}

/// Which layers are put in place: all of them, always. Attack tests leave some out to see another one hold alone; the
/// function that does so does not exist outside this crate's own test program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layers {
    left_out: u16,
}

impl Layers {
    pub(crate) const ALL: Self = Self { left_out: 0 };

    pub(crate) fn has(self, layer: Layer) -> bool {
        self.left_out & layer.bit() == 0
    }

    #[cfg(test)]
    pub(crate) fn dangerously_left_out_for_an_attack_test(layers: &[Layer]) -> Self {
        Self { left_out: layers.iter().fold(0, |bits, layer| bits | layer.bit()) }
    }
}

impl Layer {
    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Names in zook.conf (`tolerate = ...`) of the layers that a host may lack because its kernel is too old.
const TOLERABLE: &[(&str, Layer)] = &[
    ("landlock-files", Layer::LandlockFiles),
    ("landlock-network", Layer::LandlockNetwork),
    ("landlock-scopes", Layer::LandlockScopes),
];

/// A word that names no layer that can be done without.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a layer that can be tolerated; write landlock-files, landlock-network or landlock-scopes")]
pub struct UnknownLayer(String);

impl FromStr for Layer {
    type Err = UnknownLayer;

    /// Reads the name of a layer whose lack can be tolerated. All others have no name here: they are never optional.
    fn from_str(word: &str) -> Result<Self, UnknownLayer> {
        TOLERABLE
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, layer)| *layer)
            .ok_or_else(|| UnknownLayer(word.to_owned()))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Descriptors => "descriptors",
            Self::Namespaces => "namespaces",
            Self::Network => "network",
            Self::Root => "root",
            Self::Identity => "identity",
            Self::Capabilities => "capabilities",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::LandlockFiles => "landlock-files",
            Self::LandlockNetwork => "landlock-network",
            Self::LandlockScopes => "landlock-scopes",
            Self::Calls => "calls",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerable_layer_reads_back_what_it_shows() {
        for (name, layer) in TOLERABLE {
            assert_eq!(name.parse::<Layer>().expect("known"), *layer);
            assert_eq!(layer.to_string(), *name);
        }
    }

    #[test]
    fn a_layer_that_is_never_optional_has_no_name_to_tolerate_it_by() {
        for name in ["identity", "calls", "root", "landlock", ""] {
            assert!(name.parse::<Layer>().is_err(), "{name}");
        }
    }
}
