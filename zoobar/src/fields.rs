//! The fields of a form: out of the URL or out of a request's body.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use percent_encoding::percent_decode;

use crate::sorry::Sorry;

/// Largest form, in bytes: a profile of the largest size, each of its bytes percent-encoded, fits.
const MAX_FORM: usize = 256 * 1024;
/// Most fields of a form; ours have four.
const MAX_FIELDS: usize = 32;
/// How browsers encode our forms.
const ENCODING: &str = "application/x-www-form-urlencoded";

/// Names and values. Where a name occurs twice, the first counts.
#[derive(Debug)]
pub(crate) struct Fields(Vec<(String, String)>);

/// Not `name=value&…` with percent-encoded UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form is not encoded as forms are")]
pub(crate) struct Malformed;

impl Fields {
    /// Decodes as <https://url.spec.whatwg.org/#urlencoded-parsing> says, but refuses what is not UTF-8 where that text
    /// would replace it: nobody types replacement characters.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, Malformed> {
        let pairs = encoded.split(|&b| b == b'&').filter(|pair| !pair.is_empty());
        let fields = pairs.take(MAX_FIELDS + 1).map(|pair| {
            let end = pair.iter().position(|&b| b == b'=').unwrap_or(pair.len());
            Ok((decode(&pair[..end])?, decode(pair.get(end + 1..).unwrap_or_default())?))
        });
        let fields: Vec<_> = fields.collect::<Result<_, _>>()?;
        if fields.len() > MAX_FIELDS { Err(Malformed) } else { Ok(Self(fields)) }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value, or nothing typed.
    pub(crate) fn typed(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }
}

fn decode(text: &[u8]) -> Result<String, Malformed> {
    let blanks: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&blanks).decode_utf8().map(String::from).map_err(|_| Malformed)
}

/// The fields behind the `?` of the URL.
pub(crate) struct Query(pub(crate) Fields);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Sorry;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Sorry> {
        let query = parts.uri.query().unwrap_or_default();
        Fields::parse(query.as_bytes()).map(Query).map_err(|Malformed| Sorry::malformed())
    }
}

/// The fields of a submitted form.
pub(crate) struct Posted(pub(crate) Fields);

impl<S: Sync> FromRequest<S> for Posted {
    type Rejection = Sorry;

    async fn from_request(request: Request, _: &S) -> Result<Self, Sorry> {
        let encoding = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = encoding.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(ENCODING) {
            return Err(Sorry::unknown_encoding());
        }
        let body = to_bytes(request.into_body(), MAX_FORM).await.map_err(|why| {
            let too_long =
                std::error::Error::source(&why).is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
            if too_long { Sorry::too_long() } else { Sorry::malformed() }
        })?;
        Fields::parse(&body).map(Posted).map_err(|Malformed| Sorry::malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let fields = Fields::parse(b"user=J%C3%B6rg+B&zoobars=%203&empty=&bare&&user=second").expect("well-formed");
        assert_eq!(fields.text("user"), Some("Jörg B"));
        assert_eq!(fields.text("zoobars"), Some(" 3"));
        assert_eq!(fields.text("empty"), Some(""));
        assert_eq!(fields.text("bare"), Some(""));
        assert_eq!(fields.text("absent"), None);
    }

    #[test]
    fn what_is_not_utf8_or_has_no_end_is_refused() {
        assert_eq!(Fields::parse(b"user=%ff").err(), Some(Malformed));
        assert_eq!(Fields::parse(b"user=\xff").err(), Some(Malformed));
        assert_eq!(Fields::parse("a&".repeat(MAX_FIELDS + 1).as_bytes()).err(), Some(Malformed));
    }

    #[test]
    fn a_percent_sign_that_encodes_nothing_stands_for_itself() {
        let fields = Fields::parse(b"s=100%&t=%zz").expect("as browsers read it");
        assert_eq!((fields.text("s"), fields.text("t")), (Some("100%"), Some("%zz")));
    }
}
