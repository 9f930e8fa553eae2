use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Remedy, Repair, alias},
    guard::{Guard, Scope, Variable, cel},
    object::ObjectId,
    pattern,
    profile::Wiring,
    resource::{DEPLOYMENT, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, World, service},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0502",
    name: "alias-wrong-target",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's Service `seldon-scheduler` is no ExternalName, or leads elsewhere than to the central \
              scheduler; or the relay behind it has no pod.",
    why: "The Service is a DNS alias. A ClusterIP of the name leads to pods of the tenant, where no scheduler runs. As an \
          ExternalName it must hold the full name with the cluster's domain: resolvers add no search domain to what an \
          alias answers. With a relay in the place of the alias, whatever dials the name is refused while no pod of the \
          relay is ready.",
    fix: "Set `type: ExternalName` and `externalName` to `seldon-scheduler.seldon-system.svc.cluster.local`, with your \
          control plane and your cluster's domain. Where the operator made the Service, do it in one replace that also \
          drops the annotation `seldon.io/last-applied` and the ownerReference.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVICE, &DEPLOYMENT],
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
    for tenant in world.tenants.iter().filter(|tenant| tenant.wiring == Wiring::Relay) {
        let relays = world.snapshot.known_in(&DEPLOYMENT, &tenant.namespace);
        relays.filter(|one| one.object.name() == pattern::RELAY_NAME).for_each(|relay| judge_relay(relay, report));
    }
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

/// A relay that is scaled to nothing, or none of whose pods is ready though its controller has been there.
fn judge_relay(relay: &Observed, report: &mut Report) {
    let number = |path: &str| relay.object.pointer(path).and_then(Value::as_u64);
    let wanted = number("/spec/replicas").unwrap_or(1);
    let ready = number("/status/readyReplicas").unwrap_or_default();
    let is_seen = relay.is_live() && number("/status/observedGeneration").is_some();
    if wanted > 0 && (ready > 0 || !is_seen) {
        return report.pass(relay);
    }
    let (path, value, remedy) = if wanted == 0 {
        ("/spec/replicas", "0", "give it a replica")
    } else {
        ("/status/readyReplicas", "0", "look at its pods: `kubectl describe` and their log")
    };
    let message = "no pod of the relay is ready, so nothing in the tenant reaches the central scheduler";
    report.fail(relay, message, vec![Evidence::new(path, value)], remedy);
}

/// What leads elsewhere is led back; why a relay has no pods is for its user to see.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    if outcome.object.kind == SERVICE.kind { alias(world, outcome) } else { Vec::new() }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        object::Object,
        rules::{run, tests::cluster},
    };

    fn said(replicas: u8, status: &Value) -> Vec<String> {
        let relay = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": pattern::RELAY_NAME, "namespace": "fin",
                "labels": {pattern::WIRING_LABEL: pattern::WIRING_RELAY}},
            "spec": {"replicas": replicas}, "status": status,
        });
        let runtime = json!({
            "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
            "metadata": {"name": "r", "namespace": "fin"},
            "spec": {"seldonConfig": "default", "overrides": [{"name": "seldon-scheduler", "replicas": 0}]},
        });
        let snapshot = cluster(&[relay, runtime].map(|object| Object::new(object).unwrap()));
        let control_plane = crate::profile::ControlPlane::default();
        let outcomes = run([&&RULE], &World::new(&snapshot, &control_plane, &[]));
        let failed =
            outcomes.iter().filter_map(|one| Some(format!("{} {}", one.object, one.finding()?.evidence[0].path)));
        failed.collect()
    }

    #[test]
    fn a_relay_without_a_ready_pod_leads_nowhere() {
        let relay = "Deployment fin/seldon-scheduler-relay";
        assert_eq!(said(1, &json!({"observedGeneration": 1, "readyReplicas": 1})), [""; 0]);
        assert_eq!(said(1, &json!({})), [""; 0], "its controller has not been there");
        assert_eq!(said(1, &json!({"observedGeneration": 1})), [format!("{relay} /status/readyReplicas")]);
        assert_eq!(said(0, &json!({"observedGeneration": 1})), [format!("{relay} /spec/replicas")]);
    }
}
