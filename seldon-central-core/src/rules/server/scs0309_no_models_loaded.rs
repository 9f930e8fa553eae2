use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::Object,
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World, status},
    text,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0309",
    name: "no-models-loaded",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "Models name a Server that has loaded none.",
    why: "`status.loadedModels` is what the scheduler last reported. With Models bound to the Server and none loaded, \
          either the agent never reached the central scheduler, or the Models could not be placed or fetched.",
    fix: "Look at the conditions of the Models first, then at the log of the Server's container `agent`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SERVER, &MODEL],
    sources: &["specification, Verify Model Scheduling", "operator/controllers/mlops/server_controller.go:167"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
status: {loadedModels: 0, replicas: 1}
---
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
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
status: {loadedModels: 1, replicas: 1}
---
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
};

fn check(world: &World<'_>, report: &mut Report) {
    for server in world.tenant_servers(report).into_iter().filter(|server| server.is_live()) {
        let namespace = server.object.namespace().unwrap_or_default();
        let Some(loaded) = server.object.pointer("/status/loadedModels").and_then(Value::as_u64) else {
            continue;
        };
        let models = world.seen(&MODEL, namespace, report).into_iter().filter(|model| model.is_live());
        let bound: Vec<&str> = models
            .filter(|model| is_bound(&model.object, server.object.name()))
            .map(|model| model.object.name())
            .collect();
        if bound.is_empty() {
            continue;
        }
        if loaded > 0 {
            report.pass(server);
            continue;
        }
        report.fail(
            server,
            format!("none of the Models that name this Server is loaded: {}", text::enumerate(bound)),
            vec![Evidence::new("/status/loadedModels", "0")],
            "look at the conditions of these Models, then at the log of the Server's container `agent`",
        );
    }
}

/// Whether a Model is to be on the Server now.
fn is_bound(model: &Object, server: &str) -> bool {
    model.text("/spec/server") == Some(server)
        && model.pointer("/spec/replicas").and_then(Value::as_u64) != Some(0)
        && !status::is_deleting(model)
}
