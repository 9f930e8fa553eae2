use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    guard::{Guard, Scope},
    name::ModelName,
    resource::{MODEL, PIPELINE},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0406",
    name: "model-name-invalid",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Model or Pipeline has a name that the scheduler refuses: it may hold lower-case letters, digits and \
              `-` only.",
    why: "Kubernetes allows dots in the names of these objects, the scheduler does not, because dots separate the \
          parts of a route such as `name.pipeline`. The object is created, the scheduler refuses it for good, and the \
          Model shows `ModelFailed`.",
    fix: "Create it anew under a name without dots and delete this one; Kubernetes cannot rename.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL, &PIPELINE],
    sources: &["scheduler/pkg/store/utils/validate.go:17-23", "scheduler/pkg/store/memory.go:113-119"],
    check,
    guard: Some(Guard {
        kinds: &[&MODEL, &PIPELINE],
        name: None,
        scope: Scope::Scheduler,
        variables: Guard::no_variables,
        holds: "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
        limits: None,
    }),
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor.v2, namespace: financial-inference}
spec: {server: mlserver, storageUri: s3://mlflow-artifacts/path/to/model}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor-v2, namespace: financial-inference}
spec: {server: mlserver, storageUri: s3://mlflow-artifacts/path/to/model}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let models = world.on_scheduler(&MODEL, report);
    for (_, observed) in models.into_iter().chain(world.on_scheduler(&PIPELINE, report)) {
        let name = observed.object.name();
        if is_valid(name) {
            report.pass(observed);
            continue;
        }
        let suggestion = ModelName::new(name).err().and_then(|error| error.suggestion);
        report.fail(
            observed,
            format!("the scheduler refuses the name `{name}`"),
            vec![Evidence::new("/metadata/name", name)],
            match suggestion {
                Some(name) => format!("create it anew as `{name}` and delete this one"),
                None => "create it anew with lower-case letters, digits and `-` only, and delete this one".to_owned(),
            },
        );
    }
}

/// The scheduler's own expression; unlike Kubernetes it sets no limit to the length.
fn is_valid(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(plain) && name.ends_with(plain) && name.chars().all(|c| plain(c) || c == '-')
}
