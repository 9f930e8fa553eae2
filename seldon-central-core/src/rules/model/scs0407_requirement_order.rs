use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::Object,
    pattern::MLSERVER_RUNTIMES,
    reason::placement::{ModelNeeds, Requirement},
    resource::MODEL,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0407",
    name: "requirement-order",
    level: Level::Info,
    judged: Judged::Either,
    summary: "The order of a Model's requirements selects another MLServer runtime than the artifact's name suggests.",
    why: "When an artifact has no `model-settings.json` of its own, the agent writes one, and the first of \
          `alibi-detect`, `alibi-explain`, `lightgbm`, `mlflow`, `python`, `sklearn` and `xgboost` among the \
          requirements decides on the runtime. For matching a Server the order does not count, so a list in the wrong \
          order is scheduled and then fails to load. With a `model-settings.json` beside the artifact, ignore this.",
    fix: "Put the requirement that fits the artifact before the others.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL],
    sources: &["scheduler/pkg/agent/repository/mlserver/settings.go:39-59"],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [sklearn, mlflow]
  storageUri: s3://mlflow-artifacts/path/to/model
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec:
  server: mlserver
  requirements: [mlflow, sklearn]
  storageUri: s3://mlflow-artifacts/path/to/model
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for (_, model) in world.on_scheduler(&MODEL, report) {
        let needs = ModelNeeds::of(&model.object);
        let runtimes: Vec<&Requirement<'_>> =
            needs.requirements.iter().filter(|requirement| MLSERVER_RUNTIMES.contains(&requirement.label)).collect();
        let (Some(chosen), Some(uri)) = (runtimes.first(), model.object.text("/spec/storageUri")) else {
            continue;
        };
        let suggested = runtime_in(uri).filter(|suggested| *suggested != chosen.label);
        let Some(fitting) = suggested.and_then(|suggested| runtimes.iter().find(|other| other.label == suggested))
        else {
            report.pass(model);
            continue;
        };
        report.fail(
            model,
            format!("`{}` selects the runtime, while the artifact looks like `{}`", chosen.label, fitting.label),
            vec![
                Evidence::new(&chosen.path, chosen.label),
                Evidence::new(&fitting.path, fitting.label),
                Evidence::new("/spec/storageUri", uri),
            ],
            remedy(&model.object, fitting),
        );
    }
}

fn remedy(model: &Object, fitting: &Requirement<'_>) -> String {
    if model.text("/spec/modelType") == Some(fitting.label) {
        format!("put `{}` first in `spec.requirements`; `spec.modelType` always comes last", fitting.label)
    } else {
        format!("move `{}` to the front of `spec.requirements`", fitting.label)
    }
}

/// The runtime an artifact's place is named after: the last part of the path that names one.
fn runtime_in(uri: &str) -> Option<&'static str> {
    let words = |part: &str| part.to_lowercase().replace('_', "-");
    uri.rsplit('/').find_map(|part| {
        let part = words(part);
        MLSERVER_RUNTIMES.into_iter().find(|runtime| names(&part, runtime))
    })
}

/// Whether a part of a path holds the word, not only the letters.
fn names(part: &str, word: &str) -> bool {
    part.match_indices(word).any(|(at, _)| {
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphabetic());
        let before = part.get(..at).and_then(|before| before.chars().next_back());
        let after = part.get(at + word.len()..).and_then(|after| after.chars().next());
        boundary(before) && boundary(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_that_names_a_runtime_counts() {
        for (uri, runtime) in [
            ("s3://mlflow-artifacts/path/to/model", Some("mlflow")),
            ("s3://mlflow-artifacts/sklearn-iris/1", Some("sklearn")),
            ("gs://models/alibi_detect/drift", Some("alibi-detect")),
            ("gs://models/income-xgboost2", Some("xgboost")),
            ("gs://models/mysklearner", None),
            ("gs://models/income", None),
        ] {
            assert_eq!(runtime_in(uri), runtime, "{uri}");
        }
    }
}
