//! `verify` with `--select`, `--ignore`, `--level` and `--fail-on`.

use std::{collections::BTreeSet, fs};

use tempfile::TempDir;

use super::{outcomes, with_result};
use crate::harness::{
    control_plane::Server,
    files::objects,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::Ground,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::selecting::rules_are_selected_and_ignored", rules_are_selected_and_ignored);
    plan.local("verify::selecting::unknown_rules_are_refused", unknown_rules_are_refused);
    plan.local("verify::selecting::levels_hide_and_fail", levels_hide_and_fail);
    plan.cluster("verify::selecting::a_cluster_is_read_no_further_than_needed", no_further_than_needed);
}

/// An error, a warning and an info.
const TENANT: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: runtime, namespace: fin}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 2}
  - {name: hodometer, disable: true}
  - {name: seldon-envoy, replicas: 1}
";

fn verify(arguments: &[&str]) -> Output {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), TENANT).unwrap();
    let all = ["verify", "--tenant=fin", "-f", "a.yaml", "-o", "json"];
    Kubectl::new().dir(dir.path()).seldon(all.into_iter().chain(arguments.iter().copied()))
}

fn judged(output: &Output) -> BTreeSet<String> {
    outcomes(output).iter().map(|outcome| outcome["rule"].as_str().unwrap().to_owned()).collect()
}

fn rules_are_selected_and_ignored() {
    let only = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(judged(&verify(&["--select", "SCS0204,component-disabled"])), only(&["SCS0204", "SCS0206"]));
    assert_eq!(judged(&verify(&["--select=SCS0204", "--select", "scs0210"])), only(&["SCS0204", "SCS0210"]));
    let family = judged(&verify(&["--select", "SCS02", "--ignore", "SCS0204,SCS0206"]));
    assert!(family.contains("SCS0203") && family.iter().all(|rule| rule.starts_with("SCS02")), "{family:?}");
    assert!(!family.contains("SCS0204") && !family.contains("SCS0206"), "{family:?}");
    verify(&["--ignore", "SCS0204"]).ends_with(0);
}

fn unknown_rules_are_refused() {
    verify(&["--select", "SCS0204,component-disabed"])
        .ends_with(2)
        .says(&["there is no rule `component-disabed`; did you mean `component-disabled`?", "--select"]);
    verify(&["--ignore", "quux"]).ends_with(2).says(&["there is no rule `quux`"]);
    verify(&["--select", "SCS0204", "--ignore", "SCS02"]).ends_with(2).says(&["no rule is left to judge by"]);
    verify(&["--select", "SCS0409"]).ends_with(2).says(&["none of the selected rules can be judged from manifests"]);
}

fn levels_hide_and_fail() {
    let shown = |arguments: &[&str], status: i32| {
        let output = verify(&[arguments, &["--select=SCS0204,SCS0206,SCS0210"]].concat()).ends_with(status);
        with_result(&output, "fail").iter().map(|line| line[..7].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[], 1), ["SCS0204", "SCS0206", "SCS0210"]);
    assert_eq!(shown(&["--level=warning"], 1), ["SCS0204", "SCS0206"]);
    assert_eq!(shown(&["--level=error"], 1), ["SCS0204"]);
    assert_eq!(shown(&["--ignore=SCS0204"], 0), ["SCS0206", "SCS0210"]);
    assert_eq!(shown(&["--ignore=SCS0204", "--fail-on=warning"], 1), ["SCS0206", "SCS0210"]);
    assert_eq!(shown(&["--ignore=SCS0204,SCS0206", "--fail-on=warning"], 0), ["SCS0210"]);
    // What is hidden counts, and is said to be there.
    assert_eq!(shown(&["--ignore=SCS0204", "--level=error", "--fail-on=info"], 1), [""; 0]);
    let hidden = verify(&["--select=SCS0206,SCS0210", "--level=error", "--fail-on=info"]).ends_with(1);
    hidden.says(&["2 findings are below the level of --level and not shown"]);
}

fn no_further_than_needed(server: &Server) {
    let ground = Ground::serving(server);
    let plurals = |arguments: &[&str]| {
        let output = ground.verify(&[&[ground.tenant.as_str(), "--print-rbac"], arguments].concat()).succeeds();
        let rules = objects(&output.stdout).into_iter().flat_map(|role| role["rules"].as_array().unwrap().clone());
        let resources = rules.flat_map(|rule| rule["resources"].as_array().unwrap().clone());
        resources.map(|plural| plural.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let recognising = ["namespaces", "seldonruntimes", "services", "networkpolicies", "deployments"];
    assert_eq!(plurals(&["--select", "SCS0204"]), recognising.map(str::to_owned).into());
    assert!(plurals(&[]).is_superset(&["secrets", "models", "pods"].map(str::to_owned).into()));
    assert!(!plurals(&["--ignore", "SCS0110,SCS0307,SCS0310,SCS0408,SCS0409"]).contains("secrets"));

    let file = TempDir::new().unwrap();
    let saved = file.path().join("snapshot.json");
    ground.verify(&[&ground.tenant, "--select=SCS0204", "--save-snapshot", saved.to_str().unwrap()]).succeeds();
    let text = fs::read_to_string(saved).unwrap();
    assert!(text.contains("\"SeldonRuntime\"") && !text.contains("\"SeldonConfig\""), "{text}");
}
