//! The mark of a patch that repairs findings.
//!
//! A comment above the operations records the rules that asked for them. kustomize drops it, people
//! read it, and whoever judges the repository later knows whose patch it is:
//!
//! ```yaml
//! # kubectl-seldon: SCS0204 SCS0207
//! - {op: test, path: /spec/overrides/0/replicas, value: 1}
//! - {op: replace, path: /spec/overrides/0/replicas, value: 0}
//! ```

/// What the comment begins with.
const MARK: &str = "# kubectl-seldon:";

/// The comment for these rules, with a line feed at its end.
///
/// ```
/// use seldon_central_core::overlay::{mark, marked};
/// let patch = mark(["SCS0204"]) + "- {op: remove, path: /spec/config}\n";
/// assert_eq!(patch.lines().next(), Some("# kubectl-seldon: SCS0204"));
/// assert_eq!(marked(&patch), Some(vec!["SCS0204"]));
/// ```
pub fn mark<'a>(rules: impl IntoIterator<Item = &'a str>) -> String {
    let rules: String = rules.into_iter().map(|rule| format!(" {rule}")).collect();
    format!("{MARK}{rules}\n")
}

/// The rules that a patch is for; `None` for one without the mark. It is looked for among the comments
/// at the top; one that names no rule is none.
pub fn marked(patch: &str) -> Option<Vec<&str>> {
    let top = patch.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with(['#', '-']));
    let top = top.take_while(|line| !line.starts_with("- "));
    let rules: Vec<&str> = top.filter_map(|line| line.strip_prefix(MARK)).flat_map(str::split_whitespace).collect();
    let is_rule = |word: &&str| {
        word.strip_prefix("SCS").is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    (!rules.is_empty() && rules.iter().all(is_rule)).then_some(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_known_again() {
        assert_eq!(marked(&mark(["SCS0204", "SCS0305"])), Some(vec!["SCS0204", "SCS0305"]));
        assert_eq!(marked("# a note\n\n---\n# kubectl-seldon: SCS0204\n- {op: test}\n"), Some(vec!["SCS0204"]));
        for other in [
            "",
            "- {op: test}\n",
            "- {op: test}\n# kubectl-seldon: SCS0204\n",
            "# kubectl-seldon:\n- {op: test}\n",
            "# kubectl-seldon: see the wiki\n",
            "# kubectl-seldon: SCS20\n",
        ] {
            assert_eq!(marked(other), None, "{other}");
        }
    }
}
