//! How programs are started: flags keep their names, and only those that rules read their values.

use serde_json::{Value, json};

use super::REDACTED;

/// The operator's flags that rules read, and whether each is a switch, which takes no further word.
const KEPT_FLAGS: [(&str, bool); 3] = [("clusterwide", true), ("namespace", false), ("watch-namespaces", false)];

/// Hides all of a container's `command` or `args` but the names of flags, and what follows those that
/// are read. Positions stay.
pub(super) fn hide(words: &mut [Value]) {
    let mut is_kept = false;
    for word in words {
        let Some(text) = word.as_str() else { continue };
        if std::mem::take(&mut is_kept) {
            continue;
        }
        let flag = text.strip_prefix("--").or_else(|| text.strip_prefix('-'));
        let name = flag.map(|flag| flag.split_once('=').map_or(flag, |(name, _)| name));
        match name.and_then(|name| KEPT_FLAGS.iter().find(|(kept, _)| *kept == name)) {
            Some((_, is_switch)) => is_kept = !is_switch && !text.contains('='),
            None => *word = json!(hidden(text)),
        }
    }
}

fn hidden(text: &str) -> String {
    match text.split_once('=') {
        Some((name, _)) if name.starts_with('-') && is_flag(name) => format!("{name}={REDACTED}"),
        None if is_flag(text) && (text.starts_with("--") || text.len() == 2) => text.to_owned(),
        _ => REDACTED.to_owned(),
    }
}

fn is_flag(name: &str) -> bool {
    name.starts_with('-') && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_flags_that_rules_read_stay() {
        let mut words = json!([
            "/manager",
            "--clusterwide",
            "--namespace",
            "fin",
            "--token",
            "hidden",
            "-phidden",
            "-x",
            "hidden",
            "hidden=1",
            "-watch-namespaces=$(WATCH_NAMESPACES)",
            "--a=hidden",
            "curl -u a:hidden",
            3,
        ]);
        hide(words.as_array_mut().unwrap());
        let kept = json!([
            "(redacted)",
            "--clusterwide",
            "--namespace",
            "fin",
            "--token",
            "(redacted)",
            "(redacted)",
            "-x",
            "(redacted)",
            "(redacted)",
            "-watch-namespaces=$(WATCH_NAMESPACES)",
            "--a=(redacted)",
            "(redacted)",
            3,
        ]);
        assert_eq!(words, kept);
        hide(words.as_array_mut().unwrap());
        assert_eq!(words, kept, "twice");
    }
}
