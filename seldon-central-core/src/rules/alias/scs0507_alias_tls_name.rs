use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    object::{Object, ObjectId},
    pattern,
    profile::Transport,
    resource::{CERTIFICATE, DEPLOYMENT},
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
          Certificate of cert-manager, never from the Secret; where there is none the rule is unknown.",
    fix: "Add `seldon-scheduler.NAMESPACE` for each tenant to the `dnsNames` of the Certificate `seldon-controlplane-server`. \
          The chart of certificates has no value for that: manage the Certificate yourself.",
    fix_safety: FixSafety::Manual,
    reads: &[&CERTIFICATE, &DEPLOYMENT],
    sources: &[
        "components/tls/pkg/tls/store.go:237-262",
        "operator/scheduler/client.go:88-90",
        "seldon-core-v2-certs/templates/certs.yaml:45-50",
    ],
    check,
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
        Err(reason) => return report.unknown(id(), reason),
    };
    let makes = |one: &&&Observed| one.object.text("/spec/secretName") == Some(pattern::SCHEDULER_TLS_SECRET);
    let Some(certificate) = certificates.iter().find(makes) else {
        let what = format!("a Certificate for Secret {} of {own}", pattern::SCHEDULER_TLS_SECRET);
        return report.unknown(id(), Unknown::NotInInput { what });
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

/// Whether the operator that looks after a tenant speaks TLS with its scheduler.
fn is_tls(world: &World<'_>, namespace: &str) -> Result<bool, Unknown> {
    if world.control_plane.transport == Transport::Tls {
        return Ok(true);
    }
    match world.operator_of(namespace) {
        Some(operator) => operator.transport.clone().map(|transport| transport == Transport::Tls),
        None => {
            world.snapshot.closed(&DEPLOYMENT, world.central())?;
            let what = format!("the operator's Deployment in {}", world.central());
            Err(Unknown::NotInInput { what })
        }
    }
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
    use crate::rules::tests::findings;

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
