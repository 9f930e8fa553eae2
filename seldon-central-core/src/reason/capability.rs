//! Capabilities and requirements: free labels that a Server declares and a Model asks for, equal or
//! not, letter by letter (`scheduler/pkg/scheduler/filters/serverrequirements.go:25-60`).

use std::collections::BTreeSet;

use crate::pattern::{MLSERVER_CAPABILITIES, SPECIFICATION_CAPABILITIES, TRITON_CAPABILITIES};
use crate::{
    guard::{Variable, cel},
    profile::ControlPlane,
};

/// Other names of the known capabilities, in lower case and without separators. Spellings that
/// differ from the right one in nothing but case and separators need no entry.
const OTHER_SPELLINGS: &[(&str, &str)] = &[
    ("alibidetection", "alibi-detect"),
    ("alibidetector", "alibi-detect"),
    ("alibiexplainer", "alibi-explain"),
    ("alibiexplainers", "alibi-explain"),
    ("lightgb", "lightgbm"),
    ("mlfow", "mlflow"),
    ("mlsever", "mlserver"),
    ("numby", "numpy"),
    ("scikit", "sklearn"),
    ("scikitlean", "sklearn"),
    ("scikitlearn", "sklearn"),
    ("scilearn", "sklearn"),
    ("sciktlearn", "sklearn"),
    ("sklean", "sklearn"),
    ("sklear", "sklearn"),
    ("skleran", "sklearn"),
    // The charts spell it with one `l`.
    ("sparkmllib", "spark-mlib"),
    ("tensorlfow", "tensorflow"),
    ("xgbost", "xgboost"),
];

/// The known capability that a label misspells; `None` for a known capability and for a label that
/// is nobody's misspelling, such as a team's own.
///
/// ```
/// use seldon_central_core::reason::capability::meant;
///
/// assert_eq!(meant("scikit-learn"), Some("sklearn"));
/// assert_eq!(meant("XGBoost"), Some("xgboost"));
/// assert_eq!(meant("torch"), None);
/// assert_eq!(meant("fraud-gpu"), None);
/// ```
pub fn meant(label: &str) -> Option<&'static str> {
    let label = label.trim();
    if known().any(|capability| capability == label) {
        return None;
    }
    let folded = fold(label);
    let other = OTHER_SPELLINGS.iter().find_map(|(spelling, right)| (*spelling == folded).then_some(*right));
    other.or_else(|| known().find(|capability| fold(capability) == folded))
}

fn known() -> impl Iterator<Item = &'static str> {
    MLSERVER_CAPABILITIES.into_iter().chain(TRITON_CAPABILITIES).chain(SPECIFICATION_CAPABILITIES)
}

/// The same for an API server: the known capabilities, and all that is a misspelling of one once it is in
/// lower case and without separators.
pub(crate) fn variables(_: &ControlPlane) -> Vec<Variable> {
    let capabilities: BTreeSet<&str> = known().collect();
    let misspellings = OTHER_SPELLINGS.iter().map(|(spelling, _)| (*spelling).to_owned());
    let misspellings: BTreeSet<String> = misspellings.chain(known().map(fold)).collect();
    vec![
        Variable { name: "capabilities", cel: cel::texts(capabilities) },
        Variable { name: "misspellings", cel: cel::texts(misspellings) },
    ]
}

fn fold(label: &str) -> String {
    label.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_lead_to_the_known_capability() {
        for (wrong, right) in [
            ("scikit-learn", "sklearn"),
            ("scikitlearn", "sklearn"),
            ("sci-kit-learn", "sklearn"),
            ("Scikit_Learn", "sklearn"),
            ("sk-learn", "sklearn"),
            (" SKLearn ", "sklearn"),
            ("spark-mllib", "spark-mlib"),
            ("sparkmlib", "spark-mlib"),
            ("xg-boost", "xgboost"),
            ("XGBoost", "xgboost"),
            ("light-gbm", "lightgbm"),
            ("Hugging Face", "huggingface"),
            ("ml-flow", "mlflow"),
            ("tensor-flow", "tensorflow"),
            ("py-torch", "pytorch"),
            ("alibi_detect", "alibi-detect"),
            ("NumPy", "numpy"),
        ] {
            assert_eq!(meant(wrong), Some(right), "{wrong}");
        }
    }

    #[test]
    fn known_capabilities_and_free_labels_are_no_misspellings() {
        let known = MLSERVER_CAPABILITIES.into_iter().chain(TRITON_CAPABILITIES).chain(SPECIFICATION_CAPABILITIES);
        for label in known.chain([" sklearn ", "fraud-gpu", "pvc", "my-sklearn", ""]) {
            assert_eq!(meant(label), None, "{label}");
        }
    }

    #[test]
    fn other_spellings_are_folded_and_lead_to_known_capabilities() {
        for (spelling, right) in OTHER_SPELLINGS {
            assert_eq!(fold(spelling), *spelling);
            assert_eq!(meant(spelling), Some(*right));
        }
    }
}
