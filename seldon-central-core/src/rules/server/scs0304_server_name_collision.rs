use std::collections::{BTreeMap, BTreeSet};

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    name::ServerName,
    resource::SERVER,
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
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
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
        match &complete {
            _ if !others.is_empty() => report.fail(
                server,
                format!("the scheduler cannot tell Server `{name}` of {namespace} from the one of {others}"),
                vec![Evidence::new("/metadata/name", name)],
                match ServerName::new(format!("{namespace}-{name}")) {
                    Ok(another) => {
                        format!("replace it by one of another name, such as `{another}`, and point its Models there")
                    }
                    Err(_) => "replace it by one of another name, and point its Models there".to_owned(),
                },
            ),
            Ok(()) => report.pass(server),
            Err(reason) => report.unknown(server.object.id(), reason.clone()),
        }
    }
}

/// Ok when no namespace on the scheduler can hold a Server that is not known.
fn servers_are_complete(world: &World<'_>) -> Result<(), Unknown> {
    if !world.snapshot.is_live() && world.snapshot.all(&SERVER).is_err() {
        return Err(Unknown::NotInInput { what: "the list of all Servers on the scheduler".to_owned() });
    }
    world.shared().closed(&SERVER)
}
