//! The request target: a path with a query, or the same with `http://host` before it. RFC 9112 §3.2 knows two more forms,
//! for proxies (`host:port`) and for the server as a whole (`*`); both have nothing to name here.

use crate::host::is_host;
use crate::path::PathFault;
use crate::{Path, Query, Refusal, limits};

/// What a request asks for, and the host if the target names it.
pub(crate) struct Target<'t> {
    pub(crate) path: Path,
    pub(crate) query: Option<Query>,
    pub(crate) authority: Option<&'t str>,
}

pub(crate) fn parse(raw: &str) -> Result<Target<'_>, Refusal> {
    let (authority, rest) = if raw.starts_with('/') { (None, raw) } else { split_authority(raw)? };
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(Query::new(query)?)),
        None => (rest, None),
    };
    // `http://host?x` and `http://host` mean the root.
    let path = Path::decode(if path.is_empty() && authority.is_some() { "/" } else { path })?;
    // The next in line reads it as we write it, every doubtful byte escaped.
    let query_length = query.as_ref().map_or(0, |query| 1 + query.as_str().len());
    if raw.len() > limits::TARGET / 3 && path.encoded().len() + query_length > limits::TARGET {
        return Err(PathFault::TooLong.into());
    }
    Ok(Target { path, query, authority })
}

fn split_authority(raw: &str) -> Result<(Option<&str>, &str), Refusal> {
    const SCHEME: &str = "http://";
    let rest = match raw.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => &raw[SCHEME.len()..],
        _ => return Err(Refusal::Target),
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if !is_host(authority.as_bytes()) {
        return Err(Refusal::Host);
    }
    Ok((Some(authority), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_too_long_when_it_is_written_on_is_too_long() {
        let at_most = limits::TARGET / 3 - 1;
        assert!(parse(&format!("/{}", "<".repeat(at_most))).is_ok());
        assert!(parse(&format!("/{}", "a".repeat(3 * at_most))).is_ok());
        for long in [format!("/{}", "<".repeat(at_most + 2)), format!("/{}?{}", "<".repeat(at_most), "q".repeat(10))] {
            assert_eq!(parse(&long).map(|target| target.path), Err(PathFault::TooLong.into()));
        }
    }
}
