//! `[zygote:NAME]`: a Python that programs in the sandbox may choose, and what it has imported before they begin.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::ini::Section;
use crate::keys::Keys;
use crate::service::Draft;
use crate::{Problems, Wrong, name, path};

/// What these sections are called, before their own name.
const PREFIX: &str = "zygote:";
/// The one for programs that choose none.
const DEFAULT: &str = "default";
/// Most sections: each has spares of its own, in the pool of users that all share.
const MAX_ZYGOTES: usize = 16;
/// Most modules of one.
const MAX_MODULES: usize = 64;
/// Longest name of a module, in bytes.
const MAX_MODULE: usize = 128;

/// A Python of the host, as programs may choose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zygote {
    /// The word that programs choose it by: lower-case letters, digits and `_`.
    pub name: String,
    /// The line of its section, for complaints about what only a look at the host can tell.
    pub line: usize,
    /// `python`: its program; where there is none, that of the virtual environment.
    pub python: Option<PathBuf>,
    /// `venv`: a virtual environment, whose packages programs see.
    pub venv: Option<PathBuf>,
    /// `preimport`: modules that programs find imported, beside the usual ones.
    pub preimport: Vec<Module>,
}

/// The name of a module of Python, such as `numpy.random`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module(String);

/// Whether a section is one of these.
pub(crate) fn is_one(section: &Section) -> bool {
    section.name.starts_with(PREFIX)
}

/// Reads all of them, and brings them together with the service that starts zygotes.
pub(crate) fn read(sections: &[Section], drafts: &[Draft<'_>], problems: &mut Problems) -> Vec<Zygote> {
    let sections: Vec<&Section> = sections.iter().filter(|section| is_one(section)).collect();
    let starter = drafts.iter().find(|draft| draft.service.starts_zygotes());
    match (starter, sections.first()) {
        (None, Some(section)) => {
            let what = format!("[{}] is for a service that starts zygotes, and there is none", section.name);
            problems.add(section.line, what, "add starts = zygote to that service, or delete the section");
        }
        (Some(draft), _) if !sections.iter().any(|section| section.name.strip_prefix(PREFIX) == Some(DEFAULT)) => {
            let what = format!("[{}] starts zygotes, and there is no [{PREFIX}{DEFAULT}]", draft.service.name);
            problems.add(draft.section.line_of("starts"), what, "add that section, with python = /usr/bin/python3");
        }
        _ => {}
    }
    if let Some(section) = sections.get(MAX_ZYGOTES) {
        problems.add(section.line, format!("there are more than {MAX_ZYGOTES} zygotes"), "delete some");
    }
    sections.into_iter().filter_map(|section| one(section, problems)).collect()
}

fn one(section: &Section, problems: &mut Problems) -> Option<Zygote> {
    let name = section.name.strip_prefix(PREFIX)?;
    let fits = name::is_plain(name);
    if !fits {
        let instead = "use a few lower-case letters, digits and _, as in [zygote:science]";
        problems.add(section.line, format!("{name:?} cannot be the name of a zygote"), instead);
    }
    let mut keys = Keys::of(section, problems);
    let python = keys.with("python", path::absolute);
    let venv = keys.with("venv", path::absolute);
    let preimport: Vec<Module> = keys.list("preimport");
    keys.finish();
    if section.entry("python").is_none() && section.entry("venv").is_none() {
        let instead = "add a line like python = /usr/bin/python3, or venv = /srv/venvs/science";
        problems.add(section.line, format!("[{}] names no Python", section.name), instead);
    }
    if preimport.len() > MAX_MODULES {
        let instead = format!("keep it below {MAX_MODULES} modules");
        problems.add(section.line_of("preimport"), "the list of modules is too long", instead);
    }
    fits.then(|| Zygote { name: name.to_owned(), line: section.line, python, venv, preimport })
}

impl Module {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Module {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = |word: &str| word.starts_with(|c: char| plain(c) && !c.is_ascii_digit()) && word.chars().all(plain);
        if text.len() > MAX_MODULE || !text.split('.').all(word) {
            let instead = "write names between commas, as in preimport = numpy, numpy.random";
            return Err(Wrong::new(format!("{text:?} cannot be the name of a module"), instead));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl fmt::Display for Zygote {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:<12} ", self.name)?;
        match (&self.python, &self.venv) {
            (Some(python), None) => write!(out, "{}", python.display())?,
            (Some(python), Some(venv)) => write!(out, "{} with {}", python.display(), venv.display())?,
            (None, Some(venv)) => write!(out, "the Python of {}", venv.display())?,
            (None, None) => {}
        }
        let modules: Vec<&str> = self.preimport.iter().map(Module::as_str).collect();
        if modules.is_empty() { Ok(()) } else { write!(out, ", imports {}", modules.join(", ")) }
    }
}
