use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::Object,
    pattern::Component,
    reason::runtime,
    resource::SELDON_RUNTIME,
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0211",
    name: "gateway-in-tenant",
    level: Level::Info,
    judged: Judged::Either,
    summary: "A gateway or the dataflow engine runs in a tenant.",
    why: "All model and pipeline gateways of a scheduler share its models among them, whatever their namespace, and \
          name Kafka topics after the namespace they run in. One in a tenant so takes over models of other tenants, \
          whose Servers its Envoy does not reach, and without Kafka it never becomes ready. Synchronous inference \
          needs none of them.",
    fix: "Set `seldon-modelgateway`, `seldon-pipelinegateway` and `seldon-dataflow-engine` to `replicas: 0`, unless \
          this tenant alone uses Pipelines or inference through Kafka.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&SELDON_RUNTIME],
    sources: &["scheduler/pkg/server/server_status.go:372-452", "scheduler/pkg/kafka/topics.go:44-105"],
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
  - {name: seldon-modelgateway, replicas: 1}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: seldon-modelgateway, replicas: 0}
  - {name: seldon-pipelinegateway, replicas: 0}
  - {name: seldon-dataflow-engine, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for runtime in world.tenant_runtimes(report) {
        let running = runtime::running(&runtime.object);
        let gateways: Vec<Component> = running.into_iter().filter(|component| component.needs_kafka()).collect();
        if gateways.is_empty() {
            report.pass(runtime);
            continue;
        }
        let names: Vec<&str> = gateways.iter().map(|component| component.name()).collect();
        let (take, need) = if names.len() == 1 { ("takes", "needs") } else { ("take", "need") };
        report.fail(
            runtime,
            format!("{} {take} part in the work of every tenant and {need} Kafka", names.join(", ")),
            gateways.iter().map(|component| evidence(&runtime.object, *component)).collect(),
            format!("set `replicas: 0` for {}, unless this tenant alone uses Kafka", names.join(", ")),
        );
    }
}

fn evidence(runtime: &Object, component: Component) -> Evidence {
    match runtime::override_of(runtime, component) {
        Some((index, entry)) => Evidence::new(format!("/spec/overrides/{index}"), entry.to_string()),
        None => Evidence::new("/spec/overrides", format!("no entry `{}`, so one replica runs", component.name())),
    }
}
