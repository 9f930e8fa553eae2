//! Capabilities and requirements: free labels that a Server declares and a Model asks for, equal or
//! not, letter by letter (facts 5.1).

use crate::pattern::{MLSERVER_CAPABILITIES, TRITON_CAPABILITIES};

/// Other names of the stock capabilities, in lower case and without separators. Spellings that
/// differ from the right one in nothing but case and separators need no entry.
const OTHER_SPELLINGS: [(&str, &str); 4] = [
    ("scikitlearn", "sklearn"),
    ("scikit", "sklearn"),
    // The charts spell it with one `l`.
    ("sparkmllib", "spark-mlib"),
    ("alibidetection", "alibi-detect"),
];

/// The stock capability that a label misspells; `None` for a stock capability and for a label that
/// is nobody's misspelling, such as `torch` or a team's own.
pub fn meant(label: &str) -> Option<&'static str> {
    let label = label.trim();
    let stock = || MLSERVER_CAPABILITIES.into_iter().chain(TRITON_CAPABILITIES);
    if stock().any(|capability| capability == label) {
        return None;
    }
    let folded = fold(label);
    let other = OTHER_SPELLINGS.into_iter().find_map(|(spelling, right)| (spelling == folded).then_some(right));
    other.or_else(|| stock().find(|capability| fold(capability) == folded))
}

fn fold(label: &str) -> String {
    label.chars().filter(|c| !matches!(c, '-' | '_' | '.' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_lead_to_the_stock_capability() {
        for (wrong, right) in [
            ("scikit-learn", "sklearn"),
            ("scikitlearn", "sklearn"),
            ("sci-kit-learn", "sklearn"),
            ("Scikit_Learn", "sklearn"),
            ("sk-learn", "sklearn"),
            ("SKLearn", "sklearn"),
            ("spark-mllib", "spark-mlib"),
            ("sparkmlib", "spark-mlib"),
            ("xg-boost", "xgboost"),
            ("XGBoost", "xgboost"),
            ("light-gbm", "lightgbm"),
            ("hugging-face", "huggingface"),
            ("ml-flow", "mlflow"),
            ("tensor-flow", "tensorflow"),
            ("py-torch", "pytorch"),
            ("alibi_detect", "alibi-detect"),
        ] {
            assert_eq!(meant(wrong), Some(right), "{wrong}");
        }
    }

    #[test]
    fn stock_capabilities_and_free_labels_are_no_misspellings() {
        let stock = MLSERVER_CAPABILITIES.into_iter().chain(TRITON_CAPABILITIES);
        for label in stock.chain(["torch", "numpy", " sklearn ", "fraud-gpu", ""]) {
            assert_eq!(meant(label), None, "{label}");
        }
    }
}
