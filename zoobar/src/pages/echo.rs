//! What the echo service says to `?s=`, and who the kernel told it was asking.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use echo_api::{Echo, Echoed, Error};
use rpc::CallError;

use crate::fields::Query;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::Site;
use crate::sorry::{Sorry, shown};
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "echo.html")]
struct EchoPage {
    frame: Frame,
    said: String,
    answer: Result<Echoed, usize>,
}

pub(crate) async fn show(
    State(site): State<Site>,
    visitor: Option<Visitor>,
    Query(query): Query,
) -> Result<Response, Sorry> {
    let said = query.typed("s").to_owned();
    let answer = match site.echo.call(&Echo { message: said.clone() }).await {
        Ok(echoed) => Ok(echoed),
        Err(CallError::Refused(Error::TooLong { limit })) => Err(limit),
        Err(cause) => return Err(Sorry::unavailable("asking echo", cause)),
    };
    Ok(shown(&EchoPage { frame: Frame::of(Page::Echo, visitor.as_ref().map(Visitor::name)), said, answer }))
}
