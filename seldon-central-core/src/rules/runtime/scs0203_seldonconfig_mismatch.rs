use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    guard::{Guard, Scope, Variable, cel},
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0203",
    name: "seldonconfig-mismatch",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A tenant's SeldonRuntime names another SeldonConfig than the control plane's.",
    why: "A SeldonConfig is the template of a runtime's components, and the pattern has all of them start from one. \
          Seldon itself compares nothing: two runtimes may use two templates. What really breaks is a template that is \
          not in the operator's namespace, speaks TLS where the scheduler does not, points to another Kafka or topic \
          prefix, or has another `grpcServicePrefix`, which makes the operator replace the alias.",
    fix: "Set `spec.seldonConfig` to the control plane's. The operator then rolls the tenant's components if the \
          templates differ. To use another one on purpose, name it as the control plane's or suppress this rule.",
    fix_safety: FixSafety::Unsafe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME],
    sources: &[
        "specification, Configuration Alignment Matrix",
        "operator/apis/mlops/v1alpha1/seldonconfig_types.go:160-267",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&SELDON_RUNTIME],
        name: None,
        scope: Scope::Tenants,
        variables: |own| vec![Variable { name: "seldonConfig", cel: cel::text(own.seldon_config.as_str()) }],
        holds: "!has(self.spec) || !has(self.spec.seldonConfig) || \
                self.spec.seldonConfig in ['', variables.seldonConfig]",
        limits: Some(
            "It compares with the profile's SeldonConfig, the rule with the one that the control plane's own runtime names.",
        ),
    }),
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: centralized
  overrides:
  - {name: seldon-scheduler, replicas: 0}
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
    let wanted = world.central_seldon_config();
    for runtime in world.tenant_runtimes(report) {
        match runtime.object.text("/spec/seldonConfig") {
            // Naming none is worse than naming another.
            None | Some("") => {}
            Some(name) if name == wanted => report.pass(runtime),
            Some(name) => report.fail(
                runtime,
                format!("the runtime starts from SeldonConfig `{name}`, the control plane from `{wanted}`"),
                vec![Evidence::new("/spec/seldonConfig", name)],
                format!("set `seldonConfig: {wanted}`"),
            ),
        }
    }
}

fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let runtime = find(world.snapshot, &outcome.object);
    let wanted = world.central_seldon_config();
    Remedy::rough(runtime.map(|runtime| Edit::set(&runtime.object, "/spec/seldonConfig", wanted)))
}
