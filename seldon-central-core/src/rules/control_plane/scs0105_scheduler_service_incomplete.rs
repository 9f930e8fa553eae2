use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    flow::{self, TenantShape},
    object::ObjectId,
    pattern::{self, Component},
    resource::{SELDON_RUNTIME, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, Wiring, World, service},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0105",
    name: "scheduler-service-incomplete",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The Service `seldon-scheduler` of the control plane is missing, or lacks a port that the tenants use.",
    why: "Every tenant's alias is a DNS name for this Service. What it does not listen on, no tenant reaches.",
    fix: "The operator writes this Service for the control plane's SeldonRuntime. See that the runtime exists and is \
          reconciled, and that nobody else edits the Service.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
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
metadata: {name: seldon-scheduler, namespace: seldon-system}
spec:
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: seldon-system}
spec:
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: xds, port: 9002, protocol: TCP, targetPort: xds}
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
  - {name: agent, port: 9005, protocol: TCP, targetPort: agent}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let id = || ObjectId::of(&SERVICE, Some(world.central()), pattern::SCHEDULER_SERVICE);
    let central = match world.snapshot.get(&SERVICE, world.central(), pattern::SCHEDULER_SERVICE) {
        Ok(Some(central)) => central,
        Ok(None) => {
            return report.missing(
                id(),
                "the name that every tenant's alias leads to does not exist",
                "see why the operator does not reconcile the control plane's SeldonRuntime",
            );
        }
        Err(reason) => return report.unknown(id(), reason),
    };
    let there = service::ports(&central.object);
    let missing: BTreeSet<u16> = used(world, report).difference(&there).copied().collect();
    if missing.is_empty() {
        return report.pass(central);
    }
    report.fail(
        central,
        format!("the central scheduler's Service does not listen on {}", service::list(&missing)),
        vec![Evidence::new("/spec/ports", service::list(&there))],
        "touch the SeldonRuntime, so that the operator writes the Service again, and see who else edits it",
    );
}

/// The ports that any tenant uses; with no tenant known, those of the least one.
fn used(world: &World<'_>, report: &mut Report) -> BTreeSet<u16> {
    let least = TenantShape {
        running: BTreeSet::from([Component::Envoy]),
        transport: world.control_plane.transport,
        wiring: Wiring::ExternalName,
        explainers: false,
    };
    let tenants = world.tenants.iter().flat_map(|tenant| world.scheduler_ports(tenant, report));
    flow::scheduler_ports(&least).into_iter().chain(tenants).collect()
}
