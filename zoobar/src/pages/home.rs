//! The visitor's own page: his balance, and his profile to edit.

mod store;

use askama::Template;
use auth_api::{GetGrant, ProgramDigest};
use axum::extract::State;
use axum::response::Response;
use bank_api::Balance;
use http::StatusCode;
use profile_api::{DEFAULT_CAP, Get, MAX_TEXT, Run, Runs, is_program};
use rpc::CallError;

use crate::amount::{Cap, MAX_CAP};
use crate::fields::Posted;
use crate::frame::Frame;
use crate::page::{Next, Page};
use crate::services::Site;
use crate::sorry::{Instead, OrSorry, Sorry, shown};
use crate::visitor::Visitor;
use store::{Stopped, store};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    balance: u64,
    editor: Editor,
    /// `None` where they cannot be had just now.
    runs: Option<Vec<Run>>,
}

/// The profile as it stands in the form, and what is said about it.
struct Editor {
    text: String,
    /// As typed.
    cap: String,
    saved: bool,
    text_wrong: Option<String>,
    cap_wrong: Option<String>,
}

impl Editor {
    fn is_program(&self) -> bool {
        is_program(&self.text)
    }

    /// A parser of HTML swallows one newline after `<textarea>`; the template gives it one that is not the profile's.
    fn begins_with_newline(&self) -> bool {
        self.text.starts_with(['\r', '\n'])
    }
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, Instead> {
    let (text, cap) = stored(&site, &visitor).await?;
    let editor = Editor { text, cap: cap.to_string(), saved: false, text_wrong: None, cap_wrong: None };
    page(&site, &visitor, editor).await
}

/// Saves where the form has a profile, as the lab does.
pub(crate) async fn save(
    State(site): State<Site>,
    visitor: Visitor,
    Posted(fields): Posted,
) -> Result<Response, Instead> {
    let Some(text) = fields.text("profile_update").map(str::to_owned) else {
        return show(State(site), visitor).await;
    };
    let cap = match fields.text("profile_cap") {
        Some(typed) => typed.to_owned(),
        // The lab's form has no such field: what holds now shall hold.
        None => stored(&site, &visitor).await?.1.to_string(),
    };
    let mut editor = Editor { text, cap, saved: false, text_wrong: None, cap_wrong: None };
    let zoobars = match Cap::parse(&editor.cap) {
        Ok(cap) => cap.zoobars(),
        Err(why) => {
            editor.cap_wrong = Some(why.to_string());
            return page(&site, &visitor, editor).await;
        }
    };
    // Known before anything is taken back for it.
    if editor.text.len() > MAX_TEXT {
        let (limit, has) = (MAX_TEXT, editor.text.len());
        let kib = limit / 1024;
        editor.text_wrong = Some(format!("A profile has at most {kib} KiB ({limit} bytes); this one has {has} bytes."));
        return page(&site, &visitor, editor).await;
    }
    match store(&site, &visitor, &editor.text, zoobars).await {
        Ok(()) => {
            editor.saved = true;
            return page(&site, &visitor, editor).await;
        }
        Err(Stopped::LoggedOut) => return Err(Instead::LogIn(Next::to(Page::Home))),
        Err(Stopped::Failed(sentence)) => editor.text_wrong = Some(sentence.to_owned()),
    }
    // The typed text is worth more than a page that only says sorry.
    let mut response = page(&site, &visitor, editor).await?;
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    Ok(response)
}

async fn page(site: &Site, visitor: &Visitor, editor: Editor) -> Result<Response, Instead> {
    let balance = Balance { username: visitor.name().to_owned() };
    let runs = Runs { token: visitor.token() };
    let (balance, runs) = tokio::join!(site.bank.call(&balance), site.profile.call(&runs));
    let runs = runs.inspect_err(|cause| tracing::warn!(%cause, "the last runs could not be read"));
    Ok(shown(&HomePage {
        frame: Frame::of(Page::Home, Some(visitor.name())),
        balance: balance.or_sorry("reading the balance")?.zoobars,
        editor,
        runs: runs.ok().map(|list| list.runs),
    }))
}

/// The text as it is stored, and the cap that holds for it.
async fn stored(site: &Site, visitor: &Visitor) -> Result<(String, u64), Instead> {
    let (get, get_grant) = (Get { username: visitor.name().to_owned() }, GetGrant { token: visitor.token() });
    let (got, granted) = tokio::join!(site.profile.call(&get), site.auth.call(&get_grant));
    let text = got.or_sorry("reading the profile")?.text;
    let grant = match granted {
        Ok(granted) => granted.grant,
        Err(CallError::Refused(auth_api::Error::InvalidToken)) => return Err(Instead::LogIn(Next::to(Page::Home))),
        Err(cause) => return Err(Sorry::unavailable("reading the grant", cause).into()),
    };
    let cap = match grant.filter(|grant| grant.program == ProgramDigest::of(&text)) {
        Some(grant) => grant.cap,
        None if is_program(&text) => 0,
        // He has not said yet what a program of his may spend.
        None => DEFAULT_CAP,
    };
    Ok((text, cap))
}
