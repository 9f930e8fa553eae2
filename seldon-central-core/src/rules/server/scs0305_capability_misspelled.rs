use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    object::Object,
    reason::capability,
    resource::SERVER,
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
    reads: &[&SERVER],
    sources: &[
        "specification, Common Misconfigurations",
        "scheduler/pkg/scheduler/filters/serverrequirements.go:25-60",
        "k8s/helm-charts/seldon-core-v2-setup/values.yaml:306,320",
    ],
    check,
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
