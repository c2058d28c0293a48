//! Which page answers where, for each of the two roles.

use axum::Router;
use axum::routing::get;

use crate::page::{Page, ROOT};
use crate::pages::{echo, home, log, login, logout, register, transfer, users, zoobarjs};
use crate::services::{Gate, Site};
use crate::sorry::Sorry;
use crate::{origin, request_id, response_headers};

/// Everything but logging in and out.
pub(crate) fn pages(site: Site) -> Router {
    let home = get(home::show).post(home::save);
    let router = Router::new()
        .route(ROOT, home.clone())
        .route(Page::Home.path(), home)
        .route(Page::Users.path(), get(users::show))
        .route(Page::Transfer.path(), get(transfer::show).post(transfer::send))
        .route(Page::Log.path(), get(log::show))
        .route(Page::Echo.path(), get(echo::show))
        .route("/zoobar/index.cgi/zoobarjs", get(zoobarjs::show));
    framed(router.with_state(site))
}

/// Login, register, logout.
pub(crate) fn login_pages(gate: Gate) -> Router {
    let router = Router::new()
        .route(Page::Login.path(), get(login::show).post(login::submit))
        .route(Page::Register.path(), get(register::show).post(register::submit))
        .route(Page::Logout.path(), get(logout::show).post(logout::submit));
    framed(router.with_state(gate))
}

/// What holds for every page of both roles.
fn framed(router: Router) -> Router {
    router
        .fallback(async || Sorry::no_such_page())
        .method_not_allowed_fallback(async || Sorry::wrong_method())
        .layer(axum::middleware::from_fn(origin::refuse_other_sites))
        .layer(axum::middleware::from_fn(response_headers::add))
        .layer(axum::middleware::from_fn(request_id::carry))
}
