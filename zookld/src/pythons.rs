//! The Pythons of `[zygote:NAME]`, found once: what was checked is what every zygote gets.

use anyhow::bail;
use control::Python;
use cpython::Installation;
use manifest::{Manifest, Zygote};
use table::trusted::{self, Trust};

use crate::load::Mistake;

/// Finds all of them and shows them to the service that starts zygotes, or says all that is wrong with them.
pub(crate) fn find_all(manifest: &mut Manifest, trust: Trust) -> Result<Vec<Python>, Vec<Mistake>> {
    let zygotes = manifest.zygotes().to_vec();
    let mut mistakes = Vec::new();
    let mut pythons = Vec::new();
    for zygote in zygotes {
        match find(&zygote, manifest, trust) {
            Ok(python) => pythons.push(python),
            Err(why) => mistakes.push(Mistake { line: zygote.line, why: format!("[zygote:{}] {why:#}", zygote.name) }),
        }
    }
    if mistakes.is_empty() { Ok(pythons) } else { Err(mistakes) }
}

fn find(zygote: &Zygote, manifest: &mut Manifest, trust: Trust) -> anyhow::Result<Python> {
    let Zygote { name, python, venv, preimport, .. } = zygote;
    let installation = Installation::find(python.as_deref(), venv.as_deref())?;
    for place in installation.places() {
        // What is imported here is part of every guest before its walls stand.
        trusted::tree(place, trust)?;
        manifest.show(place)?;
    }
    if let Some(module) = preimport.iter().find(|module| !installation.has(module.as_str())) {
        bail!("preimport = {module}: this Python has no such module; install it there, or take it from the list");
    }
    let preimport = preimport.iter().map(ToString::to_string).collect();
    Ok(Python { name: name.clone(), installation, preimport })
}
