//! Making an account.

use askama::Template;
use auth_api::{Error, MAX_USERNAME, Password, Register, Session};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use rpc::CallError;

use crate::entry::{self, Form, Wrong};
use crate::fields::{Fields, Posted, Query};
use crate::frame::Frame;
use crate::page::Page;
use crate::services::Gate;
use crate::sorry::{Sorry, shown};

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    frame: Frame,
    form: Form,
    wrong: Wrong,
}

pub(crate) async fn show(Query(query): Query) -> Response {
    page(Form { username: String::new(), next: entry::next(&query, None) }, Wrong::default())
}

pub(crate) async fn submit(
    State(gate): State<Gate>,
    headers: HeaderMap,
    Query(query): Query,
    Posted(fields): Posted,
) -> Result<Response, Sorry> {
    let form = Form { username: fields.typed("login_username").to_owned(), next: entry::next(&fields, Some(&query)) };
    Ok(match attempt(&gate, &headers, &fields).await? {
        Ok(session) => entry::enter(&session, &form.next, &headers),
        Err(wrong) => page(form, wrong),
    })
}

/// Registers what the form says. The name goes to auth as it was typed, so that nobody gets another one than he sees.
pub(crate) async fn attempt(
    gate: &Gate,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<Result<Session, Wrong>, Sorry> {
    let username = fields.typed("login_username").to_owned();
    let password = Password(fields.typed("login_password").to_owned());
    let wrong = Wrong {
        username: username.is_empty().then(|| "You must supply a username to register.".to_owned()),
        password: password.0.is_empty().then(|| "You must supply a password to register.".to_owned()),
        form: None,
    };
    if wrong.username.is_some() || wrong.password.is_some() {
        return Ok(Err(wrong));
    }
    let failed = Wrong { form: Some("Registration failed.".to_owned()), ..Wrong::default() };
    match gate.auth.call(&Register { username, password, address: entry::address(headers) }).await {
        Ok(session) => Ok(Ok(session)),
        Err(CallError::Refused(Error::UsernameTaken)) => {
            Ok(Err(Wrong { username: Some("Somebody has this name already.".to_owned()), ..failed }))
        }
        Err(CallError::Refused(Error::BadUsername { why })) => Ok(Err(Wrong { username: Some(why), ..failed })),
        Err(CallError::Refused(Error::BadPassword { why })) => Ok(Err(Wrong { password: Some(why), ..failed })),
        Err(CallError::Refused(Error::TooManyAttempts { retry_after_seconds })) => {
            Ok(Err(entry::wait(retry_after_seconds)))
        }
        Err(cause) => Err(Sorry::unavailable("registering", cause)),
    }
}

fn page(form: Form, wrong: Wrong) -> Response {
    shown(&RegisterPage { frame: Frame::of(Page::Register, None), form, wrong })
}
