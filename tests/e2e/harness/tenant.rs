//! What a test works on: a control plane and a tenant's namespace that no other test uses.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use seldon_central_core::pattern;
use serde_json::{Value, json};

use super::{api::Api, control_plane::Server, files::objects, kubectl::Output};

pub(crate) const SERVICE: &str = "v1/Service";
pub(crate) const NAMESPACE: &str = "v1/Namespace";
pub(crate) const RUNTIME: &str = "mlops.seldon.io/v1alpha1/SeldonRuntime";
pub(crate) const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";
pub(crate) const MODEL: &str = "mlops.seldon.io/v1alpha1/Model";
pub(crate) const SELDON_CONFIG: &str = "mlops.seldon.io/v1alpha1/SeldonConfig";

/// A name that no other test and no other run has.
pub(crate) fn unique(stem: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    format!("{stem}-{nanos:x}{count}")
}

/// A control plane and the name of a tenant that does not exist yet.
pub(crate) struct Ground<'a> {
    pub(crate) server: &'a Server,
    /// The administrator's connection.
    pub(crate) api: Api,
    /// Namespace of the control plane.
    pub(crate) control_plane: String,
    /// Namespace of the tenant.
    pub(crate) tenant: String,
}

impl<'a> Ground<'a> {
    /// Two fresh names, and nothing behind them.
    pub(crate) fn empty(server: &'a Server) -> Self {
        Self { server, api: server.api(), control_plane: unique("seldon"), tenant: unique("fin") }
    }

    /// A control plane in which everything is as it should be.
    pub(crate) fn healthy(server: &'a Server) -> Self {
        let ground = Self::empty(server);
        install_control_plane(&ground.api, &ground.control_plane);
        ground
    }

    /// Makes a namespace.
    pub(crate) fn namespace(&self, name: &str) {
        namespace(&self.api, name);
    }

    /// A control plane and an onboarded tenant, both as the operator leaves them once all is well.
    pub(crate) fn serving(server: &'a Server) -> Self {
        Self::healthy(server).onboarded()
    }

    /// The same with another's names, on another server.
    pub(crate) fn serving_as(server: &'a Server, other: &Ground<'_>) -> Self {
        let (control_plane, tenant) = (other.control_plane.clone(), other.tenant.clone());
        let ground = Self { server, api: server.api(), control_plane, tenant };
        install_control_plane(&ground.api, &ground.control_plane);
        ground.onboarded()
    }

    fn onboarded(self) -> Self {
        self.onboard(&["--server-name", "{namespace}-mlserver"]).succeeds();
        let runtime = format!("{}-runtime", self.tenant);
        let finalizers = json!({"metadata": {"finalizers": [pattern::RUNTIME_FINALIZER]}});
        self.api.merge(RUNTIME, &self.control_plane, "seldon", &finalizers);
        self.api.merge(RUNTIME, &self.tenant, &runtime, &finalizers);
        self.ready(RUNTIME, &runtime);
        self.ready(SERVER, &format!("{}-mlserver", self.tenant));
        self
    }

    /// Onboards another namespace on the same scheduler.
    pub(crate) fn onboard_also(&self, namespace: &str) {
        let arguments = ["onboard", namespace, "--control-plane-namespace", &self.control_plane];
        self.server.kubectl().seldon(arguments.into_iter().chain(["--server-name", "{namespace}-mlserver"])).succeeds();
    }

    /// Runs `kubectl seldon verify`, without a terminal.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["verify", "--control-plane-namespace", &self.control_plane];
        all.extend(arguments);
        self.server.kubectl().seldon(all)
    }

    /// Runs `kubectl seldon onboard` for the tenant, without a terminal.
    pub(crate) fn onboard(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["onboard", &self.tenant, "--control-plane-namespace", &self.control_plane];
        all.extend(arguments);
        self.server.kubectl().seldon(all)
    }

    /// Says that one of the tenant's objects is ready, as the operator would.
    pub(crate) fn ready(&self, kind: &str, name: &str) {
        // Servers and Models must count as well.
        let status = json!({"conditions": [condition("Ready")], "replicas": 1, "loadedModels": 0, "selector": ""});
        self.api.set_status(kind, &self.tenant, name, &status);
    }

    /// Changes one part of the control plane's `SeldonConfig`.
    pub(crate) fn configure(&self, config: &Value) {
        self.api.merge(
            SELDON_CONFIG,
            &self.control_plane,
            pattern::SELDON_CONFIG,
            &json!({"spec": {"config": config}}),
        );
    }
}

/// Makes a namespace.
pub(crate) fn namespace(api: &Api, name: &str) {
    api.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
}

/// What Seldon's charts install, as far as the plugin looks at it.
pub(crate) fn control_plane_objects(control_plane: &str) -> Vec<Value> {
    let text = include_str!("../manifests/control-plane.yaml")
        .replace("CONTROL-PLANE", control_plane)
        .replace("MLSERVER-CAPABILITIES", &pattern::MLSERVER_CAPABILITIES.join(","))
        .replace("TRITON-CAPABILITIES", &pattern::TRITON_CAPABILITIES.join(","));
    objects(&text)
}

/// Installs what Seldon's charts would, as far as the plugin looks at it, and the statuses that its
/// controllers would write.
pub(crate) fn install_control_plane(api: &Api, control_plane: &str) {
    for object in control_plane_objects(control_plane) {
        api.create(&object);
    }
    let ready = json!({"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 1});
    api.set_status("apps/v1/StatefulSet", control_plane, pattern::SCHEDULER_SERVICE, &ready);
    api.set_status("apps/v1/Deployment", control_plane, pattern::OPERATOR_DEPLOYMENT, &ready);
    api.set_status(
        RUNTIME,
        control_plane,
        "seldon",
        &json!({"conditions": [condition("Ready"), condition("SchedulerReady")]}),
    );
}

/// A condition that holds.
pub(crate) fn condition(kind: &str) -> Value {
    json!({"type": kind, "status": "True", "lastTransitionTime": "2025-06-01T12:00:00Z"})
}
