//! Seldon's own fields, and the version each came with.
//!
//! A field without a version was there in 2.6. Where a field came between 2.6 and 2.9, and nobody
//! knows with which release, the table says 2.7: the earliest that it can have been.

use super::{Tree, pod};
use crate::{
    resource::{EXPERIMENT, MODEL, PIPELINE, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    version::SeldonVersion::{self, V2_6, V2_7, V2_8, V2_9, V2_10},
};

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    since: SeldonVersion,
    below: Below,
}

/// What is below a field.
#[derive(Debug, Clone, Copy)]
enum Below {
    Anything,
    Fields(&'static [Field]),
    /// A part of Kubernetes, which has its own versions.
    Kubernetes(fn(SeldonVersion) -> Tree),
}

const fn leaf(name: &'static str) -> Field {
    Field { name, since: V2_6, below: Below::Anything }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field { name, since: V2_6, below: Below::Fields(fields) }
}

const fn kubernetes(name: &'static str, part: fn(SeldonVersion) -> Tree) -> Field {
    Field { name, since: V2_6, below: Below::Kubernetes(part) }
}

impl Field {
    const fn since(self, since: SeldonVersion) -> Self {
        Self { since, ..self }
    }
}

/// The fields of the `spec` of a kind.
pub(super) fn fields(kind: &Resource) -> Option<&'static [Field]> {
    let kinds: [(&Resource, &'static [Field]); 7] = [
        (&EXPERIMENT, EXPERIMENT_SPEC),
        (&MODEL, MODEL_SPEC),
        (&PIPELINE, PIPELINE_SPEC),
        (&SELDON_CONFIG, SELDON_CONFIG_SPEC),
        (&SELDON_RUNTIME, SELDON_RUNTIME_SPEC),
        (&SERVER, SERVER_SPEC),
        (&SERVER_CONFIG, SERVER_CONFIG_SPEC),
    ];
    kinds.into_iter().find_map(|(known, fields)| (known == kind).then_some(fields))
}

/// The fields that a version has.
pub(super) fn tree(fields: &[Field], version: SeldonVersion) -> Tree {
    let below = |field: &Field| match field.below {
        Below::Anything => Tree::Leaf,
        Below::Fields(fields) => tree(fields, version),
        Below::Kubernetes(part) => part(version),
    };
    let known = fields.iter().filter(|field| field.since <= version);
    Tree::Fields(known.map(|field| (field.name.to_owned(), below(field))).collect())
}

const EXPERIMENT_SPEC: &[Field] = &[
    object("candidates", &[leaf("name"), leaf("weight")]),
    leaf("default"),
    object("mirror", &[leaf("name"), leaf("percent")]),
    leaf("resourceType"),
];

const DATAFLOW: Field = object("dataflow", &[leaf("cleanTopicsOnDelete")]).since(V2_9);

const MODEL_SPEC: &[Field] = &[
    leaf("artifactVersion"),
    DATAFLOW,
    leaf("dedicated"),
    object("explainer", &[leaf("modelRef"), leaf("pipelineRef"), leaf("type")]),
    object("llm", &[leaf("modelRef"), leaf("pipelineRef")]).since(V2_9),
    object("logger", &[leaf("percent")]),
    leaf("maxReplicas"),
    leaf("memory"),
    leaf("minReplicas"),
    leaf("modelType"),
    object("parameters", &[leaf("name"), leaf("value")]),
    leaf("preloaded"),
    leaf("replicas"),
    leaf("requirements"),
    leaf("schemaUri"),
    leaf("secretName"),
    leaf("server"),
    leaf("storageUri"),
];

const PIPELINE_SPEC: &[Field] = &[
    leaf("allowCycles").since(V2_9),
    DATAFLOW,
    object(
        "input",
        &[
            leaf("externalInputs"),
            leaf("externalTriggers"),
            leaf("joinType"),
            leaf("joinWindowMs"),
            leaf("tensorMap"),
            leaf("triggersJoinType"),
        ],
    ),
    leaf("maxStepRevisits").since(V2_7),
    object("output", &[leaf("joinWindowMs"), leaf("steps"), leaf("stepsJoin"), leaf("tensorMap")]),
    object(
        "steps",
        &[
            object("batch", &[leaf("rolling"), leaf("size"), leaf("windowMs")]),
            leaf("inputs"),
            leaf("inputsJoinType"),
            leaf("joinWindowMs"),
            leaf("name"),
            leaf("tensorMap"),
            leaf("triggers"),
            leaf("triggersJoinType"),
        ],
    ),
];

const VOLUME_CLAIMS: Field = object("volumeClaimTemplates", &[leaf("name"), kubernetes("spec", pod::claim)]);

/// `config` of a `SeldonConfig` and of a `SeldonRuntime`.
const CONFIG: Field = object(
    "config",
    &[
        object("agentConfig", &[object("rclone", &[leaf("config"), leaf("config_secrets")])]),
        object(
            "kafkaConfig",
            &[
                leaf("bootstrap.servers"),
                leaf("consumer"),
                leaf("consumerGroupIdPrefix").since(V2_7),
                leaf("debug"),
                leaf("producer"),
                leaf("streams"),
                leaf("topicPrefix"),
                leaf("topics").since(V2_10),
            ],
        ),
        object(
            "scalingConfig",
            &[
                object("models", &[leaf("enabled")]),
                object("pipelines", &[leaf("maxShardCountMultiplier")]),
                object(
                    "servers",
                    &[leaf("enabled"), leaf("scaleDownPackingEnabled"), leaf("scaleDownPackingPercentage")],
                ),
            ],
        )
        .since(V2_10),
        object("serviceConfig", &[leaf("grpcServicePrefix"), leaf("serviceType")]),
        object(
            "tracingConfig",
            &[leaf("disable"), leaf("otelExporterEndpoint"), leaf("otelExporterProtocol").since(V2_7), leaf("ratio")],
        ),
    ],
);

const SELDON_CONFIG_SPEC: &[Field] = &[
    object(
        "components",
        &[
            leaf("annotations").since(V2_7),
            leaf("labels").since(V2_7),
            leaf("name"),
            kubernetes("podSpec", pod::spec),
            leaf("replicas"),
            VOLUME_CLAIMS,
        ],
    ),
    CONFIG,
];

const SELDON_RUNTIME_SPEC: &[Field] = &[
    CONFIG,
    leaf("disableAutoUpdate"),
    object(
        "overrides",
        &[
            leaf("disable"),
            leaf("name"),
            kubernetes("podSpec", pod::seldons).since(V2_8),
            leaf("replicas"),
            leaf("serviceType"),
        ],
    ),
    leaf("seldonConfig"),
];

const SERVER_SPEC: &[Field] = &[
    leaf("capabilities"),
    object("deploymentStrategy", &[object("rollingUpdate", &[leaf("maxSurge"), leaf("maxUnavailable")]), leaf("type")])
        .since(V2_10),
    leaf("disableAutoUpdate"),
    leaf("extraCapabilities"),
    object("imageOverrides", &[kubernetes("agent", pod::container), kubernetes("rclone", pod::container)]),
    leaf("maxReplicas"),
    leaf("minReplicas"),
    kubernetes("podSpec", pod::seldons),
    leaf("replicas"),
    leaf("serverConfig"),
    object("statefulSetPersistentVolumeClaimRetentionPolicy", &[leaf("whenDeleted"), leaf("whenScaled")]).since(V2_7),
];

const SERVER_CONFIG_SPEC: &[Field] = &[kubernetes("podSpec", pod::spec), VOLUME_CLAIMS];
