use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::Repair,
    object::ObjectId,
    resource::NAMESPACE,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::{Difference, Field, differences},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0808",
    name: "repo-and-cluster-differ",
    level: Level::Warning,
    judged: Judged::Applied,
    summary: "The cluster differs from the repository in a field that a finding on either side, at level Warning or above, is about.",
    why: "Where `verify NAMESPACE -f DIR` lays a repository over the cluster, a difference that matters says that one of \
          them is behind: the repository was not applied, or somebody changed the cluster by hand. `repo right, live \
          wrong` is repaired by applying; `repo wrong, live right` breaks by applying what works now.

Fields that no such finding is about are not compared; a repository may change what it likes. What the repository leaves out \
          stays as it is in the cluster, and is no difference.",
    fix: "Where the repository is right, apply it, and find out why that did not happen. Where the cluster is right, \
          bring the repository up to date before anybody applies it. Where both are wrong, change the repository.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&NAMESPACE],
    sources: &["https://kubernetes.io/docs/reference/using-api/server-side-apply/"],
    check,
    guard: None,
    bad: "\
# cluster.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 1}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
# repository.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
# cluster.yaml
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
---
# repository.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: financial-inference-runtime
  namespace: financial-inference
  labels: {team: risk}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

/// Which side a field is right on, by the findings about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Repository,
    Cluster,
    Neither,
}

impl Side {
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Repository => {
                ("repo right, live wrong", "apply the repository, and find out why it was not applied or did not last")
            }
            Self::Cluster => ("repo wrong, live right", "bring the repository up to date before it is applied"),
            Self::Neither => ("both wrong", "repair the repository, then apply it"),
        }
    }
}

fn check(world: &World<'_>, report: &mut Report) {
    let Some(applied) = world.applied() else { return };
    let now = by_object(applied.said);
    let then: BTreeMap<ObjectId, Vec<String>> = by_object(report.before().outcomes());
    for (live, observed) in world.snapshot.changed_since(applied.live) {
        let (now, then) = (now.get(&live.object.id()), then.get(&observed.object.id()));
        let mut by_side: BTreeMap<Side, Vec<Difference>> = BTreeMap::new();
        for difference in differences(&live.object, &observed.object) {
            if let Some(side) = side(&difference, now, then) {
                by_side.entry(side).or_default().push(difference);
            }
        }
        if by_side.is_empty() {
            report.pass(observed);
        }
        for (side, differing) in by_side {
            let (words, remedy) = side.words();
            let evidence: Vec<Evidence> = differing.iter().map(shown).collect();
            let fields: Vec<&str> = differing.iter().map(Difference::path).collect();
            let message = format!("{words}: the cluster and the repository differ in {}", fields.join(", "));
            report.fail(observed, message, evidence, remedy);
        }
    }
}

/// What the findings about each object point to, as far as they are worth a warning themselves.
fn by_object(outcomes: &[Outcome]) -> BTreeMap<ObjectId, Vec<String>> {
    let mut paths: BTreeMap<ObjectId, Vec<String>> = BTreeMap::new();
    let counts = |outcome: &&Outcome| outcome.rule < RULE.id && outcome.level() > Some(Level::Info);
    for outcome in outcomes.iter().filter(counts) {
        let evidence = outcome.finding().into_iter().flat_map(|finding| &finding.evidence);
        let of_object = evidence.map(|evidence| evidence.path.clone()).filter(|path| !path.is_empty());
        paths.entry(outcome.object.clone()).or_default().extend(of_object);
    }
    paths
}

/// Which side is right; `None` where no finding is about the field.
fn side(difference: &Difference, now: Option<&Vec<String>>, then: Option<&Vec<String>>) -> Option<Side> {
    let is_wrong = |field: Option<&Field>, paths: Option<&Vec<String>>| {
        let is_about = |evidence: &String| match field {
            Some(Field { path, .. }) => is_within(evidence, path) || is_within(path, evidence),
            // Where one side lacks an entry of a list, another may be in its place.
            None => is_within(difference.path(), evidence) && !(is_entry(evidence) && evidence == difference.path()),
        };
        paths.into_iter().flatten().any(is_about)
    };
    match (is_wrong(difference.before.as_ref(), now), is_wrong(difference.after.as_ref(), then)) {
        (true, false) => Some(Side::Repository),
        (false, true) => Some(Side::Cluster),
        (true, true) => Some(Side::Neither),
        (false, false) => None,
    }
}

fn is_entry(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok())
}

fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn shown(difference: &Difference) -> Evidence {
    let side = |field: Option<&Field>| match field.map(|field| &field.value) {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => short(text),
        Some(value) => short(&value.to_string()),
    };
    let value = format!(
        "{} in the cluster, {} in the repository",
        side(difference.before.as_ref()),
        side(difference.after.as_ref())
    );
    Evidence::new(difference.path(), value)
}

/// Long values are for a diff.
fn short(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
