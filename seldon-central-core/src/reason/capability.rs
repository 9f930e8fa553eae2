//! How people misspell the labels by which Models and Servers find each other.

use crate::pattern::{MLSERVER_CAPABILITIES, SPECIFICATION_CAPABILITIES, TRITON_CAPABILITIES};

/// Spellings that are more than a matter of case or hyphens, folded, and the label that is meant.
const ALIASES: &[(&str, &str)] = &[
    ("alibidetection", "alibi-detect"),
    ("alibidetector", "alibi-detect"),
    ("alibiexplainer", "alibi-explain"),
    ("alibiexplainers", "alibi-explain"),
    ("hf", "huggingface"),
    ("huggingfaces", "huggingface"),
    ("lgbm", "lightgbm"),
    ("lightgb", "lightgbm"),
    ("mlfow", "mlflow"),
    ("mlflows", "mlflow"),
    ("mlsever", "mlserver"),
    ("numby", "numpy"),
    ("onnxruntime", "onnx"),
    ("scikit", "sklearn"),
    ("scikitlean", "sklearn"),
    ("scikitlearn", "sklearn"),
    ("scilearn", "sklearn"),
    ("sciktlearn", "sklearn"),
    ("sklean", "sklearn"),
    ("sklear", "sklearn"),
    ("skleran", "sklearn"),
    ("sparkml", "spark-mlib"),
    ("sparkmllib", "spark-mlib"),
    ("tensorlfow", "tensorflow"),
    ("tf", "tensorflow"),
    ("trt", "tensorrt"),
    ("xgb", "xgboost"),
    ("xgbost", "xgboost"),
];

/// The label that is meant, when this one is a known misspelling of it.
///
/// A label that some Server declares is right whatever it looks like: the scheduler compares
/// strings. Callers hold the answer against the Servers.
///
/// ```
/// use seldon_central_core::reason::capability::misspelling_of;
///
/// assert_eq!(misspelling_of("scikit-learn"), Some("sklearn"));
/// assert_eq!(misspelling_of("XGBoost"), Some("xgboost"));
/// assert_eq!(misspelling_of("sklearn"), None);
/// assert_eq!(misspelling_of("gpu"), None);
/// ```
pub fn misspelling_of(label: &str) -> Option<&'static str> {
    let label = label.trim();
    let known = || MLSERVER_CAPABILITIES.into_iter().chain(TRITON_CAPABILITIES).chain(SPECIFICATION_CAPABILITIES);
    if known().any(|right| right == label) {
        return None;
    }
    let folded = fold(label);
    let alias = ALIASES.iter().find(|(wrong, _)| *wrong == folded).map(|(_, right)| *right);
    known().find(|right| fold(right) == folded).or(alias)
}

/// Without case, hyphens, underscores, dots and spaces.
fn fold(label: &str) -> String {
    label.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_word_are_known() {
        for (wrong, right) in [
            ("scikit-learn", "sklearn"),
            ("scikit_learn", "sklearn"),
            ("SKLearn", "sklearn"),
            (" sk-learn ", "sklearn"),
            ("ml-flow", "mlflow"),
            ("MLflow", "mlflow"),
            ("Hugging Face", "huggingface"),
            ("spark-mllib", "spark-mlib"),
            ("alibi_explain", "alibi-explain"),
            ("NumPy", "numpy"),
        ] {
            assert_eq!(misspelling_of(wrong), Some(right), "{wrong}");
        }
    }

    #[test]
    fn the_charts_own_labels_and_free_ones_are_no_misspellings() {
        let known = MLSERVER_CAPABILITIES.iter().chain(&TRITON_CAPABILITIES).chain(&SPECIFICATION_CAPABILITIES);
        for label in known.chain(&["gpu", "pvc", "large-memory", "my-sklearn", ""]) {
            assert_eq!(misspelling_of(label), None, "{label}");
        }
    }

    #[test]
    fn aliases_are_folded_and_lead_to_known_labels() {
        for (wrong, right) in ALIASES {
            assert_eq!(fold(wrong), *wrong);
            assert_eq!(misspelling_of(wrong), Some(*right));
        }
    }
}
