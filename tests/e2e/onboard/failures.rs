//! What goes wrong in the middle, and clusters that do not answer.

use std::{
    fs,
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use super::{everything, is_as_before, writing_nothing};
use crate::harness::{
    control_plane::Server,
    plan::Plan,
    tenant::{Ground, NAMESPACE, RUNTIME, unique},
};

const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";
const POLICY: &str = "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy";
const BINDING: &str = "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::failure_half_way_is_told_and_finished_by_the_next_run", half_way);
    plan.cluster("onboard::refusal_in_a_new_namespace_writes_the_namespace_only", refused_in_a_new_namespace);
    plan.cluster("onboard::refusal_in_an_existing_namespace_writes_nothing", refused_in_an_existing_namespace);
    plan.cluster("onboard::refusal_of_one_new_namespace_writes_no_other", refused_namespace);
    plan.cluster("onboard::namespace_that_is_being_deleted", terminating);
    plan.cluster("onboard::credentials_that_are_not_accepted", credentials);
    plan.cluster("onboard::certificate_that_is_not_trusted", certificate);
    plan.local("onboard::cluster_that_does_not_answer", silent);
    plan.local("onboard::cluster_that_is_none", no_cluster);
}

/// An admission policy in the way of Servers, in the tenant's namespace and in one to try it in.
struct Obstacle<'a> {
    ground: &'a Ground<'a>,
    name: String,
    trial: String,
}

impl<'a> Obstacle<'a> {
    /// Refuses what does not fulfil the expression. Takes effect before this returns.
    fn new(ground: &'a Ground<'a>, expression: &str) -> Self {
        let (name, trial) = (unique("obstacle"), unique("trial"));
        ground.namespace(&trial);
        ground.api.create(&json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": ["mlops.seldon.io"], "apiVersions": ["v1alpha1"], "resources": ["servers"],
                    "operations": ["CREATE", "UPDATE"],
                }]},
                "validations": [{"expression": expression, "message": "Servers are not welcome today"}],
            },
        }));
        let namespaces =
            json!({"key": "kubernetes.io/metadata.name", "operator": "In", "values": [ground.tenant, trial]});
        ground.api.create(&json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchExpressions": [namespaces]}},
            },
        }));
        let obstacle = Self { ground, name, trial };
        obstacle.until(false);
        obstacle
    }

    fn remove(self) {
        self.ground.api.delete(BINDING, "", &self.name);
        self.ground.api.delete(POLICY, "", &self.name);
        self.until(true);
    }

    /// The API server learns of a policy a moment later.
    fn until(&self, welcome: bool) {
        let begun = Instant::now();
        loop {
            let metadata = json!({"name": unique("trial"), "namespace": self.trial});
            let server = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server", "metadata": metadata, "spec": {"serverConfig": "none"}});
            if self.ground.api.try_create(&server, "test").is_ok() == welcome {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the policy does not change anything");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn half_way(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    // A dry run passes, so that nothing shows beforehand.
    let obstacle = Obstacle::new(&ground, "request.dryRun");
    let model = ["--model", "income=gs://bucket/income,sklearn"];
    let output = ground.onboard(&model).ends_with(2);
    let tenant = &ground.tenant;
    let done = output.stdout.lines().filter(|line| line.ends_with(" created")).count();
    assert_eq!(done, 7, "{output}");
    output.says(&[
        "Servers are not welcome today",
        &format!(
            "hint: written: Namespace {tenant}, Secret {tenant}/seldon-rclone-gs-public, Service \
             {tenant}/seldon-scheduler, NetworkPolicy "
        ),
        &format!(", SeldonRuntime {tenant}/{tenant}-runtime\n"),
        &format!("hint: not written: Server {tenant}/mlserver, Model {tenant}/income\n"),
        "hint: the same command finishes it\n",
    ]);
    assert!(ground.api.find(RUNTIME, tenant, &format!("{tenant}-runtime")).is_some());
    assert!(ground.api.find(SERVER, tenant, "mlserver").is_none());
    assert!(ground.api.list("mlops.seldon.io/v1alpha1/Model", tenant).is_empty());

    let before = everything(&ground);
    obstacle.remove();
    let output = ground.onboard(&model).succeeds();
    let changed: Vec<&str> = output.stdout.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    let created = ["server.mlops.seldon.io/mlserver", "model.mlops.seldon.io/income"]
        .map(|line| format!("{line} -n {tenant} created"));
    assert_eq!(changed, created, "{output}");
    let after = everything(&ground);
    assert!(before.iter().all(|(name, object)| after[name] == *object), "what was there was written again");
}

fn refused_in_a_new_namespace(server: &Server) {
    let ground = Ground::healthy(server);
    let _obstacle = Obstacle::new(&ground, "false");
    let output = ground.onboard(&[]).ends_with(2);
    let tenant = &ground.tenant;
    assert_eq!(output.stdout, format!("namespace/{tenant} created\n"), "{output}");
    output.says(&[
        "Servers are not welcome today",
        &format!("hint: written: Namespace {tenant}\n"),
        &format!("hint: not written: Secret {tenant}/seldon-rclone-gs-public, "),
    ]);
    assert!(super::everything_in(&ground, &[tenant]).keys().all(|name| name.starts_with("Namespace ")));
}

fn refused_in_an_existing_namespace(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let _obstacle = Obstacle::new(&ground, "false");
    let output = writing_nothing(&ground, || ground.onboard(&[])).ends_with(2);
    assert_eq!(output.stdout, "");
    output.says(&[&format!("Server {}/mlserver", ground.tenant), "Servers are not welcome today"]);
}

/// New namespaces are all tried before the first of them is made.
fn refused_namespace(server: &Server) {
    let ground = Ground::healthy(server);
    let (name, other, trial) = (unique("obstacle"), unique("other"), unique("trial"));
    let rules =
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["namespaces"], "operations": ["CREATE"]}]);
    let expression = format!("object.metadata.name != '{other}' && !object.metadata.name.startsWith('{trial}')");
    ground.api.create(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": rules},
            "validations": [{"expression": expression, "message": "no such namespace today"}],
        },
    }));
    ground.api.create(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"]},
    }));
    let begun = Instant::now();
    let namespace = |number: usize| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("{trial}-{number}")}});
    let mut trials = (0..).map(namespace);
    while trials.next().is_some_and(|one| ground.api.try_create(&one, "test").is_ok()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "the policy does not change anything");
        thread::sleep(Duration::from_millis(50));
    }
    let output = ground.onboard(&[&other]).ends_with(2).says(&["no such namespace today"]);
    assert_eq!(output.stdout, "", "{output}");
    for absent in [&ground.tenant, &other] {
        assert!(ground.api.find(NAMESPACE, "", absent).is_none(), "{absent} was made: {output}");
    }
    ground.api.delete(BINDING, "", &name);
    ground.api.delete(POLICY, "", &name);
}

/// There is no controller that would finish the deletion, so the namespace stays so.
fn terminating(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    ground.api.delete(NAMESPACE, "", &ground.tenant);
    let output = writing_nothing(&ground, || ground.onboard(&[])).ends_with(2);
    let wanted = format!("error: nothing was written, because namespace {} is being deleted\n", ground.tenant);
    assert!(output.stderr.starts_with(&wanted), "{output}");
    assert_eq!(output.stderr.lines().count(), 2, "{output}");
    ground.onboard(&["--diff"]).ends_with(2).says(&["error: this would be refused, because namespace "]);
}

fn credentials(server: &Server) {
    let ground = Ground::healthy(server);
    let output = writing_nothing(&ground, || ground.onboard(&["--token", "wrong"])).ends_with(2);
    output.says(&["does not accept the credentials", "--user or --token"]);
    assert_eq!(output_lines(&ground, &["--token", "wrong"]), 1);
}

fn certificate(server: &Server) {
    let ground = Ground::healthy(server);
    let before = everything(&ground);
    let output = ground.onboard(&["--tls-server-name", "elsewhere.test"]).ends_with(2);
    output.says(&["error: cannot ", "certificate"]);
    is_as_before(&ground, &before);
}

/// Lines of standard error.
fn output_lines(ground: &Ground<'_>, arguments: &[&str]) -> usize {
    ground.onboard(arguments).stderr.lines().count()
}

/// Somebody listens and never answers.
fn silent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    let begun = Instant::now();
    let arguments = ["onboard", "fin", "--server", &server, "--request-timeout", "1s"];
    let output = crate::harness::kubectl::Kubectl::new().seldon(arguments).ends_with(2);
    output.says(&[&format!("error: the API server at {server} did not answer"), "within 1 s;", "--request-timeout"]);
    assert!(begun.elapsed() < Duration::from_secs(15));
}

/// Somebody answers who is no API server.
fn no_cluster() {
    use std::io::{Read, Write};

    let dir = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let body = "<html>Welcome</html>";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    let output = crate::harness::kubectl::Kubectl::new()
        .dir(dir.path())
        .seldon(["onboard", "fin", "--server", &server])
        .ends_with(2);
    output.says(&["error: ", "Kubernetes API server"]);
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
}
