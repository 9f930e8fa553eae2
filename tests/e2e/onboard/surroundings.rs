//! What `onboard` takes from the cluster and leaves to others there, judged by `verify` afterwards.

use serde_json::json;

use crate::{
    harness::{
        control_plane::Server,
        kubectl::{Kubectl, Output},
        plan::Plan,
        tenant::Ground,
    },
    verify::outcomes,
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::kafka_is_admitted_where_the_cluster_says", kafka);
    plan.cluster("onboard::a_set_that_others_join_is_warned_of", scheduler_set);
    plan.local("onboard::verify_is_told_of_another_control_plane", told);
}

/// What SCS0606 says of what it fails.
fn found(output: &Output) -> Vec<String> {
    let failed = outcomes(output).into_iter().filter(|one| one["result"] == "fail" && one["rule"] == "SCS0606");
    failed.map(|one| one["message"].as_str().unwrap().to_owned()).collect()
}

fn kafka(server: &Server) {
    let ground = Ground::healthy(server);
    let bootstrap = |servers: &str| ground.configure(&json!({"kafkaConfig": {"bootstrap.servers": servers}}));
    bootstrap("kafka.streaming.svc.cluster.local:9095");
    let done = ground.onboard(&["-y"]).succeeds();
    assert!(!done.stderr.contains("Kafka"), "{done}");
    let policy =
        ground.api.get("networking.k8s.io/v1/NetworkPolicy", &ground.tenant, &format!("{}-app-policy", ground.tenant));
    let rules = policy["spec"]["egress"].as_array().unwrap();
    let to = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "streaming"}}}]);
    let admitted =
        rules.iter().find(|rule| rule["to"] == to).unwrap_or_else(|| panic!("no rule for Kafka: {rules:#?}"));
    assert_eq!(admitted["ports"], json!([{"port": 9095, "protocol": "TCP"}]));
    assert_eq!(found(&ground.verify(&[&ground.tenant, "-o", "json"])), [""; 0]);
    // Kafka moves, and the policy does not.
    bootstrap("kafka.data.svc:9096");
    let found = found(&ground.verify(&[&ground.tenant, "-o", "json"]));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("could admit seldon-modelgateway -> Kafka on 9096"), "{found:#?}");
}

fn scheduler_set(server: &Server) {
    let ground = Ground::healthy(server);
    let alone = ground.onboard(&["-y", "--network-policy", "scheduler"]).succeeds();
    for said in ["SCS0605", "SCS0606", "or leave out --network-policy"] {
        assert!(alone.stderr.contains(said), "no {said}: {alone}");
    }
}

fn told() {
    for (flags, count) in [
        (&["--transport", "tls", "--cluster-domain", "corp.example"][..], 1),
        (&["--seldon-config", "other", "--server-config", "mine"], 1),
        (&[], 0),
    ] {
        let dir = tempfile::TempDir::new().unwrap();
        let out = dir.path().join("over lays").display().to_string();
        let all = [&["onboard", "fin", "--emit", "kustomize", "--out", &out], flags].concat();
        let emitted = Kubectl::new().seldon(all).succeeds();
        let notes: Vec<&str> =
            emitted.stderr.lines().filter(|line| line.contains("verify needs the same words")).collect();
        assert_eq!(notes.len(), count, "{emitted}");
        for note in notes {
            let (_, command) = note.split_once("words: ").unwrap();
            let judged = Kubectl::shell(command).run([""; 0]).succeeds();
            assert!(judged.stdout.contains("0 errors, 0 warnings"), "{judged}");
        }
    }
}
