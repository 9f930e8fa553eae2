//! What a snapshot of a cluster tells about the surroundings of a profile's tenants.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    name::{ObjectName, ServerName},
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::{ControlPlane, Profile, ResolvedProfile, Surroundings},
    reason::kafka::bootstrap,
    resource::{MODEL, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    rules::World,
    snapshot::Snapshot,
};

/// Reads the surroundings out of a snapshot. Only namespaces that share the central scheduler
/// count: a namespace with a scheduler of its own may use any name.
pub fn surroundings(snapshot: &Snapshot, profile: &Profile) -> Surroundings {
    let control_plane = &profile.control_plane;
    let named: Vec<_> = profile.tenants.iter().map(|tenant| tenant.namespace.clone()).collect();
    let world = World::new(snapshot, control_plane, &named);
    // A name that may be taken is not free.
    let doubtful = world.doubtful().keys().map(String::as_str);
    let sharing = world.scheduler_namespaces().into_iter().chain(doubtful).collect();
    Surroundings {
        servers: names(snapshot, &SERVER, &sharing),
        servers_unseen: snapshot.all(&SERVER).is_err(),
        models: names(snapshot, &MODEL, &sharing),
        own_servers: own_servers(snapshot),
        scaled: scaled(snapshot),
        runtimes: by_namespace(snapshot.known(&SELDON_RUNTIME).map(|o| &o.object), |name| ObjectName::new(name).ok()),
        server_configs: server_configs(snapshot, control_plane),
        envoy_image: seldon_config(snapshot, control_plane).and_then(envoy_image),
        kafka: bootstrap(None, seldon_config(snapshot, control_plane)).map(str::to_owned),
        own_kafka: own_kafka(snapshot),
    }
}

/// `serviceConfig.grpcServicePrefix` of the control plane's `SeldonConfig`.
pub fn grpc_service_prefix<'a>(snapshot: &'a Snapshot, control_plane: &ControlPlane) -> Option<&'a str> {
    seldon_config(snapshot, control_plane)?
        .text("/spec/config/serviceConfig/grpcServicePrefix")
        .filter(|prefix| !prefix.is_empty())
}

/// The objects of a profile whose default names may turn out to be others once more can be read: Servers,
/// because a name is the scheduler's, and runtimes, because a namespace keeps the one that it has.
pub fn unsettled_names(snapshot: &Snapshot, profile: &ResolvedProfile) -> BTreeSet<ObjectId> {
    let named: Vec<_> = profile.tenants.iter().map(|tenant| tenant.tenant.namespace.clone()).collect();
    let world = World::new(snapshot, &profile.control_plane, &named);
    let is_doubtful = snapshot.all(&SERVER).is_err() || !world.doubtful().is_empty();
    let mut unsettled = BTreeSet::new();
    for tenant in &profile.tenants {
        let namespace = tenant.tenant.namespace.as_str();
        if tenant.tenant.runtime.name.is_none() && snapshot.all_in(&SELDON_RUNTIME, namespace).is_err() {
            unsettled.insert(ObjectId::of(&SELDON_RUNTIME, Some(namespace), tenant.runtime_name.as_str()));
        }
        let is_there = |name: &str| snapshot.known_in(&SERVER, namespace).any(|known| known.object.name() == name);
        for (declared, server) in tenant.tenant.servers.iter().zip(&tenant.servers) {
            if is_doubtful && declared.name.is_none() && !is_there(server.name.as_str()) {
                unsettled.insert(ObjectId::of(&SERVER, Some(namespace), server.name.as_str()));
            }
        }
    }
    unsettled
}

fn own_kafka(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let runtimes = snapshot.known(&SELDON_RUNTIME).map(|observed| &observed.object);
    let own = runtimes.filter_map(|runtime| Some((runtime.namespace()?, bootstrap(Some(runtime), None)?)));
    own.map(|(namespace, servers)| (namespace.to_owned(), servers.to_owned())).collect()
}

fn names(snapshot: &Snapshot, kind: &Resource, sharing: &BTreeSet<&str>) -> BTreeMap<String, BTreeSet<String>> {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for object in snapshot.known(kind).map(|observed| &observed.object) {
        if let Some(namespace) = object.namespace().filter(|namespace| sharing.contains(namespace)) {
            names.entry(object.name().to_owned()).or_default().insert(namespace.to_owned());
        }
    }
    names
}

fn own_servers(snapshot: &Snapshot) -> BTreeMap<String, Vec<ServerName>> {
    let own = snapshot
        .known(&SERVER)
        .map(|observed| &observed.object)
        .filter(|object| object.label(pattern::TENANT_LABEL).is_some_and(|tenant| object.namespace() == Some(tenant)));
    by_namespace(own, |name| ServerName::new(name).ok())
}

/// The Servers whose `replicas` are another manager's, such as the operator's, which scales them, or
/// an autoscaler's.
fn scaled(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let is_anothers = |entry: &Value| {
        entry.pointer("/fieldsV1/f:spec/f:replicas").is_some()
            && entry.get("manager").and_then(Value::as_str) != Some(pattern::FIELD_MANAGER)
    };
    let servers = snapshot.known(&SERVER).map(|observed| &observed.object).filter(|object| {
        let managed = object.pointer("/metadata/managedFields").and_then(Value::as_array);
        managed.into_iter().flatten().any(is_anothers)
    });
    servers.filter_map(|object| Some((object.namespace()?.to_owned(), object.name().to_owned()))).collect()
}

fn by_namespace<'a, T>(
    objects: impl Iterator<Item = &'a Object>,
    name: impl Fn(&str) -> Option<T>,
) -> BTreeMap<String, Vec<T>> {
    let mut found: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for object in objects {
        if let (Some(namespace), Some(name)) = (object.namespace(), name(object.name())) {
            found.entry(namespace.to_owned()).or_default().push(name);
        }
    }
    found
}

fn server_configs(snapshot: &Snapshot, control_plane: &ControlPlane) -> BTreeMap<String, Vec<String>> {
    snapshot
        .known_in(&SERVER_CONFIG, control_plane.namespace.as_str())
        .filter_map(|observed| Some((observed.object.name().to_owned(), declared_capabilities(&observed.object)?)))
        .collect()
}

/// What the agent of a `ServerConfig` declares.
pub fn declared_capabilities(server_config: &Object) -> Option<Vec<String>> {
    let containers = server_config.pointer("/spec/podSpec/containers")?;
    let agent = named(containers, pattern::AGENT_CONTAINER)?;
    let list = named(agent.get("env")?, pattern::CAPABILITIES_ENV)?.get("value")?.as_str()?;
    Some(list.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect())
}

fn seldon_config<'a>(snapshot: &'a Snapshot, control_plane: &ControlPlane) -> Option<&'a Object> {
    let is_it = |object: &&Object| {
        object.name() == control_plane.seldon_config.as_str()
            && object.namespace() == Some(control_plane.namespace.as_str())
    };
    snapshot.known(&SELDON_CONFIG).map(|observed| &observed.object).find(is_it)
}

fn envoy_image(seldon_config: &Object) -> Option<String> {
    image(seldon_config, Component::Envoy).map(str::to_owned)
}

/// The image of a component's first container that names one.
fn image(seldon_config: &Object, component: Component) -> Option<&str> {
    let entry = named(seldon_config.pointer("/spec/components")?, component.name())?;
    let containers = entry.pointer("/podSpec/containers")?.as_array()?;
    containers.iter().find_map(|container| container.get("image")?.as_str())
}

/// The entry of a list with this `name`.
fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest,
        profile::Profile,
        snapshot::{Read, Scope},
    };

    const CLUSTER: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec:
  components:
  - {name: seldon-scheduler, podSpec: {containers: [{image: 'registry:5000/seldonio/seldon-scheduler:2.10.2'}]}}
  - {name: seldon-envoy, podSpec: {containers: [{name: envoy, image: 'seldonio/seldon-envoy:2.10.2'}]}}
  config: {serviceConfig: {grpcServicePrefix: grpc-}, kafkaConfig: {bootstrap.servers: 'kafka.streaming:9093'}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - {name: agent, env: [{name: SELDON_SERVER_CAPABILITIES, value: 'mlserver, sklearn'}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: seldon-system}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: apart}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-mlserver, namespace: fin, labels: {kubectl-seldon/tenant: fin}}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec: {seldonConfig: default, config: {kafkaConfig: {bootstrap.servers: 'own:9092'}}}
";

    #[test]
    fn a_cluster_tells_names_capabilities_image_and_prefix() {
        let objects = manifest::read("-", CLUSTER).unwrap().objects;
        let profile = Profile::from_yaml("tenants: [{namespace: fin}]").unwrap();
        let snapshot = Snapshot::from_manifests(objects, &profile.control_plane.namespace);
        let around = surroundings(&snapshot, &profile);
        assert_eq!(around.servers["mlserver"], BTreeSet::from(["seldon-system".to_owned()]));
        assert_eq!(around.own_servers["fin"][0].as_str(), "fin-mlserver");
        assert_eq!(around.runtimes["fin"][0].as_str(), "r");
        assert_eq!(around.server_configs["mlserver"], ["mlserver", "sklearn"]);
        assert_eq!(around.envoy_image.as_deref(), Some("seldonio/seldon-envoy:2.10.2"));
        assert_eq!(around.kafka.as_deref(), Some("kafka.streaming:9093"));
        assert_eq!(around.own_kafka["fin"], "own:9092");
        assert_eq!(grpc_service_prefix(&snapshot, &profile.control_plane), Some("grpc-"));
    }

    #[test]
    fn default_names_are_settled_by_what_can_be_read() {
        let profile = "tenants: [{namespace: fin}, {namespace: risk, servers: [{name: mine}], runtime: {name: r}}]";
        let profile = Profile::from_yaml(profile).unwrap();
        let unsettled = |snapshot: &Snapshot| -> Vec<String> {
            let around = surroundings(snapshot, &profile);
            let resolved = crate::profile::resolve(&profile, &around).unwrap();
            unsettled_names(snapshot, &resolved).iter().map(ToString::to_string).collect()
        };
        let mut snapshot = Snapshot::live();
        assert_eq!(unsettled(&snapshot), ["SeldonRuntime fin/fin-runtime", "Server fin/fin-mlserver"]);
        for object in manifest::read("-", CLUSTER).unwrap().objects {
            snapshot.add_found(object.object);
        }
        // The Server is one that an earlier run built, and keeps its name.
        assert_eq!(unsettled(&snapshot), ["SeldonRuntime fin/r"]);
        for kind in [&SERVER, &SELDON_RUNTIME] {
            snapshot.add_read(kind, Scope::Cluster, Read::Complete, Vec::new());
        }
        assert_eq!(unsettled(&snapshot), Vec::<String>::new());
    }

    #[test]
    fn names_of_another_control_planes_tenants_are_free() {
        let tenant = |namespace: &str, control_plane: &str| {
            format!(
                "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
                 metadata: {{name: r, namespace: {namespace}}}\n\
                 spec: {{seldonConfig: default, overrides: [{{name: seldon-scheduler, replicas: 0}}]}}\n\
                 ---\napiVersion: v1\nkind: Service\nmetadata: {{name: seldon-scheduler, namespace: {namespace}}}\n\
                 spec: {{type: ExternalName, externalName: seldon-scheduler.{control_plane}.svc.cluster.local}}\n\
                 ---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Server\n\
                 metadata: {{name: {namespace}-server, namespace: {namespace}}}\nspec: {{serverConfig: mlserver}}\n"
            )
        };
        let other = "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
                     metadata: {name: r, namespace: other-system}\nspec: {seldonConfig: default}\n";
        let text = [
            tenant("ours", "seldon-system"),
            tenant("theirs", "other-system"),
            // Nothing runs there, so this one is ours with a mistake.
            tenant("misled", "seldon-sistem"),
            other.to_owned(),
        ]
        .concat();
        let objects = manifest::read("-", &text).unwrap().objects;
        let profile = Profile::from_yaml("tenants: [{namespace: fin}]").unwrap();
        let snapshot = Snapshot::from_manifests(objects, &profile.control_plane.namespace);
        let around = surroundings(&snapshot, &profile);
        assert_eq!(around.servers.keys().collect::<Vec<_>>(), ["misled-server", "ours-server"]);
    }
}
