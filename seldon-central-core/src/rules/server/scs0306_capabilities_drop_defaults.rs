use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::Object,
    pattern,
    resource::{SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0306",
    name: "capabilities-drop-defaults",
    level: Level::Info,
    judged: Judged::Either,
    summary: "A Server's `capabilities` leave out some that its ServerConfig declares.",
    why: "The list of a Server replaces the ServerConfig's, it does not add to it. Models that require what was dropped, \
          often `mlserver`, `xgboost` or `huggingface`, find no Server although its image can run them.",
    fix: "Write the ServerConfig's list and your own entries after it. Where the short list is meant, leave it.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &SERVER_CONFIG],
    sources: &["operator/controllers/reconcilers/server/server_reconciler.go:100-117"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - name: agent
      env:
      - {name: SELDON_SERVER_CAPABILITIES, value: 'mlserver,mlflow,sklearn,xgboost'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch, sklearn, numpy]}
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
spec:
  podSpec:
    containers:
    - name: agent
      env:
      - {name: SELDON_SERVER_CAPABILITIES, value: 'mlserver,mlflow,sklearn,xgboost'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlserver, mlflow, sklearn, xgboost, torch, numpy]}
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
    for server in world.tenant_servers(report) {
        let own: Vec<&str> = list(&server.object).collect();
        let Some(name) = server.object.text("/spec/serverConfig").filter(|_| !own.is_empty()) else {
            continue;
        };
        match world.snapshot.get(&SERVER_CONFIG, world.central(), name) {
            Ok(Some(config)) => compare(server, &own, &config.object, report),
            Ok(None) => {}
            Err(reason) => report.unknown(server.object.id(), reason),
        }
    }
}

fn compare(server: &Observed, own: &[&str], config: &Object, report: &mut Report) {
    let Some(declared) = declared(config) else {
        return;
    };
    let declared = declared.split(',').map(str::trim).filter(|capability| !capability.is_empty());
    let dropped: Vec<&str> = declared.filter(|capability| !own.contains(capability)).collect();
    if dropped.is_empty() {
        return report.pass(server);
    }
    report.fail(
        server,
        format!("the Server does not declare {}, which its ServerConfig does", dropped.join(", ")),
        vec![Evidence::new("/spec/capabilities", own.join(", "))],
        format!("add {} if Models are to require them", dropped.join(", ")),
    );
}

fn list(server: &Object) -> impl Iterator<Item = &str> {
    let capabilities = server.pointer("/spec/capabilities").and_then(Value::as_array);
    capabilities.into_iter().flatten().filter_map(Value::as_str).map(str::trim)
}

/// What the agent of a `ServerConfig` is told by its environment.
fn declared(config: &Object) -> Option<&str> {
    let named = |list: &'_ Value, name: &str| {
        list.as_array()?.iter().position(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
    };
    let containers = config.pointer("/spec/podSpec/containers")?;
    let env = containers.get(named(containers, pattern::AGENT_CONTAINER)?)?.get("env")?;
    env.get(named(env, pattern::CAPABILITIES_ENV)?)?.get("value")?.as_str()
}
