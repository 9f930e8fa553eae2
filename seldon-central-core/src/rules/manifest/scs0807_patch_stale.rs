use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Repair, files::FileRepair},
    kustomize::{Redundant, Stale},
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Origin,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0807",
    name: "patch-stale",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "What lies below an overlay of this tool is no longer what it patches or adds to, so the kustomization does not build.",
    why:
        "A patch of this tool tests first that the field is what it was written for, and has the rules that asked for \
          it in a comment at its top, `# kubectl-seldon: SCS0204`. When the object it patches changes, the test stops \
          the build, and kustomize names neither the patch nor the object. Where the object already is as the patch \
          would make it, the patch has done its work.

A file that the overlay adds has the same comment. Once what lies below has an object of that name, kustomize \
          refuses both, and the addition has done its work.

A patch without that comment is somebody's own: that the build fails is found all the same, by another rule, which \
          quotes kustomize and says which patch it is.",
    fix: "Delete the patch when the object no longer needs it, and the addition with its entry when the object is there. \
          Otherwise write the patch anew for what is there now.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Files(dropped),
    reads: &[],
    sources: &["https://www.rfc-editor.org/rfc/rfc6902#section-4.6", "kubectl kustomize (kustomize 5.5)"],
    check,
    guard: None,
    bad: "\
# tenant/kustomization.yaml
resources: [runtime.yaml]
patches:
- path: scheduler-off.yaml
  target: {group: mlops.seldon.io, kind: SeldonRuntime, name: financial-inference-runtime}
---
# tenant/scheduler-off.yaml
# kubectl-seldon: SCS0204
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
# kubectl-seldon: SCS0204
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
        let ours = || seen.stale.iter().filter_map(|stale| Some((stale, stale.rules.as_ref()?)));
        if ours().next().is_none() && seen.redundant.is_empty() {
            report.pass_or_unknown(&seen.observed, seen.unread());
        }
        for added in &seen.redundant {
            report.fail(
                &seen.observed,
                added.to_string(),
                vec![Evidence::new(&added.pointer, format!("written for {}", added.rules.join(", ")))],
                "delete the file and its entry: the object is there without it",
            );
        }
        for (stale, rules) in ours() {
            let remedy = if stale.is_done {
                "delete the patch: the object already is as it would make it"
            } else {
                "write the patch anew for what is there now, or delete it"
            };
            report.fail(
                &seen.observed,
                stale.to_string(),
                vec![Evidence::new(
                    &stale.pointer,
                    format!("test {}: {}; written for {}", stale.path, stale.expected, rules.join(", ")),
                )],
                remedy,
            );
        }
    }
}

/// The patches and additions that have done their work.
fn dropped(world: &World<'_>, outcome: &Outcome) -> Vec<FileRepair> {
    let of = world.snapshot.kustomizations().seen().iter().filter(|seen| seen.observed.object.id() == outcome.object);
    let evidence = outcome.finding().and_then(|finding| finding.evidence.first());
    let done = of.flat_map(|seen| {
        let patches = seen.stale.iter().filter(|stale| stale.is_done);
        let patches = patches.map(|Stale { pointer, file, .. }| (pointer, file.as_ref()));
        let additions = seen.redundant.iter().map(|Redundant { pointer, file, .. }| (pointer, Some(file)));
        patches.chain(additions).map(move |one| (&seen.observed.origin, one))
    });
    let done = done.filter(|(_, (pointer, _))| evidence.is_some_and(|one| one.path == **pointer));
    let repair = |(origin, (pointer, file)): (&Origin, (&String, Option<&String>))| match origin {
        Origin::File { path, .. } => {
            Some(FileRepair::Drop { kustomization: path.clone(), pointer: pointer.clone(), file: file.cloned() })
        }
        Origin::Cluster | Origin::Desired => None,
    };
    done.filter_map(repair).take(1).collect()
}
