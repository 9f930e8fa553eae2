//! What is known that explains why a connection to the scheduler fails.

use super::{World, belonging::is_alias, denial};
use crate::{
    finding::Evidence,
    flow::{Flow, Party, operator_flow},
    log::{Failure, FailureKind},
    object::Object,
    pattern,
    reason::flows::{Judged, Pods},
    resource::SERVICE,
};

/// An explanation, as far as there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    /// What fails, for people: `the scheduler's name does not resolve, because …`.
    pub(super) what: String,
    /// The error itself, where there is one.
    pub(super) evidence: Option<Evidence>,
    /// What to do about it.
    pub(super) remedy: String,
}

/// Explains a failure of whoever dials the scheduler for a namespace: a Server's agent, or the
/// operator.
pub(super) fn explain(world: &World<'_>, namespace: &str, from: Party, failure: &Failure) -> Cause {
    let (because, remedy) = known(world, namespace, from, failure.kind);
    let sentence = failure.kind.sentence();
    Cause {
        what: because.map_or_else(|| sentence.to_owned(), |because| format!("{sentence}, because {because}")),
        evidence: Some(Evidence::new("", failure.text.clone())),
        remedy,
    }
}

fn known(world: &World<'_>, namespace: &str, from: Party, kind: FailureKind) -> (Option<String>, String) {
    match kind {
        FailureKind::NoSuchHost | FailureKind::NoAddresses => name(world, namespace),
        FailureKind::Refused => refused(world, namespace),
        FailureKind::TimedOut | FailureKind::Rejected => denied(world, namespace, from),
        FailureKind::DnsTimedOut => {
            (None, "admit port 53, UDP and TCP, to the cluster's DNS in the policies that isolate the pod".to_owned())
        }
        FailureKind::Tls => (
            None,
            "use one security protocol on both ends, and have the scheduler's certificate name the host that is dialled"
                .to_owned(),
        ),
        FailureKind::Closed => (None, "see whether the central scheduler restarts; the connection is tried again".to_owned()),
        FailureKind::Abandoned => (None, restart_operator(world)),
        FailureKind::Other => (None, "look at the error, and at where the Service `seldon-scheduler` leads".to_owned()),
    }
}

/// The remedy for a connection that the operator holds on to.
pub(super) fn restart_operator(world: &World<'_>) -> String {
    let (deployment, central) = (pattern::OPERATOR_DEPLOYMENT, world.central());
    format!("restart the operator: `kubectl rollout restart deployment {deployment} -n {central}`")
}

fn alias<'a>(world: &World<'a>, namespace: &str) -> Result<Option<&'a Object>, ()> {
    let alias = world.snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE);
    alias.map(|found| found.map(|alias| &alias.object)).map_err(drop)
}

fn name(world: &World<'_>, namespace: &str) -> (Option<String>, String) {
    let host = world.control_plane.scheduler_host();
    match alias(world, namespace) {
        Ok(None) => (
            Some(format!("{namespace} has no Service `seldon-scheduler`")),
            format!("create the Service `seldon-scheduler` there, an ExternalName to {host}"),
        ),
        Ok(Some(alias)) if is_alias(alias) => match alias.text("/spec/externalName") {
            Some(target) if target.trim_end_matches('.') != host => (
                Some(format!("the Service `seldon-scheduler` of {namespace} leads to {target}")),
                format!("let it lead to {host}"),
            ),
            _ => {
                (None, format!("see whether {host} resolves in the cluster, and whether the cluster's domain is right"))
            }
        },
        Ok(Some(_)) | Err(()) => (
            None,
            format!("see where the Service `seldon-scheduler` of {namespace} leads, and whether it has endpoints"),
        ),
    }
}

fn refused(world: &World<'_>, namespace: &str) -> (Option<String>, String) {
    let is_central = namespace == world.central();
    match alias(world, namespace) {
        Ok(Some(alias))
            if !is_alias(alias)
                && !is_central
                && world.tenant(namespace).is_some_and(|tenant| tenant.wiring != super::Wiring::Relay) =>
        {
            (
                Some(format!("the Service `seldon-scheduler` of {namespace} is no alias and leads to no pod")),
                format!("replace it in one write by an ExternalName to {}", world.control_plane.scheduler_host()),
            )
        }
        _ => (
            None,
            format!(
                "see whether the scheduler of {} is ready, and listens on the port that is dialled",
                world.central()
            ),
        ),
    }
}

/// Policies that deny the flow, by what they say and not by what packets do.
fn denied(world: &World<'_>, namespace: &str, from: Party) -> (Option<String>, String) {
    let policies = denying(world, namespace, from);
    if policies.is_empty() {
        let is_absent = matches!(alias(world, namespace), Ok(None));
        let outside = format!("{namespace} has no Service `seldon-scheduler`, so that the name may lead outside");
        let remedy = "no NetworkPolicy that is known denies it: look at other policies, such as those of the network \
                      plugin, and at the network between the nodes";
        return if is_absent { (Some(outside), name(world, namespace).1) } else { (None, remedy.to_owned()) };
    }
    let list = crate::text::enumerate(policies.iter().map(String::as_str));
    let remedy = format!("admit it in {list}; the finding on that NetworkPolicy has the rule");
    (Some(format!("the NetworkPolicy {list} denies it")), remedy)
}

/// The policies that certainly deny the flow, as `namespace/name`.
fn denying(world: &World<'_>, namespace: &str, from: Party) -> Vec<String> {
    let central = world.central();
    let (own, there) = (world.network().policies(namespace), world.network().policies(central));
    let mut judged = Judged::default();
    if from == Party::Operator {
        let flow = operator_flow(Party::CentralScheduler, world.control_plane.transport);
        if let (Ok(there), Ok(pods)) =
            (there, Pods::new(world.network(), world.control_plane, central, super::Wiring::ExternalName))
        {
            judged.add(there, &pods, &flow);
        }
    } else if let Some(tenant) = world.tenant(namespace)
        && let Ok(pods) = denial::pods(world, tenant)
    {
        let flows = pods.flows();
        for flow in flows
            .iter()
            .filter(|flow: &&Flow| flow.from == from && matches!(flow.to, Party::CentralScheduler | Party::Relay))
        {
            for policies in [own.as_ref(), there.as_ref()].into_iter().flatten() {
                judged.add(policies, &pods, flow);
            }
        }
    }
    let mut names: Vec<String> =
        judged.denied.iter().flat_map(|denied| &denied.denial.isolating).map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
}
