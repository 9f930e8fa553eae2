use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    object::Object,
    resource::SERVER,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0308",
    name: "server-without-replicas",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A tenant's Server has no replicas, or its replicas contradict their own bounds.",
    why: "A Server with `replicas: 0` has no agent, and the scheduler leaves it out of every placement, also that of \
          Models that name it. Where `minReplicas` or `maxReplicas` contradict `replicas`, the operator refuses the Server.",
    fix: "Set `replicas` to at least 1 and within `minReplicas` and `maxReplicas`.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER],
    sources: &["operator/internal/utils.go:18-64", "scheduler/pkg/scheduler/scheduler.go:50"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, replicas: 0}
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
spec: {serverConfig: mlserver, replicas: 1}
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
        let Some((field, message, remedy)) = problem(&server.object) else {
            report.pass(server);
            continue;
        };
        let value = server.object.pointer(field).map(Value::to_string).unwrap_or_default();
        report.fail(server, message, vec![Evidence::new(field, value)], remedy);
    }
}

fn problem(server: &Object) -> Option<(&'static str, String, String)> {
    let number = |pointer: &str| server.pointer(pointer).and_then(Value::as_i64);
    let min = number("/spec/minReplicas").unwrap_or(0);
    // Zero sets no bound.
    let max = number("/spec/maxReplicas").filter(|max| *max > 0);
    let declared = number("/spec/replicas");
    // Without replicas there are as many as the least, and never less than one.
    let replicas = declared.unwrap_or_else(|| min.max(1));
    match max {
        _ if declared == Some(0) => {
            Some(("/spec/replicas", "the Server has no replicas".into(), "set `replicas: 1` or more".into()))
        }
        _ if replicas < min => Some((
            "/spec/minReplicas",
            format!("the Server asks for {replicas} replicas and for at least {min}"),
            format!("set `replicas` to {min} or more, or `minReplicas` to {replicas} or less"),
        )),
        Some(max) if min > max => Some((
            "/spec/minReplicas",
            format!("the Server asks for at least {min} replicas and for at most {max}"),
            format!("set `minReplicas` to {max} or less, or `maxReplicas` to {min} or more"),
        )),
        Some(max) if replicas > max => Some((
            "/spec/maxReplicas",
            format!("the Server asks for {replicas} replicas and for at most {max}"),
            format!("set `maxReplicas` to {replicas} or more, or `replicas` to {max} or less"),
        )),
        _ => None,
    }
}

/// As many replicas as are asked for, and bounds that admit them.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(found) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let server = &found.object;
    let number = |pointer: &str| server.pointer(pointer).and_then(Value::as_i64);
    let min = number("/spec/minReplicas").unwrap_or(0);
    let max = number("/spec/maxReplicas").filter(|max| *max > 0);
    let replicas = number("/spec/replicas").map(|replicas| replicas.max(min).max(1));
    let least = replicas.unwrap_or(min);
    let mut edits = Vec::new();
    edits.extend(replicas.map(|replicas| Edit::set(server, "/spec/replicas", replicas)));
    edits.extend(max.filter(|max| *max < least).map(|_| Edit::set(server, "/spec/maxReplicas", least)));
    Remedy::rough(edits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(spec: &Value) -> String {
        let value = json!({"apiVersion": "v1", "kind": "Server", "metadata": {"name": "a"}, "spec": spec});
        problem(&Object::new(value).unwrap()).map(|(_, message, _)| message).unwrap_or_default()
    }

    #[test]
    fn contradictions_are_named() {
        assert_eq!(message(&json!({})), "");
        assert_eq!(message(&json!({"minReplicas": 2})), "");
        assert_eq!(message(&json!({"replicas": 2, "minReplicas": 1, "maxReplicas": 3})), "");
        assert_eq!(message(&json!({"replicas": 2, "maxReplicas": 0})), "");
        assert_eq!(message(&json!({"replicas": 0, "minReplicas": 0})), "the Server has no replicas");
        assert_eq!(
            message(&json!({"replicas": 1, "minReplicas": 2})),
            "the Server asks for 1 replicas and for at least 2"
        );
        assert_eq!(
            message(&json!({"minReplicas": 3, "maxReplicas": 2})),
            "the Server asks for at least 3 replicas and for at most 2"
        );
        assert_eq!(
            message(&json!({"replicas": 4, "maxReplicas": 2})),
            "the Server asks for 4 replicas and for at most 2"
        );
    }
}
