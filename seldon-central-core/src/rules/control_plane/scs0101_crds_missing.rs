use crate::{
    finding::Level,
    fix::Repair,
    object::ObjectId,
    resource::{CRD, EXPERIMENT, MODEL, PIPELINE, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Unknown,
};

/// The kinds the operator and the pattern work with.
static NEEDED: [&Resource; 7] =
    [&SELDON_CONFIG, &SERVER_CONFIG, &SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT];

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0101",
    name: "crds-missing",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The API server does not serve a kind of `mlops.seldon.io` that the pattern needs.",
    why: "Seldon's kinds come with a chart of their own, `seldon-core-v2-crds`. Without one of them the operator does \
          not start, and the objects of a tenant cannot be created.",
    fix: "Install the chart `seldon-core-v2-crds` in the version of the operator. Its definitions are too big for \
          client-side `kubectl apply`; use Helm or `kubectl apply --server-side`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_CONFIG, &SERVER_CONFIG, &SELDON_RUNTIME, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT],
    sources: &["k8s/helm-charts/seldon-core-v2-crds/templates/seldon-v2-crds.yaml"],
    check,
    guard: None,
    bad: "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: servers.mlops.seldon.io}
",
    good: "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: seldonconfigs.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: serverconfigs.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: seldonruntimes.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: servers.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: models.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: pipelines.mlops.seldon.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: experiments.mlops.seldon.io}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for kind in NEEDED {
        let id = ObjectId::of(&CRD, None, &kind.to_string());
        if world.snapshot.is_not_served(kind) {
            report.missing(
                id,
                format!("the cluster does not serve {kind}"),
                "install the chart `seldon-core-v2-crds` in the version of the operator",
            );
            continue;
        }
        match was_read(world, kind) {
            Ok(()) => report.holds(id),
            Err(reason) => report.unknown(id, reason),
        }
    }
}

/// Ok when the kind was read anywhere, which proves that it is served.
fn was_read(world: &World<'_>, kind: &'static Resource) -> Result<(), Unknown> {
    let mut why = None;
    for namespace in world.scheduler_namespaces() {
        match world.snapshot.all_in(kind, namespace) {
            Ok(_) => return Ok(()),
            Err(reason) => why = Some(why.filter(Unknown::is_incomplete).unwrap_or(reason)),
        }
    }
    why.map_or(Ok(()), Err)
}
