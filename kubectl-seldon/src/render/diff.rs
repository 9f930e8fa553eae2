//! Differences as unified diffs.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use seldon_central_core::text::printable;

use crate::ui::{BOLD, CYAN, GREEN, RED};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// A unified diff with colours, or nothing when the texts are the same. `None` stands for a side
/// that does not exist.
pub fn unified(name: &str, old: Option<&str>, new: Option<&str>) -> String {
    let label = |side: Option<&str>, prefix| match side {
        Some(_) => format!("{prefix}/{}", printable(name)),
        None => "/dev/null".to_owned(),
    };
    let diff = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        if text.is_empty() {
            let (old, new) = (label(old, "a"), label(new, "b"));
            let _ = writeln!(text, "{BOLD}--- {old}{BOLD:#}\n{BOLD}+++ {new}{BOLD:#}");
        }
        let _ = writeln!(text, "{CYAN}{}{CYAN:#}", hunk.header().to_string().trim_end());
        for change in hunk.iter_changes() {
            let line = printable(change.value().trim_end_matches(['\r', '\n'])).into_owned();
            let _ = match change.tag() {
                ChangeTag::Delete => writeln!(text, "{RED}-{line}{RED:#}"),
                ChangeTag::Insert => writeln!(text, "{GREEN}+{line}{GREEN:#}"),
                ChangeTag::Equal => writeln!(text, " {line}"),
            };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_difference_shows_both_sides_and_sameness_nothing() {
        let diff = plain(&unified("x.yaml", Some("a: 1\nb: 2\n"), Some("a: 1\nb: 3\n")));
        assert_eq!(diff, "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
        assert_eq!(unified("x.yaml", Some("a\n"), Some("a\n")), "");
        assert!(plain(&unified("x.yaml", None, Some("a\n"))).starts_with("--- /dev/null\n+++ b/x.yaml\n"));
    }

    #[test]
    fn escapes_in_a_file_do_not_reach_the_terminal() {
        assert!(!plain(&unified("x", Some("a\u{1b}[2J\n"), None)).contains('\u{1b}'));
    }
}
