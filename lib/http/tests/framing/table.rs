//! The attacks, and beside them what differs from an attack by little and must pass.

/// A request that must be refused.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) wire: Vec<u8>,
    pub(crate) status: u16,
}

/// Requests that must be read as exactly these paths and bodies.
pub(crate) struct Twin {
    pub(crate) name: &'static str,
    pub(crate) wire: Vec<u8>,
    pub(crate) requests: Vec<(String, Vec<u8>)>,
}

const HOST: &str = "Host: a\r\n";

/// A POST with these lines between Host and the empty line, and then `rest`.
fn post(lines: &str, rest: &str) -> String {
    format!("POST / HTTP/1.1\r\n{HOST}{lines}\r\n{rest}")
}

/// A GET with these lines between Host and the empty line.
fn get(lines: &str) -> String {
    format!("GET / HTTP/1.1\r\n{HOST}{lines}\r\n")
}

/// A GET of this target.
fn target(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\n{HOST}\r\n")
}

/// A GET with these lines instead of its Host.
fn host(lines: &str) -> String {
    format!("GET / HTTP/1.1\r\n{lines}\r\n")
}

/// A chunked POST with this body.
fn chunks(body: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", body)
}

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = Vec::new();
    let mut add = |status: u16, name: &'static str, wire: String| {
        all.push(Attack { name, wire: wire.into_bytes(), status });
    };

    // Two lengths, or none that is certain.
    add(400, "CL and TE", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    add(400, "TE and CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"));
    add(400, "CL zero and TE", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    add(400, "CL and an unknown TE", post("Content-Length: 4\r\nTransfer-Encoding: x\r\n", "abcd"));
    add(400, "two different CL", post("Content-Length: 4\r\nContent-Length: 5\r\n", "abcde"));
    add(400, "two equal CL", post("Content-Length: 4\r\nContent-Length: 4\r\n", "abcd"));
    add(400, "two CL of different case", post("Content-Length: 4\r\nCONTENT-LENGTH: 5\r\n", "abcde"));
    add(400, "CL as a list of equals", post("Content-Length: 4, 4\r\n", "abcd"));
    add(400, "CL as a list", post("Content-Length: 4,5\r\n", "abcd"));
    add(400, "CL with plus", post("Content-Length: +4\r\n", "abcd"));
    add(400, "CL with minus", post("Content-Length: -4\r\n", "abcd"));
    add(400, "CL minus zero", post("Content-Length: -0\r\n", ""));
    add(400, "CL hexadecimal", post("Content-Length: 0x4\r\n", "abcd"));
    add(400, "CL exponent", post("Content-Length: 4e0\r\n", "abcd"));
    add(400, "CL fraction", post("Content-Length: 4.0\r\n", "abcd"));
    add(400, "CL with a blank inside", post("Content-Length: 4 4\r\n", "abcd"));
    add(400, "CL with underscore", post("Content-Length: 1_0\r\n", "abcdefghij"));
    add(400, "CL empty", post("Content-Length:\r\n", ""));
    add(400, "CL in quotes", post("Content-Length: \"4\"\r\n", "abcd"));
    add(400, "CL of other digits", post("Content-Length: ４\r\n", "abcd"));
    add(413, "CL beyond 64 bits", post("Content-Length: 18446744073709551620\r\n", "abcd"));
    add(413, "CL above the limit", post("Content-Length: 1048577\r\n", ""));
    add(400, "body shorter than CL", post("Content-Length: 10\r\n", "abcd"));
    add(400, "GET with CL", get("Content-Length: 4\r\n") + "abcd");
    add(400, "GET that hides a request in its body", get("Content-Length: 23\r\n") + "GET /x HTTP/1.1\r\nX: y\r\n");
    add(400, "GET with chunks", get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n");
    add(400, "HEAD with CL", format!("HEAD / HTTP/1.1\r\n{HOST}Content-Length: 1\r\n\r\nx"));

    // Transfer codings.
    add(501, "TE gzip", post("Transfer-Encoding: gzip\r\n", ""));
    add(501, "TE gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"));
    add(501, "TE identity", post("Transfer-Encoding: identity\r\n", ""));
    add(501, "TE xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"));
    add(400, "TE chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"));
    add(400, "TE chunked before another", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"));
    add(400, "TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
    add(400, "TE twice, one hidden", post("Transfer-Encoding: chunked\r\ntransfer-encoding: x\r\n", "0\r\n\r\n"));
    add(400, "TE empty", post("Transfer-Encoding:\r\n", "0\r\n\r\n"));
    add(400, "TE in quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"));
    add(400, "TE with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"));
    add(400, "TE with an empty element", post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"));
    add(400, "TE with a vertical tab", post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"));
    add(400, "TE in a folded line", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"));
    add(400, "TE with a blank before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"));
    add(400, "TE in HTTP/1.0", format!("POST / HTTP/1.0\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));

    // Chunks.
    add(400, "chunk size with plus", chunks("+4\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size with minus", chunks("-4\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size with 0x", chunks("0x4\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size empty", chunks("\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size after a blank", chunks(" 4\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size before a blank", chunks("4 \r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size that overflows", chunks("10000000000000004\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size of nine digits", chunks("000000004\r\nabcd\r\n0\r\n\r\n"));
    add(413, "chunk above the limit", chunks("100001\r\n"));
    add(413, "chunks above the limit together", chunks(&format!("fffff\r\n{}\r\n2\r\nab\r\n", "x".repeat(0xfffff))));
    add(400, "chunk size line ends with LF", chunks("4\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk size line ends with CR", chunks("4\rabcd\r\n0\r\n\r\n"));
    add(400, "chunk data ends with LF", chunks("4\r\nabcd\n0\r\n\r\n"));
    add(400, "chunk data runs on", chunks("4\r\nabcde\r\n0\r\n\r\n"));
    add(400, "chunk extension", chunks("4;a=b\r\nabcd\r\n0\r\n\r\n"));
    add(400, "chunk extension that hides a line", chunks("4;\nxx\r\nabcd\r\n0\r\n\r\n"));
    add(400, "trailer", chunks("4\r\nabcd\r\n0\r\nX: y\r\n\r\n"));
    add(400, "trailer that changes the length", chunks("4\r\nabcd\r\n0\r\nContent-Length: 9\r\n\r\n"));
    add(400, "last chunk without its empty line", chunks("4\r\nabcd\r\n0\r\nGET / HTTP/1.1\r\n\r\n"));
    add(400, "chunks that never end", chunks("4\r\nabcd\r\n"));

    // Lines.
    add(400, "bare LF after the request line", format!("GET / HTTP/1.1\n{HOST}\r\n"));
    add(400, "bare LF after a field", format!("GET / HTTP/1.1\r\n{HOST}X: y\n\r\n"));
    add(400, "bare LF as the end", format!("GET / HTTP/1.1\r\n{HOST}\n"));
    add(400, "bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n".into());
    add(400, "bare CR in a value", get("X: y\rZ: w\r\n"));
    add(400, "bare CR as the end", format!("GET / HTTP/1.1\r\n{HOST}\rX"));
    add(400, "CR CR LF", get("X: y\r\r\n"));
    add(400, "folded line", get("X: y\r\n z\r\n"));
    add(400, "folded line with a tab", get("X: y\r\n\tz\r\n"));
    add(400, "folded line right after the request line", format!("GET / HTTP/1.1\r\n X: y\r\n{HOST}\r\n"));
    add(400, "NUL in a value", get("X: y\0z\r\n"));
    add(400, "NUL in a name", get("X\0: y\r\n"));
    add(400, "NUL in the target", target("/\0"));
    add(400, "two empty lines first", format!("\r\n\r\n{}", target("/")));
    add(400, "control character in a value", get("X: \x08\r\n"));
    add(400, "DEL in a value", get("X: \x7f\r\n"));
    add(400, "blank before the colon", get("X : y\r\n"));
    add(400, "tab before the colon", get("X\t: y\r\n"));
    add(400, "field without a colon", get("X\r\n"));
    add(400, "field without a name", get(": y\r\n"));
    add(400, "blank in a name", get("X Y: z\r\n"));
    add(400, "bracket in a name", get("X[: z\r\n"));
    add(400, "name outside of ASCII", get("Ä: z\r\n"));

    // The request line.
    add(400, "two blanks after the method", format!("GET  / HTTP/1.1\r\n{HOST}\r\n"));
    add(400, "two blanks before the version", format!("GET /  HTTP/1.1\r\n{HOST}\r\n"));
    add(400, "blank after the version", format!("GET / HTTP/1.1 \r\n{HOST}\r\n"));
    add(400, "blank before the method", format!(" GET / HTTP/1.1\r\n{HOST}\r\n"));
    add(400, "tab as a blank", format!("GET\t/\tHTTP/1.1\r\n{HOST}\r\n"));
    add(400, "blank in the target", target("/a b"));
    add(400, "no version", "GET /\r\n\r\n".into());
    add(400, "no target", format!("GET HTTP/1.1\r\n{HOST}\r\n"));
    add(400, "version of small letters", format!("GET / http/1.1\r\n{HOST}\r\n"));
    add(400, "version with two digits", format!("GET / HTTP/1.10\r\n{HOST}\r\n"));
    add(505, "version 2.0", format!("GET / HTTP/2.0\r\n{HOST}\r\n"));
    add(505, "version 1.2", format!("GET / HTTP/1.2\r\n{HOST}\r\n"));
    add(505, "version 0.9", format!("GET / HTTP/0.9\r\n{HOST}\r\n"));
    add(505, "preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into());
    add(400, "hello of TLS", "\x16\x03\x01\0\x01".into());
    for (name, method) in [("PUT", "PUT"), ("DELETE", "DELETE"), ("TRACE", "TRACE"), ("OPTIONS", "OPTIONS")] {
        add(501, name, format!("{method} / HTTP/1.1\r\n{HOST}\r\n"));
    }
    add(501, "CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n".into());
    add(501, "method of small letters", format!("get / HTTP/1.1\r\n{HOST}\r\n"));
    add(400, "method with a colon", format!("G:T / HTTP/1.1\r\n{HOST}\r\n"));

    // Targets.
    add(400, "authority-form", target("a:80"));
    add(400, "asterisk-form", target("*"));
    add(400, "path without a slash", target("index.html"));
    add(400, "https", target("https://a/"));
    add(400, "ftp", target("ftp://a/"));
    add(400, "URL of another host", target("http://b/"));
    add(400, "URL with a user", target("http://u@a/"));
    add(400, "URL without a host", target("http:///x"));
    add(400, "fragment", target("/#x"));
    add(400, "encoded slash", target("/a%2fb"));
    add(400, "encoded backslash", target("/a%5cb"));
    add(400, "backslash", target("/a\\b"));
    add(400, "encoded NUL", target("/a%00b"));
    add(400, "encoded line end", target("/a%0d%0aX:%20y"));
    add(400, "half an escape", target("/a%2"));
    add(400, "escape that is none", target("/a%gg"));
    add(400, "overlong UTF-8", target("/%c0%afetc"));
    add(400, "not UTF-8", target("/%ff"));
    add(400, "raw UTF-8", target("/é"));
    add(400, "above the root", target("/../etc/passwd"));
    add(400, "above the root, encoded", target("/%2e%2e/etc/passwd"));
    add(400, "above the root, later", target("/a/../../etc/passwd"));
    add(414, "target of 9 KiB", target(&format!("/{}", "a".repeat(9 * 1024))));
    add(414, "target without end", format!("GET /{}", "a".repeat(15 * 1024)));

    // Host.
    add(400, "no Host", host(""));
    add(400, "two Hosts", host("Host: a\r\nHost: b\r\n"));
    add(400, "two equal Hosts", host("Host: a\r\nHost: a\r\n"));
    add(400, "empty Host", host("Host:\r\n"));
    add(400, "Host with a user", host("Host: u@a\r\n"));
    add(400, "Host with a path", host("Host: a/b\r\n"));
    add(400, "Host with a blank", host("Host: a b\r\n"));
    add(400, "Host as a list", host("Host: a, b\r\n"));
    add(400, "Host with a bad port", host("Host: a:b\r\n"));
    add(400, "Host with a huge port", host("Host: a:65536\r\n"));
    add(400, "Host with markup", host("Host: <script>\r\n"));
    add(400, "Host with an open bracket", host("Host: [::1\r\n"));
    add(400, "Host folded", host("Host:\r\n a\r\n"));
    add(400, "two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n".into());

    // Sizes and expectations.
    add(431, "field of 17 KiB", get(&format!("X: {}\r\n", "y".repeat(17 * 1024))));
    add(431, "head without end", format!("GET / HTTP/1.1\r\n{HOST}{}", "X: y\r\n".repeat(4 * 1024)));
    add(431, "101 fields", get(&"X: y\r\n".repeat(100)));
    add(417, "unknown expectation", post("Expect: a-miracle\r\nContent-Length: 0\r\n", ""));
    all
}

pub(crate) fn twins() -> Vec<Twin> {
    let mut all = Vec::new();
    let mut add = |name: &'static str, requests: &[(&str, &str)], wire: String| {
        let requests = requests.iter().map(|(path, body)| (path.to_string(), body.as_bytes().to_vec())).collect();
        all.push(Twin { name, wire: wire.into_bytes(), requests });
    };
    add("CL alone", &[("/", "abcd")], post("Content-Length: 4\r\n", "abcd"));
    add("CL with blanks around", &[("/", "abcd")], post("Content-Length: \t 4 \r\n", "abcd"));
    add("CL with a zero before it", &[("/", "abcd")], post("Content-Length: 04\r\n", "abcd"));
    add("CL zero", &[("/", "")], post("Content-Length: 0\r\n", ""));
    add("POST without a body", &[("/", "")], post("", ""));
    add("GET with CL zero", &[("/", "")], get("Content-Length: 0\r\n"));
    add("TE alone", &[("/", "abcd")], chunks("4\r\nabcd\r\n0\r\n\r\n"));
    add("TE of capital letters", &[("/", "")], post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n"));
    add("chunk size of eight digits", &[("/", "abcd")], chunks("00000004\r\nabcd\r\n0\r\n\r\n"));
    add("chunk size of capital letters", &[("/", "0123456789")], chunks("A\r\n0123456789\r\n0\r\n\r\n"));
    add("chunk data with line ends", &[("/", "\r\n0\r\n\r\n")], chunks("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"));
    add("body that looks like a request", &[("/", "GET /x HTTP/1.1\r\n\r\n")], {
        post("Content-Length: 19\r\n", "GET /x HTTP/1.1\r\n\r\n")
    });
    add("two requests in one write", &[("/a", ""), ("/b", "")], target("/a") + &target("/b"));
    add("chunks, then a request", &[("/", "ab"), ("/b", "")], chunks("2\r\nab\r\n0\r\n\r\n") + &target("/b"));
    add("length, then a request", &[("/", "ab"), ("/b", "")], post("Content-Length: 2\r\n", "ab") + &target("/b"));
    add("one empty line first", &[("/", "")], format!("\r\n{}", target("/")));
    add("empty value", &[("/", "")], get("X:\r\n"));
    add("value without a blank before it", &[("/", "")], get("X:y\r\n"));
    add("value with tabs and UTF-8", &[("/", "")], get("X: a\tb é\r\n"));
    add("name of odd signs", &[("/", "")], get("X!#$%&'*+-.^_`|~1: y\r\n"));
    add("HTTP/1.0 without Host", &[("/", "")], "GET / HTTP/1.0\r\n\r\n".into());
    add("HTTP/1.0 closes", &[("/", "")], format!("GET / HTTP/1.0\r\n\r\n{}", target("/b")));
    add("close closes", &[("/", "")], get("Connection: close\r\n") + &target("/b"));
    add("HEAD", &[("/", "")], format!("HEAD / HTTP/1.1\r\n{HOST}\r\n"));
    add("absolute-form", &[("/x", "")], target("http://a/x?y"));
    add("absolute-form without a path", &[("/", "")], target("HTTP://A"));
    add("Host with a port", &[("/", "")], host("Host: a.example:8080\r\n"));
    add("Host of IPv6", &[("/", "")], host("Host: [::1]:8080\r\n"));
    add("encoded letters", &[("/a b/é", "")], target("/%61%20b/%C3%A9"));
    add("a percent sign, encoded", &[("/%2f", "")], target("/%252f"));
    add("dots that stay inside", &[("/b", "")], target("/a/../b"));
    add("query with anything visible", &[("/", "")], target("/?a=%2f%00%&b=[{|}]\\\"<>"));
    let big = format!("/{}", "a".repeat(8 * 1024 - 1));
    add("target of 8 KiB", &[(&big, "")], target(&big));
    add("field of 8 KiB", &[("/", "")], get(&format!("X: {}\r\n", "y".repeat(8 * 1024))));
    add("100 fields", &[("/", "")], get(&"X: y\r\n".repeat(99)));
    add("100-continue", &[("/", "ab")], post("Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"));
    add("Upgrade is ignored", &[("/", "")], get("Connection: upgrade\r\nUpgrade: h2c\r\n"));
    all
}
