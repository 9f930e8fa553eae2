use std::collections::BTreeSet;

use seldon_central_core::log::{Connection, FailureKind, Process, Registration, Replica};

use super::*;
use crate::cluster::testing::{Api, Reply, Seen, not_found};

fn need(pod: &str, process: Process, restarted: bool) -> LogNeed {
    LogNeed { container: Container::new("fin", pod, process), restarted }
}

async fn one(api: &Api, need: LogNeed) -> ContainerLog {
    container(&api.cluster(), &need).await
}

fn is_previous(seen: &Seen) -> bool {
    seen.parameter("previous") == Some("true")
}

const SUBSCRIBED: &str = "time=\"t\" level=info msg=\"Subscribed to scheduler\"\n";
const TIMED_OUT: &str = "level=error msg=\"Scheduler not ready\" error=\"dial tcp 10.0.0.1:9005: i/o timeout\"\n";

#[tokio::test]
async fn a_log_takes_one_request_and_no_more_at_once_than_allowed() {
    let api = Api::new(|_| Reply::text(200, SUBSCRIBED));
    let needs = (0..40).map(|number| need(&format!("mlserver-{number}"), Process::Agent, true));
    let mut snapshot = Snapshot::live();
    read(&api.cluster(), needs, 5, &mut snapshot).await;
    let paths: BTreeSet<String> = api.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!((paths.len(), api.seen().len(), api.most_in_flight()), (40, 40, 5));
    assert_eq!(snapshot.logs().count(), 40);
    for (container, _) in snapshot.logs() {
        let log = snapshot.log(container).unwrap().log.agent().unwrap();
        assert_eq!(log.connection, Some(Connection::Subscribed));
    }
}

#[tokio::test]
async fn the_run_before_is_asked_about_where_this_one_says_nothing() {
    let answer = |seen: &Seen| Reply::text(200, if is_previous(seen) { TIMED_OUT } else { "starting\n" });
    let api = Api::new(answer);
    let log = one(&api, need("a-0", Process::Agent, true)).await;
    let previous = log.previous.unwrap();
    let previous = previous.excerpt().unwrap().log.agent().unwrap();
    assert_eq!(previous.failure.as_ref().unwrap().kind, FailureKind::TimedOut);

    for (process, restarted) in [(Process::Agent, false), (Process::Scheduler, true)] {
        let api = Api::new(answer);
        assert_eq!(one(&api, need("a-0", process, restarted)).await.previous, None);
        assert_eq!(api.seen().len(), 1);
    }
    let gone = |seen: &Seen| if is_previous(seen) { not_found("pods", "a-0") } else { Reply::text(200, "") };
    let log = one(&Api::new(gone), need("a-0", Process::Operator, true)).await;
    assert_eq!(log.previous, Some(Reading::Unread(Unread::Gone)));
}

/// A node that heeds the limits, with a log of these lines.
fn node(lines: Vec<String>) -> Api {
    Api::new(move |seen| {
        let number = |name| seen.parameter(name).unwrap().parse::<usize>().unwrap();
        let tail = &lines[lines.len().saturating_sub(number("tailLines"))..];
        let text = tail.concat();
        Reply::text(200, text.get(..number("limitBytes")).unwrap_or(&text))
    })
}

#[tokio::test]
async fn of_a_log_that_is_too_long_its_end_is_read() {
    let payload = format!("level=info msg=\"{}\"\n", "x".repeat(1_000));
    let mut lines = vec![payload; 10_000];
    lines.push(TIMED_OUT.to_owned());
    let api = node(lines);
    let log = one(&api, need("a-0", Process::Agent, false)).await;
    let Reading::Read(excerpt) = &log.current else { panic!("{log:?}") };
    assert_eq!((excerpt.start, &excerpt.end), (Start::Tail, &End::Now));
    assert_eq!(excerpt.log.agent().unwrap().connection, Some(Connection::Failed));
    assert_eq!(api.seen().len(), 2);
}

#[tokio::test]
async fn a_line_that_is_too_long_hides_what_comes_after_it_and_never_says_otherwise() {
    let api = node(vec![SUBSCRIBED.to_owned(), "x".repeat(10 << 20), "\n".to_owned(), TIMED_OUT.to_owned()]);
    let log = one(&api, need("a-0", Process::Agent, false)).await;
    assert_eq!(log.current.excerpt().unwrap().end, End::Limit);
    let mut snapshot = Snapshot::live();
    let container = Container::new("fin", "a-0", Process::Agent);
    snapshot.add_log(container.clone(), log);
    assert!(snapshot.log(&container).unwrap_err().is_incomplete());
    assert_eq!(api.seen().len(), 2);
}

#[tokio::test]
async fn a_log_of_as_many_lines_as_were_asked_for_may_have_more() {
    let subscribed = "level=info msg=\"Received subscribe request from fin-mlserver:0\"\n".to_owned();
    let need = need("a-0", Process::Scheduler, false);
    let filler = |lines: u32| vec!["level=info msg=x\n".to_owned(); lines as usize];
    let whole = one(&node([vec![subscribed.clone()], filler(need.lines() - 2)].concat()), need.clone()).await;
    let excerpt = whole.current.excerpt().unwrap();
    assert_eq!(excerpt.start, Start::Kept);
    let agents = &excerpt.log.scheduler().unwrap().agents;
    assert_eq!(agents.get(&Replica::new("fin-mlserver", 0)), Some(&Registration::Subscribed));

    let more = one(&node([vec![subscribed], filler(need.lines())].concat()), need).await;
    let excerpt = more.current.excerpt().unwrap();
    assert_eq!((excerpt.start, &excerpt.end), (Start::Tail, &End::Now));
    assert!(excerpt.log.scheduler().unwrap().agents.is_empty());
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_trouble() {
    let log = b"\xff\xfe\x00\x1b[2J\nlevel=info msg=\"Subscribed to scheduler\"\n\x1b]0;x\x07";
    let api = Api::new(|_| Reply::bytes(200, log));
    let log = one(&api, need("a-0", Process::Agent, false)).await;
    let agent = log.current.excerpt().unwrap().log.agent().unwrap();
    assert_eq!(agent.connection, Some(Connection::Subscribed));
}

#[tokio::test]
async fn what_cannot_be_read_is_recorded_with_the_reason() {
    let reply = async |reply: Reply| {
        let api = Api::new(move |_| reply.clone());
        one(&api, need("a-0", Process::Agent, true)).await.current
    };
    let forbidden = reply(Reply::status(403, "Forbidden", "no")).await;
    assert!(matches!(&forbidden, Reading::Unread(Unread::Forbidden(why)) if why.contains("pods/log")), "{forbidden:?}");
    assert_eq!(reply(not_found("pods", "a-0")).await, Reading::Unread(Unread::Gone));
    let waiting = reply(Reply::status(400, "BadRequest", "container \"agent\" is waiting to start: x")).await;
    assert!(matches!(waiting, Reading::Unread(Unread::NotStarted(_))), "{waiting:?}");
    let failed = reply(Reply::status(500, "InternalError", "no route to host")).await;
    assert!(matches!(&failed, Reading::Unread(Unread::Failed(why)) if why.contains("no route")), "{failed:?}");
}
