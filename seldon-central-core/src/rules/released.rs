//! The values of a Helm release held against the live objects that its chart renders from them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::World;
use crate::{
    finding::Evidence,
    helm::{Chart, Installed},
    object::Object,
    pattern::{self, Component},
    profile::Transport,
    reason::{
        operator::{Operator, Watched},
        runtime::{is_disabled, override_of},
    },
    resource::{Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER_CONFIG},
    snapshot::Unknown,
    surroundings::declared_capabilities,
};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Where the two differ: the value, and what is live.
    pub(super) differences: Vec<Evidence>,
    /// What could not be compared, the first of it.
    pub(super) gap: Option<Unknown>,
}

impl Comparison {
    /// Compares what is live with a value that is there.
    fn hold(&mut self, path: &str, value: Option<&str>, live: Result<String, Unknown>, place: &str) {
        let Some(value) = value else { return };
        match live {
            Ok(live) if live == value => {}
            Ok(live) => self.differs(path, value, &format!("{place} has {}", quoted(&live))),
            Err(gap) => drop(self.gap.get_or_insert(gap)),
        }
    }

    fn differs(&mut self, path: &str, value: &str, live: &str) {
        let pointer = format!("/spec/values/{path}");
        self.differences.push(Evidence::new(pointer, format!("{}; {live}", quoted(value))));
    }
}

fn quoted(value: &str) -> String {
    if value.is_empty() { "nothing".to_owned() } else { format!("`{value}`") }
}

/// Compares the values of a release in the control plane's namespace.
pub(super) fn compare(world: &World<'_>, installed: &Installed) -> Comparison {
    let mut comparison = Comparison::default();
    match installed.chart {
        Chart::Setup => {
            operator(world, installed, &mut comparison);
            services(world, installed, &mut comparison);
            capabilities(world, installed, &mut comparison);
        }
        Chart::Runtime => runtime(world, installed, &mut comparison),
        Chart::Crds | Chart::Servers | Chart::Certs => {}
    }
    comparison
}

fn operator(world: &World<'_>, installed: &Installed, comparison: &mut Comparison) {
    let own = world.central();
    let is_own = |one: &&Operator<'_>| one.observed.object.namespace() == Some(own);
    let Some(operator) = world.operators().iter().find(is_own) else {
        let what = format!("the operator's Deployment in {own}");
        let gap = world.snapshot.closed(&crate::resource::DEPLOYMENT, own).err();
        comparison.gap.get_or_insert(gap.unwrap_or(Unknown::NotInInput { what }));
        return;
    };
    let place = operator.observed.object.id().to_string();
    let watched = |live: fn(&Watched) -> String| operator.watched.as_ref().map(live).map_err(Clone::clone);
    let clusterwide = installed.flag("controller.clusterwide");
    let is_wide = watched(|watched| (!matches!(watched, Watched::Own(_))).to_string());
    comparison.hold(
        "controller.clusterwide",
        clusterwide.map(|flag| flag.to_string()).as_deref(),
        is_wide.clone(),
        &place,
    );
    // Without the first the chart's operator looks at no list.
    if clusterwide == Some(true) && is_wide.as_deref() == Ok("true") {
        let told = installed.text("controller.watchNamespaces").map(|names| sorted(names.split(',')));
        let live = watched(|watched| match watched {
            Watched::List { told, .. } => sorted(told.iter().map(String::as_str)),
            Watched::Own(_) | Watched::All => String::new(),
        });
        comparison.hold("controller.watchNamespaces", told.as_deref(), live, &place);
    }
    let protocol = operator.transport.as_ref().map_err(Clone::clone).map(|transport| match transport {
        Transport::Plaintext => "PLAINTEXT".to_owned(),
        Transport::Tls => "SSL".to_owned(),
    });
    let path = "security.controlplane.protocol";
    comparison.hold(path, installed.text(path), protocol, &place);
}

fn services(world: &World<'_>, installed: &Installed, comparison: &mut Comparison) {
    for (path, field) in
        [("services.serviceGRPCPrefix", "grpcServicePrefix"), ("services.defaultServiceType", "serviceType")]
    {
        let pointer = format!("/spec/config/serviceConfig/{field}");
        let (live, place) = field_of(world, &SELDON_CONFIG, pattern::SELDON_CONFIG, |config| {
            config.text(&pointer).unwrap_or_default().to_owned()
        });
        comparison.hold(path, installed.text(path), live, &place);
    }
}

fn capabilities(world: &World<'_>, installed: &Installed, comparison: &mut Comparison) {
    for name in pattern::STOCK_SERVER_CONFIGS {
        let path = format!("serverConfig.{name}.serverCapabilities");
        let (live, place) =
            field_of(world, &SERVER_CONFIG, name, |config| declared_capabilities(config).unwrap_or_default().join(","));
        comparison.hold(&path, installed.text(&path), live, &place);
    }
}

fn runtime(world: &World<'_>, installed: &Installed, comparison: &mut Comparison) {
    let scheduler = |runtime: &Object| override_of(runtime, Component::Scheduler).map(|(_, entry)| entry.clone());
    let of_runtime =
        |live: &dyn Fn(&Object) -> String| field_of(world, &SELDON_RUNTIME, pattern::CENTRAL_RUNTIME, live);
    let (config, place) = of_runtime(&|runtime| runtime.text("/spec/seldonConfig").unwrap_or_default().to_owned());
    comparison.hold("seldonConfig", installed.text("seldonConfig"), config, &place);
    let (disabled, _) = of_runtime(&|runtime| scheduler(runtime).is_some_and(|entry| is_disabled(&entry)).to_string());
    let flag = installed.flag("scheduler.disable").map(|flag| flag.to_string());
    comparison.hold("scheduler.disable", flag.as_deref(), disabled, &place);
    let (kind, _) = of_runtime(&|runtime| {
        let entry = scheduler(runtime).unwrap_or_default();
        entry.get("serviceType").and_then(Value::as_str).unwrap_or_default().to_owned()
    });
    comparison.hold("scheduler.serviceType", installed.text("scheduler.serviceType"), kind, &place);
}

/// Something of an object that a chart renders, and the object for people.
fn field_of(
    world: &World<'_>,
    kind: &'static Resource,
    name: &str,
    live: impl Fn(&Object) -> String,
) -> (Result<String, Unknown>, String) {
    let own = world.central();
    let place = format!("{} {own}/{name}", kind.kind);
    let found = world.snapshot.get(kind, own, name);
    let value = found.and_then(|found| {
        found.map(|found| live(&found.object)).ok_or_else(|| Unknown::NotInInput { what: place.clone() })
    });
    (value, place)
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.map(str::trim).filter(|name| !name.is_empty()).collect();
    names.into_iter().collect::<Vec<_>>().join(",")
}
