use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair},
    name::ServerName,
    object::Object,
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Unknown,
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0304",
    name: "server-name-collision",
    level: Level::Error,
    judged: Judged::Either,
    summary: "Two namespaces on the central scheduler have a Server of the same name.",
    why: "The scheduler knows Servers by their bare name. The agents of the second one block behind those of the first: \
          they log `Subscribed to scheduler`, their pods are Ready, and the scheduler never hears of them or of their \
          capabilities. Scaling or deleting one tells the scheduler the same about the other. The servers chart \
          installs a `mlserver`, so one in the control plane collides with the specification's.",
    fix: "Give each namespace a Server name of its own, such as `financial-inference-mlserver`, and name it in the \
          `spec.server` of its Models. A Server cannot be renamed in place: create the new one, move the Models, delete \
          the old one.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER],
    sources: &["scheduler/pkg/store/mesh.go:25-37", "scheduler/pkg/agent/server.go:419-425"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: seldon-system}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
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
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: seldon-system}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: financial-inference-mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
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
    let mut namespaces: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let servers = world.servers(report);
    for server in &servers {
        let namespace = server.object.namespace().unwrap_or_default();
        namespaces.entry(server.object.name()).or_default().insert(namespace);
    }
    let complete = servers_are_complete(world);
    for server in servers {
        let (name, namespace) = (server.object.name(), server.object.namespace().unwrap_or_default());
        let others = namespaces.get(name).into_iter().flatten().copied().filter(|other| *other != namespace);
        let others = text::enumerate(others);
        if !others.is_empty() {
            report.fail(
                server,
                format!("the scheduler cannot tell Server `{name}` of {namespace} from the one of {others}"),
                vec![Evidence::new("/metadata/name", name)],
                match ServerName::new(format!("{namespace}-{name}")) {
                    Ok(another) => {
                        format!("replace it by one of another name, such as `{another}`, and point its Models there")
                    }
                    Err(_) => "replace it by one of another name, and point its Models there".to_owned(),
                },
            );
        }
        match &complete {
            Ok(()) if others.is_empty() => report.pass(server),
            Ok(()) => {}
            // There may be another one beside those.
            Err(reason) => report.unknown(server.object.id(), reason.clone()),
        }
    }
}

/// One Server keeps the name: the control plane's, or that of the first namespace. The others cannot be renamed: of
/// each another is made, the Models of its namespace move there, and it goes.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let central = world.central();
    let shares = |namespace: &str| namespace == central || world.tenant(namespace).is_some();
    let servers = world.snapshot.known(&SERVER).map(|seen| &seen.object);
    let same = servers.filter(|server| server.name() == outcome.object.name);
    let mut same: Vec<(&Object, &str)> = same.filter_map(|server| Some((server, server.namespace()?))).collect();
    same.retain(|(_, home)| shares(home));
    same.sort_by_key(|(_, home)| (*home != central, *home));
    let renamed = same.into_iter().skip(1).map(|(server, home)| renamed(world, server, home));
    renamed.collect::<Option<Vec<_>>>().map(|edits| Remedy::rough(edits.concat())).unwrap_or_default()
}

/// Another Server in place of one; nothing when its name is none, or taken.
fn renamed(world: &World<'_>, server: &Object, home: &str) -> Option<Vec<Edit>> {
    let name = ServerName::new(format!("{home}-{}", server.name())).ok()?.to_string();
    if world.snapshot.known(&SERVER).any(|seen| seen.object.name() == name) {
        return None;
    }
    let models = world.snapshot.known_in(&MODEL, home).map(|seen| &seen.object);
    let pinned = models.filter(|model| model.text("/spec/server") == Some(server.name()));
    let moved = pinned.map(|model| Edit::set(model, "/spec/server", name.as_str()));
    Some([Edit::put(called(server, &name)?)].into_iter().chain(moved).chain([Edit::delete(server)]).collect())
}

/// What is written of a Server, under another name.
fn called(server: &Object, name: &str) -> Option<Object> {
    const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let mut metadata = json!({"name": name, "namespace": server.namespace()});
    for (field, own) in [("labels", server.labels()), ("annotations", server.annotations())] {
        let own: serde_json::Map<String, Value> = own
            .into_iter()
            .filter(|(key, _)| *key != LAST_APPLIED)
            .map(|(key, value)| (key.to_owned(), json!(value)))
            .collect();
        if let (Some(metadata), false) = (metadata.as_object_mut(), own.is_empty()) {
            metadata.insert(field.to_owned(), Value::Object(own));
        }
    }
    let spec = server.pointer("/spec").cloned().unwrap_or_else(|| json!({}));
    let value = json!({
        "apiVersion": SERVER.api_version(), "kind": SERVER.kind, "metadata": metadata, "spec": spec,
    });
    Object::new(value).ok()
}

/// Ok when no namespace on the scheduler can hold a Server that is not known.
fn servers_are_complete(world: &World<'_>) -> Result<(), Unknown> {
    if !world.snapshot.is_live() && world.snapshot.all(&SERVER).is_err() {
        return Err(Unknown::NotInInput { what: "the list of all Servers on the scheduler".to_owned() });
    }
    world.shared().closed(&SERVER)
}
