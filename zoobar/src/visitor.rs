//! Who is visiting: a name that auth gave for the cookie's token. A page that needs a visitor takes this type, and there is
//! no other way to make one.

use auth_api::{Check, Error, Token};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::Method;
use http::request::Parts;
use rpc::CallError;

use crate::cookie;
use crate::page::Next;
use crate::services::Site;
use crate::sorry::{Instead, Sorry};

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    name: String,
    token: Token,
}

impl Visitor {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// For calls in the visitor's name.
    pub(crate) fn token(&self) -> Token {
        self.token.clone()
    }

    async fn of(parts: &Parts, site: &Site) -> Result<Option<Self>, Sorry> {
        let Some(token) = cookie::session(&parts.headers) else { return Ok(None) };
        match site.auth.call(&Check { token: token.clone() }).await {
            // The token of a running profile is somebody's too, but it is no session.
            Ok(checked) => Ok(checked.session().map(|name| Self { name, token })),
            Err(CallError::Refused(Error::InvalidToken)) => Ok(None),
            Err(cause) => Err(Sorry::unavailable("checking the session", cause)),
        }
    }
}

/// For pages that one has to be logged in for.
impl FromRequestParts<Site> for Visitor {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Instead> {
        Visitor::of(parts, site).await?.ok_or_else(|| {
            let url = parts.uri.path_and_query().map_or("", |url| url.as_str());
            // A form's fields would be lost on the way, so its page comes back empty.
            let wanted = if parts.method == Method::POST { parts.uri.path() } else { url };
            Instead::LogIn(Next::parse(wanted))
        })
    }
}

/// For pages that also show themselves to strangers.
impl OptionalFromRequestParts<Site> for Visitor {
    type Rejection = Sorry;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Option<Self>, Sorry> {
        Visitor::of(parts, site).await
    }
}
