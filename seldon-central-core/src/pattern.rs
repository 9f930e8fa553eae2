//! Every name, port, label and default of the central-scheduler pattern, once.
//!
//! The specification gives the values; where the operator's code contradicts it, the code wins and
//! the constant says so. Each constant names its source: a path is in `SeldonIO/seldon-core`, tag v2.10.2, where
//! another project is not named, and `_components-statefulsets.tpl` is in
//! `k8s/helm-charts/seldon-core-v2-setup/templates`; what this tool chose itself has this tool for its source.

/// Where Helm installs the control plane, by the specification.
/// Source: the specification.
pub const CONTROL_PLANE_NAMESPACE: &str = "seldon-system";
/// The control plane's `SeldonRuntime`, as the runtime chart names it.
/// Source: `k8s/helm-charts/seldon-core-v2-runtime/templates/seldon-runtime.yaml`.
pub const CENTRAL_RUNTIME: &str = "seldon";
/// The `SeldonConfig` that the setup chart installs.
/// Source: `_components-statefulsets.tpl`.
pub const SELDON_CONFIG: &str = "default";
/// The `ServerConfig` for `MLServer` that the setup chart installs.
/// Source: `_components-statefulsets.tpl`.
pub const SERVER_CONFIG: &str = "mlserver";
/// The `ServerConfigs` that the setup chart installs.
/// Source: `_components-statefulsets.tpl`.
pub const STOCK_SERVER_CONFIGS: [&str; 2] = ["mlserver", "triton"];
/// Replicas of a tenant's Server, by the specification.
/// Source: the specification.
pub const SERVER_REPLICAS: u16 = 1;
/// The cluster domain that kubeadm and every managed offering default to.
/// Source: `--service-dns-domain`, <https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-init/>.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// The Service every component of a tenant dials; the operator reconciles it by this very name.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:79-84`.
pub const SCHEDULER_SERVICE: &str = "seldon-scheduler";
/// The Service in front of Envoy.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:97-129`.
pub const MESH_SERVICE: &str = "seldon-mesh";
/// The operator's Deployment.
/// Source: `_components-statefulsets.tpl`.
pub const OPERATOR_DEPLOYMENT: &str = "seldon-v2-controller-manager";
/// The operator's container in that Deployment.
/// Source: `_components-statefulsets.tpl`.
pub const OPERATOR_CONTAINER: &str = "manager";
/// Label key and value on the operator's pods.
/// Source: `_components-statefulsets.tpl`.
pub const OPERATOR_POD_LABEL: (&str, &str) = ("control-plane", "v2-controller-manager");
/// Whether the operator watches more than its own namespace; the chart passes it on as `--clusterwide`.
/// Source: `operator/main.go:110-123`.
pub const CLUSTERWIDE_ENV: &str = "CLUSTERWIDE";
/// The namespaces that it then watches, all when empty; from 2.9.1 on.
/// Source: `operator/main.go:65-123`.
pub const WATCH_NAMESPACES_ENV: &str = "WATCH_NAMESPACES";
/// The namespace in which the operator looks for `SeldonConfigs` and `ServerConfigs`.
/// Source: `operator/pkg/constants/constants.go:25-34`.
pub const POD_NAMESPACE_ENV: &str = "POD_NAMESPACE";
/// The same where [`POD_NAMESPACE_ENV`] is not set.
/// Source: `operator/pkg/constants/constants.go:25-34`.
pub const OPERATOR_FALLBACK_NAMESPACE: &str = "seldon-mesh";
/// How operator and scheduler speak with each other: `PLAINTEXT` or `SSL`.
/// Source: `security.controlplane.protocol` in `k8s/helm-charts/seldon-core-v2-setup/values.yaml`.
pub const PROTOCOL_ENV: &str = "CONTROL_PLANE_SECURITY_PROTOCOL";
/// The port of the agent's readiness, from 2.9.1 on.
/// Source: `_components-statefulsets.tpl:1556-1573`.
pub const READINESS_ENV: &str = "SELDON_READINESS_PORT";
/// The Secret with the scheduler's certificate.
/// Source: `certs.yaml` of `k8s/helm-charts/seldon-core-v2-certs`.
pub const SCHEDULER_TLS_SECRET: &str = "seldon-controlplane-server";
/// The Secret of rclone settings that the default `SeldonConfig` makes every agent read; without it the agent exits.
/// Source: `scheduler/cmd/agent/main.go:335-339`.
pub const RCLONE_SECRET: &str = "seldon-rclone-gs-public";
/// The one key in [`RCLONE_SECRET`]; an agent refuses a Secret with more or fewer keys.
/// Source: `scheduler/pkg/agent/k8s/secrets.go:33-55`.
pub const RCLONE_SECRET_KEY: &str = "gs";

/// The label that carries a component's name on its pods.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:97-187`.
pub const COMPONENT_LABEL: &str = "app.kubernetes.io/name";
/// Value of [`COMPONENT_LABEL`] on the pods of every Server.
/// Source: `operator/controllers/reconcilers/server/statefulset_reconciler.go:68`.
pub const SERVER_COMPONENT: &str = "seldon-server";
/// The label on a Server's pods with the Server's name.
/// Source: `operator/controllers/reconcilers/server/statefulset_reconciler.go:61-107`.
pub const SERVER_NAME_LABEL: &str = "seldon-server-name";
/// The label the API server itself puts on each namespace, since Kubernetes 1.21.
/// Source: <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>.
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Label on everything this tool builds for a tenant; the value is the tenant's namespace.
/// Source: this tool.
pub const TENANT_LABEL: &str = "kubectl-seldon/tenant";
/// Label on the Deployment, and on the Namespace, of a relay tenant; see [`WIRING_RELAY`].
/// Source: this tool.
pub const WIRING_LABEL: &str = "kubectl-seldon/wiring";
/// Annotation with the rules whose findings do not count; see [`crate::suppress::annotation`].
/// Source: this tool.
pub const IGNORE_ANNOTATION: &str = "kubectl-seldon/ignore";
/// Value of [`WIRING_LABEL`].
/// Source: this tool.
pub const WIRING_RELAY: &str = "relay";
/// Name of the relay's Deployment and `ConfigMap`.
/// Source: this tool.
pub const RELAY_NAME: &str = "seldon-scheduler-relay";
/// Prefix of the annotations that say which flow each rule of a `NetworkPolicy` serves; the index of the rule
/// follows.
/// Source: this tool.
pub const FLOW_ANNOTATION_PREFIX: &str = "kubectl-seldon/flow.";
/// Prefix of every label and annotation that is this tool's own.
/// Source: this tool.
pub const OWN_PREFIX: &str = "kubectl-seldon/";
/// Who owns the fields this tool applies.
/// Source: this tool.
pub const FIELD_MANAGER: &str = "kubectl-seldon";

/// The annotation in which the operator keeps what it last wrote to a Service.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:219-226`.
pub const OPERATOR_LAST_APPLIED: &str = "seldon.io/last-applied";
/// The finalizer the operator puts on every `SeldonRuntime` it watches.
/// Source: `operator/pkg/constants/constants.go:19-22`.
pub const RUNTIME_FINALIZER: &str = "seldon.runtime.finalizer";
/// The finalizer that the operator puts on a Model, and takes away once the scheduler has unloaded it.
/// Source: `operator/pkg/constants/constants.go:19-22`.
pub const MODEL_FINALIZER: &str = "seldon.model.finalizer";
/// The finalizer of a Pipeline.
/// Source: `operator/pkg/constants/constants.go:19-22`.
pub const PIPELINE_FINALIZER: &str = "seldon.pipeline.finalizer";
/// The finalizer of an Experiment.
/// Source: `operator/pkg/constants/constants.go:19-22`.
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

/// The scheduler's ports in the operator's order, which its comparison heeds.
/// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:131-187`.
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
    /// Source: `_components-statefulsets.tpl:1158-1161`.
    pub const ENVOY_HTTP: u16 = 9000;
    /// Envoy's statistics.
    /// Source: `_components-statefulsets.tpl:1158-1161`.
    pub const ENVOY_STATS: u16 = 9003;
    /// The names of Envoy's ports, as the Service `seldon-mesh` targets them.
    /// Source: `operator/controllers/reconcilers/seldon/service_reconciler.go:97-129`.
    pub const ENVOY_NAMED: [(&str, u16); 2] = [("http", ENVOY_HTTP), ("envoy-stats", ENVOY_STATS)];
    /// The agent's reverse proxy in a Server pod, HTTP.
    /// Source: `_components-statefulsets.tpl`.
    pub const SERVER_HTTP: u16 = 9001;
    /// The agent's reverse proxy in a Server pod, gRPC.
    /// Source: `_components-statefulsets.tpl`.
    pub const SERVER_GRPC: u16 = 9501;
    /// Metrics of the agent and of the gateways.
    /// Source: `_components-statefulsets.tpl`.
    pub const AGENT_METRICS: u16 = 9006;
    /// Metrics of `MLServer`.
    /// Source: `_components-statefulsets.tpl`.
    pub const MLSERVER_METRICS: u16 = 8082;
    /// Metrics of Triton.
    /// Source: `_components-statefulsets.tpl`.
    pub const TRITON_METRICS: u16 = 8002;
    /// The pipeline gateway, HTTP.
    /// Source: `_components-statefulsets.tpl`.
    pub const PIPELINE_HTTP: u16 = 9010;
    /// The pipeline gateway, gRPC.
    /// Source: `_components-statefulsets.tpl`.
    pub const PIPELINE_GRPC: u16 = 9011;
    /// rclone's remote control, without authentication: never opened between pods.
    /// Source: `_components-statefulsets.tpl`.
    pub const RCLONE: u16 = 5572;
    /// The agent's debug service: never opened between pods.
    /// Source: `_components-statefulsets.tpl`.
    pub const AGENT_DEBUG: u16 = 7777;
    /// DNS.
    /// Source: <https://www.rfc-editor.org/rfc/rfc1035#section-4.2>.
    pub const DNS: u16 = 53;
}

/// What the names of Kubernetes' own namespaces begin with.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>.
pub const SYSTEM_NAMESPACES: &str = "kube-";
/// The namespace of whatever names none.
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Ports of the API server as a pod sees them: that of the Service `kubernetes`, and the default of kube-apiserver's
/// `--secure-port` behind it.
/// Source: <https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/>.
pub const API_SERVER_PORTS: [u16; 2] = [443, 6443];
/// Ports of object stores: HTTPS for S3 and GCS, and the default of `minio server --address`.
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-4.2.2>, `minio server --help`.
pub const OBJECT_STORE_PORTS: [u16; 2] = [443, 9000];
/// Kafka's ports as Strimzi's examples have them and Seldon's charts expect: plain (`kafka.bootstrap`,
/// `seldon-core-v2-setup` values.yaml:116) and TLS.
/// Source: `k8s/helm-charts/seldon-core-v2-setup/values.yaml:116`, `examples/kafka` of Strimzi.
pub const KAFKA_PORTS: [u16; 2] = [9092, 9093];
/// The namespace of Kafka in the setup chart's default `kafka.bootstrap`.
/// Source: `k8s/helm-charts/seldon-core-v2-setup/values.yaml:116`.
pub const KAFKA_NAMESPACE: &str = "seldon-mesh";
/// The namespace of the cluster's DNS, where kubeadm and the managed services put it.
/// Source: `cluster/addons/dns/coredns/coredns.yaml.base` of Kubernetes.
pub const DNS_NAMESPACE: &str = "kube-system";
/// Label key and value on the cluster's DNS pods; `CoreDNS` kept those of kube-dns.
/// Source: `cluster/addons/dns/coredns/coredns.yaml.base` of Kubernetes.
pub const DNS_POD_LABEL: (&str, &str) = ("k8s-app", "kube-dns");
/// The link-local address of `NodeLocal` `DNSCache`, where a cluster runs it: the default of Kubernetes' own
/// manifest.
/// Source: `cluster/addons/dns/nodelocaldns` of Kubernetes.
pub const NODE_LOCAL_DNS: &str = "169.254.20.10/32";

/// What the chart's `ServerConfig` `mlserver` declares, unchanged from 2.5.0 on. `spark-mlib` is spelled so there.
/// Source: `k8s/helm-charts/seldon-core-v2-setup/values.yaml:306`.
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
/// What the chart's `ServerConfig` `triton` declares.
/// Source: `k8s/helm-charts/seldon-core-v2-setup/values.yaml:320`.
pub const TRITON_CAPABILITIES: [&str; 9] =
    ["triton", "dali", "fil", "onnx", "openvino", "python", "pytorch", "tensorflow", "tensorrt"];
/// The capabilities of the specification's Server. `torch` and `numpy` are labels of its own: they match because its
/// Models ask for them.
/// Source: the specification.
pub const SPECIFICATION_CAPABILITIES: [&str; 4] = ["mlflow", "torch", "sklearn", "numpy"];
/// The environment variable of the agent in a `ServerConfig` that lists its capabilities.
/// Source: `scheduler/cmd/agent/cli/cli.go:326`.
pub const CAPABILITIES_ENV: &str = "SELDON_SERVER_CAPABILITIES";
/// The environment variable of the agent that says how much memory its models may share, usually the memory request
/// of the model server's container.
/// Source: `scheduler/cmd/agent/cli/cli.go`, `_components-statefulsets.tpl:1530-1534`.
pub const MEMORY_ENV: &str = "MEMORY_REQUEST";
/// The environment variable of the agent with the percentage by which models may exceed [`MEMORY_ENV`]; 10 in the
/// chart.
/// Source: `_components-statefulsets.tpl:1530-1534`.
pub const OVERCOMMIT_ENV: &str = "SELDON_OVERCOMMIT_PERCENTAGE";
/// The container of a Server pod that talks to the scheduler.
/// Source: `_components-statefulsets.tpl`.
pub const AGENT_CONTAINER: &str = "agent";
/// The container of the scheduler's pod.
/// Source: `_components-statefulsets.tpl`.
pub const SCHEDULER_CONTAINER: &str = "scheduler";
/// The container of a Server pod that fetches artifacts.
/// Source: `_components-statefulsets.tpl`.
pub const RCLONE_CONTAINER: &str = "rclone";
/// The capability without which no replica takes an explainer.
/// Source: `scheduler/pkg/scheduler/filters/explainer.go`.
pub const EXPLAINER_CAPABILITY: &str = "alibi-explain";
/// The requirements for which the agent writes `MLServer`'s settings itself. The first of them among a Model's
/// requirements decides.
/// Source: `scheduler/pkg/agent/repository/mlserver/settings.go:39-59`.
pub const MLSERVER_RUNTIMES: [&str; 7] =
    ["alibi-detect", "alibi-explain", "lightgbm", "mlflow", "python", "sklearn", "xgboost"];

/// The label selector of the pods of Seldon's that live in the control plane and in tenants: those of Servers and of
/// components. A cluster may have many thousands of others.
/// Source: [`COMPONENT_LABEL`], [`SERVER_COMPONENT`] and [`Component::name`].
pub const PODS_SELECTOR: &str = "app.kubernetes.io/name in (hodometer, seldon-dataflow-engine, seldon-envoy, \
                                 seldon-modelgateway, seldon-pipelinegateway, seldon-scheduler, seldon-server)";
/// The label selector of the operator's pods, which have no [`COMPONENT_LABEL`].
/// Source: [`OPERATOR_POD_LABEL`].
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
