//! The visitor's own transfers.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bank_api::{Log, MAX_LOG, TransferRecord};

use crate::frame::Frame;
use crate::page::Page;
use crate::services::Site;
use crate::sorry::{OrSorry, Sorry, shown};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    frame: Frame,
    transfers: Vec<TransferRecord>,
}

pub(crate) async fn show(State(site): State<Site>, visitor: Visitor) -> Result<Response, Sorry> {
    let transfers = of(&site, visitor.name()).await?;
    Ok(shown(&LogPage { frame: Frame::of(Page::Log, Some(visitor.name())), transfers }))
}

/// The newest transfers of a user, oldest first.
pub(crate) async fn of(site: &Site, username: &str) -> Result<Vec<TransferRecord>, Sorry> {
    let log = Log { username: username.to_owned(), limit: MAX_LOG };
    Ok(site.bank.call(&log).await.or_sorry("reading the log")?.transfers)
}
