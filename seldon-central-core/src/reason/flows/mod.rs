//! The flows of one tenant, held against the `NetworkPolicies` of a namespace.
//!
//! [`crate::flow`] says which flows there are, [`network`](super::network) what policies let pass.
//! Between them stand [`Pods`], which gives every party the pods that the operator makes for it, and
//! [`Network`], which gives the policies of a namespace and whether they are all.

mod network;
mod pods;
mod policies;

pub use self::{
    network::Network,
    pods::Pods,
    policies::{Policies, RawRule, is_own_namespace, is_own_seldon, is_pods, namespaces},
};
use super::network::{Denial, Direction, End, Gap, Port, Verdict};
use crate::{flow::Flow, snapshot::Unknown};

/// What the policies of one namespace say about the flows they were asked about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged {
    /// The flows that are certainly dropped, by the port.
    pub denied: Vec<Denied>,
    /// What would have to be known to judge the others.
    pub doubts: Vec<Unknown>,
}

/// One port of a flow that is dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Denied {
    /// Who connects, for people.
    pub from: String,
    /// Who listens, for people.
    pub to: String,
    /// The port.
    pub port: Port,
    /// On which side it is dropped.
    pub direction: Direction,
    /// Why.
    pub denial: Denial,
}

impl Judged {
    /// Holds a flow of the table, all its ports between all pods of its ends, against policies.
    pub fn add(&mut self, policies: &Policies<'_>, pods: &Pods<'_>, flow: &Flow) {
        let (from, to) = (flow.from.to_string(), flow.to.to_string());
        for source in pods.of(flow.from) {
            for target in pods.of(flow.to) {
                for port in &flow.ports {
                    let ends = [&source, &target].map(|workload| End::Pod(workload.clone()));
                    let verdict = policies.index().evaluate(&ends[0], &ends[1], Port::tcp(*port));
                    self.add_verdict(verdict, pods, (&from, &to), Port::tcp(*port));
                }
            }
        }
    }

    /// Adds what was said about one port of a flow between two parties.
    pub fn add_verdict(&mut self, verdict: Verdict, pods: &Pods<'_>, (from, to): (&str, &str), port: Port) {
        match verdict {
            Verdict::Allowed { .. } => {}
            Verdict::Denied { egress, ingress } => {
                for (direction, denial) in [(Direction::Egress, egress), (Direction::Ingress, ingress)] {
                    let (from, to) = (from.to_owned(), to.to_owned());
                    self.denied.extend(denial.map(|denial| Denied { from, to, port, direction, denial: *denial }));
                }
            }
            Verdict::Unknown { doubts } => {
                for doubt in doubts {
                    let reason = reason(pods, &doubt.gap);
                    if !self.doubts.contains(&reason) {
                        self.doubts.push(reason);
                    }
                }
            }
        }
    }
}

fn reason(pods: &Pods<'_>, gap: &Gap) -> Unknown {
    let what = match gap {
        Gap::NamespaceLabels { namespace, .. } => return pods.network().labels_missing(namespace),
        Gap::PodAddress { workload } => format!("the address of {workload}"),
        Gap::OutsideAddress => "the address outside the cluster".to_owned(),
        Gap::NamedPort { port } => format!("which port is named {port}"),
    };
    Unknown::NotInInput { what }
}
