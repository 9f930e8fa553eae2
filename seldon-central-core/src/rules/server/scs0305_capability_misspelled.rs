use serde_json::Value;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope},
    object::Object,
    reason::{capability, placement::ModelNeeds},
    resource::{MODEL, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0305",
    name: "capability-misspelled",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Server declares a known misspelling of a capability, such as `scikit-learn` for `sklearn`.",
    why: "The scheduler compares requirements with capabilities letter by letter. A Model that asks for `sklearn` does \
          not match a Server that declares `scikit-learn`, and fails with `no matching servers are available`. `torch` is \
          no misspelling but a label of the specification's own.",
    fix: "Write the capability as the charts do. The change rolls the Server's pods; Models that ask for the wrong \
          spelling must be changed with it.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER],
    sources: &[
        "specification, Common Misconfigurations",
        "scheduler/pkg/scheduler/filters/serverrequirements.go:25-60",
        "k8s/helm-charts/seldon-core-v2-setup/values.yaml:306,320",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&SERVER],
        name: None,
        scope: Scope::Scheduler,
        variables: capability::variables,
        holds: "!has(self.spec) || ((has(self.spec.capabilities) ? self.spec.capabilities : []) + \
                (has(self.spec.extraCapabilities) ? self.spec.extraCapabilities : [])).all(label, \
                label.trim() in variables.capabilities || !(label.lowerAscii().replace('-', '').replace('_', '')\
                .replace('.', '').replace(' ', '').trim() in variables.misspellings))",
        limits: None,
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch, scikit-learn, numpy]}
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
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver, capabilities: [mlflow, torch, sklearn, numpy]}
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

fn check(world: &World<'_>, report: &mut Report) {
    for server in world.servers(report) {
        let declared: Vec<&str> = entries(&server.object).map(|(_, capability)| capability).collect();
        let mut holds = true;
        for (path, capability) in entries(&server.object) {
            let Some(right) = capability::meant(capability) else {
                continue;
            };
            holds = false;
            // Beside the right spelling the wrong one shuts nobody out.
            let level = if declared.contains(&right) { Level::Warning } else { Level::Error };
            report.fail_as(
                level,
                server,
                format!("capability `{capability}` is spelled `{right}`"),
                vec![Evidence::new(path, capability)],
                format!("replace `{capability}` by `{right}`, here and in the Models that require it"),
            );
        }
        if holds {
            report.pass(server);
        }
    }
}

/// What a Server declares itself, each with its place.
fn entries(server: &Object) -> impl Iterator<Item = (String, &str)> {
    ["capabilities", "extraCapabilities"].into_iter().flat_map(move |field| {
        let list = server.pointer(&format!("/spec/{field}")).and_then(Value::as_array).into_iter().flatten();
        list.enumerate()
            .filter_map(move |(index, entry)| Some((format!("/spec/{field}/{index}"), entry.as_str()?.trim())))
    })
}

/// The Models that ask a Server for the misspelled label are put right with it.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let (Some(found), Some(finding)) = (find(world.snapshot, &outcome.object), outcome.finding()) else {
        return Vec::new();
    };
    let server = &found.object;
    let declared: Vec<&str> = entries(server).map(|(_, capability)| capability).collect();
    let mut edits = Vec::new();
    for path in finding.evidence.iter().map(|evidence| evidence.path.as_str()) {
        let Some(wrong) = server.text(path) else { continue };
        let Some(right) = capability::meant(wrong) else { continue };
        edits.push(if declared.contains(&right) { Edit::remove(server, path) } else { Edit::set(server, path, right) });
        edits.extend(asking(world, server, wrong.trim()).map(|(model, path)| Edit::set(model, path, right)));
    }
    Remedy::rough(edits)
}

/// The Models that may run on a Server and require a label, with where they do.
fn asking<'a>(world: &'a World<'_>, server: &Object, label: &str) -> impl Iterator<Item = (&'a Object, String)> {
    let scheduler = world.scheduler();
    let mut found = Vec::new();
    for model in world.snapshot.known(&MODEL).map(|observed| &observed.object) {
        let needs = ModelNeeds::of(model);
        if scheduler.asked(&needs).any(|view| view.observed.object.id() == server.id()) {
            let wanted = needs.requirements.iter().filter(|requirement| requirement.label == label);
            found.extend(wanted.map(|requirement| (model, requirement.path.clone())));
        }
    }
    found.into_iter()
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::findings;

    #[test]
    fn a_misspelling_beside_the_right_spelling_only_warns() {
        let manifest = |capabilities| {
            format!(
                "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\n\
                 metadata: {{name: a, namespace: seldon-system}}\nspec: {{capabilities: [{capabilities}]}}\n"
            )
        };
        assert_eq!(
            findings("SCS0305", &manifest("scikit-learn")),
            ["E capability `scikit-learn` is spelled `sklearn`"]
        );
        assert_eq!(findings("SCS0305", &manifest("sklearn, SKLearn")), ["W capability `SKLearn` is spelled `sklearn`"]);
        assert!(findings("SCS0305", &manifest("torch, numpy")).is_empty());
    }
}
