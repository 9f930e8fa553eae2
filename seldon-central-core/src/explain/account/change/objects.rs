//! What may put right what is wrong with anything but a Model.

use serde_json::{Value, json};

use super::{super::references::every_name, Edit};
use crate::{
    desired,
    finding::Finding,
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::{Profile, Surroundings, Tenant, resolve},
    reason::{capability::meant, runtime::override_of},
    resource::{
        EXPERIMENT, MODEL, PIPELINE, Resource, SECRET, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG, SERVICE,
    },
    rules::World,
    text,
};

/// What may do away with a finding on an object, the best first.
pub(super) fn remedies(world: &World<'_>, rule: &str, object: &Object, finding: &Finding) -> Vec<Vec<Edit>> {
    let central = world.control_plane;
    match rule {
        "SCS0102" | "SCS0104" => vec![vec![scheduler(object, 1)]],
        "SCS0106" | "SCS0203" => {
            names(world, &SELDON_CONFIG, central.seldon_config.as_str(), object, "/spec/seldonConfig")
        }
        "SCS0107" => names(world, &SERVER_CONFIG, central.server_config.as_str(), object, "/spec/serverConfig"),
        "SCS0204" => vec![vec![scheduler(object, 0)]],
        "SCS0207" => override_of(object, Component::Scheduler)
            .map(|(index, _)| vec![Edit::remove(object, format!("/spec/overrides/{index}/serviceType"))])
            .into_iter()
            .collect(),
        "SCS0305" => vec![respelled(object)],
        "SCS0310" => missing(world, rule, &object.id()),
        "SCS0412" => vec![references(world, object)],
        "SCS0502" | "SCS0503" | "SCS0504" => vec![alias(world, object)],
        "SCS0601" | "SCS0602" | "SCS0603" | "SCS0605" => vec![admitted(object, finding)],
        "SCS0606" => outside(object),
        _ => Vec::new(),
    }
}

/// What may make an object that is missing; the name of a rule says which.
pub(super) fn missing(world: &World<'_>, rule: &str, id: &ObjectId) -> Vec<Vec<Edit>> {
    let Some(namespace) = id.home() else { return Vec::new() };
    let kind: &Resource = match rule {
        "SCS0201" => &SELDON_RUNTIME,
        "SCS0301" => &SERVER,
        "SCS0310" => &SECRET,
        "SCS0501" => &SERVICE,
        _ => return Vec::new(),
    };
    let made = pattern_objects(world, namespace).into_iter().filter(|object| object.is(kind));
    let made: Vec<Edit> = made.map(Edit::put).collect();
    if made.is_empty() { Vec::new() } else { vec![made] }
}

/// The objects of a tenant with the pattern's defaults.
fn pattern_objects(world: &World<'_>, namespace: &str) -> Vec<Object> {
    let Ok(namespace) = crate::name::Namespace::new(namespace) else { return Vec::new() };
    let profile = Profile {
        control_plane: world.control_plane.clone(),
        tenants: vec![Tenant::new(namespace)],
        suppressions: Vec::new(),
    };
    let resolved = resolve(&profile, &Surroundings::default());
    resolved.map(|profile| desired::build(&profile).objects().cloned().collect()).unwrap_or_default()
}

/// The control plane's choice where it is there, else what is.
fn names(world: &World<'_>, kind: &'static Resource, usual: &str, object: &Object, path: &str) -> Vec<Vec<Edit>> {
    let central = world.control_plane.namespace.as_str();
    let known = world.snapshot.known_in(kind, central).map(|observed| observed.object.name());
    let mut known: Vec<&str> = known.collect();
    known.sort_by_key(|name| *name != usual);
    known.into_iter().map(|name| vec![Edit::set(object, path, name)]).collect()
}

/// The override of the scheduler with this many replicas.
fn scheduler(runtime: &Object, replicas: u32) -> Edit {
    match override_of(runtime, Component::Scheduler) {
        Some((index, _)) if runtime.pointer(&format!("/spec/overrides/{index}/disable")) == Some(&json!(true)) => {
            let entry = json!({"name": Component::Scheduler.name(), "replicas": replicas});
            Edit::set(runtime, format!("/spec/overrides/{index}"), entry)
        }
        Some((index, _)) => Edit::set(runtime, format!("/spec/overrides/{index}/replicas"), replicas),
        None => {
            let entry = json!({"name": Component::Scheduler.name(), "replicas": replicas});
            Edit::set(runtime, "/spec/overrides/-", entry)
        }
    }
}

/// Capabilities as they are spelled.
fn respelled(server: &Object) -> Vec<Edit> {
    let mut edits = Vec::new();
    for list in ["/spec/capabilities", "/spec/extraCapabilities"] {
        let labels = server.pointer(list).and_then(Value::as_array).into_iter().flatten().enumerate();
        for (index, label) in labels {
            let right = label.as_str().and_then(meant);
            edits.extend(right.map(|right| Edit::set(server, format!("{list}/{index}"), right)));
        }
    }
    edits
}

/// Every name of nothing is put right or, where none is like it, given to a new Model.
fn references(world: &World<'_>, object: &Object) -> Vec<Edit> {
    let namespace = object.namespace().unwrap_or_default();
    let of_pipelines = object.is(&EXPERIMENT) && object.text("/spec/resourceType") == Some("pipeline");
    let kind = if of_pipelines { &PIPELINE } else { &MODEL };
    let known: Vec<&str> = world.snapshot.known_in(kind, namespace).map(|observed| observed.object.name()).collect();
    let mut edits: Vec<Edit> = Vec::new();
    for (path, name) in every_name(object) {
        if known.contains(&name.as_str()) {
            continue;
        }
        let edit = match text::nearest(&name, known.iter().copied()) {
            Some(meant) => Some(Edit::set(object, path, meant)),
            None if of_pipelines => None,
            None => draft(world, namespace, &name),
        };
        edits.extend(edit.filter(|edit| !edits.contains(edit)));
    }
    edits
}

/// A Model on the namespace's first Server, whose artifact its owner has to name.
fn draft(world: &World<'_>, namespace: &str, name: &str) -> Option<Edit> {
    let server = world.snapshot.known_in(&SERVER, namespace).next();
    let mut spec = json!({"storageUri": "s3://bucket/path"});
    if let (Some(server), Some(spec)) = (server, spec.as_object_mut()) {
        spec.insert("server".to_owned(), json!(server.object.name()));
    }
    let model = json!({
        "apiVersion": MODEL.api_version(), "kind": MODEL.kind,
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    });
    Object::new(model).ok().map(Edit::put)
}

/// The Service as the pattern has it.
fn alias(world: &World<'_>, service: &Object) -> Vec<Edit> {
    let wanted = service.namespace().map(|namespace| pattern_objects(world, namespace)).unwrap_or_default();
    let wanted = wanted.into_iter().find(|object| object.is(&SERVICE) && object.name() == service.name());
    let (Some(Value::Object(spec)), Some(Value::Object(own))) =
        (wanted.as_ref().and_then(|wanted| wanted.pointer("/spec")), service.pointer("/spec"))
    else {
        return Vec::new();
    };
    let differs = spec.iter().filter(|(field, value)| own.get(*field) != Some(*value));
    let mut edits: Vec<Edit> =
        differs.map(|(field, value)| Edit::set(service, format!("/spec/{field}"), value.clone())).collect();
    let foreign = own.keys().filter(|field| !spec.contains_key(*field));
    edits.extend(foreign.map(|field| Edit::remove(service, format!("/spec/{field}"))));
    if service.annotation(pattern::OPERATOR_LAST_APPLIED).is_some() {
        let key = pattern::OPERATOR_LAST_APPLIED.replace('/', "~1");
        edits.push(Edit::remove(service, format!("/metadata/annotations/{key}")));
    }
    edits
}

/// The rules that a finding says are missing.
fn admitted(policy: &Object, finding: &Finding) -> Vec<Edit> {
    let rules = finding.evidence.iter().filter(|evidence| evidence.path.ends_with("/-"));
    let rule = |evidence: &crate::finding::Evidence| {
        let rule: Value = serde_json::from_str(&evidence.value).ok()?;
        Some(Edit::set(policy, evidence.path.clone(), rule))
    };
    rules.filter_map(rule).collect()
}

/// A rule that leads out on the usual ports; which addresses those are is not known here.
fn outside(policy: &Object) -> Vec<Vec<Edit>> {
    let ports = |lists: &[&[u16]]| {
        let mut ports: Vec<u16> = lists.iter().flat_map(|list| list.iter().copied()).collect();
        ports.sort_unstable();
        ports.dedup();
        let ports: Vec<Value> = ports.into_iter().map(|port| json!({"port": port, "protocol": "TCP"})).collect();
        vec![Edit::set(policy, "/spec/egress/-", json!({"ports": ports}))]
    };
    let usual: [&[u16]; 2] = [&pattern::API_SERVER_PORTS, &pattern::OBJECT_STORE_PORTS];
    vec![ports(&usual), ports(&[usual[0], usual[1], &pattern::KAFKA_PORTS])]
}
