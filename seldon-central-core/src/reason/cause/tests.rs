//! Small worlds, one a cause: what is said of each, and what is not.

use std::fmt::Write as _;

use crate::{
    finding::Verdict,
    log::{Container, ContainerLog, End, Process, Reader, Reading, Start},
    manifest,
    object::Object,
    profile::ControlPlane,
    resource,
    rules::{self, World},
    snapshot::{Read, Scope, Snapshot},
};

/// A tenant and a control plane in which all is well.
const HEALTHY: &str = include_str!("tests/healthy.yaml");
/// The rules that name causes.
const RULES: [&str; 4] = ["SCS0208", "SCS0209", "SCS0307", "SCS0409"];
/// Words that claim a cause; each case says which of them it means.
const CLAIMS: [&str; 19] = [
    "ResourceQuota",
    "rclone is missing",
    "has 2 keys",
    "in the place of the alias",
    "does not resolve",
    "which is not the central scheduler",
    "central scheduler is down",
    "does not admit",
    "holds on to a connection",
    "does not watch",
    "operator does not run",
    "cannot find SeldonConfig",
    "does not find ServerConfig",
    "externalName: Required value",
    "cannot be pulled",
    "more memory than it may",
    "no node takes",
    "needs Kafka at",
    "has the same name",
];

/// A world: the healthy one with objects put in the place of those of their names, those taken away
/// that are named, and logs.
#[derive(Default)]
struct Case<'a> {
    objects: &'a str,
    gone: &'a [&'a str],
    logs: &'a [(&'a str, Process, &'a str)],
}

fn snapshot(case: &Case<'_>) -> Snapshot {
    let read = |text: &str| -> Vec<Object> {
        let objects = manifest::read("-", text).unwrap().objects;
        objects.into_iter().map(|one| one.object).collect()
    };
    let changed = read(case.objects);
    let mut objects = read(HEALTHY);
    objects.retain(|one| {
        let id = one.id();
        !changed.iter().any(|other| other.id() == id) && !case.gone.contains(&id.to_string().as_str())
    });
    objects.extend(changed);
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let own = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, own);
    }
    for (pod, process, text) in case.logs {
        let (namespace, name) = pod.split_once('/').unwrap();
        let mut reader = Reader::new(*process);
        reader.push(text.as_bytes());
        let current = Reading::Read(reader.finish(Start::Kept, End::Now));
        snapshot.add_log(Container::new(namespace, name, *process), ContainerLog { current, previous: None });
    }
    snapshot
}

/// What the rules say, a line each: rule, message, evidence and remedy.
fn said(snapshot: &Snapshot) -> Vec<String> {
    let control_plane = ControlPlane::default();
    let world = World::new(snapshot, &control_plane, &[]);
    let rules = RULES.map(|id| rules::find(id).unwrap());
    let outcomes = rules::run(&rules, &world);
    let line = |outcome: &crate::finding::Outcome| {
        let Verdict::Fail(finding) = &outcome.verdict else { return None };
        let mut line = format!("{} {}: {}", outcome.rule, outcome.object, finding.message);
        finding.evidence.iter().for_each(|one| write!(line, " | {}", one.value).unwrap());
        write!(line, " => {}", finding.remedy).unwrap();
        Some(line)
    };
    outcomes.iter().filter_map(line).collect()
}

/// Asserts that one finding of the rule has all the words, and that no other cause is claimed.
#[track_caller]
fn claims(case: &Case<'_>, rule: &str, words: &[&str]) {
    let said = said(&snapshot(case));
    let own: Vec<&String> = said.iter().filter(|line| line.starts_with(rule)).collect();
    assert!(own.iter().any(|line| words.iter().all(|word| line.contains(word))), "{words:?} is not in {own:#?}");
    for claim in CLAIMS.iter().filter(|claim| !words.iter().any(|word| word.contains(**claim))) {
        let claimed: Vec<&&String> = own.iter().filter(|line| line.contains(claim)).collect();
        assert!(claimed.is_empty(), "`{claim}` is claimed as well: {claimed:#?}");
    }
}

fn model(reason: &str, state: &str) -> String {
    format!(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {{name: fraud, namespace: fin}}\n\
         spec: {{server: fin-mlserver, requirements: [sklearn]}}\nstatus: {{conditions: [{{type: ModelReady, \
         status: 'False', reason: '{reason}', message: {state}}}]}}\n"
    )
}

fn dial(error: &str) -> String {
    model(&format!("rpc error: code = Unavailable desc = connection error: dial tcp {error}"), "ModelProgressing")
}

fn no_server() -> String {
    model("Failed to schedule model as no matching servers are available", "ScheduleFailed")
}

/// The Server with its pods down, and more objects.
fn server_down(more: &str) -> String {
    format!(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: fin-mlserver, namespace: fin}}\n\
         spec: {{serverConfig: mlserver, capabilities: [sklearn]}}\nstatus: {{conditions: [{{type: \
         StatefulSetOrDeploymentReady, status: 'False', reason: StatefulSet replicas does not match desired \
         replicas}}]}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: fin-mlserver, namespace: fin}}\n\
         spec: {{replicas: 1}}\nstatus: {{replicas: 1}}\n---\n{more}"
    )
}

/// The Server's pod, not ready, with this status.
fn pod(status: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: fin-mlserver-0, namespace: fin, labels: \
         {{app.kubernetes.io/name: seldon-server, seldon-server-name: fin-mlserver}}}}\nstatus: {{phase: Running, {status}}}\n"
    )
}

fn crash(container: &str, reason: &str) -> String {
    pod(&format!(
        "containerStatuses: [{{name: {container}, ready: false, restartCount: 9, state: {{waiting: {{reason: \
         CrashLoopBackOff}}}}, lastState: {{terminated: {{exitCode: 1, reason: {reason}}}}}}}]"
    ))
}

const QUOTA: &str = "\
apiVersion: v1
kind: Event
metadata: {name: fin-mlserver.1, namespace: fin}
type: Warning
reason: FailedCreate
count: 14
lastTimestamp: '2026-03-01T10:00:00Z'
involvedObject: {kind: StatefulSet, namespace: fin, name: fin-mlserver}
message: 'create Pod fin-mlserver-0 in StatefulSet fin-mlserver failed error: pods \"fin-mlserver-0\" is forbidden: failed quota: compute: must specify limits.cpu for: agent,mlserver,rclone'
";

/// Logs, and the words of the cause that they prove.
type Row<'a> = (Vec<(&'a str, Process, &'a str)>, &'a [&'a str]);

#[test]
fn a_healthy_world_claims_nothing() {
    assert_eq!(said(&snapshot(&Case::default())), Vec::<String>::new());
    // Nor does an event of yesterday's trouble.
    assert_eq!(said(&snapshot(&Case { objects: QUOTA, ..Case::default() })), Vec::<String>::new());
}

#[test]
fn pods_that_are_not_created_are_refused_by_what_the_event_says() {
    let objects = server_down(QUOTA);
    let case = Case { objects: &objects, gone: &["Pod fin/fin-mlserver-0"], ..Case::default() };
    claims(&case, "SCS0307", &["pods", "ResourceQuota `compute`", "limits.cpu", "14 times", "LimitRange"]);
    let account = QUOTA.replace(
        "failed quota: compute: must specify limits.cpu for: agent",
        "error looking up service account fin/seldon-server: serviceaccount \"seldon-server\" not found",
    );
    let objects = server_down(&account);
    claims(&Case { objects: &objects, ..case }, "SCS0307", &["ServiceAccount `seldon-server`"]);
}

#[test]
fn without_an_event_it_remains_possible() {
    let objects = server_down("");
    let case = Case { objects: &objects, gone: &["Pod fin/fin-mlserver-0"], ..Case::default() };
    claims(&case, "SCS0307", &["possibly a quota", "ServiceAccount", "kubectl describe"]);
}

#[test]
fn an_event_of_pods_that_were_created_since_proves_nothing() {
    let objects = server_down(&format!(
        "{QUOTA}---\n{}",
        pod("containerStatuses: [{name: agent, ready: false, state: {waiting: {reason: ContainerCreating}}}]")
    ));
    claims(&Case { objects: &objects, ..Case::default() }, "SCS0307", &["possibly pods that are still on their way"]);
}

#[test]
fn an_agent_that_exits_wants_its_secret() {
    let objects = server_down(&crash("agent", "Error"));
    let gone = ["Secret fin/seldon-rclone-gs-public"];
    let case = Case { objects: &objects, gone: &gone, ..Case::default() };
    claims(&case, "SCS0307", &["pods", "rclone is missing", "9 restarts", "there is no Secret"]);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: seldon-rclone-gs-public, namespace: fin}\ndata: {gs: '', s3: ''}\n";
    let two = server_down(&format!("{}---\n{secret}", crash("agent", "Error")));
    claims(&Case { objects: &two, ..Case::default() }, "SCS0307", &["has 2 keys", "exactly one"]);
    // With the Secret in order it is something else, and the log tells what.
    let fatal = "level=fatal msg=\"Failed to initialise rclone config listener\" error=\"dial tcp 10.96.0.1:443\"\n";
    let logs = [("fin/fin-mlserver-0", Process::Agent, fatal)];
    claims(&Case { objects: &objects, logs: &logs, ..Case::default() }, "SCS0307", &["its log says why", "10.96.0.1"]);
    claims(
        &Case { objects: &objects, ..Case::default() },
        "SCS0307",
        &["container agent", "exits with code 1", "--previous"],
    );
}

#[test]
fn containers_say_what_they_lack() {
    let waiting = |reason: &str| {
        server_down(&pod(&format!(
            "containerStatuses: [{{name: mlserver, image: registry/x:1, ready: false, state: {{waiting: {{reason: {reason}}}}}}}]"
        )))
    };
    let cases = [
        (waiting("ImagePullBackOff"), vec!["image of container mlserver", "cannot be pulled", "registry/x:1"]),
        (waiting("CreateContainerConfigError"), vec!["container mlserver", "cannot be made"]),
        (server_down(&crash("mlserver", "OOMKilled")), vec!["more memory than it may"]),
        (
            server_down(&pod(
                "conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes are available}]",
            )),
            vec!["no node takes", "0/3 nodes"],
        ),
        (
            server_down(&pod(
                "initContainerStatuses: [{name: init, state: {terminated: {exitCode: 0, reason: Completed}}}], containerStatuses: [{name: mlserver, ready: false, state: {running: {}}}]",
            )),
            vec!["container mlserver", "runs and is not ready"],
        ),
    ];
    for (objects, words) in cases {
        claims(&Case { objects: &objects, ..Case::default() }, "SCS0307", &words);
    }
}

#[test]
fn a_refused_connection_is_an_alias_that_was_taken_or_a_scheduler_that_is_down() {
    let refused = dial("10.43.7.12:9004: connect: connection refused");
    let taken = format!(
        "{refused}---\napiVersion: v1\nkind: Service\nmetadata: {{name: seldon-scheduler, namespace: fin, ownerReferences: [{{kind: SeldonRuntime, name: r}}]}}\nspec: {{type: ClusterIP}}\n"
    );
    claims(
        &Case { objects: &taken, ..Case::default() },
        "SCS0409",
        &["in the place of the alias", "SeldonRuntime r", "9004"],
    );
    let down = format!(
        "{refused}---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: seldon-scheduler, namespace: seldon-system}}\nspec: {{replicas: 1}}\nstatus: {{replicas: 1, readyReplicas: 0}}\n"
    );
    claims(&Case { objects: &down, ..Case::default() }, "SCS0409", &["central scheduler is down", "no ready replica"]);
    claims(&Case { objects: &refused, ..Case::default() }, "SCS0409", &["possibly", "when the scheduler was down"]);
}

#[test]
fn a_name_that_does_not_resolve_has_no_service_and_one_elsewhere_another_target() {
    let lookup = dial(": lookup seldon-scheduler.fin on 10.96.0.10:53: no such host");
    let gone = ["Service fin/seldon-scheduler"];
    claims(
        &Case { objects: &lookup, gone: &gone, ..Case::default() },
        "SCS0409",
        &["there is no Service", "does not resolve", "onboard fin"],
    );
    let timeout = dial("203.0.113.1:9004: i/o timeout");
    claims(
        &Case { objects: &timeout, gone: &gone, ..Case::default() },
        "SCS0409",
        &["there is no Service", "search domain"],
    );
}

#[test]
fn a_timeout_is_a_policy_where_one_drops_the_connection() {
    let timeout = dial("10.43.7.12:9004: i/o timeout");
    let policy = format!(
        "{timeout}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: scheduler, namespace: seldon-system}}\nspec: {{podSelector: {{matchLabels: {{app.kubernetes.io/name: seldon-scheduler}}}}, policyTypes: [Ingress], ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: fin}}}}}}]}}]}}\n"
    );
    claims(
        &Case { objects: &policy, ..Case::default() },
        "SCS0409",
        &["NetworkPolicy seldon-system/scheduler does not admit the operator to port 9004"],
    );
    claims(
        &Case { objects: &timeout, ..Case::default() },
        "SCS0409",
        &["possibly packets that are dropped by what no NetworkPolicy shows"],
    );
}

#[test]
fn a_closed_connection_is_the_operators_own() {
    let closing = model("rpc error: code = Canceled desc = grpc: the client connection is closing", "ModelProgressing");
    claims(&Case { objects: &closing, ..Case::default() }, "SCS0409", &["holds on to a connection", "rollout restart"]);
}

#[test]
fn a_model_that_no_server_takes_is_told_from_one_whose_server_is_not_there() {
    let model = no_server();
    let scaled = format!(
        "{model}---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: fin-mlserver, namespace: fin}}\nspec: {{serverConfig: mlserver, replicas: 0, capabilities: [sklearn]}}\n"
    );
    claims(&Case { objects: &scaled, ..Case::default() }, "SCS0409", &["replicas"]);
    let twin = format!(
        "{model}---\napiVersion: v1\nkind: Service\nmetadata: {{name: seldon-scheduler, namespace: risk}}\nspec: {{type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}}\n---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: fin-mlserver, namespace: risk}}\nspec: {{serverConfig: mlserver, capabilities: [sklearn]}}\nstatus: {{conditions: [{{type: Ready, status: 'True'}}]}}\n"
    );
    claims(&Case { objects: &twin, ..Case::default() }, "SCS0409", &["has the same name", "rename"]);
    let down = format!("{model}---\n{}", server_down(&crash("agent", "Error")));
    let gone = ["Secret fin/seldon-rclone-gs-public"];
    claims(
        &Case { objects: &down, gone: &gone, ..Case::default() },
        "SCS0409",
        &["none of its pods is ready", "rclone is missing", "0 ready pods"],
    );
    claims(
        &Case { objects: &model, ..Case::default() },
        "SCS0409",
        &["possibly its agents are not connected", "Subscribed to scheduler"],
    );
}

#[test]
fn logs_of_both_ends_prove_what_became_of_an_agent() {
    let model = no_server();
    let subscribed = "level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\nlevel=info msg=\"Subscribed to scheduler\"\n";
    let timeout = "level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\nlevel=error msg=\"Scheduler not ready\" error=\"rpc error: code = Unavailable desc = dial tcp 10.43.7.12:9005: i/o timeout\"\n";
    let declares =
        "level=info msg=\"Setting capabilities from env SELDON_SERVER_CAPABILITIES with value [mlserver]\"\n";
    let ready = "level=info msg=\"Starting xDS envoy server on port 9002 with secure: false\"\nlevel=info msg=\"Scheduler is ready\"\n";
    let took = "level=info msg=\"Received agent subscribe request from fin-mlserver:0\"\n";
    let went = "level=warning msg=\"Client replica fin-mlserver:0 has disconnected\"\n";
    let zero = "level=info msg=\"Server notification fin-mlserver expectedReplicas 0 shared false\"\n";
    let agent = |text| ("fin/fin-mlserver-0", Process::Agent, text);
    let both = [ready, took].concat();
    let gone = [ready, took, went].concat();
    let scaled = [took, zero].concat();
    let scheduler = |text| ("seldon-system/seldon-scheduler-0", Process::Scheduler, text);
    let cases: [Row<'_>; 5] = [
        (vec![agent(timeout)], &["its agent does not reach the scheduler", "9005", "no NetworkPolicy shows"]),
        (vec![agent(declares)], &["its agent declares no `sklearn`", "restart"]),
        (vec![agent(subscribed), scheduler(both.as_str())], &["registered by now", "only when an agent subscribes"]),
        (vec![agent(subscribed), scheduler(gone.as_str())], &["has disconnected"]),
        (vec![agent(subscribed), scheduler(scaled.as_str())], &["last told that `fin-mlserver` has no replicas"]),
    ];
    for (logs, words) in cases {
        claims(&Case { objects: &model, logs: &logs, ..Case::default() }, "SCS0409", words);
    }
}

#[test]
fn a_runtime_without_conditions_was_not_seen_or_stopped() {
    let runtime = |finalizer: &str, config: &str, kind: &str| {
        format!(
            "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {{name: r, namespace: fin, finalizers: [{finalizer}]}}\nspec: {{seldonConfig: {config}, overrides: [{{name: seldon-scheduler, replicas: 0{kind}}}]}}\n"
        )
    };
    let (unseen, seen) = (runtime("x", "default", ""), runtime("seldon.runtime.finalizer", "default", ""));
    let operator = |clusterwide: &str, ready: u8| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: seldon-v2-controller-manager, namespace: seldon-system}}\nspec: {{template: {{spec: {{containers: [{{name: manager, env: [{{name: POD_NAMESPACE, value: seldon-system}}, {{name: CLUSTERWIDE, value: '{clusterwide}'}}]}}]}}}}}}\nstatus: {{observedGeneration: 1, readyReplicas: {ready}}}\n"
        )
    };
    let own = format!("{unseen}{}", operator("false", 1));
    claims(
        &Case { objects: &own, ..Case::default() },
        "SCS0209",
        &["never seen", "does not watch fin", "clusterwide: true"],
    );
    let down = format!("{unseen}{}", operator("true", 0));
    claims(&Case { objects: &down, ..Case::default() }, "SCS0209", &["never seen", "operator does not run"]);
    claims(
        &Case { objects: &unseen, ..Case::default() },
        "SCS0209",
        &["never seen", "possibly an operator that has not come to it"],
    );
    let config = runtime("seldon.runtime.finalizer", "centralized", "");
    claims(
        &Case { objects: &config, ..Case::default() },
        "SCS0209",
        &["cannot find SeldonConfig `centralized`", "seldon-system has default"],
    );
    let external = runtime("seldon.runtime.finalizer", "default", ", serviceType: ExternalName");
    let gone = ["Service fin/seldon-scheduler"];
    claims(&Case { objects: &external, gone: &gone, ..Case::default() }, "SCS0209", &["externalName: Required value"]);
    claims(
        &Case { objects: &seen, ..Case::default() },
        "SCS0209",
        &["written no condition", "possibly an error at which"],
    );
}

#[test]
fn a_gateway_without_kafka_is_told_from_one_without_an_image() {
    let runtime = "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {name: r, namespace: fin, finalizers: [seldon.runtime.finalizer]}\nspec: {seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]}\nstatus: {conditions: [{type: ModelGatewayReady, status: 'False', reason: Deployment replicas does not match desired replicas}, {type: EnvoyReady, status: 'True'}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: seldon-modelgateway, namespace: fin}\nspec: {replicas: 1}\nstatus: {replicas: 1}\n";
    let pod = |state: &str| {
        format!(
            "{runtime}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: seldon-modelgateway-1-2, namespace: fin, labels: {{app.kubernetes.io/name: seldon-modelgateway}}}}\nstatus: {{phase: Running, containerStatuses: [{{name: modelgateway, ready: false, state: {state}}}]}}\n"
        )
    };
    let running = pod("{running: {}}");
    claims(
        &Case { objects: &running, ..Case::default() },
        "SCS0208",
        &[
            "ModelGatewayReady is False",
            "needs Kafka at `seldon-kafka-bootstrap.seldon-mesh:9092`",
            "no namespace seldon-mesh",
        ],
    );
    let there = format!("{running}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: seldon-mesh}}\n");
    claims(
        &Case { objects: &there, ..Case::default() },
        "SCS0208",
        &["runs and is not ready", "possibly for want of Kafka", "replicas: 0"],
    );
    let image = pod("{waiting: {reason: ErrImagePull}}");
    claims(
        &Case { objects: &image, ..Case::default() },
        "SCS0208",
        &["ModelGatewayReady is False", "cannot be pulled"],
    );
}

#[test]
fn a_server_says_which_call_or_config_failed() {
    let server = |reason: &str, config: &str| {
        format!(
            "apiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: fin-mlserver, namespace: fin}}\nspec: {{serverConfig: {config}, capabilities: [sklearn]}}\nstatus: {{conditions: [{{type: StatefulSetReady, status: 'False', reason: '{reason}'}}]}}\n"
        )
    };
    let config = server("failed to get ServerConfig: ServerConfig.mlops.seldon.io \"mlservr\" not found", "mlservr");
    claims(
        &Case { objects: &config, ..Case::default() },
        "SCS0307",
        &["does not find ServerConfig `mlservr`", "such as `mlserver`"],
    );
    let notify = server(
        "server notify failed: rpc error: code = Unavailable desc = dial tcp: lookup seldon-scheduler.fin: no such host",
        "mlserver",
    );
    let gone = ["Service fin/seldon-scheduler", "StatefulSet fin/fin-mlserver", "Pod fin/fin-mlserver-0"];
    claims(
        &Case { objects: &notify, gone: &gone, ..Case::default() },
        "SCS0307",
        &["does not reach the scheduler", "does not resolve", "before 2.10.1"],
    );
}

#[test]
fn what_could_not_be_read_is_possible_and_never_proved() {
    let objects = server_down("");
    let mut snapshot = snapshot(&Case { objects: &objects, ..Case::default() });
    for kind in [&resource::POD, &resource::EVENT, &resource::SECRET] {
        snapshot.add_read(kind, Scope::Namespace("fin".to_owned()), Read::Failed("forbidden".to_owned()), vec![]);
    }
    let said = said(&snapshot);
    assert!(said.iter().any(|line| line.contains("possibly its pods, of which nothing is known")), "{said:#?}");
    assert!(!CLAIMS.iter().any(|claim| said.iter().any(|line| line.contains(claim))), "{said:#?}");
    assert_eq!(snapshot.unread_events().into_iter().collect::<Vec<_>>(), ["events of namespace fin (forbidden)"]);
}
