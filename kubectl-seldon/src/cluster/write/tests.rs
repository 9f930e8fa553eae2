use serde_json::{Value, json};

use super::*;
use crate::cluster::testing::{Api, Reply, not_found};

fn server() -> Object {
    Object::new(json!({
        "apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
        "metadata": {"name": "mlserver", "namespace": "fin", "resourceVersion": "7"},
        "spec": {"replicas": 1},
    }))
    .unwrap()
}

async fn applied(reply: Reply) -> WriteError {
    let api = Api::new(move |_| reply.clone());
    api.cluster().apply(&server(), ApplyOptions::default()).await.unwrap_err()
}

#[tokio::test]
async fn applying_names_its_manager_and_asks_for_strict_validation() {
    let api = Api::new(|seen| Reply::json(200, &seen.body));
    let options = ApplyOptions { dry_run: true, force_conflicts: true };
    assert_eq!(api.cluster().apply(&server(), options).await.unwrap(), server());
    api.cluster().apply(&server(), ApplyOptions::default()).await.unwrap();
    let [dry, real] = api.seen().try_into().unwrap();
    assert_eq!((dry.method.as_str(), dry.content_type.as_str()), ("PATCH", "application/apply-patch+yaml"));
    assert_eq!(dry.path, "/apis/mlops.seldon.io/v1alpha1/namespaces/fin/servers/mlserver");
    assert_eq!(dry.query, "fieldManager=kubectl-seldon&fieldValidation=Strict&dryRun=All&force=true");
    assert_eq!(real.query, "fieldManager=kubectl-seldon&fieldValidation=Strict&force=false");
    assert_eq!(dry.body["spec"]["replicas"], 1);
}

#[tokio::test]
async fn a_conflict_names_owners_and_fields() {
    let cause = |manager: &str, field: &str| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {manager}"), "field": field});
    let causes = json!({"causes": [
        cause("\"kubectl-client-side-apply\" using v1 at 2026-01-01T00:00:00Z", ".spec.replicas"),
        cause("\"argocd-controller\"", ".metadata.labels.a"),
        {"reason": "FieldManagerConflict", "message": "conflict with \"helm\" using v1: .spec.y"},
    ]});
    let error = applied(Reply::refusal(409, "Conflict", "Apply failed with 3 conflicts", &causes)).await;
    assert_eq!(
        error.to_string(),
        "Server fin/mlserver has fields that others own: .metadata.labels.a (argocd-controller), .spec.y (helm), \
         .spec.replicas (kubectl-client-side-apply); change them at the owner, or take them over with \
         --force-conflicts"
    );
}

#[tokio::test]
async fn replacing_needs_the_version_that_was_read() {
    let api = Api::new(|_| Reply::status(409, "Conflict", "the object has been modified"));
    let error = api.cluster().replace(&server(), false).await.unwrap_err();
    assert!(matches!(error, WriteError::StaleVersion { .. }), "{error}");
    assert_eq!(api.seen()[0].method, "PUT");

    let mut value = server().into_value();
    value["metadata"]["resourceVersion"] = Value::Null;
    let error = api.cluster().replace(&Object::new(value).unwrap(), false).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot write Server fin/mlserver: it has no resourceVersion");

    let uid = "StorageError: invalid object, Precondition failed: UID in precondition: 1, UID in object meta: ";
    for reply in [not_found("servers", "mlserver"), Reply::status(409, "Conflict", uid)] {
        let api = Api::new(move |_| reply.clone());
        let error = api.cluster().replace(&server(), false).await.unwrap_err();
        assert!(matches!(error, WriteError::Gone { .. }), "{error}");
    }
}

#[tokio::test]
async fn creating_leaves_an_existing_object_alone() {
    let api = Api::new(|_| Reply::status(409, "AlreadyExists", "servers \"mlserver\" already exists"));
    let error = api.cluster().create(&server(), true).await.unwrap_err();
    assert_eq!(error, WriteError::AlreadyExists { object: "Server fin/mlserver".to_owned() });
    let seen = &api.seen()[0];
    assert_eq!((seen.method.as_str(), seen.parameter("dryRun")), ("POST", Some("All")));
    assert!(seen.path.ends_with("/servers"));
}

#[tokio::test]
async fn a_namespace_that_is_missing_or_going_is_told_from_a_missing_kind_and_a_missing_right() {
    let error = applied(not_found("namespaces", "fin")).await;
    assert!(matches!(error, WriteError::NamespaceMissing { .. }), "{error}");

    let causes = json!({"causes": [{"reason": "NamespaceTerminating", "field": "metadata.namespace"}]});
    let error = applied(Reply::refusal(403, "Forbidden", "because it is being terminated", &causes)).await;
    assert!(matches!(error, WriteError::NamespaceTerminating { .. }), "{error}");

    let error = applied(Reply::status(403, "Forbidden", "pods \"a\" is forbidden: exceeded quota: pods")).await;
    assert_eq!(error.to_string(), "not allowed to patch Server fin/mlserver: exceeded quota: pods");

    let error = applied(Reply::text(404, "404 page not found\n")).await;
    assert!(matches!(error, WriteError::Request(ReadError::KindNotServed { .. })), "{error}");

    let error = applied(Reply::status(401, "Unauthorized", "Unauthorized")).await;
    assert!(matches!(error, WriteError::Request(ReadError::Unauthorized { .. })), "{error}");
}

#[tokio::test]
async fn an_invalid_object_is_reported_field_by_field() {
    let causes = async |reply| match applied(reply).await {
        WriteError::Invalid { causes, .. } => {
            causes.into_iter().map(|cause| (cause.field, cause.message)).collect::<Vec<_>>()
        }
        error => panic!("{error}"),
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(field, message)| ((*field).to_owned(), (*message).to_owned())).collect()
    };
    let details = json!({"causes": [{"reason": "FieldValueInvalid", "field": "spec.replicas", "message": "too many"}]});
    assert_eq!(
        causes(Reply::refusal(422, "Invalid", "is invalid", &details)).await,
        pairs(&[("spec.replicas", "too many")])
    );
    let strict = "Server in version \"v1alpha1\" cannot be handled as a Server: strict decoding error: unknown field \
                  \"spec.a\", duplicate field \"spec.b\"";
    assert_eq!(
        causes(Reply::status(400, "BadRequest", strict)).await,
        pairs(&[("spec.a", "unknown field"), ("spec.b", "duplicate field")])
    );
    let one = "failed to create typed patch object (fin/mlserver; mlops.seldon.io/v1alpha1, Kind=Server): .spec.a: \
               field not declared in schema";
    assert_eq!(
        causes(Reply::status(500, "InternalError", one)).await,
        pairs(&[(".spec.a", "field not declared in schema")])
    );
    let two = "failed to create typed patch object (a; b, Kind=c): errors:\n  .spec.a: field not declared in schema\n  \
               .spec.b: duplicate";
    assert_eq!(
        causes(Reply::status(400, "BadRequest", two)).await,
        pairs(&[(".spec.a", "field not declared in schema"), (".spec.b", "duplicate")])
    );
    let webhook = applied(Reply::status(400, "", "admission webhook \"x\" denied the request: no")).await;
    assert_eq!(
        webhook.to_string(),
        "the API server does not accept Server fin/mlserver: admission webhook \"x\" denied the request: no"
    );
}

#[tokio::test]
async fn objects_without_a_kind_or_a_namespace_to_write_to_are_never_sent() {
    let api = Api::new(|_| panic!("nothing is to be sent"));
    for object in [
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "../a", "namespace": "b"}}),
    ] {
        let object = Object::new(object).unwrap();
        api.cluster().apply(&object, ApplyOptions::default()).await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_is_sent_again_only_when_nothing_was_done() {
    let api = Api::new(|seen| match seen.number {
        0 => Reply::status(429, "TooManyRequests", "later"),
        _ => Reply::status(504, "Timeout", "perhaps"),
    });
    let error = api.cluster().replace(&server(), false).await.unwrap_err();
    assert!(matches!(error, WriteError::Request(ReadError::Server { code: 504, .. })), "{error}");
    assert_eq!(api.seen().len(), 2);
}
