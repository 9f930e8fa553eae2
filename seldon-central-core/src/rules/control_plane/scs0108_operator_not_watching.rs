use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::{Object, ObjectId},
    pattern,
    resource::DEPLOYMENT,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0108",
    name: "operator-not-watching",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The operator's `CLUSTERWIDE` and `WATCH_NAMESPACES` leave a tenant's namespace out.",
    why: "Without `CLUSTERWIDE` the operator looks at its own namespace only, and the setup chart's default is false. \
          With a list it looks at the namespaces of the list. Objects anywhere else get no finalizer, no status and no \
          pods, and nothing says why.",
    fix: "Set the setup chart's `controller.clusterwide: true`, and add the tenant to `controller.watchNamespaces` where \
          that list is used.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&DEPLOYMENT],
    sources: &["operator/main.go:65-123"],
    check,
    bad: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template:
    spec:
      containers:
      - name: manager
        env:
        - {name: CLUSTERWIDE, value: 'false'}
        - {name: WATCH_NAMESPACES, value: ''}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template:
    spec:
      containers:
      - name: manager
        env:
        - {name: CLUSTERWIDE, value: 'true'}
        - {name: WATCH_NAMESPACES, value: 'fraud, financial-inference'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let id = ObjectId::of(&DEPLOYMENT, Some(world.central()), pattern::OPERATOR_DEPLOYMENT);
    let operator = match world.snapshot.get(&DEPLOYMENT, world.central(), pattern::OPERATOR_DEPLOYMENT) {
        Ok(Some(operator)) => operator,
        // It may be called otherwise here.
        Ok(None) => {
            let what = format!("Deployment {} of namespace {}", pattern::OPERATOR_DEPLOYMENT, world.central());
            return report.unknown(id, Unknown::NotInInput { what });
        }
        Err(reason) => return report.unknown(id, reason),
    };
    match Scope::of(&operator.object) {
        Ok(scope) => check_scope(world, operator, &scope, report),
        Err(reason) => report.unknown(id, reason),
    }
}

fn check_scope(world: &World<'_>, operator: &Observed, scope: &Scope, report: &mut Report) {
    let unwatched: Vec<&str> =
        world.tenants.iter().map(|tenant| tenant.namespace.as_str()).filter(|name| !scope.holds(name)).collect();
    if unwatched.is_empty() {
        return report.pass(operator);
    }
    for namespace in unwatched {
        let (message, remedy) = match scope {
            Scope::Own => (
                format!("the operator watches {} only, and not {namespace}", world.central()),
                "set `controller.clusterwide: true` in the setup chart's values".to_owned(),
            ),
            Scope::All | Scope::List(_) => (
                format!("the operator's list of namespaces leaves {namespace} out"),
                format!("add {namespace} to `controller.watchNamespaces` in the setup chart's values"),
            ),
        };
        report.fail(
            operator,
            message,
            vec![Evidence::new("/spec/template/spec/containers", scope.to_string())],
            remedy,
        );
    }
}

/// The namespaces an operator watches.
enum Scope {
    /// Its own.
    Own,
    /// Every one.
    All,
    /// These, and its own.
    List(Vec<String>),
}

impl Scope {
    fn of(operator: &Object) -> Result<Self, Unknown> {
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

    fn holds(&self, namespace: &str) -> bool {
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
