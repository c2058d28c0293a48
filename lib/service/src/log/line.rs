//! One event, as JSON and in words.

use std::fmt::Debug;

use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Longest text of one field, in bytes; the rest is cut.
const MAX_FIELD: usize = 2 * 1024;
/// Most lines are not longer than this, in bytes.
const USUAL: usize = 256;

/// An event with all its fields.
pub(super) struct Line {
    level: Level,
    time: String,
    request: String,
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    pub(super) fn of(event: &Event<'_>, request: String) -> Self {
        let time = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let mut line =
            Self { level: *event.metadata().level(), time, request, message: String::new(), fields: Vec::new() };
        event.record(&mut line);
        line
    }

    /// One JSON object and a newline. The escapes of JSON keep a stranger's text inside its field.
    pub(super) fn as_json(&self, service: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL);
        // Text and numbers, written to memory: nothing here can fail.
        let _ = self.write(service, &mut serde_json::Serializer::new(&mut bytes));
        bytes.push(b'\n');
        bytes
    }

    fn write<S: Serializer>(&self, service: &str, json: S) -> Result<S::Ok, S::Error> {
        let mut object = json.serialize_map(None)?;
        object.serialize_entry("time", &self.time)?;
        object.serialize_entry("level", &self.level.as_str().to_ascii_lowercase())?;
        object.serialize_entry("service", service)?;
        object.serialize_entry("request", &self.request)?;
        object.serialize_entry("message", &self.message)?;
        for (name, value) in &self.fields {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }

    pub(super) fn in_words(&self) -> String {
        let mut words = format!("{}: {}", if self.level == Level::ERROR { "error" } else { "warning" }, self.message);
        for (name, value) in &self.fields {
            words.push_str(&format!(", {name} {value}"));
        }
        if self.request != "-" {
            words.push_str(&format!(" [request {}]", self.request));
        }
        words
    }

    fn keep(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, cut(value.to_owned()).into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.keep(field, cut(format!("{value:?}")).into());
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_FIELD {
        text.truncate(text.floor_char_boundary(MAX_FIELD));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_field_is_cut_between_characters() {
        let text = cut("ä".repeat(MAX_FIELD));
        assert!(text.len() <= MAX_FIELD + '…'.len_utf8() && text.ends_with('…'));
        assert_eq!(cut("short".into()), "short");
    }

    #[test]
    fn a_newline_in_a_field_cannot_begin_a_new_line() {
        let fields = vec![("name", "a\n{\"level\":\"error\"}".into())];
        let line = Line { level: Level::INFO, time: String::new(), request: "-".into(), message: "m".into(), fields };
        assert_eq!(line.as_json("x").iter().filter(|byte| **byte == b'\n').count(), 1);
        assert!(!line.in_words().contains('\n'));
    }
}
