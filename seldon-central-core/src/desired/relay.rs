//! The relay of a tenant whose alias cannot be kept: an Envoy that passes TCP on to the central
//! scheduler, behind the Service the operator itself writes. TLS passes through it.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec},
        core::v1::{
            Capabilities, ConfigMap, ConfigMapVolumeSource, Container, ContainerPort, PodSpec, PodTemplateSpec, Probe,
            ResourceRequirements, SeccompProfile, SecurityContext, TCPSocketAction, Volume, VolumeMount,
        },
    },
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{LabelSelector, ObjectMeta},
        util::intstr::IntOrString,
    },
};
use serde_json::{Value, json};

use super::{metadata, typed};
use crate::{
    object::Object,
    pattern::{self, Component},
    profile::{ControlPlane, ResolvedTenant},
};

/// File in the `ConfigMap` and in the container.
const CONFIG_FILE: &str = "envoy.json";
/// Where the `ConfigMap` is mounted.
const CONFIG_DIR: &str = "/etc/relay";

/// The relay's `ConfigMap` and Deployment.
pub(super) fn build(control_plane: &ControlPlane, tenant: &ResolvedTenant) -> [Object; 2] {
    let config = format!("{:#}\n", envoy_config(&control_plane.scheduler_host()));
    let config_map = typed(&ConfigMap {
        metadata: marked(metadata(tenant, pattern::RELAY_NAME)),
        data: Some(BTreeMap::from([(CONFIG_FILE.to_owned(), config)])),
        ..ConfigMap::default()
    });
    [config_map, typed(&deployment(tenant))]
}

fn marked(mut metadata: ObjectMeta) -> ObjectMeta {
    metadata.labels.get_or_insert_default().insert(pattern::WIRING_LABEL.to_owned(), pattern::WIRING_RELAY.to_owned());
    metadata
}

/// The labels by which the operator's Service, and the Deployment, find the relay's pods.
fn pod_labels() -> BTreeMap<String, String> {
    BTreeMap::from([
        (pattern::COMPONENT_LABEL.to_owned(), Component::Scheduler.name().to_owned()),
        (pattern::WIRING_LABEL.to_owned(), pattern::WIRING_RELAY.to_owned()),
    ])
}

fn deployment(tenant: &ResolvedTenant) -> Deployment {
    Deployment {
        metadata: marked(metadata(tenant, pattern::RELAY_NAME)),
        spec: Some(DeploymentSpec {
            replicas: Some(i32::from(tenant.tenant.relay.replicas)),
            selector: LabelSelector { match_labels: Some(pod_labels()), ..LabelSelector::default() },
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: Some(pod_labels()), ..ObjectMeta::default() }),
                spec: Some(PodSpec {
                    automount_service_account_token: Some(false),
                    containers: vec![container(tenant.relay_image.clone())],
                    volumes: Some(vec![Volume {
                        name: "config".to_owned(),
                        config_map: Some(ConfigMapVolumeSource {
                            name: pattern::RELAY_NAME.to_owned(),
                            ..ConfigMapVolumeSource::default()
                        }),
                        ..Volume::default()
                    }]),
                    ..PodSpec::default()
                }),
            },
            ..DeploymentSpec::default()
        }),
        ..Deployment::default()
    }
}

fn container(image: Option<String>) -> Container {
    let port = |port: &pattern::SchedulerPort| ContainerPort {
        name: Some(port.name.to_owned()),
        container_port: i32::from(port.port),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    };
    Container {
        name: "relay".to_owned(),
        image,
        command: Some(["envoy", "--config-path", &format!("{CONFIG_DIR}/{CONFIG_FILE}")].map(str::to_owned).into()),
        ports: Some(pattern::SCHEDULER_PORTS.iter().map(port).collect()),
        readiness_probe: Some(Probe {
            tcp_socket: Some(TCPSocketAction {
                port: IntOrString::String("scheduler".to_owned()),
                ..TCPSocketAction::default()
            }),
            ..Probe::default()
        }),
        resources: Some(ResourceRequirements {
            requests: Some(quantities([("cpu", "20m"), ("memory", "64Mi")])),
            limits: Some(quantities([("memory", "128Mi")])),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
            read_only_root_filesystem: Some(true),
            run_as_non_root: Some(true),
            run_as_user: Some(RELAY_USER),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(vec![VolumeMount {
            name: "config".to_owned(),
            mount_path: CONFIG_DIR.to_owned(),
            read_only: Some(true),
            ..VolumeMount::default()
        }]),
        ..Container::default()
    }
}

/// Any user but root will do: the relay only reads its file and opens ports above 1024.
const RELAY_USER: i64 = 65532;

fn quantities<const N: usize>(list: [(&str, &str); N]) -> BTreeMap<String, Quantity> {
    list.into_iter().map(|(name, quantity)| (name.to_owned(), Quantity(quantity.to_owned()))).collect()
}

/// One listener and one cluster for each port of the scheduler.
fn envoy_config(host: &str) -> Value {
    let listener = |port: &pattern::SchedulerPort| {
        json!({
            "name": port.name,
            "address": address("0.0.0.0", port.port),
            "filter_chains": [{"filters": [{
                "name": "envoy.filters.network.tcp_proxy",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
                    "stat_prefix": port.name,
                    "cluster": port.name,
                    // The agents' streams are silent for long.
                    "idle_timeout": "0s",
                },
            }]}],
        })
    };
    let cluster = |port: &pattern::SchedulerPort| {
        json!({
            "name": port.name,
            "type": "STRICT_DNS",
            "connect_timeout": "5s",
            "load_assignment": {
                "cluster_name": port.name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(host, port.port)}}]}],
            },
        })
    };
    json!({
        "static_resources": {
            "listeners": pattern::SCHEDULER_PORTS.iter().map(listener).collect::<Vec<_>>(),
            "clusters": pattern::SCHEDULER_PORTS.iter().map(cluster).collect::<Vec<_>>(),
        },
    })
}

fn address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}
