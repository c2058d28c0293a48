//! HTML that strangers wrote, or that their programs printed, made harmless.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use askama::filters::HtmlSafe;

/// Longest text that is shown, in bytes.
const MAX_SHOWN: usize = 256 * 1024;
/// Most tags of a text that is shown as HTML: an HTML parser needs quadratic time for some nestings.
const MAX_TAGS: usize = 3000;
/// Most `&` and NUL of such a text: each makes a piece of text of its own, and putting pieces together takes the parser
/// quadratic time. 128 KiB of them would keep everybody else waiting for a quarter of a second.
const MAX_PIECES: usize = 8000;
/// Most (formatting tags with attributes) × (tags). Browsers and html5ever open such tags again in each following block if
/// they were not closed: 14 KiB can become 7 MiB.
const MAX_REOPENED: usize = 100_000;
/// The tags that are opened again, by <https://html.spec.whatwg.org/#formatting>.
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// What a profile may look like. Nothing that loads, runs, submits, names itself or leaves its place.
static RULES: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "dd",
        "dl",
        "dt",
        "em",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ];
    let mut rules = Builder::empty();
    rules
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // Also to pages here, however the link is written: none changes anything by being looked at, and where one link does,
        // logging out, our own is told from others by its Referer.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("nofollow noopener noreferrer"));
    rules
});

/// Harmless HTML. Templates print this type, and no other, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clean(String);

impl Clean {
    /// Keeps simple HTML; shows a text of too many tags or pieces as text.
    pub(crate) fn new(html: &str) -> Self {
        let html = &html[..html.floor_char_boundary(MAX_SHOWN)];
        Self(if is_cheap(html) { RULES.clean(html).to_string() } else { ammonia::clean_text(html) })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl HtmlSafe for Clean {}

/// Whether sanitising takes time and memory in proportion to the text. Looks at tags as they stand, so it counts some that
/// the parser will not see, never fewer.
fn is_cheap(html: &str) -> bool {
    let (mut tags, mut reopened) = (0, 0);
    for tag in html.split('<').skip(1) {
        tags += 1;
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let is_bare = tag[end..].starts_with('>');
        reopened += usize::from(!is_bare && FORMATTING.iter().any(|name| name.eq_ignore_ascii_case(&tag[..end])));
    }
    let pieces = html.bytes().filter(|byte| matches!(byte, b'&' | 0)).count();
    tags <= MAX_TAGS && pieces <= MAX_PIECES && tags * reopened <= MAX_REOPENED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(html: &str) -> String {
        Clean::new(html).to_string()
    }

    #[test]
    fn what_the_profiles_print_stays() {
        assert_eq!(
            clean("Hello, <i> bob </i>\n<p>Current time: 1.5\n"),
            "Hello, <i> bob </i>\n<p>Current time: 1.5\n</p>"
        );
        assert_eq!(
            clean("Last 3 visitors:\n <ul>\n<li> bob at 7 </li>\n</ul>"),
            "Last 3 visitors:\n <ul>\n<li> bob at 7 </li>\n</ul>"
        );
    }

    #[test]
    fn links_lead_anywhere_and_do_not_say_from_where() {
        for href in
            ["https://zoo.example/", "/zoobar/index.cgi/users?user=bob", "users?user=bob", "mailto:b@zoo.example"]
        {
            assert_eq!(
                clean(&format!("<a href=\"{href}\" rel=author onclick=\"x()\" target=_top>zoo</a>")),
                format!("<a href=\"{href}\" rel=\"nofollow noopener noreferrer\">zoo</a>")
            );
        }
        for href in ["javascript:alert(1)", "data:text/html,x", " java\nscript:x", "vbscript:x", "ftp://x"] {
            assert!(!clean(&format!("<a href=\"{href}\">x</a>")).contains("href"), "{href}");
        }
    }

    #[test]
    fn nothing_runs_loads_submits_or_poses_as_the_page() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<img src=/zoobar/index.cgi/logout>",
            "<svg/onload=alert(1)>",
            "<style>*{display:none}</style>",
            "<p style=\"position:fixed\" class=warning id=zoobars onmouseover=x()>",
            "<form action=//evil><input name=password><button>ok</button></form>",
            "<iframe src=//evil></iframe><object data=//evil></object><embed src=//evil>",
            "<meta http-equiv=refresh content=0;url=//evil><base href=//evil><link rel=stylesheet href=//evil>",
            "<!--<img src=x>--><noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "</b></div></main><h1>Other page</h1>",
        ] {
            let harmless = clean(attack);
            for tag in [
                "<script", "<img", "<svg", "<style", "<form", "<input", "<iframe", "<meta", "<base", "<link", "<h1",
                "</div", "<math",
            ] {
                assert!(!harmless.contains(tag), "{attack} became {harmless}");
            }
            for attribute in [" on", " style=", " class=", " id=", " src="] {
                assert!(
                    !harmless.split('>').any(|tag| tag.contains('<') && tag.contains(attribute)),
                    "{attack}: {harmless}"
                );
            }
        }
    }

    #[test]
    fn a_text_that_would_take_time_or_memory_without_bound_is_shown_as_text() {
        let open: String = (0..1000).map(|n| format!("<i title={n}>")).collect();
        let bomb = format!("<p>{open}</p>{}", "<p>x".repeat(1000));
        assert!(clean(&bomb).len() < 10 * bomb.len());
        assert!(clean(&bomb).starts_with("&lt;p&gt;"));
        assert!(clean(&"<div>".repeat(MAX_TAGS + 1)).starts_with("&lt;div&gt;"));
        for piece in ["&", "&no ", "&amp;", "\0"] {
            assert!(clean(&format!("<b>{}", piece.repeat(MAX_PIECES + 1))).starts_with("&lt;b&gt;"), "{piece:?}");
        }
        assert_eq!(clean(&"<b>x &amp; y</b>".repeat(100)), "<b>x &amp; y</b>".repeat(100));
    }
}
