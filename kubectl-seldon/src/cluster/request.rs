//! The one door to the API server: sends a request, waits no longer than allowed, tells refusals apart.

use std::{
    error::Error,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use http::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};
use kube::{client::Body, core::Status};

use super::{
    Cluster,
    address::Address,
    error::{ReadError, line, plain},
    status,
};

/// How often a request is sent again that the API server was too busy for.
pub(super) const RETRIES: u32 = 3;
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A request that can be sent again.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, content_type: "application/json", body: Vec::new() }
    }

    pub(super) fn post(path: String, body: Vec<u8>) -> Self {
        Self { method: Method::POST, path, content_type: "application/json", body }
    }

    /// Method and path for people. The query is left out: it is long and says nothing about a failure.
    pub(super) fn summary(&self) -> String {
        let path = self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path);
        format!("{} {path}", self.method)
    }

    pub(super) fn to_http(&self) -> Result<http::Request<Body>, http::Error> {
        http::Request::builder()
            .method(self.method.clone())
            .uri(self.path.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, self.content_type)
            .body(Body::from(self.body.clone()))
    }
}

/// Why there is no good answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is none at all.
    Transport(ReadError),
    /// It is a refusal, with its HTTP status as code.
    Refused(Box<Status>),
}

/// An answer, whatever its status.
struct Answer {
    code: StatusCode,
    /// `Retry-After`, where it is a number of seconds.
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Cluster {
    /// Sends a request and returns the body of a successful answer. A busy server is asked again, as
    /// long as the limit for the whole request allows.
    pub(super) async fn send(&self, request: &Request) -> Result<Vec<u8>, Failure> {
        let end = self.timeout.map(|limit| tokio::time::Instant::now() + limit);
        let mut pause = FIRST_PAUSE;
        let mut answer = self.attempt(request, end).await?;
        for _ in 0..RETRIES {
            if !answer.is_worth_another_try(request) {
                break;
            }
            let until = tokio::time::Instant::now() + answer.retry_after().unwrap_or(pause).min(LONGEST_PAUSE);
            if end.is_some_and(|end| until >= end) {
                break;
            }
            tokio::time::sleep_until(until).await;
            pause *= 2;
            answer = self.attempt(request, end).await?;
        }
        answer.into_result()
    }

    async fn attempt(&self, request: &Request, end: Option<tokio::time::Instant>) -> Result<Answer, Failure> {
        let started = Instant::now();
        let exchange = self.exchange(request);
        let answer = match end {
            Some(end) => tokio::time::timeout_at(end, exchange).await.unwrap_or(Err(Silence::Timeout)),
            None => exchange.await,
        };
        if self.logs_requests {
            let text =
                log_line(&self.server, request, answer.as_ref().ok().map(|answer| answer.code), started.elapsed());
            // Nobody is left to be told when stderr is closed.
            let _ = writeln!(io::stderr(), "{text}");
        }
        match answer {
            Ok(answer) => Ok(answer),
            Err(silence) => Err(self.transport(request, silence, started.elapsed())),
        }
    }

    /// The failure of a request that was not answered.
    pub(super) fn transport(&self, request: &Request, silence: Silence, after: Duration) -> Failure {
        let server = self.server.clone();
        Failure::Transport(match silence {
            Silence::Timeout => ReadError::TimedOut { server, request: request.summary(), after: readable(after) },
            Silence::Broken(reason) => ReadError::Unreachable { server, advice: advice(&reason), reason },
        })
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, Silence> {
        let http = request.to_http().map_err(|error| Silence::Broken(plain(&error)))?;
        let response = self.client.send(http).await.map_err(|error| Silence::of(&error))?;
        let code = response.status();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body().collect_bytes().await.map_err(|error| Silence::of(&error))?;
        Ok(Answer { code, retry_after: seconds.map(Duration::from_secs), body: body.into() })
    }

    /// What a failed request to `address` means.
    pub(super) fn read_error(
        &self,
        verb: &'static str,
        address: &Address<'_>,
        request: &Request,
        failure: Failure,
    ) -> ReadError {
        let status = match failure {
            Failure::Transport(error) => return error,
            Failure::Refused(status) => status,
        };
        let resource = address.resource.to_string();
        match status.code {
            403 => {
                let message = status::message(&status);
                let namespace = address.namespace.filter(|_| address.resource.namespaced).map(line);
                ReadError::Forbidden { verb, resource, namespace, message }
            }
            _ if status::is_unknown_kind(&status) => {
                let server = self.server.clone();
                ReadError::KindNotServed { server, resource, api_version: address.resource.api_version() }
            }
            _ => self.refusal(request, &status),
        }
    }

    /// What a refusal means that is about no object.
    pub(super) fn refusal(&self, request: &Request, status: &Status) -> ReadError {
        let (server, message) = (self.server.clone(), status::message(status));
        match status.code {
            401 => ReadError::Unauthorized { server, message },
            code => ReadError::Server { server, request: request.summary(), code, message },
        }
    }

    /// The error for an answer that is not what was promised.
    pub(super) fn unreadable(&self, request: &Request, reason: &str) -> ReadError {
        ReadError::InvalidBody { server: self.server.clone(), request: request.summary(), reason: line(reason) }
    }
}

/// No answer, or no whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Silence {
    /// Nothing came in time.
    #[error("nothing came in time")]
    Timeout,
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
}

impl Silence {
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut innermost = error;
        loop {
            let io = innermost.downcast_ref::<io::Error>();
            if io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                return Self::Timeout;
            }
            match innermost.source() {
                Some(source) => innermost = source,
                // This cause is the one that means something to people.
                None => return Self::Broken(plain(innermost)),
            }
        }
    }
}

impl Answer {
    fn is_worth_another_try(&self, request: &Request) -> bool {
        match self.code.as_u16() {
            // Refused before anything was done.
            429 => true,
            503 | 504 => request.method == Method::GET,
            _ => false,
        }
    }

    /// How long the API server asks to wait. Under load it says so in the header alone.
    fn retry_after(&self) -> Option<Duration> {
        let in_body = || status::retry_after(&self.refusal()).map(Duration::from_secs);
        self.retry_after.or_else(in_body)
    }

    fn refusal(&self) -> Status {
        status::parse(self.code.as_u16(), &self.body)
    }

    fn into_result(self) -> Result<Vec<u8>, Failure> {
        if self.code.is_success() { Ok(self.body) } else { Err(Failure::Refused(Box::new(self.refusal()))) }
    }
}

fn advice(reason: &str) -> &'static str {
    if reason.contains("not valid for name") {
        "check the address, or give the name in the certificate with --tls-server-name"
    } else if reason.contains("certificate") {
        "check the certificate authority in the kubeconfig, or give one with --certificate-authority"
    } else if reason.contains("lookup") || reason.contains("dns") {
        "check the address and the network, or choose another cluster with --context"
    } else {
        "check that the cluster is up, or choose another with --context"
    }
}

pub(super) fn readable(duration: Duration) -> String {
    match duration.as_millis() {
        0..1_000 => format!("{} ms", duration.as_millis()),
        _ => format!("{} s", duration.as_secs()),
    }
}

/// What is told of a request; never a body or a header, which may hold secrets.
pub(super) fn log_line(server: &str, request: &Request, code: Option<StatusCode>, taken: Duration) -> String {
    let outcome = code.map_or_else(|| "no answer".to_owned(), |code| code.to_string());
    format!("{} {server}{} {outcome} in {} ms", request.method, line(&request.path), taken.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_follows_the_reason() {
        assert!(advice("invalid peer certificate: UnknownIssuer").contains("--certificate-authority"));
        assert!(advice("certificate not valid for name \"127.0.0.1\"").contains("--tls-server-name"));
        assert!(advice("failed to lookup address information").contains("network"));
        assert!(advice("connection refused").contains("is up"));
    }

    #[test]
    fn a_log_line_has_method_url_status_and_time() {
        let request = Request::get("/api/v1/pods?limit=500".to_owned());
        let log = |code| log_line("https://x:6443", &request, code, Duration::from_millis(12));
        assert_eq!(log(Some(StatusCode::OK)), "GET https://x:6443/api/v1/pods?limit=500 200 OK in 12 ms");
        assert_eq!(log(None), "GET https://x:6443/api/v1/pods?limit=500 no answer in 12 ms");
    }
}
