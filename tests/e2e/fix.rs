//! `kubectl seldon fix`.

mod agree;
mod asking;
mod corpus;
mod files;
mod limits;
mod live;
mod overlay;
mod owners;
mod plans;

use std::collections::BTreeMap;

use seldon_central_core::pattern;
use serde_json::{Value, json};

use crate::harness::{
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, MODEL, RUNTIME, SERVER, SERVICE},
};

pub(crate) fn add(plan: &mut Plan) {
    agree::add(plan);
    asking::add(plan);
    corpus::add(plan);
    files::add(plan);
    limits::add(plan);
    live::add(plan);
    overlay::add(plan);
    owners::add(plan);
    plans::add(plan);
}

/// Runs `kubectl seldon fix` for the tenant, without a terminal.
fn fix(ground: &Ground<'_>, arguments: &[&str]) -> Output {
    let mut all = vec!["fix", &ground.tenant, "--control-plane-namespace", &ground.control_plane];
    all.extend(arguments);
    ground.server.kubectl().seldon(all)
}

/// Runs `kubectl seldon fix --apply-plan`.
fn apply_plan(ground: &Ground<'_>, file: &str, arguments: &[&str]) -> Output {
    ground.server.kubectl().seldon(["fix", "--apply-plan", file].iter().chain(arguments))
}

fn runtime_of(ground: &Ground<'_>) -> String {
    format!("{}-runtime", ground.tenant)
}

fn overrides(ground: &Ground<'_>) -> Vec<Value> {
    let runtime = ground.api.get(RUNTIME, &ground.tenant, &runtime_of(ground));
    runtime["spec"]["overrides"].as_array().unwrap().clone()
}

fn set_overrides(ground: &Ground<'_>, overrides: &[Value]) {
    let change = json!({"spec": {"overrides": overrides}});
    ground.api.merge(RUNTIME, &ground.tenant, &runtime_of(ground), &change);
}

/// Changes the override of a component.
fn change_override(ground: &Ground<'_>, name: &str, change: impl Fn(&mut Value)) {
    let mut all = overrides(ground);
    all.iter_mut().filter(|entry| entry["name"] == name).for_each(change);
    set_overrides(ground, &all);
}

fn alias(ground: &Ground<'_>) -> Value {
    ground.api.get(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE)
}

/// The specification's alias in place of the tenant's.
fn numeric_ports(ground: &Ground<'_>) {
    let port = |name: &str, port: u16| json!({"name": name, "port": port, "protocol": "TCP", "targetPort": port});
    let ports = json!([port("xds", 9002), port("scheduler", 9004), port("agent", 9005)]);
    let change = json!({"spec": {"ports": ports, "selector": null}});
    ground.api.merge(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE, &change);
}

/// Everything that fixing may change, without what only its writer or the server's clock tells.
fn contents(ground: &Ground<'_>) -> BTreeMap<String, Value> {
    let kinds = [
        SERVICE,
        RUNTIME,
        SERVER,
        MODEL,
        "networking.k8s.io/v1/NetworkPolicy",
        "v1/Secret",
        "mlops.seldon.io/v1alpha1/ServerConfig",
    ];
    let all = kinds.iter().flat_map(|kind| {
        [&ground.tenant, &ground.control_plane].into_iter().flat_map(move |home| {
            ground.api.list(kind, home).into_iter().map(move |mut object| {
                let metadata = object["metadata"].as_object_mut().unwrap();
                let name = format!("{kind} {home}/{}", metadata["name"].as_str().unwrap());
                for field in ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"] {
                    metadata.remove(field);
                }
                (name, object)
            })
        })
    });
    all.collect()
}
