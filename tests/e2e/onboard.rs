//! `kubectl seldon onboard` on real API servers.

mod advice;
mod asking;
mod control_plane;
mod failures;
mod foreign;
#[cfg(unix)]
mod interrupted;
mod left_over;
mod names;
mod owners;
mod readme;
mod rights;
mod showing;
mod surroundings;
mod waiting;
mod writing;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::harness::{
    files::identity,
    plan::Plan,
    tenant::{Ground, NAMESPACE},
};

pub(crate) fn add(plan: &mut Plan) {
    writing::add(plan);
    asking::add(plan);
    names::add(plan);
    showing::add(plan);
    waiting::add(plan);
    owners::add(plan);
    advice::add(plan);
    readme::add(plan);
    foreign::add(plan);
    left_over::add(plan);
    rights::add(plan);
    control_plane::add(plan);
    failures::add(plan);
    #[cfg(unix)]
    interrupted::add(plan);
    surroundings::add(plan);
}

/// Every kind that the plugin could write, and those beside it.
const KINDS: [&str; 14] = [
    "v1/Secret",
    "v1/ConfigMap",
    "v1/Service",
    "v1/Pod",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "networking.k8s.io/v1/NetworkPolicy",
    "mlops.seldon.io/v1alpha1/SeldonConfig",
    "mlops.seldon.io/v1alpha1/ServerConfig",
    "mlops.seldon.io/v1alpha1/SeldonRuntime",
    "mlops.seldon.io/v1alpha1/Server",
    "mlops.seldon.io/v1alpha1/Model",
    "mlops.seldon.io/v1alpha1/Pipeline",
    "mlops.seldon.io/v1alpha1/Experiment",
];

/// Everything in these namespaces and the namespaces themselves, resource versions included.
fn everything_in(ground: &Ground<'_>, namespaces: &[&str]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for namespace in namespaces {
        let own = ground.api.find(NAMESPACE, "", namespace);
        let within = KINDS.iter().flat_map(|kind| {
            ground.api.list(kind, namespace).into_iter().map(|mut object| {
                // Items of a list come without them.
                let (version, kind) = kind.rsplit_once('/').unwrap();
                object["apiVersion"] = version.into();
                object["kind"] = kind.into();
                object
            })
        });
        found.extend(own.into_iter().chain(within).map(|object| (identity(&object), object)));
    }
    found
}

/// Everything in the tenant's and the control plane's namespaces.
fn everything(ground: &Ground<'_>) -> BTreeMap<String, Value> {
    everything_in(ground, &[&ground.tenant, &ground.control_plane])
}

/// Runs something and insists that it writes nothing.
#[track_caller]
fn writing_nothing<T>(ground: &Ground<'_>, run: impl FnOnce() -> T) -> T {
    let before = everything(ground);
    let result = run();
    is_as_before(ground, &before);
    result
}

#[track_caller]
fn is_as_before(ground: &Ground<'_>, before: &BTreeMap<String, Value>) {
    let after = everything(ground);
    let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(before));
    for (name, object) in before {
        assert_eq!(after[name], *object, "{name} was written");
    }
}
