//! What others put into a tenant's namespace, and what they wrote on it.

use serde_json::{Value, json};

use super::writing_nothing;
use crate::harness::{
    control_plane::Server,
    operator,
    plan::Plan,
    tenant::{Ground, RUNTIME, SERVICE},
};

const SECRET: &str = "seldon-rclone-gs-public";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::secret_with_one_key_of_its_owner_is_left_alone", secret);
    plan.cluster("onboard::operators_service_among_objects_of_a_controller_is_refused", siblings);
    plan.cluster("onboard::escapes_in_marks_do_not_reach_the_terminal", escapes);
}

/// A second key would make the agents refuse it.
fn secret(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let metadata = json!({"name": SECRET, "namespace": ground.tenant});
    let made = ground.api.create(
        &json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"s3": "[s3]\ntype = s3"}}),
    );
    let diff = ground.onboard(&["--diff"]).ends_with(1);
    assert!(!diff.stdout.contains(SECRET), "{diff}");
    let line = format!("secret/{SECRET} -n {} unchanged", ground.tenant);
    let output = ground.onboard(&[]).succeeds();
    assert!(output.stdout.lines().any(|one| one == line), "{output}");
    assert_eq!(ground.api.get("v1/Secret", &ground.tenant, SECRET), made);
    writing_nothing(&ground, || ground.onboard(&["--force-conflicts", "--force-live"])).succeeds();
}

/// While a tenant has no alias, every control plane takes its names for taken.
const OWN_NAME: [&str; 2] = ["--server-name", "{namespace}-s"];

/// The operator's Service carries no mark of whoever owns the runtime that made it.
fn siblings(server: &Server) {
    for (marks, owner, form) in [
        (
            json!({"annotations": {"argocd.argoproj.io/tracking-id": "team-a:mlops.seldon.io/SeldonRuntime:TENANT/TENANT-runtime"}}),
            "Argo CD application `team-a` (annotation `argocd.argoproj.io/tracking-id`)",
            "argocd",
        ),
        (
            json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "tenants", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
            "Flux Kustomization `flux-system/tenants` (labels `kustomize.toolkit.fluxcd.io/*`)",
            "flux",
        ),
    ] {
        let ground = Ground::healthy(server);
        ground.onboard(&OWN_NAME).succeeds();
        let runtime = format!("{}-runtime", ground.tenant);
        let marks = marks.to_string().replace("TENANT", &ground.tenant);
        let marks: Value = serde_json::from_str(&marks).unwrap();
        ground.api.merge(RUNTIME, &ground.tenant, &runtime, &json!({"metadata": marks}));
        ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
        assert_eq!(operator::reconcile(&ground).action, "Create");
        let service = ground.api.get(SERVICE, &ground.tenant, "seldon-scheduler");
        assert_eq!(service["metadata"]["ownerReferences"][0]["kind"], "SeldonRuntime");
        assert!(!service.to_string().contains("argocd") && !service.to_string().contains("fluxcd"), "{service:#}");

        let output = writing_nothing(&ground, || ground.onboard(&OWN_NAME)).ends_with(2);
        output.says(&[
            &format!("  Service {}/seldon-scheduler is owned by {owner}\n", ground.tenant),
            &format!("--emit {form} --out"),
            "hint: --force-live changes them all the same\n",
        ]);
        let forced = ground.onboard(&[&OWN_NAME[..], &["--force-live"]].concat()).succeeds();
        let adopted = format!("service/seldon-scheduler -n {} adopted", ground.tenant);
        assert!(forced.stdout.lines().any(|line| line == adopted), "{forced}");
    }
}

/// Sequences that change a terminal's title, clear it and ring its bell.
const ESCAPES: &str = "pwned\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}2J";

fn escapes(server: &Server) {
    for (annotation, value) in [
        ("argocd.argoproj.io/tracking-id", format!("{ESCAPES}:mlops.seldon.io/SeldonRuntime:TENANT/TENANT-runtime")),
        ("meta.helm.sh/release-name", ESCAPES.to_owned()),
        ("contact", ESCAPES.to_owned()),
    ] {
        let ground = Ground::healthy(server);
        ground.onboard(&[]).succeeds();
        let runtime = format!("{}-runtime", ground.tenant);
        let value = value.replace("TENANT", &ground.tenant);
        ground.api.merge(RUNTIME, &ground.tenant, &runtime, &json!({"metadata": {"annotations": {annotation: value}}}));
        let mut shown = 0;
        for arguments in [
            &[][..],
            &["--diff"],
            &["--diff", "--force-live"],
            &["--dry-run=server", "--force-live", "-o", "yaml"],
            &["--dry-run=server", "--force-live", "-o", "json"],
            &["--dry-run=server", "--force-live"],
            &["--force-live"],
        ] {
            let change = ["--component", "hodometer=0", "--color", "always"];
            let output = ground.onboard(&[&change, arguments].concat());
            for text in [&output.stdout, &output.stderr] {
                for raw in ["\u{1b}]", "\u{1b}[2J", "\u{7}", "\u{9b}"] {
                    assert!(!text.contains(raw), "{raw:?} is printed by {arguments:?}: {text:?}");
                }
                shown += usize::from(text.contains("pwned"));
            }
        }
        assert!(shown > 1, "{annotation} was hardly shown");
    }
}
