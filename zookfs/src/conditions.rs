//! Conditional requests (RFC 9110 §13): does the visitor know this version already, and is it the one that was meant?

use std::time::SystemTime;

use http_strict::{RequestHead, Value};

/// Which version of a file this is.
#[derive(Debug)]
pub(crate) struct Version {
    /// Its strong entity tag, with quotes.
    pub(crate) tag: String,
    /// When it was last changed, in whole seconds.
    pub(crate) modified: SystemTime,
    /// When it was looked at.
    pub(crate) now: SystemTime,
}

/// What the conditions of a request come to.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Verdict {
    /// Give it.
    Give,
    /// The visitor has it: 304.
    Known,
    /// It is not the version that was meant: 412.
    Changed,
}

/// Weighs the conditions in the order of RFC 9110 §13.2.2.
pub(crate) fn check(request: &RequestHead, version: &Version) -> Verdict {
    let fields = &request.fields;
    let mut matches = fields.all("if-match").peekable();
    if matches.peek().is_some() {
        // A strong comparison: a weak tag never matches.
        if !matches.any(|value| lists(value, &version.tag, false)) {
            return Verdict::Changed;
        }
    } else if date(fields.only("if-unmodified-since")).is_some_and(|date| version.modified > date) {
        return Verdict::Changed;
    }
    let mut none_matches = fields.all("if-none-match").peekable();
    if none_matches.peek().is_some() {
        let known = none_matches.any(|value| lists(value, &version.tag, true));
        return if known { Verdict::Known } else { Verdict::Give };
    }
    match date(fields.only("if-modified-since")) {
        Some(date) if version.modified <= date => Verdict::Known,
        _ => Verdict::Give,
    }
}

/// Whether a range of this version may be given: `If-Range` is absent or names exactly it.
pub(crate) fn is_same(request: &RequestHead, version: &Version) -> bool {
    if request.fields.all("if-range").next().is_none() {
        return true;
    }
    let Some(value) = request.fields.only("if-range") else { return false };
    if value.as_bytes() == version.tag.as_bytes() {
        return true;
    }
    // A date is a strong validator only once the second that it names is over for sure (RFC 9110 §8.8.2.2).
    let old = version.now.duration_since(version.modified).is_ok_and(|age| age.as_secs() >= 2);
    old && date(Some(value)) == Some(version.modified)
}

/// Whether a list of tags, or `*`, includes this one.
fn lists(value: Value<'_>, tag: &str, weakly: bool) -> bool {
    value.elements().any(|element| {
        let element = if weakly { element.strip_prefix(b"W/").unwrap_or(element) } else { element };
        element == b"*" || element == tag.as_bytes()
    })
}

fn date(value: Option<Value<'_>>) -> Option<SystemTime> {
    httpdate::parse_http_date(value?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_strict::RequestHead;
    use std::time::{Duration, UNIX_EPOCH};

    fn request(lines: &str) -> RequestHead {
        crate::site::parsed(&format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"))
    }

    fn version() -> Version {
        let modified = UNIX_EPOCH + Duration::from_secs(784_111_777);
        Version { tag: "\"t\"".into(), modified, now: modified + Duration::from_secs(60) }
    }

    #[test]
    fn conditions_come_to_what_the_rfc_says() {
        const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
        for (lines, verdict) in [
            (String::new(), Verdict::Give),
            ("If-None-Match: \"t\"\r\n".into(), Verdict::Known),
            ("If-None-Match: \"a\", W/\"t\"\r\n".into(), Verdict::Known),
            ("If-None-Match: *\r\n".into(), Verdict::Known),
            ("If-None-Match: \"a\"\r\n".into(), Verdict::Give),
            (format!("If-Modified-Since: {SAME}\r\n"), Verdict::Known),
            (format!("If-Modified-Since: {EARLIER}\r\n"), Verdict::Give),
            ("If-Modified-Since: yesterday\r\n".into(), Verdict::Give),
            (format!("If-None-Match: \"a\"\r\nIf-Modified-Since: {SAME}\r\n"), Verdict::Give),
            ("If-Match: \"t\"\r\n".into(), Verdict::Give),
            ("If-Match: W/\"t\"\r\n".into(), Verdict::Changed),
            ("If-Match: \"a\"\r\n".into(), Verdict::Changed),
            (format!("If-Unmodified-Since: {SAME}\r\n"), Verdict::Give),
            (format!("If-Unmodified-Since: {EARLIER}\r\n"), Verdict::Changed),
        ] {
            assert_eq!(check(&request(&lines), &version()), verdict, "{lines}");
        }
    }

    #[test]
    fn a_range_is_given_of_the_same_version_only() {
        for (lines, same) in [
            ("", true),
            ("If-Range: \"t\"\r\n", true),
            ("If-Range: W/\"t\"\r\n", false),
            ("If-Range: \"a\"\r\n", false),
            ("If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n", true),
            ("If-Range: Sun, 06 Nov 1994 08:49:36 GMT\r\n", false),
        ] {
            assert_eq!(is_same(&request(lines), &version()), same, "{lines}");
        }
    }
}
