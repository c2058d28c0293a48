//! A zoo with its services, and browsers that visit it.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{CONTENT_TYPE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rpc::Client;
use tower::ServiceExt;

use super::services::{self, User, World, lock};
use crate::page::ROOT;
use crate::routes::{login_pages, pages};
use crate::services::{Gate, Site};

/// A running site of pages.
pub(super) struct Zoo {
    pages: Router,
    login: Router,
    world: Arc<Mutex<World>>,
}

impl Zoo {
    pub(super) fn open() -> Self {
        Self::without("")
    }

    /// With one service down.
    pub(super) fn without(down: &str) -> Self {
        let world = Arc::<Mutex<World>>::default();
        let client = |name: &str, service: fn(&Arc<Mutex<World>>) -> Client| {
            if name == down { stand_in::down() } else { service(&world) }
        };
        let site = Site {
            auth: client("auth", services::auth),
            bank: client("bank", services::bank),
            profile: client("profile", services::profile),
            echo: client("echo", services::echo),
        };
        Self { login: login_pages(Gate { auth: site.auth.clone() }), pages: pages(site), world }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Nobody in particular.
    pub(super) fn stranger(&self) -> Browser<'_> {
        Browser { zoo: self, headers: vec![(HOST.to_string(), "zoo".to_owned())] }
    }

    /// A new user with 10 zoobars and the password `secret`, logged in.
    pub(super) fn visitor(&self, name: &str) -> Browser<'_> {
        let mut world = self.world();
        let user = User { password: "secret".to_owned(), zoobars: 10, ..User::default() };
        world.users.insert(name.to_owned(), user);
        let token = world.begin_session(name);
        drop(world);
        self.stranger().with("cookie", &format!("PyZoobarLogin={}", token.expose()))
    }

    pub(super) fn zoobars(&self, name: &str) -> u64 {
        self.world().users[name].zoobars
    }
}

/// Sends requests with the same headers.
#[derive(Clone)]
pub(super) struct Browser<'a> {
    zoo: &'a Zoo,
    headers: Vec<(String, String)>,
}

impl Browser<'_> {
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// Submits a form.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let quoted = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{}={}", quoted(name), quoted(value))).collect();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), pairs.join("&").into()).await
    }

    /// Sends anything, to the role that has the page, as zook.conf's urls share them.
    pub(super) async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{ROOT}{path}"));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let is_login = ["/login", "/register", "/logout"].iter().any(|page| path.starts_with(page));
        let role = if is_login { &self.zoo.login } else { &self.zoo.pages };
        let request = request.body(body).expect("a request");
        let response = role.clone().oneshot(request).await.expect("a router answers always");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        let html = String::from_utf8(body.to_vec()).expect("UTF-8");
        Answer { status: head.status, headers: head.headers, html }
    }
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

impl Answer {
    pub(super) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// Fails with the page in view.
    #[track_caller]
    pub(super) fn shows(&self, text: &str) -> &Self {
        assert!(self.has(text), "no {text:?} in\n{}", self.html);
        self
    }

    #[track_caller]
    pub(super) fn hides(&self, text: &str) -> &Self {
        assert!(!self.has(text), "{text:?} in\n{}", self.html);
        self
    }

    pub(super) fn location(&self) -> Option<&str> {
        assert_eq!(self.status, StatusCode::FOUND);
        self.headers.get(LOCATION)?.to_str().ok()
    }

    pub(super) fn cookie(&self) -> Option<&str> {
        self.headers.get(SET_COOKIE)?.to_str().ok()
    }
}
