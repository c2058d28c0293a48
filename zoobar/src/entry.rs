//! What the two forms that take passwords share.

use auth_api::Session;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::cookie;
use crate::fields::Fields;
use crate::page::{Next, Page};
use crate::sorry::found;

/// Longest network address that is passed on, in bytes: an IPv6 address with a zone fits.
const MAX_ADDRESS: usize = 64;

/// What was typed and where it leads; never the password.
pub(crate) struct Form {
    pub(crate) username: String,
    pub(crate) next: Next,
}

/// What to say about it, each sentence beside its field.
#[derive(Default)]
pub(crate) struct Wrong {
    /// Above the form.
    pub(crate) form: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
}

impl Wrong {
    /// Id of the sentence that the username's input points to.
    pub(crate) fn about_username(&self) -> Option<&'static str> {
        self.username.as_ref().map(|_| "username-error").or_else(|| self.form.as_ref().map(|_| "form-error"))
    }

    /// Id of the sentence that the password's input points to.
    pub(crate) fn about_password(&self) -> Option<&'static str> {
        self.password.as_ref().map(|_| "password-error").or_else(|| self.form.as_ref().map(|_| "form-error"))
    }
}

/// Too many attempts.
pub(crate) fn wait(seconds: u64) -> Wrong {
    let wait = match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    };
    Wrong {
        form: Some(format!("Those were many attempts. Please wait {wait} before the next one.")),
        ..Wrong::default()
    }
}

/// Goes where the visitor wanted to, with the session and what his browser will be known by in his cookies.
pub(crate) fn enter(session: &Session, next: &Next, headers: &HeaderMap) -> Response {
    let mut response = found(&next.to_string()).into_response();
    for cookie in [cookie::start(&session.token, headers), cookie::remember(&session.device, headers)] {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The form's own word first, then the URL's.
pub(crate) fn next(fields: &Fields, query: Option<&Fields>) -> Next {
    let named = fields.text("nexturl").or_else(|| query?.text("nexturl"));
    named.map_or(Next::to(Page::Home), Next::parse)
}

/// The visitor's network address, as zookd saw it.
pub(crate) fn address(headers: &HeaderMap) -> String {
    let address = headers.get("x-forwarded-for").and_then(|address| address.to_str().ok());
    address.filter(|address| address.len() <= MAX_ADDRESS).unwrap_or("unknown").to_owned()
}
