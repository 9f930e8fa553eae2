//! Requests that are not answered.

use super::{Cause, Signal, Symptom};

pub(super) static SYMPTOMS: &[Symptom] = &[
    Symptom {
        id: "no-route",
        signal: Signal::Failure,
        messages: &[
            "404 Not Found",
            "HTTP/1.1 404",
            "HTTP/1.1\" 404",
            "HTTP/2 404",
            "code = Unimplemented desc = unexpected HTTP status code received from server: 404",
        ],
        seen_in: "the answer of Envoy to an inference request",
        meaning: "Envoy runs and has no route for the request.",
        causes: &[
            Cause {
                what: "The request does not say which model is meant.",
                tell: "It has no header `seldon-model`, or not in the right form: NAME, `NAME.pipeline`, \
                       `NAME.experiment`.",
                fix: "Send the header.",
                rules: &[],
            },
            Cause {
                what: "Envoy gets no routes from the central scheduler.",
                tell: "Envoy's pod resolves `seldon-scheduler` to something else, or a policy denies port 9002.",
                fix: "Mend alias or policy.",
                rules: &["SCS0502", "SCS0505", "SCS0601"],
            },
            Cause {
                what: "There are two schedulers: the operator loads models through one, Envoy asks the other.",
                tell: "A scheduler runs in the tenant.",
                fix: "Turn the tenant's own off.",
                rules: &["SCS0204", "SCS0506"],
            },
            Cause {
                what: "The Model is not ready.",
                tell: "`kubectl get models -n NAMESPACE`.",
                fix: "`kubectl seldon explain model/NAME -n NAMESPACE`",
                rules: &["SCS0409"],
            },
        ],
    },
    Symptom {
        id: "no-upstream",
        signal: Signal::Failure,
        messages: &[
            "no healthy upstream",
            "upstream connect error or disconnect/reset before headers",
            "503 Service Unavailable",
            "HTTP/1.1 503",
            "HTTP/1.1\" 503",
        ],
        seen_in: "the answer of Envoy to an inference request",
        meaning: "Envoy has a route and does not reach the Server pod behind it.",
        causes: &[
            Cause {
                what: "The model is on another namespace's Server. Envoy resolves the pod's bare name in its own \
                       namespace.",
                tell: "`spec.server` of the Model is empty, or the request went to another tenant's `seldon-mesh`.",
                fix: "Send requests to the `seldon-mesh` of the Model's namespace, and pin the Model to a Server there.",
                rules: &["SCS0404", "SCS0304", "SCS0405"],
            },
            Cause {
                what: "A NetworkPolicy denies Envoy the way to the Server pods, ports 9001 and 9501.",
                tell: "Policies isolate either of them.",
                fix: "Add the rule that the finding names.",
                rules: &["SCS0605"],
            },
            Cause {
                what: "The Server's pod is not ready.",
                tell: "`kubectl get pods -l seldon-server-name=SERVER -n NAMESPACE`.",
                fix: "Look at its agent's log.",
                rules: &["SCS0307"],
            },
        ],
    },
    Symptom {
        id: "no-model-gateway",
        signal: Signal::Clue,
        messages: &["No model gateway available to handle model"],
        seen_in: "MODELGW READY of a Model, from 2.10.0 on",
        meaning: "No model gateway is connected to the scheduler. Synchronous inference does not need one.",
        causes: &[
            Cause {
                what: "None is meant to run.",
                tell: "`replicas: 0` for `seldon-modelgateway` everywhere.",
                fix: "Nothing.",
                rules: &[],
            },
            Cause {
                what: "It does not reach Kafka or the scheduler.",
                tell: "ModelGatewayReady of a SeldonRuntime is False.",
                fix: "Give it a `kafkaConfig`, or turn it off.",
                rules: &["SCS0208", "SCS0211", "SCS0601"],
            },
        ],
    },
    Symptom {
        id: "kafka-not-found",
        signal: Signal::Failure,
        messages: &["seldon-kafka-bootstrap.seldon-mesh"],
        seen_in: "logs of the gateways and the dataflow engine, conditions of a SeldonRuntime",
        meaning: "The chart's default address of Kafka is in namespace `seldon-mesh`, whatever yours is called.",
        causes: &[
            Cause {
                what: "Kafka is elsewhere, or not there at all.",
                tell: "`spec.config.kafkaConfig` of SeldonConfig and SeldonRuntime.",
                fix: "Set `bootstrap.servers`, or turn the gateways off with `replicas: 0`.",
                rules: &["SCS0211", "SCS0208"],
            },
            Cause {
                what: "An egress policy does not admit Kafka.",
                tell: "The name resolves, and the connection times out.",
                fix: "Admit its port, 9092 or 9093.",
                rules: &["SCS0606"],
            },
        ],
    },
    Symptom {
        id: "no-server-to-scale",
        signal: Signal::Clue,
        messages: &["Empty server for * so ignoring scale up request", "Unable to find latest version for model"],
        seen_in: "the scheduler's log",
        meaning: "A request came for a Model that is on no Server.",
        causes: &[Cause {
            what: "The Model was never scheduled, or was just unloaded.",
            tell: "`kubectl get models -n NAMESPACE`.",
            fix: "`kubectl seldon explain model/NAME -n NAMESPACE`",
            rules: &["SCS0402", "SCS0409"],
        }],
    },
];
