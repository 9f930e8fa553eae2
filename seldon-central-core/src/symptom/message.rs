//! One form of a message: the texts that stay the same, in their order.

/// Most bytes that stand for what differs; a line that needs more holds the texts by chance.
const WIDEST_GAP: usize = 200;

/// A message with `*` for what differs, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    parts: Vec<String>,
}

impl Message {
    pub(super) fn new(pattern: &str) -> Self {
        let parts = pattern.split('*').filter(|part| !part.is_empty()).map(str::to_ascii_lowercase);
        Self { parts: parts.collect() }
    }

    /// The longest text without quotes, which logs write in several ways: whoever holds the message
    /// holds it.
    pub(super) fn anchor(&self) -> &str {
        let texts = self.parts.iter().flat_map(|part| part.split('"'));
        texts.max_by_key(|text| text.len()).unwrap_or_default()
    }

    /// How much of it stays the same, in bytes.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(String::len).sum()
    }

    /// Whether a line, in lower case and with plain quotes, holds it.
    pub(super) fn is_in(&self, line: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        line.match_indices(first.as_str()).any(|(at, found)| follows(rest, line.get(at + found.len()..)))
    }

    /// Whether this is a part of the message that somebody copied.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.parts.iter().any(|part| part.contains(text))
    }
}

fn follows(parts: &[String], rest: Option<&str>) -> bool {
    let (Some((first, parts)), Some(rest)) = (parts.split_first(), rest) else { return parts.is_empty() };
    match rest.find(first.as_str()) {
        Some(at) if at <= WIDEST_GAP => follows(parts, rest.get(at + first.len()..)),
        _ => false,
    }
}

/// A line as messages are compared with it: in lower case, with plain quotes and single blanks.
pub(super) fn folded(line: &str) -> String {
    let line = line.replace("\\\"", "\"").to_ascii_lowercase();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_may_be_anything_but_long() {
        let message = Message::new("lookup seldon-scheduler*: no such host");
        assert!(message.is_in(&folded("dial tcp: lookup  seldon-scheduler.fin on 10.96.0.10:53: No such host")));
        assert!(message.is_in("lookup seldon-scheduler: no such host"));
        assert!(!message.is_in(&format!("lookup seldon-scheduler{}: no such host", "x".repeat(300))));
        assert!(!message.is_in("no such host: lookup seldon-scheduler"));
        let again = "lookup seldon-scheduler failed; lookup seldon-scheduler.fin: no such host";
        assert!(message.is_in(again));
    }

    #[test]
    fn quotes_of_a_log_in_json_are_quotes() {
        let message = Message::new("secrets \"*\" is forbidden");
        assert_eq!(message.anchor(), " is forbidden");
        assert!(message.is_in(&folded(r#"{"error":"secrets \"minio\" is forbidden: User"}"#)));
    }
}
