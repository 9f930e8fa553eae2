use crate::{
    finding::{Evidence, Level},
    fix::{Repair, alias},
    guard::{Guard, Scope, Variable, cel},
    object::ObjectId,
    pattern,
    resource::SERVICE,
    rules::{FixSafety, Judged, Report, Rule, World, service},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0502",
    name: "alias-wrong-target",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's Service `seldon-scheduler` is no ExternalName, or leads elsewhere than to the central scheduler.",
    why: "The Service is a DNS alias. A ClusterIP of the name leads to pods of the tenant, where no scheduler runs. As an \
          ExternalName it must hold the full name with the cluster's domain: resolvers add no search domain to what an \
          alias answers.",
    fix: "Set `type: ExternalName` and `externalName` to `seldon-scheduler.seldon-system.svc.cluster.local`, with your \
          control plane and your cluster's domain. Where the operator made the Service, do it in one replace that also \
          drops the annotation `seldon.io/last-applied` and the ownerReference.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(alias),
    reads: &[&SERVICE],
    sources: &["specification, ExternalName Service Pattern"],
    check,
    guard: Some(Guard {
        kinds: &[&SERVICE],
        name: Some(pattern::SCHEDULER_SERVICE),
        scope: Scope::Aliased,
        variables: |own| vec![Variable { name: "scheduler", cel: cel::text(&own.scheduler_host().to_lowercase()) }],
        holds: "has(self.spec.type) && self.spec.type == 'ExternalName' && has(self.spec.externalName) && \
                self.spec.externalName.lowerAscii() in [variables.scheduler, variables.scheduler + '.']",
        limits: None,
    }),
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-mesh.svc.cluster.local}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in world.aliased(report) {
        match world.snapshot.get(&SERVICE, &tenant.namespace, pattern::SCHEDULER_SERVICE) {
            Ok(Some(alias)) => judge(world, alias, report),
            Ok(None) => {}
            Err(reason) => {
                let id = ObjectId::of(&SERVICE, Some(&tenant.namespace), pattern::SCHEDULER_SERVICE);
                report.unknown(id, reason);
            }
        }
    }
}

fn judge(world: &World<'_>, alias: &Observed, report: &mut Report) {
    let host = world.control_plane.scheduler_host();
    let kind = service::kind(&alias.object);
    let target = alias.object.text("/spec/externalName").unwrap_or_default();
    let remedy = format!("set `type: ExternalName` and `externalName: {host}`");
    if kind != "ExternalName" {
        let message =
            format!("`seldon-scheduler` is a {kind} and leads to pods of the tenant, not to the central scheduler");
        report.fail(alias, message, vec![Evidence::new("/spec/type", kind)], remedy);
    } else if target.trim_end_matches('.').eq_ignore_ascii_case(&host) {
        report.pass(alias);
    } else {
        let message = format!("the alias leads to {}, not to the central scheduler {host}", shown(target));
        report.fail(alias, message, vec![Evidence::new("/spec/externalName", shown(target))], remedy);
    }
}

fn shown(target: &str) -> &str {
    if target.is_empty() { "nothing" } else { target }
}
