use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope, Variable, cel},
    pattern,
    resource::SERVER,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0302",
    name: "serverconfig-not-central",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A tenant's Server names a ServerConfig other than the control plane's stock ones.",
    why: "The setup chart installs and upgrades `mlserver` and `triton`. A ServerConfig of one's own works while it is in \
          the operator's namespace, and falls behind with the first upgrade: images, probes and flags of the agent change \
          with the scheduler's version.",
    fix: "Name `mlserver` or `triton` and put what differs into the Server: `podSpec`, `capabilities`, `imageOverrides`. \
          The change rolls the Server's pods.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER],
    sources: &["specification, Common Misconfigurations"],
    check,
    guard: Some(Guard {
        kinds: &[&SERVER],
        name: None,
        scope: Scope::Tenants,
        variables: |own| {
            let names = pattern::STOCK_SERVER_CONFIGS.into_iter().chain([own.server_config.as_str()]);
            vec![Variable { name: "serverConfigs", cel: cel::texts(names.collect::<BTreeSet<_>>()) }]
        },
        holds: "!has(self.spec) || !has(self.spec.serverConfig) || self.spec.serverConfig == '' || \
                self.spec.serverConfig in variables.serverConfigs",
        limits: None,
    }),
    bad: "\
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
    let own = world.control_plane.server_config.as_str();
    for server in world.tenant_servers(report) {
        let Some(name) = server.object.text("/spec/serverConfig").filter(|name| !name.is_empty()) else {
            continue;
        };
        if name == own || pattern::STOCK_SERVER_CONFIGS.contains(&name) {
            report.pass(server);
            continue;
        }
        report.fail(
            server,
            format!("ServerConfig `{name}` is not one of those that the control plane's chart keeps up to date"),
            vec![Evidence::new("/spec/serverConfig", name)],
            format!("set `serverConfig: {own}` and move what differs into the Server"),
        );
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let server = find(world.snapshot, &outcome.object);
    let own = world.control_plane.server_config.as_str();
    Remedy::rough(server.map(|server| Edit::set(&server.object, "/spec/serverConfig", own)))
}
