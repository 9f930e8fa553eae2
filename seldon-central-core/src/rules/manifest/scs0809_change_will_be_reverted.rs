use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level, Outcome},
    fix::Repair,
    object::{Object, ObjectId},
    reason::ownership::{Ownership, owner},
    resource::NAMESPACE,
    rules::{self, FixSafety, Judged, Report, Rule, World},
    snapshot::Snapshot,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0809",
    name: "change-will-be-reverted",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "An object with a finding is owned by Argo CD, Flux or Helm, so that a change in the cluster does not last.",
    why: "Argo CD and Flux put back what their repository says, Argo CD with self-heal within seconds, Flux at its next \
          interval; Helm does at the next upgrade. A repair by hand then looks done and is gone later. Only objects with \
          another finding at level Warning or above are named, because only those are to be changed; not one that Flux \
          was told to leave alone by the annotations `ssa: Ignore` or `reconcile: disabled`, and not one of which only \
          the state is wrong.

The operator wipes the owner's marks off the Service `seldon-scheduler` when it replaces it, so that Service may have \
          an owner that nothing on it tells of.",
    fix: "Change the object where its owner reads it: the repository of the Argo CD application or the Flux \
          Kustomization, the chart or the values of the Helm release. `kubectl seldon verify NAMESPACE -f DIR` says what \
          that repository would make of the cluster.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&NAMESPACE],
    sources: &[
        "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/",
        "https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources",
        "https://helm.sh/docs/chart_best_practices/labels/",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: financial-inference-runtime
  namespace: financial-inference
  annotations:
    argocd.argoproj.io/tracking-id: tenants:mlops.seldon.io/SeldonRuntime:financial-inference/financial-inference-runtime
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: mlserver, replicas: 3}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {components: [{name: seldon-scheduler}, {name: seldon-envoy}]}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: financial-inference-runtime
  namespace: financial-inference
  annotations:
    argocd.argoproj.io/tracking-id: tenants:mlops.seldon.io/SeldonRuntime:financial-inference/financial-inference-runtime
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {components: [{name: seldon-scheduler}, {name: seldon-envoy}]}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let to_change = to_change(world, report);
    let here = world.scheduler_namespaces();
    let files = world.files().into_iter().flat_map(Snapshot::objects);
    let files: BTreeSet<ObjectId> = files.map(|observed| observed.object.id()).collect();
    for observed in world.snapshot.objects().iter().filter(|observed| observed.is_live()) {
        let id = observed.object.id();
        let Some(found) = owner(&observed.object) else { continue };
        // What a repository that is laid over the cluster holds is changed there.
        if files.contains(&id) || !id.home().is_some_and(|home| here.contains(home)) {
            continue;
        }
        if !to_change.contains(&id) || !found.owner.reverts() {
            report.pass(observed);
            continue;
        }
        let (message, remedy) = told(&found);
        report.fail(observed, message, vec![mark(&observed.object, found)], remedy);
    }
}

/// The objects that have to be changed, as far as that counts.
fn to_change(world: &World<'_>, report: &Report) -> BTreeSet<ObjectId> {
    let asks = |outcome: &&Outcome| {
        outcome.level().is_some_and(|level| level >= Level::Warning) && !rules::can_heal(outcome.rule)
    };
    let findings = report.before().outcomes().iter().filter(asks).cloned().collect();
    let counted = world.suppressions().apply(findings);
    counted.into_iter().filter(|outcome| outcome.finding().is_some()).map(|outcome| outcome.object).collect()
}

fn told(found: &Ownership) -> (String, String) {
    let owner = &found.owner;
    if owner.is_helm() {
        let message = format!("{owner} owns it, and its next upgrade undoes what is changed in the cluster alone");
        return (message, format!("change the chart or the values of {owner}"));
    }
    let message = format!("{owner} owns it and undoes what is changed in the cluster alone");
    (message, format!("change it in the repository of {owner}"))
}

fn mark(object: &Object, found: Ownership) -> Evidence {
    let value = object.text(&found.path).map(str::to_owned);
    Evidence::new(found.path, value.unwrap_or(found.mark))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::{finding::Outcome, profile::ControlPlane, rules, rules::World, rules::tests::fixture};

    /// What is said of a runtime with these marks and these overrides.
    fn said(metadata: &str, overrides: &str) -> Vec<String> {
        let text = format!(
            "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {{name: r, namespace: fin, {metadata}}}
spec: {{seldonConfig: default, overrides: [{{name: seldon-scheduler, replicas: 0}}, {overrides}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {{name: default, namespace: seldon-system}}
spec: {{components: [{{name: seldon-scheduler}}, {{name: seldon-envoy}}]}}
"
        );
        let control_plane = ControlPlane::default();
        let snapshot = fixture(&RULE, &text);
        let outcomes = rules::run(rules::RULES, &World::new(&snapshot, &control_plane, &[]));
        let own = outcomes.iter().filter(|outcome| outcome.rule == RULE.id);
        own.filter_map(Outcome::finding).map(|finding| finding.message.clone()).collect()
    }

    const WRONG: &str = "{name: mlserver}";
    const FLUX: &str =
        "labels: {kustomize.toolkit.fluxcd.io/name: t, kustomize.toolkit.fluxcd.io/namespace: flux-system}";

    #[test]
    fn the_owner_is_named_and_what_it_undoes_when() {
        let flux = "Flux Kustomization `flux-system/t` owns it and undoes what is changed in the cluster alone";
        assert_eq!(said(FLUX, WRONG), [flux]);
        let helm = "annotations: {meta.helm.sh/release-name: r, meta.helm.sh/release-namespace: ns}";
        let upgrade = "Helm release `ns/r` owns it, and its next upgrade undoes what is changed in the cluster alone";
        assert_eq!(said(helm, WRONG), [upgrade]);
        let managed = "managedFields: [{manager: argocd-controller}]";
        assert_eq!(
            said(managed, WRONG),
            ["Argo CD application owns it and undoes what is changed in the cluster alone"]
        );
    }

    #[test]
    fn nothing_is_said_where_nothing_is_to_be_changed_or_a_change_lasts() {
        for annotation in ["ssa: Ignore", "reconcile: disabled"] {
            let suspended = format!("{FLUX}, annotations: {{kustomize.toolkit.fluxcd.io/{annotation}}}");
            assert_eq!(said(&suspended, WRONG), [""; 0], "{annotation}");
        }
        assert_eq!(said(FLUX, ""), [""; 0], "no finding but that of its state");
        assert_eq!(said(FLUX, "{name: seldon-envoy}"), [""; 0], "no finding above Info");
        assert_eq!(said("labels: {team: a}", WRONG), [""; 0], "no owner");
        let suppressed = format!("{FLUX}, annotations: {{kubectl-seldon/ignore: SCS0205}}");
        assert_eq!(said(&suppressed, WRONG), [""; 0], "a finding that does not count");
        let copied = "annotations: {argocd.argoproj.io/tracking-id: 't:mlops.seldon.io/SeldonRuntime:other/r'}";
        assert_eq!(said(copied, WRONG), [""; 0], "a copy");
    }
}
