//! Landlock: files outside the grounds, TCP, and signals and abstract sockets to strangers; see landlock(7).

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};
use rustix::fs::fstat;

use super::{Grounds, LockDownError, Role};
use crate::Layer;
use crate::layer::Layers;

/// The oldest version of Landlock in the kernel that makes each layer whole, and the first Linux that has it. The first
/// versions could not refuse to truncate a file.
const NEEDS: &[(Layer, i32, &str)] =
    &[(Layer::LandlockFiles, 3, "6.2"), (Layer::LandlockNetwork, 4, "6.7"), (Layer::LandlockScopes, 6, "6.12")];

/// What may be done on writable ground: ordinary files and directories. No devices, sockets, pipes or links, and no moves
/// between directories.
const WRITE: &[AccessFs] = &[
    AccessFs::WriteFile,
    AccessFs::Truncate,
    AccessFs::MakeReg,
    AccessFs::RemoveFile,
    AccessFs::MakeDir,
    AccessFs::RemoveDir,
];

/// Puts the layers in place that this kernel has. Each is returned, with the reason if it is lacking and tolerated.
pub(super) fn enforce(
    role: Role,
    grounds: &Grounds,
    layers: Layers,
) -> Result<Vec<(Layer, Option<String>)>, LockDownError> {
    let (version, mut found) = (version(), Vec::new());
    for (layer, ..) in NEEDS {
        if layers.has(*layer) {
            found.push((*layer, lacking(version, role, grounds, *layer)?));
        }
    }
    let has = |layer| found.contains(&(layer, None));
    let (files, network, scopes) = (has(Layer::LandlockFiles), has(Layer::LandlockNetwork), has(Layer::LandlockScopes));
    if !(files || network || scopes) {
        return Ok(found);
    }
    let failed = |layer: Layer| move |error: RulesetError| LockDownError::Missing { layer, what: error.to_string() };

    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    if files {
        ruleset = ruleset
            .handle_access(AccessFs::from_all(ABI::V3))
            .map(|ruleset| ruleset.set_compatibility(CompatLevel::BestEffort))
            .and_then(|ruleset| ruleset.handle_access(AccessFs::IoctlDev)) // there are no devices anyway
            .map(|ruleset| ruleset.set_compatibility(CompatLevel::HardRequirement))
            .map_err(failed(Layer::LandlockFiles))?;
    }
    if network {
        ruleset = ruleset.handle_access(AccessNet::from_all(ABI::V4)).map_err(failed(Layer::LandlockNetwork))?;
    }
    if scopes {
        ruleset = ruleset.scope(Scope::from_all(ABI::V6)).map_err(failed(Layer::LandlockScopes))?;
    }
    let mut ruleset = ruleset.create().map_err(failed(Layer::LandlockFiles))?;
    if files {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let run = if role == Role::Files { AccessFs::Execute.into() } else { BitFlags::EMPTY };
        for path in &grounds.readable {
            ruleset = grant(ruleset, path, read | run)?;
        }
        for path in &grounds.writable {
            ruleset = grant(ruleset, path, read | WRITE.iter().copied().collect::<BitFlags<AccessFs>>())?;
        }
    }
    ruleset.restrict_self().map_err(failed(Layer::LandlockFiles))?;
    Ok(found)
}

/// `None` if a kernel with this version of Landlock has the layer, the reason if its lack is tolerated.
fn lacking(version: i32, role: Role, grounds: &Grounds, layer: Layer) -> Result<Option<String>, LockDownError> {
    let needed = NEEDS.iter().find(|(needing, needed, _)| *needing == layer && version < *needed);
    let Some((_, needed, linux)) = needed else { return Ok(None) };
    let what = format!("it takes Landlock {needed} (Linux {linux}), and this kernel has {version}");
    if !grounds.tolerate.contains(&layer) {
        return Err(LockDownError::Missing { layer, what: format!("{what}; `tolerate = {layer}` goes on without it") });
    }
    if role == Role::Dispatcher && layer == Layer::LandlockNetwork {
        // An accepted connection can be turned into one to the host's own network; only this layer stops that.
        return Err(LockDownError::Missing { layer, what: format!("{what}; the dispatcher is never without it") });
    }
    Ok(Some(format!("tolerated: {what}")))
}

fn grant(ruleset: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, LockDownError> {
    let cannot = |why: String| LockDownError::Grounds(format!("{} cannot be granted: {why}", path.display()));
    let ground = PathFd::new(path).map_err(|error| cannot(error.to_string()))?;
    let stat = fstat(&ground).map_err(|error| cannot(error.to_string()))?;
    let root = rustix::fs::stat("/").map_err(|error| cannot(error.to_string()))?;
    if (stat.st_dev, stat.st_ino) == (root.st_dev, root.st_ino) {
        return Err(cannot("it is the whole root; name what is needed below it".to_owned()));
    }
    let directory = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir();
    let access = if directory { access } else { access & AccessFs::from_file(ABI::V3) };
    ruleset.add_rule(PathBeneath::new(ground, access)).map_err(|error| cannot(error.to_string()))
}

/// Version of Landlock in this kernel; 0 if there is none or it was switched off at boot.
fn version() -> i32 {
    const LANDLOCK_CREATE_RULESET_VERSION: libc::c_uint = 1;
    // SAFETY: with this flag the kernel reads no memory; it only answers with a number.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0_usize,
            LANDLOCK_CREATE_RULESET_VERSION,
        )
    };
    i32::try_from(version).unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_root_is_no_ground() {
        let ruleset = || {
            let handled = Ruleset::default().handle_access(AccessFs::ReadFile).expect("known since the first version");
            handled.create().expect("this kernel has Landlock")
        };
        let granted = |path: &str| grant(ruleset(), Path::new(path), AccessFs::ReadFile.into()).map(drop);
        assert!(granted("/usr").is_ok());
        for root in ["/", "/usr/..", "//"] {
            assert!(matches!(granted(root), Err(LockDownError::Grounds(_))), "{root}");
        }
    }

    #[test]
    fn an_old_kernel_is_tolerated_where_that_is_said_but_never_an_accepted_connection_on_it() {
        let strict = Grounds::default();
        let lenient = Grounds { tolerate: NEEDS.iter().map(|(layer, ..)| *layer).collect(), ..strict.clone() };
        for (layer, needed, _) in NEEDS {
            let seen = |version, role, grounds| lacking(version, role, grounds, *layer);
            assert!(matches!(seen(*needed, Role::Service, &strict), Ok(None)), "{layer}: it is there");
            assert!(seen(needed - 1, Role::Service, &strict).is_err(), "{layer}: nobody said so");
            assert!(matches!(seen(needed - 1, Role::Service, &lenient), Ok(Some(_))), "{layer}: it is tolerated");
            let dispatcher = seen(needed - 1, Role::Dispatcher, &lenient);
            assert_eq!(dispatcher.is_err(), *layer == Layer::LandlockNetwork, "{layer}");
        }
    }
}
