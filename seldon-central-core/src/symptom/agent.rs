//! Agents, their subscription, and what the scheduler makes of it.

use super::{Cause, Signal, Symptom};

const NAME_COLLISION: Cause = Cause {
    what: "Two namespaces on the scheduler have a Server of the same name. The second agent waits for the first, and says \
           `Subscribed to scheduler` all the same.",
    tell: "`kubectl get servers -A` lists the name twice.",
    fix: "Rename one of the two Servers; `NAMESPACE-mlserver` is free by construction.",
    rules: &["SCS0304", "SCS0703"],
};

pub(super) static SYMPTOMS: &[Symptom] = &[
    Symptom {
        id: "subscribed",
        signal: Signal::Clue,
        messages: &["Subscribed to scheduler"],
        seen_in: "the agent's log",
        meaning: "The call returned. It proves neither which scheduler it was, nor that the scheduler registered this \
                  Server, nor that the connection lives now.",
        causes: &[
            Cause {
                what: "All is well.",
                tell: "No `Scheduler not ready`, `event recv failed` or `Scheduler subscription ended` follows; the host \
                       in `Connecting (non-blocking) to scheduler at` is the alias; the scheduler's log has `Received \
                       (agent) subscribe request from SERVER:INDEX` and no later `has disconnected`.",
                fix: "Nothing.",
                rules: &[],
            },
            NAME_COLLISION,
            Cause {
                what: "It is another scheduler: the tenant's own, or the one the operator made a Service for.",
                tell: "The central scheduler's log has no subscribe request of this Server.",
                fix: "Let the alias lead to the central scheduler, and turn the tenant's own off.",
                rules: &["SCS0702", "SCS0703", "SCS0204", "SCS0502", "SCS0505", "SCS0506"],
            },
        ],
    },
    Symptom {
        id: "subscription-lost",
        signal: Signal::Failure,
        messages: &[
            "event recv failed",
            "Scheduler subscription ended",
            "Client replica * has disconnected",
            "Removing server replica and re-scheduling model",
        ],
        seen_in: "the agent's log; the scheduler's for the last two",
        meaning: "The stream between an agent and the scheduler broke. The agent tries again by itself, and Models move \
                  or fail meanwhile.",
        causes: &[
            Cause {
                what: "A pod was restarted: the scheduler's, which touches every tenant, or the Server's.",
                tell: "RESTARTS and AGE of both pods.",
                fix: "Nothing, if it subscribes again.",
                rules: &["SCS0103", "SCS0307", "SCS0701"],
            },
            Cause {
                what: "A NetworkPolicy came in between.",
                tell: "`Scheduler not ready` with `i/o timeout` follows.",
                fix: "Add the rule that the finding names.",
                rules: &["SCS0601", "SCS0603"],
            },
        ],
    },
    Symptom {
        id: "rclone-listener",
        signal: Signal::Failure,
        messages: &["Failed to initialise rclone config listener"],
        seen_in: "the agent's log, before it exits",
        meaning: "The agent reads the Secrets of `rclone.config_secrets` in its own namespace and exits when one is \
                  missing. Its pod restarts for ever.",
        causes: &[
            Cause {
                what: "The Secret `seldon-rclone-gs-public` is not in the tenant; only the runtime chart makes one, in \
                       its own namespace.",
                tell: "`kubectl get secret seldon-rclone-gs-public -n NAMESPACE` does not find it.",
                fix: "`kubectl seldon onboard NAMESPACE` builds it: one key, anonymous access to public buckets.",
                rules: &["SCS0310"],
            },
            Cause {
                what: "The agent does not reach the API server.",
                tell: "The error beside it is a timeout, and an egress policy isolates the pods.",
                fix: "Admit the API server's address and port.",
                rules: &["SCS0606"],
            },
            Cause {
                what: "The Secret holds no JSON or YAML of an rclone remote, or several keys.",
                tell: "The error beside it says so.",
                fix: "Keep one key with one remote.",
                rules: &["SCS0408"],
            },
        ],
    },
    Symptom {
        id: "endpoints-not-seen",
        signal: Signal::Failure,
        messages: &["failed waiting to check if pod's IP is published to endpoints"],
        seen_in: "the agent's log, from 2.10.0 on",
        meaning: "After its subscription the agent reads EndpointSlices, and could not.",
        causes: &[
            Cause {
                what: "An egress policy cuts the agent off from the API server.",
                tell: "The error is a timeout.",
                fix: "Admit the API server's address and port.",
                rules: &["SCS0606"],
            },
            Cause {
                what: "The role `agent-role` of the namespace does not grant it, as one from before 2.10.0 does not.",
                tell: "The error says `forbidden`.",
                fix: "Let the operator reconcile the SeldonRuntime, which writes the role.",
                rules: &["SCS0209"],
            },
        ],
    },
    Symptom {
        id: "event-without-namespace",
        signal: Signal::Failure,
        messages: &["Received server event with no k8s metadata so ignoring"],
        seen_in: "the operator's log",
        meaning: "The scheduler forgot which object a Server belongs to, so LOADED MODELS of it stays as it was.",
        causes: &[
            Cause {
                what: "The last replica disconnected and came back, and the operator has not told the scheduler since.",
                tell: "It goes away when the Server object changes or the operator reconnects.",
                fix: "Change an annotation of the Server's spec, or restart the operator.",
                rules: &[],
            },
            NAME_COLLISION,
        ],
    },
    Symptom {
        id: "old-generation",
        signal: Signal::Clue,
        messages: &["Ignoring event for old generation"],
        seen_in: "the operator's log",
        meaning: "A status arrived for another generation of the object than the present one.",
        causes: &[
            Cause { what: "The object was just changed.", tell: "It stops after a moment.", fix: "Wait.", rules: &[] },
            NAME_COLLISION,
            Cause {
                what: "Two namespaces have a Model, Pipeline or Experiment of the same name.",
                tell: "`kubectl get models,pipelines,experiments -A` lists the name twice.",
                fix: "Rename one of the two.",
                rules: &["SCS0405"],
            },
        ],
    },
    Symptom {
        id: "server-notification",
        signal: Signal::Clue,
        messages: &["Server notification * expectedReplicas * shared"],
        seen_in: "the scheduler's log",
        meaning: "The operator told the scheduler of a Server. It names no namespace, so it may be another tenant's, and \
                  it says nothing of the agents. `shared false` is normal.",
        causes: &[
            Cause {
                what: "Nothing is wrong, as far as this line goes.",
                tell: "`Received (agent) subscribe request from SERVER:INDEX` follows.",
                fix: "Look for that line.",
                rules: &[],
            },
            NAME_COLLISION,
        ],
    },
    Symptom {
        id: "scheduler-waits",
        signal: Signal::Clue,
        messages: &[
            "Signalling synchroniser with * expected server agents to connect",
            "No servers to notify scheduler, skipping",
        ],
        seen_in: "the scheduler's log after a start; the operator's for the second",
        meaning: "After a start the scheduler serves no routes and schedules nothing until the expected agents are \
                  connected, or ten minutes have passed.",
        causes: &[
            Cause {
                what: "An expected agent never connects.",
                tell: "`All (num: N) servers connected` does not follow.",
                fix: "Find the Server whose agent has not subscribed.",
                rules: &["SCS0701", "SCS0703", "SCS0304", "SCS0307"],
            },
            Cause {
                what: "The namespace whose operator connection came first has no Server.",
                tell: "The operator's log says `No servers to notify scheduler, skipping`.",
                fix: "Wait, or have a Server in each namespace.",
                rules: &["SCS0301"],
            },
        ],
    },
];
