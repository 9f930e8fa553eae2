//! What an operator is told, in every way that it can be.

use serde_json::json;

use super::*;
use crate::snapshot::Origin;

fn deployment(container: &Value) -> Observed {
    let mut container = container.clone();
    container["name"] = json!("manager");
    let object = Object::new(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "seldon-v2-controller-manager", "namespace": "seldon-system"},
        "spec": {"template": {"spec": {"containers": [{"name": "proxy"}, container]}}},
    }));
    Observed { object: object.unwrap(), origin: Origin::Cluster }
}

/// Which of three namespaces are watched: the operator's own, `a` and `b`.
fn watched(container: &Value) -> String {
    let observed = deployment(container);
    match Operator::of(&observed).unwrap().watched {
        Ok(watched) => {
            ["seldon-system", "a", "b"].into_iter().filter(|ns| watched.holds(ns)).collect::<Vec<_>>().join(" ")
        }
        Err(reason) => format!("unknown: {reason}"),
    }
}

fn env(clusterwide: &str, list: &str) -> Value {
    json!([{"name": "CLUSTERWIDE", "value": clusterwide}, {"name": "WATCH_NAMESPACES", "value": list}])
}

fn chart_args() -> Value {
    json!(["--namespace=$(POD_NAMESPACE)", "--clusterwide=$(CLUSTERWIDE)", "--watch-namespaces=$(WATCH_NAMESPACES)"])
}

#[test]
fn flags_and_variables_combine_as_the_operator_has_it() {
    let (own, all) = ("seldon-system", "seldon-system a b");
    for (clusterwide, list, expected) in [
        ("false", "", own),
        ("false", "a", own),
        ("", "a", own),
        ("yes", "a", own),
        ("true", "", all),
        ("1", " , ", all),
        ("true", "a", "seldon-system a"),
        ("TRUE", "a, b", all),
        ("true", "c", own),
    ] {
        let chart = json!({"args": chart_args(), "env": env(clusterwide, list)});
        assert_eq!(watched(&chart), expected, "chart: {clusterwide} {list}");
        let image = json!({"env": env(clusterwide, list)});
        assert_eq!(watched(&image), expected, "nothing but variables: {clusterwide} {list}");
    }
}

#[test]
fn flags_override_variables_and_those_that_are_not_passed_on_do_nothing() {
    let with = |args: Value| watched(&json!({"args": args, "env": env("true", "a")}));
    assert_eq!(with(json!(["--clusterwide=false"])), "seldon-system");
    assert_eq!(with(json!(["--leader-elect"])), "seldon-system");
    assert_eq!(with(json!(["--clusterwide"])), "seldon-system a b");
    assert_eq!(with(json!(["-clusterwide", "-watch-namespaces", "b"])), "seldon-system b");
    assert_eq!(with(json!(["--clusterwide=$(CLUSTERWIDE)", "--clusterwide=false"])), "seldon-system");
    assert_eq!(with(json!(["--clusterwide=$(OTHER)"])), "seldon-system");
    assert_eq!(with(json!(["--clusterwide=$$(CLUSTERWIDE)"])), "seldon-system");
    assert_eq!(with(json!(["--clusterwide-more=true"])), "seldon-system");
    assert_eq!(with(json!(["--clusterwide=false", "--namespace=b"])), "b");
    assert_eq!(with(json!(["--clusterwide", "--watch-namespaces=$(WATCH_NAMESPACES),b", "--namespace", "c"])), "a b");
}

#[test]
fn variables_name_others_before_them_and_the_last_of_a_name_counts() {
    let env = json!([{"name": "A", "value": "true"}, {"name": "CLUSTERWIDE", "value": "false"},
        {"name": "CLUSTERWIDE", "value": "$(A)"}, {"name": "WATCH_NAMESPACES", "value": "$(LATER)"},
        {"name": "LATER", "value": "a"}]);
    assert_eq!(watched(&json!({"env": env, "args": ["--clusterwide=$(CLUSTERWIDE)"]})), "seldon-system a b");
    let own = json!([{"name": "CLUSTERWIDE", "value": "$(CLUSTERWIDE)"}]);
    assert_eq!(watched(&json!({"env": own})), "seldon-system");
}

#[test]
fn what_comes_from_elsewhere_is_unknown_and_only_where_it_matters() {
    let from = json!({"configMapKeyRef": {"name": "a", "key": "b"}});
    let list = json!({"name": "WATCH_NAMESPACES", "valueFrom": from});
    let clusterwide = json!({"name": "CLUSTERWIDE", "valueFrom": from});
    for env in [json!([clusterwide]), json!([{"name": "CLUSTERWIDE", "value": "true"}, list])] {
        let watched = watched(&json!({"env": env, "args": chart_args()}));
        assert!(watched.starts_with("unknown: the value of the operator's variable"), "{watched}");
    }
    let off = json!([{"name": "CLUSTERWIDE", "value": "false"}, list]);
    assert_eq!(watched(&json!({"env": off})), "seldon-system");
    // So it is in a snapshot that was saved.
    let saved = json!([{"name": "A", "value": "(redacted)"}, {"name": "CLUSTERWIDE", "value": "$(A)"}]);
    assert!(watched(&json!({"env": saved})).starts_with("unknown"));
    let whole = json!({"envFrom": [{"configMapRef": {"name": "settings"}}], "args": ["--clusterwide=$(CLUSTERWIDE)"]});
    assert!(watched(&whole).starts_with("unknown"));
    assert_eq!(watched(&json!({"envFrom": [{}], "args": ["--clusterwide=true"]})), "seldon-system a b");
}

#[test]
fn an_operator_before_2_9_1_knows_no_list() {
    let with = |image: &str| watched(&json!({"image": image, "env": env("true", "a")}));
    assert_eq!(with("seldonio/seldonv2-controller:2.9.0"), "seldon-system a b");
    assert_eq!(with("seldonio/seldonv2-controller:2.9.1"), "seldon-system a");
    assert_eq!(with("seldonio/seldonv2-controller:latest"), "seldon-system a");
}

#[test]
fn its_namespace_is_a_variable_as_well() {
    let home = |env: Value| Operator::of(&deployment(&json!({"env": env}))).unwrap().home.clone();
    let field = json!([{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]);
    assert_eq!(home(field), Ok("seldon-system".to_owned()));
    assert_eq!(home(json!([{"name": "POD_NAMESPACE", "value": "ops"}])), Ok("ops".to_owned()));
    assert_eq!(home(json!([])), Ok("seldon-mesh".to_owned()));
    assert!(home(json!([{"name": "POD_NAMESPACE", "valueFrom": {"secretKeyRef": {}}}])).is_err());
}

#[test]
fn operators_are_known_by_their_pods_as_well_and_other_deployments_are_none() {
    let mut value = deployment(&json!({})).object.into_value();
    value["metadata"]["name"] = json!("my-operator");
    let observed = |value: &Value| Observed { object: Object::new(value.clone()).unwrap(), origin: Origin::Cluster };
    assert_eq!(Operator::of(&observed(&value)), None);
    value["spec"]["template"]["metadata"] = json!({"labels": {"control-plane": "v2-controller-manager"}});
    assert!(Operator::of(&observed(&value)).is_some());
    value["spec"]["template"]["spec"]["containers"] = json!([{"name": "other"}]);
    assert!(Operator::of(&observed(&value)).unwrap().watched.is_err());
}

#[test]
fn variables_that_grow_without_bound_are_unknown() {
    let entry = |n: usize| json!({"name": format!("A{}", n + 1), "value": format!("$(A{n})$(A{n})")});
    let mut env = vec![json!({"name": "A0", "value": "true"})];
    env.extend((0..64).map(entry));
    env.push(json!({"name": "CLUSTERWIDE", "value": "$(A64)"}));
    assert!(watched(&json!({"env": env})).starts_with("unknown: what the operator's variables amount to"));
}
