use std::collections::BTreeSet;

use serde_json::json;

use super::{Action, Scope, Settings, Tenants, files, guarded, policies, stream};
use crate::{manifest, name::Namespace, object::Object, profile::ControlPlane, rules::RULES};

fn settings(tenants: Tenants) -> Settings {
    let control_plane = ControlPlane::default();
    Settings {
        operator_namespace: control_plane.namespace.clone(),
        control_plane,
        tenants,
        actions: BTreeSet::from([Action::Deny]),
    }
}

fn named(all: &[&str], relayed: &[&str]) -> Tenants {
    let set = |names: &[&str]| names.iter().map(|name| Namespace::new(*name).unwrap()).collect();
    Tenants::Named { all: set(all), relayed: set(relayed) }
}

#[test]
fn the_rules_that_the_api_server_must_know_are_among_them() {
    let ids: BTreeSet<&str> = guarded().map(|(rule, _)| rule.id).collect();
    for id in [
        "SCS0204", "SCS0205", "SCS0206", "SCS0207", "SCS0305", "SCS0401", "SCS0404", "SCS0406", "SCS0411", "SCS0502",
        "SCS0504",
    ] {
        assert!(ids.contains(id), "{id}");
    }
}

#[test]
fn a_guard_is_about_what_its_rule_reads_and_uses_what_it_declares() {
    for (rule, guard) in guarded() {
        assert!(guard.kinds.iter().all(|kind| rule.reads.contains(kind)), "{rule:?}");
        let variables = (guard.variables)(&ControlPlane::default());
        for variable in &variables {
            assert!(guard.holds.contains(&format!("variables.{}", variable.name)), "{rule:?}: {}", variable.name);
        }
        let names: BTreeSet<&str> = variables.iter().map(|variable| variable.name).collect();
        let used = guard.holds.split("variables.").skip(1);
        for used in used.map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap()) {
            assert!(names.contains(used), "{rule:?} uses {used}");
        }
        assert!(guard.limits.is_none_or(|limits| limits.ends_with('.')), "{rule:?}");
    }
}

#[test]
fn every_policy_has_a_binding_and_says_what_it_does_not_see() {
    let policies = policies(RULES, &settings(Tenants::Labelled));
    assert_eq!(policies.len(), guarded().count());
    for policy in &policies {
        let (first, bindings) = policy.objects.split_first().unwrap();
        assert_eq!(first.kind(), "ValidatingAdmissionPolicy");
        assert_eq!(first.annotation("kubectl-seldon/limits"), policy.limits);
        let message = first.text("/spec/validations/0/message").unwrap();
        assert!(message.starts_with(policy.rule.id) && !message.contains('\n'), "{message}");
        assert!(!bindings.is_empty());
        for binding in bindings {
            assert_eq!(binding.text("/spec/policyName"), Some(first.name()));
            assert_eq!(binding.pointer("/spec/validationActions"), Some(&json!(["Deny"])));
        }
    }
}

#[test]
fn a_tenant_with_a_relay_keeps_the_operators_service() {
    let bindings = |tenants: Tenants| {
        let policies = policies(RULES, &settings(tenants));
        let is_aliased = |rule: &str| guarded().any(|(one, guard)| one.id == rule && guard.scope == Scope::Aliased);
        let aliased = policies.into_iter().filter(|policy| is_aliased(policy.rule.id));
        aliased.flat_map(|policy| policy.objects.into_iter().skip(1)).collect::<Vec<_>>()
    };
    let selector = "/spec/matchResources/namespaceSelector/matchExpressions";
    let labelled = bindings(Tenants::Labelled);
    assert!(!labelled.is_empty());
    for binding in labelled {
        let wanted = json!([
            {"key": "kubectl-seldon/tenant", "operator": "Exists"},
            {"key": "kubectl-seldon/wiring", "operator": "NotIn", "values": ["relay"]},
        ]);
        assert_eq!(binding.pointer(selector), Some(&wanted));
    }
    for binding in bindings(named(&["fin", "fraud"], &["fraud"])) {
        let wanted = json!([{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["fin"]}]);
        assert_eq!(binding.pointer(selector), Some(&wanted));
    }
    assert!(bindings(named(&["fraud"], &["fraud"])).is_empty());
}

#[test]
fn files_and_stream_hold_the_same_objects_and_read_back() {
    let policies = policies(RULES, &settings(Tenants::Labelled));
    let tree = files(&policies);
    let names: Vec<&str> = tree.files().map(|(name, _)| name).filter(|name| *name != "kustomization.yaml").collect();
    let list = tree.get("kustomization.yaml").unwrap();
    assert!(names.len() == policies.len() && names.iter().all(|name| list.contains(name)));
    let read = |text: &str| {
        let objects = manifest::read("-", text).unwrap().objects;
        objects.into_iter().map(|observed| observed.object.into_value()).collect::<Vec<_>>()
    };
    let built: Vec<_> = policies.iter().flat_map(|policy| &policy.objects).map(Object::to_value).collect();
    assert_eq!(read(&stream(&policies)), built);
    let in_files: Vec<_> = names.iter().flat_map(|name| read(tree.get(name).unwrap())).collect();
    assert_eq!(in_files, built);
}
