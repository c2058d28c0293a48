//! The cookies: one for the session, one by which an account knows this browser again. The value of each is a token and
//! nothing else.

use auth_api::Token;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::origin::by_tls;

const SESSION: &str = "PyZoobarLogin";
const DEVICE: &str = "ZoobarDevice";
/// Of the session's cookie.
const FOR_ALL_PAGES: &str = "; Path=/; HttpOnly; SameSite=Lax";
/// Of the device's cookie, which only the login form needs, and no form of another site.
const FOR_LOGIN: &str = "; Path=/zoobar/index.cgi/login; HttpOnly; SameSite=Strict";
/// How long a browser keeps the device's cookie after a login.
const DEVICE_SECONDS: u32 = 180 * 24 * 60 * 60;

/// The session token that the browser sent, if it has the shape of one.
pub(crate) fn session(headers: &HeaderMap) -> Option<Token> {
    read(SESSION, headers)
}

/// The token of the browser itself.
pub(crate) fn device(headers: &HeaderMap) -> Option<Token> {
    read(DEVICE, headers)
}

fn read(name: &str, headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut values =
        cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
    values.find_map(|value| Token::try_from(value.to_owned()).ok())
}

/// A cookie that starts the session in the browser. It ends with the browser or at auth, whichever is first.
pub(crate) fn start(token: &Token, headers: &HeaderMap) -> HeaderValue {
    written(SESSION, token.expose(), FOR_ALL_PAGES, headers)
}

/// A cookie by which the account knows the browser again. It outlives the session.
pub(crate) fn remember(device: &Token, headers: &HeaderMap) -> HeaderValue {
    written(DEVICE, device.expose(), &format!("{FOR_LOGIN}; Max-Age={DEVICE_SECONDS}"), headers)
}

/// A cookie that ends the session in the browser.
pub(crate) fn end(headers: &HeaderMap) -> HeaderValue {
    written(SESSION, "", &format!("{FOR_ALL_PAGES}; Max-Age=0"), headers)
}

fn written(name: &str, value: &str, attributes: &str, headers: &HeaderMap) -> HeaderValue {
    let secure = if by_tls(headers) { "; Secure" } else { "" };
    let cookie = format!("{name}={value}{attributes}{secure}");
    let mut cookie = HeaderValue::try_from(cookie).expect("hexadecimal digits and ASCII words");
    cookie.set_sensitive(true);
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(cookie).expect("a header"))])
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let digits = "ab".repeat(32);
        for line in [format!("PyZoobarLogin={digits}"), format!("a=b; PyZoobarLogin={digits};c=d")] {
            assert_eq!(session(&sent(&line)).as_ref().map(Token::expose), Some(digits.as_str()));
        }
    }

    #[test]
    fn what_has_not_the_shape_of_a_token_is_none() {
        let digits = "ab".repeat(32);
        for line in ["", "PyZoobarLogin=", "PyZoobarLogin=alice#1234", "PyZoobarLogin"] {
            assert_eq!(session(&sent(line)), None);
        }
        assert_eq!(session(&sent(&format!("XPyZoobarLogin={digits}"))), None);
        assert_eq!(session(&sent(&format!("PyZoobarLoginX={digits}"))), None);
    }

    #[test]
    fn scripts_and_other_sites_do_not_get_it_and_under_tls_no_plain_connection_does() {
        let token = Token::from_bits(&[1; 32]);
        let plain = start(&token, &HeaderMap::new());
        assert!(plain.to_str().expect("ASCII").ends_with("; Path=/; HttpOnly; SameSite=Lax"));
        let tls = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-forwarded-proto"),
            HeaderValue::from_static("https"),
        )]);
        for cookie in [start(&token, &tls), remember(&token, &tls), end(&tls)] {
            assert!(cookie.to_str().expect("ASCII").ends_with("; Secure"));
        }
    }
}
