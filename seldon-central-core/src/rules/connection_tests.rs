//! What logs prove, and what they do not: the rules of connections on texts of logs.

use super::{tests::cluster, *};
use crate::{manifest, object::Object, profile::ControlPlane, snapshot::Snapshot};

/// A tenant with one Server of two pods at most, the operator and the scheduler.
const BASE: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: r, namespace: fin}
spec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-ml, namespace: fin}
spec: {serverConfig: mlserver}
---
apiVersion: v1
kind: Pod
metadata: {name: seldon-scheduler-0, namespace: seldon-system, labels: {app.kubernetes.io/name: seldon-scheduler}}
status: {phase: Running, podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: operator, namespace: seldon-system, labels: {control-plane: v2-controller-manager}}
";
const ALIAS: &str = "
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
";
const TAKEN: &str = "
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec: {type: ClusterIP, clusterIP: 10.96.0.9}
";
const DENIED: &str = "
---
apiVersion: v1
kind: Namespace
metadata: {name: fin, labels: {kubernetes.io/metadata.name: fin}}
---
apiVersion: v1
kind: Namespace
metadata: {name: seldon-system, labels: {kubernetes.io/metadata.name: seldon-system}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: nothing-out, namespace: fin}
spec: {podSelector: {}, policyTypes: [Egress]}
";
const NAMESAKE: &str = "
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-ml, namespace: seldon-system}
spec: {serverConfig: mlserver}
";

fn pod(name: &str, more: &str) -> String {
    format!(
        "\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: fin, labels: {{app.kubernetes.io/name: \
         seldon-server, seldon-server-name: fin-ml}}}}\nstatus: {{phase: Running{more}}}\n"
    )
}

fn log(pod: &str, container: &str, lines: &[&str]) -> String {
    let namespace = if container == "agent" { "fin" } else { "seldon-system" };
    let text: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    let text = if text.is_empty() { "text: ''\n".to_owned() } else { format!("text: |\n{text}") };
    format!(
        "\n---\napiVersion: kubectl-seldon/v1\nkind: Log\nmetadata: {{name: {pod}, namespace: {namespace}}}\ncontainer: \
         {container}\n{text}"
    )
}

fn agent(lines: &[&str]) -> String {
    pod("fin-ml-0", "") + &log("fin-ml-0", "agent", lines)
}

fn scheduler(lines: &[&str]) -> String {
    log("seldon-scheduler-0", "scheduler", lines)
}

fn operator(lines: &[&str]) -> String {
    log("operator", "manager", lines)
}

fn snapshot(parts: &[&str]) -> Snapshot {
    let text = format!("{BASE}{}", parts.concat());
    let objects = manifest::read("-", &text).unwrap().objects;
    cluster(&objects.into_iter().map(|one| one.object).collect::<Vec<Object>>())
}

/// What a rule says, each verdict on a line.
fn said(rule: &str, parts: &[&str]) -> Vec<String> {
    let (snapshot, control_plane) = (snapshot(parts), ControlPlane::default());
    let world = World::new(&snapshot, &control_plane, &[]);
    let line = |outcome: &Outcome| match &outcome.verdict {
        Verdict::Pass => format!("pass {}", outcome.object),
        Verdict::Fail(finding) => format!("{} {}: {}", finding.level.letter(), outcome.object, finding.message),
        Verdict::Unknown { reason } if reason.is_incomplete() => format!("unread {}: {reason}", outcome.object),
        Verdict::Unknown { reason } => format!("unknown {}: {reason}", outcome.object),
        Verdict::Suppressed { .. } => unreachable!(),
    };
    run([&find(rule).unwrap()], &world).iter().map(line).collect()
}

const CONNECTING: &str = r#"level=info msg="Connecting (non-blocking) to scheduler at seldon-scheduler:9005""#;
const SUBSCRIBED: &str = r#"level=info msg="Subscribed to scheduler""#;
const TAKEN_IN: &str = r#"level=info msg="Received agent subscribe request from fin-ml:0""#;
const OLD_TAKEN_IN: &str = r#"level=info msg="Received subscribe request from fin-ml:0""#;
const LEFT: &str = r#"level=warning msg="Client replica fin-ml:0 has disconnected""#;
const STARTED: &str = r#"level=info msg="Agent server running on 9005 mtls:false""#;

fn not_ready(error: &str) -> String {
    format!("level=error msg=\"Scheduler not ready\" error=\"rpc error: code = Unavailable desc = {error}\"")
}

#[test]
fn an_agent_is_not_subscribed_for_a_reason_that_is_named() {
    let cases: [(&str, &str, &str); 10] = [
        (
            "dial tcp 203.0.113.8:9005: i/o timeout",
            "",
            "nothing answers at the scheduler's address, as when a policy drops packets, because fin has no Service \
             `seldon-scheduler`, so that the name may lead outside",
        ),
        (
            "lookup seldon-scheduler: no such host",
            "",
            "the scheduler's name does not resolve, because fin has no Service `seldon-scheduler`",
        ),
        ("lookup seldon-scheduler: no such host", ALIAS, "the scheduler's name does not resolve"),
        (
            "dial tcp 10.1.1.1:9005: connect: connection refused",
            TAKEN,
            "nobody listens at the scheduler's address, because the Service `seldon-scheduler` of fin is no alias and leads to no pod",
        ),
        ("dial tcp 10.1.1.1:9005: connect: connection refused", ALIAS, "nobody listens at the scheduler's address"),
        (
            "dial tcp 10.1.1.1:9005: i/o timeout",
            DENIED,
            "nothing answers at the scheduler's address, as when a policy drops packets, because the NetworkPolicy fin/nothing-out denies it",
        ),
        (
            "dial tcp 10.1.1.1:9005: i/o timeout",
            ALIAS,
            "nothing answers at the scheduler's address, as when a policy drops packets",
        ),
        (
            "dial tcp 10.1.1.1:9005: connect: operation not permitted",
            DENIED,
            "a policy on the node rejects the connection, because the NetworkPolicy fin/nothing-out denies it",
        ),
        (
            "name resolver error: produced zero addresses",
            "",
            "the scheduler's name has no address, because fin has no Service `seldon-scheduler`",
        ),
        ("authentication handshake failed: tls: bad certificate", "", "the TLS handshake with the scheduler fails"),
    ];
    for (error, beside, what) in cases {
        let again = r#"level=info msg="Call subscribe to scheduler""#;
        for end in [&[][..], &[again]] {
            let error = not_ready(error);
            let lines = [&[CONNECTING, &error][..], end].concat();
            let said = said("SCS0701", &[beside, &agent(&lines)]);
            let expected = format!("E Pod fin/fin-ml-0: the agent is not subscribed to the scheduler: {what}");
            assert_eq!(said, [expected], "{error}");
        }
    }
}

#[test]
fn subscribed_is_no_proof_without_the_schedulers_word() {
    let lines = [CONNECTING, &not_ready("EOF"), SUBSCRIBED];
    let unknown = |what: &str| vec![format!("unknown Pod fin/fin-ml-0: {what} is not in the input")];
    let no_log = unknown("the log of container scheduler of Pod seldon-system/seldon-scheduler-0");
    let pass = vec!["pass Pod fin/fin-ml-0".to_owned()];
    for rule in ["SCS0701", "SCS0703"] {
        let with = |central: &[&str]| said(rule, &[&agent(&lines), &scheduler(central)]);
        assert_eq!(said(rule, &[&agent(&lines)]), no_log);
        assert_eq!(with(&[TAKEN_IN]), pass);
        assert_eq!(with(&[OLD_TAKEN_IN]), pass);
        assert_eq!(with(&[STARTED, TAKEN_IN, LEFT, TAKEN_IN]), pass);
        assert_eq!(with(&["level=info msg=x"]), unknown("the beginning of the central scheduler's log"));
        let blocked = said(rule, &[&agent(&lines), &scheduler(&[STARTED, TAKEN_IN]), NAMESAKE]);
        assert_eq!(blocked, unknown("which Server `fin-ml` the scheduler knows, of several of that name,"));
    }
    let with = |rule, central: &[&str]| said(rule, &[&agent(&lines), &scheduler(central)]);
    let fail =
        |what: &str| vec![format!("E Pod fin/fin-ml-0: the agent says that it subscribed, and the scheduler {what}")];
    assert_eq!(with("SCS0703", &[STARTED]), fail("has not taken its subscription"));
    assert_eq!(with("SCS0703", &[TAKEN_IN, LEFT]), fail("saw it leave"));
    assert_eq!(with("SCS0701", &[STARTED]), [""; 0], "one rule speaks of it");
    // Another replica, or a Server whose name begins alike, is not this one.
    let others = [
        "level=info msg=\"Received agent subscribe request from fin-ml:01x\"",
        "level=info msg=\"Received agent subscribe request from fin-ml:1\"",
    ];
    assert_eq!(with("SCS0703", &[&[STARTED][..], &others].concat()), fail("has not taken its subscription"));
}

#[test]
fn logs_that_say_nothing_leave_it_unknown() {
    let nothing =
        "unknown Pod fin/fin-ml-0: what the agent of Pod fin/fin-ml-0 says of its connection is not in the input";
    assert_eq!(said("SCS0701", &[&agent(&[])]), [nothing]);
    assert_eq!(said("SCS0701", &[&agent(&["level=info msg=\"Load model a:1 success\""])]), [nothing]);
    let asked_nobody = "unknown Pod fin/fin-ml-0: the log of container agent of Pod fin/fin-ml-0 is not in the input";
    for rule in ["SCS0701", "SCS0702", "SCS0703"] {
        assert_eq!(said(rule, &[&pod("fin-ml-0", "")]), [asked_nobody], "{rule}");
        let forbidden = agent(&[]) + "forbidden: may not\n";
        let unread =
            "unread Pod fin/fin-ml-0: the log of container agent of Pod fin/fin-ml-0 could not be read: may not";
        assert_eq!(said(rule, &[&forbidden]), [unread], "{rule}");
        let cut = agent(&[CONNECTING, SUBSCRIBED]) + "cut: reset\n";
        assert_eq!(
            said(rule, &[&cut]),
            [
                "unread Pod fin/fin-ml-0: the log of container agent of Pod fin/fin-ml-0 could not be read: it was cut off: reset"
            ]
        );
        assert_eq!(
            said(rule, &[&agent(&[CONNECTING, SUBSCRIBED]).replace("phase: Running", "phase: Failed")]),
            [""; 0]
        );
    }
}

#[test]
fn an_agent_that_does_not_run_is_not_subscribed_whatever_it_said() {
    let crashing =
        ", containerStatuses: [{name: agent, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}}]";
    let lines = [SUBSCRIBED, "level=fatal msg=\"Failed to initialise rclone config listener\" error=\"not found\""];
    let parts = [pod("fin-ml-0", crashing), log("fin-ml-0", "agent", &lines), scheduler(&[STARTED, TAKEN_IN])];
    let said_by = |rule| said(rule, &parts.each_ref().map(String::as_str));
    assert_eq!(
        said_by("SCS0701"),
        [
            "E Pod fin/fin-ml-0: the agent is not subscribed to the scheduler: its container does not run, and ended by itself"
        ]
    );
    assert_eq!(said_by("SCS0703"), [""; 0]);
}

#[test]
fn the_run_before_explains_and_never_acquits() {
    let previous = |line: &str| agent(&[]) + "previous: |\n  " + line + "\n";
    assert_eq!(
        said("SCS0701", &[&previous(&not_ready("lookup seldon-scheduler on 10.0.0.1:53: i/o timeout"))]),
        [
            "E Pod fin/fin-ml-0: the agent is not subscribed to the scheduler: before it was restarted, DNS does not answer"
        ]
    );
    assert!(said("SCS0701", &[&previous(SUBSCRIBED)])[0].starts_with("unknown"));
}

#[test]
fn the_host_that_is_dialled_is_the_alias_or_the_central_scheduler() {
    let said = |target: &str| {
        let line = format!("level=info msg=\"Connecting (non-blocking) to scheduler at {target}\"");
        said("SCS0702", &[TAKEN, &agent(&[&line])]).remove(0)
    };
    for target in [
        "seldon-scheduler:9005",
        "seldon-scheduler:9055",
        "seldon-scheduler.fin:9005",
        "seldon-scheduler.fin.svc:9005",
        "seldon-scheduler.fin.svc.cluster.local:9005",
        "seldon-scheduler.fin.svc.cluster.local.:9005",
        "seldon-scheduler.seldon-system:9005",
        "seldon-scheduler.seldon-system.svc.cluster.local:9005",
        "dns:///seldon-scheduler.seldon-system:9005",
        "10.0.0.7:9005",
        "10.96.0.9:9005",
    ] {
        assert_eq!(said(target), "pass Pod fin/fin-ml-0", "{target}");
    }
    for target in [
        "seldon-scheduler.seldon-mesh:9005",
        "seldon-scheduler.fin.svc.other.domain:9005",
        "seldon-schedulerx:9005",
        "seldon-scheduler-relay:9005",
        "10.9.9.9:9005",
        "localhost:9005",
    ] {
        let expected = format!(
            "E Pod fin/fin-ml-0: the agent connects to {target}, which is neither the alias nor the central scheduler"
        );
        assert_eq!(said(target), expected);
    }
    assert!(said("seldon-scheduler:9004").contains("port 9004"), "{}", said("seldon-scheduler:9004"));
}

#[test]
fn a_server_is_not_notified_only_by_a_whole_log() {
    let said = |lines: &[&str]| said("SCS0704", &[&scheduler(lines)]);
    let notified = "level=info msg=\"Server notification fin-ml expectedReplicas 1 shared false\"";
    let other = "level=info msg=\"Server notification fin-ml-2 expectedReplicas 1 shared false\"";
    assert_eq!(said(&[notified]), ["pass Server fin/fin-ml"]);
    assert_eq!(
        said(&[STARTED, other]),
        ["W Server fin/fin-ml: since it started, the scheduler was told nothing of this Server"]
    );
    assert_eq!(
        said(&[other]),
        ["unknown Server fin/fin-ml: the beginning of the central scheduler's log is not in the input"]
    );
}

const STREAMS: &str = "t\tINFO\tSchedulerClient\tStarting event handling\t{\"namespace\": \"fin\"}";
const SMOKE: &str = "t\tINFO\tSchedulerClient\tFailed smoke test on scheduler\t{\"namespace\": \"fin\"}";

fn zap(line: &str) -> String {
    line.replacen("t\t", "2026-03-01T10:00:00Z\t", 1)
}

fn failing(error: &str) -> String {
    format!("t\tERROR\tSchedulerClient.SubscribeModelEvents\tScheduler not ready\t{{\"error\": \"{error}\"}}")
}

#[test]
fn the_operators_link_is_its_latest_event() {
    let said = |lines: &[&str], beside: &str| {
        let lines: Vec<String> = lines.iter().map(|line| zap(line)).collect();
        said("SCS0705", &[beside, &operator(&lines.iter().map(String::as_str).collect::<Vec<_>>())])
    };
    let retrying = "t\tINFO\tSchedulerClient.SubscribeModelEvents\tRetrying to connect\t{\"namespace\": \"fin\"}";
    assert_eq!(said(&[SMOKE, STREAMS, retrying, retrying], ""), ["pass Namespace fin"]);
    let nothing = "unknown Namespace fin: what the operator's log says of its connection for fin is not in the input";
    assert_eq!(said(&["t\tINFO\tsetup\tstarting manager"], ""), [nothing]);
    assert_eq!(
        said(&[STREAMS, SMOKE], ""),
        ["E Namespace fin: the operator does not reach the scheduler for fin: its first call fails"]
    );
    let refused = "t\tERROR\tSchedulerClient\tFailed smoke test on scheduler\t{\"namespace\": \"fin\", \"error\": \"connection refused\"}";
    assert_eq!(
        said(&[refused], TAKEN),
        [
            "E Namespace fin: the operator does not reach the scheduler for fin: nobody listens at the scheduler's address, \
          because the Service `seldon-scheduler` of fin is no alias and leads to no pod"
        ]
    );
    let lost = said(&[STREAMS, &failing("connection refused")], "");
    assert!(
        lost[0].starts_with("unknown Namespace fin: for which namespace the operator's streams failed last"),
        "{lost:?}"
    );
    let event = "t\tINFO\tSchedulerClient\tReceived event\t{\"server\": \"x\"}";
    assert_eq!(said(&[STREAMS, &failing("connection refused"), event], ""), ["pass Namespace fin"]);
}

#[test]
fn the_operators_run_before_explains_and_never_acquits() {
    let previous = |line: &str| operator(&[]) + "previous: |\n  " + &zap(line) + "\n";
    assert_eq!(
        said("SCS0705", &[&previous(SMOKE)]),
        [
            "E Namespace fin: before it was restarted, the operator did not reach the scheduler for fin: its first call fails"
        ]
    );
    assert!(said("SCS0705", &[&previous(STREAMS)])[0].starts_with("unknown Namespace fin"));
}

#[test]
fn streams_from_before_a_runtime_was_made_anew_are_told_apart() {
    let said = |lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|line| zap(line)).collect();
        said("SCS0705", &[&operator(&lines.iter().map(String::as_str).collect::<Vec<_>>())])
    };
    let stale = failing("rpc error: code = Canceled desc = grpc: the client connection is closing");
    assert_eq!(
        said(&[STREAMS, &stale, STREAMS, &stale]),
        ["E Namespace fin: the operator goes on with streams of fin from before its SeldonRuntime was created again"]
    );
    let gone = STREAMS.replace("fin", "gone");
    assert_eq!(
        said(&[STREAMS, &gone, &stale]),
        [
            "pass Namespace fin",
            "W Pod seldon-system/operator: the operator goes on with streams of a SeldonRuntime that was deleted, and never \
             ends that by itself",
        ]
    );
}

#[test]
fn what_makes_the_others_unknown_is_said() {
    let said = |parts: &[&str]| said("SCS0706", parts);
    assert_eq!(said(&[&agent(&[CONNECTING, SUBSCRIBED])]), ["pass Pod fin/fin-ml-0"]);
    let rotated = "I Pod fin/fin-ml-0: no line about the connection is left in the log of container agent, so what rests on it is unknown";
    assert_eq!(said(&[&agent(&[])]), [rotated]);
    let unread = |reason: &str| {
        vec![format!(
            "unread Pod fin/fin-ml-0: the log of container agent of Pod fin/fin-ml-0 could not be read: {reason}"
        )]
    };
    assert_eq!(said(&[&(agent(&[]) + "forbidden: may not\n")]), unread("may not"));
    assert_eq!(said(&[&(agent(&[SUBSCRIBED]) + "cut: reset\n")]), unread("it was cut off: reset"));
    let old = "I Pod seldon-system/seldon-scheduler-0: the lines about some agents are no longer in the log of container scheduler, so what rests on it is unknown";
    assert_eq!(said(&[&scheduler(&["level=info msg=x"])]), [old]);
    for whole in [&[TAKEN_IN][..], &[STARTED]] {
        assert_eq!(said(&[&scheduler(whole)]), ["pass Pod seldon-system/seldon-scheduler-0"]);
    }
    assert_eq!(said(&[&pod("fin-ml-0", "")]), [""; 0], "nobody asked");
}
