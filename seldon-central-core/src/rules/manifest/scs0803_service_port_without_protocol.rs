use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    resource::SERVICE,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0803",
    name: "service-port-without-protocol",
    level: Level::Warning,
    judged: Judged::Manifests,
    summary: "A port of a Service has no `protocol`.",
    why: "The protocol is half of the key by which server-side apply tells ports apart. API servers before 1.21 refuse \
          a port without it (`associative list with keys has an element that omits key field \"protocol\"`), Argo CD \
          shows such a Service as out of sync, and the operator's comparison of `seldon-scheduler` counts it as a \
          difference.",
    fix: "Write `protocol: TCP` on each port.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SERVICE],
    sources: &[
        "https://github.com/SeldonIO/seldon-core/issues/4976",
        "kubectl apply --server-side against Kubernetes 1.20",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  ports:
  - {name: agent, port: 9005}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  ports:
  - {name: agent, port: 9005, protocol: TCP}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for (_, service) in world.manifests().objects(&SERVICE) {
        let ports = service.object.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
        let bare: Vec<(usize, &Value)> =
            ports.enumerate().filter(|(_, port)| port.get("protocol").is_none_or(Value::is_null)).collect();
        if bare.is_empty() {
            report.pass(service);
            continue;
        }
        let names: Vec<String> = bare.iter().map(|(_, port)| title(port)).collect();
        report.fail(
            service,
            format!("no protocol on port {}", names.join(", ")),
            bare.iter().map(|(index, port)| Evidence::new(format!("/spec/ports/{index}"), port.to_string())).collect(),
            format!("add `protocol: TCP` to port {}", names.join(", ")),
        );
    }
}

/// A port by its name, else by its number.
fn title(port: &Value) -> String {
    match (port.get("name").and_then(Value::as_str), port.get("port")) {
        (Some(name), _) => name.to_owned(),
        (None, Some(number)) => number.to_string(),
        (None, None) => "without a number".to_owned(),
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let service = find(world.snapshot, &outcome.object);
    let ports = outcome.finding().into_iter().flat_map(|finding| &finding.evidence);
    Remedy::safe(ports.filter_map(|port| Some(Edit::set(&service?.object, format!("{}/protocol", port.path), "TCP"))))
}
