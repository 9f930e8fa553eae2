use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0806",
    name: "patch-matches-nothing",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "The target of a patch selects no object, so kustomize drops the patch without a word.",
    why: "A patch with a `target` whose name, kind, namespace, version or labels fit nothing is left out and the build \
          succeeds; its `test` operations do not run either. What the patch was to change stays as it is: the local \
          scheduler keeps running, the alias keeps its type.",
    fix: "Correct the target, or delete the patch. To be told in future, add a patch without a target that holds only \
          `apiVersion`, `kind` and `metadata` of the object: it changes nothing, and the build fails when the object \
          is gone.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[],
    sources: &[
        "https://github.com/kubernetes-sigs/kustomize/issues/4379",
        "https://github.com/kubernetes-sigs/kustomize/issues/5093",
        "kubectl kustomize (kustomize 5.5)",
    ],
    check,
    guard: None,
    bad: "\
# tenant/kustomization.yaml
resources: [runtime.yaml]
patches:
- path: scheduler-off.yaml
  target: {group: mlops.seldon.io, kind: SeldonRuntime, name: seldon}
---
# tenant/scheduler-off.yaml
- {op: replace, path: /spec/overrides/0/replicas, value: 0}
---
# tenant/runtime.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 1}
",
    good: "\
# tenant/kustomization.yaml
resources: [runtime.yaml]
patches:
- path: scheduler-off.yaml
  target: {group: mlops.seldon.io, kind: SeldonRuntime, name: financial-inference-runtime}
---
# tenant/scheduler-off.yaml
- {op: replace, path: /spec/overrides/0/replicas, value: 0}
---
# tenant/runtime.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 1}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for seen in world.snapshot.kustomizations().seen() {
        if seen.unmatched.is_empty() {
            report.pass_or_unknown(&seen.observed, seen.unread());
        }
        for patch in &seen.unmatched {
            report.fail(
                &seen.observed,
                format!("a patch is for {}, and there is no such object, so it changes nothing", patch.target),
                vec![Evidence::new(&patch.pointer, &patch.target)],
                "correct the target, or delete the patch",
            );
        }
    }
}
