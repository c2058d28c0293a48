//! What a program is told about its request (RFC 3875 §4.1).

use http_strict::{RequestHead, Value};

use super::Script;
use crate::ground::Ground;

/// Where programs find others. The service's own environment is empty and stays so.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Fields that become no variable: `Proxy` would be believed as `HTTP_PROXY`, credentials are not a program's business
/// unless it asks for them itself, the rest have variables of their own or belong to the dispatcher.
const NOT_VARIABLES: &[&str] = &["proxy", "authorization", "content-type", "x-forwarded-for", "x-forwarded-proto"];

/// All variables of one run.
pub(super) fn variables(ground: &Ground, request: &RequestHead, script: &Script, body: u64) -> Vec<(String, String)> {
    let field = |name: &str| request.fields.only(name).and_then(Value::as_str);
    let host = field("host").unwrap_or("localhost");
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
        _ => (host, "80"),
    };
    let root = ground.path().display().to_string();
    let mut variables = Vec::new();
    let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
    set("GATEWAY_INTERFACE", "CGI/1.1");
    set("SERVER_SOFTWARE", "zookws");
    set("SERVER_PROTOCOL", "HTTP/1.1");
    set("SERVER_NAME", name);
    set("SERVER_PORT", port);
    set("REQUEST_METHOD", request.method.as_str());
    set("QUERY_STRING", request.query.as_ref().map_or("", |query| query.as_str()));
    let query = request.query.as_ref().map(|query| format!("?{}", query.as_str())).unwrap_or_default();
    set("REQUEST_URI", &format!("{}{query}", request.path.encoded()));
    set("DOCUMENT_ROOT", &root);
    set("SCRIPT_NAME", &script.name);
    set("SCRIPT_FILENAME", &format!("{}{}", root.trim_end_matches('/'), script.name));
    if !script.rest.is_empty() {
        set("PATH_INFO", &script.rest);
    }
    // Set by the dispatcher, which nobody but the dispatcher can do.
    set("REMOTE_ADDR", field("x-forwarded-for").unwrap_or("127.0.0.1"));
    if field("x-forwarded-proto") == Some("https") {
        set("HTTPS", "on");
    }
    // PHP's CGI refuses to work without it.
    set("REDIRECT_STATUS", "200");
    set("PATH", PATH);
    if body > 0 {
        set("CONTENT_LENGTH", &body.to_string());
    }
    if let Some(content_type) = field("content-type") {
        set("CONTENT_TYPE", content_type);
    }
    headers(request, &mut variables);
    variables
}

/// `HTTP_NAME` for each field. One that comes twice is joined, as the RFC asks.
fn headers(request: &RequestHead, variables: &mut Vec<(String, String)>) {
    for field in request.fields.end_to_end().filter(|field| !field.name.is_one_of(NOT_VARIABLES)) {
        let Some(value) = field.value.as_str() else { continue };
        let name = format!("HTTP_{}", field.name.as_str().to_ascii_uppercase().replace('-', "_"));
        let glue = if name == "HTTP_COOKIE" { "; " } else { ", " };
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some((_, before)) => {
                before.push_str(glue);
                before.push_str(value);
            }
            None => variables.push((name, value.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_about_its_request_and_no_more() {
        let dir = tempfile::tempdir().expect("a directory");
        let ground = Ground::open(dir.path().to_owned()).expect("opens");
        let head = "POST /app/x.cgi/a%20b?c=%20d HTTP/1.1\r\nHost: site:81\r\nCookie: a=b\r\nCookie: c=d\r\nX-A: 1\r\nX-A: 2\r\n\
                    Proxy: evil\r\nX_B: y\r\nAuthorization: z\r\nContent-Type: t/u\r\nContent-Length: 3\r\n\
                    X-Forwarded-For: 192.0.2.1\r\n\r\n";
        let request = crate::site::parsed(head);
        let script = Script { name: "/app/x.cgi".into(), rest: "/a b".into() };
        let variables = variables(&ground, &request, &script, 3);
        let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        for (name, expected) in [
            ("REQUEST_METHOD", Some("POST")),
            ("REQUEST_URI", Some("/app/x.cgi/a%20b?c=%20d")),
            ("QUERY_STRING", Some("c=%20d")),
            ("SCRIPT_NAME", Some("/app/x.cgi")),
            ("PATH_INFO", Some("/a b")),
            ("SERVER_NAME", Some("site")),
            ("SERVER_PORT", Some("81")),
            ("REMOTE_ADDR", Some("192.0.2.1")),
            ("CONTENT_LENGTH", Some("3")),
            ("CONTENT_TYPE", Some("t/u")),
            ("HTTP_COOKIE", Some("a=b; c=d")),
            ("HTTP_X_A", Some("1, 2")),
            ("HTTP_PROXY", None),
            ("HTTP_X_B", None),
            ("HTTP_AUTHORIZATION", None),
            ("HTTP_X_FORWARDED_FOR", None),
            ("HTTP_CONTENT_LENGTH", None),
        ] {
            assert_eq!(value(name), expected, "{name}");
        }
    }
}
