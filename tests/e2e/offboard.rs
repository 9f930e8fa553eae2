//! `kubectl seldon offboard` on a real API server, with a stand-in that lets go as the operator does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use seldon_central_core::pattern;
use serde_json::{Value, json};

use crate::harness::{
    control_plane::Server,
    door::Door,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, MODEL, NAMESPACE, RUNTIME, SERVER, SERVICE, unique},
    terminal,
};

pub(crate) fn add(plan: &mut Plan) {
    plan.cluster("offboard::a_tenant_goes_in_the_order_of_its_finalizers", goes);
    plan.any_cluster("offboard::a_finalizer_that_stays_is_named_and_the_next_run_finishes", stays);
    plan.any_cluster("offboard::the_namespace_goes_at_last_with_what_is_left_in_it", with_namespace);
    plan.any_cluster("offboard::a_connection_that_dies_half_way_is_told_and_finished_by_the_next_run", half_way);
    plan.any_cluster("offboard::what_others_made_or_own_is_refused", others);
    plan.any_cluster("offboard::what_others_own_goes_on_demand", owned);
    plan.any_cluster("offboard::nobody_is_left_hanging_without_a_scheduler", unreachable);
    plan.terminal("offboard::at_a_terminal_one_question_is_asked", asked);
    plan.any_cluster("offboard::plans_are_shown_and_nothing_is_deleted", plans);
}

const MODEL_FINALIZER: &str = "seldon.model.finalizer";
const POLICY: &str = "networking.k8s.io/v1/NetworkPolicy";

/// The operator, as far as finalizers go: a Model's goes while the alias is there, a runtime's once no
/// Server is left, and as far as the controller of namespaces goes: a deleted one goes with all in it.
struct Operator {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Operator {
    fn start(ground: &Ground<'_>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (server, tenant, stopped) = (ground.server.clone(), ground.tenant.clone(), Arc::clone(&stop));
        let work = move || {
            let api = server.api();
            let is_leaving = |object: &Value| object["metadata"]["deletionTimestamp"].is_string();
            let release = |kind: &str, object: &Value| {
                let name = object["metadata"]["name"].as_str().unwrap();
                api.merge(kind, &tenant, name, &json!({"metadata": {"finalizers": null}}));
            };
            while !stopped.load(Ordering::Relaxed) {
                let has_alias = api.find(SERVICE, &tenant, pattern::SCHEDULER_SERVICE).is_some();
                let models = api.list(MODEL, &tenant);
                models.iter().filter(|model| has_alias && is_leaving(model)).for_each(|model| release(MODEL, model));
                if api.list(SERVER, &tenant).is_empty() && has_alias {
                    api.list(RUNTIME, &tenant)
                        .iter()
                        .filter(|one| is_leaving(one))
                        .for_each(|one| release(RUNTIME, one));
                }
                if let Some(namespace) = api.find(NAMESPACE, "", &tenant).filter(is_leaving) {
                    for policy in api.list(POLICY, &tenant) {
                        api.delete(POLICY, &tenant, policy["metadata"]["name"].as_str().unwrap());
                    }
                    api.finalize(namespace);
                }
                thread::sleep(Duration::from_millis(50));
            }
        };
        Self { stop, thread: Some(thread::spawn(work)) }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

/// A tenant with a Model, whose objects have the operator's finalizers.
fn tenant(server: &Server) -> (Ground<'_>, String) {
    let ground = Ground::serving(server);
    let model = unique("income");
    let argument = format!("{model}=gs://bucket/income,sklearn");
    ground.onboard(&["--server-name", "{namespace}-mlserver", "--model", &argument]).succeeds();
    ground.api.merge(MODEL, &ground.tenant, &model, &json!({"metadata": {"finalizers": [MODEL_FINALIZER]}}));
    (ground, model)
}

fn offboard(ground: &Ground<'_>, arguments: &[&str]) -> Output {
    let mut all = vec!["offboard", &ground.tenant, "--control-plane-namespace", &ground.control_plane];
    all.extend(arguments);
    ground.server.kubectl().seldon(all)
}

fn goes(server: &Server) {
    let (ground, model) = tenant(server);
    let tenant = ground.tenant.as_str();
    let kept = json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "theirs", "namespace": tenant}, "spec": {"podSelector": {}}});
    ground.api.create(&kept);
    let operator = Operator::start(&ground);
    let done = offboard(&ground, &[]).succeeds();
    drop(operator);
    let gone: Vec<&str> = done.stdout.lines().filter_map(|line| line.split('.').next()?.split('/').next()).collect();
    let mut kinds = gone.clone();
    kinds.dedup();
    assert_eq!(kinds, ["model", "server", "seldonruntime", "service", "networkpolicy", "secret"], "{done}");
    assert!(done.stderr.contains("Plan\n") && done.stderr.contains("made by onboard"), "{done}");
    for (kind, name) in
        [(MODEL, model.as_str()), (SERVICE, pattern::SCHEDULER_SERVICE), ("v1/Secret", pattern::RCLONE_SECRET)]
    {
        assert_eq!(ground.api.find(kind, tenant, name), None);
    }
    ground.api.get(POLICY, tenant, "theirs");
    ground.api.get(RUNTIME, &ground.control_plane, "seldon");
    let again = offboard(&ground, &[]).succeeds().says(&["nothing to do"]);
    assert_eq!(again.stdout, "");
}

fn with_namespace(server: &Server) {
    let (ground, _) = tenant(server);
    let tenant = ground.tenant.as_str();
    ground.api.create(&json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "theirs", "namespace": tenant}, "spec": {"podSelector": {}}}));
    let dry = offboard(&ground, &["--delete-namespace", "--dry-run=server"]).succeeds();
    assert_eq!(dry.stdout.lines().last().unwrap(), format!("namespace/{tenant} deleted (server dry run)"), "{dry}");
    let operator = Operator::start(&ground);
    let done = offboard(&ground, &["--delete-namespace"]).succeeds();
    drop(operator);
    assert_eq!(done.stdout.lines().last().unwrap(), format!("namespace/{tenant} deleted"), "{done}");
    let theirs = format!("with the namespace goes what others made in it: NetworkPolicy {tenant}/theirs ");
    assert!(done.stderr.contains(&theirs) && !done.stderr.contains(" stays,"), "{done}");
    assert_eq!(ground.api.find(NAMESPACE, "", tenant), None);
    ground.api.get(RUNTIME, &ground.control_plane, "seldon");
    offboard(&ground, &["--delete-namespace"]).ends_with(2).says(&["the cluster has no namespace"]);
}

fn half_way(server: &Server) {
    let (ground, model) = tenant(server);
    let Ground { tenant, control_plane, .. } = &ground;
    let operator = Operator::start(&ground);
    let door = Door::before(&server.url);
    let base = ["seldon", "offboard", tenant, "--control-plane-namespace", control_plane];
    let through = ["--server", &door.url, "--request-timeout", "5s"];
    let running = server.kubectl().start(base.iter().chain(&through));
    let begun = Instant::now();
    while ground.api.find(MODEL, tenant, &model).is_some() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is deleted");
        thread::sleep(Duration::from_millis(1));
    }
    door.slam();
    let output = running.finish().ends_with(2);
    let line = |what: &str| output.stderr.lines().find(|line| line.starts_with(&format!("hint: {what}: ")));
    let not_deleted = line("not deleted").unwrap_or_else(|| panic!("{output}"));
    assert!(not_deleted.contains(&format!("Service {tenant}/seldon-scheduler")), "{output}");
    // Whether what was asked for is gone was not answered any more.
    assert!(
        line("deleted and still there").or_else(|| line("gone")).is_some_and(|line| line.contains(&model)),
        "{output}"
    );
    ground.api.get(SERVICE, tenant, pattern::SCHEDULER_SERVICE);
    output.says(&["hint: the same command finishes it\n"]);
    server.kubectl().run(base).succeeds();
    drop(operator);
    for (kind, name) in [(SERVICE, pattern::SCHEDULER_SERVICE), ("v1/Secret", pattern::RCLONE_SECRET)] {
        assert_eq!(ground.api.find(kind, tenant, name), None);
    }
}

fn stays(server: &Server) {
    let (ground, model) = tenant(server);
    let late = offboard(&ground, &["--timeout", "2s"]).ends_with(1).says(&[
        "not gone in time",
        &format!("Model {}/{model}: finalizer {MODEL_FINALIZER}", ground.tenant),
        "deleted and still there: Model",
        "not deleted: Server",
        "the same command finishes it",
    ]);
    assert_eq!(late.stdout, "");
    ground.api.get(SERVER, &ground.tenant, &format!("{}-mlserver", ground.tenant));
    let plan: Value = serde_json::from_str(&offboard(&ground, &["--emit", "-o", "json"]).succeeds().stdout).unwrap();
    assert_eq!(plan["stages"][0]["delete"][0]["leaving"], true, "{plan:#}");
    let _operator = Operator::start(&ground);
    offboard(&ground, &[]).succeeds();
    assert_eq!(ground.api.find(SERVICE, &ground.tenant, pattern::SCHEDULER_SERVICE), None);
}

fn others(server: &Server) {
    let (ground, model) = tenant(server);
    let tenant = ground.tenant.as_str();
    let theirs = unique("theirs");
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": theirs, "namespace": tenant}, "spec": {"storageUri": "gs://b/m", "requirements": ["sklearn"]}}));
    let also = format!("model/{theirs}");
    let hint = format!("--also {also}");
    offboard(&ground, &[]).ends_with(2).says(&["nothing was deleted, because onboard did not make these", &hint]);
    offboard(&ground, &["--also", "model/nobody"]).ends_with(2).says(&["there is no model/nobody"]);
    let labels = json!({"metadata": {"labels": {
        "kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}});
    ground.api.merge(MODEL, tenant, &model, &labels);
    let owner = "Flux Kustomization `flux-system/tenants`";
    offboard(&ground, &["--also", &also]).ends_with(2).says(&["have owners that would make them again", owner]);
    let unlabelled = json!({"metadata": {"labels": {
        "kustomize.toolkit.fluxcd.io/name": null, "kustomize.toolkit.fluxcd.io/namespace": null}}});
    ground.api.merge(MODEL, tenant, &model, &unlabelled);
    ground.api.get(SERVICE, tenant, pattern::SCHEDULER_SERVICE);
    let _operator = Operator::start(&ground);
    let done = offboard(&ground, &["--also", &also]).succeeds();
    assert!(done.stdout.contains(&theirs), "{done}");
}

fn owned(server: &Server) {
    let (ground, model) = tenant(server);
    let labels = json!({"metadata": {"labels": {
        "kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}});
    ground.api.merge(MODEL, &ground.tenant, &model, &labels);
    offboard(&ground, &[]).ends_with(2).says(&["--force-live deletes them all the same"]);
    ground.api.get(MODEL, &ground.tenant, &model);
    let _operator = Operator::start(&ground);
    let done = offboard(&ground, &["--force-live"]).succeeds();
    assert!(
        done.stdout.starts_with(&format!("model.mlops.seldon.io/{model} -n {} deleted\n", ground.tenant)),
        "{done}"
    );
}

fn unreachable(server: &Server) {
    let (ground, _) = tenant(server);
    let none = json!({"readyReplicas": 0, "availableReplicas": 0});
    ground.api.set_status("apps/v1/StatefulSet", &ground.control_plane, pattern::SCHEDULER_SERVICE, &none);
    offboard(&ground, &[]).ends_with(2).says(&[
        "nothing was deleted",
        "SCS0103",
        "hang in its deletion for ever",
        "--force",
    ]);
    ground.api.get(SERVER, &ground.tenant, &format!("{}-mlserver", ground.tenant));
    offboard(&ground, &["--force", "--timeout", "1s"]).ends_with(1).says(&[MODEL_FINALIZER]);
}

fn plans(server: &Server) {
    let (ground, model) = tenant(server);
    for place in ["client", "server"] {
        let shown = offboard(&ground, &[&format!("--dry-run={place}")]).succeeds();
        assert!(shown.stdout.lines().all(|line| line.ends_with(&format!("deleted ({place} dry run)"))), "{shown}");
        assert!(shown.stdout.starts_with(&format!("model.mlops.seldon.io/{model} -n {} ", ground.tenant)), "{shown}");
    }
    let emitted = offboard(&ground, &["--emit", "-o", "json"]).succeeds();
    let plan: Value = serde_json::from_str(&emitted.stdout).unwrap();
    assert_eq!(plan["stages"][0]["kind"], "Model");
    assert_eq!(plan["stages"][0]["delete"][0]["finalizers"], json!([MODEL_FINALIZER]));
    let names = offboard(&ground, &["--emit", "-o", "name"]).succeeds().stdout;
    assert!(names.lines().nth(1).unwrap().starts_with("server.mlops.seldon.io/"), "{names}");
    assert!(offboard(&ground, &["--emit"]).succeeds().stdout.starts_with("stages:\n"));
    ground.api.get(MODEL, &ground.tenant, &model);
    let central = ["offboard", &ground.control_plane, "--control-plane-namespace", &ground.control_plane];
    server.kubectl().seldon(central).ends_with(2).says(&["is the control plane"]);
    offboard(&ground, &["-A"]).ends_with(2).says(&["the one namespace"]);
}

fn asked(server: &Server) {
    let (ground, model) = tenant(server);
    let Ground { tenant, control_plane, .. } = &ground;
    let line = format!("kubectl seldon offboard {tenant} --control-plane-namespace {control_plane}");
    let refused = terminal::run(server, &line, "n").ends_with(2).stdout;
    assert!(
        refused.contains("Delete all of this? [y/N]") && refused.contains("nothing was deleted, as you wished"),
        "{refused}"
    );
    ground.api.get(MODEL, tenant, &model);
    let _operator = Operator::start(&ground);
    terminal::run(server, &line, "y").succeeds();
    assert_eq!(ground.api.find(MODEL, tenant, &model), None);
}
