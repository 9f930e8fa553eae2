//! `verify` with findings that somebody decided do not count.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::{outcomes, with_result};
use crate::harness::{
    control_plane::Server,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, NAMESPACE, SERVER, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::suppressing::an_annotation_suppresses", an_annotation_suppresses);
    plan.local("verify::suppressing::what_is_unused_is_found_in_its_line", what_is_unused_is_found_in_its_line);
    plan.local("verify::suppressing::a_profile_suppresses", a_profile_suppresses);
    plan.cluster("verify::suppressing::annotations_on_a_cluster_count_and_heal", annotations_on_a_cluster);
}

const RUNTIME: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: runtime
  namespace: fin
  annotations:
    team: ml
    kubectl-seldon/ignore: |
      local-scheduler-enabled -- until the move
      SCS0205, SCS0203
spec:
  seldonConfig: default
  overrides:
  - name: seldon-scheduler
    replicas: 2
  - name: mlserver
";

fn verify(arguments: &[&str]) -> Output {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), RUNTIME).unwrap();
    let all = ["verify", "--tenant=fin", "-f", "a.yaml", "-o", "json"];
    Kubectl::new().dir(dir.path()).seldon(all.into_iter().chain(arguments.iter().copied()))
}

fn an_annotation_suppresses() {
    let output = verify(&[]).ends_with(0);
    let suppressed = ["SCS0204 SeldonRuntime fin/runtime", "SCS0205 SeldonRuntime fin/runtime"];
    assert_eq!(with_result(&output, "suppressed"), suppressed);
    let shown = outcomes(&output).into_iter().find(|outcome| outcome["rule"] == "SCS0204").unwrap();
    assert_eq!(shown["level"], "error");
    assert_eq!(shown["suppression"], json!({"source": "annotation", "reason": "until the move"}));
    verify(&["--select=SCS0204,SCS0205", "--fail-on=info"]).ends_with(0);
}

fn what_is_unused_is_found_in_its_line() {
    let output = verify(&["--select=SCS0203,SCS0204,SCS0205,SCS0810", "--fail-on=warning"]).ends_with(1);
    assert_eq!(with_result(&output, "fail"), ["SCS0810 SeldonRuntime fin/runtime"], "{output}");
    let unused = outcomes(&output).into_iter().find(|outcome| outcome["result"] == "fail").unwrap();
    assert_eq!(unused["evidence"][0]["value"], "SCS0203");
    let place = &unused["location"];
    assert_eq!((&place["line"], &place["column"]), (&json!(8), &json!(5)), "{output}");
    // Of rules that were not asked for, nobody knows whether they find something.
    verify(&["--select=SCS0810", "--fail-on=info"]).ends_with(0);
    verify(&["--select=SCS0204,SCS0205,SCS0810", "--fail-on=warning"]).ends_with(0);
}

const PROFILE: &str = "\
tenants: [{namespace: fin}]
suppressions:
- rule: SCS0204
  object: SeldonRuntime/fin/*
  reason: until the move
  until: 2999-12-31
- {rule: override-without-effect, object: SeldonRuntime/fin/runtime, reason: gone, until: 2020-02-29}
- {rule: SCS0203, object: '*/fin/*', reason: another one}
";

fn a_profile_suppresses() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), RUNTIME.replace("kubectl-seldon/ignore", "other")).unwrap();
    let verify = |profile: &str| {
        fs::write(dir.path().join("p.yaml"), profile).unwrap();
        let select = "--select=SCS0203,SCS0204,SCS0205,SCS0810";
        let all = ["verify", "-f", "a.yaml", "--profile=p.yaml", "-o", "json", select, "--fail-on=warning"];
        Kubectl::new().dir(dir.path()).seldon(all)
    };
    let output = verify(PROFILE).ends_with(1);
    assert_eq!(with_result(&output, "suppressed"), ["SCS0204 SeldonRuntime fin/runtime"]);
    let found = ["SCS0205 SeldonRuntime fin/runtime", "SCS0810 Profile p.yaml", "SCS0810 Profile p.yaml"];
    assert_eq!(with_result(&output, "fail"), found, "{output}");
    let lines: Vec<_> = outcomes(&output)
        .iter()
        .filter(|outcome| outcome["rule"] == "SCS0810" && outcome["result"] == "fail")
        .map(|outcome| outcome["location"]["line"].clone())
        .collect();
    assert_eq!(lines, [7, 8], "{output}");
    let shown = outcomes(&output).into_iter().find(|outcome| outcome["result"] == "suppressed").unwrap();
    assert_eq!(shown["suppression"], json!({"source": "profile", "reason": "until the move"}));

    for (old, new, expected) in [
        ("SCS0204", "SCS0204x", "p.yaml: line 3, column 9: there is no rule `SCS0204x`; did you mean `SCS0204`"),
        ("2020-02-29", "2021-02-29", "`2021-02-29` is no date"),
        ("'*/fin/*'", "fin", "`fin` names no objects: write Kind/namespace/name"),
        ("  reason: until the move\n", "", "`reason` is missing"),
    ] {
        verify(&PROFILE.replace(old, new)).ends_with(2).says(&[expected]);
    }
}

fn annotations_on_a_cluster(server: &Server) {
    let ground = Ground::serving(server);
    let mlserver = format!("{}-mlserver", ground.tenant);
    ground.api.merge(
        SERVER,
        &ground.tenant,
        &mlserver,
        &json!({"spec": {"capabilities": ["scikit-learn", "mlserver"]}}),
    );
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let found =
        |output: &Output| with_result(output, "fail").iter().map(|line| line[..7].to_owned()).collect::<Vec<_>>();
    let select = "--select=SCS0305,SCS0501,SCS0810";
    assert_eq!(found(&ground.verify(&[&ground.tenant, "-o", "json", select]).ends_with(1)), ["SCS0305", "SCS0501"]);

    let ignore = |rules: &str| json!({"metadata": {"annotations": {"kubectl-seldon/ignore": rules}}});
    ground.api.merge(SERVER, &ground.tenant, &mlserver, &ignore("capability-misspelled -- a name of ours"));
    ground.api.merge(NAMESPACE, "", &ground.tenant, &ignore("SCS05 -- moving"));
    let output = ground.verify(&[&ground.tenant, "-o", "json", select, "--fail-on=info"]).ends_with(0);
    assert_eq!(with_result(&output, "suppressed").len(), 2, "{output}");
    // What does not count is not waited for, and does not end the waiting either.
    ground.verify(&[&ground.tenant, select, "--wait=60s"]).ends_with(0);

    ground.api.merge(SERVER, &ground.tenant, &mlserver, &json!({"spec": {"capabilities": ["sklearn", "mlserver"]}}));
    let output = ground.verify(&[&ground.tenant, "-o", "json", select, "--fail-on=warning"]).ends_with(1);
    assert_eq!(found(&output), ["SCS0810"]);
}
