//! Broken tenants on a real API server, put right.

use seldon_central_core::pattern;
use serde_json::json;

use super::{alias, change_override, contents, fix, numeric_ports, overrides, set_overrides};
use crate::harness::{
    control_plane::Server,
    operator,
    plan::Plan,
    tenant::{Ground, MODEL, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("fix::safe_fixes_make_verify_clean_and_the_operator_lets_them_be", safe);
    plan.cluster("fix::what_may_interrupt_somebody_is_fixed_only_on_demand", on_demand);
    plan.cluster("fix::alias_that_the_operator_took_is_taken_back_for_good", taken);
    plan.cluster("fix::what_is_missing_is_built_and_what_is_of_no_use_deleted", missing);
}

fn safe(server: &Server) {
    let ground = Ground::serving(server);
    ground.verify(&[&ground.tenant, "--fail-on", "warning"]).succeeds();
    numeric_ports(&ground);
    let mut broken = overrides(&ground);
    broken.insert(0, json!({"name": "mlserver", "replicas": 3}));
    set_overrides(&ground, &broken);
    change_override(&ground, "seldon-scheduler", |entry| entry["serviceType"] = json!("LoadBalancer"));
    ground.verify(&[&ground.tenant]).ends_with(1);
    let before = contents(&ground);

    let diff = fix(&ground, &["--diff"]).ends_with(1);
    assert!(diff.stdout.contains("-    serviceType: LoadBalancer\n"), "{diff}");
    let dry = fix(&ground, &["--dry-run=server"]).succeeds();
    assert!(dry.stdout.contains("service/seldon-scheduler -n "), "{dry}");
    fix(&ground, &["--dry-run=client"]).succeeds();
    assert_eq!(contents(&ground), before, "showing writes nothing");

    let output = fix(&ground, &[]).succeeds();
    let tenant = &ground.tenant;
    assert_eq!(
        output.stdout,
        format!(
            "service/seldon-scheduler -n {tenant} changed for SCS0504\n\
             seldonruntime.mlops.seldon.io/{tenant}-runtime -n {tenant} changed for SCS0205, SCS0207\n"
        ),
        "{output}"
    );
    // Nobody is there to be asked, so the difference is only said.
    assert!(output.stderr.contains("-    serviceType: LoadBalancer\n"), "{output}");
    ground.verify(&[tenant, "--fail-on", "warning"]).succeeds();
    let decision = operator::reconcile(&ground);
    assert_eq!(decision.action, "NoChange", "{decision:?}");
    let fixed = contents(&ground);
    assert_eq!(fix(&ground, &["--diff"]).succeeds().stdout, "");
    assert_eq!(fix(&ground, &[]).succeeds().stdout, "");
    assert_eq!(contents(&ground), fixed, "fixing twice changes nothing");
}

fn on_demand(server: &Server) {
    let ground = Ground::serving(server);
    change_override(&ground, "seldon-scheduler", |entry| entry["replicas"] = json!(1));
    let before = contents(&ground);
    fix(&ground, &[]).ends_with(1).says(&["left: SCS0204 ", "note: --unsafe makes the changes too"]);
    assert_eq!(contents(&ground), before);
    fix(&ground, &["--unsafe", "--ignore", "SCS02"]).succeeds();
    assert_eq!(contents(&ground), before, "the rule was not to be fixed");
    fix(&ground, &["--unsafe", "-y"]).succeeds();
    ground.verify(&[&ground.tenant]).succeeds();
}

fn taken(server: &Server) {
    let ground = Ground::serving(server);
    change_override(&ground, "seldon-scheduler", |entry| entry["serviceType"] = json!("LoadBalancer"));
    assert_eq!(operator::reconcile(&ground).action, "Update");
    assert_eq!(alias(&ground)["spec"]["type"], "LoadBalancer");
    let output = fix(&ground, &["--unsafe", "-y"]).succeeds();
    // The operator would take it again as long as the runtime asks for it.
    let (runtime, service) = (output.stdout.find("seldonruntime"), output.stdout.find("service/seldon-scheduler"));
    assert!(runtime.unwrap() < service.unwrap(), "{output}");
    let service = alias(&ground);
    assert_eq!(service["spec"]["type"], "ExternalName", "{service:#}");
    assert_eq!(service["metadata"]["annotations"].get(pattern::OPERATOR_LAST_APPLIED), None);
    assert_eq!(operator::reconcile(&ground).action, "NoChange");
    assert_eq!(alias(&ground), service);
    ground.verify(&[&ground.tenant]).succeeds();
}

fn missing(server: &Server) {
    let ground = Ground::serving(server);
    let (tenant, api) = (&ground.tenant, &ground.api);
    let mlserver = format!("{tenant}-mlserver");
    api.delete(SERVICE, tenant, pattern::SCHEDULER_SERVICE);
    api.delete("v1/Secret", tenant, pattern::RCLONE_SECRET);
    let seldon = |kind: &str, name: &str, spec| {
        json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": tenant}, "spec": spec})
    };
    api.create(&seldon("ServerConfig", "mine", json!({"podSpec": {"containers": []}, "volumeClaimTemplates": []})));
    api.create(&seldon(
        "Model",
        &format!("{tenant}-m"),
        json!({"storageUri": "gs://b/m", "requirements": ["scikit-learn"]}),
    ));
    let select = ["-y", "--select", "SCS05,SCS0310,SCS0303,SCS0401,SCS0404"];
    let before = contents(&ground);
    fix(&ground, &[select[1], select[2], "--dry-run=server"]).succeeds();
    assert_eq!(contents(&ground), before, "a dry run deletes nothing");
    fix(&ground, &select).succeeds();
    assert_eq!(alias(&ground)["spec"]["type"], "ExternalName");
    assert!(api.find("v1/Secret", tenant, pattern::RCLONE_SECRET).is_some());
    assert!(api.find("mlops.seldon.io/v1alpha1/ServerConfig", tenant, "mine").is_none());
    let model = api.get(MODEL, tenant, &format!("{tenant}-m"));
    assert_eq!(model["spec"]["requirements"], json!(["sklearn"]));
    assert_eq!(model["spec"]["server"], mlserver);
    assert!(api.find(SERVER, tenant, &mlserver).is_some());
}
