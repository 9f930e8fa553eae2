use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    pattern,
    resource::{SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0107",
    name: "serverconfig-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Server names a ServerConfig that does not exist in the operator's namespace.",
    why: "The operator looks for a ServerConfig in its own namespace and nowhere else. Without it the Server gets no \
          pods, and its condition says `failed to get ServerConfig`.",
    fix: "Name a ServerConfig that the setup chart installs, `mlserver` or `triton`, or create the one you mean in the \
          operator's namespace.",
    fix_safety: FixSafety::Manual,
    repair: Repair::Proposed(repair),
    reads: &[&SERVER, &SERVER_CONFIG],
    sources: &["specification, Troubleshooting Guide", "operator/apis/mlops/v1alpha1/serverconfig_types.go:75-87"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec: {podSpec: {containers: [{name: mlserver}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: centralized-scheduler-config}
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
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec: {podSpec: {containers: [{name: mlserver}]}}
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
    for server in world.servers(report) {
        match server.object.text("/spec/serverConfig").filter(|name| !name.is_empty()) {
            None => report.fail(
                server,
                "the Server names no ServerConfig",
                vec![Evidence::new("/spec/serverConfig", "nothing")],
                format!("set `serverConfig: {}`", world.control_plane.server_config),
            ),
            Some(name) => check_named(world, server, name, report),
        }
    }
}

fn check_named(world: &World<'_>, server: &Observed, name: &str, report: &mut Report) {
    let own = server.object.namespace().unwrap_or_default();
    let home = world.config_home(own);
    match world.snapshot.get(&SERVER_CONFIG, home, name) {
        Ok(Some(_)) => report.pass(server),
        Ok(None) => {
            let mut evidence = vec![Evidence::new("/spec/serverConfig", name)];
            if own != home && world.snapshot.known_in(&SERVER_CONFIG, own).any(|o| o.object.name() == name) {
                evidence.push(Evidence::new("", format!("there is one in {own}, where the operator does not look")));
            }
            report.fail(
                server,
                format!("{home} has no ServerConfig `{name}`, and the operator looks nowhere else"),
                evidence,
                proposal(world, home, name),
            );
        }
        Err(reason) => report.unknown(server.object.id(), reason),
    }
}

/// A name that exists, or what to make: never the name that does not.
fn proposal(world: &World<'_>, home: &str, missing: &str) -> String {
    match world.configured(&SERVER_CONFIG, home, missing, pattern::SERVER_CONFIG) {
        Some(name) => format!("name one that exists there, such as `serverConfig: {name}`"),
        None => format!("create it in {home}, or name one that exists there"),
    }
}

/// The control plane's choice where it is there, else what is.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let usual = world.control_plane.server_config.as_str();
    let known = world.snapshot.known_in(&SERVER_CONFIG, world.central()).map(|observed| observed.object.name());
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|name| *name != usual);
    let server = find(world.snapshot, &outcome.object);
    let way = |name: &str| server.map(|server| Edit::set(&server.object, "/spec/serverConfig", name));
    Remedy::proposed(known.into_iter().map(|name| way(name).into_iter().collect()))
}
