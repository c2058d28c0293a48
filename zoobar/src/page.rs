//! The pages of the site, where they stand, and the way back to one of them after logging in.

use std::fmt;

/// Where zoobar stands on the site.
pub(crate) const ROOT: &str = "/zoobar/index.cgi";
/// Longest query that is carried through the login page, in bytes.
const MAX_QUERY: usize = 2048;

/// A page that one can be on, or be sent back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Home,
    Users,
    Transfer,
    Log,
    Echo,
    Login,
    Register,
    Logout,
}

impl Page {
    /// What the navigation offers, in its order.
    pub(crate) const NAVIGATION: [Page; 4] = [Page::Home, Page::Users, Page::Transfer, Page::Log];
    /// What it offers who is not logged in.
    pub(crate) const OUTSIDE: [Page; 2] = [Page::Login, Page::Register];
    /// Where one may be sent after logging in.
    const WAYS_BACK: [Page; 5] = [Page::Home, Page::Users, Page::Transfer, Page::Log, Page::Echo];

    /// Absolute path.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Page::Home => "/zoobar/index.cgi/",
            Page::Users => "/zoobar/index.cgi/users",
            Page::Transfer => "/zoobar/index.cgi/transfer",
            Page::Log => "/zoobar/index.cgi/log",
            Page::Echo => "/zoobar/index.cgi/echo",
            Page::Login => "/zoobar/index.cgi/login",
            Page::Register => "/zoobar/index.cgi/register",
            Page::Logout => "/zoobar/index.cgi/logout",
        }
    }

    /// What the navigation calls it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Page::Home => "Home",
            Page::Users => "Users",
            Page::Transfer => "Transfer",
            Page::Log => "Log",
            Page::Echo => "Echo",
            Page::Login => "Log in",
            Page::Register => "Register",
            Page::Logout => "Log out",
        }
    }

    /// What stands before `- Zoobar Foundation` in the title bar.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Page::Home => "Balance",
            Page::Login => "Login",
            Page::Logout => "Logout",
            other => other.label(),
        }
    }
}

/// Where to go after logging in: one of our own pages and nothing else, so that nobody can use the login page to send a
/// visitor elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Next {
    page: Page,
    query: Option<String>,
}

impl Next {
    pub(crate) fn to(page: Page) -> Self {
        Self { page, query: None }
    }

    /// Understands a path with an optional query. Anything that is not one of our pages leads home.
    pub(crate) fn parse(text: &str) -> Self {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let path = if path == ROOT { Page::Home.path() } else { path };
        let Some(page) = Page::WAYS_BACK.into_iter().find(|page| page.path() == path) else {
            return Self::to(Page::Home);
        };
        // A header value is visible ASCII; browsers percent-encode the rest themselves.
        let carried = query.filter(|query| query.len() <= MAX_QUERY && query.bytes().all(|b| b.is_ascii_graphic()));
        Self { page, query: carried.map(str::to_owned) }
    }

    /// The login page that leads here afterwards.
    pub(crate) fn login_url(&self) -> String {
        let next = self.to_string();
        let quoted = percent_encoding::utf8_percent_encode(&next, percent_encoding::NON_ALPHANUMERIC);
        format!("{}?nexturl={quoted}", Page::Login.path())
    }
}

impl fmt::Display for Next {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.page.path())?;
        self.query.as_ref().map_or(Ok(()), |query| write!(out, "?{query}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_ours_is_a_way_back_with_its_query() {
        for (text, way) in [
            ("/zoobar/index.cgi/transfer", "/zoobar/index.cgi/transfer"),
            ("/zoobar/index.cgi/users?user=bob%20b", "/zoobar/index.cgi/users?user=bob%20b"),
            ("/zoobar/index.cgi", "/zoobar/index.cgi/"),
        ] {
            assert_eq!(Next::parse(text).to_string(), way);
        }
    }

    #[test]
    fn everything_else_leads_home() {
        for text in [
            "",
            "https://evil.example/",
            "//evil.example/zoobar/index.cgi/",
            "/\\evil.example",
            "\\\\evil.example",
            "/zoobar/index.cgi/../../../evil",
            "/zoobar/index.cgi/%2e%2e/evil",
            "/zoobar/index.cgi//evil.example",
            "/zoobar/index.cgi/logout",
            "/zoobar/index.cgi@evil.example",
            " /zoobar/index.cgi/users",
            "javascript:alert(1)",
            "http:/zoobar/index.cgi/",
        ] {
            assert_eq!(Next::parse(text), Next::to(Page::Home), "{text}");
        }
    }

    #[test]
    fn a_query_that_would_break_the_header_is_left_out() {
        assert_eq!(Next::parse("/zoobar/index.cgi/users?user=a\r\nSet-Cookie: x"), Next::to(Page::Users));
        assert_eq!(Next::parse("/zoobar/index.cgi/users?user=é"), Next::to(Page::Users));
    }
}
