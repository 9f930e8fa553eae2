//! Objects and fields that belong to others.

use serde_json::{Value, json};

use super::{everything, is_as_before, writing_nothing};
use crate::harness::{
    control_plane::Server,
    data::Data,
    operator,
    plan::Plan,
    tenant::{Ground, RUNTIME, SERVICE},
};

/// Objects of live clusters by file, and what is said about their owner.
#[rustfmt::skip]
static MARKS: &[(&str, Owner)] = &[
    ("seldonruntime-argocd-csa", Owner::GitOps("Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)", "argocd")),
    ("seldonruntime-argocd-label", Owner::GitOps("Argo CD application `team-a` (label `app.kubernetes.io/instance`)", "argocd")),
    ("seldonruntime-argocd-ssa", Owner::GitOps("Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)", "argocd")),
    ("seldonruntime-argocd-then-kubectl", Owner::GitOps("Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)", "argocd")),
    ("seldonruntime-flux", Owner::GitOps("Flux Kustomization `flux-system/tenants` (labels `kustomize.toolkit.fluxcd.io/*`)", "flux")),
    ("seldonruntime-flux-helm", Owner::GitOps("Flux HelmRelease `flux-system/seldon-runtime` (labels `helm.toolkit.fluxcd.io/*`)", "flux")),
    ("seldonruntime-flux-ignore", Owner::GitOps("Flux Kustomization `flux-system/tenants` (not reconciled at present) (labels `kustomize.toolkit.fluxcd.io/*`)", "flux")),
    ("seldonruntime-flux-suspended", Owner::GitOps("Flux Kustomization `flux-system/tenants` (not reconciled at present) (labels `kustomize.toolkit.fluxcd.io/*`)", "flux")),
    ("seldonruntime-helm", Owner::GitOps("Helm release `fin/seldon-core-v2-runtime` (annotation `meta.helm.sh/release-name`)", "kustomize")),
    ("service-externalname-argocd", Owner::GitOps("Argo CD application `app` (annotation `argocd.argoproj.io/tracking-id`)", "argocd")),
    ("service-externalname-flux-stable", Owner::GitOps("Flux Kustomization (field manager `kustomize-controller`)", "flux")),
    ("service-rewritten-by-operator", Owner::GitOps("Argo CD application (field manager `argocd-controller`)", "argocd")),
    // The tracking id names another object, and people own fields, not objects.
    ("seldonruntime-argocd-copied", Owner::Manager("kubectl-client-side-apply")),
    ("seldonruntime-kubectl-csa", Owner::Manager("kubectl-client-side-apply")),
    ("seldonruntime-kubectl-ssa", Owner::Manager("kubectl")),
];

enum Owner {
    /// Whoever would change the object back, and the form of the overlay that would change it there.
    GitOps(&'static str, &'static str),
    /// Whoever owns a field.
    Manager(&'static str),
}

pub(super) fn add(plan: &mut Plan) {
    for (file, owner) in MARKS {
        plan.cluster_with_data(&format!("onboard::owned_as_{file}"), move |server, data| {
            owned(server, data, file, owner);
        });
    }
    plan.any_cluster_with_data("onboard::every_live_object_is_tried", |_, data| {
        let known: Vec<&str> = MARKS.iter().map(|(file, _)| *file).collect();
        let unknown: Vec<String> = data
            .live_objects()
            .into_iter()
            .map(|(file, _)| file)
            .filter(|file| !known.contains(&file.as_str()))
            .collect();
        assert_eq!(unknown, Vec::<String>::new());
    });
    plan.cluster("onboard::field_of_another_manager_is_reported_and_forced_on_demand", conflict);
    plan.cluster("onboard::same_value_of_another_manager_is_no_conflict", shared_value);
    plan.cluster("onboard::owned_object_that_stays_as_it_is_is_no_obstacle", unchanged_owned_object);
}

/// Puts an object where it would be found, under the hands that made it in the live cluster.
fn put(ground: &Ground<'_>, live: &Value) {
    let text = live.to_string().replace(":fin/", &format!(":{}/", ground.tenant));
    let live: Value = serde_json::from_str(&text).unwrap();
    let kind = format!("{}/{}", live["apiVersion"].as_str().unwrap(), live["kind"].as_str().unwrap());
    let mut object = json!({
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": {"name": live["metadata"]["name"], "namespace": ground.tenant},
        "spec": live["spec"],
    });
    if kind == SERVICE {
        let spec = object["spec"].as_object_mut().unwrap();
        // A Service that the operator has rewritten was an alias before.
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"] {
            spec.remove(key);
        }
        spec.insert("type".to_owned(), json!("ExternalName"));
        spec.insert(
            "externalName".to_owned(),
            json!(format!("seldon-scheduler.{}.svc.cluster.local", ground.control_plane)),
        );
    } else if let Some(spec) = object["spec"].as_object_mut() {
        // What the operator's first write adds.
        spec.remove("config");
        spec.insert("seldonConfig".to_owned(), json!("default"));
    }
    for key in ["labels", "annotations"] {
        if let Some(marks) = live["metadata"].get(key) {
            object["metadata"][key] = marks.clone();
        }
        // The operator leaves these itself.
        if let Some(marks) = object["metadata"].get_mut(key).and_then(Value::as_object_mut) {
            marks.remove("seldon.io/last-applied");
            marks.remove("app.kubernetes.io/name");
        }
    }
    for field in live["metadata"]["managedFields"].as_array().unwrap() {
        let manager = field["manager"].as_str().unwrap();
        if manager == "manager" {
            continue;
        }
        if field["operation"] == "Apply" {
            ground.api.apply(&object, manager);
        } else if ground.api.find(&kind, &ground.tenant, object["metadata"]["name"].as_str().unwrap()).is_some() {
            // Somebody came by and changed something.
            let mut next = ground.api.get(&kind, &ground.tenant, object["metadata"]["name"].as_str().unwrap());
            let config = live["spec"]["seldonConfig"].as_str().unwrap();
            next["spec"]["seldonConfig"] = json!(config);
            assert_ne!(config, "default", "nothing was changed");
            // The operator stops without it.
            let metadata = json!({"name": config, "namespace": ground.control_plane});
            ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonConfig", "metadata": metadata, "spec": {}}));
            ground.api.replace(&next, manager);
        } else {
            ground.api.try_create(&object, manager).unwrap();
        }
    }
}

/// The managers of an object, as the server has them.
fn managers(object: &Value) -> Vec<String> {
    let fields = object["metadata"]["managedFields"].as_array().unwrap();
    let mut managers: Vec<String> = fields
        .iter()
        .map(|field| format!("{} {}", field["manager"].as_str().unwrap(), field["operation"].as_str().unwrap()))
        .collect();
    managers.sort();
    managers
}

fn owned(server: &Server, data: &Data, file: &str, owner: &Owner) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let (_, live) = data.live_objects().into_iter().find(|(name, _)| name == file).unwrap();
    put(&ground, &live);
    let kind = if live["kind"] == "Service" { SERVICE } else { RUNTIME };
    if kind == SERVICE {
        if managers(&live).contains(&"manager Update".to_owned()) {
            let spec = json!({"seldonConfig": "default"});
            let metadata = json!({"name": "rt", "namespace": ground.tenant});
            ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime", "metadata": metadata, "spec": spec}));
            let decision = operator::reconcile(&ground);
            assert_eq!(decision.action, "Update", "{decision:?}");
        }
    } else {
        operator::reconcile(&ground);
    }
    let name = live["metadata"]["name"].as_str().unwrap();
    assert_eq!(
        managers(&ground.api.get(kind, &ground.tenant, name)),
        managers(&live),
        "the marks are not as in {file}"
    );

    let output = writing_nothing(&ground, || ground.onboard(&[])).ends_with(2);
    let object = format!("{} {}/{name}", live["kind"].as_str().unwrap(), ground.tenant);
    match owner {
        Owner::GitOps(owner, form) => {
            output.says(&[
                "error: nothing was written, because owners would change these objects back:\n",
                &format!("  {object} is owned by {owner}\n"),
                &format!(
                    "hint: change them in the repository instead{3}: kubectl seldon onboard {0} --control-plane-namespace={1} --emit {form} --out overlays/{0} --check-live{2}\n",
                    ground.tenant, ground.control_plane, if *form == "argocd" { r#" --repo-url="$REPO_URL""# } else { "" },
                    if *form == "argocd" { ", with the address of that repository as REPO_URL" } else { "" },
                ),
                "hint: --force-live changes them all the same\n",
            ]);
        }
        Owner::Manager(manager) => {
            output.says(&[
                "error: nothing was written, because others own fields:\n",
                &format!("  {object}: .spec.overrides (owned by {manager})\n"),
                "hint: change them at their owner, or take them over with --force-conflicts\n",
            ]);
        }
    }
    let forced = ground.onboard(&["--force-live", "--force-conflicts"]).succeeds();
    let said = forced.stdout.lines().find(|line| line.contains(&format!("/{name} -n ")));
    assert!(said.is_some_and(|said| said.ends_with(" configured") || said.ends_with(" adopted")), "{forced}");
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
}

fn conflict(server: &Server) {
    const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let object = json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Server",
        "metadata": {"name": "mlserver", "namespace": ground.tenant},
        "spec": {"replicas": 4, "serverConfig": "mlserver"},
    });
    ground.api.apply(&object, "autoscaler");
    let before = everything(&ground);
    for arguments in [&[][..], &["--dry-run=server"], &["--diff"], &["--force-live"]] {
        // Asked for by the user, so the other manager's value is not left as it is.
        let output = ground.onboard(&[arguments, &["--replicas", "1"]].concat()).ends_with(2);
        output.says(&[
            &format!("Server {}/mlserver: .spec.replicas (owned by autoscaler)", ground.tenant),
            "--force-conflicts",
        ]);
    }
    is_as_before(&ground, &before);
    let forced = ground.onboard(&["--force-conflicts", "--replicas", "1"]).succeeds();
    let changed: Vec<&str> = forced.stdout.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    assert_eq!(changed, [format!("server.mlops.seldon.io/mlserver -n {} configured", ground.tenant)]);
    assert_eq!(ground.api.get(SERVER, &ground.tenant, "mlserver")["spec"]["replicas"], 1);
}

fn shared_value(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let object = json!({
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Server",
        "metadata": {"name": "mlserver", "namespace": ground.tenant},
        "spec": {"replicas": 1, "serverConfig": "mlserver"},
    });
    ground.api.apply(&object, "autoscaler");
    let output = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(output.stdout.lines().all(|line| line.ends_with(" unchanged")), "{output}");
}

/// What Argo CD has synced from an emitted overlay needs no change, so nobody has to be asked.
fn unchanged_owned_object(server: &Server) {
    let ground = Ground::healthy(server);
    ground.onboard(&[]).succeeds();
    let mut runtime = ground.api.get(RUNTIME, &ground.tenant, &format!("{}-runtime", ground.tenant));
    let id = format!("team-a:mlops.seldon.io/SeldonRuntime:{0}/{0}-runtime", ground.tenant);
    runtime["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
    ground.api.replace(&runtime, "argocd-controller");
    let output = writing_nothing(&ground, || ground.onboard(&[])).succeeds();
    assert!(output.stdout.lines().all(|line| line.ends_with(" unchanged")), "{output}");
    let changing = writing_nothing(&ground, || ground.onboard(&["--component", "hodometer=0"])).ends_with(2);
    changing.says(&["Argo CD application `team-a`"]);
}
