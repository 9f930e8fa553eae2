//! Every name, port, label and default of the central-scheduler pattern, once.
//!
//! The specification gives the values; where the operator's code contradicts it, the code wins and
//! the constant says so. "facts" are the notes behind the project, summed up in
//! `docs/pattern.md`; paths are in `SeldonIO/seldon-core`, tag v2.10.2.

/// Where Helm installs the control plane, by the specification.
pub const CONTROL_PLANE_NAMESPACE: &str = "seldon-system";
/// The control plane's `SeldonRuntime`, as the runtime chart names it.
pub const CENTRAL_RUNTIME: &str = "seldon";
/// The `SeldonConfig` that the setup chart installs.
pub const SELDON_CONFIG: &str = "default";
/// The `ServerConfig` for `MLServer` that the setup chart installs.
pub const SERVER_CONFIG: &str = "mlserver";
/// The `ServerConfigs` that the setup chart installs.
pub const STOCK_SERVER_CONFIGS: [&str; 2] = ["mlserver", "triton"];
/// Replicas of a tenant's Server, by the specification.
pub const SERVER_REPLICAS: u16 = 1;
/// The cluster domain that kubeadm and every managed offering default to.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// The Service every component of a tenant dials; the operator reconciles it by this very name
/// (`operator/controllers/reconcilers/seldon/service_reconciler.go:79-84`).
pub const SCHEDULER_SERVICE: &str = "seldon-scheduler";
/// The Service in front of Envoy.
pub const MESH_SERVICE: &str = "seldon-mesh";
/// The operator's Deployment (`seldon-core-v2-setup` chart).
pub const OPERATOR_DEPLOYMENT: &str = "seldon-v2-controller-manager";
/// The operator's container in that Deployment.
pub const OPERATOR_CONTAINER: &str = "manager";
/// Label key and value on the operator's pods.
pub const OPERATOR_POD_LABEL: (&str, &str) = ("control-plane", "v2-controller-manager");
/// Whether the operator watches more than its own namespace (`operator/main.go:110-123`, passed on by the
/// chart as `--clusterwide`).
pub const CLUSTERWIDE_ENV: &str = "CLUSTERWIDE";
/// The namespaces that it then watches, all when empty; from 2.9.1 on.
pub const WATCH_NAMESPACES_ENV: &str = "WATCH_NAMESPACES";
/// The namespace in which the operator looks for `SeldonConfigs` and `ServerConfigs`
/// (`operator/pkg/constants/constants.go:25-34`).
pub const POD_NAMESPACE_ENV: &str = "POD_NAMESPACE";
/// The same where [`POD_NAMESPACE_ENV`] is not set.
pub const OPERATOR_FALLBACK_NAMESPACE: &str = "seldon-mesh";
/// How operator and scheduler speak with each other: `PLAINTEXT` or `SSL`
/// (`security.controlplane.protocol` of the setup chart).
pub const PROTOCOL_ENV: &str = "CONTROL_PLANE_SECURITY_PROTOCOL";
/// The port of the agent's readiness, from 2.9.1 on.
pub const READINESS_ENV: &str = "SELDON_READINESS_PORT";
/// The Secret with the scheduler's certificate (`seldon-core-v2-certs`, `certs.yaml`).
pub const SCHEDULER_TLS_SECRET: &str = "seldon-controlplane-server";
/// The Secret of rclone settings that the default `SeldonConfig` makes every agent read; without it
/// the agent exits (`scheduler/cmd/agent/main.go:335-339`).
pub const RCLONE_SECRET: &str = "seldon-rclone-gs-public";
/// The one key in [`RCLONE_SECRET`]; an agent refuses a Secret with more or fewer keys
/// (`scheduler/pkg/agent/k8s/secrets.go:33-55`).
pub const RCLONE_SECRET_KEY: &str = "gs";

/// The label that carries a component's name on its pods.
pub const COMPONENT_LABEL: &str = "app.kubernetes.io/name";
/// Value of [`COMPONENT_LABEL`] on the pods of every Server
/// (`reconcilers/server/statefulset_reconciler.go:68`).
pub const SERVER_COMPONENT: &str = "seldon-server";
/// The label on a Server's pods with the Server's name
/// (`reconcilers/server/statefulset_reconciler.go:61-107`).
pub const SERVER_NAME_LABEL: &str = "seldon-server-name";
/// The label the API server itself puts on each namespace, since Kubernetes 1.21.
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Label on everything this tool builds for a tenant; the value is the tenant's namespace.
pub const TENANT_LABEL: &str = "kubectl-seldon/tenant";
/// Label on the Deployment, and on the Namespace, of a relay tenant; see [`WIRING_RELAY`].
pub const WIRING_LABEL: &str = "kubectl-seldon/wiring";
/// Annotation with the rules whose findings do not count; see [`crate::suppress::annotation`].
pub const IGNORE_ANNOTATION: &str = "kubectl-seldon/ignore";
/// Value of [`WIRING_LABEL`].
pub const WIRING_RELAY: &str = "relay";
/// Name of the relay's Deployment and `ConfigMap`.
pub const RELAY_NAME: &str = "seldon-scheduler-relay";
/// Prefix of the annotations that say which flow each rule of a `NetworkPolicy` serves; the index
/// of the rule follows.
pub const FLOW_ANNOTATION_PREFIX: &str = "kubectl-seldon/flow.";
/// Prefix of every label and annotation that is this tool's own.
pub const OWN_PREFIX: &str = "kubectl-seldon/";
/// Who owns the fields this tool applies.
pub const FIELD_MANAGER: &str = "kubectl-seldon";

/// The annotation in which the operator keeps what it last wrote to a Service.
pub const OPERATOR_LAST_APPLIED: &str = "seldon.io/last-applied";
/// The finalizer the operator puts on every `SeldonRuntime` it watches
/// (`operator/pkg/constants/constants.go:19-22`).
pub const RUNTIME_FINALIZER: &str = "seldon.runtime.finalizer";
/// The finalizer that the operator puts on a Model, and takes away once the scheduler has unloaded it
/// (`operator/pkg/constants/constants.go:19-22`).
pub const MODEL_FINALIZER: &str = "seldon.model.finalizer";
/// The finalizer of a Pipeline (`operator/pkg/constants/constants.go:19-22`).
pub const PIPELINE_FINALIZER: &str = "seldon.pipeline.finalizer";
/// The finalizer of an Experiment (`operator/pkg/constants/constants.go:19-22`).
pub const EXPERIMENT_FINALIZER: &str = "seldon.experiment.finalizer";

/// One component of a `SeldonRuntime`; these six and no other may be named in `spec.overrides`
/// (`operator/apis/mlops/v1alpha1/seldonconfig_types.go:25-32`). In the specification's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Component {
    /// Usage telemetry.
    #[serde(rename = "hodometer")]
    Hodometer,
    /// The data plane's entry.
    #[serde(rename = "seldon-envoy")]
    Envoy,
    /// Kafka streams behind Pipelines.
    #[serde(rename = "seldon-dataflow-engine")]
    DataflowEngine,
    /// Kafka to models.
    #[serde(rename = "seldon-modelgateway")]
    ModelGateway,
    /// Requests to Pipelines.
    #[serde(rename = "seldon-pipelinegateway")]
    PipelineGateway,
    /// The scheduler; central, so off in every tenant.
    #[serde(rename = "seldon-scheduler")]
    Scheduler,
}

impl Component {
    /// All six, in the order of the specification's overrides.
    pub const ALL: [Self; 6] = [
        Self::Hodometer,
        Self::Envoy,
        Self::DataflowEngine,
        Self::ModelGateway,
        Self::PipelineGateway,
        Self::Scheduler,
    ];

    /// The name in `spec.overrides[].name`, on the workload and in the pods' [`COMPONENT_LABEL`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hodometer => "hodometer",
            Self::Envoy => "seldon-envoy",
            Self::DataflowEngine => "seldon-dataflow-engine",
            Self::ModelGateway => "seldon-modelgateway",
            Self::PipelineGateway => "seldon-pipelinegateway",
            Self::Scheduler => "seldon-scheduler",
        }
    }

    /// The component of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.name() == name)
    }

    /// Replicas in a tenant by the specification's overrides.
    pub const fn tenant_replicas(self) -> u16 {
        match self {
            Self::Hodometer | Self::Envoy | Self::ModelGateway => 1,
            Self::DataflowEngine | Self::PipelineGateway | Self::Scheduler => 0,
        }
    }

    /// Whether it needs Kafka to become ready (`scheduler/cmd/modelgateway/main.go:170`).
    pub const fn needs_kafka(self) -> bool {
        matches!(self, Self::DataflowEngine | Self::ModelGateway | Self::PipelineGateway)
    }
}

/// One port of the scheduler's Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedulerPort {
    /// Name without `serviceConfig.grpcServicePrefix`; also the name of the pod's port.
    pub name: &'static str,
    /// TCP port, the same on the Service and on the pod.
    pub port: u16,
    /// Who uses it, for people.
    pub purpose: &'static str,
}

/// The scheduler's ports in the operator's order, which its comparison heeds
/// (`service_reconciler.go:131-187`).
pub const SCHEDULER_PORTS: [SchedulerPort; 6] = [
    SchedulerPort { name: "xds", port: 9002, purpose: "Envoy's routes" },
    SchedulerPort { name: "scheduler", port: 9004, purpose: "operator, gateways, hodometer" },
    SchedulerPort { name: "scheduler-mtls", port: 9044, purpose: "the same with TLS" },
    SchedulerPort { name: "agent", port: 9005, purpose: "agents of Server pods" },
    SchedulerPort { name: "agent-mtls", port: 9055, purpose: "the same with TLS" },
    SchedulerPort { name: "dataflow", port: 9008, purpose: "dataflow engine" },
];

/// The pod ports of the data plane (the chart's `_components-statefulsets.tpl`); `NetworkPolicies`
/// are judged on these, after the Service's translation.
pub mod pod_port {
    /// Envoy's listener for inference; Service `seldon-mesh` maps 80 to it.
    pub const ENVOY_HTTP: u16 = 9000;
    /// Envoy's statistics.
    pub const ENVOY_STATS: u16 = 9003;
    /// The names of Envoy's ports, as the Service `seldon-mesh` targets them.
    pub const ENVOY_NAMED: [(&str, u16); 2] = [("http", ENVOY_HTTP), ("envoy-stats", ENVOY_STATS)];
    /// The agent's reverse proxy in a Server pod, HTTP.
    pub const SERVER_HTTP: u16 = 9001;
    /// The agent's reverse proxy in a Server pod, gRPC.
    pub const SERVER_GRPC: u16 = 9501;
    /// Metrics of the agent and of the gateways.
    pub const AGENT_METRICS: u16 = 9006;
    /// Metrics of `MLServer`.
    pub const MLSERVER_METRICS: u16 = 8082;
    /// Metrics of Triton.
    pub const TRITON_METRICS: u16 = 8002;
    /// The pipeline gateway, HTTP.
    pub const PIPELINE_HTTP: u16 = 9010;
    /// The pipeline gateway, gRPC.
    pub const PIPELINE_GRPC: u16 = 9011;
    /// rclone's remote control, without authentication: never opened between pods.
    pub const RCLONE: u16 = 5572;
    /// The agent's debug service: never opened between pods.
    pub const AGENT_DEBUG: u16 = 7777;
    /// DNS.
    pub const DNS: u16 = 53;
}

/// What the names of Kubernetes' own namespaces begin with
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>).
pub const SYSTEM_NAMESPACES: &str = "kube-";
/// The namespace of whatever names none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Ports of the API server as a pod sees them: that of the Service `kubernetes`, and the default of
/// kube-apiserver's `--secure-port` behind it.
pub const API_SERVER_PORTS: [u16; 2] = [443, 6443];
/// Ports of object stores: HTTPS for S3 and GCS, and the default of `minio server --address`.
pub const OBJECT_STORE_PORTS: [u16; 2] = [443, 9000];
/// Kafka's ports as Strimzi's examples have them and Seldon's charts expect: plain (`kafka.bootstrap`,
/// `seldon-core-v2-setup` values.yaml:116) and TLS.
pub const KAFKA_PORTS: [u16; 2] = [9092, 9093];
/// The namespace of Kafka in the setup chart's default `kafka.bootstrap`
/// (`seldon-core-v2-setup` values.yaml:116).
pub const KAFKA_NAMESPACE: &str = "seldon-mesh";
/// The namespace of the cluster's DNS, where kubeadm and the managed services put it.
pub const DNS_NAMESPACE: &str = "kube-system";
/// Label key and value on the cluster's DNS pods; `CoreDNS` kept those of kube-dns.
pub const DNS_POD_LABEL: (&str, &str) = ("k8s-app", "kube-dns");
/// The link-local address of `NodeLocal` `DNSCache`, where a cluster runs it: the default of
/// Kubernetes' own manifest (`cluster/addons/dns/nodelocaldns`).
pub const NODE_LOCAL_DNS: &str = "169.254.20.10/32";

/// What the chart's `ServerConfig` `mlserver` declares, unchanged from 2.5.0 on
/// (`seldon-core-v2-setup` values.yaml:306). `spark-mlib` is spelled so there.
pub const MLSERVER_CAPABILITIES: [&str; 10] = [
    "mlserver",
    "alibi-detect",
    "alibi-explain",
    "huggingface",
    "lightgbm",
    "mlflow",
    "python",
    "sklearn",
    "spark-mlib",
    "xgboost",
];
/// What the chart's `ServerConfig` `triton` declares (values.yaml:320).
pub const TRITON_CAPABILITIES: [&str; 9] =
    ["triton", "dali", "fil", "onnx", "openvino", "python", "pytorch", "tensorflow", "tensorrt"];
/// The capabilities of the specification's Server. `torch` and `numpy` are labels of its own: they
/// match because its Models ask for them.
pub const SPECIFICATION_CAPABILITIES: [&str; 4] = ["mlflow", "torch", "sklearn", "numpy"];
/// The environment variable of the agent in a `ServerConfig` that lists its capabilities.
pub const CAPABILITIES_ENV: &str = "SELDON_SERVER_CAPABILITIES";
/// The environment variable of the agent that says how much memory its models may share, usually
/// the memory request of the model server's container (`cli.go`, `_components-statefulsets.tpl`).
pub const MEMORY_ENV: &str = "MEMORY_REQUEST";
/// The environment variable of the agent with the percentage by which models may exceed
/// [`MEMORY_ENV`]; 10 in the chart.
pub const OVERCOMMIT_ENV: &str = "SELDON_OVERCOMMIT_PERCENTAGE";
/// The container of a Server pod that talks to the scheduler.
pub const AGENT_CONTAINER: &str = "agent";
/// The container of the scheduler's pod (`_components-statefulsets.tpl`).
pub const SCHEDULER_CONTAINER: &str = "scheduler";
/// The container of a Server pod that fetches artifacts.
pub const RCLONE_CONTAINER: &str = "rclone";
/// The capability without which no replica takes an explainer
/// (`scheduler/pkg/scheduler/filters/explainer.go`).
pub const EXPLAINER_CAPABILITY: &str = "alibi-explain";
/// The requirements for which the agent writes `MLServer`'s settings itself. The first of them
/// among a Model's requirements decides
/// (`scheduler/pkg/agent/repository/mlserver/settings.go:39-59`).
pub const MLSERVER_RUNTIMES: [&str; 7] =
    ["alibi-detect", "alibi-explain", "lightgbm", "mlflow", "python", "sklearn", "xgboost"];

/// The label selector of the pods of Seldon's that live in the control plane and in tenants: those of
/// Servers and of components. A cluster may have many thousands of others.
pub const PODS_SELECTOR: &str = "app.kubernetes.io/name in (hodometer, seldon-dataflow-engine, seldon-envoy, \
                                 seldon-modelgateway, seldon-pipelinegateway, seldon-scheduler, seldon-server)";
/// The label selector of the operator's pods, which have no [`COMPONENT_LABEL`].
pub const OPERATOR_PODS_SELECTOR: &str = "control-plane=v2-controller-manager";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_name_every_component_and_the_operator() {
        let names = Component::ALL.map(Component::name).into_iter().chain([SERVER_COMPONENT]);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        assert_eq!(PODS_SELECTOR, format!("{COMPONENT_LABEL} in ({})", names.join(", ")));
        let (key, value) = OPERATOR_POD_LABEL;
        assert_eq!(OPERATOR_PODS_SELECTOR, format!("{key}={value}"));
    }

    #[test]
    fn components_are_found_by_their_own_names_only() {
        for component in Component::ALL {
            assert_eq!(Component::from_name(component.name()), Some(component));
            assert_eq!(serde_json::to_value(component).unwrap(), component.name());
        }
        assert_eq!(Component::from_name("mlserver"), None);
    }
}
