//! Label selectors: `matchLabels` and `matchExpressions`, as Kubernetes documents them.

use std::{borrow::Borrow, collections::BTreeMap, fmt};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// What a [`Requirement`] asks of the value of its label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// The label is there and its value is one of these; sorted and never empty.
    In(Vec<String>),
    /// The label is absent, or its value is none of these; sorted and never empty.
    NotIn(Vec<String>),
    /// The label is there, whatever its value.
    Exists,
    /// The label is absent.
    DoesNotExist,
}

/// One condition on one label. An entry of `matchLabels` is an [`In`](Condition::In) of one value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What its value must be.
    pub condition: Condition,
}

/// Why a `matchExpressions` entry means nothing; the API server refuses each of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The operator is none of the four, which are case-sensitive.
    #[error("operator `{operator}` of label `{key}` is none of In, NotIn, Exists, DoesNotExist")]
    UnknownOperator {
        /// The label's key.
        key: String,
        /// The operator as written.
        operator: String,
    },
    /// `In` or `NotIn` without values.
    #[error("operator `{operator}` of label `{key}` needs values")]
    ValuesMissing {
        /// The label's key.
        key: String,
        /// `In` or `NotIn`.
        operator: String,
    },
    /// `Exists` or `DoesNotExist` with values.
    #[error("operator `{operator}` of label `{key}` takes no values")]
    ValuesUnexpected {
        /// The label's key.
        key: String,
        /// `Exists` or `DoesNotExist`.
        operator: String,
    },
}

/// A label selector, checked once and then matched many times. All requirements must hold; one
/// without requirements selects everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector(Vec<Requirement>);

impl Selector {
    /// Checks a selector. What a *missing* selector means depends on the field that lacks it, so
    /// that is left to the caller.
    ///
    /// # Errors
    /// [`SelectorError`] for the first entry of `matchExpressions` that the API server would refuse.
    pub fn new(selector: &LabelSelector) -> Result<Self, SelectorError> {
        let mut requirements = Self::equal_to(selector.match_labels.iter().flatten()).0;
        for expression in selector.match_expressions.iter().flatten() {
            requirements.push(Requirement::new(expression)?);
        }
        Ok(Self(requirements))
    }

    /// The selector that wants each of these labels with exactly this value, as the `spec.selector`
    /// of a Service does.
    pub fn equal_to<K: AsRef<str>, V: AsRef<str>>(labels: impl IntoIterator<Item = (K, V)>) -> Self {
        let requirement = |(key, value): (K, V)| Requirement {
            key: key.as_ref().to_owned(),
            condition: Condition::In(vec![value.as_ref().to_owned()]),
        };
        Self(labels.into_iter().map(requirement).collect())
    }

    /// What the selector asks for.
    pub fn requirements(&self) -> &[Requirement] {
        &self.0
    }

    /// Whether every requirement holds for these labels.
    pub fn matches<K: Borrow<str> + Ord, V: AsRef<str>>(&self, labels: &BTreeMap<K, V>) -> bool {
        self.unmet(labels).next().is_none()
    }

    /// The requirements that these labels do not meet.
    pub fn unmet<K: Borrow<str> + Ord, V: AsRef<str>>(
        &self,
        labels: &BTreeMap<K, V>,
    ) -> impl Iterator<Item = &Requirement> {
        self.0.iter().filter(|requirement| !requirement.holds(labels.get(requirement.key.as_str()).map(AsRef::as_ref)))
    }
}

impl Requirement {
    fn new(expression: &LabelSelectorRequirement) -> Result<Self, SelectorError> {
        let (key, operator) = (expression.key.clone(), expression.operator.clone());
        let mut values = expression.values.clone().unwrap_or_default();
        values.sort_unstable();
        values.dedup();
        let condition = match (expression.operator.as_str(), values.is_empty()) {
            ("In", false) => Condition::In(values),
            ("NotIn", false) => Condition::NotIn(values),
            ("Exists", true) => Condition::Exists,
            ("DoesNotExist", true) => Condition::DoesNotExist,
            ("In" | "NotIn", true) => return Err(SelectorError::ValuesMissing { key, operator }),
            ("Exists" | "DoesNotExist", false) => return Err(SelectorError::ValuesUnexpected { key, operator }),
            _ => return Err(SelectorError::UnknownOperator { key, operator }),
        };
        Ok(Self { key, condition })
    }

    /// Whether the requirement holds where the label has this value, `None` where it is absent.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let among = |values: &[String]| value.is_some_and(|value| values.iter().any(|v| v == value));
        match &self.condition {
            Condition::In(values) => among(values),
            Condition::NotIn(values) => !among(values),
            Condition::Exists => value.is_some(),
            Condition::DoesNotExist => value.is_none(),
        }
    }

    /// The values the requirement names; none for the two operators without values.
    pub fn values(&self) -> &[String] {
        match &self.condition {
            Condition::In(values) | Condition::NotIn(values) => values,
            Condition::Exists | Condition::DoesNotExist => &[],
        }
    }
}

impl fmt::Display for Requirement {
    /// As kubectl's `-l` writes it: `name=seldon-system`, `tier in (a,b)`, `!legacy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match (&self.condition, self.values()) {
            (Condition::In(_), [value]) => write!(f, "{key}={value}"),
            (Condition::NotIn(_), [value]) => write!(f, "{key}!={value}"),
            (Condition::In(_), values) => write!(f, "{key} in ({})", values.join(",")),
            (Condition::NotIn(_), values) => write!(f, "{key} notin ({})", values.join(",")),
            (Condition::Exists, _) => f.write_str(key),
            (Condition::DoesNotExist, _) => write!(f, "!{key}"),
        }
    }
}

impl fmt::Display for Selector {
    /// As kubectl's `-l` writes it; empty for the selector that selects everything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selector(value: serde_json::Value) -> Result<Selector, SelectorError> {
        Selector::new(&serde_json::from_value(value).unwrap())
    }

    fn expression(operator: &str, values: &[&str]) -> Result<Selector, SelectorError> {
        selector(json!({ "matchExpressions": [{ "key": "tier", "operator": operator, "values": values }] }))
    }

    #[test]
    fn each_operator_decides_present_other_and_absent_labels() {
        let labels = [BTreeMap::from([("tier", "web")]), BTreeMap::from([("tier", "db")]), BTreeMap::new()];
        for (operator, values, expected) in [
            ("In", &["web", "api"][..], [true, false, false]),
            ("NotIn", &["web", "api"], [false, true, true]),
            ("Exists", &[], [true, true, false]),
            ("DoesNotExist", &[], [false, false, true]),
        ] {
            let selector = expression(operator, values).unwrap();
            assert_eq!(labels.each_ref().map(|labels| selector.matches(labels)), expected, "{operator}");
        }
    }

    #[test]
    fn labels_and_expressions_must_all_hold() {
        let both = selector(json!({
            "matchLabels": { "app": "envoy" },
            "matchExpressions": [{ "key": "tier", "operator": "Exists" }],
        }))
        .unwrap();
        assert!(both.matches(&BTreeMap::from([("app", "envoy"), ("tier", "")])));
        assert!(!both.matches(&BTreeMap::from([("app", "envoy")])));
        assert!(!both.matches(&BTreeMap::from([("tier", "x")])));
        assert_eq!(
            both.unmet(&BTreeMap::from([("tier", "x")])).map(ToString::to_string).collect::<Vec<_>>(),
            ["app=envoy"]
        );
    }

    #[test]
    fn an_empty_selector_matches_everything() {
        let everything = selector(json!({})).unwrap();
        assert!(everything.matches(&BTreeMap::<String, String>::new()));
        assert!(everything.matches(&BTreeMap::from([("a", "b")])));
    }

    #[test]
    fn what_the_api_server_refuses_is_an_error() {
        assert!(matches!(expression("in", &["a"]), Err(SelectorError::UnknownOperator { .. })));
        assert!(matches!(expression("In", &[]), Err(SelectorError::ValuesMissing { .. })));
        assert!(matches!(expression("NotIn", &[]), Err(SelectorError::ValuesMissing { .. })));
        assert!(matches!(expression("Exists", &["a"]), Err(SelectorError::ValuesUnexpected { .. })));
    }

    #[test]
    fn selectors_read_as_kubectl_writes_them() {
        let text = selector(json!({
            "matchLabels": { "name": "seldon-system" },
            "matchExpressions": [
                { "key": "tier", "operator": "In", "values": ["b", "a"] },
                { "key": "zone", "operator": "NotIn", "values": ["x"] },
                { "key": "app", "operator": "Exists" },
                { "key": "legacy", "operator": "DoesNotExist" },
            ],
        }))
        .unwrap()
        .to_string();
        assert_eq!(text, "name=seldon-system,tier in (a,b),zone!=x,app,!legacy");
    }
}
