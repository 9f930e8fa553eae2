use std::collections::BTreeSet;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    helm::{Content, Installed, Release, Status, secret_name},
    object::{Object, ObjectId},
    reason::ownership::{Owner, owner},
    resource::{DEPLOYMENT, NAMESPACE, RELEASE, SELDON_CONFIG, SELDON_RUNTIME, SERVER_CONFIG},
    rules::{
        FixSafety, Judged, Report, Rule, World,
        released::{Comparison, compare},
    },
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0110",
    name: "helm-release-unhealthy",
    level: Level::Warning,
    judged: Judged::Live,
    summary: "A Helm release of a Seldon chart in the control plane is not `deployed`, or its values contradict the live \
              objects.",
    why: "After an upgrade that failed or was cut off, some objects are those of the new chart and some of the old one, \
          and Helm refuses the next upgrade while one is pending. Where somebody changed the objects by hand, the next \
          upgrade takes that back. Releases are told by their chart, whatever they are called. In the examples each is \
          written as what is kept of its Secret: chart, version, status and a few values. To list these Secrets is an \
          optional right: without it the rule is unknown and the run not incomplete.",
    fix: "`helm status` and `helm history` say what happened; `helm rollback` or another `helm upgrade` settles it. Put \
          what was changed by hand into the values.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&RELEASE, &DEPLOYMENT, &SELDON_CONFIG, &SERVER_CONFIG, &SELDON_RUNTIME],
    sources: &[
        "specification, Helm Installation",
        "k8s/helm-charts/seldon-core-v2-setup",
        "k8s/helm-charts/seldon-core-v2-runtime",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: helm.sh/v1
kind: Release
metadata: {name: seldon-v2, namespace: seldon-system}
spec:
  revision: 4
  chart: seldon-core-v2-setup
  version: 2.10.2
  status: deployed
  values: {controller.clusterwide: true, services.defaultServiceType: ClusterIP}
---
apiVersion: helm.sh/v1
kind: Release
metadata: {name: seldon-v2-runtime, namespace: seldon-system}
spec: {revision: 2, chart: seldon-core-v2-runtime, version: 2.10.2, status: pending-upgrade}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec: {template: {spec: {containers: [{name: manager, env: [{name: CLUSTERWIDE, value: 'false'}]}]}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {config: {serviceConfig: {serviceType: LoadBalancer}}}
",
    good: "\
apiVersion: helm.sh/v1
kind: Release
metadata: {name: seldon-v2, namespace: seldon-system}
spec:
  revision: 5
  chart: seldon-core-v2-setup
  version: 2.10.2
  status: deployed
  values: {controller.clusterwide: true, services.defaultServiceType: ClusterIP}
---
apiVersion: helm.sh/v1
kind: Release
metadata: {name: seldon-v2-runtime, namespace: seldon-system}
spec: {revision: 3, chart: seldon-core-v2-runtime, version: 2.10.2, status: deployed}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec: {template: {spec: {containers: [{name: manager, env: [{name: CLUSTERWIDE, value: 'true'}]}]}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {config: {serviceConfig: {serviceType: ClusterIP}}}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let own = world.central();
    let id = |name: &str| ObjectId::of(&RELEASE, Some(own), name);
    let marked = marked(world);
    match world.snapshot.all_in(&RELEASE, own) {
        Ok(releases) => {
            let seen: BTreeSet<&str> = releases.iter().map(|release| release.object.name()).collect();
            for release in releases {
                judge(world, release, report);
            }
            for name in marked.iter().filter(|name| !seen.contains(name.as_str())) {
                let what = format!("the Secret of Helm release {name}, which objects of {own} name,");
                report.unknown(id(name), Unknown::NotInInput { what });
            }
        }
        Err(reason) if marked.is_empty() => report.unknown(ObjectId::of(&NAMESPACE, None, own), reason),
        Err(reason) => marked.iter().for_each(|name| report.unknown(id(name), reason.clone())),
    }
}

/// The releases that objects of the control plane name, by the annotations that Helm leaves on them.
fn marked(world: &World<'_>) -> BTreeSet<String> {
    let own = world.central();
    let kinds = [&DEPLOYMENT, &SELDON_CONFIG, &SERVER_CONFIG, &SELDON_RUNTIME];
    let objects = kinds.into_iter().flat_map(|kind| world.snapshot.known_in(kind, own));
    // A Deployment of something else in that namespace is none of ours.
    let is_ours = |object: &Object| {
        !object.is(&DEPLOYMENT) || world.operators().iter().any(|one| one.observed.object.id() == object.id())
    };
    let owners = objects.filter(|one| is_ours(&one.object)).filter_map(|one| owner(&one.object));
    let named = owners.filter_map(|ownership| match ownership.owner {
        Owner::Helm { release: Some(release) } => release.strip_prefix(&format!("{own}/")).map(str::to_owned),
        _ => None,
    });
    named.collect()
}

fn judge(world: &World<'_>, observed: &Observed, report: &mut Report) {
    let Some(Release { revision, content }) = Release::read(&observed.object) else { return };
    match content {
        Content::Unreadable { unreadable } => {
            let what = format!("what Helm release {} holds ({unreadable})", observed.object.name());
            report.unknown(observed.object.id(), Unknown::NotInInput { what });
        }
        Content::Chart(installed) if installed.status != Status::Deployed => {
            unsettled(observed, revision, &installed, report);
        }
        Content::Chart(installed) => {
            let Comparison { differences, gap } = compare(world, &installed);
            match gap {
                _ if !differences.is_empty() => contradicted(observed, &installed, differences, report),
                Some(gap) => report.unknown(observed.object.id(), gap),
                None => report.pass(observed),
            }
        }
    }
}

fn unsettled(observed: &Observed, revision: u64, installed: &Installed, report: &mut Report) {
    let name = observed.object.name();
    let own = observed.object.namespace().unwrap_or_default();
    let (what, then) = match installed.status {
        Status::PendingInstall | Status::PendingUpgrade | Status::PendingRollback | Status::Uninstalling => {
            ("is at work, or was cut off", "if nobody is at it, roll it back")
        }
        _ => ("did not get through", "roll it back, or upgrade again"),
    };
    let version = installed.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    report.fail(
        observed,
        format!(
            "Helm {what} on release {name} of {}{version}: it is {}, not deployed",
            installed.chart, installed.status
        ),
        vec![Evidence::new("/spec/status", format!("{} in Secret {}", installed.status, secret_name(name, revision)))],
        format!("see `helm history {name} -n {own}`; {then}"),
    );
}

fn contradicted(observed: &Observed, installed: &Installed, differences: Vec<Evidence>, report: &mut Report) {
    let name = observed.object.name();
    let message = match differences.len() {
        1 => format!("a value of Helm release {name} of {} is not what is live", installed.chart),
        n => format!("{n} values of Helm release {name} of {} are not what is live", installed.chart),
    };
    report.fail(
        observed,
        message,
        differences,
        "put what is meant into the values and upgrade the release: the next upgrade writes them anyway",
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::{Finding, Outcome, Verdict},
        manifest,
        profile::ControlPlane,
        resource,
        rules::{self, tests::findings},
        snapshot::{Read, Scope, Snapshot},
    };

    #[test]
    fn each_status_but_deployed_is_a_finding_with_its_revision() {
        let found = |status: &str| {
            findings("SCS0110", &RULE.good.replacen("status: deployed", &format!("status: {status}"), 1))
        };
        assert_eq!(found("deployed"), [""; 0]);
        assert_eq!(
            found("failed"),
            [
                "W Helm did not get through on release seldon-v2 of seldon-core-v2-setup 2.10.2: it is failed, not deployed"
            ]
        );
        assert!(found("pending-rollback")[0].contains("is at work, or was cut off"));
        assert_eq!(found("something-new").len(), 1);
    }

    const LIVE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: seldon-v2-controller-manager
  namespace: seldon-system
  annotations: {meta.helm.sh/release-name: seldon, meta.helm.sh/release-namespace: seldon-system}
spec:
  template:
    spec:
      containers:
      - name: manager
        env:
        - {name: CLUSTERWIDE, value: 'true'}
        - {name: WATCH_NAMESPACES, value: 'risk,fin'}
        - {name: CONTROL_PLANE_SECURITY_PROTOCOL, value: PLAINTEXT}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {config: {serviceConfig: {serviceType: ClusterIP, grpcServicePrefix: grpc-}}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec: {podSpec: {containers: [{name: agent, env: [{name: SELDON_SERVER_CAPABILITIES, value: 'mlserver, sklearn'}]}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, serviceType: ClusterIP}]}
";

    /// What is said of a release of a chart with a value, on that control plane; the read of releases may
    /// have had another end.
    fn said(release: &str, read: &Read) -> Vec<Verdict> {
        let objects = manifest::read("-", &[LIVE, "---\n", release].concat()).unwrap().objects;
        let mut snapshot = Snapshot::live();
        for kind in resource::ALL {
            let of_kind = objects.iter().filter(|one| one.object.is(kind)).map(|one| one.object.clone()).collect();
            let read = if *kind == RELEASE { read.clone() } else { Read::Complete };
            snapshot.add_read(kind, Scope::Cluster, read, of_kind);
        }
        let control_plane = ControlPlane::default();
        let outcomes = rules::run([&&RULE], &World::new(&snapshot, &control_plane, &[]));
        outcomes.into_iter().map(|Outcome { verdict, .. }| verdict).collect()
    }

    fn release(chart: &str, path: &str, value: &str) -> String {
        format!(
            "apiVersion: helm.sh/v1\nkind: Release\nmetadata: {{name: seldon, namespace: seldon-system}}\n\
             spec: {{revision: 1, chart: {chart}, status: deployed, values: {{{path}: {value}}}}}\n"
        )
    }

    #[test]
    fn each_value_is_held_against_what_is_made_of_it() {
        let (setup, runtime) = ("seldon-core-v2-setup", "seldon-core-v2-runtime");
        for (chart, path, agrees, differs, live) in [
            (setup, "controller.clusterwide", "true", "false", "`true`"),
            (setup, "security.controlplane.protocol", "PLAINTEXT", "SSL", "`PLAINTEXT`"),
            (setup, "services.serviceGRPCPrefix", "grpc-", "''", "`grpc-`"),
            (setup, "services.defaultServiceType", "ClusterIP", "LoadBalancer", "`ClusterIP`"),
            (
                setup,
                "serverConfig.mlserver.serverCapabilities",
                "'mlserver,sklearn'",
                "'sklearn'",
                "`mlserver,sklearn`",
            ),
            (runtime, "seldonConfig", "default", "other", "`default`"),
            (runtime, "scheduler.disable", "false", "true", "`false`"),
            (runtime, "scheduler.serviceType", "ClusterIP", "LoadBalancer", "`ClusterIP`"),
        ] {
            assert_eq!(said(&release(chart, path, agrees), &Read::Complete), [Verdict::Pass], "{path}");
            let verdicts = said(&release(chart, path, differs), &Read::Complete);
            let [Verdict::Fail(Finding { message, evidence, .. })] = &verdicts[..] else {
                panic!("{path}: {verdicts:?}")
            };
            assert_eq!(message, &format!("a value of Helm release seldon of {chart} is not what is live"));
            assert_eq!(evidence[0].path, format!("/spec/values/{path}"));
            assert!(evidence[0].value.ends_with(&format!("has {live}")), "{evidence:?}");
        }
    }

    #[test]
    fn the_list_of_namespaces_counts_as_a_set_and_only_with_clusterwide() {
        let with = |clusterwide: &str, names: &str| {
            let values = format!("{clusterwide}, controller.watchNamespaces");
            said(&release("seldon-core-v2-setup", &format!("controller.clusterwide: {values}"), names), &Read::Complete)
        };
        assert_eq!(with("true", "'fin,risk'"), [Verdict::Pass]);
        assert!(matches!(&with("true", "'fin'")[..], [Verdict::Fail(found)] if found.evidence.len() == 1));
        assert!(matches!(&with("false", "'fin'")[..], [Verdict::Fail(found)] if found.evidence.len() == 1));
    }

    #[test]
    fn what_the_chart_does_not_render_is_never_compared() {
        let replicas = release("seldon-core-v2-runtime", "scheduler.replicas", "7");
        assert_eq!(said(&replicas, &Read::Complete), [Verdict::Pass]);
    }

    #[test]
    fn a_value_whose_object_is_not_there_is_unknown() {
        let triton = release("seldon-core-v2-setup", "serverConfig.triton.serverCapabilities", "triton");
        let verdicts = said(&triton, &Read::Complete);
        let [Verdict::Unknown { reason }] = &verdicts[..] else { panic!("{verdicts:?}") };
        assert_eq!(reason.to_string(), "ServerConfig seldon-system/triton is not in the input");
    }

    #[test]
    fn a_release_that_cannot_be_read_or_is_not_found_is_unknown() {
        let unreadable = "apiVersion: helm.sh/v1\nkind: Release\nmetadata: {name: seldon, namespace: seldon-system}\n\
                          spec: {revision: 1, unreadable: the release is cut off}\n";
        let other = release("seldon-core-v2-setup", "a", "b").replace("name: seldon,", "name: other,");
        for (release, expected) in [
            (unreadable, "what Helm release seldon holds (the release is cut off) is not in the input"),
            ("", "the Secret of Helm release seldon, which objects of seldon-system name, is not in the input"),
            (&other, "the Secret of Helm release seldon, which objects of seldon-system name, is not in the input"),
        ] {
            let verdicts = said(release, &Read::Complete);
            let reasons = verdicts.iter().filter_map(|verdict| match verdict {
                Verdict::Unknown { reason } => Some(reason.to_string()),
                _ => None,
            });
            assert_eq!(reasons.collect::<Vec<_>>(), [expected]);
        }
    }

    #[test]
    fn without_the_right_labels_name_the_releases_and_the_run_is_complete() {
        let verdicts = said("", &Read::Withheld("no".to_owned()));
        let [Verdict::Unknown { reason }] = &verdicts[..] else { panic!("{verdicts:?}") };
        assert!(!reason.is_incomplete() && reason.to_string().ends_with("may not be read, and need not be: no"));
        let failed = said("", &Read::Failed("timeout".to_owned()));
        assert!(matches!(&failed[..], [Verdict::Unknown { reason }] if reason.is_incomplete()), "{failed:?}");
    }
}
