//! Why a connection to the central scheduler fails: what its error says, held against where the name
//! leads, whether anybody is there, and what policies admit.

use super::{Causes, beside, workload::Workload};
use crate::{
    finding::Evidence,
    flow::{Flow, Party, operator_flow},
    log::{Failure, FailureKind, Link},
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::Wiring,
    reason::{
        alias,
        flows::{Denied, Judged, Pods},
        network::Direction,
    },
    resource::{SERVICE, STATEFUL_SET},
    rules::World,
};

/// Who dials the scheduler by its name in a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialler {
    /// The operator, for the namespace.
    Operator,
    /// The agents of the namespace's Servers.
    Agent,
}

impl Dialler {
    const fn title(self) -> &'static str {
        match self {
            Self::Operator => "the operator",
            Self::Agent => "the agent",
        }
    }
}

/// Why a connection fails.
pub(super) fn link(world: &World<'_>, namespace: &str, dialler: Dialler, failure: &Failure) -> Causes {
    let mut causes = match failure.kind {
        FailureKind::Abandoned if dialler == Dialler::Operator => return abandoned(world),
        FailureKind::Tls => tls(namespace, failure),
        FailureKind::Abandoned | FailureKind::Closed | FailureKind::Other => central(world),
        _ => leads(world, namespace, failure)
            .or(|| central(world))
            .or(|| denied(world, namespace, dialler, failure))
            .or(|| open(world, namespace, dialler, failure)),
    };
    if dialler == Dialler::Operator
        && let Some(first) = causes.proved.first_mut()
    {
        // The object that is judged shows the error itself.
        first.evidence.retain(|one| one.value != failure.text);
        first.evidence.extend(heard(world, namespace));
    }
    causes
}

/// The other end of a failed call: what the operator itself logs of its connection.
fn heard(world: &World<'_>, namespace: &str) -> Option<Evidence> {
    let (pod, link) = world.operator_link(namespace).ok().flatten()?;
    let said = match link {
        Link::Connected => format!("it is connected for {namespace}"),
        Link::Doubtful(failure) | Link::Failed(Some(failure)) => failure.text.clone(),
        Link::Failed(None) => format!("it cannot connect for {namespace}"),
    };
    Some(beside(format!("the operator's log, {}: {said}", pod.object.id())))
}

/// After a runtime was deleted, streams go on with its closed connection for ever (facts 2.3).
fn abandoned(world: &World<'_>) -> Causes {
    let logs = world.operator_logs().unwrap_or_default();
    let line = |(pod, count): (ObjectId, u32)| {
        beside(format!("{pod} made {count} attempts on connections that it had closed itself"))
    };
    let counted = logs.into_iter().map(|(pod, log)| (pod.object.id(), log.abandoned)).filter(|(_, count)| *count > 0);
    Causes::proof(
        "the operator holds on to a connection from before the SeldonRuntime was made anew",
        counted.map(line).collect(),
        format!(
            "restart the operator: `kubectl rollout restart deployment {} -n {}`",
            pattern::OPERATOR_DEPLOYMENT,
            central_of(world)
        ),
    )
}

fn tls(namespace: &str, failure: &Failure) -> Causes {
    Causes::proof(
        "the two ends do not agree on TLS",
        vec![beside(failure.text.clone())],
        format!(
            "let the scheduler's certificate name `{}.{namespace}`, and let both ends use TLS or neither",
            pattern::SCHEDULER_SERVICE
        ),
    )
}

/// Why the operator cannot reach the scheduler for a namespace, by what stands there and by its log, where
/// no error of a call is at hand.
pub(super) fn astray(world: &World<'_>, namespace: &str) -> Causes {
    if let Ok(Some((_, Link::Failed(Some(failure)) | Link::Doubtful(failure)))) = world.operator_link(namespace) {
        return link(world, namespace, Dialler::Operator, failure);
    }
    let mut causes = leads(world, namespace, &Failure::new("")).or(|| central(world));
    causes.proved.iter_mut().for_each(|one| one.evidence.retain(|shown| !shown.value.is_empty()));
    causes
}

/// Where the name leads, if not to the central scheduler.
fn leads(world: &World<'_>, namespace: &str, failure: &Failure) -> Causes {
    let is_relayed = world.tenant(namespace).is_some_and(|tenant| tenant.wiring == Wiring::Relay);
    if namespace == central_of(world) || is_relayed {
        return Causes::default();
    }
    let id = ObjectId::of(&SERVICE, Some(namespace), pattern::SCHEDULER_SERVICE);
    match world.snapshot.get(&SERVICE, namespace, pattern::SCHEDULER_SERVICE) {
        Ok(None) => {
            let end = match failure.kind {
                FailureKind::NoSuchHost => "so the name does not resolve",
                _ => "so the name leads elsewhere, as with a search domain that answers for everything",
            };
            let remedy = format!("create the alias: `kubectl seldon onboard {namespace}`");
            Causes::proof(format!("there is no {id}, {end}"), vec![beside(failure.text.clone())], remedy)
        }
        Ok(Some(service)) => misled(world, &id, &service.object, failure),
        Err(why) if why.is_incomplete() => {
            Causes::default().possibly(format!("{id}, which could not be read"), format!("look where {id} leads"))
        }
        Err(_) => Causes::default(),
    }
}

fn misled(world: &World<'_>, id: &ObjectId, service: &Object, failure: &Failure) -> Causes {
    let marks = alias::marks(service);
    let kind = service.text("/spec/type").unwrap_or("ClusterIP");
    let dialled = beside(failure.text.clone());
    if !marks.is_empty() {
        let shown = marks.into_iter().map(|mark| beside(format!("{id}: {}", mark.value)));
        return Causes::proof(
            format!("the operator has put its own {id}, with nothing behind it, in the place of the alias"),
            std::iter::once(dialled).chain(shown).collect(),
            "replace the Service in one write by the alias, without the annotation and the ownerReference",
        );
    }
    if kind != "ExternalName" {
        return Causes::proof(
            format!("{id} is a {kind} of its own and no alias of the central scheduler"),
            vec![dialled],
            "make it the alias, an ExternalName that leads to the central scheduler",
        );
    }
    let target = service.text("/spec/externalName").unwrap_or_default().trim_end_matches('.');
    let name = format!("{}.{}", pattern::SCHEDULER_SERVICE, central_of(world));
    if target == name || target.starts_with(&format!("{name}.svc")) {
        return Causes::default();
    }
    Causes::proof(
        format!("{id} leads to `{target}`, which is not the central scheduler"),
        vec![dialled],
        format!("let it lead to `{name}.svc.{}`", pattern::CLUSTER_DOMAIN),
    )
}

/// Whether the central scheduler is there.
pub(super) fn central(world: &World<'_>) -> Causes {
    let own = central_of(world);
    let workload = Workload::component(world.snapshot, own, Component::Scheduler.name());
    let id = ObjectId::of(&STATEFUL_SET, Some(own), workload.name);
    if workload.ready() == Some(0) {
        let why = workload.causes();
        let shown = beside(format!("{id} has no ready replica"));
        let Some(first) = why.proved.into_iter().next() else {
            return Causes::proof(
                "the central scheduler is down",
                vec![shown],
                format!("look at pod {}-0 of {own}", workload.name),
            );
        };
        let evidence = std::iter::once(shown).chain(first.evidence).collect();
        return Causes::proof(format!("the central scheduler is down: {}", first.message), evidence, first.remedy);
    }
    if workload.is_absent() {
        let shown = beside(format!("there is no {id}"));
        return Causes::proof(
            "there is no central scheduler",
            vec![shown],
            format!("look at the SeldonRuntime of {own}"),
        );
    }
    Causes::default()
}

/// Whether a policy certainly drops the connection. Errors that a policy does not bring about are not
/// blamed on one.
fn denied(world: &World<'_>, namespace: &str, dialler: Dialler, failure: &Failure) -> Causes {
    let is_dropped = matches!(failure.kind, FailureKind::TimedOut | FailureKind::Rejected | FailureKind::Refused);
    let network = world.network();
    let wiring = world.tenant(namespace).map_or(Wiring::ExternalName, |tenant| tenant.wiring);
    let Ok(pods) = Pods::new(network, world.control_plane, namespace, wiring) else { return Causes::default() };
    if !is_dropped || wiring == Wiring::Relay {
        return Causes::default();
    }
    let flow: Vec<Flow> = match dialler {
        Dialler::Operator => vec![operator_flow(Party::CentralScheduler, world.control_plane.transport)],
        Dialler::Agent => {
            let to_scheduler = |flow: &Flow| flow.from == Party::Server && flow.to == Party::CentralScheduler;
            pods.flows().into_iter().filter(to_scheduler).collect()
        }
    };
    let from = if dialler == Dialler::Operator { central_of(world) } else { namespace };
    for (home, direction) in [(central_of(world), Direction::Ingress), (from, Direction::Egress)] {
        let Ok(policies) = network.known_policies(home) else { continue };
        let mut judged = Judged::default();
        for flow in &flow {
            judged.add(policies, &pods, flow);
        }
        if let Some(denied) = judged.denied.iter().find(|denied| denied.direction == direction) {
            return by_policy(denied, dialler, failure);
        }
    }
    Causes::default()
}

fn by_policy(denied: &Denied, dialler: Dialler, failure: &Failure) -> Causes {
    let policies: Vec<String> =
        denied.denial.isolating.iter().map(|policy| format!("NetworkPolicy {policy}")).collect();
    let policies = policies.join(", ");
    let (does, port) = (if denied.denial.isolating.len() == 1 { "does" } else { "do" }, denied.port.number);
    let direction = denied.direction;
    Causes::proof(
        format!("{policies} {does} not admit {} to port {port} of the scheduler", dialler.title()),
        vec![beside(failure.text.clone()), beside(format!("{direction}: {policies}"))],
        format!("admit {} to port {port} of the scheduler", dialler.title()),
    )
}

/// What remains where everything that can be seen is in order.
fn open(world: &World<'_>, namespace: &str, dialler: Dialler, failure: &Failure) -> Causes {
    let own = central_of(world);
    let title = dialler.title();
    let host = format!("{}.{namespace}", pattern::SCHEDULER_SERVICE);
    let causes = Causes::default();
    match failure.kind {
        FailureKind::NoSuchHost | FailureKind::NoAddresses => causes
            .possibly("an error from before the alias was there", format!("see whether {title} repeats it"))
            .possibly(
                "another cluster domain than the alias names",
                format!("resolve `{host}` in a pod of {namespace}"),
            ),
        FailureKind::DnsTimedOut => causes
            .possibly("a policy that does not admit DNS", format!("resolve `{host}` in a pod of {namespace}"))
            .possibly("a cluster DNS that is down", format!("look at the pods of {}", pattern::DNS_NAMESPACE)),
        FailureKind::Refused => causes
            .possibly("an error from when the scheduler was down", format!("see whether {title} repeats it"))
            .possibly(
                format!("an endpoint that does not listen, behind Service {own}/{}", pattern::SCHEDULER_SERVICE),
                format!("`kubectl get endpointslices -n {own}` shows who is behind it"),
            ),
        _ => causes
            .possibly(
                "packets that are dropped by what no NetworkPolicy shows, such as the network plugin's own policies",
                format!("try to connect to `{host}` from a pod beside {title}"),
            )
            .possibly("an error from when the scheduler was down", format!("see whether {title} repeats it")),
    }
}

fn central_of<'a>(world: &'a World<'_>) -> &'a str {
    world.control_plane.namespace.as_str()
}
