use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::{
    cli::onboard::OnboardArgs,
    cluster::testing::{Api, Reply, not_found},
};

#[derive(Parser)]
struct Words {
    #[command(flatten)]
    onboard: OnboardArgs,
}

fn secret(metadata: &Value, keys: &[&str]) -> Object {
    let data: Value =
        keys.iter().map(|key| ((*key).to_owned(), json!("dg=="))).collect::<serde_json::Map<_, _>>().into();
    let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data});
    value["metadata"]["name"] = json!(pattern::RCLONE_SECRET);
    value["metadata"]["namespace"] = json!("fin");
    Object::new(value).unwrap()
}

/// What is said when the new namespace holds this Secret by the time that the rest is judged.
async fn judged_with(live: Option<Object>, dry_run: fn(&Value) -> Reply, words: &[&str]) -> Result<(), CliError> {
    let api = Api::new(move |seen| match (seen.method.as_str(), &live) {
        ("GET", Some(live)) => Reply::json(200, &live.to_value()),
        ("GET", None) => not_found("secrets", pattern::RCLONE_SECRET),
        _ => dry_run(&seen.body),
    });
    let wanted = secret(&json!({}), &[pattern::RCLONE_SECRET_KEY]);
    let mut plan = Plan {
        steps: vec![Step { wanted, live: None, judged: Judged::NotYet }],
        new_namespaces: vec![Namespace::new("fin").unwrap()],
        unreadable: Vec::new(),
        overlay: Overlay::default(),
    };
    let words = Words::parse_from([&["onboard"], words].concat());
    let result = plan.judge_rest(&api.cluster(), &words.onboard.apply).await;
    assert!(api.seen().iter().all(|seen| seen.method == "GET" || seen.parameter("dryRun") == Some("All")));
    result
}

fn applied(body: &Value) -> Reply {
    Reply::json(200, body)
}

fn conflicting(_: &Value) -> Reply {
    let cause =
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"reflector\"", "field": ".data.gs"});
    Reply::refusal(409, "Conflict", "Apply failed with 1 conflict", &json!({"causes": [cause]}))
}

#[tokio::test]
async fn what_nobody_made_meanwhile_is_in_nobodys_way() {
    judged_with(None, applied, &[]).await.unwrap();
}

#[tokio::test]
async fn an_object_that_its_owner_made_meanwhile_is_refused() {
    let marks =
        json!({"annotations": {"argocd.argoproj.io/tracking-id": "team-a:/Secret:fin/seldon-rclone-gs-public"}});
    let live = || Some(secret(&marks, &["gs"]));
    let error = judged_with(live(), applied, &[]).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("nothing more was written, because owners would change"), "{said}");
    assert!(said.contains("owned by Argo CD application `team-a`"), "{said}");
    judged_with(live(), applied, &["--force-live"]).await.unwrap();
}

#[tokio::test]
async fn a_field_that_another_manager_took_meanwhile_is_refused() {
    let error = judged_with(Some(secret(&json!({}), &["gs"])), conflicting, &[]).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("nothing more was written, because others own fields"), "{said}");
    assert!(said.contains("owned by reflector"), "{said}");
}

#[tokio::test]
async fn a_secret_that_somebody_copied_meanwhile_counts() {
    judged_with(Some(secret(&json!({}), &["s3"])), conflicting, &[]).await.unwrap();
    let error = judged_with(Some(secret(&json!({}), &["a", "b"])), applied, &[]).await.unwrap_err();
    assert!(error.to_string().starts_with("nothing more was written, because Seldon's agents take"), "{error}");
}
