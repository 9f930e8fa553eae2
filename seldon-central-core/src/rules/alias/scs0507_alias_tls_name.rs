use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    log::{Failure, FailureKind, Link},
    object::{Object, ObjectId},
    pattern,
    profile::Transport,
    resource::{CERTIFICATE, DEPLOYMENT, OPERATOR_LOG, POD},
    rules::{FixSafety, Judged, Report, Rule, TenantView, World},
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0507",
    name: "alias-tls-name",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "The control plane speaks TLS, and the scheduler's certificate does not name `seldon-scheduler` in a tenant's \
              namespace.",
    why: "The operator dials `seldon-scheduler.NAMESPACE` and demands that name of the certificate. The chart's certificate \
          has the names in the control plane's own namespace only, so the operator refuses the central scheduler behind a \
          tenant's alias, while agents and Envoy, which dial the short name, are content. The names are read from the \
          Certificate of cert-manager, never from the Secret; where there is none the operator's log may tell, and \
          where that does not either, the rule is unknown.",
    fix: "Add `seldon-scheduler.NAMESPACE` for each tenant to the `dnsNames` of the Certificate `seldon-controlplane-server`. \
          The chart of certificates has no value for that: manage the Certificate yourself.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&CERTIFICATE, &DEPLOYMENT, &POD, &OPERATOR_LOG],
    sources: &[
        "components/tls/pkg/tls/store.go:237-262",
        "operator/scheduler/client.go:88-90",
        "seldon-core-v2-certs/templates/certs.yaml:45-50",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template: {spec: {containers: [{name: manager, env: [{name: CONTROL_PLANE_SECURITY_PROTOCOL, value: SSL}]}]}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: seldon-controlplane-server, namespace: seldon-system}
spec:
  secretName: seldon-controlplane-server
  dnsNames: [seldon-scheduler, seldon-scheduler.seldon-system]
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
    good: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template: {spec: {containers: [{name: manager, env: [{name: CONTROL_PLANE_SECURITY_PROTOCOL, value: SSL}]}]}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: seldon-controlplane-server, namespace: seldon-system}
spec:
  secretName: seldon-controlplane-server
  dnsNames: [seldon-scheduler, seldon-scheduler.seldon-system, seldon-scheduler.financial-inference]
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let own = world.central();
    let id = || ObjectId::of(&CERTIFICATE, Some(own), pattern::SCHEDULER_TLS_SECRET);
    let mut doubt = None;
    let mut concerned: Vec<&TenantView> = Vec::new();
    for tenant in &world.tenants {
        match is_tls(world, &tenant.namespace) {
            Ok(true) => concerned.push(tenant),
            Ok(false) => {}
            Err(reason) => drop(doubt.get_or_insert(reason)),
        }
    }
    if let Some(reason) = doubt {
        report.unknown(id(), reason);
    }
    if concerned.is_empty() {
        return;
    }
    let certificates = match world.snapshot.all_in(&CERTIFICATE, own) {
        Ok(certificates) => certificates,
        Err(reason) => return by_log(world, &concerned, reason, report),
    };
    let makes = |one: &&&Observed| one.object.text("/spec/secretName") == Some(pattern::SCHEDULER_TLS_SECRET);
    let Some(certificate) = certificates.iter().find(makes) else {
        let what = format!("a Certificate for Secret {} of {own}", pattern::SCHEDULER_TLS_SECRET);
        return by_log(world, &concerned, Unknown::NotInInput { what }, report);
    };
    let mut unnamed = concerned.iter().filter(|tenant| !names(&certificate.object, &tenant.namespace)).peekable();
    if unnamed.peek().is_none() {
        report.pass(certificate);
    }
    for tenant in unnamed {
        let name = format!("{}.{}", pattern::SCHEDULER_SERVICE, tenant.namespace);
        report.fail(
            certificate,
            format!("the operator dials {name}, which the scheduler's certificate does not name"),
            vec![Evidence::new("/spec/dnsNames", dns_names(&certificate.object).collect::<Vec<_>>().join(", "))],
            format!("add {name} to its `dnsNames`"),
        );
    }
}

/// What the operator's log says where no Certificate tells.
fn by_log(world: &World<'_>, tenants: &[&TenantView], reason: Unknown, report: &mut Report) {
    let id = ObjectId::of(&CERTIFICATE, Some(world.central()), pattern::SCHEDULER_TLS_SECRET);
    let (mut is_open, mut fails) = (false, false);
    for tenant in tenants {
        match world.operator_link(&tenant.namespace) {
            Ok(Some((_, Link::Connected))) => {}
            Ok(Some((pod, Link::Failed(Some(failure))))) if is_name(failure) => {
                fails = true;
                let name = format!("{}.{}", pattern::SCHEDULER_SERVICE, tenant.namespace);
                report.fail(
                    pod,
                    format!(
                        "the operator dials {name}, and its log says that the scheduler's certificate does not name it"
                    ),
                    vec![Evidence::new("", &failure.text)],
                    format!("issue the certificate of Secret {} for {name} as well", pattern::SCHEDULER_TLS_SECRET),
                );
            }
            _ => is_open = true,
        }
    }
    match (is_open, fails) {
        (true, _) => report.unknown(id, reason),
        (false, false) => report.holds(id),
        (false, true) => {}
    }
}

/// Whether a connection failed for the name in the certificate, in the words of Go's `crypto/x509`.
fn is_name(failure: &Failure) -> bool {
    failure.kind == FailureKind::Tls && failure.text.contains("valid for")
}

/// Whether the operator that looks after a tenant speaks TLS with its scheduler.
fn is_tls(world: &World<'_>, namespace: &str) -> Result<bool, Unknown> {
    if world.control_plane.transport == Transport::Tls {
        return Ok(true);
    }
    if let Some(operator) = world.operator_of(namespace) {
        return operator.transport.clone().map(|transport| transport == Transport::Tls);
    }
    world.snapshot.closed(&DEPLOYMENT, world.central())?;
    Err(Unknown::NotInInput { what: format!("the operator's Deployment in {}", world.central()) })
}

fn dns_names(certificate: &Object) -> impl Iterator<Item = &str> {
    let names = certificate.pointer("/spec/dnsNames").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a certificate is for the scheduler's name in a namespace, as Go compares names: whatever their
/// case, and `*` for the first label.
fn names(certificate: &Object, namespace: &str) -> bool {
    let wanted = [format!("{}.{namespace}", pattern::SCHEDULER_SERVICE), format!("*.{namespace}")];
    dns_names(certificate).any(|name| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Verdict,
        log::{Container, ContainerLog, End, Process, Reader, Reading, Start},
        manifest,
        profile::ControlPlane,
        rules::{self, tests::findings},
        snapshot::{Read, Scope, Snapshot},
    };

    /// What is said where no Certificate tells, and the operator has logged this.
    fn by_log(log: &str) -> Verdict {
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: operator-0, namespace: seldon-system, labels: \
                   {control-plane: v2-controller-manager}}\n";
        let objects = manifest::read("-", &[RULE.bad, pod].concat()).unwrap().objects;
        let mut snapshot = Snapshot::live();
        for kind in crate::resource::ALL {
            let of_kind = objects.iter().filter(|one| one.object.is(kind)).map(|one| one.object.clone());
            let read = if *kind == CERTIFICATE { Read::Withheld("no".to_owned()) } else { Read::Complete };
            let of_kind = if *kind == CERTIFICATE { Vec::new() } else { of_kind.collect() };
            snapshot.add_read(kind, Scope::Cluster, read, of_kind);
        }
        let mut reader = Reader::new(Process::Operator);
        reader.push(log.as_bytes());
        let current = Reading::Read(reader.finish(Start::Kept, End::Now));
        let container = Container::new("seldon-system", "operator-0", Process::Operator);
        snapshot.add_log(container, ContainerLog { current, previous: None });
        let control_plane = ControlPlane::default();
        let mut outcomes = rules::run([&&RULE], &World::new(&snapshot, &control_plane, &[]));
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        outcomes.remove(0).verdict
    }

    #[test]
    fn where_no_certificate_tells_the_operators_log_may() {
        let failed = |why: &str| {
            let at = "2025-06-01T12:00:00Z\tERROR\tschedulerClient\tFailed smoke test on scheduler\t";
            format!("{at}{{\"namespace\": \"financial-inference\", \"error\": \"{why}\"}}\n")
        };
        let name = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is \
                    valid for seldon-scheduler, not seldon-scheduler.financial-inference";
        let verdict = by_log(&failed(name));
        assert!(matches!(&verdict, Verdict::Fail(found) if found.message.contains("its log says")), "{verdict:?}");
        let authority = "authentication handshake failed: x509: certificate signed by unknown authority";
        for other in [&failed(authority), ""] {
            let verdict = by_log(other);
            assert!(matches!(&verdict, Verdict::Unknown { reason: Unknown::Withheld { .. } }), "{verdict:?}");
        }
        let begun = "2025-06-01T12:00:00Z\tINFO\tschedulerClient\tStarting event handling\t\
                     {\"namespace\": \"financial-inference\"}\n";
        assert_eq!(by_log(begun), Verdict::Pass);
    }

    #[test]
    fn names_are_compared_as_go_compares_them() {
        let with = |name: &str| {
            let own = "seldon-scheduler.financial-inference";
            findings("SCS0507", &super::RULE.good.replace(&format!("{own}]"), &format!("'{name}']")))
        };
        for name in ["Seldon-Scheduler.Financial-Inference", "*.financial-inference"] {
            assert!(with(name).is_empty(), "{name}");
        }
        for name in ["seldon-scheduler.*", "*", "seldon-scheduler.financial-inference.svc", ""] {
            assert_eq!(with(name).len(), 1, "{name}");
        }
    }

    #[test]
    fn without_tls_nothing_is_asked_of_certificates() {
        assert!(findings("SCS0507", &super::RULE.bad.replace("value: SSL", "value: PLAINTEXT")).is_empty());
    }
}
