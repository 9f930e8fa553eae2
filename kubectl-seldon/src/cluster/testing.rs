//! An API server in memory, for tests.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use kube::{Client, client::Body};
use serde_json::{Value, json};

use super::Cluster;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// How many came before it.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    /// `Null` without a body.
    pub(crate) body: Value,
}

impl Seen {
    /// A parameter of the query, still escaped.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    code: u16,
    retry_after: Option<u64>,
    body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(code: u16, body: &Value) -> Self {
        Self { code, retry_after: None, body: body.to_string().into_bytes() }
    }

    pub(crate) fn text(code: u16, body: &str) -> Self {
        Self { code, retry_after: None, body: body.into() }
    }

    /// A refusal of a server under load, with its `Retry-After` in seconds.
    pub(crate) fn busy(retry_after: u64) -> Self {
        let retry_after = Some(retry_after);
        Self { retry_after, ..Self::text(429, "Too many requests, please try again later.\n") }
    }

    pub(crate) fn bytes(code: u16, body: &[u8]) -> Self {
        Self { body: body.to_vec(), ..Self::text(code, "") }
    }

    /// A refusal as the API server writes it.
    pub(crate) fn status(code: u16, reason: &str, message: &str) -> Self {
        Self::refusal(code, reason, message, &json!({}))
    }

    /// A refusal with details.
    pub(crate) fn refusal(code: u16, reason: &str, message: &str, details: &Value) -> Self {
        Self::json(
            code,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "code": code, "reason": reason, "message": message, "details": details,
            }),
        )
    }
}

/// The 404 for one object.
pub(crate) fn not_found(plural: &str, name: &str) -> Reply {
    Reply::refusal(404, "NotFound", &format!("{plural} \"{name}\" not found"), &json!({"name": name, "kind": plural}))
}

#[derive(Default)]
struct Log {
    seen: Vec<Seen>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The server.
pub(crate) struct Api {
    client: Client,
    log: Arc<Mutex<Log>>,
}

impl Api {
    /// A server that answers with `answer`. Needs a runtime.
    pub(crate) fn new(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let log = Arc::<Mutex<Log>>::default();
        let answer = Arc::new(answer);
        let service_log = Arc::clone(&log);
        let service = tower::service_fn(move |request: http::Request<Body>| {
            let (log, answer) = (Arc::clone(&service_log), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect_bytes().await.unwrap();
                let seen = {
                    let mut log = log.lock().unwrap();
                    let seen = Seen {
                        number: log.seen.len(),
                        method: parts.method.to_string(),
                        path: parts.uri.path().to_owned(),
                        query: parts.uri.query().unwrap_or_default().to_owned(),
                        content_type: parts.headers["content-type"].to_str().unwrap().to_owned(),
                        body: serde_json::from_slice(&body).unwrap_or_default(),
                    };
                    log.seen.push(seen.clone());
                    log.in_flight += 1;
                    log.most_in_flight = log.most_in_flight.max(log.in_flight);
                    seen
                };
                tokio::time::sleep(Duration::from_millis(1)).await;
                let reply = answer(&seen);
                log.lock().unwrap().in_flight -= 1;
                let mut response = http::Response::builder().status(reply.code);
                if let Some(seconds) = reply.retry_after {
                    response = response.header("retry-after", seconds);
                }
                Ok::<_, Infallible>(response.body(Body::from(reply.body)).unwrap())
            }
        });
        Self { client: Client::new(service, "default"), log }
    }

    /// A connection to it.
    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::from_client(self.client.clone(), "http://api.test")
    }

    /// The same with a limit for each request, in milliseconds.
    pub(crate) fn cluster_within(&self, limit: u64) -> Cluster {
        let mut cluster = self.cluster();
        cluster.timeout = Some(Duration::from_millis(limit));
        cluster
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().seen.clone()
    }

    /// The most requests there were at one time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.log.lock().unwrap().most_in_flight
    }
}
