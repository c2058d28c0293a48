//! The smallest CGI program, `/cgi-bin/hello`: a head, an empty line, a page. Everything it learns of its visitor stands in
//! the environment (RFC 3875); nothing of that is repeated here, since it is the visitor who chose it.

#![forbid(unsafe_code)]

fn main() {
    print!("Content-Type: text/plain; charset=utf-8\r\n\r\nHello from a CGI program.\n");
}
