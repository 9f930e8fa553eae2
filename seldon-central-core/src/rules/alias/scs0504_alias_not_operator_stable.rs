use crate::{
    finding::{Evidence, Level},
    fix::{Repair, shape},
    guard::{Guard, Scope, Variable, cel},
    object::{Object, ObjectId},
    pattern::{self, Component, SCHEDULER_PORTS, SchedulerPort},
    profile::ControlPlane,
    reason::{
        alias::{Difference, Prediction, Wanted, predict, reconciles},
        runtime::override_of,
    },
    resource::{SELDON_CONFIG, SELDON_RUNTIME, SERVICE},
    rules::{FixSafety, Judged, Report, Rule, World, service},
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0504",
    name: "alias-not-operator-stable",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's alias has a shape that the operator replaces at its next reconcile.",
    why: "The operator writes a Service `seldon-scheduler` into every namespace with a SeldonRuntime, whatever its \
          overrides. It leaves an existing one alone only if selector and ports are what it would write: six ports in \
          its order, by name, with the names of the pod's ports as targets. The specification's three numeric ports \
          without a selector it replaces by an empty ClusterIP. It looks again when the SeldonRuntime or its SeldonConfig \
          changes, when it starts and, from 2.10.0 on, when any Model or Pipeline of the namespace changes.",
    fix: "Give the alias the operator's selector and ports; `kubectl seldon onboard` builds it so. An ExternalName uses \
          neither, so nothing changes for its clients. Drop the annotation `seldon.io/last-applied` where it is left.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(shape),
    reads: &[&SERVICE, &SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &[
        "operator/controllers/reconcilers/seldon/service_reconciler.go:79-247",
        "operator/controllers/mlops/seldonruntime_controller.go:306-331",
        "SeldonIO/seldon-core pull request 6617",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&SERVICE],
        name: Some(pattern::SCHEDULER_SERVICE),
        scope: Scope::Aliased,
        variables: ports,
        holds: "has(self.spec.selector) && 'app.kubernetes.io/name' in self.spec.selector && \
                self.spec.selector['app.kubernetes.io/name'] == 'seldon-scheduler' && has(self.spec.ports) && \
                self.spec.ports.filter(one, one.port in variables.ports).map(one, one.port) == variables.ports && \
                self.spec.ports.all(one, !(one.port in variables.ports) || has(one.name) && \
                one.name == variables.names[one.port] && has(one.targetPort) && \
                one.targetPort == variables.targets[one.port] && (!has(one.protocol) || one.protocol == 'TCP'))",
        limits: Some(
            "It compares selector and ports, with the profile's prefix. A type that a runtime's override asks for, and \
             what the operator noted on a Service of its own, it does not look at.",
        ),
    }),
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  ports:
  - {name: xds, port: 9002, targetPort: 9002}
  - {name: scheduler, port: 9004, targetPort: 9004}
  - {name: agent, port: 9005, targetPort: 9005}
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

/// The operator's ports: their numbers in its order, and the name and the target of each.
fn ports(own: &ControlPlane) -> Vec<Variable> {
    let prefix = own.grpc_service_prefix.as_str();
    let number = |port: &SchedulerPort| port.port.to_string();
    let names = SCHEDULER_PORTS.iter().map(|port| (number(port), cel::text(&format!("{prefix}{}", port.name))));
    let targets = SCHEDULER_PORTS.iter().map(|port| (number(port), cel::text(port.name)));
    vec![
        Variable { name: "ports", cel: cel::list(SCHEDULER_PORTS.iter().map(number)) },
        Variable { name: "names", cel: cel::map(names) },
        Variable { name: "targets", cel: cel::map(targets) },
    ]
}

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in world.aliased(report) {
        match world.snapshot.get(&SERVICE, &tenant.namespace, pattern::SCHEDULER_SERVICE) {
            Ok(Some(alias)) => judge(world, &tenant.namespace, alias, report),
            Ok(None) => {}
            Err(reason) => {
                let id = ObjectId::of(&SERVICE, Some(&tenant.namespace), pattern::SCHEDULER_SERVICE);
                report.unknown(id, reason);
            }
        }
    }
}

fn judge(world: &World<'_>, namespace: &str, alias: &Observed, report: &mut Report) {
    let mut doubt = None;
    let runtimes = world.seen(&SELDON_RUNTIME, namespace, report);
    for wanted in wanted(world, namespace, &runtimes) {
        let (differences, refusal) = match predict(&alias.object, &wanted) {
            Prediction::Stable => continue,
            Prediction::CannotTell(what) => {
                // What the operator makes of its own Service is no matter of the alias' shape.
                if service::kind(&alias.object) != "ExternalName" {
                    return;
                }
                doubt = Some(what);
                continue;
            }
            Prediction::Replaced(differences) => (differences, None),
            Prediction::FailsReconcile { differences, refusal } => (differences, Some(refusal)),
        };
        // A type that an override asks for is the override's fault alone, and no shape of the alias helps.
        let is_type = |difference: &Difference| difference.field == "/spec/type";
        if !(runtimes.iter().any(|runtime| asks_for_type(&runtime.object)) && differences.iter().all(is_type)) {
            let asking = runtimes.iter().map(|runtime| &runtime.object);
            let when = reconciles(asking, world.versions().operator.range);
            return fail(alias, &differences, refusal, &when, report);
        }
    }
    let config_unread = runtimes.iter().find_map(|runtime| world.seldon_config(&runtime.object).err());
    match (doubt, config_unread.filter(Unknown::is_incomplete)) {
        (_, Some(reason)) => report.unknown(alias.object.id(), reason),
        (Some(what), None) => report.unknown(alias.object.id(), Unknown::NotInInput { what: what.to_owned() }),
        (None, None) => report.pass(alias),
    }
}

/// Whether a runtime's override of the scheduler names a type of Service.
fn asks_for_type(runtime: &Object) -> bool {
    let entry = override_of(runtime, Component::Scheduler).map(|(_, entry)| entry);
    entry.and_then(|entry| entry.get("serviceType")?.as_str()).is_some_and(|kind| !kind.is_empty())
}

fn fail(alias: &Observed, differences: &[Difference], refusal: Option<&str>, when: &str, report: &mut Report) {
    let evidence = differences
        .iter()
        .map(|d| Evidence::new(&d.field, format!("{}; the operator's: {}", d.found, d.wanted)))
        .collect();
    let what = match differences.len() {
        1 => "1 difference".to_owned(),
        n => format!("{n} differences"),
    };
    let message = match refusal {
        None => {
            format!("the operator replaces this alias at its next reconcile, for {what} from its own Service: {when}")
        }
        Some(refusal) => format!("the reconcile of the runtime fails on this alias, for {what}: {refusal}"),
    };
    let remedy = if differences.iter().all(|difference| difference.field == "/spec/type") {
        "give the runtime an override `seldon-scheduler` with `replicas: 0` and no `serviceType`"
    } else {
        "give it the operator's selector and six ports, and no annotation of the operator's"
    };
    report.fail(alias, message, evidence, remedy);
}

/// What each runtime of the namespace asks for.
fn wanted(world: &World<'_>, namespace: &str, runtimes: &[&Observed]) -> Vec<Wanted> {
    let runtimes = runtimes.iter().map(|runtime| &runtime.object);
    let wanted: Vec<Wanted> =
        runtimes.map(|runtime| Wanted::by(runtime, world.known_seldon_config(runtime), world.control_plane)).collect();
    if !wanted.is_empty() {
        return wanted;
    }
    match world.snapshot.all_in(&SELDON_RUNTIME, namespace) {
        Ok(_) => vec![Wanted::by_pattern(world.control_plane)],
        Err(_) => vec![Wanted::by_unseen(world.control_plane)],
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::findings;

    #[test]
    fn which_reconcile_it_is_depends_on_the_operators_version() {
        let operator = |tag: &str| {
            format!(
                "---\napiVersion: apps/v1\nkind: Deployment\n\
                 metadata: {{name: seldon-v2-controller-manager, namespace: seldon-system}}\nspec: {{template: {{spec: \
                 {{containers: [{{name: manager, image: 'c:{tag}'}}]}}}}}}\n"
            )
        };
        let said = |tag: &str| findings("SCS0504", &[super::RULE.bad, &operator(tag)].concat()).concat();
        assert!(said("2.9.1").ends_with("but before 2.10.0 not with one of a Model"), "{}", said("2.9.1"));
        assert!(said("2.10.2").contains("a Model or a Pipeline, or") && !said("2.10.2").contains("2.10.0"));
        assert!(said("latest").contains("from 2.10.0 on"));
    }

    #[test]
    fn a_type_that_the_runtime_asks_for_is_not_the_alias_fault() {
        let asked = super::RULE.good.replace("replicas: 0", "replicas: 0, serviceType: LoadBalancer");
        assert!(findings("SCS0504", &asked).is_empty());
        assert_eq!(findings("SCS0207", &asked).len(), 1);
    }

    #[test]
    fn without_an_override_the_operator_gives_the_alias_the_type_of_its_config() {
        let config = "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonConfig\n\
                      metadata: {name: default, namespace: seldon-system}\n---\n";
        let without = |text: &str| {
            config.to_owned() + &text.replace("{name: seldon-scheduler, replicas", "{name: hodometer, replicas")
        };
        let found = findings("SCS0504", &without(super::RULE.good));
        assert!(found.len() == 1 && found[0].contains("1 difference"), "{found:?}");
        let count = |text: &str| findings("SCS0504", text).concat();
        assert_ne!(count(&without(super::RULE.bad)), count(super::RULE.bad), "the type counts too");
    }

    #[test]
    fn a_prefix_that_nobody_denies_is_not_a_difference_and_one_port_without_it_is() {
        let name = |port: &str| (format!("{{name: {port}"), format!("{{name: grpc-{port}"));
        let ports = ["xds", "scheduler", "scheduler-mtls", "agent", "agent-mtls", "dataflow"].map(name);
        let prefixed = ports
            .iter()
            .fold(super::RULE.good.to_owned(), |text, (old, new)| text.replace(&format!("{old},"), &format!("{new},")));
        assert!(prefixed.contains("grpc-dataflow") && findings("SCS0504", &prefixed).is_empty());
        assert_eq!(findings("SCS0504", &prefixed.replace("grpc-agent,", "agent,")).len(), 1);
    }

    #[test]
    fn a_type_that_the_api_server_refuses_stops_the_runtime() {
        let asked = super::RULE.bad.replace("replicas: 0", "replicas: 0, serviceType: ExternalName");
        let found = findings("SCS0504", &asked);
        assert!(found.len() == 1 && found[0].contains("the reconcile of the runtime fails"), "{found:?}");
    }
}
