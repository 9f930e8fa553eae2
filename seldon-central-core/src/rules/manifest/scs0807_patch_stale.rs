use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0807",
    name: "patch-stale",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "A `test` of a JSON patch no longer holds, so the kustomization does not build.",
    why: "Patches that change one field test first that it is what they were written for, as those of this tool do. \
          When the object they patch changes, the test stops the build, and kustomize names neither the patch nor the \
          object. Where the object already is as the patch would make it, the patch has done its work.",
    fix: "Delete the patch when the object no longer needs it. Otherwise write it anew for what is there now.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Files,
    reads: &[],
    sources: &["https://www.rfc-editor.org/rfc/rfc6902#section-4.6", "kubectl kustomize (kustomize 5.5)"],
    check,
    bad: "\
# tenant/kustomization.yaml
resources: [runtime.yaml]
patches:
- path: scheduler-off.yaml
  target: {group: mlops.seldon.io, kind: SeldonRuntime, name: financial-inference-runtime}
---
# tenant/scheduler-off.yaml
- {op: test, path: /spec/overrides/0/replicas, value: 1}
- {op: replace, path: /spec/overrides/0/replicas, value: 0}
---
# tenant/runtime.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
# tenant/kustomization.yaml
resources: [runtime.yaml]
patches:
- path: scheduler-off.yaml
  target: {group: mlops.seldon.io, kind: SeldonRuntime, name: financial-inference-runtime}
---
# tenant/scheduler-off.yaml
- {op: test, path: /spec/overrides/0/replicas, value: 1}
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
        if seen.stale.is_empty() {
            report.pass(&seen.observed);
        }
        for stale in &seen.stale {
            let file = stale.file.as_deref().unwrap_or("a patch in it");
            let found = stale.found.as_deref().unwrap_or("not there");
            let (path, expected, object) = (&stale.path, &stale.expected, &stale.object);
            let remedy = if stale.is_done {
                "delete the patch: the object already is as it would make it"
            } else {
                "write the patch anew for what is there now, or delete it"
            };
            report.fail(
                &seen.observed,
                format!("{file} expects {path} of {object} to be {expected}, and it is {found}"),
                vec![Evidence::new(&stale.pointer, format!("test {path}: {expected}"))],
                remedy,
            );
        }
    }
}
