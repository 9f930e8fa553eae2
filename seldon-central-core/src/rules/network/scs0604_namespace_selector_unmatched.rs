use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    object::{Object, ObjectId},
    pattern::{self, NAMESPACE_NAME_LABEL},
    reason::selector::{Condition, Selector},
    resource::{NAMESPACE, NETWORK_POLICY},
    rules::{FixSafety, Judged, Report, Rule, World, denial},
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0604",
    name: "namespace-selector-unmatched",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A NetworkPolicy of a tenant or of the control plane selects a namespace by a label that the namespace \
              does not carry, typically `name`.",
    why: "A policy finds namespaces by their labels, not by their names. The one label that every namespace carries is \
          `kubernetes.io/metadata.name`, which the API server sets. `name` is there only where somebody wrote it; \
          Helm and `kubectl create namespace` do not. A selector that matches nothing is no error to anybody, and its \
          rule admits nothing. Where the namespace is not in the input, `name` counts as absent from the control \
          plane's.",
    fix: "Select the namespace by `kubernetes.io/metadata.name`. Labelling it works too, until somebody recreates it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&NETWORK_POLICY, &NAMESPACE],
    sources: &[
        "specification, Network Policies",
        "https://kubernetes.io/docs/concepts/services-networking/network-policies/#targeting-a-namespace-by-its-name",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: financial-inference-app-policy, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {name: seldon-system}}
    ports:
    - {protocol: TCP, port: 9005}
",
    good: "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: financial-inference-app-policy, namespace: financial-inference}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}
    ports:
    - {protocol: TCP, port: 9005}
",
};

/// The label that people expect and nobody sets.
const EXPECTED_LABEL: &str = "name";

/// A namespace that a selector is meant for, and the selector as kubectl writes it.
type Target = (String, String);

fn check(world: &World<'_>, report: &mut Report) {
    let targets = targets(world);
    for namespace in world.scheduler_namespaces() {
        let id = || ObjectId::of(&NAMESPACE, None, namespace);
        match world.snapshot.all_in(&NETWORK_POLICY, namespace) {
            Err(reason) if reason.is_incomplete() => report.unknown(id(), reason),
            _ => world
                .snapshot
                .known_in(&NETWORK_POLICY, namespace)
                .for_each(|policy| judge(world, &targets, policy, report)),
        }
    }
}

fn judge(world: &World<'_>, targets: &BTreeSet<&str>, policy: &Observed, report: &mut Report) {
    let (mut unmatched, mut doubt) = (BTreeMap::<Target, Vec<String>>::new(), None);
    for (path, value) in selectors(&policy.object) {
        let Some(selector) = parse(value) else { continue };
        for target in meant(&selector, targets) {
            match matches(world, &selector, target) {
                Ok(true) => {}
                Ok(false) => unmatched.entry((target.to_owned(), selector.to_string())).or_default().push(path.clone()),
                Err(reason) => doubt = Some(reason),
            }
        }
    }
    match (unmatched.is_empty(), doubt) {
        (true, None) => return report.pass(policy),
        (true, Some(reason)) => return report.unknown(policy.object.id(), reason),
        (false, _) => {}
    }
    for ((target, selector), paths) in unmatched {
        let known = world.network().labels(&target);
        let state = if known.is_some() { "does not carry" } else { "carries only if somebody sets it" };
        let at = |path: &String| Evidence::new(path, &selector);
        let labels = known.map(|labels| Evidence::new("", format!("labels of {target}: {}", denial::compact(&labels))));
        report.fail(
            policy,
            format!("the selector `{selector}` is meant for namespace {target} and asks for a label that it {state}"),
            paths.iter().map(at).chain(labels).collect(),
            format!("select the namespace by `{NAMESPACE_NAME_LABEL}: {target}`, which it always carries"),
        );
    }
}

fn is_met_elsewhere(world: &World<'_>, selector: &Selector) -> bool {
    let mut others = world.snapshot.known(&NAMESPACE).map(|observed| observed.object.name());
    others.any(|name| world.network().labels(name).is_some_and(|labels| selector.matches(labels)))
}

/// The namespaces that the flows of the pattern lead to.
fn targets<'a>(world: &'a World<'_>) -> BTreeSet<&'a str> {
    world.scheduler_namespaces().into_iter().chain([pattern::DNS_NAMESPACE, pattern::KAFKA_NAMESPACE]).collect()
}

/// The `namespaceSelector` of every peer and where it stands.
fn selectors(policy: &Object) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (list, peers) in [("egress", "to"), ("ingress", "from")] {
        let path = format!("/spec/{list}");
        for (rule_path, rule) in items(policy.pointer(&path), path) {
            for (peer_path, peer) in items(rule.get(peers), format!("{rule_path}/{peers}")) {
                found.extend(
                    peer.get("namespaceSelector").map(|value| (format!("{peer_path}/namespaceSelector"), value)),
                );
            }
        }
    }
    found
}

fn items(list: Option<&Value>, path: String) -> impl Iterator<Item = (String, &Value)> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.enumerate().map(move |(index, item)| (format!("{path}/{index}"), item))
}

fn parse(value: &Value) -> Option<Selector> {
    Selector::new(&LabelSelector::deserialize(value).ok()?).ok()
}

/// The namespaces whose names a selector wants as values of labels that are not theirs by nature.
fn meant<'t>(selector: &Selector, targets: &BTreeSet<&'t str>) -> Vec<&'t str> {
    let by_label = selector.requirements().iter().filter(|requirement| requirement.key != NAMESPACE_NAME_LABEL);
    let values = by_label.filter_map(|requirement| match &requirement.condition {
        Condition::In(values) => Some(values),
        _ => None,
    });
    let values: BTreeSet<&str> = values.flatten().map(String::as_str).collect();
    values.into_iter().filter_map(|value| targets.get(value).copied()).collect()
}

/// Whether a namespace meets a selector that is meant for it. A selector that another namespace meets
/// is meant for that one.
fn matches(world: &World<'_>, selector: &Selector, namespace: &str) -> Result<bool, Unknown> {
    if let Some(labels) = world.network().labels(namespace) {
        let mut labels = labels.clone();
        labels.insert(NAMESPACE_NAME_LABEL, namespace);
        return Ok(selector.matches(&labels) || is_met_elsewhere(world, selector));
    }
    let asks_for_name = selector.requirements().iter().any(|requirement| requirement.key == EXPECTED_LABEL);
    match world.network().labels_missing(namespace) {
        Unknown::NotInInput { .. } if asks_for_name && namespace == world.central() => Ok(false),
        reason => Err(reason),
    }
}

/// Each label that is meant for the namespace's name becomes the one that holds it.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let (Some(policy), Some(finding)) = (find(world.snapshot, &outcome.object), outcome.finding()) else {
        return Vec::new();
    };
    let targets = targets(world);
    let selectors = finding.evidence.iter().filter(|evidence| !evidence.path.is_empty());
    Remedy::safe(selectors.filter_map(|evidence| {
        let wanted = by_name(policy.object.pointer(&evidence.path)?, &targets)?;
        Some(Edit::set(&policy.object, evidence.path.clone(), wanted))
    }))
}

/// A selector that asks for namespaces by the label that they always carry.
fn by_name(selector: &Value, targets: &BTreeSet<&str>) -> Option<Value> {
    let is_target = |value: &Value| value.as_str().is_some_and(|value| targets.contains(value));
    let mut wanted = selector.clone();
    if let Some(labels) = wanted.get_mut("matchLabels").and_then(Value::as_object_mut) {
        let meant = labels.iter().find(|(key, value)| *key != NAMESPACE_NAME_LABEL && is_target(value));
        if let Some((key, value)) = meant.map(|(key, value)| (key.clone(), value.clone())) {
            labels.remove(&key);
            labels.insert(NAMESPACE_NAME_LABEL.to_owned(), value);
        }
    }
    for expression in wanted.get_mut("matchExpressions").and_then(Value::as_array_mut).into_iter().flatten() {
        let values = expression.get("values").and_then(Value::as_array);
        let is_meant = values.is_some_and(|values| values.iter().any(is_target));
        if is_meant && expression.get("operator").and_then(Value::as_str) == Some("In") {
            expression["key"] = NAMESPACE_NAME_LABEL.into();
        }
    }
    (wanted != *selector).then_some(wanted)
}
