//! Logging out: at once by our own link or button; after a question where somebody else's link may have led here.

use askama::Template;
use auth_api::Logout;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use http::header::{REFERER, SET_COOKIE};

use crate::cookie;
use crate::frame::Frame;
use crate::origin::From;
use crate::page::Page;
use crate::services::Gate;
use crate::sorry::{OrSorry, Sorry, found, shown};

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    frame: Frame,
}

/// The lab's link is a GET, which any site can make a browser send. Our own link says on which page it stands. Those that
/// users put into their profiles do not (`noreferrer`), and a page elsewhere may keep silent as well.
pub(crate) async fn show(State(gate): State<Gate>, headers: HeaderMap) -> Result<Response, Sorry> {
    match From::read(&headers) {
        From::Here if headers.contains_key(REFERER) => leave(&gate, &headers).await,
        From::Here | From::Elsewhere => Ok(shown(&LogoutPage { frame: Frame::nowhere(Page::Logout.title()) })),
    }
}

/// The question's button.
pub(crate) async fn submit(State(gate): State<Gate>, headers: HeaderMap) -> Result<Response, Sorry> {
    leave(&gate, &headers).await
}

/// Ends the session at auth first: a cookie that is merely forgotten would still be good for whoever copied it.
async fn leave(gate: &Gate, headers: &HeaderMap) -> Result<Response, Sorry> {
    if let Some(token) = cookie::session(headers) {
        gate.auth.call(&Logout { token }).await.or_sorry("logging out")?;
    }
    let mut response = found(Page::Login.path());
    response.headers_mut().insert(SET_COOKIE, cookie::end(headers));
    Ok(response)
}
