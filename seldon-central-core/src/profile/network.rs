//! What the `NetworkPolicies` of a tenant shall admit.

use std::{collections::BTreeMap, fmt, net::IpAddr, num::NonZeroU16};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    name::Namespace,
    pattern::{self, pod_port},
    profile::{LabelKey, LabelValue, valid},
};

/// The `NetworkPolicies` of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkPolicySettings {
    /// Which policies are built.
    pub set: PolicySet,
    /// Which pods they select.
    pub scope: PolicyScope,
    /// Also build the ingress side, in the control plane's namespace. The first such policy cuts
    /// the scheduler off from every tenant that has none.
    pub control_plane_ingress: bool,
    /// The cluster's DNS.
    pub dns: Dns,
    /// The API server, as pods reach it; usually on 443 and 6443.
    pub api_server: Destination,
    /// Where artifacts are fetched; usually on 443 and 9000.
    pub object_store: Destination,
    /// Kafka; admitted only while a component that needs it runs. Where the cluster's `kafkaConfig` says
    /// unless given, and without a cluster where the setup chart's default points.
    pub kafka: Option<KafkaDestination>,
    /// Who may send inference requests to Envoy.
    pub clients: PolicySource,
    /// Who may scrape metrics.
    pub metrics: PolicySource,
}

/// Which `NetworkPolicies` are built for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PolicySet {
    /// None.
    None,
    /// Only the flows to the scheduler and to DNS, for a namespace whose other policies admit the
    /// rest. On its own it cuts Seldon's pods off from everything else.
    Scheduler,
    /// Every flow a tenant needs, in and out, and nothing else.
    #[default]
    Full,
}

/// Which pods the policies select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PolicyScope {
    /// Seldon's own pods, so that nothing else in the namespace is cut off.
    #[default]
    Seldon,
    /// Every pod of the namespace, as the specification's `podSelector: {}` does.
    Namespace,
}

/// Addresses and ports outside the pattern that its pods must reach.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Destination {
    /// Address ranges; empty means anywhere.
    pub cidrs: Vec<Cidr>,
    /// TCP ports; empty means the usual ones, which the field of this type names.
    pub ports: Vec<NonZeroU16>,
}

/// Kafka, in the cluster or outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KafkaDestination {
    /// The namespace it runs in; the setup chart's default bootstrap points at `seldon-mesh`.
    pub namespace: Option<Namespace>,
    /// Address ranges, for a Kafka outside the cluster.
    pub cidrs: Vec<Cidr>,
    /// TCP ports.
    pub ports: Vec<NonZeroU16>,
}

impl Default for KafkaDestination {
    fn default() -> Self {
        Self {
            namespace: Some(valid(Namespace::new(pattern::KAFKA_NAMESPACE))),
            cidrs: Vec::new(),
            ports: pattern::KAFKA_PORTS.into_iter().filter_map(NonZeroU16::new).collect(),
        }
    }
}

/// The cluster's DNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Dns {
    /// Pods that answer. `k8s-app: kube-dns` in `kube-system` unless given.
    pub pods: Vec<DnsPeer>,
    /// Address ranges that answer. The link-local address of the node-local cache unless given.
    pub cidrs: Vec<Cidr>,
    /// UDP and TCP ports, 53 when none is given, as the pods have them; OpenShift's listen on 5353.
    pub ports: Vec<NonZeroU16>,
}

impl Default for Dns {
    fn default() -> Self {
        let (key, value) = pattern::DNS_POD_LABEL;
        Self {
            pods: vec![DnsPeer {
                namespace: valid(Namespace::new(pattern::DNS_NAMESPACE)),
                labels: LabelKey::new(key).into_iter().zip(LabelValue::new(value)).collect(),
            }],
            cidrs: pattern::NODE_LOCAL_DNS.parse().into_iter().collect(),
            ports: NonZeroU16::new(pod_port::DNS).into_iter().collect(),
        }
    }
}

/// DNS pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DnsPeer {
    /// Their namespace.
    pub namespace: Namespace,
    /// Their labels; none selects every pod of the namespace.
    #[serde(default)]
    pub labels: BTreeMap<LabelKey, LabelValue>,
}

/// Where admitted connections come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PolicySource {
    /// Namespaces.
    pub namespaces: Vec<Namespace>,
    /// Address ranges, for clients outside the cluster.
    pub cidrs: Vec<Cidr>,
}

impl PolicySource {
    /// Whether nothing is named, which admits everybody.
    pub fn is_anywhere(&self) -> bool {
        self.namespaces.is_empty() && self.cidrs.is_empty()
    }
}

/// An address range such as `10.0.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr(IpNet);

/// A text that is no address range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not an address range{hint}",
    .value.escape_debug(),
    hint = .suggestion.map_or_else(|| "; one looks like `10.0.0.0/16`".into(), |s| format!("; `{s}` would be"))
)]
pub struct CidrError {
    /// The text as it was given.
    pub value: String,
    /// The range that was probably meant.
    pub suggestion: Option<IpNet>,
}

impl Cidr {
    /// The range.
    pub const fn net(self) -> IpNet {
        self.0
    }
}

impl std::str::FromStr for Cidr {
    type Err = CidrError;
    fn from_str(value: &str) -> Result<Self, CidrError> {
        let refuse = |suggestion| Err(CidrError { value: value.to_owned(), suggestion });
        match (value.parse::<IpNet>(), value.parse::<IpAddr>()) {
            (Ok(net), _) if net.trunc() == net => Ok(Self(net)),
            // The API server warns about host bits and a future one refuses them.
            (Ok(net), _) => refuse(Some(net.trunc())),
            (Err(_), Ok(address)) => refuse(Some(IpNet::from(address))),
            (Err(_), Err(_)) => refuse(None),
        }
    }
}

impl TryFrom<String> for Cidr {
    type Error = CidrError;
    fn try_from(value: String) -> Result<Self, CidrError> {
        value.parse()
    }
}

impl From<Cidr> for String {
    fn from(cidr: Cidr) -> String {
        cidr.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Cidr {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cidr".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]{1,3}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_range_is_refused_with_the_one_that_was_meant() {
        let message = |value: &str| value.parse::<Cidr>().unwrap_err().to_string();
        assert_eq!(message("10.0.0.5/16"), "`10.0.0.5/16` is not an address range; `10.0.0.0/16` would be");
        assert_eq!(message("10.0.0.5"), "`10.0.0.5` is not an address range; `10.0.0.5/32` would be");
        assert_eq!(message("ten"), "`ten` is not an address range; one looks like `10.0.0.0/16`");
        assert!("fd00::/8".parse::<Cidr>().is_ok());
    }

    #[test]
    fn the_defaults_parse() {
        assert_eq!(Dns::default().cidrs.len(), 1);
        assert_eq!(Dns::default().pods[0].labels.len(), 1);
        assert_eq!(KafkaDestination::default().namespace.unwrap().as_str(), "seldon-mesh");
    }
}
