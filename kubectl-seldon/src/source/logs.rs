//! Containers' logs, from a cluster into a snapshot: one request a container, as many at once as the
//! user allows.

use futures::{StreamExt, stream};
use seldon_central_core::{
    log::{Container, ContainerLog, End, Excerpt, Reader, Reading, Start, Unread},
    needs::LogNeed,
    snapshot::Snapshot,
};

use crate::cluster::{Cluster, LogEnd, LogError, LogRequest, ReadError};

/// By how much less is asked for when what was asked for is too long: the end is what counts.
const SHORTER: u32 = 20;

/// Reads these logs. What the cluster refuses to show is recorded in the snapshot.
pub(super) async fn read(
    cluster: &Cluster,
    wanted: impl IntoIterator<Item = LogNeed>,
    at_once: usize,
    snapshot: &mut Snapshot,
) {
    let one = async |need: LogNeed| {
        let log = container(cluster, &need).await;
        (need.container, log)
    };
    let mut logs = stream::iter(wanted).map(one).buffer_unordered(at_once.max(1));
    while let Some((container, log)) = logs.next().await {
        snapshot.add_log(container, log);
    }
}

/// The log of a container; that of its run before too, where this one says nothing of any connection.
async fn container(cluster: &Cluster, need: &LogNeed) -> ContainerLog {
    let current = run(cluster, need, false).await;
    let is_silent = current.excerpt().is_some_and(|excerpt| excerpt.cut().is_none() && excerpt.log.is_silent());
    let previous = if need.restarted && is_silent { Some(run(cluster, need, true).await) } else { None };
    ContainerLog { current, previous }
}

async fn run(cluster: &Cluster, need: &LogNeed, previous: bool) -> Reading {
    match tail(cluster, need, previous, need.lines()).await {
        Ok(excerpt) if excerpt.end != End::Limit => Reading::Read(excerpt),
        Ok(long) => match tail(cluster, need, previous, need.lines() / SHORTER).await {
            Ok(shorter) if shorter.end == End::Now => Reading::Read(shorter),
            Ok(_) | Err(_) => Reading::Read(long),
        },
        Err(error) => Reading::Unread(unread(error)),
    }
}

async fn tail(cluster: &Cluster, need: &LogNeed, previous: bool, lines: u32) -> Result<Excerpt, LogError> {
    let Container { namespace, pod, process } = &need.container;
    let asked = LogRequest { namespace, pod, container: process.container(), previous, lines, bytes: need.bytes() };
    let mut reader = Reader::new(*process);
    let end = cluster.log(&asked, &mut |bytes| reader.push(bytes)).await?;
    let is_tail = usize::try_from(lines).is_ok_and(|lines| reader.lines() >= lines);
    let end = match end {
        LogEnd::Whole => End::Now,
        LogEnd::Limit => End::Limit,
        LogEnd::Broken(reason) => End::Broken(reason),
    };
    Ok(reader.finish(if is_tail { Start::Tail } else { Start::Kept }, end))
}

fn unread(error: LogError) -> Unread {
    match error {
        LogError::Gone => Unread::Gone,
        LogError::NotStarted(reason) => Unread::NotStarted(reason),
        LogError::Read(error @ ReadError::Forbidden { .. }) => Unread::Forbidden(error.to_string()),
        LogError::Read(error) => Unread::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
