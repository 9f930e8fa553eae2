//! Requests to an API server, for what tests set up and look at. What they test goes through
//! kubectl and the plugin.

use std::path::Path;

use http::Request;
use kube::{
    Client, Config,
    client::Body,
    config::{KubeConfigOptions, Kubeconfig},
    core::Status,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A connection as one of the server's users.
pub(crate) struct Api {
    runtime: Runtime,
    client: Client,
}

impl Api {
    /// Connects with a context of a kubeconfig.
    pub(crate) fn connect(kubeconfig: &Path, context: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
        let client = runtime.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).unwrap();
            Client::try_from(Config::from_custom_kubeconfig(file, &options).await.unwrap()).unwrap()
        });
        Self { runtime, client }
    }

    /// An object, if there is one. `kind` is written `v1/Service` or `apps/v1/Deployment`.
    #[track_caller]
    pub(crate) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        match self.send("GET", &path(kind, namespace, name), "", None) {
            Ok(object) => Some(object),
            Err(status) if status.code == 404 => None,
            Err(status) => panic!("{status:?}"),
        }
    }

    /// An object that must be there.
    #[track_caller]
    pub(crate) fn get(&self, kind: &str, namespace: &str, name: &str) -> Value {
        self.find(kind, namespace, name).unwrap_or_else(|| panic!("there is no {kind} {namespace}/{name}"))
    }

    /// All objects of a kind in a namespace.
    #[track_caller]
    pub(crate) fn list(&self, kind: &str, namespace: &str) -> Vec<Value> {
        let list = self.send("GET", path(kind, namespace, "").trim_end_matches('/'), "", None).unwrap();
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Creates an object.
    pub(crate) fn try_create(&self, object: &Value, manager: &str) -> Result<Value, Box<Status>> {
        let (kind, namespace, _) = identity(object);
        let collection = path(&kind, &namespace, "");
        let query = format!("{}?fieldManager={manager}&fieldValidation=Strict", collection.trim_end_matches('/'));
        self.send("POST", &query, "application/json", Some(object))
    }

    /// Whether an object could be created; nothing is stored.
    pub(crate) fn would_create(&self, object: &Value) -> Result<Value, Box<Status>> {
        let (kind, namespace, _) = identity(object);
        let query = format!("{}?dryRun=All", path(&kind, &namespace, "").trim_end_matches('/'));
        self.send("POST", &query, "application/json", Some(object))
    }

    /// Creates an object, which must succeed.
    #[track_caller]
    pub(crate) fn create(&self, object: &Value) -> Value {
        self.try_create(object, "test").unwrap_or_else(|status| panic!("{}: {object:#}", status.message))
    }

    /// Replaces an object.
    #[track_caller]
    pub(crate) fn replace(&self, object: &Value, manager: &str) -> Value {
        let (kind, namespace, name) = identity(object);
        let path = format!("{}?fieldManager={manager}", path(&kind, &namespace, &name));
        self.send("PUT", &path, "application/json", Some(object)).unwrap()
    }

    /// Applies an object as a field manager, by force.
    #[track_caller]
    pub(crate) fn apply(&self, object: &Value, manager: &str) -> Value {
        let (kind, namespace, name) = identity(object);
        let path =
            format!("{}?fieldManager={manager}&force=true&fieldValidation=Strict", path(&kind, &namespace, &name));
        self.send("PATCH", &path, "application/apply-patch+yaml", Some(object))
            .unwrap_or_else(|status| panic!("{}: {object:#}", status.message))
    }

    /// Merges a patch into an object.
    #[track_caller]
    pub(crate) fn merge(&self, kind: &str, namespace: &str, name: &str, change: &Value) -> Value {
        let path = format!("{}?fieldManager=test", path(kind, namespace, name));
        self.send("PATCH", &path, "application/merge-patch+json", Some(change)).unwrap()
    }

    /// Sets an object's status, as its controller would.
    #[track_caller]
    pub(crate) fn set_status(&self, kind: &str, namespace: &str, name: &str, status: &Value) -> Value {
        let path = format!("{}/status?fieldManager=manager", path(kind, namespace, name));
        self.send("PATCH", &path, "application/merge-patch+json", Some(&json!({"status": status}))).unwrap()
    }

    /// Deletes an object.
    #[track_caller]
    pub(crate) fn delete(&self, kind: &str, namespace: &str, name: &str) {
        self.send("DELETE", &path(kind, namespace, name), "", None).unwrap();
    }

    /// Deletes an object at once, though nobody is there to stop its containers.
    #[track_caller]
    pub(crate) fn delete_now(&self, kind: &str, namespace: &str, name: &str) {
        let path = format!("{}?gracePeriodSeconds=0", path(kind, namespace, name));
        self.send("DELETE", &path, "", None).unwrap();
    }

    /// Lets a deleted namespace go, as its controller does once nothing is left in it.
    pub(crate) fn finalize(&self, mut namespace: Value) {
        namespace["spec"]["finalizers"] = json!([]);
        let path = format!("/api/v1/namespaces/{}/finalize", namespace["metadata"]["name"].as_str().unwrap());
        // Whoever looks at it twice finds it gone the second time.
        let _ = self.send("PUT", &path, "application/json", Some(&namespace));
    }

    /// Status and body of the answer to a request without a body.
    pub(crate) fn pass_on(&self, method: &str, path: &str) -> (u16, Vec<u8>) {
        self.runtime.block_on(async {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = self.client.send(request).await.unwrap();
            let code = response.status().as_u16();
            (code, response.into_body().collect_bytes().await.unwrap().into())
        })
    }

    /// Whether a request succeeds, and somebody is there to answer it.
    pub(crate) fn answers(&self, path: &str) -> bool {
        self.runtime.block_on(async {
            let request = Request::builder().method("GET").uri(path).body(Body::empty()).unwrap();
            self.client.send(request).await.is_ok_and(|response| response.status().is_success())
        })
    }

    fn send(&self, method: &str, path: &str, content_type: &str, body: Option<&Value>) -> Result<Value, Box<Status>> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path);
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        let request = request.body(body.into_bytes()).unwrap();
        match self.runtime.block_on(self.client.request(request)) {
            Ok(value) => Ok(value),
            Err(kube::Error::Api(status)) => Err(status),
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }
}

/// `v1/Service`, namespace (empty for none) and name.
fn identity(object: &Value) -> (String, String, String) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (format!("{}/{}", text("/apiVersion"), text("/kind")), text("/metadata/namespace"), text("/metadata/name"))
}

fn path(kind: &str, namespace: &str, name: &str) -> String {
    let (api_version, kind) = kind.rsplit_once('/').unwrap();
    let root = if api_version.contains('/') { "apis" } else { "api" };
    let kind = kind.to_lowercase();
    let plural = kind.strip_suffix('y').map_or_else(|| format!("{kind}s"), |stem| format!("{stem}ies"));
    let namespace = if namespace.is_empty() { String::new() } else { format!("namespaces/{namespace}/") };
    format!("/{root}/{api_version}/{namespace}{plural}/{name}")
}
