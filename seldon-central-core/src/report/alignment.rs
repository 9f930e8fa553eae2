//! The alignment of each tenant with the control plane, component by component, as the
//! specification draws it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Judgement, Record, homes::Homes};
use crate::{
    object::Object,
    pattern::{self, Component as Pod},
    reason::runtime,
    resource::{Resource, SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE},
    rules::{TenantView, Wiring, World},
    snapshot::Observed,
    text,
};

/// What has to be the same, or to fit, on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Component {
    /// On in the control plane, off in the tenant.
    Scheduler,
    /// The same in both.
    SeldonConfig,
    /// Made in the control plane, referred to by the tenant.
    ServerConfig,
    /// The scheduler's own in the control plane, one that leads there in the tenant.
    Service,
}

impl Component {
    /// All of them, in the specification's order.
    pub const ALL: [Self; 4] = [Self::Scheduler, Self::SeldonConfig, Self::ServerConfig, Self::Service];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "Scheduler",
            Self::SeldonConfig => "SeldonConfig",
            Self::ServerConfig => "ServerConfig",
            Self::Service => "Service",
        }
    }

    /// The rules that judge it.
    pub(super) const fn rules(self) -> &'static [&'static str] {
        match self {
            Self::Scheduler => &["SCS0102", "SCS0103", "SCS0104", "SCS0201", "SCS0204", "SCS0506"],
            Self::SeldonConfig => &["SCS0106", "SCS0203"],
            Self::ServerConfig => &["SCS0107", "SCS0302", "SCS0303"],
            Self::Service => &["SCS0105", "SCS0501", "SCS0502", "SCS0503", "SCS0504", "SCS0505"],
        }
    }
}

/// One tenant beside the control plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Alignment {
    /// The cluster, when several were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The tenant's namespace.
    pub tenant: String,
    /// A row for each component.
    pub rows: Vec<Row>,
}

/// One component on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The component.
    pub component: Component,
    /// What there is in the control plane.
    pub control_plane: String,
    /// What there is in the tenant; of an alias that leads elsewhere, where to.
    pub tenant: String,
    /// The worst result of the rules that judge it, on either side.
    pub result: Judgement,
    /// The rules with that result, when they do not hold, sorted.
    pub rules: Vec<&'static str>,
}

/// The alignment of these tenants.
pub(super) fn all(world: &World<'_>, tenants: &[&TenantView], records: &[Record]) -> Vec<Alignment> {
    let is_relevant = |record: &&Record| Component::ALL.iter().any(|one| one.rules().contains(&record.rule));
    let relevant = Homes::of(records.iter().filter(is_relevant));
    let central = Component::ALL.map(|component| (component, in_control_plane(world, component)));
    let align = |tenant: &TenantView| {
        let sides = [world.control_plane.namespace.as_str(), tenant.namespace.as_str()];
        let concerning = relevant.within(&sides.map(Some));
        let row = |(component, control_plane): &(Component, String)| {
            let (result, rules) = verdict(*component, &concerning);
            let (control_plane, tenant) = (control_plane.clone(), in_tenant(world, tenant, *component));
            Row { component: *component, control_plane, tenant, result, rules }
        };
        Alignment { cluster: None, tenant: tenant.namespace.clone(), rows: central.iter().map(row).collect() }
    };
    tenants.iter().copied().map(align).collect()
}

/// The worst result of the rules that judge a component.
fn verdict(component: Component, records: &[&Record]) -> (Judgement, Vec<&'static str>) {
    let own: Vec<&&Record> = records.iter().filter(|record| component.rules().contains(&record.rule)).collect();
    let worst_first = [Judgement::Fail, Judgement::Unknown, Judgement::Suppressed, Judgement::Pass];
    let worst = worst_first.into_iter().find(|result| own.iter().any(|record| record.result == *result));
    let Some(worst) = worst else { return (Judgement::NotApplicable, Vec::new()) };
    let rules: BTreeSet<&str> = own.iter().filter(|record| record.result == worst).map(|record| record.rule).collect();
    (worst, if worst == Judgement::Pass { Vec::new() } else { rules.into_iter().collect() })
}

fn in_control_plane(world: &World<'_>, component: Component) -> String {
    let namespace = world.control_plane.namespace.as_str();
    match component {
        Component::Scheduler => of_runtimes(world, namespace, scheduler),
        Component::SeldonConfig => of_runtimes(world, namespace, seldon_config),
        Component::ServerConfig => seen(world, &SERVER_CONFIG, namespace, |found| {
            text::enumerate(found.iter().map(|observed| observed.object.name()))
        }),
        Component::Service => service(world, namespace),
    }
}

fn in_tenant(world: &World<'_>, tenant: &TenantView, component: Component) -> String {
    let namespace = tenant.namespace.as_str();
    match component {
        Component::Scheduler => of_runtimes(world, namespace, scheduler),
        Component::SeldonConfig => of_runtimes(world, namespace, seldon_config),
        Component::ServerConfig => seen(world, &SERVER, namespace, |servers| {
            let named: BTreeSet<&str> =
                servers.iter().map(|server| server.object.text("/spec/serverConfig").unwrap_or("none")).collect();
            text::enumerate(named)
        }),
        Component::Service if tenant.wiring == Wiring::Relay => "relay".to_owned(),
        Component::Service => service(world, namespace),
    }
}

/// What is seen of a kind in a namespace, or why nothing is.
fn seen(world: &World<'_>, kind: &'static Resource, namespace: &str, show: impl Fn(&[&Observed]) -> String) -> String {
    let known: Vec<&Observed> = world.snapshot.known_in(kind, namespace).collect();
    if !known.is_empty() {
        return show(&known);
    }
    match world.snapshot.all_in(kind, namespace) {
        Ok(_) => "none".to_owned(),
        Err(reason) if reason.is_incomplete() => "could not be read".to_owned(),
        Err(_) => "not in the input".to_owned(),
    }
}

fn of_runtimes(world: &World<'_>, namespace: &str, show: impl Fn(&Object) -> String) -> String {
    seen(world, &SELDON_RUNTIME, namespace, |runtimes| {
        let shown: BTreeSet<String> = runtimes.iter().map(|runtime| show(&runtime.object)).collect();
        text::enumerate(shown.iter().map(String::as_str))
    })
}

fn scheduler(runtime: &Object) -> String {
    match runtime::replicas(runtime, Pod::Scheduler) {
        0 => "off (replicas: 0)".to_owned(),
        replicas => format!("on (replicas: {replicas})"),
    }
}

fn seldon_config(runtime: &Object) -> String {
    runtime.text("/spec/seldonConfig").unwrap_or("none").to_owned()
}

/// The Service of the scheduler's name.
fn service(world: &World<'_>, namespace: &str) -> String {
    match world.snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE) {
        Ok(Some(service)) => {
            let kind = service.object.text("/spec/type").unwrap_or("ClusterIP");
            let central = world.control_plane.scheduler_host();
            match service.object.text("/spec/externalName").filter(|_| kind == "ExternalName") {
                Some(target) if target != central => format!("{kind} to {target}"),
                _ => kind.to_owned(),
            }
        }
        Ok(None) => "none".to_owned(),
        Err(reason) if reason.is_incomplete() => "could not be read".to_owned(),
        Err(_) => "not in the input".to_owned(),
    }
}
