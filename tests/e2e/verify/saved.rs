//! `verify --save-snapshot` and `--snapshot`.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::json;

use crate::harness::{
    control_plane::Server,
    kubectl::Kubectl,
    plan::Plan,
    tenant::{Ground, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::saved::snapshot_gives_the_same_findings_offline", same_findings);
}

fn same_findings(server: &Server) {
    let ground = Ground::serving(server);
    ground.api.create(&json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "aGlkZGVu", "b": "aGlkZGVu"},
        "metadata": {"name": "two-keys", "namespace": ground.tenant, "annotations": {"note": "aGlkZGVu"}}}));
    let model = format!("{}-m", ground.tenant);
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": model, "namespace": ground.tenant},
        "spec": {"storageUri": "s3://AKIA:hidden-1@minio:9000/b?X-Amz-Signature=hidden-2",
            "requirements": ["scikit-learn"], "secretName": "two-keys"}}));
    // An error on a URI is evidence, and the runtime's annotations and settings are nobody's.
    ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
        "metadata": {"name": format!("{model}-2"), "namespace": ground.tenant, "annotations": {"note": "hidden-3"}},
        "spec": {"storageUri": "https://u:hidden-4@store/p?sig=hidden-5", "requirements": ["sklearn", "mlflow"]}}));
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");

    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("snapshot.json");
    let name = file.display().to_string();
    let live = ground.verify(&[&ground.tenant, "-o", "json", "--save-snapshot", &name]).ends_with(1);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(live.stdout.contains("(redacted)@store"), "{}", live.stdout);
    assert!(!live.stdout.contains("hidden-"), "{}", live.stdout);
    for hidden in ["aGlkZGVu", "fieldsV1", "last-applied-configuration", "hidden-"] {
        assert!(!text.contains(hidden), "{hidden} is in {text}");
    }
    let offline = Kubectl::new().seldon(["verify", "--snapshot", &name, "-o", "json"]).ends_with(1);
    assert_eq!(offline.stdout, live.stdout);
    // Saved again it is the same, and one of its namespaces can be asked about.
    let again = dir.path().join("again.json").display().to_string();
    Kubectl::new().seldon(["verify", "--snapshot", &name, "--save-snapshot", &again]).ends_with(1);
    assert_eq!(fs::read_to_string(&again).unwrap(), text);
    Kubectl::new().seldon(["verify", "--snapshot", &name, &ground.tenant]).ends_with(1);
    let output = Kubectl::new().seldon(["verify", "--snapshot", &name, "elsewhere"]).ends_with(2);
    output.says(&["does not hold namespace `elsewhere`"]);

    let none = ground.verify(&[&ground.tenant, "-o", "json", "--save-snapshot", &name, "--as", "bob"]).ends_with(3);
    let offline = Kubectl::new().seldon(["verify", "--snapshot", &name, "-o", "json"]).ends_with(3);
    assert_eq!(offline.stdout, none.stdout);
}
