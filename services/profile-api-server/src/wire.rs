//! What stands on the wire: a line of JSON for each call, a line of JSON for each reply.
//!
//! `["xfer", {"target": "bob", "zoobars": 1}]` is a call, as in the labs' rpclib; `{"ok": null}` or `{"error": "a sentence"}`
//! is a reply.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// Longest line of a call, in bytes, its end included.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// A call as the guest wrote it.
#[derive(Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) arguments: Map<String, Value>,
}

/// What a guest hears.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reply {
    Ok(Value),
    /// A sentence for the program's author.
    Error(String),
}

/// What came.
#[derive(Debug, PartialEq)]
pub(crate) enum Incoming {
    Call(Call),
    /// No call, by this rule. What follows cannot be understood either.
    Broken(&'static str),
    /// The guest is gone, or has nothing more to say.
    End,
}

/// The connection of one run.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: BufReader<UnixStream>,
}

impl Wire {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// Waits for the next call.
    pub(crate) async fn next(&mut self) -> Incoming {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(MAX_LINE as u64).read_until(b'\n', &mut line).await;
        match read {
            Ok(_) if line.ends_with(b"\n") => parse(&line),
            Ok(MAX_LINE) => Incoming::Broken("a call has at most 64 KiB"),
            Ok(_) | Err(_) => Incoming::End,
        }
    }

    /// Sends a reply. A guest that does not take it loses its time with it.
    pub(crate) async fn send(&mut self, reply: &Reply) -> io::Result<()> {
        let mut line = serde_json::to_vec(reply)?;
        line.push(b'\n');
        self.stream.write_all(&line).await
    }
}

/// Reads one line.
pub(crate) fn parse(line: &[u8]) -> Incoming {
    match serde_json::from_slice(line) {
        Ok((method, arguments)) => Incoming::Call(Call { method, arguments }),
        Err(_) => Incoming::Broken("a call is a line of JSON: [\"method\", {\"argument\": value}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_a_pair_of_a_name_and_arguments() {
        let Incoming::Call(call) = parse(br#"["xfer", {"target": "bob", "zoobars": 1}]"#) else { panic!("a call") };
        assert_eq!((call.method.as_str(), &call.arguments["target"]), ("xfer", &Value::from("bob")));
        assert_eq!(call.arguments.len(), 2);
    }

    #[test]
    fn anything_else_is_none() {
        let deep = "[".repeat(60_000);
        let wrong = [
            "",
            "\n",
            "xfer",
            "[]",
            "[\"m\"]",
            "[\"m\", []]",
            "[\"m\", {}, 1]",
            "[1, {}]",
            "{\"m\": {}}",
            "[\"m\", {}] x",
            "[\"m\", {\"a\": }]",
            "\u{0}",
            &deep,
        ];
        for text in wrong {
            assert!(matches!(parse(text.as_bytes()), Incoming::Broken(_)), "{text:.20}");
        }
        assert!(matches!(parse(b"[\"\xff\", {}]\n"), Incoming::Broken(_)), "no UTF-8");
    }

    #[test]
    fn a_reply_is_one_line_whatever_it_says() {
        let line = |reply| serde_json::to_string(&reply).expect("writes");
        assert_eq!(line(Reply::Ok(Value::Null)), r#"{"ok":null}"#);
        assert_eq!(line(Reply::Error("a\nb".into())), r#"{"error":"a\nb"}"#);
    }
}
