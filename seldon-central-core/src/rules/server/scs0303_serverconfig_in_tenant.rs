use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope},
    resource::SERVER_CONFIG,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0303",
    name: "serverconfig-in-tenant",
    level: Level::Warning,
    judged: Judged::Either,
    summary: "A ServerConfig lives in a tenant's namespace.",
    why: "The operator reads ServerConfigs from its own namespace only. One in a tenant is never used, whatever its \
          name; and each change of it makes every Server that names its namesake reconcile for nothing.",
    fix: "Delete it. If a Server is to use it, create it in the operator's namespace.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SERVER_CONFIG],
    sources: &[
        "specification, Common Misconfigurations",
        "operator/apis/mlops/v1alpha1/serverconfig_types.go:75-87",
        "operator/controllers/mlops/server_controller.go:224-248",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&SERVER_CONFIG],
        name: None,
        scope: Scope::Tenants,
        variables: Guard::no_variables,
        holds: "false",
        limits: Some(
            "It does not know a tenant in which an operator of its own runs, and refuses its ServerConfigs too.",
        ),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: financial-inference}
spec: {podSpec: {containers: [{name: mlserver}]}}
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
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec: {podSpec: {containers: [{name: mlserver}]}}
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
    world.snapshot.known_in(&SERVER_CONFIG, world.central()).for_each(|config| report.pass(config));
    for tenant in &world.tenants {
        let home = world.config_home(&tenant.namespace);
        if home == tenant.namespace {
            continue;
        }
        for config in world.seen(&SERVER_CONFIG, &tenant.namespace, report) {
            report.fail(
                config,
                format!("nothing reads a ServerConfig outside {home}"),
                vec![Evidence::new("/metadata/namespace", &tenant.namespace)],
                format!("delete it, or create it in {home} if a Server is to use it"),
            );
        }
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    Remedy::safe(find(world.snapshot, &outcome.object).map(|config| Edit::delete(&config.object)))
}
