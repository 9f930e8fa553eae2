//! The lines of the checklist, and which rules are behind each.

use serde::Serialize;

use crate::{profile::Wiring, report::Record};

/// A line of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// The chart is deployed with its scheduler on.
    Scheduler,
    /// The tenant's runtime names the shared `SeldonConfig`.
    SeldonConfig,
    /// The tenant's Servers name a `ServerConfig` of the control plane.
    ServerConfig,
    /// Capabilities are spelled as Seldon spells them.
    Capabilities,
    /// The tenant's Service leads to the central scheduler.
    Alias,
    /// Policies admit what crosses the namespaces.
    Network,
    /// Agents are subscribed.
    Agents,
    /// The scheduler was told of the Servers.
    Notifications,
    /// Models are loaded.
    Models,
}

/// Whose objects a rule has to speak about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The control plane's, and those of no namespace.
    Central,
    /// The tenant's.
    Tenant,
    /// Both.
    Both,
}

/// A rule behind a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    /// Its id.
    pub(super) rule: &'static str,
    side: Side,
    /// Whether the line is proved only when this rule was judged and holds. Others say nothing unless
    /// something is wrong; they contradict the line when they do.
    pub(super) proves: bool,
}

const fn central(rule: &'static str) -> Behind {
    Behind { rule, side: Side::Central, proves: true }
}

const fn tenant(rule: &'static str) -> Behind {
    Behind { rule, side: Side::Tenant, proves: true }
}

impl Behind {
    const fn contradicts(self) -> Self {
        Self { proves: false, ..self }
    }

    const fn on_both_sides(self) -> Self {
        Self { side: Side::Both, ..self }
    }

    /// Whether a record is a word of it about the tenant of a namespace, with this control plane.
    pub(super) fn is_about(self, record: &Record, central: &str, namespace: &str) -> bool {
        let own = record.namespace() == Some(namespace);
        let central = record.namespace().is_none_or(|home| home == central);
        record.rule == self.rule
            && record.object.is_some()
            && match self.side {
                Side::Central => central,
                Side::Tenant => own,
                Side::Both => own || central,
            }
    }
}

impl Item {
    /// All of them, in the specification's order.
    pub const ALL: [Self; 9] = [
        Self::Scheduler,
        Self::SeldonConfig,
        Self::ServerConfig,
        Self::Capabilities,
        Self::Alias,
        Self::Network,
        Self::Agents,
        Self::Notifications,
        Self::Models,
    ];

    /// What it claims, in one sentence without a full stop.
    pub const fn claim(self) -> &'static str {
        match self {
            Self::Scheduler => "The control plane is installed and runs the one scheduler",
            Self::SeldonConfig => "The tenant's SeldonRuntime starts from the SeldonConfig of the control plane",
            Self::ServerConfig => "The tenant's Servers name a ServerConfig of the control plane",
            Self::Capabilities => "Models and Servers spell capabilities as Seldon does: `sklearn`, not `scikit-learn`",
            Self::Alias => "The tenant's Service `seldon-scheduler` leads to the central scheduler",
            Self::Network => "Network policies let the tenant and the control plane reach each other",
            Self::Agents => "The tenant's agents are subscribed to the central scheduler",
            Self::Notifications => "The scheduler was told of the tenant's Servers",
            Self::Models => "The tenant's Models are scheduled and loaded",
        }
    }

    /// The rules behind it for a tenant that reaches the scheduler in this way, those that prove it first.
    pub(super) const fn behind(self, wiring: Wiring) -> &'static [Behind] {
        match self {
            // Nothing in the shape of a relay's Service says where the relay leads; agents that the central
            // scheduler has taken do.
            Self::Alias if matches!(wiring, Wiring::Relay) => {
                &const {
                    [
                        tenant("SCS0501"),
                        tenant("SCS0703"),
                        tenant("SCS0209").contradicts(),
                        tenant("SCS0204").contradicts(),
                    ]
                }
            }
            Self::Scheduler => {
                &const {
                    [
                        central("SCS0101"),
                        central("SCS0102"),
                        central("SCS0103"),
                        central("SCS0105"),
                        central("SCS0104").contradicts(),
                        central("SCS0110").contradicts(),
                    ]
                }
            }
            Self::SeldonConfig => {
                &const { [tenant("SCS0201"), tenant("SCS0203"), tenant("SCS0106"), tenant("SCS0202").contradicts()] }
            }
            Self::ServerConfig => {
                &const {
                    [
                        tenant("SCS0302"),
                        tenant("SCS0107"),
                        tenant("SCS0301").contradicts(),
                        tenant("SCS0303").contradicts(),
                    ]
                }
            }
            Self::Capabilities => &const { [tenant("SCS0305"), tenant("SCS0401")] },
            Self::Alias => {
                &const {
                    [
                        tenant("SCS0501"),
                        tenant("SCS0502"),
                        tenant("SCS0503"),
                        tenant("SCS0504"),
                        tenant("SCS0505").contradicts(),
                        // Before the operator has been there, that the alias stands proves nothing.
                        tenant("SCS0209").contradicts(),
                        tenant("SCS0204").contradicts(),
                        tenant("SCS0207").contradicts(),
                    ]
                }
            }
            Self::Network => {
                &const {
                    [
                        tenant("SCS0601"),
                        tenant("SCS0602"),
                        central("SCS0603"),
                        tenant("SCS0604").on_both_sides().contradicts(),
                    ]
                }
            }
            Self::Agents => &const { [tenant("SCS0701"), tenant("SCS0703"), tenant("SCS0702").contradicts()] },
            Self::Notifications => &const { [tenant("SCS0704")] },
            Self::Models => {
                &const {
                    [
                        tenant("SCS0402"),
                        tenant("SCS0409"),
                        tenant("SCS0307").contradicts(),
                        tenant("SCS0309").contradicts(),
                        tenant("SCS0403").contradicts(),
                        tenant("SCS0408").contradicts(),
                        tenant("SCS0410").contradicts(),
                        tenant("SCS0411").contradicts(),
                    ]
                }
            }
        }
    }

    /// The rules behind it, sorted.
    pub fn rules(self, wiring: Wiring) -> Vec<&'static str> {
        let mut rules: Vec<&str> = self.behind(wiring).iter().map(|behind| behind.rule).collect();
        rules.sort_unstable();
        rules
    }
}
