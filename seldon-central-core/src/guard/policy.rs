//! Guards as `ValidatingAdmissionPolicies` and their bindings.
//!
//! The profile's values stand in each policy as variables and not in a `ConfigMap` beside it: a
//! parameter that is missing would stop every write, and whoever may edit it could turn a policy off
//! unseen. A change of the profile is a change of the policies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Guard, Scope, Settings, Tenants, Variable};
use crate::{
    name::Namespace,
    object::Object,
    pattern::{self, NAMESPACE_NAME_LABEL, TENANT_LABEL, WIRING_LABEL, WIRING_RELAY},
    rules::Rule,
    text::fields,
};

const API_VERSION: &str = "admissionregistration.k8s.io/v1";
/// Annotation with the rule that a policy is made of.
const RULE: &str = "kubectl-seldon/rule";
/// Annotation with what the rule sees and the policy does not.
const LIMITS: &str = "kubectl-seldon/limits";

/// What is made of one rule.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The rule.
    pub rule: &'static Rule,
    /// What the rule sees and the policy does not.
    pub limits: Option<&'static str>,
    /// The policy, then its bindings.
    pub objects: Vec<Object>,
}

/// The policies for those of the rules that an API server can check, in the rules' order.
pub fn policies(rules: &[&'static Rule], settings: &Settings) -> Vec<Policy> {
    let guarded = rules.iter().filter_map(|rule| Some((*rule, rule.guard.as_ref()?)));
    guarded.map(|(rule, guard)| policy(rule, guard, settings)).collect()
}

fn policy(rule: &'static Rule, guard: &Guard, settings: &Settings) -> Policy {
    let name = format!("{}-{}.{}", rule.id.to_lowercase(), rule.name, settings.control_plane.namespace);
    let bindings = selectors(guard.scope, settings).into_iter().map(|(part, selector)| {
        let actions: Vec<&str> = settings.actions.iter().map(|action| action.name()).collect();
        json!({
            "apiVersion": API_VERSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": metadata(&format!("{name}.{part}"), rule, None),
            "spec": {
                "policyName": name,
                "validationActions": actions,
                "matchResources": {"namespaceSelector": selector},
            },
        })
    });
    let policy = json!({
        "apiVersion": API_VERSION,
        "kind": "ValidatingAdmissionPolicy",
        "metadata": metadata(&name, rule, guard.limits),
        "spec": spec(rule, guard, settings),
    });
    let objects = std::iter::once(policy).chain(bindings).filter_map(|value| Object::new(value).ok()).collect();
    Policy { rule, limits: guard.limits, objects }
}

fn metadata(name: &str, rule: &Rule, limits: Option<&str>) -> Value {
    let annotations = fields([(RULE, Some(rule.id.into())), (LIMITS, limits.map(Into::into))]);
    json!({
        "name": name,
        "labels": {"app.kubernetes.io/managed-by": pattern::FIELD_MANAGER},
        "annotations": annotations,
    })
}

fn spec(rule: &Rule, guard: &Guard, settings: &Settings) -> Value {
    let variables = (guard.variables)(&settings.control_plane).into_iter();
    let variables: Vec<Value> = variables
        .chain([judged(guard)])
        .map(|Variable { name, cel }| json!({"name": name, "expression": cel}))
        .collect();
    json!({
        // An object that cannot be judged is not stored unseen.
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": resource_rules(guard)},
        "matchConditions": [not_the_operator(&settings.operator_namespace)],
        "variables": variables,
        "validations": [{
            // Refused is what is created wrong, or was right and would be made wrong. What is wrong
            // already can be changed, step by step, and lose its finalizers.
            "expression": "!(variables.judged in [[false], [false, true]])",
            "message": message(rule),
            "reason": "Invalid",
        }],
    })
}

/// Whether the rule holds for the object, and for what it was before.
fn judged(guard: &Guard) -> Variable {
    let cel = format!("[object, oldObject].filter(one, one != null).map(self, {})", guard.holds);
    Variable { name: "judged", cel }
}

/// The operator's own writes are never refused: it stops on the first, with nothing of the runtime done.
fn not_the_operator(namespace: &Namespace) -> Value {
    json!({
        "name": "not-the-operator",
        "expression": format!("!('system:serviceaccounts:{namespace}' in request.userInfo.groups)"),
    })
}

fn resource_rules(guard: &Guard) -> Vec<Value> {
    let groups: BTreeSet<(&str, &str)> = guard.kinds.iter().map(|kind| (kind.group, kind.version)).collect();
    let rules = groups.into_iter().map(|(group, version)| {
        let kinds = guard.kinds.iter().filter(|kind| (kind.group, kind.version) == (group, version));
        fields([
            ("apiGroups", Some(json!([group]))),
            ("apiVersions", Some(json!([version]))),
            ("operations", Some(json!(["CREATE", "UPDATE"]))),
            ("resources", Some(kinds.map(|kind| kind.plural).collect())),
            ("resourceNames", guard.name.map(|name| json!([name]))),
            ("scope", Some("Namespaced".into())),
        ])
    });
    rules.collect()
}

/// The rule's own words, on one line as the API server wants them.
fn message(rule: &Rule) -> String {
    format!("{} {}: {} {}", rule.id, rule.name, rule.summary, rule.fix).replace('\n', " ")
}

/// The namespaces of each binding, by what the binding is called after.
fn selectors(scope: Scope, settings: &Settings) -> Vec<(&'static str, Value)> {
    let is_in = |names: Vec<&Namespace>| json!({"matchExpressions": [{"key": NAMESPACE_NAME_LABEL, "operator": "In", "values": names}]});
    let aliased = scope == Scope::Aliased;
    let tenants = match &settings.tenants {
        Tenants::Labelled => {
            let mut expressions = vec![json!({"key": TENANT_LABEL, "operator": "Exists"})];
            expressions
                .extend(aliased.then(|| json!({"key": WIRING_LABEL, "operator": "NotIn", "values": [WIRING_RELAY]})));
            Some(json!({"matchExpressions": expressions}))
        }
        Tenants::Named { all, relayed } => {
            let names: Vec<&Namespace> = all.iter().filter(|name| !(aliased && relayed.contains(name))).collect();
            (!names.is_empty()).then(|| is_in(names))
        }
    };
    let central = (scope == Scope::Scheduler).then(|| is_in(vec![&settings.control_plane.namespace]));
    let tenants = tenants.map(|selector| ("tenants", selector));
    tenants.into_iter().chain(central.map(|selector| ("control-plane", selector))).collect()
}
