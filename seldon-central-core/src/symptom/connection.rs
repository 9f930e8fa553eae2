//! Connections to the scheduler that fail.

use super::{Cause, Signal, Symptom};

const SCHEDULER_OFF: Cause = Cause {
    what: "The central scheduler does not run.",
    tell: "`kubectl get pods -n seldon-system -l app.kubernetes.io/name=seldon-scheduler` shows no ready pod; every \
           tenant has the same trouble.",
    fix: "Look at that pod. The scheduler has one replica, and a restart touches every tenant.",
    rules: &["SCS0102", "SCS0103"],
};

const ALIAS_TAKEN: Cause = Cause {
    what: "The operator replaced the alias by a Service of its own, which leads nowhere while the tenant's scheduler is \
           off.",
    tell: "`kubectl get service seldon-scheduler -n NAMESPACE -o yaml` has no `externalName`, but an owner and the \
           annotation `seldon.io/last-applied`.",
    fix: "`kubectl seldon onboard NAMESPACE` puts the alias back in the shape that the operator leaves alone.",
    rules: &["SCS0505", "SCS0504", "SCS0207"],
};

const STALE_OPERATOR: Cause = Cause {
    what: "The operator holds on to a connection from before the SeldonRuntime was deleted or made anew.",
    tell: "The line repeats for ever, although the alias and the scheduler are well.",
    fix: "`kubectl rollout restart deployment seldon-v2-controller-manager -n seldon-system`. It is no matter of the \
          SeldonConfig.",
    rules: &["SCS0705"],
};

pub(super) static SYMPTOMS: &[Symptom] = &[
    Symptom {
        id: "scheduler-times-out",
        signal: Signal::Failure,
        messages: &["dial tcp *: i/o timeout", "dial tcp *: connect: connection timed out"],
        seen_in: "condition ModelReady of a Model (ModelProgressing), logs of the operator, the agents and the gateways",
        meaning: "Packets are dropped without an answer: a policy or the network does it, not a missing process.",
        causes: &[
            Cause {
                what: "NetworkPolicies of the tenant do not admit the pod's way to the scheduler.",
                tell: "The line is in the log of an agent, Envoy or a gateway, with port 9005, 9002 or 9004.",
                fix: "Add the rule that the finding names.",
                rules: &["SCS0601", "SCS0604"],
            },
            Cause {
                what: "A policy in the control plane isolates the scheduler and does not admit the operator or the \
                       tenant.",
                tell: "The line is in a Model's status or the operator's log, with port 9004. That way is inside the \
                       control plane; the tenant's policies play no part.",
                fix: "Admit the operator and every tenant in the control plane's policy.",
                rules: &["SCS0603"],
            },
            ALIAS_TAKEN,
            Cause {
                what: "The name resolves to an address outside, because the Service does not exist and the search domain \
                       falls through to a wildcard.",
                tell: "The address in the message is a public one.",
                fix: "Create the alias.",
                rules: &["SCS0501"],
            },
        ],
    },
    Symptom {
        id: "name-times-out",
        signal: Signal::Failure,
        messages: &[
            "dial tcp: lookup *: i/o timeout",
            "lookup * on *:53: *i/o timeout",
            "Temporary failure in name resolution",
        ],
        seen_in: "logs of agents, gateways, Envoy and rclone",
        meaning: "The cluster's DNS does not answer the pod. Without it the admitted ports do not help either.",
        causes: &[Cause {
            what: "An egress policy isolates the pods and does not admit DNS.",
            tell: "Every name fails, not only the scheduler's.",
            fix: "Admit port 53, UDP and TCP, to the DNS pods in `kube-system`; OpenShift's listen on 5353 in \
                  `openshift-dns`.",
            rules: &["SCS0602"],
        }],
    },
    Symptom {
        id: "scheduler-refuses",
        signal: Signal::Failure,
        messages: &["connect: connection refused"],
        seen_in: "condition ModelReady of a Model, logs of the operator, the agents and the gateways",
        meaning: "The address answers, and nothing listens there.",
        causes: &[
            ALIAS_TAKEN,
            SCHEDULER_OFF,
            Cause {
                what: "The alias leads to another port or another namespace.",
                tell: "`externalName` is not `seldon-scheduler.seldon-system.svc.` and the cluster's domain.",
                fix: "Correct the target.",
                rules: &["SCS0502", "SCS0105"],
            },
            Cause {
                what: "It is not the scheduler that is meant, but a container of the same pod that still starts.",
                tell: "The address in the message is 127.0.0.1.",
                fix: "Wait.",
                rules: &["SCS0307"],
            },
        ],
    },
    Symptom {
        id: "connection-not-permitted",
        signal: Signal::Failure,
        messages: &["connect: operation not permitted"],
        seen_in: "condition ModelReady of a Model, logs of the operator and the agents",
        meaning: "The network plugin rejects the connection at once, as eBPF and kube-router do for a denied flow.",
        causes: &[
            Cause {
                what: "A NetworkPolicy of the tenant denies it.",
                tell: "The line is in the log of one of the tenant's pods.",
                fix: "Add the rule that the finding names.",
                rules: &["SCS0601", "SCS0605", "SCS0606"],
            },
            Cause {
                what: "A NetworkPolicy of the control plane denies it.",
                tell: "The line is in the operator's log or a Model's status.",
                fix: "Admit the operator to the scheduler's port 9004.",
                rules: &["SCS0603"],
            },
        ],
    },
    Symptom {
        id: "host-not-found",
        signal: Signal::Failure,
        messages: &["lookup *: no such host"],
        seen_in: "logs of rclone, the agents, the gateways, the operator",
        meaning: "The cluster's DNS answers that there is no such name. The name in the message says who is meant.",
        causes: &[
            Cause {
                what: "It is the object store, and its Service is named as from another namespace or does not exist.",
                tell: "The name is the endpoint in the rclone Secret or in `storageUri`, such as `minio.storage`.",
                fix: "Write the Service's whole name, `minio.storage.svc.cluster.local`, where it really is.",
                rules: &[],
            },
            Cause {
                what: "It is Kafka's default address, in a namespace `seldon-mesh` that is not there.",
                tell: "The name ends in `.seldon-mesh`.",
                fix: "Set `kafkaConfig` in the SeldonRuntime, or turn the gateways off with `replicas: 0`.",
                rules: &["SCS0211"],
            },
            Cause {
                what: "It is `seldon-scheduler`, and the alias is missing or leads nowhere.",
                tell: "The name begins with `seldon-scheduler`.",
                fix: "`kubectl seldon onboard NAMESPACE` builds it.",
                rules: &["SCS0501", "SCS0502"],
            },
        ],
    },
    Symptom {
        id: "scheduler-not-found",
        signal: Signal::Failure,
        messages: &["lookup seldon-scheduler*: no such host"],
        seen_in: "condition ModelReady of a Model, logs of the operator, the agents and the gateways",
        meaning: "There is no Service `seldon-scheduler` in the namespace, or its target does not exist.",
        causes: &[
            Cause {
                what: "The alias is missing.",
                tell: "`kubectl get service seldon-scheduler -n NAMESPACE` finds nothing.",
                fix: "`kubectl seldon onboard NAMESPACE` builds it.",
                rules: &["SCS0501"],
            },
            Cause {
                what: "The alias leads to a name that does not resolve: another namespace, another cluster domain.",
                tell: "`externalName` of the Service, looked up from any pod.",
                fix: "Correct the target.",
                rules: &["SCS0502"],
            },
            Cause {
                what: "The operator never reconciled the SeldonRuntime: its SeldonConfig is missing, or the namespace is \
                       not watched.",
                tell: "The SeldonRuntime has no finalizer (not watched) or no conditions (no SeldonConfig).",
                fix: "See what the findings name.",
                rules: &["SCS0209", "SCS0108", "SCS0106"],
            },
        ],
    },
    Symptom {
        id: "no-addresses",
        signal: Signal::Failure,
        messages: &["name resolver error: produced zero addresses"],
        seen_in: "condition ModelReady of a Model, logs of the operator, the agents and the gateways",
        meaning: "The name exists and resolves to nothing.",
        causes: &[
            Cause {
                what: "The alias is a headless Service without endpoints, or leads to one.",
                tell: "`kubectl get endpointslices -n NAMESPACE` shows none for `seldon-scheduler`.",
                fix: "Let the Service be an ExternalName to the central scheduler.",
                rules: &["SCS0502", "SCS0505"],
            },
            SCHEDULER_OFF,
        ],
    },
    Symptom {
        id: "tls-disagreement",
        signal: Signal::Failure,
        messages: &[
            "authentication handshake failed",
            "x509: certificate is valid for *, not *",
            "x509: certificate signed by unknown authority",
            "first record does not look like a TLS handshake",
        ],
        seen_in: "condition ModelReady of a Model, logs of the operator, the agents and the gateways",
        meaning: "Both ends speak, but not the same protocol, or one does not trust the other's certificate.",
        causes: &[
            Cause {
                what: "The scheduler's certificate does not name `seldon-scheduler.NAMESPACE`, by which the operator \
                       dials it. The chart's names the control plane's namespace only.",
                tell: "The message says `certificate is valid for`, and only the operator and Models show it: the \
                       tenant's pods dial the short name.",
                fix: "Add the name to the certificate's `dnsNames` in the control plane.",
                rules: &[],
            },
            Cause {
                what: "One end uses TLS and the other does not.",
                tell: "The message says `first record does not look like a TLS handshake`, or the ports are 9044 and \
                       9055 on one side, 9004 and 9005 on the other.",
                fix: "Use one `security.controlplane.protocol` for all, through one SeldonConfig.",
                rules: &["SCS0203"],
            },
            Cause {
                what: "The tenant lacks the client's Secrets, or has them from another authority.",
                tell: "The message says `unknown authority`; `seldon-controlplane-client` is missing in the namespace.",
                fix: "Copy or issue the Secrets per namespace.",
                rules: &[],
            },
        ],
    },
    Symptom {
        id: "connection-closing",
        signal: Signal::Failure,
        messages: &["grpc: the client connection is closing"],
        seen_in: "the operator's log, beside `Scheduler not ready`, again and again",
        meaning: "Loops of the operator go on with a connection that it has closed itself.",
        causes: &[STALE_OPERATOR],
    },
    Symptom {
        id: "smoke-test-failed",
        signal: Signal::Failure,
        messages: &["Failed smoke test on scheduler"],
        seen_in: "the operator's log, with the namespace",
        meaning: "The operator's first call through `seldon-scheduler` of that namespace failed. While it waits, the \
                  other namespaces wait too, some twenty seconds an attempt.",
        causes: &[
            ALIAS_TAKEN,
            Cause {
                what: "A policy in the control plane does not admit the operator to the scheduler.",
                tell: "The error beside it is `i/o timeout` or `operation not permitted`.",
                fix: "Admit it on port 9004.",
                rules: &["SCS0603"],
            },
            SCHEDULER_OFF,
        ],
    },
    Symptom {
        id: "scheduler-not-ready",
        signal: Signal::Clue,
        messages: &["Scheduler not ready"],
        seen_in: "logs of the agents and of the operator, which use the same words",
        meaning: "A call to the scheduler failed; the error beside it says how. It is never a matter of a differing \
                  SeldonConfig, which shows as `not found` in the operator's log.",
        causes: &[ALIAS_TAKEN, SCHEDULER_OFF, STALE_OPERATOR],
    },
    Symptom {
        id: "server-not-notified",
        signal: Signal::Failure,
        messages: &[
            "server notify failed: *",
            "get connection: rpc error",
            "Failed calling ServerNotify",
            "gRPC ServerNotify failed",
        ],
        seen_in: "reason of a Server's condition, the operator's log",
        meaning: "The operator cannot tell the scheduler of a Server. Up to 2.10.0 it then makes no pods either.",
        causes: &[
            ALIAS_TAKEN,
            Cause {
                what: "The alias is missing or leads elsewhere.",
                tell: "`kubectl get service seldon-scheduler -n NAMESPACE`.",
                fix: "`kubectl seldon onboard NAMESPACE` builds it.",
                rules: &["SCS0501", "SCS0502"],
            },
            SCHEDULER_OFF,
        ],
    },
    Symptom {
        id: "operator-connected",
        signal: Signal::Clue,
        messages: &["Connected to scheduler"],
        seen_in: "the operator's log",
        meaning: "Printed before anything is sent, because the connection is made on first use. It proves nothing.",
        causes: &[Cause {
            what: "Nothing is wrong, as far as this line goes.",
            tell: "`Failed smoke test on scheduler` for the same namespace follows when the connection does not work.",
            fix: "Look for that line, and for `Starting event handling`, which comes when the scheduler has answered.",
            rules: &["SCS0705"],
        }],
    },
];
