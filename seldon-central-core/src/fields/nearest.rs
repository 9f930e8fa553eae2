//! Which field is meant by a name that is none.

/// Letters of a name for each one that may be wrong. With more wrong ones it is another word, and a
/// repair would rename one thing to another.
const LETTERS_PER_ERROR: usize = 4;

/// What people call a field of a kind, in lower case and without separators, and what its name is.
/// Only where spelling does not lead there.
const OTHER_NAMES: &[(&str, &str, &str)] = &[
    ("Model", "uri", "storageUri"),
    ("Model", "modeluri", "storageUri"),
    ("Model", "artifacturi", "storageUri"),
    ("Model", "secret", "secretName"),
    ("Model", "secretref", "secretName"),
    ("Model", "envsecretrefname", "secretName"),
    ("Model", "servername", "server"),
    ("Model", "serverref", "server"),
    ("Model", "memorybytes", "memory"),
    ("Model", "capabilities", "requirements"),
    ("Server", "capability", "capabilities"),
    ("Server", "config", "serverConfig"),
    ("Server", "requirements", "capabilities"),
    ("SeldonRuntime", "disabled", "disable"),
    ("SeldonRuntime", "enabled", "disable"),
    ("SeldonRuntime", "components", "overrides"),
    ("Experiment", "traffic", "weight"),
    ("Experiment", "trafficpercent", "weight"),
    ("Experiment", "percentage", "weight"),
    ("Experiment", "models", "candidates"),
    ("Experiment", "type", "resourceType"),
    ("Pipeline", "models", "steps"),
];

/// The field of a kind that is meant by a name, among the fields of the place where it was found.
pub(super) fn meant<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.collect();
    let folded = fold(name);
    let by_case = known.iter().find(|known| fold(known) == folded);
    let by_habit = OTHER_NAMES
        .iter()
        .find(|(of, other, right)| *of == kind && *other == folded && known.contains(right))
        .map(|(_, _, right)| right);
    let by_spelling = || {
        let wrong = |known: &&str| strsim::osa_distance(&folded, &fold(known));
        let nearest = known.iter().copied().min_by_key(wrong)?;
        (wrong(&nearest) * LETTERS_PER_ERROR <= folded.len()).then_some(nearest)
    };
    by_case.or(by_habit).copied().or_else(by_spelling).map(str::to_owned)
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spelling_and_habit_lead_to_the_field() {
        let model = ["memory", "requirements", "secretName", "server", "storageUri"];
        let meant = |name: &str| meant("Model", name, model.into_iter());
        for (name, wanted) in [
            ("storageURI", Some("storageUri")),
            ("storage_uri", Some("storageUri")),
            ("storageUrl", Some("storageUri")),
            ("requirments", Some("requirements")),
            ("modelUri", Some("storageUri")),
            ("secret", Some("secretName")),
            ("serverName", Some("server")),
            ("gpu", None),
            ("env", None),
        ] {
            assert_eq!(meant(name).as_deref(), wanted, "{name}");
        }
    }
}
