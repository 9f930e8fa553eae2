//! Why a profile cannot be built.

use crate::name::{ModelName, NameError, Namespace, ServerName};

/// Why a profile cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// The profile names no tenant.
    #[error("the profile names no tenant; add one under `tenants:` or give a namespace")]
    NoTenants,
    /// A namespace is declared twice.
    #[error("tenant `{0}` is declared twice; merge the two entries")]
    DuplicateTenant(Namespace),
    /// The control plane's namespace is declared as a tenant.
    #[error(
        "`{0}` is the control plane's namespace and cannot be a tenant: its own SeldonRuntime runs the scheduler; \
         choose another namespace, or name the right control plane with --control-plane-namespace"
    )]
    TenantIsControlPlane(Namespace),
    /// A namespace of Kubernetes itself is declared as a tenant.
    #[error(
        "`{0}` is a namespace of Kubernetes itself, as are all that begin with `kube-`, and cannot be a tenant; choose \
         another namespace"
    )]
    SystemNamespace(Namespace),
    /// Replicas and their bounds contradict each other.
    #[error("tenant `{tenant}`: {kind} `{name}` asks for {problem}; correct one of them")]
    ReplicasContradict {
        /// The tenant.
        tenant: Namespace,
        /// `Server` or `Model`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What contradicts what, after "asks for".
        problem: String,
    },
    /// The scheduler is among the components a tenant changes.
    #[error(
        "tenant `{0}` changes `seldon-scheduler`; in a tenant it is always off (`replicas: 0` without a service type), \
         remove it from `runtime.components`"
    )]
    SchedulerChanged(Namespace),
    /// A component without a Service of its own is given a type of Service.
    #[error("tenant `{tenant}` sets `serviceType` on `{component}`, which has no Service; only `seldon-envoy` has one")]
    ServiceTypeWithoutService {
        /// The tenant.
        tenant: Namespace,
        /// The component's name.
        component: &'static str,
    },
    /// A template gives no valid name for a tenant.
    #[error("tenant `{tenant}`: {error}; give another with --server-name or `servers[].name`")]
    ServerName {
        /// The tenant.
        tenant: Namespace,
        /// What is wrong.
        error: NameError,
    },
    /// Another namespace of the scheduler uses the name.
    #[error(
        "{kind} name `{name}` for tenant `{tenant}` is already used by `{used_by}` on the same scheduler, where {kind} \
         names are global; `{proposal}` is free"
    )]
    NameTaken {
        /// `Server` or `Model`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The tenant that asks for it.
        tenant: Namespace,
        /// The namespace that has it.
        used_by: String,
        /// A name that no namespace uses.
        proposal: String,
    },
    /// The profile gives a name to two tenants, which share a scheduler.
    #[error(
        "tenants `{tenant}` and `{other}` are both given the {kind} name `{name}`, and {kind} names are global to a \
         scheduler; {remedy}"
    )]
    GivenTwice {
        /// `Server` or `Model`.
        kind: &'static str,
        /// The name.
        name: String,
        /// The tenant that is built first.
        tenant: Namespace,
        /// The other tenant.
        other: String,
        /// What would do instead, for people.
        remedy: String,
    },
    /// A tenant declares a name twice.
    #[error("tenant `{tenant}` declares {kind} `{name}` twice; rename or remove one")]
    DuplicateName {
        /// The tenant.
        tenant: Namespace,
        /// `Server` or `Model`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A Model names a Server that its tenant does not declare.
    #[error(
        "Model `{model}` of tenant `{tenant}` names Server `{server}`, which the tenant does not declare ({declared})"
    )]
    UnknownServer {
        /// The tenant.
        tenant: Namespace,
        /// The Model.
        model: ModelName,
        /// The Server it names.
        server: ServerName,
        /// The Servers the tenant declares, for people.
        declared: String,
    },
    /// A relay is wanted and nobody told its image.
    #[error(
        "tenant `{0}` is wired by a relay, and no image for it is known; give one with --relay-image or `relay.image`, \
         or let a cluster tell the one its SeldonConfig uses for Envoy"
    )]
    RelayImageUnknown(Namespace),
    /// A relay without pods is wanted.
    #[error(
        "tenant `{0}` is wired by a relay with `replicas: 0`, which would leave nothing between it and the scheduler; \
         give `relay.replicas` at least 1"
    )]
    RelayWithoutPods(Namespace),
    /// The tenant's Server and one of another namespace have the same name already.
    #[error(
        "`{tenant}` and `{used_by}` both have a Server `{name}` on the same scheduler, which cannot tell them apart; give \
         `{tenant}` another, for example with --server-name {proposal} (it is free), then move its Models there and \
         delete its Server `{name}`"
    )]
    ServerShared {
        /// The tenant.
        tenant: Namespace,
        /// The namespace that has one too.
        used_by: String,
        /// The name.
        name: String,
        /// A name that no namespace uses.
        proposal: String,
    },
}
