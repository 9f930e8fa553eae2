//! One line of a log, taken apart.

use std::borrow::Cow;

use serde_json::Value;

/// Bytes of a line that are looked at. Seldon's own lines have a few hundred; a longer one is a
/// payload that somebody logged.
pub(super) const LONGEST: usize = 64 << 10;

/// A message with its fields, whatever the format it was written in.
///
/// ```
/// use seldon_central_core::log::Line;
///
/// let line = Line::read(r#"time="2026-01-01T00:00:00Z" level=error msg="Scheduler not ready" error="no such host""#);
/// assert_eq!(line.message, "Scheduler not ready");
/// assert_eq!(line.field("error"), Some("no such host"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line<'a> {
    /// The message without its fields; the whole line where the format is unknown or the line is cut.
    pub message: Cow<'a, str>,
    fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Line<'a> {
    /// Takes a line apart. It never fails: what is no known format is a message without fields.
    pub fn read(line: &'a str) -> Self {
        let line = without_timestamp(line.trim_end());
        if line.starts_with('{') {
            return json(line).unwrap_or_else(|| Self::plain(line));
        }
        if line.starts_with("time=") || line.starts_with("level=") {
            return logrus(line);
        }
        zap(line).unwrap_or_else(|| Self::plain(line))
    }

    fn plain(line: &'a str) -> Self {
        Self { message: Cow::Borrowed(line), fields: Vec::new() }
    }

    /// What a field holds. Numbers and booleans are as JSON writes them.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_ref())
    }
}

/// The lines of a log, whatever their bytes: what is no UTF-8 is replaced, and of a line longer than
/// 64 KiB only the beginning is given.
pub fn lines(log: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    log.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| String::from_utf8_lossy(line.get(..LONGEST).unwrap_or(line)))
}

/// A line without the time that the API server puts before it when `timestamps` is asked for.
fn without_timestamp(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, rest)) if is_time(time) && time.ends_with('Z') => rest,
        _ => line,
    }
}

/// Whether this begins as ISO 8601 writes a moment.
fn is_time(text: &str) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let like = |(shape, byte): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    text.len() >= SHAPE.len() && SHAPE.iter().zip(text.as_bytes()).all(like)
}

/// logrus as JSON. A line that was cut is none.
fn json(line: &str) -> Option<Line<'_>> {
    let Ok(Value::Object(object)) = serde_json::from_str(line) else { return None };
    let mut read = Line::default();
    for (key, value) in object {
        let value = scalar(value);
        if key == "msg" {
            read.message = Cow::Owned(value);
        } else {
            read.fields.push((Cow::Owned(key), Cow::Owned(value)));
        }
    }
    Some(read)
}

fn scalar(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// logrus as text: `key=value key="value with \"quotes\""`.
fn logrus(line: &str) -> Line<'_> {
    let mut read = Line::default();
    let mut rest = line;
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = value(after);
        if key.trim_start() == "msg" {
            read.message = value;
        } else {
            read.fields.push((Cow::Borrowed(key.trim_start()), value));
        }
        rest = after;
    }
    read
}

/// A value and what comes after it. A quote that never ends was cut off with the line.
fn value(text: &str) -> (Cow<'_, str>, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_once(' ').unwrap_or((text, ""));
        return (Cow::Borrowed(value), rest);
    };
    let mut escaped = false;
    let end = quoted.char_indices().find(|(_, char)| {
        let is_end = *char == '"' && !escaped;
        escaped = *char == '\\' && !escaped;
        is_end
    });
    let (inner, rest) = match end {
        Some((at, _)) => (quoted.get(..at).unwrap_or_default(), quoted.get(at + 1..).unwrap_or_default()),
        None => (quoted, ""),
    };
    (unescaped(inner), rest)
}

/// What Go's `%q` wrote, as far as logs need it: quotes, backslashes, tabs and line breaks.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some(other) => plain.push(other),
                None => {}
            },
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// zap's console form: time, level, logger and message, divided by tabs, and the fields as JSON.
fn zap(line: &str) -> Option<Line<'_>> {
    let mut parts: Vec<&str> = line.split('\t').collect();
    if parts.len() < 3 || !parts.first().is_some_and(|time| is_time(time)) {
        return None;
    }
    let mut read = Line::default();
    if parts.last().is_some_and(|last| last.starts_with('{')) {
        let fields = parts.pop().unwrap_or_default();
        if let Ok(Value::Object(object)) = serde_json::from_str(fields) {
            read.fields = object.into_iter().map(|(key, value)| (Cow::Owned(key), Cow::Owned(scalar(value)))).collect();
        }
    }
    read.message = Cow::Borrowed(parts.pop().unwrap_or_default());
    Some(read)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is(line: &str, message: &str, fields: &[(&str, &str)]) {
        let read = Line::read(line);
        assert_eq!(read.message, message, "{line}");
        for (key, value) in fields {
            assert_eq!(read.field(key), Some(*value), "{key} of {line}");
        }
    }

    #[test]
    fn the_three_formats_are_read() {
        is(
            r#"time="2026-03-01T10:00:00Z" level=info msg="Subscribed to scheduler" Name=Client func=start"#,
            "Subscribed to scheduler",
            &[("level", "info"), ("Name", "Client"), ("func", "start")],
        );
        is(
            r#"{"error":"no such host","level":"error","msg":"Scheduler not ready","retries":3}"#,
            "Scheduler not ready",
            &[("error", "no such host"), ("retries", "3")],
        );
        is(
            "2026-03-01T10:00:00Z\tINFO\tschedulerClient\tRetrying to connect\t{\"namespace\": \"fin\"}",
            "Retrying to connect",
            &[("namespace", "fin")],
        );
        is("2026-03-01T10:00:00Z\tINFO\tsetup\tstarting manager", "starting manager", &[]);
    }

    #[test]
    fn quotes_within_quotes_are_undone() {
        is(
            r#"level=error msg="Scheduler not ready" error="desc = \"dial tcp\\n\"" Name=x"#,
            "Scheduler not ready",
            &[("error", "desc = \"dial tcp\\n\""), ("Name", "x")],
        );
    }

    #[test]
    fn the_api_servers_time_is_taken_off() {
        is("2026-03-01T10:00:00.123456789Z level=info msg=Ready", "Ready", &[("level", "info")]);
    }

    #[test]
    fn cut_lines_lose_only_what_was_cut() {
        is(
            r#"time="2026" level=error msg="Scheduler not ready" error="rpc err"#,
            "Scheduler not ready",
            &[("error", "rpc err")],
        );
        is(r#"{"level":"error","msg":"Scheduler not r"#, r#"{"level":"error","msg":"Scheduler not r"#, &[]);
        is("2026-03-01T10:00:00Z\tINFO\tx\tDialing scheduler\t{\"host\": \"sel", "Dialing scheduler", &[]);
    }

    #[test]
    fn lines_are_bounded_and_utf_8() {
        let mut log = vec![b'a'; LONGEST + 10];
        log.extend_from_slice(b"\n\xff\xfeb\n\n");
        let read: Vec<_> = lines(&log).collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].len(), LONGEST);
        assert_eq!(read[1], "\u{fffd}\u{fffd}b");
    }

    proptest! {
        #[test]
        fn no_line_is_refused(line in "\\PC*|time=[ -~]*|\\{[ -~]*|2026-03-01T10:00:00Z\t[\t -~]*") {
            let _ = Line::read(&line);
        }
    }
}
