//! Models that go nowhere.

use super::{Cause, Signal, Symptom};

pub(super) static SYMPTOMS: &[Symptom] = &[
    Symptom {
        id: "no-matching-server",
        signal: Signal::Failure,
        messages: &["Failed to schedule model as no matching servers are available", "ScheduleFailed"],
        seen_in: "condition ModelReady of a Model (the sentence in `reason`, the state in `message`) and the scheduler's \
                  log",
        meaning: "The scheduler's server filters left no Server. The text is the same whichever filter it was. \
                  `kubectl seldon explain model/NAME` runs the same filters and names the one that rejects each Server.",
        causes: &[
            Cause {
                what: "The Model requires a label that no agent declares. Every requirement must be equal to a \
                       capability, letter by letter.",
                tell: "Compare `spec.requirements` and `spec.modelType` of the Model with the line `Setting capabilities \
                       from env SELDON_SERVER_CAPABILITIES` in the agent's log, not with the Server: the scheduler knows \
                       what the running pod declared.",
                fix: "Spell the requirement as the Server does, or add the label to `spec.capabilities`, which replaces \
                      the ServerConfig's list and rolls the pods.",
                rules: &["SCS0402", "SCS0401", "SCS0305", "SCS0306"],
            },
            Cause {
                what: "No agent of the Server is connected to the scheduler.",
                tell: "The latest of `Subscribed to scheduler`, `Scheduler not ready`, `event recv failed` and \
                       `Scheduler subscription ended` in the agent's log is not the first, or the host in `Connecting \
                       (non-blocking) to scheduler at` is not the alias.",
                fix: "Mend the way to the scheduler: alias, policies, DNS. The agent then subscribes anew, and failed \
                      Models are tried again by themselves.",
                rules: &["SCS0307", "SCS0501", "SCS0502", "SCS0505", "SCS0601", "SCS0602"],
            },
            Cause {
                what: "`spec.server` names no Server that the scheduler knows. It takes a bare name, never \
                       `namespace/name`.",
                tell: "`kubectl get servers -n NAMESPACE` does not list the name.",
                fix: "Name a Server of the Model's own namespace.",
                rules: &["SCS0403"],
            },
            Cause {
                what: "Another namespace on the scheduler has a Server of the same name, and that one is registered.",
                tell: "`kubectl get servers -A` lists the name twice; the scheduler's log has no `Received (agent) \
                       subscribe request` for this Server although its agent says `Subscribed to scheduler`.",
                fix: "Rename one of the two Servers.",
                rules: &["SCS0304"],
            },
            Cause {
                what: "The Server has no replicas, or a Server of its name was deleted in another namespace.",
                tell: "`spec.replicas` of the Server is 0, or the scheduler's log says `Server notification NAME \
                       expectedReplicas 0`.",
                fix: "Give the Server at least one replica.",
                rules: &["SCS0308"],
            },
        ],
    },
    Symptom {
        id: "no-suitable-replicas",
        signal: Signal::Failure,
        messages: &["Failed to schedule model as no matching server had enough suitable replicas"],
        seen_in: "condition ModelReady of a Model and the scheduler's log",
        meaning: "Servers match, but the replica filters leave fewer replicas than the Model asks for.",
        causes: &[
            Cause {
                what: "The Model asks for more replicas than the Server has.",
                tell: "`spec.replicas` (or `minReplicas`) of the Model exceeds `spec.replicas` of the Server.",
                fix: "Ask for fewer, set `minReplicas`, or give the Server more.",
                rules: &["SCS0410"],
            },
            Cause {
                what: "No replica has the memory.",
                tell: "`spec.memory` of the Model, with all other models of the replica, exceeds the memory request of \
                       the model server's container and the overcommit of 10 % on top.",
                fix: "Ask for less, raise the request, or unload other Models.",
                rules: &["SCS0410"],
            },
            Cause {
                what: "It is an explainer, and the Server does not declare `alibi-explain`.",
                tell: "The Model has `spec.explainer`.",
                fix: "Name a Server that declares it.",
                rules: &["SCS0410"],
            },
            Cause {
                what: "Replicas are draining.",
                tell: "The Server is being scaled down or rolled.",
                fix: "Wait.",
                rules: &[],
            },
        ],
    },
    Symptom {
        id: "min-replicas-only",
        signal: Signal::Clue,
        messages: &["managed to schedule with min replicas"],
        seen_in: "the scheduler's log",
        meaning: "The Model serves, on fewer replicas than it asks for.",
        causes: &[Cause {
            what: "The Server has fewer suitable replicas than `spec.replicas` of the Model.",
            tell: "AVAILABLE REPLICAS of the Model is less than DESIRED REPLICAS.",
            fix: "Give the Server more replicas or memory, or leave it so.",
            rules: &["SCS0410"],
        }],
    },
    Symptom {
        id: "server-rejected",
        signal: Signal::Failure,
        messages: &["Rejecting server for model", "Rejecting server replica for model"],
        seen_in: "the scheduler's log at level debug",
        meaning: "One filter rejects one Server, with the reason beside it. Of a Server that the Model does not name, \
                  this is normal.",
        causes: &[
            Cause {
                what: "A requirement is not among the capabilities.",
                tell: "The reason begins with `model requirements`.",
                fix: "Spell the requirement as the agent declares it.",
                rules: &["SCS0402", "SCS0401"],
            },
            Cause {
                what: "No replica of the Server is connected.",
                tell: "The reason says `waiting for server replicas to connect`.",
                fix: "See why the agents do not reach the scheduler.",
                rules: &["SCS0307", "SCS0601"],
            },
            Cause {
                what: "The Model names another Server.",
                tell: "The reason begins with `requested server`, and shows two names as if they were equal.",
                fix: "Nothing, unless it names the wrong one.",
                rules: &["SCS0403"],
            },
            Cause {
                what: "The replica has too little memory, is draining, or runs no explainers.",
                tell: "The reason says `replica memory`, `is draining` or names the explainer filter.",
                fix: "Give the Server memory or replicas.",
                rules: &["SCS0410"],
            },
        ],
    },
    Symptom {
        id: "model-name-invalid",
        signal: Signal::Failure,
        messages: &["does not have a valid name - it must be alphanumeric and not contains dots"],
        seen_in: "condition ModelReady of a Model (ModelFailed), the operator's log (FailedPrecondition)",
        meaning: "The scheduler takes lower-case letters, digits and `-` only; the API server takes dots too.",
        causes: &[Cause {
            what: "The Model's name has a dot.",
            tell: "It is in the message.",
            fix: "Make the Model anew under another name.",
            rules: &["SCS0406"],
        }],
    },
    Symptom {
        id: "model-spec-refused",
        signal: Signal::Failure,
        messages: &[
            "scaling spec is invalid: number of replicas * must be",
            "Can't convert model memory quantity to bytes",
            "Can't have both explainer and llm in model spec",
        ],
        seen_in: "condition ModelReady of a Model, the operator's log",
        meaning: "The operator cannot pass the Model on: its fields contradict one another or cannot be read.",
        causes: &[Cause {
            what: "The field that the message names.",
            tell: "`replicas` outside of `minReplicas` and `maxReplicas`, a `memory` that is no whole number of bytes \
                   (`1GB` is none, `1G` and `1Gi` are), or `explainer` beside `llm`.",
            fix: "Correct the field.",
            rules: &["SCS0410"],
        }],
    },
    Symptom {
        id: "settings-not-derived",
        signal: Signal::Failure,
        messages: &["Can't create model-settings from requirements"],
        seen_in: "the agent's log, condition ModelReady of a Model",
        meaning: "The artifact has no `model-settings.json`, so the agent chooses MLServer's runtime by the first \
                  requirement it knows, and knows none of them.",
        causes: &[Cause {
            what: "None of the requirements names a runtime of MLServer.",
            tell: "None is alibi-detect, alibi-explain, lightgbm, mlflow, python, sklearn or xgboost.",
            fix: "Require one of them first, or put a `model-settings.json` beside the artifact.",
            rules: &["SCS0407"],
        }],
    },
    Symptom {
        id: "secret-not-one-key",
        signal: Signal::Failure,
        messages: &["Secret does not have 1 key"],
        seen_in: "condition ModelReady of a Model, the agent's log",
        meaning: "A Secret with rclone settings must hold exactly one key.",
        causes: &[
            Cause {
                what: "The Secret that `spec.secretName` of the Model names holds several keys or none.",
                tell: "`kubectl describe secret NAME` lists them without their values.",
                fix: "Keep one key with one rclone remote, or drop `secretName` for a public bucket.",
                rules: &["SCS0408"],
            },
            Cause {
                what: "The Secret is one of `rclone.config_secrets`, which every agent reads.",
                tell: "The message names `seldon-rclone-gs-public` or another of that list.",
                fix: "Keep one key in it.",
                rules: &["SCS0310"],
            },
        ],
    },
    Symptom {
        id: "secret-unreadable",
        signal: Signal::Failure,
        messages: &["secrets \"*\" is forbidden", "secrets \"*\" not found"],
        seen_in: "condition ModelReady of a Model, the agent's log",
        meaning: "The agent looks for the Secret in its own namespace, and may read no other.",
        causes: &[
            Cause {
                what: "The Secret is not in the namespace of the Server.",
                tell: "`kubectl get secret NAME -n NAMESPACE` does not find it.",
                fix: "Create it there, with exactly one key.",
                rules: &["SCS0408", "SCS0310"],
            },
            Cause {
                what: "The Model landed on another tenant's Server, because it names none.",
                tell: "`spec.server` of the Model is empty, and its `status.selector` shows a Server of another \
                       namespace.",
                fix: "Name a Server of the Model's own namespace in `spec.server`.",
                rules: &["SCS0404", "SCS0304"],
            },
        ],
    },
    Symptom {
        id: "model-stays",
        signal: Signal::Clue,
        messages: &[
            "seldon.model.finalizer",
            "ModelTerminateFailed",
            "Model stuck Terminating",
            "Pipeline stuck Terminating",
            "Experiment stuck Terminating",
        ],
        seen_in: "metadata or condition of a Model or Pipeline that stays Terminating",
        meaning: "The operator removes the finalizer when the scheduler says that the Model is unloaded.",
        causes: &[
            Cause {
                what: "The operator does not reach the scheduler through `seldon-scheduler` of the namespace.",
                tell: "The Model's condition has an `rpc error`, or the alias is gone, often with the namespace's other \
                       objects.",
                fix: "Restore the alias first, and delete it last. Removing the finalizer by hand leaves the model \
                      loaded.",
                rules: &["SCS0501", "SCS0502", "SCS0505", "SCS0603"],
            },
            Cause {
                what: "It waits for the model gateway.",
                tell: "MODELGW READY of the Model is not ModelTerminated.",
                fix: "Wait; without any gateway the deletion still ends.",
                rules: &["SCS0409"],
            },
        ],
    },
];
