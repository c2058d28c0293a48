//! Gives an answer to the visitor, framed for this visitor's connection.

use std::io;

use http_strict::{HeadWriter, Method, Value, Version, names};

use crate::Limits;
use crate::answer::{Answer, Body};
use crate::pace::Pace;
use crate::trouble::Trouble;
use crate::visitor::Visitor;

/// A body up to this size travels in the same write as its head.
const TOGETHER: usize = 32 * 1024;

/// Why an answer did not reach its visitor whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the visitor did not take the answer")]
    Visitor(#[source] io::Error),
    #[error("the answer broke off")]
    Service(#[source] Trouble),
}

/// What the connection makes of an answer.
pub(crate) struct Framing<'r> {
    pub(crate) method: Method,
    pub(crate) version: Version,
    pub(crate) id: &'r str,
    /// The connection goes on after this answer.
    pub(crate) persistent: bool,
}

/// Sends the answer, and says whether the connection can go on.
pub(crate) async fn send(
    visitor: &Visitor,
    framing: &Framing<'_>,
    answer: Answer,
    limits: &Limits,
) -> Result<bool, Broken> {
    let mut pace = Pace::new(limits);
    let unknown_length =
        matches!(answer.body, Body::Running(_)) || matches!(&answer.body, Body::Stream(s) if s.is_open_ended());
    let with_body = framing.method != Method::Head;
    let old = framing.version == Version::Http10;
    let chunked = unknown_length && with_body && !old;
    let persistent = framing.persistent && (chunked || !unknown_length || !with_body);

    let mut out = Vec::with_capacity(answer.head.len() + 256);
    out.extend_from_slice(&answer.head);
    let mut head = HeadWriter::resume(&mut out);
    let id = Value::new(framing.id.as_bytes()).expect("our own ids have no control characters");
    head.field(names::X_REQUEST_ID, id);
    if !persistent {
        head.field(names::CONNECTION, Value::fixed("close"));
    } else if old {
        head.field(names::CONNECTION, Value::fixed("keep-alive"));
    }
    if chunked {
        head.field(names::TRANSFER_ENCODING, Value::fixed("chunked"));
    }
    head.end();

    match answer.body {
        Body::Bytes(body) if with_body && body.len() <= TOGETHER => {
            out.extend_from_slice(&body);
            visitor.write(&out, &mut pace).await
        }
        Body::Bytes(body) if with_body => match visitor.write_more(&out, &mut pace).await {
            Ok(()) => visitor.write(&body, &mut pace).await,
            failed => failed,
        },
        Body::File { file, offset, length } if with_body && length > 0 => {
            match visitor.write_more(&out, &mut pace).await {
                Ok(()) => visitor.send_file(&file, offset, length, &mut pace).await,
                failed => failed,
            }
        }
        body @ (Body::Stream(_) | Body::Running(_)) if with_body => {
            return relay(visitor, body, out, chunked, limits).await.map(|()| persistent);
        }
        Body::Nothing | Body::Bytes(_) | Body::File { .. } | Body::Stream(_) | Body::Running(_) => {
            visitor.write(&out, &mut pace).await
        }
    }
    .map_err(Broken::Visitor)?;
    Ok(persistent)
}

/// Passes a body on part by part, the first together with the head. If it breaks off the visitor sees it break off: the
/// connection ends without the last chunk, or before the length is reached.
async fn relay(
    visitor: &Visitor,
    mut body: Body,
    mut out: Vec<u8>,
    chunked: bool,
    limits: &Limits,
) -> Result<(), Broken> {
    let (mut part, mut pace) = (Vec::new(), Pace::new(limits));
    loop {
        part.clear();
        let more = match &mut body {
            Body::Stream(stream) => stream.next(&mut part).await,
            Body::Running(running) => running.next(&mut part).await,
            Body::Nothing | Body::Bytes(_) | Body::File { .. } => Ok(false),
        }
        .map_err(Broken::Service)?;
        if chunked && !part.is_empty() {
            out.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        }
        out.extend_from_slice(&part);
        if chunked && !part.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
        if chunked && !more {
            out.extend_from_slice(b"0\r\n\r\n");
        }
        visitor.write(&out, &mut pace).await.map_err(Broken::Visitor)?;
        out.clear();
        if !more {
            return Ok(());
        }
    }
}
