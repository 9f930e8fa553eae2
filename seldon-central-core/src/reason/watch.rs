//! Which namespaces the operator watches, by its Deployment (facts 2.2).

use serde_json::Value;

use crate::{object::Object, pattern, snapshot::Unknown};

/// The namespaces an operator watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Its own.
    Own,
    /// Every one.
    All,
    /// These, and its own.
    List(Vec<String>),
}

impl Scope {
    /// Reads the scope of an operator from its Deployment.
    ///
    /// # Errors
    /// [`Unknown`] when a setting comes from elsewhere, or there is no such container.
    pub fn of(operator: &Object) -> Result<Self, Unknown> {
        let containers = operator.pointer("/spec/template/spec/containers").and_then(Value::as_array);
        let is_it =
            |container: &&Value| container.get("name").and_then(Value::as_str) == Some(pattern::OPERATOR_CONTAINER);
        let Some(manager) = containers.into_iter().flatten().find(is_it) else {
            let what = format!("container {} of the operator", pattern::OPERATOR_CONTAINER);
            return Err(Unknown::NotInInput { what });
        };
        let clusterwide = setting(manager, "clusterwide", "CLUSTERWIDE")?.unwrap_or_default();
        // As Go reads a boolean.
        if !matches!(clusterwide.as_str(), "true" | "True" | "TRUE" | "t" | "T" | "1") {
            return Ok(Self::Own);
        }
        let list = setting(manager, "watch-namespaces", "WATCH_NAMESPACES")?.unwrap_or_default();
        let list: Vec<String> =
            list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(if list.is_empty() { Self::All } else { Self::List(list) })
    }

    /// Whether it watches a namespace other than its own.
    pub fn holds(&self, namespace: &str) -> bool {
        match self {
            Self::Own => false,
            Self::All => true,
            Self::List(list) => list.iter().any(|watched| watched == namespace),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own => f.write_str("CLUSTERWIDE is not true"),
            Self::All => f.write_str("CLUSTERWIDE is true, WATCH_NAMESPACES is empty"),
            Self::List(list) => write!(f, "CLUSTERWIDE is true, WATCH_NAMESPACES is {}", list.join(",")),
        }
    }
}

/// What a container is given by a flag or, where the flag passes it on or is absent, by a variable
/// of its environment.
fn setting(container: &Value, flag: &str, variable: &str) -> Result<Option<String>, Unknown> {
    let lists = ["command", "args"].into_iter().filter_map(|field| container.get(field)?.as_array()).flatten();
    let given = lists.filter_map(Value::as_str).filter_map(|word| {
        let rest = word.trim_start_matches('-').strip_prefix(flag)?;
        if rest.is_empty() { Some("true") } else { rest.strip_prefix('=') }
    });
    match given.fold(None, |_, value| Some(value)) {
        Some(value) if value.starts_with("$(") => environment(container, variable),
        Some(value) => Ok(Some(value.to_owned())),
        None => environment(container, variable),
    }
}

/// The last one of a name counts, as the kubelet has it.
fn environment(container: &Value, name: &str) -> Result<Option<String>, Unknown> {
    let mut entries = container.get("env").and_then(Value::as_array).into_iter().flatten();
    let Some(entry) = entries.rfind(|entry| entry.get("name").and_then(Value::as_str) == Some(name)) else {
        return Ok(None);
    };
    match entry.get("valueFrom") {
        Some(_) => Err(Unknown::NotInInput { what: format!("the value of the operator's variable {name}") }),
        None => Ok(entry.get("value").and_then(Value::as_str).map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope(container: &Value) -> Result<String, Unknown> {
        let mut container = container.clone();
        container["name"] = json!("manager");
        let spec = json!({"template": {"spec": {"containers": [container]}}});
        let value = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec});
        Scope::of(&Object::new(value).unwrap()).map(|scope| scope.to_string())
    }

    #[test]
    fn flags_pass_variables_on_or_replace_them() {
        let env = json!([{"name": "CLUSTERWIDE", "value": "true"}, {"name": "WATCH_NAMESPACES", "value": "a,b"}]);
        let passed =
            json!({"args": ["--clusterwide=$(CLUSTERWIDE)", "--watch-namespaces=$(WATCH_NAMESPACES)"], "env": env});
        assert_eq!(scope(&passed).unwrap(), "CLUSTERWIDE is true, WATCH_NAMESPACES is a,b");
        assert_eq!(scope(&json!({"env": env})).unwrap(), "CLUSTERWIDE is true, WATCH_NAMESPACES is a,b");
        let replaced = json!({"args": ["--clusterwide=false"], "env": env});
        assert_eq!(scope(&replaced).unwrap(), "CLUSTERWIDE is not true");
        assert_eq!(
            scope(&json!({"args": ["--clusterwide"]})).unwrap(),
            "CLUSTERWIDE is true, WATCH_NAMESPACES is empty"
        );
        assert_eq!(scope(&json!({})).unwrap(), "CLUSTERWIDE is not true");
    }

    #[test]
    fn a_variable_from_elsewhere_is_unknown() {
        let from =
            json!({"env": [{"name": "CLUSTERWIDE", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}]});
        assert!(scope(&from).is_err());
    }
}
