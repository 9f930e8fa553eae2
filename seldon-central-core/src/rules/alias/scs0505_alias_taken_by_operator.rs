use crate::{
    finding::Level,
    fix::{Repair, alias},
    object::ObjectId,
    pattern,
    reason::alias::marks,
    resource::SERVICE,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0505",
    name: "alias-taken-by-operator",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The operator has replaced a tenant's alias by a Service of its own, or made one first.",
    why: "The marks are there: another type, an ownerReference to the SeldonRuntime, the annotation \
          `seldon.io/last-applied`, the operator's selector. While the tenant's scheduler is off this Service has no \
          endpoints, so agents, Envoy and the operator get `connection refused`.",
    fix: "First see that the override `seldon-scheduler` has `replicas: 0` and no `serviceType`. Then replace the Service \
          in one write by the alias in the operator's shape, without that annotation and without the ownerReference. Do \
          not delete it: the operator makes it again at once.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(alias),
    reads: &[&SERVICE],
    sources: &["operator/controllers/reconcilers/seldon/service_reconciler.go:203-247"],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata:
  name: seldon-scheduler
  namespace: financial-inference
  labels: {app.kubernetes.io/name: seldon-scheduler}
  annotations: {seldon.io/last-applied: UEsDBA==}
  ownerReferences:
  - {apiVersion: mlops.seldon.io/v1alpha1, kind: SeldonRuntime, name: financial-inference-runtime, controller: true}
spec:
  type: ClusterIP
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: xds, port: 9002, protocol: TCP, targetPort: xds}
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
  - {name: scheduler-mtls, port: 9044, protocol: TCP, targetPort: scheduler-mtls}
  - {name: agent, port: 9005, protocol: TCP, targetPort: agent}
  - {name: agent-mtls, port: 9055, protocol: TCP, targetPort: agent-mtls}
  - {name: dataflow, port: 9008, protocol: TCP, targetPort: dataflow}
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
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: xds, port: 9002, protocol: TCP, targetPort: xds}
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
  - {name: scheduler-mtls, port: 9044, protocol: TCP, targetPort: scheduler-mtls}
  - {name: agent, port: 9005, protocol: TCP, targetPort: agent}
  - {name: agent-mtls, port: 9055, protocol: TCP, targetPort: agent-mtls}
  - {name: dataflow, port: 9008, protocol: TCP, targetPort: dataflow}
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
    for tenant in world.aliased(report) {
        match world.snapshot.get(&SERVICE, &tenant.namespace, pattern::SCHEDULER_SERVICE) {
            Ok(Some(found)) => {
                let marks = marks(&found.object);
                if marks.is_empty() {
                    report.pass(found);
                    continue;
                }
                report.fail(
                    found,
                    "the operator has put its own Service, which leads nowhere, in the place of the alias",
                    marks,
                    "replace it in one write by the alias, without the annotation and the ownerReference",
                );
            }
            Ok(None) => {}
            Err(reason) => {
                let id = ObjectId::of(&SERVICE, Some(&tenant.namespace), pattern::SCHEDULER_SERVICE);
                report.unknown(id, reason);
            }
        }
    }
}
