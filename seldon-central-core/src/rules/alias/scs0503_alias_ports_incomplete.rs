use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level},
    fix::{Repair, shape},
    object::ObjectId,
    pattern,
    resource::{SELDON_RUNTIME, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, World, service},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0503",
    name: "alias-ports-incomplete",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's alias lacks a port that the tenant's components use.",
    why: "The ports of an ExternalName gate nothing: it is an entry in DNS, and clients connect to whatever port they \
          like. They count because the operator compares them: it replaces an alias whose ports are not its own, and \
          meshes and policies built from Services see only what is listed.",
    fix: "List all six of the scheduler's ports, with the operator's names and in its order.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(shape),
    reads: &[&SERVICE, &SELDON_RUNTIME],
    sources: &[
        "specification, ExternalName Service Pattern",
        "operator/controllers/reconcilers/seldon/service_reconciler.go:131-187",
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
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
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
        let id = ObjectId::of(&SERVICE, Some(&tenant.namespace), pattern::SCHEDULER_SERVICE);
        let alias = match world.snapshot.get(&SERVICE, &tenant.namespace, pattern::SCHEDULER_SERVICE) {
            Ok(Some(alias)) => alias,
            Ok(None) => continue,
            Err(reason) => {
                report.unknown(id, reason);
                continue;
            }
        };
        let listed = service::ports(&alias.object);
        let missing: BTreeSet<u16> = world.scheduler_ports(tenant, report).difference(&listed).copied().collect();
        if missing.is_empty() {
            report.pass(alias);
            continue;
        }
        report.fail(
            alias,
            format!(
                "the alias does not list {}, which components of {} use",
                service::list(&missing),
                tenant.namespace
            ),
            vec![Evidence::new("/spec/ports", service::list(&listed))],
            "list the scheduler's six ports as the operator does",
        );
    }
}
