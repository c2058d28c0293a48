//! The Pythons of `[zygote:NAME]`, found once: what was checked is what every zygote gets.

use control::Python;
use cpython::Installation;
use manifest::{Manifest, Zygote};
use table::trusted::{self, Trust};

use crate::program::NoProgram;

/// Finds all of them and shows them to the service that starts zygotes, or says all that is wrong with them.
pub(crate) fn find_all(manifest: &mut Manifest, trust: Trust) -> Result<Vec<Python>, Vec<NoProgram>> {
    let zygotes = manifest.zygotes().to_vec();
    let mut missing = Vec::new();
    let mut pythons = Vec::new();
    for zygote in zygotes {
        match find(&zygote, manifest, trust) {
            Ok(python) => pythons.push(python),
            Err(why) => missing.push(NoProgram { line: zygote.line, why: format!("[zygote:{}] {why:#}", zygote.name) }),
        }
    }
    if missing.is_empty() { Ok(pythons) } else { Err(missing) }
}

fn find(zygote: &Zygote, manifest: &mut Manifest, trust: Trust) -> anyhow::Result<Python> {
    let Zygote { name, python, venv, preimport, .. } = zygote;
    let installation = Installation::find(python.as_deref(), venv.as_deref())?;
    for place in installation.places() {
        // What is imported here is part of every guest before its walls stand.
        trusted::tree(place, trust)?;
        manifest.show(place)?;
    }
    let preimport = preimport.iter().map(ToString::to_string).collect();
    Ok(Python { name: name.clone(), installation, preimport })
}
