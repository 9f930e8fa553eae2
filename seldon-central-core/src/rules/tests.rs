//! What every rule must have, and that its fixtures prove it.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::{
    desired, kustomize,
    log::{self, Process},
    manifest,
    name::Namespace,
    needs,
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::{ControlPlane, GrpcPrefix, PolicySet, Profile, ResolvedProfile, Surroundings, resolve},
    resource,
    snapshot::{Observed, Origin, Read, Scope, Snapshot},
    surroundings::grpc_service_prefix,
};

/// A fixture as the rule is judged: manifests, files, or all the objects of a cluster. A cluster with
/// definitions of kinds serves no other kind of Seldon's.
pub(crate) fn fixture(rule: &Rule, text: &str) -> Snapshot {
    if rule.reads.is_empty() {
        return kustomize::fixture::snapshot(text, &ControlPlane::default().namespace);
    }
    let objects = manifest::read("fixture.yaml", text).unwrap_or_else(|error| panic!("{}: {error}", rule.id)).objects;
    if rule.judged != Judged::Live {
        return Snapshot::from_manifests(objects, &ControlPlane::default().namespace);
    }
    cluster(&objects.into_iter().map(|observed| observed.object).collect::<Vec<_>>())
}

/// A cluster of these objects, and of the logs among them.
pub(crate) fn cluster(objects: &[Object]) -> Snapshot {
    cluster_of(objects, &resource::ALL.into_iter().collect(), &Process::ALL.into())
}

/// A cluster of which these kinds and logs were read.
fn cluster_of(objects: &[Object], kinds: &BTreeSet<&'static Resource>, processes: &BTreeSet<Process>) -> Snapshot {
    let definitions: BTreeSet<&str> = objects.iter().filter(|o| o.is(&resource::CRD)).map(Object::name).collect();
    let mut snapshot = Snapshot::live();
    for kind in kinds {
        let is_defined = definitions.contains(kind.to_string().as_str());
        let is_served = kind.group != resource::SELDON_GROUP || definitions.is_empty() || is_defined;
        let read = if is_served { Read::Complete } else { Read::NotServed };
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, read, of_kind);
    }
    for (container, log) in objects.iter().filter_map(log::document).map(Result::unwrap) {
        if processes.contains(&container.process) {
            snapshot.add_log(container, log);
        }
    }
    snapshot
}

/// What all rules say of a fixture as its rule is judged.
pub(crate) fn outcomes(rule: &Rule, text: &str) -> Vec<Outcome> {
    let control_plane = ControlPlane::default();
    let world = |snapshot| World::new(snapshot, &control_plane, &[]);
    if rule.judged != Judged::Applied {
        return run(RULES, &world(&fixture(rule, text)));
    }
    let files = kustomize::fixture::files(text);
    let objects = |file: &str| manifest::read(file, &files[file]).unwrap().objects;
    let live = cluster(&objects("cluster.yaml").into_iter().map(|observed| observed.object).collect::<Vec<_>>());
    let said = run(RULES, &world(&live));
    let after = live.with_applied(objects("repository.yaml"));
    run(RULES, &world(&after).with_applied_over(&live, &said))
}

/// What these rules find in the fixture of a rule.
pub(in crate::rules) fn outcomes_of(ids: &[&str], rule: &Rule, text: &str) -> Vec<Outcome> {
    let control_plane = ControlPlane::default();
    let rules: Vec<&Rule> = ids.iter().filter_map(|id| find(id)).collect();
    let mut outcomes = run(&rules, &World::new(&fixture(rule, text), &control_plane, &[]));
    outcomes.retain(|outcome| outcome.finding().is_some());
    outcomes
}

fn failures(rule: &Rule, text: &str) -> BTreeSet<&'static str> {
    outcomes(rule, text).iter().filter(|outcome| outcome.finding().is_some()).map(|outcome| outcome.rule).collect()
}

/// What one rule finds, as level and message.
pub(in crate::rules) fn findings(id: &str, text: &str) -> Vec<String> {
    let rule = find(id).unwrap();
    let control_plane = ControlPlane::default();
    let snapshot = fixture(rule, text);
    let world = World::new(&snapshot, &control_plane, &[]);
    let outcomes = run([&rule], &world);
    let findings = outcomes.iter().filter_map(Outcome::finding);
    findings.map(|finding| format!("{} {}", finding.level.letter(), finding.message)).collect()
}

#[test]
fn every_rule_fires_on_its_bad_fixture_and_not_on_its_good_one() {
    for rule in RULES {
        assert!(failures(rule, rule.bad).contains(rule.id), "{rule:?} does not fire on its bad fixture");
        assert!(!failures(rule, rule.good).contains(rule.id), "{rule:?} fires on its good fixture");
        assert!(passes(rule, rule.good), "{rule:?} has nothing to pass in its good fixture");
    }
}

/// Whether a rule holds for something in a fixture, on a cluster where that alone tells.
fn passes(rule: &Rule, text: &str) -> bool {
    let holds = |outcome: &Outcome| outcome.rule == rule.id && outcome.verdict == Verdict::Pass;
    if rule.judged != Judged::Either {
        return outcomes(rule, text).iter().any(holds);
    }
    let objects = manifest::read("fixture.yaml", text).unwrap().objects;
    let objects: Vec<Object> = objects.into_iter().map(|observed| observed.object).collect();
    let control_plane = ControlPlane::default();
    let snapshots = [fixture(rule, text), cluster(&objects)];
    snapshots.iter().any(|snapshot| run(RULES, &World::new(snapshot, &control_plane, &[])).iter().any(holds))
}

/// A control plane as the charts install it, with the type of the scheduler's Service.
pub(crate) fn control_plane_objects(control_plane: &ControlPlane, service_type: &str) -> Vec<Object> {
    let prefix = control_plane.grpc_service_prefix.as_str();
    let lines = |lines: Vec<String>| lines.join("\n");
    let components = lines(Component::ALL.map(|component| format!("  - {{name: {}}}", component.name())).into());
    let overrides = lines(
        Component::ALL
            .map(|component| match component {
                Component::Scheduler => format!("  - {{name: seldon-scheduler, serviceType: {service_type}}}"),
                _ => format!("  - {{name: {}, replicas: 1, serviceType: ClusterIP}}", component.name()),
            })
            .into(),
    );
    let ports = lines(
        pattern::SCHEDULER_PORTS
            .map(|port| {
                let (name, number) = (port.name, port.port);
                format!("  - {{name: '{prefix}{name}', port: {number}, protocol: TCP, targetPort: {name}}}")
            })
            .into(),
    );
    let text = format!(
        "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {{name: default, namespace: seldon-system}}
spec:
  components:
{components}
  config:
    agentConfig: {{rclone: {{config_secrets: [seldon-rclone-gs-public]}}}}
    serviceConfig: {{serviceType: LoadBalancer, grpcServicePrefix: '{prefix}'}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {{name: mlserver, namespace: seldon-system}}
spec:
  podSpec:
    containers:
    - name: agent
      env: [{{name: SELDON_SERVER_CAPABILITIES, value: '{capabilities}'}}]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {{name: seldon, namespace: seldon-system, finalizers: [seldon.runtime.finalizer]}}
spec:
  seldonConfig: default
  overrides:
{overrides}
status: {{conditions: [{{type: Ready, status: 'True'}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: seldon-scheduler, namespace: seldon-system}}
spec: {{replicas: 1}}
status: {{replicas: 1, readyReplicas: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: seldon-scheduler, namespace: seldon-system}}
spec:
  type: {service_type}
  ports:
{ports}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: seldon-v2-controller-manager, namespace: seldon-system}}
spec:
  template:
    spec:
      containers:
      - name: manager
        args: ['--clusterwide=$(CLUSTERWIDE)', '--watch-namespaces=$(WATCH_NAMESPACES)']
        env:
        - {{name: CLUSTERWIDE, value: 'true'}}
        - {{name: WATCH_NAMESPACES, value: ''}}
        - {{name: POD_NAMESPACE, valueFrom: {{fieldRef: {{fieldPath: metadata.namespace}}}}}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: seldon-controlplane-server, namespace: seldon-system}}
spec:
  secretName: seldon-controlplane-server
  dnsNames:
  - seldon-scheduler.financial-inference
  - seldon-scheduler.fin
  - seldon-scheduler.fraud
",
        capabilities = pattern::MLSERVER_CAPABILITIES.join(","),
    );
    manifest::read("control-plane.yaml", &text).unwrap().objects.into_iter().map(|observed| observed.object).collect()
}

/// What is found above the level Info, and what could not be judged, in a world.
fn troubles(snapshot: &Snapshot, profile: &ResolvedProfile) -> (Vec<String>, Vec<String>) {
    let named: Vec<Namespace> = profile.tenants.iter().map(|tenant| tenant.tenant.namespace.clone()).collect();
    let world = World::new(snapshot, &profile.control_plane, &named);
    // A set of policies that is meant to be joined by others cannot be judged alone.
    let is_partial = profile.tenants.iter().any(|tenant| tenant.tenant.network_policy.set == PolicySet::Scheduler);
    let rules = RULES.iter().filter(|rule| !is_partial || !rule.id.starts_with("SCS06"));
    let (mut findings, mut unknown) = (Vec::new(), Vec::new());
    for Outcome { rule, object, verdict, .. } in run(rules, &world) {
        match verdict {
            Verdict::Fail(finding) if finding.level > Level::Info => {
                findings.push(format!("{rule} {object}: {}", finding.message));
            }
            Verdict::Unknown { reason } => unknown.push(format!("{rule} {object}: {reason}")),
            Verdict::Pass | Verdict::Fail(_) | Verdict::Suppressed { .. } => {}
        }
    }
    (findings, unknown)
}

/// Profiles that between them ask for everything the tool can build.
fn profiles() -> Vec<ResolvedProfile> {
    let tenants = [
        "{namespace: financial-inference}",
        "{namespace: financial-inference, wiring: relay, relay: {image: envoy}}",
        "{namespace: fin, servers: [{name: fin-ml}]}, {namespace: fraud, servers: [{name: fraud-ml, replicas: 3}]}",
        "{namespace: fin, networkPolicy: {set: none}}",
        "{namespace: fin, networkPolicy: {set: scheduler, scope: namespace}}",
        "{namespace: fin, networkPolicy: {set: full, controlPlaneIngress: true}}",
        "{namespace: fin, networkPolicy: {set: full, scope: namespace, controlPlaneIngress: true}}",
        "{namespace: fin, models: [{name: income, storageUri: 'gs://b/m', requirements: [sklearn]}]}",
        "{namespace: fin, runtime: {components: {hodometer: {replicas: 1}, seldon-envoy: {replicas: 2, serviceType: \
         LoadBalancer}, seldon-dataflow-engine: {replicas: 1}, seldon-modelgateway: {replicas: 1}, \
         seldon-pipelinegateway: {replicas: 1}}}}",
    ];
    let planes = ["{}", "{transport: tls}", "{grpcServicePrefix: grpc-}"];
    let profile = |plane: &str, tenant: &str| {
        let profile = Profile::from_yaml(&format!("controlPlane: {plane}\ntenants: [{tenant}]\n")).unwrap();
        resolve(&profile, &Surroundings::default()).unwrap()
    };
    planes.iter().flat_map(|plane| tenants.iter().map(move |tenant| profile(plane, tenant))).collect()
}

/// An object as the operator leaves it once all is well.
pub(crate) fn reconciled(object: &Object) -> Object {
    let mut value = object.to_value();
    value["status"] = json!({
        "conditions": [{"type": "Ready", "status": "True"}], "loadedModels": 1, "replicas": 1,
    });
    if object.is(&resource::SELDON_RUNTIME) {
        value["metadata"]["finalizers"] = json!([pattern::RUNTIME_FINALIZER]);
    }
    Object::new(value).unwrap()
}

#[test]
fn nothing_is_found_on_what_is_built() {
    for profile in profiles() {
        let built = desired::build(&profile);
        let central = control_plane_objects(&profile.control_plane, "ClusterIP");

        let live = cluster(&central).with_desired(built.objects());
        let (findings, unknown) = troubles(&live, &profile);
        assert!(findings.is_empty() && unknown.is_empty(), "live: {findings:#?} {unknown:#?} {profile:#?}");

        let applied = central.iter().cloned().chain(built.objects().map(reconciled)).collect::<Vec<_>>();
        let (findings, unknown) = troubles(&cluster(&applied), &profile);
        assert!(findings.is_empty() && unknown.is_empty(), "applied: {findings:#?} {unknown:#?} {profile:#?}");

        let observed = |object: &Object| Observed { object: object.clone(), origin: Origin::Desired };
        for beside in [&central, &Vec::new()] {
            let objects = beside.iter().chain(built.objects()).map(observed).collect();
            let manifests = Snapshot::from_manifests(objects, &profile.control_plane.namespace);
            let (findings, _) = troubles(&manifests, &profile);
            assert!(findings.is_empty(), "manifests: {findings:#?} {profile:#?}");
        }
    }
}

#[test]
fn only_the_open_ports_are_found_on_a_control_plane_as_the_charts_install_it() {
    let profile =
        resolve(&Profile::from_yaml("tenants: [{namespace: financial-inference}]").unwrap(), &Surroundings::default())
            .unwrap();
    let central = control_plane_objects(&profile.control_plane, "LoadBalancer");
    let (findings, _) = troubles(&cluster(&central).with_desired(desired::build(&profile).objects()), &profile);
    assert_eq!(
        findings,
        ["SCS0109 Service seldon-system/seldon-scheduler: the central scheduler is reachable from outside the \
             cluster, by a LoadBalancer"]
    );
}

#[test]
fn a_namespace_with_a_scheduler_of_its_own_is_no_tenant() {
    let text = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: ns1}
spec: {seldonConfig: other, overrides: [{name: mlserver}, {name: hodometer, disable: true}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: ns1}
spec: {serverConfig: other, capabilities: [scikit-learn], replicas: 0}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: ns1}
spec: {type: LoadBalancer}
";
    let mut objects: Vec<Object> =
        manifest::read("f.yaml", text).unwrap().objects.into_iter().map(|observed| observed.object).collect();
    let control_plane = ControlPlane::default();
    objects.extend(control_plane_objects(&control_plane, "ClusterIP"));
    let snapshot = cluster(&objects);
    let world = World::new(&snapshot, &control_plane, &[]);
    assert_eq!(world.others(), BTreeSet::from(["ns1"]));
    let outcomes = run(RULES, &world);
    let elsewhere: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| outcome.object.namespace.as_deref() == Some("ns1")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
    let about: Vec<String> = outcomes
        .iter()
        .filter(|outcome| outcome.object.name == "ns1")
        .filter_map(|outcome| outcome.finding().map(|finding| (outcome.rule, finding)))
        .map(|(rule, finding)| format!("{} {rule} {}", finding.level.letter(), finding.message))
        .collect();
    assert_eq!(about, ["I SCS0212 ns1 does not follow the pattern of one central scheduler and is not judged by it"]);
}

#[test]
fn a_read_that_failed_is_unknown_and_never_a_finding() {
    let control_plane = ControlPlane::default();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        snapshot.add_read(kind, Scope::Cluster, Read::Failed("forbidden".to_owned()), vec![]);
    }
    let named = [Namespace::new("financial-inference").unwrap()];
    let world = World::new(&snapshot, &control_plane, &named);
    let families = ["SCS01", "SCS02", "SCS03", "SCS04", "SCS05", "SCS06", "SCS07"];
    for rule in RULES.iter().filter(|rule| families.iter().any(|family| rule.id.starts_with(family))) {
        let outcomes = run([rule], &world);
        assert!(!outcomes.is_empty(), "{rule:?} says nothing where nothing could be read");
        for outcome in outcomes {
            assert!(matches!(&outcome.verdict, Verdict::Unknown { reason } if reason.is_incomplete()), "{outcome:#?}");
        }
    }
}

/// A rule that is judged alone sees only what it says it reads, and has to come to the same verdicts.
#[test]
fn a_rule_needs_nothing_that_it_does_not_say_it_reads() {
    let control_plane = |prefix: &str| ControlPlane {
        grpc_service_prefix: GrpcPrefix::new(prefix).unwrap(),
        ..ControlPlane::default()
    };
    let central = control_plane_objects(&control_plane("grpc-"), "ClusterIP");
    for rule in RULES.iter().filter(|rule| rule.judged != Judged::Manifests) {
        for text in [rule.bad, rule.good] {
            let own = manifest::read("fixture.yaml", text).unwrap().objects.into_iter().map(|one| one.object);
            let own: Vec<Object> = own.collect();
            let ids: BTreeSet<ObjectId> = own.iter().map(Object::id).collect();
            let beside = central.iter().filter(|object| !ids.contains(&object.id())).cloned();
            let objects: Vec<Object> = own.iter().cloned().chain(beside).collect();
            let said = |kinds: &BTreeSet<&'static Resource>, processes: &BTreeSet<Process>| {
                let snapshot = cluster_of(&objects, kinds, processes);
                let prefix = grpc_service_prefix(&snapshot, &ControlPlane::default()).unwrap_or_default();
                run([rule], &World::new(&snapshot, &control_plane(prefix), &[]))
            };
            let own = said(&needs::kinds([rule]), &needs::processes([rule]));
            assert_eq!(own, said(&resource::ALL.into_iter().collect(), &Process::ALL.into()), "{rule:?}");
        }
    }
}

#[test]
fn no_message_names_a_rule() {
    for rule in RULES {
        for outcome in [rule.bad, rule.good].into_iter().flat_map(|text| outcomes(rule, text)) {
            let Some(finding) = outcome.finding() else { continue };
            let words: Vec<&str> = finding.message.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
            let named = RULES.iter().find(|other| words.contains(&other.id) || words.contains(&other.name));
            assert!(named.is_none(), "{}: {}", outcome.rule, finding.message);
        }
    }
}

#[test]
fn ids_and_names_are_unique_ordered_and_complete() {
    assert!(RULES.is_sorted_by_key(|rule| rule.id), "{RULES:?}");
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    for rule in RULES {
        assert!(rule.id.starts_with("SCS") && rule.id.len() == 7, "{rule:?}");
        for (what, text) in [("summary", rule.summary), ("why", rule.why), ("fix", rule.fix)] {
            assert!(text.len() > 20 && text.ends_with(['.', '`']), "{rule:?} has no proper {what}: {text}");
        }
        assert!(!rule.reads.is_empty() || rule.judged == Judged::Manifests, "{rule:?}");
        assert!(!rule.sources.is_empty(), "{rule:?}");
        assert_eq!(find(rule.id).map(|found| found.name), Some(rule.name));
        assert_eq!(find(rule.name).map(|found| found.id), Some(rule.id));
    }
}

#[test]
fn only_what_a_live_object_says_can_heal() {
    for id in HEALING {
        assert_eq!(find(id).unwrap().judged, Judged::Live, "{id}");
    }
}
