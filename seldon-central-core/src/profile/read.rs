//! Reading a profile from YAML, with errors that say where and what was probably meant.

use super::Profile;
#[cfg(feature = "schema")]
use crate::pattern::Component;
use crate::{
    text,
    yaml::{self, UnknownKey, YamlError},
};

/// A profile that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A key that the profile does not have.
    #[error("line {line}, column {column}: unknown key `{}`{}", .key.escape_debug(), hint(.nearest.as_deref(), .known))]
    UnknownKey {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// The key.
        key: String,
        /// The known key that is spelled most like it.
        nearest: Option<String>,
        /// The keys known at this place.
        known: Vec<String>,
    },
    /// Anything else that is wrong at a place.
    #[error("line {line}, column {column}: {}", crate::text::printable(.message))]
    At {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// What is wrong with the file as a whole.
    #[error("{}", crate::text::printable(.0))]
    Whole(String),
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => format!("; known here: {}", known.join(", ")),
    }
}

impl Profile {
    /// Reads a profile from YAML.
    ///
    /// # Errors
    /// [`ProfileError`] with line, column and, for an unknown key, the nearest known one.
    ///
    /// ```
    /// use seldon_central_core::profile::Profile;
    ///
    /// let profile = Profile::from_yaml("tenants: [{namespace: financial-inference}]").unwrap();
    /// assert_eq!(profile.control_plane.namespace.as_str(), "seldon-system");
    ///
    /// let error = Profile::from_yaml("tenant: []").unwrap_err();
    /// assert_eq!(error.to_string(), "line 1, column 1: unknown key `tenant`; did you mean `tenants`?");
    /// ```
    pub fn from_yaml(text: &str) -> Result<Self, ProfileError> {
        yaml::read_typed(text).map_err(|(error, unknown)| explain(error, unknown))
    }
}

fn explain(error: YamlError, unknown: Option<UnknownKey>) -> ProfileError {
    let YamlError { line, column, message } = error;
    match unknown {
        Some(UnknownKey { key, known }) => ProfileError::UnknownKey {
            line,
            column,
            nearest: text::nearest(&key, known.iter().copied()).map(str::to_owned),
            known: known.into_iter().map(str::to_owned).collect(),
            key,
        },
        None if line == 0 => ProfileError::Whole(message),
        None => ProfileError::At { line, column, message },
    }
}

/// The JSON Schema of the profile file, for editors and for CI.
#[cfg(feature = "schema")]
pub fn json_schema() -> serde_json::Value {
    let schema = schemars::schema_for!(Profile);
    schema.to_value()
}

/// The components that a tenant may change: all but the scheduler.
#[cfg(feature = "schema")]
pub(super) fn changeable() -> serde_json::Value {
    let others = Component::ALL.into_iter().filter(|component| *component != Component::Scheduler);
    serde_json::json!({ "enum": others.map(Component::name).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        Profile::from_yaml(text).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_one() {
        assert_eq!(
            message("tenants:\n- namespace: fin\n  lables: {}\n"),
            "line 3, column 3: unknown key `lables`; did you mean `labels`?"
        );
        assert_eq!(
            message("controlPlane: {quux: 1}"),
            "line 1, column 16: unknown key `quux`; known here: namespace, seldonConfig, serverConfig, clusterDomain, \
             grpcServicePrefix, transport"
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let text = message("tenants:\n- namespace: Fin\n");
        assert!(text.starts_with("line 2, column 14: "), "{text}");
        assert!(text.contains("namespace `Fin` is not valid"), "{text}");
        assert!(text.contains("`fin` would be"), "{text}");
        let text = message("tenants: [{namespace: a, networkPolicy: {apiServer: {ports: [0]}}}]");
        assert!(text.starts_with("line 1") && text.contains("from 1 to 65535"), "{text}");
        assert!(message("tenants: [").starts_with("line 1"), "{}", message("tenants: ["));
    }

    #[test]
    fn the_defaults_fill_what_is_not_said() {
        let profile = Profile::from_yaml("tenants:\n- namespace: fin\n").unwrap();
        assert_eq!(profile.tenants, [crate::profile::Tenant::new(crate::name::Namespace::new("fin").unwrap())]);
    }

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_names_the_components_that_can_be_changed() {
        let schema = json_schema();
        let names = schema.pointer("/$defs/Runtime/properties/components/propertyNames/enum").unwrap();
        for name in names.as_array().unwrap() {
            let profile = format!("tenants: [{{namespace: fin, runtime: {{components: {{{name}: {{}}}}}}}}]");
            Profile::from_yaml(&profile).unwrap();
        }
        assert_eq!(names.as_array().unwrap().len(), Component::ALL.len() - 1);
        assert!(!names.to_string().contains("scheduler") && !names.to_string().contains("mlserver"), "{names}");
    }

    #[test]
    fn a_profile_survives_being_written_and_read() {
        let profile = Profile::from_yaml(
            "controlPlane: {grpcServicePrefix: grpc-, transport: tls}\n\
             tenants:\n- namespace: fin\n  wiring: relay\n  relay: {image: envoy}\n\
             \x20 runtime: {components: {seldon-envoy: {replicas: 2, serviceType: LoadBalancer}}}\n\
             \x20 models: [{name: income, storageUri: 'gs://b/m', requirements: [sklearn]}]\n",
        )
        .unwrap();
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(Profile::from_yaml(&text).unwrap(), profile);
    }
}
