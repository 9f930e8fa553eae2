//! The kinds of objects the pattern is made of: group, version, plural and scope, once.

use std::fmt;

/// One kind as the API server serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version this project reads and writes.
    pub version: &'static str,
    /// Kind, as in manifests.
    pub kind: &'static str,
    /// Plural, as in URLs and in RBAC rules.
    pub plural: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

impl Resource {
    /// `apiVersion` as a manifest spells it.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether this is the kind of an object with this `apiVersion` and `kind`; the version is
    /// ignored, because every version of a kind shows the same objects.
    pub fn matches(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        self.kind == kind && self.group == group
    }

    /// The kind of an object with this `apiVersion` and `kind`, if the pattern knows it.
    pub fn find(api_version: &str, kind: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|resource| resource.matches(api_version, kind))
    }
}

impl fmt::Display for Resource {
    /// As kubectl prints it: `servers.mlops.seldon.io`, `services`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group {
            "" => f.write_str(self.plural),
            group => write!(f, "{}.{group}", self.plural),
        }
    }
}

/// The API group of Seldon Core 2.
/// Source: `operator/apis/mlops/v1alpha1/groupversion_info.go`.
pub const SELDON_GROUP: &str = "mlops.seldon.io";

const fn seldon(kind: &'static str, plural: &'static str) -> Resource {
    Resource { group: SELDON_GROUP, version: "v1alpha1", kind, plural, namespaced: true }
}

const fn core(kind: &'static str, plural: &'static str, namespaced: bool) -> Resource {
    Resource { group: "", version: "v1", kind, plural, namespaced }
}

const fn apps(kind: &'static str, plural: &'static str) -> Resource {
    Resource { group: "apps", version: "v1", kind, plural, namespaced: true }
}

macro_rules! resources {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub static $name: Resource = $value;)*

        /// Every kind above, in the order of this file.
        pub static ALL: [&Resource; [$(stringify!($name)),*].len()] = [$(&$name),*];
    };
}

resources! {
    /// `Namespace`
    NAMESPACE = core("Namespace", "namespaces", false);
    /// `Secret`
    SECRET = core("Secret", "secrets", true);
    /// `ConfigMap`
    CONFIG_MAP = core("ConfigMap", "configmaps", true);
    /// `Service`
    SERVICE = core("Service", "services", true);
    /// `Pod`
    POD = core("Pod", "pods", true);
    /// `Event`
    EVENT = core("Event", "events", true);
    /// `Deployment`
    DEPLOYMENT = apps("Deployment", "deployments");
    /// `StatefulSet`
    STATEFUL_SET = apps("StatefulSet", "statefulsets");
    /// `NetworkPolicy`
    NETWORK_POLICY = Resource { group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy", plural: "networkpolicies", namespaced: true };
    /// `Certificate` of cert-manager
    CERTIFICATE = Resource { group: "cert-manager.io", version: "v1", kind: "Certificate", plural: "certificates", namespaced: true };
    /// What is kept of a release of Helm's, which no API server serves: see [`crate::helm`].
    RELEASE = Resource { group: "helm.sh", version: "v1", kind: "Release", plural: "releases", namespaced: true };
    /// `CustomResourceDefinition`
    CRD = Resource { group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition", plural: "customresourcedefinitions", namespaced: false };
    /// `SeldonConfig`
    SELDON_CONFIG = seldon("SeldonConfig", "seldonconfigs");
    /// `ServerConfig`
    SERVER_CONFIG = seldon("ServerConfig", "serverconfigs");
    /// `SeldonRuntime`
    SELDON_RUNTIME = seldon("SeldonRuntime", "seldonruntimes");
    /// `Server`
    SERVER = seldon("Server", "servers");
    /// `Model`
    MODEL = seldon("Model", "models");
    /// `Pipeline`
    PIPELINE = seldon("Pipeline", "pipelines");
    /// `Experiment`
    EXPERIMENT = seldon("Experiment", "experiments");
}

const fn log(kind: &'static str) -> Resource {
    core(kind, PODS_LOG, true)
}

/// The subresource of a pod that is its logs.
const PODS_LOG: &str = "pods/log";
/// The logs of agents, which rules name among what they read. Logs are no kind: nobody lists them, and
/// they are not in [`ALL`].
pub static AGENT_LOG: Resource = log("AgentLog");
/// The log of the central scheduler.
pub static SCHEDULER_LOG: Resource = log("SchedulerLog");
/// The log of the operator.
pub static OPERATOR_LOG: Resource = log("OperatorLog");

impl Resource {
    /// Whether this is logs and no kind.
    pub fn is_log(&self) -> bool {
        self.plural == PODS_LOG
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_whatever_their_version() {
        assert_eq!(Resource::find("mlops.seldon.io/v1alpha1", "Server"), Some(&SERVER));
        assert_eq!(Resource::find("apps/v1beta1", "Deployment"), Some(&DEPLOYMENT));
        assert_eq!(Resource::find("v1", "Server"), None);
    }

    #[test]
    fn kinds_print_as_kubectl_names_them() {
        assert_eq!(SERVER.to_string(), "servers.mlops.seldon.io");
        assert_eq!(SERVICE.to_string(), "services");
        assert_eq!(SERVER.api_version(), "mlops.seldon.io/v1alpha1");
        assert_eq!(SERVICE.api_version(), "v1");
    }
}
