//! A tenant and its control plane, and many ways to break them.

use serde_json::{Value, json};

use crate::{
    desired,
    object::Object,
    pattern::Component,
    profile::{ControlPlane, Profile, Surroundings, resolve},
    resource::{NETWORK_POLICY, SELDON_RUNTIME, SERVER, SERVICE},
    rules::tests::{cluster, control_plane_objects, reconciled},
    snapshot::Snapshot,
};

/// One way to break a tenant or its control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::fix) enum Break {
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

pub(in crate::fix) const BREAKS: [Break; 28] = [
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
pub(in crate::fix) struct Cluster(pub(in crate::fix) Vec<Value>);

impl Cluster {
    /// A control plane and a tenant as they are built, with a Model.
    pub(in crate::fix) fn whole() -> Self {
        let tenant = "{namespace: fin, networkPolicy: {set: full}, models: [{name: income, storageUri: 'gs://b/m', \
                      requirements: [sklearn]}]}";
        let profile = Profile::from_yaml(&format!("tenants: [{tenant}]")).unwrap();
        let built = desired::build(&resolve(&profile, &Surroundings::default()).unwrap());
        let central = control_plane_objects(&ControlPlane::default(), "ClusterIP");
        Self(central.into_iter().chain(built.objects().map(reconciled)).map(Object::into_value).collect())
    }

    pub(in crate::fix) fn snapshot(&self) -> Snapshot {
        cluster(&self.0.iter().cloned().map(|value| Object::new(value).unwrap()).collect::<Vec<_>>())
    }

    fn each(&mut self, kind: &str, namespace: &str, mut change: impl FnMut(&mut Value)) {
        let is_meant = |value: &&mut Value| value["kind"] == kind && value["metadata"]["namespace"] == namespace;
        self.0.iter_mut().filter(is_meant).for_each(&mut change);
    }

    fn remove(&mut self, kind: &str) {
        self.0.retain(|value| value["kind"] != kind || value["metadata"]["namespace"] != "fin");
    }

    fn add(&mut self, value: Value) {
        self.0.push(value);
    }

    fn scheduler(&mut self, namespace: &str, mut change: impl FnMut(&mut Value)) {
        self.each(SELDON_RUNTIME.kind, namespace, |runtime| {
            let overrides = runtime["spec"]["overrides"].as_array_mut().unwrap();
            overrides.iter_mut().filter(|entry| entry["name"] == "seldon-scheduler").for_each(&mut change);
        });
    }

    fn overrides(&mut self, change: impl Fn(&mut Vec<Value>)) {
        self.each(SELDON_RUNTIME.kind, "fin", |runtime| change(runtime["spec"]["overrides"].as_array_mut().unwrap()));
    }

    pub(in crate::fix) fn break_it(&mut self, way: Break) {
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
