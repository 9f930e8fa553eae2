use crate::{
    finding::{Level, Outcome},
    fix::{Edit, Remedy, Repair, Wanted, built},
    object::ObjectId,
    pattern,
    resource::SERVICE,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0501",
    name: "alias-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant has no Service `seldon-scheduler`.",
    why: "Agents, Envoy, the gateways and the operator all dial `seldon-scheduler` in the tenant's namespace. Without \
          the alias the operator makes a Service of its own there, which leads nowhere while the tenant's scheduler is \
          off; and until it does, the name may resolve through the cluster's search domains to an address outside.",
    fix: "Create the alias before the SeldonRuntime; `kubectl seldon onboard` builds it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SERVICE],
    sources: &["specification, ExternalName Service Pattern", "operator/scheduler/client.go:88-90"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in &world.tenants {
        let id = || ObjectId::of(&SERVICE, Some(&tenant.namespace), pattern::SCHEDULER_SERVICE);
        match world.snapshot.get(&SERVICE, &tenant.namespace, pattern::SCHEDULER_SERVICE) {
            Ok(Some(alias)) => report.pass(alias),
            Ok(None) => report.missing(
                id(),
                format!("nothing leads from {} to the central scheduler", tenant.namespace),
                format!(
                    "create a Service `seldon-scheduler` of type ExternalName to {}, before the SeldonRuntime",
                    world.control_plane.scheduler_host()
                ),
            ),
            Err(reason) => report.unknown(id(), reason),
        }
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let home = outcome.object.home();
    Remedy::safe(home.and_then(|home| built(world, home, Wanted::Kind(&SERVICE))).map(Edit::put))
}
