//! The page that a visitor sees instead of what they asked for: one kind sentence, never the cause.

use crate::Status;

/// Needs no file: where this page stands, no service may be up.
const STYLE: &str = "body{max-width:34rem;margin:12vh auto;padding:0 1.25rem;font:1.0625rem/1.55 system-ui,sans-serif}";

/// A small complete page for this status. `request` is the number under which the logs know the request.
pub fn page(status: Status, request: &str) -> String {
    let (title, sentence) = words(status);
    let mut shown = String::new();
    if !request.is_empty() && request.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        shown = format!("<p><small>Request {request}</small></p>\n");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p>{sentence}</p>\n<p><a href=\"/\">To the first page</a></p>\n{shown}</body>\n</html>\n"
    )
}

fn words(status: Status) -> (&'static str, &'static str) {
    match status.code() {
        403 => ("Not for visitors", "This page exists, but it is not shown to visitors."),
        404 => ("Nothing here", "There is no page at this address. Perhaps the link is old or was mistyped."),
        405 => ("That cannot be done here", "This page can be looked at, but nothing can be sent to it."),
        408 => ("That took too long", "Your request did not arrive completely in time. Please try again."),
        412 => ("Changed meanwhile", "This page is not the one that you know. Please load it again."),
        413 => ("Too large", "What you sent is larger than this site accepts. Please send less."),
        414 => ("Address too long", "The address of this page is longer than this site accepts."),
        416 => ("No such part", "The part of the file that was asked for does not exist."),
        417 => ("Not understood", "Your program expects something that this site does not do."),
        431 => ("Too much said", "Your browser sent more than this site reads. Deleting this site's cookies may help."),
        501 => ("Not done here", "This site does not do what your program asked for."),
        502 => {
            ("A part of this site failed", "Your request reached us, but no proper answer was made. Please try again.")
        }
        503 => ("Back in a moment", "A part of this site is just being restarted or very busy. Please try again."),
        504 => ("That took too long", "A part of this site did not answer in time. Please try again in a moment."),
        505 => ("Another language", "Your program speaks a version of HTTP that this site does not speak."),
        code if code >= 500 => ("Something went wrong", "That was our fault, not yours. Please try again in a moment."),
        _ => ("Not understood", "Your program sent a request that this site does not understand."),
    }
}
