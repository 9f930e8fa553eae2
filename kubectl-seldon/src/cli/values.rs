//! Values of flags that are more than one word.

use std::str::FromStr;

use seldon_central_core::{
    name::ModelName,
    pattern::Component,
    profile::{Capability, LabelKey, StorageUri, TenantModel},
    text,
};

/// `KEY=VALUE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue<V> {
    /// The key.
    pub key: LabelKey,
    /// The value.
    pub value: V,
}

impl<V: FromStr<Err: ToString>> FromStr for KeyValue<V> {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
        let key = LabelKey::new(key).map_err(|error| error.to_string())?;
        Ok(Self { key, value: value.parse().map_err(|error: V::Err| error.to_string())? })
    }
}

/// `NAME=URI[,REQUIREMENT…]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelArg(pub TenantModel);

impl FromStr for ModelArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').ok_or("expected NAME=URI[,REQUIREMENT…]")?;
        let mut parts = rest.split(',');
        let uri = parts.next().unwrap_or_default();
        Ok(Self(TenantModel {
            name: ModelName::new(name).map_err(|error| error.to_string())?,
            storage_uri: StorageUri::new(uri).map_err(|error| error.to_string())?,
            requirements: parts.map(Capability::new).collect::<Result<_, _>>().map_err(|error| error.to_string())?,
            server: None,
            secret_name: None,
            memory: None,
            replicas: None,
            min_replicas: None,
            max_replicas: None,
        }))
    }
}

/// A number of pods.
///
/// # Errors
/// When it is none, with what would be.
pub fn replicas(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of replicas, which is 0 to {}", u16::MAX))
}

/// `NAME=REPLICAS`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComponentReplicas {
    /// The component.
    pub component: Component,
    /// Pods.
    pub replicas: u16,
}

impl FromStr for ComponentReplicas {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, replicas) = text.split_once('=').ok_or("expected NAME=REPLICAS")?;
        let names = Component::ALL.map(Component::name);
        let component = Component::from_name(name).ok_or_else(|| match text::nearest(name, names) {
            Some(nearest) => format!("no component is called `{name}`; did you mean `{nearest}`?"),
            None => format!("no component is called `{name}`; the components are {}", names.join(", ")),
        })?;
        Ok(Self { component, replicas: self::replicas(replicas)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_a_name_a_place_and_requirements() {
        let model = "income=gs://b/income,sklearn,numpy".parse::<ModelArg>().unwrap().0;
        assert_eq!(model.name.as_str(), "income");
        assert_eq!(model.storage_uri.as_str(), "gs://b/income");
        let requirements: Vec<&str> = model.requirements.iter().map(Capability::as_str).collect();
        assert_eq!(requirements, ["sklearn", "numpy"]);
        assert!("income".parse::<ModelArg>().is_err());
        for empty in ["a=gs://x,", "a=gs://x,,sklearn", "a=gs://x, "] {
            assert_eq!(empty.parse::<ModelArg>().unwrap_err().matches("it is empty").count(), 1, "{empty}");
        }
        assert!("income=models:/income/1".parse::<ModelArg>().unwrap_err().contains("MLflow"));
    }

    #[test]
    fn a_misspelled_component_is_answered_with_the_right_one() {
        let error = "seldon-envoi=2".parse::<ComponentReplicas>().unwrap_err();
        assert_eq!(error, "no component is called `seldon-envoi`; did you mean `seldon-envoy`?");
        assert!("mlserver=3".parse::<ComponentReplicas>().unwrap_err().contains("the components are hodometer"));
        assert_eq!("seldon-envoy=2".parse::<ComponentReplicas>().unwrap().replicas, 2);
    }
}
