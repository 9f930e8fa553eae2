//! Findings that a profile says do not count.

use std::fmt;

use k8s_openapi::jiff::civil;
use serde::{Deserialize, Serialize};

use crate::{select::Selector, suppress::ObjectGlob};

/// Findings that do not count, by rule and object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileSuppression {
    /// Whose findings: the id or the name of a rule, or the beginning of ids, such as `SCS05`.
    pub rule: Selector,
    /// About what: `Kind/namespace/name`, or `Kind/name` where there is no namespace, each part with
    /// `*` for any text.
    pub object: ObjectGlob,
    /// Why they do not count. Whoever reads the profile cannot ask the object, so it is needed.
    pub reason: Reason,
    /// The last day on which they do not count, in UTC; for ever unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// Why something was decided; not empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A reason that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reason is empty: say why these findings do not count")]
pub struct NoReason;

impl TryFrom<String> for Reason {
    type Error = NoReason;
    fn try_from(text: String) -> Result<Self, NoReason> {
        if text.trim().is_empty() { Err(NoReason) } else { Ok(Self(text)) }
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date(civil::Date);

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no date: write year, month and day, such as 2030-12-31", crate::text::printable(.0))]
pub struct DateError(String);

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        Self(date)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;
    fn try_from(text: String) -> Result<Self, DateError> {
        // jiff reads more than dates, such as times.
        let date = text.parse::<civil::Date>().ok().filter(|date| date.to_string() == text);
        date.map(Self).ok_or(DateError(text))
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Date, ObjectGlob, Reason, Selector};

    macro_rules! schemas {
        ($($type:ident: $schema:tt;)+) => {
            $(impl JsonSchema for $type {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($type).into()
                }
                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!($schema)
                }
            })+
        };
    }

    schemas! {
        Selector: { "type": "string", "pattern": "^[A-Za-z0-9-]+$" };
        ObjectGlob: { "type": "string", "pattern": "^[^/ ]+(/[^/ ]+)?/[^/ ]+$" };
        Reason: { "type": "string", "pattern": "[^ ]" };
        Date: { "type": "string", "format": "date" };
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::Profile;

    #[test]
    fn a_suppression_is_rule_object_reason_and_day() {
        let text = "suppressions:\n- {rule: SCS05, object: Service/fin-*/seldon-scheduler, reason: moving, until: 2030-12-31}\n\
                    - {rule: component-disabled, object: SeldonRuntime/fin/*, reason: for ever}\n";
        let profile = Profile::from_yaml(text).unwrap();
        let [first, second] = profile.suppressions.as_slice() else { panic!("{profile:?}") };
        assert!(first.rule.selects("SCS0501") && second.rule.selects("SCS0206"));
        assert_eq!((first.until.unwrap().to_string(), second.until), ("2030-12-31".to_owned(), None));
        assert_eq!(first.object.to_string(), "Service/fin-*/seldon-scheduler");
        let written = serde_json::to_string(&profile).unwrap();
        assert_eq!(Profile::from_yaml(&written).unwrap(), profile);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let message = |changed: &str| {
            let good = "{rule: SCS05, object: Service/fin/a, reason: moving, until: 2030-12-31}";
            let (old, new) = changed.split_once(" => ").unwrap();
            Profile::from_yaml(&format!("suppressions:\n- {}\n", good.replace(old, new))).unwrap_err().to_string()
        };
        for (changed, expected) in [
            ("SCS05 => SCS0205x", "line 2, column 10: there is no rule `SCS0205x`; did you mean `SCS0205`"),
            ("Service/fin/a => Service", "line 2, column 25: `Service` names no objects: write Kind/namespace/name"),
            ("moving => ' '", "the reason is empty"),
            ("2030-12-31 => 2030-13-01", "`2030-13-01` is no date: write year, month and day"),
            ("2030-12-31 => tomorrow", "`tomorrow` is no date"),
            ("2030-12-31 => 2030-12-31T10:00", "`2030-12-31T10:00` is no date"),
            ("reason => why", "unknown key `why`"),
            (", reason: moving => ", "`reason` is missing"),
        ] {
            assert!(message(changed).contains(expected), "{changed}: {}", message(changed));
        }
    }
}
