//! Another user: what his profile says, what he has, what he gave and got. Looking at a profile that is a program runs it.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bank_api::{Balance, TransferRecord};
use profile_api::{Sight, View};
use rpc::CallError;

use crate::clean::Clean;
use crate::fields::Query;
use crate::frame::Frame;
use crate::name::Name;
use crate::page::{Next, Page};
use crate::pages::log;
use crate::services::Site;
use crate::sorry::{Instead, Sorry, shown};
use crate::visitor::Visitor;

/// Longer than a run and its wait in the queue may take.
const VIEW_DEADLINE: Duration = Duration::from_secs(25);

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    typed: String,
    sought: Sought,
}

enum Sought {
    Nobody,
    Unknown,
    Found(User),
}

impl Sought {
    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

struct User {
    name: Name,
    zoobars: u64,
    profile: Clean,
    remark: Option<String>,
    transfers: Vec<TransferRecord>,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor, Query(query): Query) -> Result<Response, Instead> {
    let typed = query.typed("user").to_owned();
    let sought = match query.text("user") {
        Some(name) => seek(&site, &visitor, Name::typed(name)).await?,
        None => Sought::Nobody,
    };
    Ok(shown(&UsersPage { frame: Frame::of(Page::Users, Some(visitor.name())), typed, sought }))
}

async fn seek(site: &Site, visitor: &Visitor, name: Name) -> Result<Sought, Instead> {
    if name.is_empty() {
        return Ok(Sought::Unknown);
    }
    // Of somebody who does not exist it is empty.
    let (profile, remark) = view(site, visitor, &name).await?;
    // Only now: the profile may just have spent something.
    let (zoobars, transfers) = tokio::join!(balance(site, &name), log::of(site, name.as_str()));
    let (Some(zoobars), transfers) = (zoobars?, transfers?) else { return Ok(Sought::Unknown) };
    Ok(Sought::Found(User { name, zoobars, profile, remark, transfers }))
}

async fn balance(site: &Site, name: &Name) -> Result<Option<u64>, Sorry> {
    match site.bank.call(&Balance { username: name.to_string() }).await {
        Ok(balanced) => Ok(Some(balanced.zoobars)),
        Err(CallError::Refused(bank_api::Error::NoSuchAccount { .. })) => Ok(None),
        Err(cause) => Err(Sorry::unavailable("reading a user's balance", cause)),
    }
}

/// The profile and a sentence about it. Whatever goes wrong with a profile is told in its place; the page stays whole.
async fn view(site: &Site, visitor: &Visitor, name: &Name) -> Result<(Clean, Option<String>), Instead> {
    let view = View { token: visitor.token(), username: name.to_string() };
    let remark = match site.profile.with_deadline(VIEW_DEADLINE).call(&view).await {
        Ok(viewed) => {
            let (text, remark) = match viewed.view {
                Sight::Text { text } => (text, None),
                Sight::Run { text, remark } => (text, remark),
            };
            return Ok((Clean::new(&text), remark));
        }
        Err(CallError::Refused(profile_api::Error::InvalidToken)) => return Err(Instead::LogIn(Next::to(Page::Users))),
        Err(CallError::Refused(profile_api::Error::Busy)) => {
            "Too many profiles are running just now. Look again in a moment."
        }
        Err(CallError::Late) => "This profile did not come to an end in time.",
        Err(cause) => {
            tracing::warn!(%cause, owner = %name, "a profile could not be shown");
            "This profile cannot be shown just now. Look again in a moment."
        }
    };
    Ok((Clean::new(""), Some(remark.to_owned())))
}
