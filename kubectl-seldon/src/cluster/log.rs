//! The log of a container, taken as it comes and no further than a limit.

use std::{
    io::{self, Write as _},
    pin::pin,
    time::{Duration, Instant},
};

use futures::{AsyncBufRead, AsyncBufReadExt, TryStreamExt};
use http_body_util::BodyExt;
use kube::core::Status;
use seldon_central_core::resource::POD;

use super::{
    Cluster,
    address::{Address, query},
    error::ReadError,
    request::{FIRST_PAUSE, Failure, LONGEST_PAUSE, RETRIES, Request, Silence, log_line, readable, seconds},
    status,
};

/// How long a log may take when `--request-timeout` sets no limit: a node that sends a line now and
/// then is never silent, and never done.
const LONGEST: Duration = Duration::from_secs(60);

/// A container's log, as the API server is asked for it.
#[derive(Debug, Clone, Copy)]
pub struct LogRequest<'a> {
    /// Namespace of the pod.
    pub namespace: &'a str,
    /// Name of the pod.
    pub pod: &'a str,
    /// Name of the container.
    pub container: &'a str,
    /// Whether the log of its run before the present one is asked for.
    pub previous: bool,
    /// How many lines from the end.
    pub lines: u32,
    /// How many bytes of those lines, from the first of them on.
    pub bytes: u64,
}

/// How the reading of a log ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEnd {
    /// With its last byte.
    Whole,
    /// At the limit of bytes.
    Limit,
    /// Before either, for this reason.
    Broken(String),
}

/// Why there is no log at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The pod is not there.
    #[error("the pod is gone")]
    Gone,
    /// The container has no log yet, or no earlier one.
    #[error("{0}")]
    NotStarted(String),
    /// Anything else.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl Cluster {
    /// Gives the bytes of a log to a function, as they come. What was given before the end of it stays
    /// true, however that ends.
    ///
    /// # Errors
    /// [`LogError`] when there is nothing to give.
    pub async fn log(&self, asked: &LogRequest<'_>, take: &mut impl FnMut(&[u8])) -> Result<LogEnd, LogError> {
        let address = Address { resource: &POD, namespace: Some(asked.namespace), name: Some(asked.pod) };
        let (lines, bytes) = (asked.lines.to_string(), asked.bytes.to_string());
        let mut parameters = vec![("container", asked.container), ("tailLines", &*lines), ("limitBytes", &*bytes)];
        parameters.extend(asked.previous.then_some(("previous", "true")));
        let path = format!("{}/log{}", address.path(&POD.api_version())?, query(&parameters));
        let request = Request::get(path);
        let limit = self.timeout.unwrap_or(LONGEST);
        let deadline = tokio::time::Instant::now() + limit;
        let failed = |failure| self.log_error(&address, &request, failure);
        let mut pause = FIRST_PAUSE;
        let mut tries = 0;
        let stream = loop {
            match tokio::time::timeout_at(deadline, self.open(&request)).await {
                Ok(Ok(stream)) => break stream,
                Ok(Err(Failure::Refused(status))) if tries < RETRIES && matches!(status.code, 429 | 503) => {
                    let asked = status::retry_after(&status).map_or(pause, Duration::from_secs).min(LONGEST_PAUSE);
                    if tokio::time::Instant::now() + asked >= deadline {
                        return Err(failed(Failure::Refused(status)));
                    }
                    tokio::time::sleep(asked).await;
                    (pause, tries) = (pause * 2, tries + 1);
                }
                Ok(Err(failure)) => return Err(failed(failure)),
                Err(_) => return Err(failed(self.transport(&request, Silence::Timeout, limit))),
            }
        };
        Ok(match tokio::time::timeout_at(deadline, drain(stream, asked.bytes, take)).await {
            Ok(end) => end,
            Err(_) => LogEnd::Broken(format!("it did not end within {}", readable(limit))),
        })
    }

    /// Sends a request for a stream and waits for the beginning of its answer.
    async fn open(&self, request: &Request) -> Result<impl AsyncBufRead + use<>, Failure> {
        let started = Instant::now();
        let broken =
            |error: &(dyn std::error::Error + 'static)| self.transport(request, Silence::of(error), started.elapsed());
        let http = request.to_http().map_err(|error| broken(&error))?;
        let answer = self.client.send(http).await;
        if self.logs_requests {
            let code = answer.as_ref().ok().map(http::Response::status);
            // Nobody is left to be told when stderr is closed.
            let _ = writeln!(io::stderr(), "{}", log_line(&self.server, request, code, started.elapsed()));
        }
        let answer = answer.map_err(|error| broken(&error))?;
        if answer.status().is_success() {
            return Ok(answer.into_body().into_data_stream().map_err(io::Error::other).into_async_read());
        }
        let (code, seconds) = (answer.status().as_u16(), seconds(answer.headers()));
        let body = answer.into_body().collect_bytes().await.map_err(|error| broken(&error))?;
        Err(Failure::Refused(Box::new(status::waiting(status::parse(code, &body), seconds))))
    }

    fn log_error(&self, address: &Address<'_>, request: &Request, failure: Failure) -> LogError {
        match failure {
            Failure::Refused(status) if is_gone(&status) => LogError::Gone,
            Failure::Refused(status) if is_not_started(&status) => LogError::NotStarted(status::message(&status)),
            failure => match self.read_error("get", address, request, failure) {
                ReadError::Forbidden { verb, resource, namespace, message } => LogError::Read(ReadError::Forbidden {
                    verb,
                    resource: format!("{resource}/log"),
                    namespace,
                    message,
                }),
                other => LogError::Read(other),
            },
        }
    }
}

/// Gives what comes of a stream until it ends or has given so many bytes.
async fn drain(stream: impl AsyncBufRead, limit: u64, take: &mut impl FnMut(&[u8])) -> LogEnd {
    let mut stream = pin!(stream);
    let mut left = usize::try_from(limit).unwrap_or(usize::MAX);
    loop {
        let piece = match stream.fill_buf().await {
            Ok([]) => return LogEnd::Whole,
            Ok(piece) => piece,
            Err(error) => return LogEnd::Broken(Silence::of(&error).to_string()),
        };
        let piece = piece.get(..left).unwrap_or(piece);
        take(piece);
        let used = piece.len();
        AsyncBufRead::consume(stream.as_mut(), used);
        left -= used;
        if left == 0 {
            // A log of exactly so many bytes cannot be told from one that was cut there.
            return LogEnd::Limit;
        }
    }
}

/// Whether the pod, and not the node's log of it, is absent.
fn is_gone(status: &Status) -> bool {
    status::is_absence(status) && status.details.as_ref().is_some_and(|details| details.kind == "pods")
}

/// Whether a 400 says that nothing was written yet (`pkg/kubelet/kubelet_pods.go`,
/// `validateContainerLogStatus`; `pkg/registry/core/pod/strategy.go`, `LogLocation`).
fn is_not_started(status: &Status) -> bool {
    const SIGNS: [&str; 4] =
        ["is waiting to start", "is not available", "does not have a host assigned", "previous terminated container"];
    status.code == 400 && SIGNS.iter().any(|sign| status.message.contains(sign))
}

#[cfg(test)]
mod tests;
