use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::ObjectId,
    resource::{EXPERIMENT, MODEL, NAMESPACE, PIPELINE, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0212",
    name: "outside-the-pattern",
    level: Level::Info,
    judged: Judged::Either,
    summary: "A namespace holds objects of Seldon's and does not follow the pattern of one central scheduler.",
    why: "A namespace is a tenant when it is named as one, when its runtime turns `seldon-scheduler` off, when it has an \
          ExternalName `seldon-scheduler`, or when a policy of it names the control plane. Any other may have a \
          scheduler of its own, which is a topology that works, or be a tenant that nothing in it shows to be one. \
          Nobody can tell which, so nothing else is judged there.",
    fix: "Nothing, when the namespace has a scheduler of its own. Otherwise name it as a tenant: as an argument, with \
          `--tenant`, or in the profile.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT, &SERVER_CONFIG, &SELDON_CONFIG],
    sources: &["specification, Architecture"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: financial-inference}
spec: {seldonConfig: default}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for tenant in &world.tenants {
        match world.snapshot.closed(&SELDON_RUNTIME, &tenant.namespace) {
            Err(reason) if reason.is_incomplete() => {
                report.unknown(ObjectId::of(&NAMESPACE, None, &tenant.namespace), reason);
            }
            Ok(()) | Err(_) => report.holds(ObjectId::of(&NAMESPACE, None, &tenant.namespace)),
        }
    }
    for namespace in world.others() {
        // The runtime tells most about a topology.
        let Some(first) = RULE.reads.iter().find_map(|kind| world.snapshot.known_in(kind, namespace).next()) else {
            continue;
        };
        report.fail_at(
            ObjectId::of(&NAMESPACE, None, namespace),
            first.origin.clone(),
            format!("{namespace} does not follow the pattern of one central scheduler and is not judged by it"),
            Evidence::new("", first.object.id().to_string()),
            "name it as a tenant, if it is one of this scheduler",
        );
    }
}
