//! A scenario on an API server.

use serde_json::{Value, json};

use super::{
    file::{Described, Log, PodName, Reference, Scenario},
    place::Place,
};
use crate::harness::{
    complete,
    control_plane::Server,
    kubelet::{Container, Node, POD},
    tenant::{Ground, install_control_plane},
};

/// A tenant as `onboard` builds it, and then what the scenario says.
pub(super) fn build<'a>(server: &'a Server, place: &Place, scenario: &Scenario) -> Ground<'a> {
    let (tenant, control_plane) = (place.tenant.clone(), place.control_plane.clone());
    let ground = Ground { server, api: server.api(), control_plane, tenant };
    install_control_plane(&ground.api, &ground.control_plane);
    ground.onboard(&["--server-name", "{namespace}-mlserver"]).succeeds();
    let node = Node::new(&ground.api);
    let stage = Stage { ground: &ground, node: &node };
    for part in scenario.bases.iter().chain([scenario]) {
        part.objects.iter().for_each(|object| stage.put(object));
        part.absent.iter().for_each(|object| stage.remove(object));
        part.deleting.iter().for_each(|object| stage.delete(object));
        part.logs.iter().for_each(|log| stage.log(log));
    }
    ground
}

struct Stage<'a> {
    ground: &'a Ground<'a>,
    node: &'a Node<'a>,
}

impl Stage<'_> {
    /// Creates an object, or merges it into the one that is there.
    fn put(&self, Described(object): &Described) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let kind = format!("{}/{}", text("/apiVersion"), text("/kind"));
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let mut rest = object.clone();
        let status = rest.as_object_mut().and_then(|fields| fields.remove("status"));
        let api = &self.ground.api;
        let found = api.find(&kind, namespace, name);
        if found.is_some() {
            api.merge(&kind, namespace, name, &rest);
        } else {
            complete::object(&mut rest);
            if kind == POD { self.node.run(rest) } else { drop(api.create(&rest)) }
        }
        if let Some(mut status) = status {
            complete::conditions(&mut status);
            if found.is_none_or(|found| found["status"].is_null()) {
                complete::counts(&kind, &mut status);
            }
            api.set_status(&kind, namespace, name, &status);
        }
    }

    /// Removes an object, whoever holds it.
    fn remove(&self, object: &Reference) {
        let (kind, api) = (kind(object), &self.ground.api);
        let found = api.get(&kind, &object.namespace, &object.name);
        if !found["metadata"]["finalizers"].is_null() {
            api.merge(&kind, &object.namespace, &object.name, &json!({"metadata": {"finalizers": null}}));
        }
        api.delete_now(&kind, &object.namespace, &object.name);
    }

    fn delete(&self, object: &Reference) {
        self.ground.api.delete(&kind(object), &object.namespace, &object.name);
        assert!(
            self.ground.api.find(&kind(object), &object.namespace, &object.name).is_some(),
            "nothing holds {object}, so it is gone"
        );
    }

    fn log(&self, log: &Log) {
        let PodName { namespace, name: pod } = &log.pod;
        let container = Container { namespace, pod, name: &log.container };
        if let Some(text) = &log.text {
            self.node.log(&container, text.as_bytes());
        }
        if let Some(text) = &log.previous {
            self.node.previous_log(&container, text.as_bytes());
        }
        if let Some(behaviour) = log.behaviour {
            self.node.misbehave(&container, behaviour);
        }
    }
}

fn kind(object: &Reference) -> String {
    format!("{}/{}", object.kind.api_version(), object.kind.kind)
}
