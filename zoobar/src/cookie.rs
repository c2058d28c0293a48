//! The session cookie. Its value is the token and nothing else.

use auth_api::Token;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

const NAME: &str = "PyZoobarLogin";

/// The session token that the browser sent, if it has the shape of one.
pub(crate) fn read(headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut values =
        cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='));
    values.find_map(|value| Token::try_from(value.to_owned()).ok())
}

/// A cookie that starts the session in the browser. It ends with the browser or at auth, whichever is first.
pub(crate) fn start(token: &Token, headers: &HeaderMap) -> HeaderValue {
    written(token.expose(), "", headers)
}

/// A cookie that ends the session in the browser.
pub(crate) fn end(headers: &HeaderMap) -> HeaderValue {
    written("", "; Max-Age=0", headers)
}

fn written(value: &str, more: &str, headers: &HeaderMap) -> HeaderValue {
    // zookd says how the visitor reached it, and lets nobody else say so.
    let secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax{more}{secure}");
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
            assert_eq!(read(&sent(&line)).as_ref().map(Token::expose), Some(digits.as_str()));
        }
    }

    #[test]
    fn what_has_not_the_shape_of_a_token_is_none() {
        let digits = "ab".repeat(32);
        for line in ["", "PyZoobarLogin=", "PyZoobarLogin=alice#1234", "PyZoobarLogin"] {
            assert_eq!(read(&sent(line)), None);
        }
        assert_eq!(read(&sent(&format!("XPyZoobarLogin={digits}"))), None);
        assert_eq!(read(&sent(&format!("PyZoobarLoginX={digits}"))), None);
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
        assert!(start(&token, &tls).to_str().expect("ASCII").ends_with("; Secure"));
    }
}
