//! Forms that other sites send in a visitor's name are refused. The cookie is SameSite=Lax already; this also covers the
//! login form, which needs no cookie, and sites that share our domain.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName};

use crate::sorry::Sorry;

/// Says whether a page, another site, or the visitor made the browser ask; <https://www.w3.org/TR/fetch-metadata/>.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum From {
    /// From a page of ours, from the visitor himself, or from a tool that says nothing, which no site can make a browser be.
    Here,
    /// Another site made the browser send it.
    Elsewhere,
}

impl From {
    /// Each of the two headers that is there has to speak for us.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let site_is_ours = headers.get(SEC_FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none");
        let origin_is_ours = headers.get(ORIGIN).is_none_or(|origin| {
            let authority = origin.as_bytes().splitn(2, |&b| b == b'/').nth(1).and_then(|rest| rest.strip_prefix(b"/"));
            authority.is_some() && authority == headers.get(HOST).map(|host| host.as_bytes())
        });
        if site_is_ours && origin_is_ours { Self::Here } else { Self::Elsewhere }
    }
}

/// Lets only [`From::Here`] change anything.
pub(crate) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    if request.method().is_safe() || From::read(request.headers()) == From::Here {
        next.run(request).await
    } else {
        Sorry::from_elsewhere().into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[(&'static str, &'static str)]) -> From {
        let pairs =
            lines.iter().map(|(name, value)| (HeaderName::from_static(name), http::HeaderValue::from_static(value)));
        From::read(&HeaderMap::from_iter(pairs))
    }

    #[test]
    fn our_own_forms_and_tools_are_from_here() {
        assert_eq!(read(&[]), From::Here);
        assert_eq!(read(&[("sec-fetch-site", "same-origin")]), From::Here);
        assert_eq!(read(&[("sec-fetch-site", "none")]), From::Here);
        assert_eq!(read(&[("origin", "http://zoo:8080"), ("host", "zoo:8080")]), From::Here);
    }

    #[test]
    fn other_sites_are_from_elsewhere() {
        assert_eq!(read(&[("sec-fetch-site", "cross-site")]), From::Elsewhere);
        assert_eq!(read(&[("sec-fetch-site", "same-site")]), From::Elsewhere);
        for origin in
            ["http://evil", "null", "http://zoo:8081", "http://zoo:8080.evil", "zoo:8080", "", "http://", "/zoo:8080"]
        {
            assert_eq!(read(&[("origin", origin), ("host", "zoo:8080")]), From::Elsewhere, "{origin}");
        }
        assert_eq!(read(&[("origin", "http://")]), From::Elsewhere);
    }

    #[test]
    fn one_good_witness_does_not_outweigh_a_bad_one() {
        assert_eq!(
            read(&[("sec-fetch-site", "same-origin"), ("origin", "http://evil"), ("host", "zoo")]),
            From::Elsewhere
        );
        assert_eq!(
            read(&[("sec-fetch-site", "cross-site"), ("origin", "http://zoo"), ("host", "zoo")]),
            From::Elsewhere
        );
    }
}
