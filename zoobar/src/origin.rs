//! Forms that other sites send in a visitor's name are refused. The cookie is SameSite=Lax already; this also covers the
//! login form, which needs no cookie, and sites that share our domain.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{HOST, ORIGIN, REFERER};
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
    /// Each of the headers that is there has to speak for us. Browsers send the first only where there is TLS, and no
    /// `Origin` with a link.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let site_is_ours = headers.get(SEC_FETCH_SITE).is_none_or(|site| site == "same-origin" || site == "none");
        let urls_are_ours =
            [ORIGIN, REFERER].iter().all(|name| headers.get(name).is_none_or(|url| is_ours(url.as_bytes(), headers)));
        if site_is_ours && urls_are_ours { Self::Here } else { Self::Elsewhere }
    }
}

/// Whether a URL, or an origin, is of the site that was asked. Its scheme counts only where we know of TLS: a front that
/// ends it need not say so.
fn is_ours(url: &[u8], headers: &HeaderMap) -> bool {
    let Some(at) = url.windows(3).position(|three| three == b"://") else { return false };
    let (scheme, rest) = (&url[..at], &url[at + 3..]);
    let authority = rest.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next();
    authority == headers.get(HOST).map(|host| host.as_bytes()) && (scheme == b"https" || !by_tls(headers))
}

/// zookd says how the visitor reached it or its front, and lets nobody else say so.
pub(crate) fn by_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
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
        for page in ["http://zoo:8080", "http://zoo:8080/zoobar/index.cgi/", "http://zoo:8080/?a=http://evil"] {
            assert_eq!(read(&[("referer", page), ("host", "zoo:8080")]), From::Here, "{page}");
        }
    }

    #[test]
    fn other_sites_are_from_elsewhere() {
        assert_eq!(read(&[("sec-fetch-site", "cross-site")]), From::Elsewhere);
        assert_eq!(read(&[("sec-fetch-site", "same-site")]), From::Elsewhere);
        for origin in
            ["http://evil", "null", "http://zoo:8081", "http://zoo:8080.evil", "zoo:8080", "", "http://", "/zoo:8080"]
        {
            for header in ["origin", "referer"] {
                assert_eq!(read(&[(header, origin), ("host", "zoo:8080")]), From::Elsewhere, "{header}: {origin}");
            }
        }
        for page in
            ["http://evil/http://zoo:8080/", "http://evil?://zoo:8080", "http://zoo:8080@evil/", "http://evil#zoo:8080"]
        {
            assert_eq!(read(&[("referer", page), ("host", "zoo:8080")]), From::Elsewhere, "{page}");
        }
        assert_eq!(read(&[("origin", "http://")]), From::Elsewhere);
    }

    #[test]
    fn under_tls_a_page_that_came_without_is_from_elsewhere() {
        let tls = |origin| read(&[("origin", origin), ("host", "zoo"), ("x-forwarded-proto", "https")]);
        assert_eq!((tls("https://zoo"), tls("http://zoo")), (From::Here, From::Elsewhere));
        assert_eq!(read(&[("origin", "https://zoo"), ("host", "zoo"), ("x-forwarded-proto", "http")]), From::Here);
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
