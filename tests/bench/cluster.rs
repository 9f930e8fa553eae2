//! An API server in this process with any number of tenants, on which every answer takes as long as
//! over a network.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use seldon_central_core::{
    desired, manifest, pattern,
    profile::{self, Profile, Surroundings},
    resource::{MODEL, POD, Resource, SELDON_RUNTIME, SERVER},
};
use serde_json::{Value, json};

/// A running server.
pub(crate) struct Cluster {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
    /// Pages beyond the first of each list.
    pages: Arc<AtomicUsize>,
}

/// Items by the path of their collection in the whole cluster.
type Collections = BTreeMap<String, Vec<Value>>;

impl Cluster {
    /// A server with a control plane and this number of tenants, all of them as they should be: each
    /// with a runtime, a Server, three Models, an alias, its policies, the Secret for rclone, and this
    /// number of the Server's pods.
    pub(crate) fn start(tenants: usize, pods: usize, delay: Duration) -> Self {
        let collections = Arc::new(collections(tenants, pods));
        let (requests, pages) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counters = (Arc::clone(&requests), Arc::clone(&pages));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_nodelay(true).unwrap();
                let (collections, (requests, pages)) = (Arc::clone(&collections), counters.clone());
                thread::spawn(move || {
                    serve(stream, delay, |path, query| {
                        requests.fetch_add(1, Ordering::Relaxed);
                        let further = usize::from(parameter(query, "continue").is_some());
                        pages.fetch_add(further, Ordering::Relaxed);
                        answer(&collections, path, query)
                    })
                });
            }
        });
        Self { url, requests, pages }
    }

    /// Requests since the last call, and how many of them were for pages beyond the first.
    pub(crate) fn requests(&self) -> (usize, usize) {
        (self.requests.swap(0, Ordering::Relaxed), self.pages.swap(0, Ordering::Relaxed))
    }
}

fn collections(tenants: usize, pods: usize) -> Collections {
    let profile = Profile::from_yaml(&profile(tenants)).unwrap();
    let resolved = profile::resolve(&profile, &Surroundings::default()).unwrap();
    let control_plane = manifest::read("control-plane.yaml", &control_plane()).unwrap().objects;
    let mut collections = Collections::new();
    let objects = desired::build(&resolved);
    let objects = objects.objects().cloned().chain(control_plane.into_iter().map(|observed| observed.object));
    for object in objects.map(seldon_central_core::object::Object::into_value).map(with_status) {
        let text = |field: &str| object[field].as_str().unwrap().to_owned();
        let kind = Resource::find(&text("apiVersion"), &text("kind")).unwrap();
        if *kind == SERVER {
            collections.entry(path(&POD)).or_default().extend((0..pods).map(|number| pod(&object, number)));
        }
        collections.entry(path(kind)).or_default().push(object);
    }
    collections
}

fn pod(server: &Value, number: usize) -> Value {
    let (namespace, server) = (&server["metadata"]["namespace"], server["metadata"]["name"].as_str().unwrap());
    let labels = json!({pattern::COMPONENT_LABEL: pattern::SERVER_COMPONENT, "seldon-server-name": server});
    let containers =
        ["rclone", "agent", "mlserver"].map(|name| json!({"name": name, "image": "registry.test/image:1"}));
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": format!("{server}-{number}"), "namespace": namespace, "labels": labels},
        "spec": {"containers": containers},
        "status": {"phase": "Running"},
    })
}

fn profile(tenants: usize) -> String {
    let mut profile = "tenants:\n".to_owned();
    for number in 0..tenants {
        let name = format!("tenant-{number:04}");
        profile += &format!("- namespace: {name}\n  servers: [{{name: {name}-mlserver}}]\n  models:\n");
        for model in ["fraud", "churn", "price"] {
            profile +=
                &format!("  - {{name: {name}-{model}, storageUri: 's3://models/{model}', requirements: [sklearn]}}\n");
        }
    }
    profile
}

fn control_plane() -> String {
    include_str!("../e2e/manifests/control-plane.yaml")
        .replace("CONTROL-PLANE", pattern::CONTROL_PLANE_NAMESPACE)
        .replace("MLSERVER-CAPABILITIES", &pattern::MLSERVER_CAPABILITIES.join(","))
        .replace("TRITON-CAPABILITIES", &pattern::TRITON_CAPABILITIES.join(","))
}

/// The object once its controllers are content with it.
fn with_status(mut object: Value) -> Value {
    let kind = object["kind"].as_str().unwrap().to_owned();
    let ready = json!([{"type": "Ready", "status": "True"}, {"type": "ModelReady", "status": "True"}]);
    if kind == SELDON_RUNTIME.kind {
        object["metadata"]["finalizers"] = json!([pattern::RUNTIME_FINALIZER]);
    }
    if [SELDON_RUNTIME.kind, SERVER.kind, MODEL.kind].contains(&kind.as_str()) {
        object["status"] = json!({"conditions": ready, "replicas": 1, "loadedModels": 3});
    } else if kind == "StatefulSet" || kind == "Deployment" {
        object["status"] = json!({"replicas": 1, "readyReplicas": 1, "availableReplicas": 1});
    }
    object
}

fn path(kind: &Resource) -> String {
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    format!("/{root}/{}/{}", kind.api_version(), kind.plural)
}

/// An object, or a page of a list.
fn answer(collections: &Collections, path: &str, query: &str) -> (u16, Vec<u8>) {
    let (root, rest) = path.split_once("/namespaces/").unwrap_or((path, ""));
    let (namespace, collection, name) = match *rest.split('/').collect::<Vec<_>>() {
        [namespace, plural] => (Some(namespace), format!("{root}/{plural}"), None),
        [namespace, plural, name] => (Some(namespace), format!("{root}/{plural}"), Some(name)),
        _ => (None, path.to_owned(), None),
    };
    let selected = parameter(query, "fieldSelector").and_then(|selector| selector.strip_prefix("metadata.name%3D"));
    let is_meant = |item: &&Value| {
        let has = |field: &str, wanted: Option<&str>| wanted.is_none_or(|wanted| item["metadata"][field] == wanted);
        has("namespace", namespace) && has("name", name.or(selected))
    };
    // All that is here carries the labels that lists are narrowed by.
    let items: Vec<&Value> = collections.get(&collection).into_iter().flatten().filter(is_meant).collect();
    if let Some(name) = name {
        return match items.first() {
            Some(found) => (200, found.to_string().into_bytes()),
            None => (404, absence(&collection, name).to_string().into_bytes()),
        };
    }
    let number = |key| parameter(query, key).map(|number| number.parse::<usize>().unwrap());
    let begin = number("continue").unwrap_or(0);
    let end = number("limit").map_or(items.len(), |limit| items.len().min(begin + limit));
    let next = if end < items.len() { end.to_string() } else { String::new() };
    let list = json!({"kind": "List", "metadata": {"continue": next}, "items": items[begin..end]});
    (200, list.to_string().into_bytes())
}

/// The API server's words for an object that does not exist.
fn absence(collection: &str, name: &str) -> Value {
    let plural = collection.rsplit('/').next();
    json!({
        "kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound",
        "message": format!("\"{name}\" not found"), "details": {"kind": plural, "name": name},
    })
}

fn parameter<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// Ends with the connection.
fn serve(mut stream: TcpStream, delay: Duration, answer: impl Fn(&str, &str) -> (u16, Vec<u8>)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let target = head.split(' ').nth(1).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        thread::sleep(delay);
        let (code, body) = answer(path, query);
        let head =
            format!("HTTP/1.1 {code} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}
