//! `verify --contexts`: two real API servers, and one that cannot be reached.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::with_result;
use crate::harness::{
    control_plane::{self, Crds, Server},
    data::Data,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, SERVER, SERVICE},
    workspace,
};

pub(super) fn add(plan: &mut Plan) {
    plan.once("verify::clusters::each_is_judged_as_if_it_were_alone", each);
    plan.once("verify::clusters::one_that_cannot_be_reached_hides_no_other", unreachable);
    plan.once("verify::clusters::a_baseline_tells_them_apart", baseline);
    plan.once("verify::clusters::waiting_ends_when_each_has_ended", waiting);
    plan.local("verify::clusters::what_is_for_one_cluster_is_refused", refused);
}

/// Two clusters with a control plane and a tenant of the same names, of which the second lacks the
/// alias, and a kubeconfig with a context for each and one for a server that is not there.
struct Two {
    good: Ground<'static>,
    kubeconfig: PathBuf,
    dir: TempDir,
}

/// The servers that other tests share; where there is only one, another.
fn servers() -> (&'static Server, &'static Server) {
    static OTHER: OnceLock<Server> = OnceLock::new();
    let data = Data::find().unwrap();
    let shared = |crds: Crds| control_plane::shared(crds, data.as_ref()).unwrap();
    match Crds::to_test(data.as_ref()) {
        [first, second, ..] => (shared(*first), shared(*second)),
        all => (shared(all[0]), OTHER.get_or_init(|| control_plane::start("other", all[0], data.as_ref()).unwrap())),
    }
}

impl Two {
    fn new() -> Self {
        let (first, second) = servers();
        let good = Ground::serving(first);
        let bad = Ground::serving_as(second, &good);
        bad.api.delete(SERVICE, &bad.tenant, "seldon-scheduler");
        let dir = TempDir::new().unwrap();
        let kubeconfig = dir.path().join("kubeconfig");
        merge(&kubeconfig, &[("good", first), ("bad", second)]);
        Self { good, kubeconfig, dir }
    }

    fn verify(&self, contexts: &str, arguments: &[&str]) -> Output {
        let all = ["verify", "--contexts", contexts, "--control-plane-namespace", &self.good.control_plane];
        let all = all.into_iter().chain(arguments.iter().copied());
        Kubectl::new().kubeconfig(&self.kubeconfig).dir(self.dir.path()).seldon(all)
    }

    fn alone(&self, context: &str, arguments: &[&str]) -> Output {
        let all = ["verify", "--context", context, "--control-plane-namespace", &self.good.control_plane];
        let all = all.into_iter().chain(arguments.iter().copied());
        Kubectl::new().kubeconfig(&self.kubeconfig).dir(self.dir.path()).seldon(all)
    }
}

/// Writes a kubeconfig with the administrators of some servers, by a name for each, and `gone`.
fn merge(file: &Path, servers: &[(&str, &Server)]) {
    let (mut clusters, mut users, mut contexts) = (Vec::new(), Vec::new(), Vec::new());
    for (name, server) in servers {
        let flat = ["config", "view", "--raw", "--flatten", "--minify", "-o", "json"];
        let own: Value = serde_json::from_str(&server.kubectl().run(flat).succeeds().stdout).unwrap();
        clusters.push(json!({"name": name, "cluster": own["clusters"][0]["cluster"]}));
        users.push(json!({"name": name, "user": own["users"][0]["user"]}));
        contexts.push(json!({"name": name, "context": {"cluster": name, "user": name}}));
    }
    clusters.push(json!({"name": "gone", "cluster": {"server": "https://127.0.0.1:1"}}));
    contexts.push(json!({"name": "gone", "context": {"cluster": "gone", "user": servers[0].0}}));
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": servers[0].0,
        "clusters": clusters, "users": users, "contexts": contexts});
    fs::write(file, config.to_string()).unwrap();
}

#[track_caller]
fn document(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
}

/// The findings of one cluster as a run over it alone has them.
fn of(report: &Value, cluster: &str) -> Vec<Value> {
    let own = report["findings"].as_array().unwrap().iter().filter(|finding| finding["cluster"] == cluster);
    own.map(|finding| {
        let mut finding = finding.clone();
        finding.as_object_mut().unwrap().remove("cluster");
        finding
    })
    .collect()
}

fn each() {
    let two = Two::new();
    let tenant = two.good.tenant.as_str();
    let output = two.verify("good,bad", &[tenant, "-o", "json"]).ends_with(1);
    let report = document(&output);
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(workspace().join("docs/report.schema.json")).unwrap()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&report), "{output}");
    for (place, name) in ["good", "bad"].into_iter().enumerate() {
        let alone = document(&two.alone(name, &[tenant, "-o", "json"]));
        assert_eq!(of(&report, name), *alone["findings"].as_array().unwrap(), "{name}");
        let cluster = &report["clusters"][place];
        assert_eq!((&cluster["name"], &cluster["summary"]), (&json!(name), &alone["summary"]));
        assert!(alone.get("clusters").is_none(), "{alone}");
    }
    assert!(with_result(&output, "fail").contains(&format!("SCS0501 Service {tenant}/seldon-scheduler")), "{output}");
    two.verify("good", &[tenant]).succeeds();

    let text = two.verify("good,bad", &[tenant]).ends_with(1).stdout;
    let (of_good, of_bad) = text.split_once("== bad: ").unwrap();
    assert!(of_good.starts_with("== good: ") && !of_good.contains("SCS0501"), "{text}");
    assert!(of_bad.contains(&format!("\n{tenant}\n  E SCS0501")), "{text}");
    let short = two.verify("good,bad", &[tenant, "-o", "short", "--select", "SCS05"]).ends_with(1).stdout;
    assert!(short.starts_with(&format!("bad:{tenant}/Service/seldon-scheduler E SCS0501 ")), "{short}");
    let list = two.verify("good,bad", &[tenant, "-o", "checklist"]).ends_with(1).stdout;
    for name in ["good", "bad"] {
        assert!(list.contains(&format!("\n## {name}: {tenant}: ")), "{list}");
    }
}

fn unreachable() {
    let two = Two::new();
    let tenant = two.good.tenant.as_str();
    let output = two.verify("gone,bad,good", &[tenant, "-o", "json"]).ends_with(2);
    let report = document(&output);
    let names: Vec<&str> =
        report["clusters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["gone", "bad", "good"]);
    let error = report["clusters"][0]["error"].as_str().unwrap();
    assert!(error.starts_with("cannot reach the API server at https://127.0.0.1:1"), "{error}");
    assert!(with_result(&output, "fail").contains(&format!("SCS0501 Service {tenant}/seldon-scheduler")), "{output}");
    output.says(&["error: gone: cannot reach the API server"]);
    // A context that the kubeconfig does not have, and rights that are not there.
    two.verify("good,nowhere", &[tenant]).ends_with(2).says(&["error: nowhere: ", "nowhere"]);
    let refused = two.verify("good,bad", &[tenant, "--as", "bob", "-o", "json"]).ends_with(3);
    refused.says(&["note: good: ", "note: bad: ", "could not be read"]);
    // None at all.
    let none = two.verify("gone", &[tenant]).ends_with(2);
    assert_eq!(none.stdout, "");
    let for_people = ["text", "short", "wide", "matrix", "checklist", "markdown", "html"];
    let for_programs = ["json", "jsonl", "yaml", "junit", "sarif", "github", "gitlab"];
    for form in for_people.into_iter().chain(for_programs) {
        let output = two.verify("gone,good", &[tenant, "-o", form]).ends_with(2);
        assert!(output.stdout.contains("gone"), "{form}: {output}");
        assert!(output.stdout.contains("cannot reach the API server"), "{form}: {output}");
    }
}

fn baseline() {
    let two = Two::new();
    let tenant = two.good.tenant.as_str();
    let with = |contexts: &str, more: &[&str]| {
        two.verify(contexts, &[&[tenant, "--baseline", "known.yaml", "--select", "SCS0501"], more].concat())
    };
    with("good,bad", &["--write-baseline"]).succeeds().says(&["known.yaml holds 1 finding"]);
    let known = fs::read_to_string(two.dir.path().join("known.yaml")).unwrap();
    assert!(known.contains("cluster: bad\n") && !known.contains("cluster: good"), "{known}");
    with("good,bad", &[]).succeeds();
    with("bad", &[]).succeeds();
    // What is known of one cluster says nothing of another, nor of a run over one alone.
    two.good.api.delete(SERVICE, tenant, "seldon-scheduler");
    let worse = with("good,bad", &["-o", "short"]).ends_with(1);
    assert_eq!(worse.stdout.lines().count(), 1, "{worse}");
    assert!(worse.stdout.starts_with("good:"), "{worse}");
    let alone = ["--baseline", "known.yaml", "--select", "SCS0501", tenant];
    two.alone("bad", &alone).ends_with(1);
    // Which keeps what it says nothing of; and so does a run that did not reach a cluster.
    two.alone("bad", &[&alone[..], &["--write-baseline"]].concat()).succeeds().says(&["holds 2 findings"]);
    with("good,gone", &["--write-baseline"]).ends_with(2).says(&["holds 3 findings"]);
    with("good,bad", &[]).succeeds();
    two.alone("good", &alone).succeeds();
}

fn waiting() {
    let two = Two::new();
    let tenant = two.good.tenant.as_str();
    let server = format!("{tenant}-mlserver");
    let status = json!({"conditions": [{"type": "Ready", "status": "False", "reason": "no pods"}], "replicas": 1,
        "loadedModels": 0, "selector": ""});
    two.good.api.set_status(SERVER, tenant, &server, &status);
    let begun = Instant::now();
    let output = two.verify("good,bad,gone", &[tenant, "--wait=6s"]).ends_with(2);
    assert!(begun.elapsed() < Duration::from_secs(40), "{output}");
    output.says(&[&format!("waiting: good: SCS0307 Server {tenant}/{server}: ")]);
}

fn refused() {
    let verify = |arguments: &[&str]| {
        Kubectl::new().seldon([&["verify", "fin", "--contexts", "a,b"], arguments].concat()).ends_with(2)
    };
    for flag in ["--context=c", "--server=https://a.test", "--token=t", "--file=.", "--snapshot=s", "--save-snapshot=s"]
    {
        let (name, _) = flag.split_once('=').unwrap();
        verify(&[flag]).says(&[&format!("error: {name} and --contexts cannot be given together: ")]);
    }
    verify(&["--contexts", "b"]).says(&["error: --contexts names `b` twice\n"]);
    verify(&["--contexts", ""]).says(&["error: there is a context without a name in --contexts\n"]);
}
