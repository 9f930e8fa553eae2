use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::{Observed, Origin},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0202",
    name: "runtime-duplicated",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A namespace has more than one SeldonRuntime.",
    why: "The operator gives everything it makes for a SeldonRuntime a fixed name, and nothing stops a second one. The \
          two then write the same Deployments, Services and ConfigMaps in turn.",
    fix: "Keep one, merge the overrides of the other into it, and delete the other while no reconcile is under way. \
          What the deleted one owned is collected with it and made again by the one that stays.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME],
    sources: &["specification, Namespace Isolation", "operator/apis/mlops/v1alpha1/seldonruntime_types.go:21-36"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: financial-inference}
spec: {seldonConfig: default}
",
    good: "\
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
    for namespace in world.scheduler_namespaces() {
        // The same one may be in several files.
        let runtimes = world.seen(&SELDON_RUNTIME, namespace, report);
        let names: BTreeSet<&str> = runtimes.iter().map(|runtime| runtime.object.name()).collect();
        for runtime in runtimes.iter().copied() {
            if names.len() > 1 {
                let is_there = |seen: &&Observed| seen.origin != Origin::Desired;
                let there: BTreeSet<&str> =
                    runtimes.iter().copied().filter(is_there).map(|seen| seen.object.name()).collect();
                let message = if is_there(&runtime) && there.len() > 1 {
                    format!("{namespace} has {} SeldonRuntimes, which fight over the same objects", there.len())
                } else if is_there(&runtime) || there.is_empty() {
                    format!("{namespace} would have {} SeldonRuntimes, which fight over the same objects", names.len())
                } else {
                    format!(
                        "{namespace} has SeldonRuntimes already, and another would fight with them over the same objects"
                    )
                };
                let others: Vec<&str> = names.iter().copied().filter(|name| *name != runtime.object.name()).collect();
                report.fail(
                    runtime,
                    message,
                    vec![Evidence::new("/metadata/name", format!("beside {}", others.join(", ")))],
                    "keep one SeldonRuntime in the namespace",
                );
                continue;
            }
            match world.snapshot.all_in(&SELDON_RUNTIME, namespace) {
                Ok(_) => report.pass(runtime),
                Err(reason) => report.unknown(runtime.object.id(), reason),
            }
        }
    }
}
