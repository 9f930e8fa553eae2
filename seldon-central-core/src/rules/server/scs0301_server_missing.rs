use std::collections::BTreeSet;

use crate::{
    finding::{Level, Outcome},
    fix::{Edit, Remedy, Repair, Wanted, built},
    object::ObjectId,
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0301",
    name: "server-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant has models and no Server.",
    why: "A model runs on a Server. One without a Server of its own namespace waits for ever, or lands on the Server of \
          another tenant, where its Secrets are not and its Envoy does not reach it.",
    fix: "Create a Server that names a ServerConfig of the control plane; `kubectl seldon onboard` builds it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER, &MODEL],
    sources: &["specification, Server Configuration"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: financial-inference}
spec: {storageUri: 'gs://seldon-models/income', server: mlserver}
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
kind: Model
metadata: {name: income, namespace: financial-inference}
spec: {storageUri: 'gs://seldon-models/income', server: mlserver}
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
};

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in &world.tenants {
        let namespace = &tenant.namespace;
        let models = world.seen(&MODEL, namespace, report).len();
        if models == 0 {
            continue;
        }
        let mut servers = world.snapshot.known_in(&SERVER, namespace).peekable();
        if servers.peek().is_some() {
            servers.for_each(|server| report.pass(server));
            continue;
        }
        let id = ObjectId::of(&SERVER, Some(namespace), world.control_plane.server_config.as_str());
        match world.snapshot.all_in(&SERVER, namespace) {
            Ok(_) => report.missing(
                id,
                format!("{namespace} has {models} Model{} and no Server to run on", if models == 1 { "" } else { "s" }),
                format!("create a Server with `serverConfig: {}`", world.control_plane.server_config),
            ),
            Err(reason) => report.unknown(id, reason),
        }
    }
}

/// The Server that the Models ask for, else one with a name that is free.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(home) = outcome.object.home() else { return Vec::new() };
    let models = world.snapshot.known_in(&MODEL, home);
    let asked: BTreeSet<&str> = models.filter_map(|model| model.object.text("/spec/server")).collect();
    let names = if asked.len() == 1 { asked.into_iter().map(Some).collect() } else { Vec::new() };
    let servers = names.into_iter().chain([None]).filter_map(|name| built(world, home, Wanted::Server(name)));
    servers.flat_map(|server| Remedy::safe([Edit::put(server)])).collect()
}
