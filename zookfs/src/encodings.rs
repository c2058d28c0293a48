//! Compressed forms of a file that stand beside it: `page.html.br`, `page.html.gz`.

use http_strict::{RequestHead, Value};

use crate::ground::{Ground, Opened};
use crate::stored;

/// How the bytes of a file are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Brotli,
    Gzip,
}

impl Encoding {
    pub(crate) fn name(self) -> Option<Value<'static>> {
        match self {
            Encoding::Identity => None,
            Encoding::Brotli => Some(Value::fixed("br")),
            Encoding::Gzip => Some(Value::fixed("gzip")),
        }
    }
}

/// The smallest form that the visitor understands and that is not older than the file itself.
pub(crate) fn choose(ground: &Ground, request: &RequestHead, path: &str, plain: Opened) -> (Opened, Encoding) {
    for (encoding, name, end) in [(Encoding::Brotli, "br", "br"), (Encoding::Gzip, "gzip", "gz")] {
        if !accepts(request, name) {
            continue;
        }
        if let Ok(compressed) = ground.read(&format!("{path}.{end}")) {
            let (old, new) = (&plain.stat, &compressed.stat);
            let fresh = (new.st_mtime, new.st_mtime_nsec) >= (old.st_mtime, old.st_mtime_nsec);
            if fresh && stored::check(&compressed).is_ok() {
                return (compressed, encoding);
            }
        }
    }
    (plain, Encoding::Identity)
}

/// Whether Accept-Encoding names this coding without refusing it (`q=0`).
fn accepts(request: &RequestHead, name: &str) -> bool {
    request.fields.all("accept-encoding").any(|value| {
        value.elements().filter_map(|element| std::str::from_utf8(element).ok()).any(|element| {
            let mut parts = element.split(';').map(str::trim);
            let named = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name));
            let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            named && weight.is_none_or(|weight| weight.bytes().any(|byte| (b'1'..=b'9').contains(&byte)))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_accepted_unless_its_weight_is_zero() {
        for (line, yes) in [
            ("gzip", true),
            ("deflate, GZIP;q=0.5, br", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("xgzip", false),
            ("*", false),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {line}\r\n\r\n");
            let request = crate::site::parsed(&head);
            assert_eq!(accepts(&request, "gzip"), yes, "{line}");
        }
    }
}
