use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope},
    reason::{
        capability::{self, meant},
        placement::{ModelNeeds, Requirement, Scheduler},
    },
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Observed,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0401",
    name: "requirement-misspelled",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Model requires a known misspelling of a capability, such as `scikit-learn` for `sklearn`.",
    why: "The scheduler compares labels letter by letter, so a Server with `sklearn` never takes a Model that requires \
          `scikit-learn`; the Model stays unscheduled with a message that does not name the label. When a Server \
          declares the same misspelling the two match, which is a warning only: it breaks as soon as one side is put \
          right.",
    fix: "Write the label as the ServerConfig spells it, in `spec.requirements` and `spec.modelType`. Where a Server \
          declares the misspelling, put that right at the same time.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&MODEL, &SERVER],
    sources: &[
        "specification, Capability Matching Rules",
        "scheduler/pkg/scheduler/filters/serverrequirements.go:25-60",
        "seldon-core-v2-setup values.yaml:306,320",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&MODEL],
        name: None,
        scope: Scope::Scheduler,
        variables: capability::variables,
        holds: "!has(self.spec) || ((has(self.spec.requirements) ? self.spec.requirements : []) + \
                (has(self.spec.modelType) ? [self.spec.modelType] : [])).all(label, \
                label.trim() in variables.capabilities || !(label.lowerAscii().replace('-', '').replace('_', '')\
                .replace('.', '').replace(' ', '').trim() in variables.misspellings))",
        limits: Some(
            "It sees no Server, and refuses a misspelling too that a Server shares, of which the rule only warns.",
        ),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch, sklearn, numpy]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, torch, scikit-learn, numpy]
  storageUri: s3://mlflow-artifacts/path/to/model
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch, sklearn, numpy]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, torch, sklearn, numpy]
  storageUri: s3://mlflow-artifacts/path/to/model
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    for (_, model) in world.on_scheduler(&MODEL, report) {
        let needs = ModelNeeds::of(&model.object);
        let wrong: Vec<(&Requirement<'_>, &str)> = needs
            .requirements
            .iter()
            .filter_map(|requirement| Some((requirement, meant(requirement.label)?)))
            .collect();
        if wrong.is_empty() {
            report.pass(model);
        } else {
            fail(report, model, &wrong, is_declared(&scheduler, &needs, &wrong));
        }
    }
}

/// Whether a Server that the Model may run on declares every one of the labels as it is spelled.
fn is_declared(scheduler: &Scheduler<'_>, needs: &ModelNeeds<'_>, wrong: &[(&Requirement<'_>, &str)]) -> bool {
    scheduler.asked(needs).any(|server| wrong.iter().all(|(requirement, _)| server.capabilities.has(requirement.label)))
}

fn fail(report: &mut Report, model: &Observed, wrong: &[(&Requirement<'_>, &str)], declared: bool) {
    let each = |text: fn(&str, &str) -> String, between: &str| {
        wrong.iter().map(|(requirement, right)| text(requirement.label, right)).collect::<Vec<_>>().join(between)
    };
    let message = each(|wrong, right| format!("`{wrong}` is a misspelling of the capability `{right}`"), ", ");
    let evidence = wrong.iter().map(|(requirement, _)| Evidence::new(&requirement.path, requirement.label)).collect();
    let remedy = each(|wrong, right| format!("require `{right}` instead of `{wrong}`"), " and ");
    if declared {
        let message = format!("{message}; it matches only because a Server misspells it too");
        report.fail_as(Level::Warning, model, message, evidence, format!("{remedy}, once the Server declares that"));
    } else {
        report.fail(model, message, evidence, remedy);
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(model) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let needs = ModelNeeds::of(&model.object);
    let right = |requirement: &Requirement<'_>| {
        Some(Edit::set(&model.object, requirement.path.clone(), meant(requirement.label)?))
    };
    Remedy::safe(needs.requirements.iter().filter_map(right))
}
