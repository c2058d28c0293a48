//! Logging in. The form can register too, as the lab's does.

use askama::Template;
use auth_api::{Error, Login, Password, Session};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use rpc::CallError;

use crate::cookie;
use crate::entry::{self, Form, Wrong};
use crate::fields::{Fields, Posted, Query};
use crate::frame::Frame;
use crate::page::Page;
use crate::pages::register;
use crate::services::Gate;
use crate::sorry::{Sorry, shown};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    form: Form,
    wrong: Wrong,
}

pub(crate) async fn show(Query(query): Query) -> Response {
    page(Form { username: String::new(), next: entry::next(&query, None) }, Wrong::default())
}

/// Registering is looked for first: it is the lab's order.
pub(crate) async fn submit(
    State(gate): State<Gate>,
    headers: HeaderMap,
    Query(query): Query,
    Posted(fields): Posted,
) -> Result<Response, Sorry> {
    let form = Form { username: fields.typed("login_username").to_owned(), next: entry::next(&fields, Some(&query)) };
    let attempt = if fields.text("submit_registration").is_some() {
        register::attempt(&gate, &headers, &fields).await?
    } else if fields.text("submit_login").is_some() {
        attempt(&gate, &headers, &fields).await?
    } else {
        Err(Wrong::default())
    };
    Ok(match attempt {
        Ok(session) => entry::enter(&session, &form.next, &headers),
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
    let (address, device) = (entry::address(headers), cookie::device(headers));
    match gate.auth.call(&Login { username, password, address, device }).await {
        Ok(session) => Ok(Ok(session)),
        // A name or password that cannot exist is as wrong as one that does not.
        Err(CallError::Refused(Error::InvalidCredentials | Error::BadUsername { .. } | Error::BadPassword { .. })) => {
            Ok(Err(Wrong { form: Some("Invalid username or password.".to_owned()), ..Wrong::default() }))
        }
        Err(CallError::Refused(Error::TooManyAttempts { retry_after_seconds })) => {
            Ok(Err(entry::wait(retry_after_seconds)))
        }
        Err(cause) => Err(Sorry::unavailable("logging in", cause)),
    }
}

fn page(form: Form, wrong: Wrong) -> Response {
    shown(&LoginPage { frame: Frame::of(Page::Login, None), form, wrong })
}
