//! Logging in. The form can register too, as the lab's does.

use askama::Template;
use auth_api::{Error, Login, Password, Session};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use rpc::CallError;

use crate::cookie;
use crate::fields::{Fields, Posted, Query};
use crate::frame::Frame;
use crate::page::{Next, Page};
use crate::pages::register;
use crate::services::Gate;
use crate::sorry::{Sorry, found, shown};

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

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    form: Form,
    wrong: Wrong,
}

pub(crate) async fn show(Query(query): Query) -> Response {
    page(Form { username: String::new(), next: next(&query, None) }, Wrong::default())
}

/// Registering is looked for first: it is the lab's order.
pub(crate) async fn submit(
    State(gate): State<Gate>,
    headers: HeaderMap,
    Query(query): Query,
    Posted(fields): Posted,
) -> Result<Response, Sorry> {
    let form = Form { username: fields.typed("login_username").to_owned(), next: next(&fields, Some(&query)) };
    let attempt = if fields.text("submit_registration").is_some() {
        register::attempt(&gate, &headers, &fields).await?
    } else if fields.text("submit_login").is_some() {
        attempt(&gate, &headers, &fields).await?
    } else {
        Err(Wrong::default())
    };
    Ok(match attempt {
        Ok(session) => enter(&session, &form.next, &headers),
        Err(wrong) => page(form, wrong),
    })
}

async fn attempt(gate: &Gate, headers: &HeaderMap, fields: &Fields) -> Result<Result<Session, Wrong>, Sorry> {
    let username = fields.typed("login_username").trim().to_owned();
    let password = Password(fields.typed("login_password").to_owned());
    let wrong = Wrong {
        username: username.is_empty().then(|| "You must supply a username to log in.".to_owned()),
        password: password.0.is_empty().then(|| "You must supply a password to log in.".to_owned()),
        form: None,
    };
    if wrong.username.is_some() || wrong.password.is_some() {
        return Ok(Err(wrong));
    }
    let (address, device) = (address(headers), cookie::device(headers));
    match gate.auth.call(&Login { username, password, address, device }).await {
        Ok(session) => Ok(Ok(session)),
        // A name or password that cannot exist is as wrong as one that does not.
        Err(CallError::Refused(Error::InvalidCredentials | Error::BadUsername { .. } | Error::BadPassword { .. })) => {
            Ok(Err(Wrong { form: Some("Invalid username or password.".to_owned()), ..Wrong::default() }))
        }
        Err(CallError::Refused(Error::TooManyAttempts { retry_after_seconds })) => Ok(Err(wait(retry_after_seconds))),
        Err(cause) => Err(Sorry::unavailable("logging in", cause)),
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

fn page(form: Form, wrong: Wrong) -> Response {
    shown(&LoginPage { frame: Frame::of(Page::Login, None), form, wrong })
}
