//! Why a SeldonRuntime is not ready, or not reconciled.

use super::{
    Causes, beside,
    operator::silent,
    pod::Kind,
    told::{self, told},
    workload::Workload,
};
use crate::{
    finding::Evidence,
    object::{Object, ObjectId},
    pattern::{self, Component},
    reason::{
        alias::{Prediction, Wanted, predict},
        kafka::Home,
        placement::Explanation,
        runtime::{disabled, service_type},
    },
    resource::{NAMESPACE, SELDON_CONFIG, SERVICE},
    rules::World,
    text,
};

/// Why conditions of a runtime are False.
pub fn why_runtime(world: &World<'_>, runtime: &Object, conditions: &[&str]) -> Explanation {
    let is = if conditions.len() == 1 { "is" } else { "are" };
    let symptom = format!("{} {is} False", conditions.join(", "));
    let components = conditions.iter().filter_map(|condition| component(condition));
    let causes = components.fold(Causes::default(), |causes, one| causes.and(pods(world, runtime, one)));
    let mut why = causes.of(&symptom);
    why.evidence.extend(skipped(runtime));
    why.evidence.extend(told(world, runtime));
    if why.message == symptom {
        "look at the pods of these components: `kubectl describe` and their log".clone_into(&mut why.remedy);
    }
    why
}

/// That components are disabled, which keeps the runtime from becoming ready whatever else is mended.
fn skipped(runtime: &Object) -> Option<Evidence> {
    let disabled = disabled(runtime);
    let (first, _) = disabled.first()?;
    let names = text::enumerate(disabled.iter().map(|(_, name)| *name));
    let value = format!("`disable: true` for {names}: whatever is mended, Ready does not become True");
    Some(Evidence::new(format!("/spec/overrides/{first}/disable"), value))
}

/// The component that a condition speaks of.
fn component(condition: &str) -> Option<Component> {
    Some(match condition {
        "SchedulerReady" => Component::Scheduler,
        "EnvoyReady" => Component::Envoy,
        "HodometerReady" => Component::Hodometer,
        "DataflowEngineReady" => Component::DataflowEngine,
        "ModelGatewayReady" => Component::ModelGateway,
        "PipelineGatewayReady" => Component::PipelineGateway,
        _ => return None,
    })
}

fn pods(world: &World<'_>, runtime: &Object, component: Component) -> Causes {
    let namespace = runtime.namespace().unwrap_or_default();
    let workload = Workload::component(world.snapshot, namespace, component.name());
    let runs = |kind: Kind| matches!(kind, Kind::Exits | Kind::Unready);
    let troubles = workload.troubles();
    let may_lack_kafka = component.needs_kafka() && troubles.iter().all(|trouble| runs(trouble.kind));
    if !may_lack_kafka {
        return workload.causes();
    }
    let mut causes = kafka(world, runtime, component);
    if let Some(first) = causes.proved.first_mut() {
        first.evidence.extend(troubles.into_iter().flat_map(|trouble| trouble.why.evidence));
        return causes;
    }
    let name = component.name();
    let seen = workload.causes();
    if seen.proved.is_empty() {
        return causes.and(seen);
    }
    // What its pod does is proved, and why it does so is not.
    let mut seen = seen;
    if let Some(first) = seen.proved.first_mut() {
        first.message = format!("{}, possibly for want of Kafka", first.message);
        first.remedy = format!("{}; without need for {name}, set it to `replicas: 0`", first.remedy);
    }
    seen
}

/// Whether Kafka is where the gateways look for it, as far as namespaces tell.
fn kafka(world: &World<'_>, runtime: &Object, component: Component) -> Causes {
    let name = component.name();
    let Some((servers, brokers)) = world.kafka(runtime) else {
        return Causes::default().possibly(
            format!("Kafka, which {name} needs and does not reach"),
            format!("read the log of {name}, and set it to `replicas: 0` where it is not needed"),
        );
    };
    let all = world.snapshot.all(&NAMESPACE);
    let is_there =
        |home: &str| all.as_ref().map_or(true, |all| all.iter().any(|namespace| namespace.object.name() == home));
    let missing = brokers.iter().find_map(|broker| match &broker.home {
        Home::Namespace(home) if !is_there(home.as_str()) => Some(home),
        _ => None,
    });
    match missing {
        Some(home) => Causes::proof(
            format!("{name} needs Kafka at `{servers}`, and there is no namespace {home}"),
            vec![beside(format!("`bootstrap.servers` is `{servers}`"))],
            format!("set `bootstrap.servers` to a Kafka that is there, or {name} to `replicas: 0`"),
        ),
        None => Causes::default().possibly(
            format!("Kafka at `{servers}`, which {name} needs"),
            format!("read the log of {name}, and set it to `replicas: 0` where it is not needed"),
        ),
    }
}

/// Why the operator has never seen a runtime.
pub fn why_not_seen(world: &World<'_>, runtime: &Object) -> Explanation {
    let mut why = silent(world, runtime.namespace().unwrap_or_default()).of("the operator has never seen this runtime");
    why.evidence.extend(told(world, runtime));
    why
}

/// Why the operator has seen a runtime and written no condition: it stops at the first error, and
/// only its log tells of that.
pub fn why_not_reconciled(world: &World<'_>, runtime: &Object) -> Explanation {
    let home = world.config_home(runtime.namespace().unwrap_or_default());
    let name = runtime.text("/spec/seldonConfig").unwrap_or_default();
    match world.snapshot.get(&SELDON_CONFIG, home, name) {
        Ok(None) => no_config(world, home, name),
        config => {
            let config = config.ok().flatten().map(|one| &one.object);
            let stopped = service_refused(world, runtime, config);
            let namespace = runtime.namespace().unwrap_or_default();
            let causes = stopped.or(|| all_skipped(runtime)).or(|| told::stopped(world, runtime)).or(|| {
                let operator = silent(world, namespace);
                if operator.proved.is_empty() { Causes::default() } else { operator }
            });
            let log = format!("read the operator's log for `{}`", runtime.name());
            let mut why = causes
                .possibly("an error at which its reconcile stops", log)
                .of("the operator has seen this runtime and written no condition");
            let new: Vec<Evidence> =
                told(world, runtime).into_iter().filter(|one| !why.evidence.contains(one)).collect();
            why.evidence.extend(new);
            why
        }
    }
}

/// The operator passes over a component that is disabled, and writes no condition of it.
fn all_skipped(runtime: &Object) -> Causes {
    let disabled = disabled(runtime);
    let is_disabled = |component: Component| disabled.iter().any(|(_, name)| *name == component.name());
    if !Component::ALL.into_iter().all(is_disabled) {
        return Causes::default();
    }
    Causes::proof(
        "every component is disabled, so that there is none of which it writes a condition",
        skipped(runtime).into_iter().collect(),
        "set the components that are not wanted to `replicas: 0` instead of `disable: true`",
    )
}

fn no_config(world: &World<'_>, home: &str, name: &str) -> Explanation {
    let mut evidence = vec![Evidence::new("/spec/seldonConfig", format!("`{name}`, which {home} does not have"))];
    let there: Vec<&str> = world.snapshot.known_in(&SELDON_CONFIG, home).map(|one| one.object.name()).collect();
    evidence.extend((!there.is_empty()).then(|| beside(format!("{home} has {}", text::enumerate(there)))));
    let elsewhere = world.snapshot.known(&SELDON_CONFIG).map(|one| one.object.id());
    let elsewhere = elsewhere.filter(|id| id.name == name && id.home() != Some(home));
    evidence.extend(elsewhere.map(|id| beside(format!("{id} is where the operator does not look"))));
    Explanation {
        message: format!("the operator cannot find SeldonConfig `{name}` and does nothing for this runtime"),
        evidence,
        remedy: format!("name a SeldonConfig of {home}"),
    }
}

/// The Service that the operator would write is one that the API server refuses, and nothing comes
/// after it (facts 3.3).
fn service_refused(world: &World<'_>, runtime: &Object, config: Option<&Object>) -> Causes {
    let namespace = runtime.namespace().unwrap_or_default();
    let id = ObjectId::of(&SERVICE, Some(namespace), pattern::SCHEDULER_SERVICE);
    let refused = |shown: String| {
        Causes::proof(
            "its reconcile stops at the Service `seldon-scheduler`, which the API server refuses: `spec.externalName: \
             Required value`",
            vec![
                Evidence::new("/spec/overrides", "the Service of seldon-scheduler is to be an ExternalName"),
                beside(shown),
            ],
            format!(
                "create the alias in the operator's shape, and leave out `serviceType`: `kubectl seldon onboard {namespace}`"
            ),
        )
    };
    if service_type(runtime, config, Component::Scheduler) != Some("ExternalName") {
        return Causes::default();
    }
    match world.snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE) {
        Ok(None) => refused(format!("there is no {id}")),
        Ok(Some(service)) => match predict(&service.object, &Wanted::by(runtime, config, world.control_plane)) {
            Prediction::FailsReconcile { refusal, .. } => {
                refused(format!("{id} is not what the operator would write: {refusal}"))
            }
            Prediction::Stable | Prediction::Replaced(_) | Prediction::CannotTell(_) => Causes::default(),
        },
        Err(_) => Causes::default(),
    }
}
