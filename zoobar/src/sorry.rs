//! The kind page that stands where another one cannot: a sentence for the visitor, the cause for the log.

use std::fmt::Display;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use rpc::CallError;

use crate::frame::Frame;
use crate::page::Next;

/// Why there is no page, and what to do.
#[derive(Debug)]
pub(crate) struct Sorry {
    status: StatusCode,
    title: &'static str,
    sentence: &'static str,
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct SorryPage {
    frame: Frame,
    sentence: &'static str,
}

impl Sorry {
    pub(crate) fn malformed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "Not understood",
            "Your browser sent a form that cannot be read. Go back and try again.",
        )
    }

    pub(crate) fn unknown_encoding() -> Self {
        let sentence = "A form has to be sent as application/x-www-form-urlencoded, which is what browsers do.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not understood", sentence)
    }

    pub(crate) fn too_long() -> Self {
        let sentence = "That is more than a form may hold. Go back and make it shorter; nothing was changed.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Too long", sentence)
    }

    pub(crate) fn from_elsewhere() -> Self {
        let sentence = "This form was sent by another site, so nothing was done. If you meant it, use the form here.";
        Self::new(StatusCode::FORBIDDEN, "Sent from elsewhere", sentence)
    }

    pub(crate) fn no_such_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "No such page",
            "There is no page at this address. The lion has looked everywhere.",
        )
    }

    pub(crate) fn wrong_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Not possible", "This page can only be looked at, not written to.")
    }

    /// Part of the site is down. `step` is for the log.
    pub(crate) fn unavailable(step: &'static str, cause: impl Display) -> Self {
        let sentence =
            "A part of the site is having a rest and will be back shortly. Nothing was changed; please try again.";
        Self::unknown(step, cause, sentence)
    }

    /// The same where more than a general sentence must be said, such as that something may have happened after all.
    pub(crate) fn unknown(step: &'static str, cause: impl Display, sentence: &'static str) -> Self {
        tracing::warn!(step, %cause, "a page could not be shown");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Back in a moment", sentence)
    }

    fn new(status: StatusCode, title: &'static str, sentence: &'static str) -> Self {
        Self { status, title, sentence }
    }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        let mut response =
            (self.status, shown(&SorryPage { frame: Frame::nowhere(self.title), sentence: self.sentence }))
                .into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// What is answered instead of the page that was asked for.
#[derive(Debug)]
pub(crate) enum Instead {
    /// Log in first.
    LogIn(Next),
    Sorry(Sorry),
}

impl From<Sorry> for Instead {
    fn from(sorry: Sorry) -> Self {
        Self::Sorry(sorry)
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        match self {
            Self::LogIn(next) => found(&next.login_url()),
            Self::Sorry(sorry) => sorry.into_response(),
        }
    }
}

/// Adds to a failed call which step it was: `.await.or_sorry("reading the balance")?`.
pub(crate) trait OrSorry<T> {
    fn or_sorry(self, step: &'static str) -> Result<T, Sorry>;
}

impl<T, E: Display> OrSorry<T> for Result<T, CallError<E>> {
    fn or_sorry(self, step: &'static str) -> Result<T, Sorry> {
        self.map_err(|cause| Sorry::unavailable(step, cause))
    }
}

/// A page as HTML.
pub(crate) fn shown(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        // Our templates write into a string, which does not fail.
        Err(cause) => {
            tracing::error!(%cause, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// 302, as the lab answers, to a path of our own.
pub(crate) fn found(path: &str) -> Response {
    (StatusCode::FOUND, [(http::header::LOCATION, path)]).into_response()
}
