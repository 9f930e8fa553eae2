use serde_json::{Map, Value};

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    resource::{MODEL, SECRET},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0408",
    name: "storage-secret-invalid",
    level: Level::Error,
    judged: Judged::Live,
    summary: "A Model's `secretName` is absent from its namespace, or that Secret does not hold exactly one key.",
    why: "The agent reads the Secret in the namespace of the Server that has the Model, and takes its one value for \
          the settings of an rclone remote. Without the Secret, or with more keys or none, the Model fails to load. \
          Only the number of keys is looked at here, never a value.",
    fix: "Create the Secret in the Model's namespace with one key, whose value is the remote as JSON or YAML: `type`, \
          `name`, `parameters`. The name has to be the scheme of `spec.storageUri`.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL, &SECRET],
    sources: &["scheduler/pkg/agent/k8s/secrets.go:33-55", "scheduler/pkg/agent/rclone/rclone.go"],
    check,
    guard: None,
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: v1
kind: Secret
metadata: {name: minio, namespace: financial-inference}
data: {access_key: '', secret_key: ''}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, secretName: minio, storageUri: s3://mlflow-artifacts/path/to/model}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: v1
kind: Secret
metadata: {name: minio, namespace: financial-inference}
data: {s3: ''}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, secretName: minio, storageUri: s3://mlflow-artifacts/path/to/model}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for (namespace, model) in world.on_scheduler(&MODEL, report) {
        let Some(name) = model.object.text("/spec/secretName") else { continue };
        let keys = match world.snapshot.get(&SECRET, namespace, name) {
            Err(reason) => {
                report.unknown(model.object.id(), reason);
                continue;
            }
            Ok(None) => None,
            Ok(Some(secret)) => Some(secret.object.pointer("/data").and_then(Value::as_object).map_or(0, Map::len)),
        };
        let (message, remedy) = match keys {
            Some(1) => {
                report.pass(model);
                continue;
            }
            Some(keys) => (
                format!("Secret `{name}` holds {keys} keys and not exactly one"),
                format!("keep one key in Secret `{name}`, with the settings of one rclone remote"),
            ),
            None => (
                format!("{namespace} has no Secret `{name}`"),
                format!("create Secret `{name}` in {namespace} with one key, the settings of an rclone remote"),
            ),
        };
        report.fail(model, message, vec![Evidence::new("/spec/secretName", name)], remedy);
    }
}
