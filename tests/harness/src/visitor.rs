//! Somebody with a browser: follows no redirect by itself, keeps zoobar's two cookies.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Names of zoobar's cookies: the session's, and that by which an account knows the browser again.
const COOKIE: &str = "PyZoobarLogin";
const DEVICE: &str = "ZoobarDevice";
/// Where zoobar's pages begin.
const PAGES: &str = "/zoobar/index.cgi";

/// A visitor and his session.
#[derive(Debug)]
pub struct Visitor {
    server: SocketAddr,
    agent: ureq::Agent,
    kept: Mutex<Kept>,
}

/// Values of cookies.
#[derive(Debug, Default)]
struct Kept {
    session: Option<String>,
    device: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Names in lower case, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The body; bytes that are not UTF-8 are replaced.
    pub text: String,
}

impl Page {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Fails the test unless the page contains the text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text:?} is not on this page (status {}):\n{}", self.status, self.text);
        self
    }

    /// Fails the test if the page contains the text.
    #[track_caller]
    pub fn hides(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text:?} is on this page (status {}):\n{}", self.status, self.text);
        self
    }
}

impl Visitor {
    /// Somebody who was never here.
    pub fn new(server: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)));
        Self { server, agent: config.build().new_agent(), kept: Mutex::default() }
    }

    /// Loads one of zoobar's pages, such as `/users?user=bob`.
    pub fn get(&self, page: &str) -> Page {
        self.load(&format!("{PAGES}{page}"))
    }

    /// Loads any path of the site.
    pub fn load(&self, path: &str) -> Page {
        self.load_with(path, &[])
    }

    /// Loads any path with further headers.
    pub fn load_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.agent.get(format!("http://{}{path}", self.server));
        if let Some(cookies) = self.cookies(path) {
            request = request.header("Cookie", cookies);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.take(request.call())
    }

    /// Sends one of zoobar's forms.
    pub fn post(&self, page: &str, form: &[(&str, &str)]) -> Page {
        self.post_with(page, form, &[])
    }

    /// Sends a form with further headers.
    pub fn post_with(&self, page: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let path = format!("{PAGES}{page}");
        let mut request = self.agent.post(format!("http://{}{path}", self.server));
        if let Some(cookies) = self.cookies(&path) {
            request = request.header("Cookie", cookies);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        self.take(request.header("Content-Type", "application/x-www-form-urlencoded").send(body.join("&")))
    }

    /// The session token, while logged in.
    pub fn session(&self) -> Option<String> {
        self.kept().session.clone()
    }

    /// Takes over somebody's token, as a thief would.
    pub fn set_session(&self, token: &str) {
        self.kept().session = Some(token.to_owned());
    }

    /// The header for a request to this path.
    fn cookies(&self, path: &str) -> Option<String> {
        let kept = self.kept();
        let device = kept.device.as_ref().filter(|_| path.starts_with(&format!("{PAGES}/login")));
        let pairs = [(COOKIE, kept.session.as_ref()), (DEVICE, device)];
        let pairs: Vec<_> = pairs.iter().filter_map(|(name, value)| Some(format!("{name}={}", (*value)?))).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    fn take(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Page {
        let mut answer = answer.unwrap_or_else(|why| panic!("no answer from {}: {why}", self.server));
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
            let value = (!value.is_empty()).then(|| value.to_owned());
            match name {
                COOKIE => self.kept().session = value,
                DEVICE => self.kept().device = value,
                _ => {}
            }
        }
        let status = answer.status().as_u16();
        let bytes = answer.body_mut().read_to_vec().expect("the body arrives whole");
        Page { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

/// Percent-encodes a form field or a query value.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
