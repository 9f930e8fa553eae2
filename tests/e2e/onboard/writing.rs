//! What is written, and that nothing is written twice.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{everything, writing_nothing};
use crate::harness::{
    control_plane::Server,
    operator,
    plan::Plan,
    tenant::{Ground, NAMESPACE, RUNTIME, SERVICE, unique},
};

/// Relays do not show to whose scheduler they lead, and ingress counts every tenant without an alias
/// to elsewhere; tests of these have a cluster to themselves.
pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::from_nothing", from_nothing);
    plan.cluster("onboard::second_run_writes_nothing", second_run);
    plan.cluster("onboard::second_run_after_the_operator_writes_nothing", second_run_after_the_operator);
    plan.cluster("onboard::lost_object_is_made_again", lost_object);
    plan.cluster("onboard::changed_profile_configures_what_it_changes", changed_profile);
    plan.cluster("onboard::overlay_gives_the_same_objects", |server| the_same_by_overlay(server, &[]));
    plan.cluster("onboard::overlay_over_an_existing_namespace_gives_the_same_objects", same_over_a_namespace);
    plan.own_clusters("onboard::overlay_with_relay_and_model_gives_the_same_objects", |server| {
        let model = "TENANT-income=gs://bucket/income,sklearn";
        the_same_by_overlay(server, &["--wiring", "relay", "--server-name", "{namespace}-s", "--model", model]);
    });
    plan.own_clusters("onboard::overlay_with_ingress_gives_the_same_objects", |server| {
        the_same_by_overlay(server, &["--control-plane-ingress", "--label", "team=risk"]);
    });
    plan.cluster("onboard::scaled_server_is_left_as_it_is", scaled);
    plan.cluster("onboard::operator_made_service_is_adopted", adoption);
    plan.cluster("onboard::operator_made_service_is_adopted_with_its_runtime_named", adoption_keeps_the_users_marks);
    plan.own_cluster("onboard::operator_made_service_is_adopted_for_a_relay", adoption_for_a_relay);
    plan.own_cluster("onboard::relay_takes_the_image_of_the_seldonconfig", relay);
    plan.cluster("onboard::prefix_of_the_seldonconfig_is_heeded", prefix);
    plan.own_cluster("onboard::ingress_side_in_the_control_plane", ingress);
}

/// The lines for a tenant of one Server without Models, each with its word.
fn lines(tenant: &str, word: &str) -> Vec<String> {
    [
        format!("namespace/{tenant}"),
        format!("secret/seldon-rclone-gs-public -n {tenant}"),
        format!("service/seldon-scheduler -n {tenant}"),
        format!("networkpolicy.networking.k8s.io/{tenant}-app-policy -n {tenant}"),
        format!("networkpolicy.networking.k8s.io/{tenant}-metrics -n {tenant}"),
        format!("networkpolicy.networking.k8s.io/{tenant}-to-envoy -n {tenant}"),
        format!("networkpolicy.networking.k8s.io/{tenant}-to-servers -n {tenant}"),
        format!("seldonruntime.mlops.seldon.io/{tenant}-runtime -n {tenant}"),
        format!("server.mlops.seldon.io/mlserver -n {tenant}"),
    ]
    .map(|line| format!("{line} {word}"))
    .into()
}

fn from_nothing(server: &Server) {
    let ground = Ground::healthy(server);
    let others = super::everything_in(&ground, &[&ground.control_plane]);
    let noted = server.noted();
    let output = ground.onboard(&[]).succeeds();
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), lines(&ground.tenant, "created"), "{output}");
    // One for each object: what is not sent because it would change nothing is looked for in the same list.
    assert_eq!(super::writes(&ground, noted).len(), 9, "{output}");
    assert!(!format!("{output}").contains('\u{1b}'), "colours in a pipe: {output}");
    // The plan is shown before it is carried out, although nobody is asked.
    let plan: Vec<Vec<&str>> = output
        .stderr
        .lines()
        .skip_while(|line| *line != "Plan")
        .skip(1)
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(plan.len(), 9, "{output}");
    assert_eq!(plan[2], ["create", "Service", &format!("{}/seldon-scheduler", ground.tenant)], "{output}");
    assert!(super::everything_in(&ground, &[&ground.control_plane]) == others, "the control plane was written");

    let get = |kind: &str, name: &str| ground.api.get(kind, &ground.tenant, name);
    let alias = get(SERVICE, "seldon-scheduler");
    assert_eq!(alias["spec"]["type"], "ExternalName");
    assert_eq!(alias["spec"]["externalName"], format!("seldon-scheduler.{}.svc.cluster.local", ground.control_plane));
    let runtime = get(RUNTIME, &format!("{}-runtime", ground.tenant));
    assert_eq!(runtime["spec"]["seldonConfig"], "default");
    let scheduler =
        runtime["spec"]["overrides"].as_array().unwrap().iter().find(|one| one["name"] == "seldon-scheduler");
    assert_eq!(scheduler, Some(&json!({"name": "seldon-scheduler", "replicas": 0})));
    for (name, object) in super::everything_in(&ground, &[&ground.tenant]) {
        let managed = object["metadata"]["managedFields"].as_array().unwrap();
        assert_eq!(managed.len(), 1, "{name}: {managed:?}");
        assert_eq!((&managed[0]["manager"], &managed[0]["operation"]), (&json!("kubectl-seldon"), &json!("Apply")));
    }
}

fn second_run(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&["--model", "income=gs://bucket/income,sklearn", "--label", "team=risk"]).succeeds();
    for arguments in [&["--model", "income=gs://bucket/income,sklearn", "--label", "team=risk"][..], &[]] {
        let output = writing_nothing(&ground, || ground.onboard(arguments)).succeeds();
        assert!(output.stdout.lines().count() >= 9, "{output}");
        assert!(output.stdout.lines().all(|line| line.ends_with(" unchanged")), "{output}");
        assert!(!output.stderr.contains("Plan"), "{output}");
    }
}

/// The operator puts a finalizer on the runtime, fills its spec with empty structs, makes the Service
/// of Envoy and reports on everything.
fn second_run_after_the_operator(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let runtime = format!("{}-runtime", ground.tenant);
    assert!(ground.api.get(RUNTIME, &ground.tenant, &runtime)["spec"]["config"].is_object());
    ground.ready(RUNTIME, &runtime);
    ground.ready("mlops.seldon.io/v1alpha1/Server", "mlserver");
    let output = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert_eq!(output.stdout.lines().collect::<Vec<_>>(), lines(&ground.tenant, "unchanged"));
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
}

fn lost_object(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    ground.api.delete("v1/Secret", &ground.tenant, "seldon-rclone-gs-public");
    let output = ground.onboard(&[]).succeeds();
    let changed: Vec<&str> = output.stdout.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    assert_eq!(changed, [format!("secret/seldon-rclone-gs-public -n {} created", ground.tenant)]);
}

fn changed_profile(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let before = everything(&ground);
    let output = ground.onboard(&["--replicas", "3", "--component", "seldon-modelgateway=0"]).succeeds();
    let changed: Vec<&str> = output.stdout.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    assert!(changed.iter().all(|line| line.ends_with(" configured")), "{output}");
    let changed: Vec<&str> = changed.iter().filter_map(|line| line.split_once(' ')).map(|(name, _)| name).collect();
    let wanted = ["app-policy", "metrics", "to-envoy"]
        .map(|policy| format!("networkpolicy.networking.k8s.io/{}-{policy}", ground.tenant));
    let others = [
        format!("seldonruntime.mlops.seldon.io/{}-runtime", ground.tenant),
        "server.mlops.seldon.io/mlserver".to_owned(),
    ];
    assert_eq!(changed, wanted.into_iter().chain(others).collect::<Vec<_>>(), "{output}");
    for (name, object) in everything(&ground) {
        let group = object["apiVersion"]
            .as_str()
            .unwrap()
            .split_once('/')
            .map_or(String::new(), |(group, _)| format!(".{group}"));
        let (kind, own) =
            (object["kind"].as_str().unwrap().to_lowercase(), object["metadata"]["name"].as_str().unwrap());
        let said = changed.contains(&format!("{kind}{group}/{own}").as_str()) && name.contains(&ground.tenant);
        assert_eq!(object != before[&name], said, "{name} is not as it is said to be: {output}");
    }
}

/// Two tenants of two control planes that differ by their names only, one by the plugin's own hand,
/// one by kubectl with the emitted overlay. `TENANT` in an argument stands for the namespace.
fn the_same_by_overlay(server: &Server, arguments: &[&str]) {
    let (direct, emitted) = (Ground::healthy(server), Ground::healthy(server));
    are_the_same(&direct, &emitted, arguments);
}

/// Somebody made the namespaces, and wrote labels and annotations of their own on them.
fn same_over_a_namespace(server: &Server) {
    for arguments in [&[][..], &["--label", "team=risk", "--annotation", "contact=a@b.test"]] {
        let grounds = [Ground::healthy(server), Ground::healthy(server)];
        for ground in &grounds {
            ground.namespace(&ground.tenant);
            let marks = json!({"metadata": {"labels": {"mine": "stays"}, "annotations": {"note": "stays"}}});
            ground.api.merge(NAMESPACE, "", &ground.tenant, &marks);
        }
        let [direct, emitted] = &grounds;
        are_the_same(direct, emitted, arguments);
    }
}

fn are_the_same(direct: &Ground<'_>, emitted: &Ground<'_>, arguments: &[&str]) {
    let server = direct.server;
    let named = |ground: &Ground<'_>| -> Vec<String> {
        arguments.iter().map(|one| one.replace("TENANT", &ground.tenant)).collect()
    };
    let onboard = |ground: &Ground<'_>, more: &[&str]| {
        let arguments = named(ground);
        ground.onboard(&arguments.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>()).succeeds()
    };
    onboard(direct, &[]);
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out").display().to_string();
    onboard(emitted, &["--emit", "kustomize", "--out", &out, "--check-live"]);
    let built = server.kubectl().run(["kustomize", &out]).succeeds();
    let file = dir.path().join("built.yaml").display().to_string();
    std::fs::write(&file, &built.stdout).unwrap();
    server.kubectl().run(["apply", "--server-side", "-f", &file]).succeeds();

    let written = |ground: &Ground<'_>| -> BTreeMap<String, Value> {
        let text =
            serde_json::to_string(&everything(ground).into_iter().map(essence).collect::<BTreeMap<_, _>>()).unwrap();
        let text = text.replace(&ground.tenant, "TENANT").replace(&ground.control_plane, "CONTROL-PLANE");
        serde_json::from_str(&text).unwrap()
    };
    let (by_plugin, by_kubectl) = (written(direct), written(emitted));
    assert_eq!(by_plugin.keys().collect::<Vec<_>>(), by_kubectl.keys().collect::<Vec<_>>());
    assert!(by_plugin.contains_key("SeldonRuntime TENANT/TENANT-runtime"));
    for (name, object) in by_plugin {
        assert_eq!(by_kubectl[&name], object, "{name}");
    }
}

/// An object without what differs from one to the next.
fn essence((name, mut object): (String, Value)) -> (String, Value) {
    let metadata = object["metadata"].as_object_mut().unwrap();
    for key in ["managedFields", "uid", "resourceVersion", "creationTimestamp", "generation"] {
        metadata.remove(key);
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("clusterIP");
        spec.remove("clusterIPs");
    }
    (name, object)
}

/// The operator changes the replicas of a Server when it scales, under its own name.
fn scaled(server: &Server) {
    const SERVERS: &str = "mlops.seldon.io/v1alpha1/Server";
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let mut object = ground.api.get(SERVERS, &ground.tenant, "mlserver");
    object["spec"]["replicas"] = json!(3);
    ground.api.replace(&object, "manager");
    let output = writing_nothing(&ground, || ground.onboard(&["--diff"])).succeeds();
    assert_eq!(output.stdout, "", "{output}");
    let output = ground.onboard(&["--capabilities", "sklearn"]).succeeds();
    output.says(&["the replicas of Server mlserver are left to whoever scaled it"]);
    assert_eq!(ground.api.get(SERVERS, &ground.tenant, "mlserver")["spec"]["replicas"], 3);
    // Asked for, they are another's field.
    ground.onboard(&["--replicas", "2"]).ends_with(2).says(&[".spec.replicas (owned by manager)"]);
}

/// A namespace in which the operator came first: its runtime runs a scheduler of its own.
fn operator_came_first(ground: &Ground<'_>, runtime: &str) {
    ground.namespace(&ground.tenant);
    ground.api.create(&json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "SeldonRuntime",
        "metadata": {"name": runtime, "namespace": ground.tenant},
        "spec": {"seldonConfig": "default"},
    }));
    assert_eq!(operator::reconcile(ground).action, "Create");
    assert_eq!(ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler")["spec"]["type"], "LoadBalancer");
}

fn adoption(server: &Server) {
    let ground = Ground::healthy(server);
    operator_came_first(&ground, "mine");
    let output = ground.onboard(&[]).succeeds();
    let order: Vec<&str> = output.stdout.lines().collect();
    let at = |wanted: &str| order.iter().position(|line| *line == wanted).unwrap_or_else(|| panic!("{output}"));
    let runtime = at(&format!("seldonruntime.mlops.seldon.io/mine -n {} configured", ground.tenant));
    let adopted = at(&format!("service/seldon-scheduler -n {} adopted", ground.tenant));
    assert!(runtime < adopted, "the operator would take the Service back: {output}");

    let service = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
    assert_eq!(service["spec"]["type"], "ExternalName");
    assert_eq!(service["spec"].get("clusterIP"), None);
    assert_eq!(service["metadata"].get("ownerReferences"), None);
    assert_eq!(service["metadata"].get("annotations"), None);
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let again = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

fn adoption_for_a_relay(server: &Server) {
    let ground = Ground::healthy(server);
    operator_came_first(&ground, "mine");
    let address = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler")["spec"]["clusterIP"].clone();
    let output = ground.onboard(&["--wiring", "relay"]).succeeds();
    let adopted = format!("service/seldon-scheduler -n {} adopted", ground.tenant);
    assert!(output.stdout.lines().any(|line| line == adopted), "{output}");

    let service = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
    assert_eq!((&service["spec"]["type"], &service["spec"]["clusterIP"]), (&json!("ClusterIP"), &address));
    let ports = service["spec"]["ports"].as_array().unwrap();
    assert!(ports.iter().all(|port| port.get("nodePort").is_none()), "{service:#}");
    assert_eq!(service["metadata"].get("ownerReferences"), None);
    assert_eq!(service["metadata"].get("annotations"), None);
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let again = writing_nothing(&ground, || ground.onboard(&["--wiring", "relay"])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

fn adoption_keeps_the_users_marks(server: &Server) {
    let ground = Ground::healthy(server);
    operator_came_first(&ground, "mine");
    let patch = json!({"metadata": {"annotations": {"contact": "a@b.test"}, "labels": {"team": "risk"}}});
    ground.api.merge(SERVICE, &ground.tenant, "seldon-scheduler", &patch);
    ground.onboard(&[]).succeeds();
    let service = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
    assert_eq!(service["metadata"]["annotations"], json!({"contact": "a@b.test"}));
    assert_eq!(service["metadata"]["labels"]["team"], "risk");
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
}

fn relay(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&["--wiring", "relay"]).succeeds();
    let relay = ground.api.get("apps/v1/Deployment", &ground.tenant, "seldon-scheduler-relay");
    assert_eq!(relay["spec"]["template"]["spec"]["containers"][0]["image"], "registry.test/envoy:1");
    assert_eq!(ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler")["spec"]["type"], "ClusterIP");
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    let again = writing_nothing(&ground, || ground.onboard(&["--wiring", "relay"])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

fn prefix(server: &Server) {
    let ground = Ground::healthy(server);
    ground.configure(&json!({"serviceConfig": {"grpcServicePrefix": "grpc-"}}));
    ground.onboard(&[]).succeeds();
    let ports = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler")["spec"]["ports"].clone();
    assert_eq!((&ports[0]["name"], &ports[0]["targetPort"]), (&json!("grpc-xds"), &json!("xds")));
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
}

fn ingress(server: &Server) {
    let ground = Ground::healthy(server);
    let other = unique("risk");
    let policies = |ground: &Ground<'_>| -> Vec<String> {
        let list = ground.api.list("networking.k8s.io/v1/NetworkPolicy", &ground.control_plane);
        list.iter().map(|policy| policy["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    ground.onboard(&["--control-plane-ingress"]).succeeds();
    assert_eq!(policies(&ground), [format!("seldon-scheduler-from-{}", ground.tenant)]);
    // The scheduler is isolated now, so a further tenant is admitted without cutting anybody off.
    let arguments = ["onboard", &other, "--control-plane-namespace", &ground.control_plane, "--control-plane-ingress"];
    server.kubectl().seldon(arguments).succeeds();
    assert_eq!(policies(&ground).len(), 2);
}
