//! What a file is, by the end of its name.

use http_strict::Value;

/// A media type.
#[derive(Debug)]
pub(crate) struct ContentType {
    text: String,
    /// Worth compressing: text in some form.
    pub(crate) compressible: bool,
}

impl ContentType {
    pub(crate) fn value(&self) -> Value<'_> {
        Value::new(self.text.as_bytes()).expect("media types are letters and signs")
    }
}

/// The type of the file with this path. Unknown ends are bytes, not a guess.
pub(crate) fn of(path: &str) -> ContentType {
    let guess = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
    let (kind, sub) = guess.split_once('/').unwrap_or((guess, ""));
    let text = kind == "text";
    let compressible = text || matches!(sub, "json" | "javascript" | "xml" | "wasm" | "svg+xml" | "manifest+json");
    ContentType { text: if text { format!("{guess}; charset=utf-8") } else { guess.to_owned() }, compressible }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_end_of_the_name_says_what_it_is() {
        for (path, text) in [
            ("/zoobar/media/zoobar.css", "text/css; charset=utf-8"),
            ("/lion_awake.jpg", "image/jpeg"),
            ("/index.html", "text/html; charset=utf-8"),
            ("/favicon.ico", "image/x-icon"),
            ("/a.tar.gz", "application/gzip"),
            ("/README", "application/octet-stream"),
            ("/a.unknown", "application/octet-stream"),
        ] {
            assert_eq!(of(path).text, text, "{path}");
        }
    }
}
