//! What rules have to read in a cluster, and what of it may be kept.

mod events;
mod logs;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::logs::{container_status, is_alive};
pub use self::{
    events::{EVENTS_SELECTOR, MOST_EVENTS, event_kept},
    logs::{LogNeed, logs, processes},
};

use serde_json::{Value, json};

use crate::{
    log::Process,
    object::Object,
    pattern,
    profile::ControlPlane,
    resource::{
        AGENT_LOG, CERTIFICATE, CRD, EXPERIMENT, MODEL, NAMESPACE, PIPELINE, RELEASE, Resource, SECRET, SELDON_CONFIG,
        SELDON_RUNTIME, SERVER, SERVICE,
    },
    rules::{Judged, Rule, World},
};

/// The kinds that these rules read on a cluster, those by which tenants are recognised included. Of a
/// cluster that manifests are laid over, rules for manifests read the definitions of kinds.
pub fn kinds<'a>(rules: impl IntoIterator<Item = &'a &'static Rule>) -> BTreeSet<&'static Resource> {
    let of_cluster = |rule: &Rule, read: &Resource| rule.judged != Judged::Manifests || *read == CRD;
    let reads = rules.into_iter().flat_map(|rule| rule.reads.iter().filter(move |read| of_cluster(rule, read)));
    reads.chain(World::READS).copied().filter(|read| !read.is_log()).collect()
}

/// Whether a kind matters in the whole cluster, whichever namespaces are asked about: names of
/// Seldon's objects are global to a scheduler, and a policy may ask for any namespace's labels.
pub fn is_global(kind: &Resource) -> bool {
    [&NAMESPACE, &SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT].contains(&kind)
}

/// Whether the objects of a kind matter in the control plane's namespace, or in a tenant's.
pub fn is_local(kind: &Resource, in_control_plane: bool) -> bool {
    // The operator reads SeldonConfigs from its own namespace only.
    in_control_plane || (*kind != SELDON_CONFIG && !is_optional(kind))
}

/// Whether a kind is read in the control plane's namespace only, and only by whoever may: what it tells
/// is worth having, and most users are not given the right. A refusal makes no run incomplete.
pub fn is_optional(kind: &Resource) -> bool {
    [&RELEASE, &CERTIFICATE].contains(&kind)
}

/// The roles under which these rules can be judged, with the logs of these processes: of the whole
/// cluster, or of some namespaces and the control plane's. They read and never write; Secrets have
/// roles of their own, by name.
pub fn roles<'a>(
    rules: impl IntoIterator<Item = &'a &'static Rule>,
    processes: &BTreeSet<Process>,
    namespaces: Option<&BTreeSet<&str>>,
    control_plane: &ControlPlane,
) -> Vec<Object> {
    let mut kinds = kinds(rules);
    kinds.retain(|kind| !is_optional(kind));
    let reads_secrets = kinds.remove(&SECRET);
    match namespaces {
        None => roles_everywhere(kinds, processes, reads_secrets),
        Some(namespaces) => roles_in(namespaces, control_plane.namespace.as_str(), kinds, processes, reads_secrets),
    }
}

/// The roles under which these rules see what is optional, in the control plane's namespace.
pub fn optional_roles<'a>(
    rules: impl IntoIterator<Item = &'a &'static Rule>,
    control_plane: &ControlPlane,
) -> Vec<Object> {
    let kinds = kinds(rules);
    let own = control_plane.namespace.as_str();
    let one = |name: &str, kind: &'static Resource| role(name, Some(own), &lists([kind].into()));
    let certificates = kinds.contains(&CERTIFICATE).then(|| one(CERTIFICATES_ROLE, &CERTIFICATE));
    let releases = kinds.contains(&RELEASE).then(|| one(HELM_ROLE, &SECRET));
    certificates.into_iter().chain(releases).collect()
}

fn roles_everywhere(
    kinds: BTreeSet<&'static Resource>,
    processes: &BTreeSet<Process>,
    reads_secrets: bool,
) -> Vec<Object> {
    let secrets = || role(SECRETS_ROLE, None, &[by_name(&SECRET, &["get", "list"], pattern::RCLONE_SECRET)]);
    let rules: Vec<Value> = lists(kinds).into_iter().chain(logs_of(!processes.is_empty())).collect();
    [role(ROLE, None, &rules)].into_iter().chain(reads_secrets.then(secrets)).collect()
}

/// The right to read logs, where any are read.
fn logs_of(any: bool) -> Option<Value> {
    any.then(|| json!({"apiGroups": [AGENT_LOG.group], "resources": [AGENT_LOG.plural], "verbs": ["get"]}))
}

fn roles_in(
    namespaces: &BTreeSet<&str>,
    own: &str,
    kinds: BTreeSet<&'static Resource>,
    processes: &BTreeSet<Process>,
    reads_secrets: bool,
) -> Vec<Object> {
    let (global, local): (BTreeSet<_>, BTreeSet<_>) = kinds.into_iter().partition(|kind| is_global(kind));
    // Where the aliases of others lead tells whose tenants they are.
    let aliases = by_name(&SERVICE, &["list"], pattern::SCHEDULER_SERVICE);
    let wide: Vec<Value> = lists(global).into_iter().chain([aliases]).collect();
    let mut all = vec![role(ROLE, None, &wide)];
    for namespace in namespaces.iter().copied().chain([own]).collect::<BTreeSet<_>>() {
        let here = local.iter().copied().filter(|kind| is_local(kind, namespace == own));
        let has_logs = if namespace == own { !processes.is_empty() } else { processes.contains(&Process::Agent) };
        let rules: Vec<Value> = lists(here.collect()).into_iter().chain(logs_of(has_logs)).collect();
        all.push(role(ROLE, Some(namespace), &rules));
    }
    for namespace in namespaces.iter().filter(|namespace| reads_secrets && **namespace != own) {
        all.push(role(SECRETS_ROLE, Some(namespace), &[by_name(&SECRET, &["get"], pattern::RCLONE_SECRET)]));
    }
    all
}

fn by_name(kind: &Resource, verbs: &[&str], name: &str) -> Value {
    json!({"apiGroups": [kind.group], "resources": [kind.plural], "resourceNames": [name], "verbs": verbs})
}

/// Name of the role that judging takes, but for Secrets.
const ROLE: &str = "kubectl-seldon-verify";
/// Name of the optional role for Certificates of cert-manager.
const CERTIFICATES_ROLE: &str = "kubectl-seldon-verify-certificates";
/// Name of the optional role for the Secrets of Helm. No rule of RBAC narrows a list by labels.
const HELM_ROLE: &str = "kubectl-seldon-verify-helm";
/// Name of the role for Secrets.
const SECRETS_ROLE: &str = "kubectl-seldon-verify-secrets";

/// `list` on kinds, one rule an API group.
fn lists(kinds: BTreeSet<&'static Resource>) -> Vec<Value> {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in kinds {
        groups.entry(kind.group).or_default().insert(kind.plural);
    }
    let rule = |(group, plurals)| json!({"apiGroups": [group], "resources": plurals, "verbs": ["list"]});
    groups.into_iter().map(rule).collect()
}

fn role(name: &str, namespace: Option<&str>, rules: &[Value]) -> Object {
    let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
    let mut metadata = serde_json::Map::from_iter([("name".to_owned(), json!(name))]);
    metadata.extend(namespace.map(|namespace| ("namespace".to_owned(), json!(namespace))));
    built(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules}))
}

/// An object that was just written with an identity.
#[expect(clippy::unwrap_used, reason = "the callers write apiVersion, kind and name themselves")]
fn built(value: Value) -> Object {
    Object::new(value).unwrap()
}

/// The Secrets that agents read on the central scheduler, by namespace and name: those that a
/// runtime or its `SeldonConfig` lists, the chart's own, and those that Models name.
pub fn secrets(world: &World<'_>) -> BTreeSet<(String, String)> {
    let mut wanted = BTreeSet::new();
    let central = world.control_plane.namespace.as_str();
    for namespace in world.tenants.iter().map(|tenant| tenant.namespace.as_str()) {
        let mut want = |name: &str| wanted.insert((namespace.to_owned(), name.to_owned()));
        want(pattern::RCLONE_SECRET);
        for runtime in world.snapshot.known_in(&SELDON_RUNTIME, namespace) {
            let named = runtime.object.text("/spec/seldonConfig");
            let configs = world.snapshot.known_in(&SELDON_CONFIG, central);
            let config = configs.filter(|config| Some(config.object.name()) == named);
            config.chain([runtime]).flat_map(|one| rclone_secrets(&one.object)).for_each(|name| {
                want(name);
            });
        }
    }
    for (namespace, model) in world.shared().objects(&MODEL) {
        wanted.extend(model.object.text("/spec/secretName").map(|name| (namespace.to_owned(), name.to_owned())));
    }
    wanted
}

/// The Secrets of rclone settings that a `SeldonConfig` or a `SeldonRuntime` lists.
pub fn rclone_secrets(object: &Object) -> impl Iterator<Item = &str> {
    let secrets = object.pointer("/spec/config/agentConfig/rclone/config_secrets").and_then(Value::as_array);
    secrets.into_iter().flatten().filter_map(Value::as_str)
}

/// A Secret with its identity and the names of its keys, and nothing else of it.
#[must_use]
pub fn keys_only(secret: &Object) -> Object {
    let keys = ["/data", "/stringData"].into_iter().filter_map(|field| secret.pointer(field)?.as_object());
    let data: serde_json::Map<String, Value> = keys.flatten().map(|(key, _)| (key.clone(), json!(""))).collect();
    let kept = json!({
        "apiVersion": secret.api_version(),
        "kind": secret.kind(),
        "metadata": {"name": secret.name(), "namespace": secret.namespace()},
        "data": data,
    });
    built(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest, overlay,
        resource::DEPLOYMENT,
        rules::{self, RULES},
        snapshot::Snapshot,
    };

    fn find(id: &str) -> &'static Rule {
        rules::find(id).unwrap()
    }

    #[test]
    fn kinds_are_what_the_rules_read_and_what_tells_tenants() {
        let kinds = kinds(&[find("SCS0408")]);
        assert!(kinds.is_superset(&[&MODEL, &SECRET, &SERVICE, &DEPLOYMENT, &NAMESPACE].into()), "{kinds:?}");
        assert!(!kinds.contains(&SELDON_CONFIG));
        assert_eq!(super::kinds(&[find("SCS0802")]), super::kinds(&[]), "a rule for manifests reads no cluster");
        let definitions = super::kinds(&[find("SCS0801")]);
        assert_eq!(definitions.difference(&super::kinds(&[])).collect::<Vec<_>>(), [&&CRD]);
    }

    #[test]
    fn roles_read_and_never_write() {
        let control_plane = ControlPlane::default();
        let namespaces = BTreeSet::from(["fin"]);
        for namespaces in [None, Some(&namespaces)] {
            for role in roles(RULES, &processes(RULES), namespaces, &control_plane) {
                for rule in role.pointer("/rules").and_then(Value::as_array).unwrap() {
                    let verbs = rule["verbs"].as_array().unwrap();
                    assert!(verbs.iter().all(|verb| ["get", "list"].contains(&verb.as_str().unwrap())), "{role:?}");
                    let of_secrets = rule["resources"].as_array().unwrap().contains(&json!("secrets"));
                    assert!(!of_secrets || rule["resourceNames"] == json!([pattern::RCLONE_SECRET]), "{role:?}");
                }
            }
        }
    }

    #[test]
    fn roles_are_no_larger_than_the_rules_ask_for() {
        let namespaces = BTreeSet::from(["fin"]);
        let control_plane = ControlPlane::default();
        let text = overlay::stream(&roles(&[find("SCS0203")], &BTreeSet::new(), Some(&namespaces), &control_plane));
        assert!(!text.contains("secrets") && !text.contains("models") && !text.contains("pods"), "{text}");
        assert!(text.contains("seldonruntimes") && text.contains("namespace: fin"), "{text}");
    }

    #[test]
    fn logs_are_read_where_the_processes_run_that_they_are_wanted_of() {
        let namespaces = BTreeSet::from(["fin"]);
        let control_plane = ControlPlane::default();
        let with_logs = |processes: &[Process], namespaces| {
            let processes = processes.iter().copied().collect();
            let roles = roles(&[find("SCS0506")], &processes, namespaces, &control_plane);
            let reads = |role: &&Object| role.pointer("/rules").unwrap().to_string().contains(r#"["pods/log"]"#);
            let name = |role: &Object| role.namespace().unwrap_or("*").to_owned();
            roles.iter().filter(reads).map(name).collect::<Vec<_>>()
        };
        assert_eq!(with_logs(&[Process::Agent], Some(&namespaces)), ["fin", "seldon-system"]);
        assert_eq!(with_logs(&[Process::Operator], Some(&namespaces)), ["seldon-system"]);
        assert_eq!(with_logs(&[], Some(&namespaces)), [""; 0]);
        assert_eq!(with_logs(&[Process::Scheduler], None), ["*"]);
        assert_eq!(with_logs(&[], None), [""; 0]);
    }

    #[test]
    fn what_is_optional_has_roles_of_its_own_in_the_control_plane() {
        let control_plane = ControlPlane::default();
        let text = overlay::stream(&optional_roles(RULES, &control_plane));
        assert!(text.contains("certificates") && text.contains("secrets"), "{text}");
        assert_eq!(text.matches("namespace: seldon-system").count(), 2, "{text}");
        assert_eq!(text.matches("- list").count(), 2, "{text}");
        let everything = overlay::stream(&roles(RULES, &BTreeSet::new(), None, &control_plane));
        assert!(!everything.contains("certificates") && !everything.contains("releases"), "{everything}");
        assert!(optional_roles(&[find("SCS0203")], &control_plane).is_empty());
    }

    #[test]
    fn secrets_are_those_that_are_named() {
        let text = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {config: {agentConfig: {rclone: {config_secrets: [shared]}}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec:
  seldonConfig: default
  overrides: [{name: seldon-scheduler, replicas: 0}]
  config: {agentConfig: {rclone: {config_secrets: [own]}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: m, namespace: fin}
spec: {secretName: minio}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: m, namespace: elsewhere}
spec: {secretName: theirs}
";
        let control_plane = ControlPlane::default();
        let objects = manifest::read("-", text).unwrap().objects;
        let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
        let names: Vec<_> = secrets(&World::new(&snapshot, &control_plane, &[])).into_iter().collect();
        let fin = |name: &str| ("fin".to_owned(), name.to_owned());
        assert_eq!(names, [fin("minio"), fin("own"), fin("seldon-rclone-gs-public"), fin("shared")]);
    }

    #[test]
    fn of_a_secret_only_the_names_of_its_keys_are_kept() {
        let secret = Object::new(json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "a", "namespace": "fin", "annotations": {"last": "dG9rZW4="}},
            "data": {"s3": "dG9rZW4="},
        }))
        .unwrap();
        let kept = keys_only(&secret).to_value();
        assert_eq!(
            kept,
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "fin"}, "data": {"s3": ""}})
        );
    }
}
