use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    kustomize::{Build, Stale},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0805",
    name: "kustomization-does-not-build",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "`kubectl kustomize` fails on a kustomization that no other one names.",
    why: "What does not build is not deployed: Argo CD and Flux keep what was there before and say so where few \
          people look. What such a kustomization lists is judged as it stands unless patches would change it, and \
          nothing is said of what may be missing. Frequent reasons are a file that is listed and not committed, an \
          object that is listed twice, a patch for an object that was renamed, a patch whose `test` no longer holds, \
          and a file outside of the directory, which Flux alone takes.",
    fix: "Run `kubectl kustomize` on the directory and repair what it names. A file that is generated before it is \
          deployed has to be generated before it is judged, too.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[],
    sources: &["kubectl kustomize (kustomize 5.5)"],
    check,
    guard: None,
    bad: "\
# tenant/kustomization.yaml
resources: [server.yaml, model.yaml]
---
# tenant/server.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
",
    good: "\
# tenant/kustomization.yaml
resources: [server.yaml]
---
# tenant/server.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for seen in world.snapshot.kustomizations().seen() {
        match &seen.result {
            None => {}
            Some(Err(Build::Failed(reason))) => report.fail(
                &seen.observed,
                format!("it does not build: {reason}"),
                behind(world, reason),
                "run `kubectl kustomize` on the directory and repair what it names",
            ),
            Some(Ok(()) | Err(Build::Unread(_) | Build::Built(_))) => {
                report.pass_or_unknown(&seen.observed, seen.unread());
            }
        }
    }
}

/// The patches of others that a failed `test` may be of, because kustomize names only the path. Those of
/// this tool are found by themselves.
fn behind(world: &World<'_>, reason: &str) -> Vec<Evidence> {
    let stale = world.snapshot.kustomizations().seen().iter().flat_map(|seen| &seen.stale);
    let foreign = stale.filter(|stale| stale.rules.is_none());
    let is_meant = |stale: &&Stale| reason.contains(&format!("testing value {} failed", stale.path));
    foreign.filter(is_meant).map(|stale| Evidence::new("", stale.to_string())).collect()
}
