use crate::{
    finding::{Level, Outcome},
    fix::{Edit, Remedy, Repair, Wanted, built},
    object::ObjectId,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0201",
    name: "runtime-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant has no SeldonRuntime.",
    why: "Server pods use the service account and the ConfigMaps that the operator makes for a SeldonRuntime in their \
          namespace, and clients use its Envoy. Without one no Server pod starts.",
    fix: "Create a SeldonRuntime that names the control plane's SeldonConfig and sets `seldon-scheduler` to \
          `replicas: 0`; `kubectl seldon onboard` builds it.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &[
        "specification, SeldonRuntime Configuration",
        "operator/controllers/reconcilers/seldon/rbac_reconciler.go:29-39",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
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
    for tenant in &world.tenants {
        let namespace = &tenant.namespace;
        let mut known = world.snapshot.known_in(&SELDON_RUNTIME, namespace).peekable();
        if known.peek().is_some() {
            known.for_each(|runtime| report.pass(runtime));
            continue;
        }
        let id = ObjectId::of(&SELDON_RUNTIME, Some(namespace), &format!("{namespace}-runtime"));
        match world.snapshot.all_in(&SELDON_RUNTIME, namespace) {
            Ok(_) => report.missing(
                id,
                format!("{namespace} has no SeldonRuntime, so no Server pod can start in it"),
                format!(
                    "create one with `seldonConfig: {}` and the override `seldon-scheduler` at `replicas: 0`",
                    world.central_seldon_config()
                ),
            ),
            Err(reason) => report.unknown(id, reason),
        }
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let home = outcome.object.home();
    Remedy::safe(home.and_then(|home| built(world, home, Wanted::Kind(&SELDON_RUNTIME))).map(Edit::put))
}
