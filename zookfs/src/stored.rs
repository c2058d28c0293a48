//! A file that is stored: its description, the part that is wanted, and the descriptor.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_strict::{HeadWriter, Method, RequestHead, Status, Value, names};

use crate::conditions::{self, Verdict, Version};
use crate::content_type::{self, ContentType};
use crate::encodings::{self, Encoding};
use crate::ground::{Ground, Opened};
use crate::not_served::NotServed;
use crate::range::{self, Wanted};
use crate::reply::{Reply, SHORT};

/// Answers with the file that the path names.
pub(crate) fn answer(ground: &Ground, request: &RequestHead, max_age: Duration) -> Result<Reply, NotServed> {
    if request.method == Method::Post {
        return Err(NotServed::new(Status::METHOD_NOT_ALLOWED, "files take no forms"));
    }
    let path = request.path.as_str();
    let opened = ground.read(path)?;
    if !opened.is_directory() {
        return file(ground, request, path, opened, max_age);
    }
    if !path.ends_with('/') {
        return Ok(moved(request));
    }
    let index = format!("{path}index.html");
    match ground.read(&index) {
        Ok(opened) => file(ground, request, &index, opened, max_age),
        Err(refusal) if refusal.status == Status::NOT_FOUND => {
            Err(NotServed::new(Status::FORBIDDEN, "a directory without index.html"))
        }
        Err(refusal) => Err(refusal),
    }
}

fn file(
    ground: &Ground,
    request: &RequestHead,
    path: &str,
    opened: Opened,
    max_age: Duration,
) -> Result<Reply, NotServed> {
    check(&opened)?;
    let content_type = content_type::of(path);
    let (opened, encoding) = match content_type.compressible {
        true => encodings::choose(ground, request, path, opened),
        false => (opened, Encoding::Identity),
    };
    let version = version(&opened);
    let (status, start, length) = match conditions::check(request, &version) {
        Verdict::Changed => return Err(NotServed::new(Status::PRECONDITION_FAILED, "the file is another by now")),
        Verdict::Known => (Status::NOT_MODIFIED, 0, 0),
        Verdict::Give => match range::wanted(request, &version, opened.length()) {
            Wanted::Whole => (Status::OK, 0, opened.length()),
            Wanted::Part { start, length } => (Status::PARTIAL_CONTENT, start, length),
            Wanted::Nothing => return Ok(unsatisfiable(&opened)),
        },
    };
    let mut record = Vec::with_capacity(1024);
    let mut head = HeadWriter::answer(&mut record, status);
    describe(&mut head, &version, &content_type, encoding, max_age);
    if status == Status::NOT_MODIFIED {
        head.end();
        return Ok(Reply::record(record));
    }
    head.number(names::CONTENT_LENGTH, length);
    if status == Status::PARTIAL_CONTENT {
        let part = format!("bytes {start}-{}/{}", start + length - 1, opened.length());
        head.field(names::CONTENT_RANGE, Value::new(part.as_bytes()).expect("digits and signs"));
    }
    let in_record = request.method == Method::Head || length <= SHORT;
    if !in_record && start > 0 {
        head.number(names::X_DESCRIPTOR_OFFSET, start);
    }
    head.end();
    if request.method == Method::Head {
        return Ok(Reply::record(record));
    }
    if !in_record {
        return Ok(Reply { record, descriptor: Some(opened.descriptor), program: None });
    }
    append(&mut record, &opened, start, length as usize)?;
    Ok(Reply::record(record))
}

/// Only regular files, and nothing that somebody could run: a program's text is not for visitors.
pub(crate) fn check(opened: &Opened) -> Result<(), NotServed> {
    if !opened.is_file() {
        return Err(NotServed::new(Status::FORBIDDEN, "not a regular file"));
    }
    if opened.is_executable() {
        return Err(NotServed::new(Status::FORBIDDEN, "executable: programs are not given as text"));
    }
    Ok(())
}

fn describe(
    head: &mut HeadWriter<'_>,
    version: &Version,
    content_type: &ContentType,
    encoding: Encoding,
    max_age: Duration,
) {
    let modified = httpdate::fmt_http_date(version.modified);
    let cache = format!("public, max-age={}", max_age.as_secs());
    head.field(names::CONTENT_TYPE, content_type.value())
        .field(names::ETAG, Value::new(version.tag.as_bytes()).expect("hexadecimal digits in quotes"))
        .field(names::LAST_MODIFIED, Value::new(modified.as_bytes()).expect("a date"))
        .field(names::CACHE_CONTROL, Value::new(cache.as_bytes()).expect("words and digits"))
        .field(names::ACCEPT_RANGES, Value::fixed("bytes"))
        .field(names::X_CONTENT_TYPE_OPTIONS, Value::fixed("nosniff"));
    if content_type.compressible {
        // Whether or not a compressed file is here today: tomorrow there may be one.
        head.field(names::VARY, Value::fixed("accept-encoding"));
    }
    if let Some(name) = encoding.name() {
        head.field(names::CONTENT_ENCODING, name);
    }
}

/// Inode, size and time of change to the nanosecond: another file or another content has another tag.
fn version(opened: &Opened) -> Version {
    let stat = &opened.stat;
    let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
    Version {
        tag: format!("\"{:x}-{:x}-{seconds:x}.{:x}\"", stat.st_ino, opened.length(), stat.st_mtime_nsec),
        // HTTP dates have whole seconds.
        modified: UNIX_EPOCH + Duration::from_secs(seconds),
        now: SystemTime::now(),
    }
}

fn append(record: &mut Vec<u8>, opened: &Opened, start: u64, length: usize) -> Result<(), NotServed> {
    let head = record.len();
    record.resize(head + length, 0);
    let mut filled = 0;
    while filled < length {
        match rustix::io::pread(&opened.descriptor, &mut record[head + filled..], start + filled as u64) {
            Ok(read) if read > 0 => filled += read,
            _ => return Err(NotServed::new(Status::UNAVAILABLE, "the file changed while it was read")),
        }
    }
    Ok(())
}

/// The same address with a slash, so that relative links in the index lead below it.
fn moved(request: &RequestHead) -> Reply {
    let mut record = Vec::with_capacity(256);
    let query = request.query.as_ref().map(|query| format!("?{}", query.as_str())).unwrap_or_default();
    let there = format!("{}/{query}", request.path.encoded());
    let mut head = HeadWriter::answer(&mut record, Status::MOVED_PERMANENTLY);
    head.field(names::LOCATION, Value::new(there.as_bytes()).expect("an encoded path is visible ASCII"))
        .number(names::CONTENT_LENGTH, 0);
    head.end();
    Reply::record(record)
}

fn unsatisfiable(opened: &Opened) -> Reply {
    let mut record = Vec::with_capacity(256);
    let whole = format!("bytes */{}", opened.length());
    let mut head = HeadWriter::answer(&mut record, Status::RANGE_NOT_SATISFIABLE);
    head.field(names::CONTENT_RANGE, Value::new(whole.as_bytes()).expect("digits and signs"))
        .number(names::CONTENT_LENGTH, 0);
    head.end();
    Reply::record(record)
}
