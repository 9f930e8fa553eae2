//! What fixing does to the fixtures of the rules, and to tenants that were broken in many ways at
//! once.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    desired,
    finding::{Outcome, Verdict},
    manifest,
    object::{Object, ObjectId},
    pattern::Component,
    profile::{ControlPlane, Profile, Surroundings, resolve},
    resource::{NETWORK_POLICY, SELDON_RUNTIME, SERVER, SERVICE},
    rules::{
        self, FixSafety, Judged, RULES, Rule, World,
        tests::{cluster, control_plane_objects, fixture, reconciled},
    },
    snapshot::Snapshot,
};

/// Rules whose repair is a change to files that are no objects.
const OF_FILES: [&str; 2] = ["SCS0804", "SCS0807"];

#[test]
fn a_rule_says_how_it_is_repaired_if_and_only_if_it_is_not_manual() {
    for rule in RULES {
        let wanted = match (rule.fix_safety, OF_FILES.contains(&rule.id)) {
            (FixSafety::Manual, _) => matches!(rule.repair, Repair::None | Repair::Proposed(_)),
            (_, true) => matches!(rule.repair, Repair::Files(_)),
            (_, false) => matches!(rule.repair, Repair::Edits(_)),
        };
        assert!(wanted, "{rule:?} is {:?}: {:?}", rule.fix_safety, rule.repair);
    }
}

fn of(world: &World<'_>, safety: FixSafety, wanted: &dyn Fn(&Outcome) -> bool) -> Plan {
    plan(world, &Limits { wanted, unsafe_too: safety == FixSafety::Unsafe, owned_too: false })
}

/// The world with a plan carried out by its patches alone, as an API server would.
fn after(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    let (mut changed, mut gone) = (Vec::new(), std::collections::BTreeSet::new());
    for step in plan.bound() {
        match step.write {
            BoundWrite::Create { manifest } => changed.push(manifest),
            BoundWrite::Patch { patch } => {
                let mut value = find(snapshot, &step.object).unwrap().object.to_value();
                json_patch::patch(&mut value, &patch).unwrap();
                changed.push(Object::new(value).unwrap());
            }
            BoundWrite::Delete { .. } => drop(gone.insert(step.object)),
        }
    }
    simulate::changed(snapshot, &changed, gone)
}

fn found(world: &World<'_>, rule: &str) -> Vec<ObjectId> {
    let outcomes = rules::run(RULES, world).into_iter();
    outcomes
        .filter(|outcome| outcome.rule == rule && outcome.finding().is_some())
        .map(|outcome| outcome.object)
        .collect()
}

/// Fixes what one rule finds in its bad fixture.
fn fixed(rule: &Rule, snapshot: &Snapshot) {
    let control_plane = ControlPlane::default();
    let world = World::new(snapshot, &control_plane, &[]);
    let wanted = |outcome: &Outcome| outcome.rule == rule.id;
    let plan = of(&world, FixSafety::Unsafe, &wanted);
    assert!(!plan.is_empty(), "{rule:?}: nothing is changed: {:#?}", plan.left);
    assert!(plan.left.is_empty(), "{rule:?}: {:#?}", plan.left);
    let repaired = after(snapshot, &plan);
    let world = world.over(&repaired);
    assert_eq!(found(&world, rule.id), [], "{rule:?} still fires");
    let again = of(&world, FixSafety::Unsafe, &wanted);
    assert!(again.is_empty(), "{rule:?} is fixed twice: {again:#?}");
}

#[test]
fn every_repair_makes_its_rules_bad_fixture_pass_and_does_nothing_twice() {
    for rule in RULES.iter().filter(|rule| matches!(rule.repair, Repair::Edits(_))) {
        fixed(rule, &fixture(rule, rule.bad));
        if rule.judged == Judged::Either {
            let objects = manifest::read("fixture.yaml", rule.bad).unwrap().objects;
            let own: Vec<Object> = objects.into_iter().map(|observed| observed.object).collect();
            let central = control_plane_objects(&ControlPlane::default(), "ClusterIP").into_iter();
            let beside = central.filter(|object| own.iter().all(|own| own.id() != object.id()));
            let whole = cluster(&beside.chain(own.clone()).collect::<Vec<_>>());
            // Beside a whole control plane, some are about nothing.
            if !found(&World::new(&whole, &ControlPlane::default(), &[]), rule.id).is_empty() {
                fixed(rule, &whole);
            }
        }
    }
}

#[test]
fn no_remedy_is_safer_than_its_rule() {
    for rule in RULES {
        let control_plane = ControlPlane::default();
        let snapshot = fixture(rule, rule.bad);
        let world = World::new(&snapshot, &control_plane, &[]);
        for outcome in rules::run([rule], &world).iter().filter(|outcome| outcome.finding().is_some()) {
            for way in rule.repair.ways(&world, outcome) {
                assert!(way.safety <= rule.fix_safety, "{rule:?}: {way:#?}");
            }
        }
    }
}

#[test]
fn safe_fixes_alone_change_nothing_that_is_unsafe() {
    for rule in RULES.iter().filter(|rule| rule.fix_safety == FixSafety::Unsafe) {
        let control_plane = ControlPlane::default();
        let snapshot = fixture(rule, rule.bad);
        let world = World::new(&snapshot, &control_plane, &[]);
        let plan = of(&world, FixSafety::Safe, &|outcome| outcome.rule == rule.id);
        assert!(plan.is_empty(), "{rule:?}: {plan:#?}");
        assert!(plan.left.iter().all(|left| left.why == Why::NeedsUnsafe), "{rule:?}: {:#?}", plan.left);
    }
}

/// One way to break a tenant or its control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    NoAlias,
    NoRuntime,
    NoSecret,
    NoServer,
    AliasElsewhere,
    AliasNumeric,
    AliasOfOperator,
    OwnScheduler,
    NoSchedulerOverride,
    SchedulerDisabled,
    SchedulerRuns,
    ServiceType,
    ServerOverride,
    EnvoyType,
    OtherConfig,
    Misspelled,
    RequirementMisspelled,
    NotPinned,
    NoReplicas,
    Bounds,
    ConfigInTenant,
    SelectorByName,
    NoEgress,
    NoIngress,
    OpenPorts,
    CentralExposed,
    CentralReplicated,
    CentralDisabled,
}

const BREAKS: [Break; 28] = [
    Break::NoAlias,
    Break::NoRuntime,
    Break::NoSecret,
    Break::NoServer,
    Break::AliasElsewhere,
    Break::AliasNumeric,
    Break::AliasOfOperator,
    Break::OwnScheduler,
    Break::NoSchedulerOverride,
    Break::SchedulerDisabled,
    Break::SchedulerRuns,
    Break::ServiceType,
    Break::ServerOverride,
    Break::EnvoyType,
    Break::OtherConfig,
    Break::Misspelled,
    Break::RequirementMisspelled,
    Break::NotPinned,
    Break::NoReplicas,
    Break::Bounds,
    Break::ConfigInTenant,
    Break::SelectorByName,
    Break::NoEgress,
    Break::NoIngress,
    Break::OpenPorts,
    Break::CentralExposed,
    Break::CentralReplicated,
    Break::CentralDisabled,
];

/// A cluster that is broken on.
struct Cluster(Vec<serde_json::Value>);

impl Cluster {
    /// A control plane and a tenant as they are built, with a Model.
    fn whole() -> Self {
        let tenant = "{namespace: fin, networkPolicy: {set: full}, models: [{name: income, storageUri: 'gs://b/m', \
                      requirements: [sklearn]}]}";
        let profile = Profile::from_yaml(&format!("tenants: [{tenant}]")).unwrap();
        let built = desired::build(&resolve(&profile, &Surroundings::default()).unwrap());
        let central = control_plane_objects(&ControlPlane::default(), "ClusterIP");
        Self(central.into_iter().chain(built.objects().map(reconciled)).map(Object::into_value).collect())
    }

    fn snapshot(&self) -> Snapshot {
        cluster(&self.0.iter().cloned().map(|value| Object::new(value).unwrap()).collect::<Vec<_>>())
    }

    fn each(&mut self, kind: &str, namespace: &str, mut change: impl FnMut(&mut serde_json::Value)) {
        let is_meant =
            |value: &&mut serde_json::Value| value["kind"] == kind && value["metadata"]["namespace"] == namespace;
        self.0.iter_mut().filter(is_meant).for_each(&mut change);
    }

    fn remove(&mut self, kind: &str) {
        self.0.retain(|value| value["kind"] != kind || value["metadata"]["namespace"] != "fin");
    }

    fn add(&mut self, value: serde_json::Value) {
        self.0.push(value);
    }

    fn scheduler(&mut self, namespace: &str, mut change: impl FnMut(&mut serde_json::Value)) {
        self.each(SELDON_RUNTIME.kind, namespace, |runtime| {
            let overrides = runtime["spec"]["overrides"].as_array_mut().unwrap();
            overrides.iter_mut().filter(|entry| entry["name"] == "seldon-scheduler").for_each(&mut change);
        });
    }

    fn overrides(&mut self, change: impl Fn(&mut Vec<serde_json::Value>)) {
        self.each(SELDON_RUNTIME.kind, "fin", |runtime| change(runtime["spec"]["overrides"].as_array_mut().unwrap()));
    }

    fn break_it(&mut self, way: Break) {
        let fin = |name: &str| json!({"name": name, "namespace": "fin"});
        match way {
            Break::NoAlias => self.remove(SERVICE.kind),
            Break::NoRuntime => self.remove(SELDON_RUNTIME.kind),
            Break::NoSecret => self.remove("Secret"),
            Break::NoServer => self.remove(SERVER.kind),
            Break::AliasElsewhere => self.each(SERVICE.kind, "fin", |service| {
                service["spec"]["externalName"] = json!("seldon-scheduler.elsewhere.svc.cluster.local");
            }),
            Break::AliasNumeric => self.each(SERVICE.kind, "fin", |service| {
                let port = |port: u16| json!({"name": format!("p{port}"), "port": port, "targetPort": port});
                service["spec"]["ports"] = json!([port(9002), port(9004), port(9005)]);
                service["spec"].as_object_mut().unwrap().remove("selector");
            }),
            Break::AliasOfOperator => self.each(SERVICE.kind, "fin", |service| {
                service["spec"]["type"] = json!("ClusterIP");
                service["spec"]["clusterIP"] = json!("10.0.0.7");
                service["spec"].as_object_mut().unwrap().remove("externalName");
                service["metadata"]["annotations"] = json!({"seldon.io/last-applied": "UEs="});
                service["metadata"]["ownerReferences"] = json!([{"kind": "SeldonRuntime", "name": "fin-runtime"}]);
            }),
            Break::OwnScheduler => self.scheduler("fin", |entry| entry["replicas"] = json!(1)),
            Break::NoSchedulerOverride => self.overrides(|all| all.retain(|one| one["name"] != "seldon-scheduler")),
            Break::SchedulerDisabled => self.scheduler("fin", |entry| entry["disable"] = json!(true)),
            Break::SchedulerRuns => {
                let owner = json!([{"kind": "StatefulSet", "name": "seldon-scheduler"}]);
                self.add(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": fin("seldon-scheduler"),
                    "spec": {"replicas": 1}, "status": {"replicas": 1}}));
                self.add(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "seldon-scheduler-0",
                    "namespace": "fin", "labels": {"app.kubernetes.io/name": "seldon-scheduler"},
                    "ownerReferences": owner}, "status": {"phase": "Running"}}));
            }
            Break::ServiceType => self.scheduler("fin", |entry| entry["serviceType"] = json!("LoadBalancer")),
            Break::ServerOverride => self.overrides(|all| {
                all.insert(0, json!({"name": "mlserver", "replicas": 3}));
                all.push(json!({"name": "triton", "replicas": 3}));
            }),
            Break::EnvoyType => self.overrides(|all| {
                let envoys = all.iter_mut().filter(|one| one["name"] == Component::Envoy.name());
                envoys.for_each(|one| drop(one.as_object_mut().unwrap().remove("serviceType")));
            }),
            Break::OtherConfig => {
                self.each(SELDON_RUNTIME.kind, "fin", |runtime| runtime["spec"]["seldonConfig"] = json!("other"));
                self.add(json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonConfig",
                    "metadata": {"name": "other", "namespace": "seldon-system"}, "spec": {}}));
            }
            Break::Misspelled => {
                self.each(SERVER.kind, "fin", |server| {
                    server["spec"]["capabilities"] = json!(["mlflow", "scikit-learn", "xg-boost"]);
                });
                self.each("Model", "fin", |model| model["spec"]["requirements"] = json!(["scikit-learn", "xg-boost"]));
            }
            Break::RequirementMisspelled => {
                self.each("Model", "fin", |model| model["spec"]["requirements"] = json!(["scikit-learn"]));
            }
            Break::NotPinned => self.each("Model", "fin", |model| {
                model["spec"].as_object_mut().unwrap().remove("server");
            }),
            Break::NoReplicas => self.each(SERVER.kind, "fin", |server| server["spec"]["replicas"] = json!(0)),
            Break::Bounds => self.each(SERVER.kind, "fin", |server| {
                server["spec"]["minReplicas"] = json!(3);
                server["spec"]["maxReplicas"] = json!(2);
            }),
            Break::ConfigInTenant => self.add(json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "ServerConfig",
                "metadata": fin("own"), "spec": {}})),
            Break::SelectorByName => self.each(NETWORK_POLICY.kind, "fin", |policy| {
                let text = policy
                    .to_string()
                    .replace("kubernetes.io/metadata.name\":\"seldon-system", "name\":\"seldon-system");
                *policy = serde_json::from_str(&text).unwrap();
            }),
            Break::NoEgress => self.each(NETWORK_POLICY.kind, "fin", |policy| {
                policy["spec"].as_object_mut().unwrap().remove("egress");
            }),
            Break::NoIngress => {
                self.each(NETWORK_POLICY.kind, "fin", |policy| {
                    policy["spec"].as_object_mut().unwrap().remove("ingress");
                });
                self.add(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                    "metadata": fin("deny"), "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}));
            }
            Break::OpenPorts => self.add(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": fin("open"), "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [
                {"from": [{"podSelector": {}}]},
                {"ports": [{"port": 5000, "endPort": 8000, "protocol": "TCP"}]},
            ]}})),
            Break::CentralExposed => {
                self.scheduler("seldon-system", |entry| entry["serviceType"] = json!("LoadBalancer"));
                self.each(SERVICE.kind, "seldon-system", |service| service["spec"]["type"] = json!("LoadBalancer"));
            }
            Break::CentralReplicated => self.scheduler("seldon-system", |entry| entry["replicas"] = json!(2)),
            Break::CentralDisabled => self.scheduler("seldon-system", |entry| entry["disable"] = json!(true)),
        }
    }
}

/// Whether a finding is one that fixing has to do away with.
fn fixable(outcome: &Outcome) -> bool {
    matches!(rules::find(outcome.rule).unwrap().repair, Repair::Edits(_))
}

fn check(breaks: &[Break]) -> Result<(), TestCaseError> {
    let mut cluster = Cluster::whole();
    for way in breaks {
        cluster.break_it(*way);
    }
    let snapshot = cluster.snapshot();
    let control_plane = ControlPlane::default();
    let fin = [crate::name::Namespace::new("fin").unwrap()];
    let world = World::new(&snapshot, &control_plane, &fin);

    let safe = of(&world, FixSafety::Safe, &|_| true);
    prop_assert!(safe.steps.iter().all(|step| step.safety == FixSafety::Safe), "{:#?}", safe.steps);

    let plan = of(&world, FixSafety::Unsafe, &|_| true);
    let repaired = after(&snapshot, &plan);
    let world = world.over(&repaired);
    let outcomes = rules::run(RULES, &world);
    let left: Vec<String> = outcomes
        .iter()
        .filter(|outcome| fixable(outcome))
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Fail(finding) => Some(format!("{} {}: {}", outcome.rule, outcome.object, finding.message)),
            _ => None,
        })
        .collect();
    prop_assert!(left.is_empty(), "{breaks:?} leaves {left:#?}: {:#?}", plan.left);
    let again = of(&world, FixSafety::Unsafe, &|_| true);
    prop_assert!(again.is_empty(), "{breaks:?} is fixed twice: {again:#?}");
    Ok(())
}

#[test]
fn what_is_whole_is_left_alone() {
    let snapshot = Cluster::whole().snapshot();
    let control_plane = ControlPlane::default();
    let plan = of(&World::new(&snapshot, &control_plane, &[]), FixSafety::Unsafe, &|_| true);
    assert_eq!(plan, Plan { left: plan.left.clone(), ..Plan::default() });
    assert!(plan.left.iter().all(|left| left.why == Why::Manual), "{:#?}", plan.left);
}

#[test]
fn every_single_break_is_fixed_and_breaks_something() {
    for way in BREAKS {
        let mut cluster = Cluster::whole();
        cluster.break_it(way);
        let snapshot = cluster.snapshot();
        let control_plane = ControlPlane::default();
        let fin = [crate::name::Namespace::new("fin").unwrap()];
        let plan = of(&World::new(&snapshot, &control_plane, &fin), FixSafety::Unsafe, &|_| true);
        assert!(!plan.is_empty(), "{way:?}: {:#?}", plan.left);
        check(&[way]).unwrap_or_else(|error| panic!("{error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn tenants_that_are_broken_in_many_ways_are_put_right_and_stay_so(
        breaks in proptest::sample::subsequence(&BREAKS[..], 1..8).prop_shuffle()
    ) {
        check(&breaks)?;
    }
}
