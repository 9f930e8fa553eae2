use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use kube::{Client, Config};

use super::*;
use crate::cluster::testing::{Api, Reply, not_found};

const BYTES: u64 = 1 << 20;

fn asked(previous: bool) -> LogRequest<'static> {
    LogRequest { namespace: "fin", pod: "mlserver-0", container: "agent", previous, lines: 100, bytes: BYTES }
}

/// What came of a log, and how it ended.
async fn read(cluster: &Cluster, asked: &LogRequest<'_>) -> Result<(Vec<u8>, LogEnd), LogError> {
    let mut all = Vec::new();
    let end = cluster.log(asked, &mut |bytes| all.extend_from_slice(bytes)).await?;
    Ok((all, end))
}

/// An API server whose answers this writes, after the head of each request.
fn server(write: impl Fn(&mut TcpStream) + Send + Sync + Clone + 'static) -> Cluster {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let write = write.clone();
            thread::spawn(move || {
                let head = BufReader::new(stream.try_clone().unwrap());
                head.lines().map_while(Result::ok).take_while(|line| !line.is_empty()).count();
                write(&mut stream);
            });
        }
    });
    let client = Client::try_from(Config::new(address.parse().unwrap())).unwrap();
    Cluster::from_client(client, address)
}

fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    let written = write!(stream, "{:x}\r\n", bytes.len()).and_then(|()| stream.write_all(bytes));
    written.and_then(|()| stream.write_all(b"\r\n")).and_then(|()| stream.flush()).is_ok()
}

fn begin(stream: &mut TcpStream) {
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
}

#[tokio::test]
async fn the_end_of_a_log_is_asked_for_within_limits() {
    let api = Api::new(|_| Reply::text(200, "one\ntwo\n"));
    let cluster = api.cluster();
    assert_eq!(read(&cluster, &asked(false)).await, Ok((b"one\ntwo\n".to_vec(), LogEnd::Whole)));
    read(&cluster, &asked(true)).await.unwrap();
    let seen = api.seen();
    let path = "/api/v1/namespaces/fin/pods/mlserver-0/log";
    assert!(seen.iter().all(|request| request.method == "GET" && request.path == path), "{seen:?}");
    assert_eq!(seen[0].query, "container=agent&tailLines=100&limitBytes=1048576");
    assert_eq!(seen[1].query, "container=agent&tailLines=100&limitBytes=1048576&previous=true");
}

#[tokio::test]
async fn a_stream_that_breaks_says_what_it_said_and_that_it_broke() {
    let cluster = server(|stream| {
        begin(stream);
        chunk(stream, b"one\ntw");
    });
    let (bytes, end) = read(&cluster, &asked(false)).await.unwrap();
    assert_eq!(bytes, b"one\ntw");
    assert!(matches!(end, LogEnd::Broken(_)), "{end:?}");
}

#[tokio::test]
async fn a_stream_without_end_ends_at_the_limit_though_the_server_ignores_it() {
    let cluster = server(|stream| {
        begin(stream);
        let line = vec![b'x'; 64 << 10];
        while chunk(stream, &line) {}
    });
    let (bytes, end) = read(&cluster, &asked(false)).await.unwrap();
    assert_eq!((bytes.len() as u64, end), (BYTES, LogEnd::Limit));
}

#[tokio::test]
async fn a_stream_that_never_gets_on_ends_with_the_time_for_a_request() {
    let mut cluster = server(|stream| {
        begin(stream);
        while chunk(stream, b".") {
            thread::sleep(Duration::from_millis(20));
        }
    });
    cluster.timeout = Some(Duration::from_millis(200));
    let (bytes, end) = read(&cluster, &asked(false)).await.unwrap();
    assert!(!bytes.is_empty());
    assert_eq!(end, LogEnd::Broken("it did not end within 200 ms".to_owned()));

    let mut silent = server(|stream| {
        let _ = BufReader::new(stream).lines().count();
    });
    silent.timeout = Some(Duration::from_millis(50));
    let error = read(&silent, &asked(false)).await.unwrap_err();
    assert!(matches!(error, LogError::Read(ReadError::TimedOut { .. })), "{error}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let error = async |reply: Reply| {
        let api = Api::new(move |_| reply.clone());
        read(&api.cluster(), &asked(false)).await.unwrap_err()
    };
    assert_eq!(error(not_found("pods", "mlserver-0")).await, LogError::Gone);
    let waiting = "container \"agent\" in pod \"mlserver-0\" is waiting to start: ContainerCreating";
    assert_eq!(error(Reply::status(400, "BadRequest", waiting)).await, LogError::NotStarted(waiting.to_owned()));
    let forbidden = error(Reply::status(403, "Forbidden", "User \"me\" cannot get resource\u{1b}[2J")).await;
    assert_eq!(
        forbidden.to_string(),
        "not allowed to get pods/log in namespace `fin`: User \"me\" cannot get resource\\u{1b}[2J; ask for this right, \
         or use other credentials with --context or --user"
    );
    for reply in [
        Reply::status(400, "BadRequest", "container agent is not valid for pod mlserver-0"),
        Reply::status(500, "InternalError", "Get \"https://10.0.0.1:10250/containerLogs\": no route to host"),
        Reply::text(404, "404 page not found"),
        Reply::text(502, "<html>"),
    ] {
        let error = error(reply).await;
        assert!(matches!(error, LogError::Read(_)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_asked_again_a_few_times() {
    let busy = || Reply::status(429, "TooManyRequests", "later");
    let api = Api::new(move |seen| if seen.number < 2 { busy() } else { Reply::text(200, "one\n") });
    assert_eq!(read(&api.cluster(), &asked(false)).await.unwrap().0, b"one\n");

    let api = Api::new(move |_| busy());
    let error = read(&api.cluster(), &asked(false)).await.unwrap_err();
    assert!(matches!(error, LogError::Read(ReadError::Server { code: 429, .. })), "{error}");
    assert_eq!(api.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_says_in_a_header_when_to_ask_again() {
    let api = Api::new(|seen| if seen.number < 1 { Reply::busy(4) } else { Reply::text(200, "one\n") });
    let begun = tokio::time::Instant::now();
    assert_eq!(read(&api.cluster(), &asked(false)).await.unwrap().0, b"one\n");
    let waited = begun.elapsed().as_secs();
    assert_eq!(waited, 4, "not the first pause of its own");
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_never_sent() {
    let api = Api::new(|_| panic!("nothing is to be sent"));
    let elsewhere = LogRequest { pod: "../../secrets/a", ..asked(false) };
    assert!(matches!(read(&api.cluster(), &elsewhere).await, Err(LogError::Read(ReadError::Unaddressable { .. }))));
}
