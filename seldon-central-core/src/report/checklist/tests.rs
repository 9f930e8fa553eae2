use super::*;
use crate::{
    finding::Level,
    log::{Container, ContainerLog, End, Process, Reader, Reading, Start},
    manifest,
    name::Namespace,
    profile::{ControlPlane, Wiring},
    report::Report,
    resource::{self, NAMESPACE, Resource, SERVICE},
    rules::{RULES, Rule},
    snapshot::{Read, Scope as Where, Snapshot},
};

const CENTRAL: &str = include_str!("../../../../tests/e2e/manifests/control-plane.yaml");

const TENANT: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: fin}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: fin-runtime, namespace: fin, finalizers: [seldon.runtime.finalizer]}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
status: {conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: xds, port: 9002, protocol: TCP, targetPort: xds}
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
  - {name: scheduler-mtls, port: 9044, protocol: TCP, targetPort: scheduler-mtls}
  - {name: agent, port: 9005, protocol: TCP, targetPort: agent}
  - {name: agent-mtls, port: 9055, protocol: TCP, targetPort: agent-mtls}
  - {name: dataflow, port: 9008, protocol: TCP, targetPort: dataflow}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-mlserver, namespace: fin}
spec: {serverConfig: mlserver}
status: {loadedModels: 1, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: fin}
spec: {storageUri: 'gs://bucket/income', requirements: [sklearn], server: fin-mlserver}
status: {conditions: [{type: Ready, status: 'True'}, {type: ModelReady, status: 'True'}]}
";

/// The control plane as its charts leave it, with what its controllers report.
fn central() -> String {
    CENTRAL
        .replace("CONTROL-PLANE", "seldon-system")
        .replace("MLSERVER-CAPABILITIES", &crate::pattern::MLSERVER_CAPABILITIES.join(","))
        .replace("TRITON-CAPABILITIES", &crate::pattern::TRITON_CAPABILITIES.join(","))
}

fn cluster(tenant: &str, unread: &[&'static Resource]) -> Snapshot {
    let text = format!("{}---\n{tenant}", central());
    let mut objects: Vec<_> =
        manifest::read("a.yaml", &text).unwrap().objects.into_iter().map(|one| one.object).collect();
    for object in &mut objects {
        let mut value = object.to_value();
        match object.kind() {
            "StatefulSet" => value["status"] = serde_json::json!({"replicas": 1, "readyReplicas": 1}),
            "SeldonRuntime" => value["status"]["conditions"] = serde_json::json!([{"type": "Ready", "status": "True"}]),
            _ => continue,
        }
        *object = crate::object::Object::new(value).unwrap();
    }
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let own = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        let failed = unread.contains(&kind);
        let read = if failed { Read::Failed("it is forbidden".to_owned()) } else { Read::Complete };
        snapshot.add_read(kind, Where::Cluster, read, if failed { Vec::new() } else { own });
    }
    snapshot
}

fn report(snapshot: &Snapshot, rules: &[&'static Rule]) -> Report {
    let control_plane = ControlPlane::default();
    let named = [Namespace::new("fin").unwrap()];
    let world = World::new(snapshot, &control_plane, &named);
    let outcomes = world.suppressions().apply(rules::run(rules, &world));
    let scope = Scope { rules, fail_on: Level::Error, level: Level::Error, other_documents: 0, namespaces: None };
    Report::new(&world, &outcomes, &scope)
}

fn lines(snapshot: &Snapshot, rules: &[&'static Rule]) -> Vec<Line> {
    let mut report = report(snapshot, rules);
    assert_eq!(report.checklist.len(), 1);
    report.checklist.remove(0).lines
}

#[track_caller]
fn line(lines: &[Line], item: Item) -> &Line {
    lines.iter().find(|line| line.item == item).unwrap()
}

fn says(line: &Line) -> Vec<&str> {
    line.because.iter().map(|one| one.says.as_str()).collect()
}

/// Lines that rest on logs, whose rules are another matter.
const OF_LOGS: [Item; 2] = [Item::Agents, Item::Notifications];

#[test]
fn on_a_cluster_in_order_every_line_that_needs_no_log_is_proved() {
    let lines = lines(&cluster(TENANT, &[]), RULES);
    assert_eq!(lines.iter().map(|line| line.item).collect::<Vec<_>>(), Item::ALL);
    for line in lines.iter().filter(|line| !OF_LOGS.contains(&line.item)) {
        assert_eq!(line.standing, Standing::Proved, "{line:#?}");
        assert!(!line.because.is_empty(), "{line:#?}");
    }
    let alias = line(&lines, Item::Alias);
    assert_eq!(says(alias), ["holds for Service fin/seldon-scheduler"]);
    assert_eq!(alias.because[0].rules, ["SCS0501", "SCS0502", "SCS0503", "SCS0504"]);
    for item in OF_LOGS {
        assert_eq!(line(&lines, item).standing, Standing::Unknown);
    }
}

#[test]
fn a_fault_fails_the_lines_that_it_contradicts() {
    let all = |from: &str, to: &str| {
        let broken = TENANT.replace(from, to);
        assert_ne!(broken, TENANT, "{from}");
        let lines = lines(&cluster(&broken, &[]), RULES);
        lines.iter().filter(|line| line.standing == Standing::Failed).map(|line| line.item).collect::<Vec<_>>()
    };
    assert_eq!(all("seldonConfig: default", "seldonConfig: other"), [Item::SeldonConfig]);
    assert_eq!(all("serverConfig: mlserver}", "serverConfig: own}"), [Item::ServerConfig]);
    assert_eq!(all("[sklearn]", "[scikit-learn]"), [Item::Capabilities, Item::Models]);
    assert_eq!(all("seldon-scheduler.seldon-system.svc", "seldon-scheduler.other.svc"), [Item::Alias]);
    assert_eq!(all("replicas: 0", "replicas: 1"), [Item::Alias]);
    assert_eq!(all("targetPort: xds", "targetPort: 9002"), [Item::Alias]);
    assert_eq!(all("{type: ModelReady, status: 'True'}", "{type: ModelReady, status: 'False'}"), [Item::Models]);
    let policy = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: none, namespace: fin}\n\
                  spec: {podSelector: {}, policyTypes: [Egress]}\n";
    assert_eq!(
        all(
            "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Model",
            &format!("{policy}---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Model")
        ),
        [Item::Network]
    );
}

#[test]
fn what_failed_says_what_was_found() {
    let lines = lines(&cluster(&TENANT.replace("seldonConfig: default", "seldonConfig: other"), &[]), RULES);
    let line = line(&lines, Item::SeldonConfig);
    assert_eq!(line.rules, ["SCS0106", "SCS0201", "SCS0202", "SCS0203"]);
    assert_eq!(
        says(line),
        [
            "SeldonRuntime fin/fin-runtime: the runtime starts from SeldonConfig `other`, the control plane from `default`",
            "SeldonRuntime fin/fin-runtime: seldon-system has no SeldonConfig `other`, and the operator looks nowhere else",
        ]
    );
}

#[test]
fn a_suppressed_finding_fails_its_line_all_the_same() {
    let annotated = TENANT.replace("seldonConfig: default", "seldonConfig: other").replace(
        "{name: fin-runtime, ",
        "{name: fin-runtime, annotations: {kubectl-seldon/ignore: 'SCS0203, SCS0106'}, ",
    );
    let lines = lines(&cluster(&annotated, &[]), RULES);
    let line = line(&lines, Item::SeldonConfig);
    assert_eq!(line.standing, Standing::Failed);
    assert!(says(line).iter().all(|says| says.ends_with(" (suppressed)")), "{line:#?}");
}

#[test]
fn what_was_not_judged_is_never_proved() {
    // Not selected.
    let some: Vec<&'static Rule> = RULES.iter().copied().filter(|rule| rule.id != "SCS0503").collect();
    let alias = line(&lines(&cluster(TENANT, &[]), &some), Item::Alias).clone();
    assert_eq!((alias.standing, says(&alias)), (Standing::Unknown, vec!["not selected"]));
    assert_eq!(alias.because[0].rules, ["SCS0503"]);
    // Nor what contradicts it.
    let some: Vec<&'static Rule> = RULES.iter().copied().filter(|rule| rule.id != "SCS0505").collect();
    assert_eq!(line(&lines(&cluster(TENANT, &[]), &some), Item::Alias).standing, Standing::Unknown);
    // Not read.
    let lines_of = lines(&cluster(TENANT, &[&SERVICE]), RULES);
    let alias = line(&lines_of, Item::Alias);
    assert_eq!(alias.standing, Standing::Unknown);
    assert!(says(alias).iter().all(|says| says.contains("it is forbidden")), "{alias:#?}");
    // Nothing there.
    let (bare, _) = TENANT.split_once("---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Model").unwrap();
    let lines_of = lines(&cluster(bare, &[]), RULES);
    for item in [Item::Capabilities, Item::Models] {
        let line = line(&lines_of, item);
        assert_eq!((line.standing, says(line)), (Standing::Unknown, vec!["fin has nothing to judge"]), "{item:?}");
    }
}

#[test]
fn manifests_alone_prove_nothing_that_needs_a_cluster() {
    let objects = manifest::read("a.yaml", &format!("{}---\n{TENANT}", central())).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &ControlPlane::default().namespace);
    let lines = lines(&snapshot, RULES);
    let scheduler = line(&lines, Item::Scheduler);
    assert_eq!(scheduler.standing, Standing::Unknown);
    assert!(says(scheduler).contains(&"needs a cluster"), "{scheduler:#?}");
    assert_eq!(says(line(&lines, Item::Models)), ["needs a cluster"]);
    for item in [Item::SeldonConfig, Item::ServerConfig, Item::Capabilities, Item::Alias] {
        assert_eq!(line(&lines, item).standing, Standing::Proved, "{:#?}", line(&lines, item));
    }
}

#[test]
fn each_tenant_has_its_own() {
    let other = TENANT
        .replace("fin", "risk")
        .replace("income", "outcome")
        .replace("seldonConfig: default", "seldonConfig: other");
    let snapshot = cluster(&format!("{TENANT}---\n{other}"), &[]);
    let report = report(&snapshot, RULES);
    let standing = |list: &Checklist| (list.tenant.clone(), line(&list.lines, Item::SeldonConfig).standing);
    let standings: Vec<_> = report.checklist.iter().map(standing).collect();
    assert_eq!(standings, [("fin".to_owned(), Standing::Proved), ("risk".to_owned(), Standing::Failed)]);
    let counts = count(&report.checklist);
    assert_eq!(counts.values().sum::<usize>(), 18);
    assert_eq!(counts[&Standing::Unknown], 4);
}

fn wirings() -> impl Iterator<Item = Wiring> {
    [Wiring::ExternalName, Wiring::Relay].into_iter()
}

/// A tenant behind a relay, with what its agent and the scheduler log.
fn relayed(scheduler: &str) -> Vec<Line> {
    let service = TENANT.replace(
        "type: ExternalName\n  externalName: seldon-scheduler.seldon-system.svc.cluster.local",
        "type: ClusterIP",
    );
    assert_ne!(service, TENANT);
    let pod = |name: &str, namespace: &str, labels: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}\nstatus: {{phase: Running}}\n"
        )
    };
    let relay = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: relay, namespace: fin, labels: {kubectl-seldon/wiring: relay}}\n\
                 spec: {template: {metadata: {labels: {app.kubernetes.io/name: seldon-scheduler}}}}\n";
    let server = "app.kubernetes.io/name: seldon-server, seldon-server-name: fin-mlserver";
    let text = [
        service,
        relay.to_owned(),
        pod("fin-mlserver-0", "fin", server),
        pod("seldon-scheduler-0", "seldon-system", "app.kubernetes.io/name: seldon-scheduler"),
    ];
    let mut snapshot = cluster(&text.concat(), &[]);
    let agent = "level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"\nlevel=info msg=\"Subscribed to scheduler\"\n";
    for (namespace, pod, process, text) in [
        ("fin", "fin-mlserver-0", Process::Agent, agent),
        ("seldon-system", "seldon-scheduler-0", Process::Scheduler, scheduler),
    ] {
        let mut reader = Reader::new(process);
        reader.push(text.as_bytes());
        let current = Reading::Read(reader.finish(Start::Kept, End::Now));
        snapshot.add_log(Container::new(namespace, pod, process), ContainerLog { current, previous: None });
    }
    lines(&snapshot, RULES)
}

#[test]
fn that_a_relay_leads_to_the_scheduler_is_proved_by_who_comes_through_it() {
    let start = "level=info msg=\"Agent server running on 9005 mtls:false\"\n";
    let taken = format!("{start}level=info msg=\"Received agent subscribe request from fin-mlserver:0\"\n");
    let proved = relayed(&taken);
    let alias = line(&proved, Item::Alias);
    assert_eq!(
        (alias.standing, &*alias.rules),
        (Standing::Proved, &["SCS0204", "SCS0209", "SCS0501", "SCS0703"][..]),
        "{alias:#?}"
    );
    let failed = relayed(start);
    assert_eq!(line(&failed, Item::Alias).standing, Standing::Failed, "{failed:#?}");
}

/// The rules about logs come later than the lines that rest on them.
#[test]
fn the_checklist_knows_its_rules() {
    let has_logs = RULES.iter().any(|rule| rule.id.starts_with("SCS07"));
    for rule in wirings().flat_map(|wiring| Item::ALL.into_iter().flat_map(move |item| item.rules(wiring))) {
        let is_awaited = rule.starts_with("SCS07") && !has_logs;
        assert!(is_awaited || rules::find(rule).is_some(), "{rule}");
    }
    assert!(rules::find(NAMESPACE.kind).is_none());
}
