//! From flows that policies drop to findings: one for each set of isolating policies and direction.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Report, TenantView, World};
use crate::{
    finding::Evidence,
    object::ObjectId,
    reason::{
        flows::{Denied, Judged, Pods, Policies},
        network::{AnyRule, Direction, Mismatch, NearMiss, PolicyId, Problem},
    },
    resource::NAMESPACE,
    snapshot::{Observed, Unknown},
    text,
};

/// The flows that one set of policies drops in one direction.
struct Group {
    isolating: Vec<PolicyId>,
    direction: Direction,
    denied: Vec<Denied>,
}

/// Reports what was judged for a namespace: a finding for each group, unknown when facts are
/// missing, and a pass otherwise.
pub(super) fn report(judged: Judged, policies: &Policies<'_>, namespace: &str, report: &mut Report) {
    let id = ObjectId::of(&NAMESPACE, None, namespace);
    let groups = groups(judged.denied);
    match (groups.is_empty(), judged.doubts.into_iter().next()) {
        (true, None) => return report.holds(id),
        (true, Some(doubt)) => return report.unknown(id, doubt),
        (false, _) => {}
    }
    for group in groups {
        let Some(policy) = group.policy(policies) else { continue };
        let evidence = group.evidence(policy, policies.index().problems());
        report.fail(policy, group.message(), evidence, group.remedy());
    }
}

/// Asks something of every tenant whose pods and policies are known, and says of the others why
/// not.
pub(super) fn for_each_tenant(
    world: &World<'_>,
    report: &mut Report,
    mut judge: impl FnMut(&TenantView, &Pods<'_>, &Policies<'_>, &mut Report),
) {
    for tenant in &world.tenants {
        match (world.network().policies(&tenant.namespace), pods(world, tenant)) {
            (Ok(policies), Ok(pods)) => judge(tenant, &pods, policies, report),
            (Err(reason), _) | (_, Err(reason)) => {
                report.unknown(ObjectId::of(&NAMESPACE, None, &tenant.namespace), reason);
            }
        }
    }
}

/// Whoever takes part in the flows of a tenant.
pub(super) fn pods<'a>(world: &'a World<'_>, tenant: &'a TenantView) -> Result<Pods<'a>, Unknown> {
    Pods::new(world.network(), world.control_plane, &tenant.namespace, tenant.wiring)
}

fn groups(denied: Vec<Denied>) -> Vec<Group> {
    let mut groups: BTreeMap<(Direction, Vec<PolicyId>), Vec<Denied>> = BTreeMap::new();
    for denied in denied {
        groups.entry((denied.direction, denied.denial.isolating.clone())).or_default().push(denied);
    }
    let group = |((direction, isolating), denied)| Group { isolating, direction, denied };
    groups.into_iter().map(group).collect()
}

impl Group {
    /// The policy that is best suited for the missing rules.
    fn policy<'a>(&self, policies: &Policies<'a>) -> Option<&'a Observed> {
        let first = self.denied.first()?;
        policies.observed(&first.denial.missing.policy)
    }

    fn message(&self) -> String {
        let flows = self.denied.iter().map(|denied| (denied.from.clone(), denied.to.clone(), denied.port.number));
        format!("no {} rule of {} admits {}", self.direction.field(), names(&self.isolating), list(flows))
    }

    fn evidence(&self, policy: &Observed, problems: &[Problem]) -> Vec<Evidence> {
        let field = self.direction.field();
        let mut evidence = vec![Evidence::new("/spec/policyTypes", isolation(self.direction, &self.isolating))];
        let is_of_these = |problem: &&Problem| {
            self.isolating.contains(&problem.policy) && problem.path.starts_with(&format!("spec.{field}["))
        };
        evidence.extend(problems.iter().filter(is_of_these).map(|problem| malformed(problem, policy)));
        for near in self.denied.iter().filter_map(|denied| denied.denial.nearest.as_ref()) {
            let near = near_miss(near, policy);
            if !evidence.contains(&near) {
                evidence.push(near);
            }
        }
        evidence.extend(self.missing().iter().map(|rule| Evidence::new(format!("/spec/{field}/-"), rule)));
        evidence
    }

    fn remedy(&self) -> String {
        let policy = self.denied.first().map(|denied| denied.denial.missing.policy.name.as_str()).unwrap_or_default();
        format!("add to `spec.{}` of {policy}: {}", self.direction.field(), self.missing().join(", "))
    }

    /// The smallest rules that admit the flows, as compact JSON; those for the same peers are one.
    fn missing(&self) -> Vec<String> {
        let mut rules: Vec<(Vec<NetworkPolicyPeer>, Vec<NetworkPolicyPort>)> = Vec::new();
        for denied in &self.denied {
            let (peers, ports) = match &denied.denial.missing.rule {
                AnyRule::Egress(rule) => (&rule.to, &rule.ports),
                AnyRule::Ingress(rule) => (&rule.from, &rule.ports),
            };
            let (peers, ports) = (peers.clone().unwrap_or_default(), ports.clone().unwrap_or_default());
            match rules.iter_mut().find(|(known, _)| *known == peers) {
                Some((_, known)) => {
                    let new: Vec<_> = ports.into_iter().filter(|port| !known.contains(port)).collect();
                    known.extend(new);
                }
                None => rules.push((peers, ports)),
            }
        }
        rules.iter().map(|(peers, ports)| rule(self.direction, peers, ports)).collect()
    }
}

/// A rule as compact JSON; without peers it admits everybody.
fn rule(direction: Direction, peers: &[NetworkPolicyPeer], ports: &[NetworkPolicyPort]) -> String {
    let peers_field = match direction {
        Direction::Egress => "to",
        Direction::Ingress => "from",
    };
    let mut rule = Map::new();
    if !peers.is_empty() {
        rule.insert(peers_field.to_owned(), json!(peers));
    }
    rule.insert("ports".to_owned(), json!(ports));
    compact(&Value::Object(rule))
}

/// A value as JSON on one line.
pub(super) fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What isolates pods.
pub(super) fn isolation(direction: Direction, policies: &[PolicyId]) -> String {
    let isolate = if policies.len() == 1 { "isolates" } else { "isolate" };
    format!("{direction}: {} {isolate} these pods", names(policies))
}

/// The names of policies, for people.
pub(super) fn names(policies: &[PolicyId]) -> String {
    text::enumerate(policies.iter().map(|policy| policy.name.as_str()))
}

/// Flows for people, those that differ only in who connects together:
/// `hodometer, seldon-modelgateway -> central scheduler on 9004; …`.
pub(super) fn list(flows: impl Iterator<Item = (String, String, u16)>) -> String {
    let mut ports: Vec<((String, String), BTreeSet<u16>)> = Vec::new();
    for (from, to, port) in flows {
        match ports.iter_mut().find(|((known_from, known_to), _)| (known_from, known_to) == (&from, &to)) {
            Some((_, known)) => {
                known.insert(port);
            }
            None => ports.push(((from, to), BTreeSet::from([port]))),
        }
    }
    let mut lines: Vec<(String, BTreeSet<u16>, Vec<String>)> = Vec::new();
    for ((from, to), ports) in ports {
        match lines.iter_mut().find(|(known_to, known, _)| (known_to, known) == (&to, &ports)) {
            Some((_, _, sources)) => sources.push(from),
            None => lines.push((to, ports, vec![from])),
        }
    }
    let line = |(to, ports, from): (String, BTreeSet<u16>, Vec<String>)| {
        format!("{} -> {to} on {}", from.join(", "), super::service::list(&ports))
    };
    lines.into_iter().map(line).collect::<Vec<_>>().join("; ")
}

/// A part of a rule that admits nothing, though it is there.
fn malformed(problem: &Problem, policy: &Observed) -> Evidence {
    let Problem { policy: id, path, flaw } = problem;
    let but = format!("the API server refuses this: {flaw}");
    if id.name == policy.object.name() {
        return Evidence::new(format!("/{}", path.replace(['.', '['], "/").replace(']', "")), but);
    }
    Evidence::new("", format!("{path} of {}: {but}", id.name))
}

/// The rule that admits nearly a flow.
fn near_miss(near: &NearMiss, policy: &Observed) -> Evidence {
    let requirements = |unmet: &[crate::reason::selector::Requirement]| {
        unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    };
    let but = match &near.but {
        Mismatch::NamespaceLabels { namespace, unmet } => {
            format!("wants `{}` of namespace {namespace}, which does not carry it", requirements(unmet))
        }
        Mismatch::Port { admitted } => {
            let admitted: Vec<String> = admitted.iter().map(ToString::to_string).collect();
            format!("admits other ports: {}", admitted.join(", "))
        }
        Mismatch::Namespace { namespace } => format!("means another namespace than {namespace}"),
        Mismatch::PodLabels { unmet } => format!("wants pods with `{}`", requirements(unmet)),
        Mismatch::Address { cidr, .. } => format!("means other addresses: {cidr}"),
    };
    let (id, direction, index) = (&near.rule.policy, near.rule.direction.field(), near.rule.index);
    if id.name == policy.object.name() {
        return Evidence::new(format!("/spec/{direction}/{index}"), but);
    }
    Evidence::new("", format!("rule spec.{direction}[{index}] of {} {but}", id.name))
}
