//! Runtimes, Servers and Services that are not made.

use super::{Cause, Signal, Symptom};

pub(super) static SYMPTOMS: &[Symptom] = &[
    Symptom {
        id: "seldonconfig-not-found",
        signal: Signal::Failure,
        messages: &["SeldonConfig.mlops.seldon.io \"*\" not found", "SeldonConfig not specified and is required"],
        seen_in: "the operator's log; the SeldonRuntime itself shows no condition and no event",
        meaning: "The SeldonConfig is looked up in the operator's own namespace only. Nothing is made of the runtime.",
        causes: &[Cause {
            what: "The name in `spec.seldonConfig` does not exist there, or exists in the tenant, where nobody reads it.",
            tell: "`kubectl get seldonconfigs -A`.",
            fix: "Name one of the control plane's: `default` is what the chart installs.",
            rules: &["SCS0106", "SCS0203", "SCS0209"],
        }],
    },
    Symptom {
        id: "serverconfig-not-found",
        signal: Signal::Failure,
        messages: &[
            "ServerConfig.mlops.seldon.io \"*\" not found",
            "failed to get ServerConfig",
            "ServerType not specified and is required",
            "Failed creating server reconciler",
        ],
        seen_in: "reason of a Server's condition, the operator's log",
        meaning: "The ServerConfig is looked up in the operator's own namespace only.",
        causes: &[
            Cause {
                what: "The name in `spec.serverConfig` does not exist there.",
                tell: "`kubectl get serverconfigs -A`.",
                fix: "Name one of the control plane's: `mlserver` and `triton` are what the chart installs.",
                rules: &["SCS0107", "SCS0302"],
            },
            Cause {
                what: "It was made in the tenant's namespace.",
                tell: "The list shows it there.",
                fix: "Move it to the control plane's namespace.",
                rules: &["SCS0303"],
            },
        ],
    },
    Symptom {
        id: "replicas-do-not-match",
        signal: Signal::Failure,
        messages: &[
            "StatefulSet replicas does not match desired replicas",
            "Deployment replicas does not match desired replicas",
        ],
        seen_in: "reason of a SeldonRuntime's or a Server's condition",
        meaning: "The pods of a component or a Server are not ready yet, or never will be.",
        causes: &[
            Cause {
                what: "A gateway or the dataflow engine does not reach Kafka.",
                tell: "The condition is ModelGatewayReady, PipelineGatewayReady or DataflowEngineReady.",
                fix: "Give it a `kafkaConfig`, or turn it off with `replicas: 0`; synchronous inference needs none.",
                rules: &["SCS0208", "SCS0211"],
            },
            Cause {
                what: "The agent exits, for want of the Secret `seldon-rclone-gs-public`.",
                tell: "It is a Server's condition, and its pods restart.",
                fix: "Create the Secret.",
                rules: &["SCS0310", "SCS0307"],
            },
            Cause {
                what: "The pods cannot be made: quota, image, volume.",
                tell: "`kubectl get events -n NAMESPACE`.",
                fix: "See what the event says.",
                rules: &["SCS0208", "SCS0307"],
            },
        ],
    },
    Symptom {
        id: "gateway-not-ready",
        signal: Signal::Failure,
        messages: &[
            "ModelGatewayReady=False",
            "PipelineGatewayReady=False",
            "DataflowEngineReady=False",
            "ModelGatewayReady: False",
            "PipelineGatewayReady: False",
            "DataflowEngineReady: False",
        ],
        seen_in: "conditions of a SeldonRuntime",
        meaning: "Pods of a gateway or of the dataflow engine are not ready. Synchronous inference needs neither.",
        causes: &[
            Cause {
                what: "Kafka is not reached: by default it is looked for in a namespace `seldon-mesh`.",
                tell: "The log of the gateway's pod names `seldon-kafka-bootstrap.seldon-mesh`.",
                fix: "Set `kafkaConfig` in the SeldonRuntime, or turn the component off with `replicas: 0`.",
                rules: &["SCS0211", "SCS0208", "SCS0606"],
            },
            Cause {
                what: "The scheduler is not reached.",
                tell: "The log of the gateway's pod names `seldon-scheduler`.",
                fix: "Repair the alias, or admit the flow to the scheduler's port 9004.",
                rules: &["SCS0502", "SCS0601"],
            },
        ],
    },
    Symptom {
        id: "runtime-ready-unknown",
        signal: Signal::Failure,
        messages: &["SeldonRuntime Ready=Unknown", "SeldonRuntime * Ready=Unknown", "SeldonRuntime Ready: Unknown"],
        seen_in: "conditions of a SeldonRuntime",
        meaning: "A condition that Ready depends on is never written, so Ready never becomes True.",
        causes: &[Cause {
            what: "A component has `disable: true`, and the operator writes no condition for it.",
            tell: "`spec.overrides` of the SeldonRuntime.",
            fix: "Use `replicas: 0` instead, or leave it: what runs is not harmed.",
            rules: &["SCS0206"],
        }],
    },
    Symptom {
        id: "gateway-replicas-capped",
        signal: Signal::Clue,
        messages: &["requested replicas exceeded maximum of * based on KafkaConfig and resource count"],
        seen_in: "events of a SeldonRuntime",
        meaning: "Gateways and the dataflow engine get no more replicas than there is work for.",
        causes: &[Cause {
            what: "More replicas are asked for than the Models or Pipelines of the namespace need.",
            tell: "The event names both numbers.",
            fix: "Nothing, or ask for fewer.",
            rules: &["SCS0211"],
        }],
    },
    Symptom {
        id: "runtime-stays",
        signal: Signal::Failure,
        messages: &[
            "Runtime is being deleted but servers still running in namespace",
            "SeldonRuntime stuck Terminating",
        ],
        seen_in: "the operator's log, while a SeldonRuntime stays Terminating",
        meaning: "The operator lets a SeldonRuntime go only when its namespace holds no Server.",
        causes: &[Cause {
            what: "Servers are left.",
            tell: "`kubectl get servers -n NAMESPACE`.",
            fix: "Delete Models, then Servers, then the SeldonRuntime, and the alias last.",
            rules: &[],
        }],
    },
    Symptom {
        id: "external-name-required",
        signal: Signal::Failure,
        messages: &["spec.externalName: Required value"],
        seen_in: "the operator's log; no workload of the runtime is made",
        meaning: "The operator tries to write a Service of type ExternalName without a target.",
        causes: &[Cause {
            what: "The override of `seldon-scheduler` says `serviceType: ExternalName`, and the alias is missing or \
                   differs from what the operator compares with.",
            tell: "`spec.overrides` of the SeldonRuntime.",
            fix: "Drop the `serviceType`, and create the alias first.",
            rules: &["SCS0207", "SCS0501", "SCS0504"],
        }],
    },
    Symptom {
        id: "headless-and-load-balancer",
        signal: Signal::Failure,
        messages: &["may not be set to 'None' for LoadBalancer services"],
        seen_in: "the operator's log; no workload of the runtime is made",
        meaning: "The operator wants a LoadBalancer where a headless Service exists.",
        causes: &[Cause {
            what: "`seldon-scheduler` of the tenant is headless, and no override leaves its type open.",
            tell: "`clusterIP: None` on the Service.",
            fix: "Use the alias, with an override of `seldon-scheduler` that has `replicas: 0` and no `serviceType`.",
            rules: &["SCS0502", "SCS0504", "SCS0207"],
        }],
    },
    Symptom {
        id: "quota",
        signal: Signal::Failure,
        messages: &["is forbidden: failed quota: *", "must specify limits.cpu"],
        seen_in: "events of a StatefulSet or Deployment",
        meaning: "A ResourceQuota of the namespace wants limits that Seldon's pods do not set.",
        causes: &[Cause {
            what: "The quota covers `limits.cpu`, and most components set none.",
            tell: "`kubectl describe resourcequota -n NAMESPACE`.",
            fix: "Add a LimitRange with defaults, or set resources in `overrides[].podSpec` (2.8.0 and newer) and in the \
                  Server's `podSpec`.",
            rules: &["SCS0307", "SCS0208"],
        }],
    },
    Symptom {
        id: "kind-not-served",
        signal: Signal::Failure,
        messages: &[
            "no matches for kind \"*\" in version \"mlops.seldon.io/v1alpha1\"",
            "the server doesn't have a resource type \"seldonruntimes\"",
        ],
        seen_in: "kubectl, kustomize, Argo CD, Flux",
        meaning: "Seldon's custom resource definitions are not installed.",
        causes: &[Cause {
            what: "The chart `seldon-core-v2-crds` is not installed, or not before these objects.",
            tell: "`kubectl get crds | grep mlops.seldon.io` shows fewer than seven.",
            fix: "Install it first.",
            rules: &["SCS0101"],
        }],
    },
    Symptom {
        id: "definition-too-long",
        signal: Signal::Failure,
        messages: &[
            "metadata.annotations: Too long: must have at most 262144 bytes",
            "metadata.annotations: Too long: may not be more than 262144 bytes",
        ],
        seen_in: "`kubectl apply` of Seldon's custom resource definitions",
        meaning: "Four of the seven are larger than the annotation in which a client-side apply keeps a copy.",
        causes: &[Cause {
            what: "They are applied on the client's side.",
            tell: "The command has no `--server-side`.",
            fix: "`kubectl apply --server-side`, or install the chart.",
            rules: &["SCS0101"],
        }],
    },
];
