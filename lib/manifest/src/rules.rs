//! Rules that look at more than one service, or at more than one key.

use std::collections::BTreeMap;

use crate::service::Draft;
use crate::{Inside, Kind, Problems};

/// Notes everything that two services, or two keys of one, cannot have at once.
pub(crate) fn check(drafts: &[Draft<'_>], problems: &mut Problems) {
    distinct(drafts, problems, "uid", |draft| Some(draft.service.uid.to_string()));
    distinct(drafts, problems, "gid", |draft| Some(draft.service.gid.to_string()));
    distinct(drafts, problems, "url", |draft| match &draft.service.kind {
        Kind::Http { url, .. } => Some(url.to_string()),
        Kind::Dispatcher | Kind::Extra { .. } => None,
    });
    for (at, draft) in drafts.iter().enumerate() {
        roots(draft, &drafts[..at], problems);
        pool(draft, drafts, problems);
        paths(draft, problems);
    }
}

/// No two services have the same value of a key.
fn distinct(drafts: &[Draft<'_>], problems: &mut Problems, key: &str, value: impl Fn(&Draft<'_>) -> Option<String>) {
    let mut first = BTreeMap::new();
    for draft in drafts {
        let Some(value) = value(draft) else { continue };
        let Some(owner) = first.get(&value) else {
            first.insert(value, &draft.service.name);
            continue;
        };
        let what = format!("[{}] has the {key} {value} of [{owner}]", draft.service.name);
        problems.add(draft.section.line_of(key), what, format!("give it a {key} of its own"));
    }
}

/// A root directory belongs to one service: whoever shares it shares what it owns.
fn roots(draft: &Draft<'_>, before: &[Draft<'_>], problems: &mut Problems) {
    let dir = &draft.service.dir;
    if let Some(other) = before.iter().find(|other| other.service.dir.overlaps(dir)) {
        let (name, other) = (&draft.service.name, &other.service.name);
        let what = format!("[{name}] and [{other}] have the same root directory, or one inside the other");
        problems.add(draft.section.line_of("dir"), what, "give each a dir of its own");
    }
}

/// A guest is nobody else.
fn pool(draft: &Draft<'_>, drafts: &[Draft<'_>], problems: &mut Problems) {
    let Some(pool) = draft.service.userns else { return };
    let line = draft.section.line_of("userns");
    for other in drafts {
        let theirs = [other.service.uid.as_raw(), other.service.gid.as_raw()];
        if theirs.into_iter().any(|id| pool.contains(id)) {
            let what = format!("the pool {pool} holds the user or group of [{}]", other.service.name);
            problems.add(line, what, "choose a range that no service uses");
        }
        if other.service.name < draft.service.name && other.service.userns.is_some_and(|o| o.overlaps(pool)) {
            let what = format!("the pool {pool} overlaps the pool of [{}]", other.service.name);
            problems.add(line, what, "choose a range that no service uses");
        }
    }
}

/// Each path inside a root has one meaning.
fn paths(draft: &Draft<'_>, problems: &mut Problems) {
    let service = &draft.service;
    let mut seen: Vec<&Inside> = Vec::new();
    for (key, path) in service.places() {
        if let Some(other) = seen.iter().find(|other| other.overlaps(path)) {
            let what = format!("[{}] has {path} and {other}, which are the same or one inside the other", service.name);
            problems.add(draft.section.line_of(key), what, "name each place once, in owns, reads, executes or writes");
        }
        seen.push(path);
    }
}
