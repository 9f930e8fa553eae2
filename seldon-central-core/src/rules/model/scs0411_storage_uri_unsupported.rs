use serde_json::Value;

use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    guard::{Guard, Scope, Variable, cel},
    object::Object,
    pattern::RCLONE_CONTAINER,
    reason::placement::container,
    resource::{MODEL, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0411",
    name: "storage-uri-unsupported",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Model's `storageUri` is no place that rclone can fetch from, such as `models:/` or `runs:/`.",
    why: "The agent hands the URI to rclone, for which the word before the colon is the name of a remote. MLflow's \
          `models:/income/1` and `runs:/…` are names in a registry that only MLflow can resolve; a text without a colon \
          is a directory of the Server's pod. The Model is scheduled and then fails to load. A directory is right only \
          where a volume is mounted into the pod's `rclone` container, and a scheme that is no store is a warning, \
          because a remote may have any name.",
    fix: "Give the place of the artifact in its store, `s3://bucket/path` for example. MLflow tells it: \
          `mlflow.artifacts` resolves a registered model to its artifact URI.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&MODEL, &SERVER, &SERVER_CONFIG],
    sources: &[
        "scheduler/pkg/agent/rclone/rclone.go",
        "https://docs.seldon.ai/seldon-core-2/kubernetes/storage-secrets",
    ],
    check,
    guard: Some(Guard {
        kinds: &[&MODEL],
        name: None,
        scope: Scope::Scheduler,
        variables: |_| vec![Variable { name: "mlflow", cel: cel::texts(MLFLOW) }],
        holds: "has(self.spec) && has(self.spec.storageUri) && (self.spec.storageUri.contains(':') ? \
                !(self.spec.storageUri.split(':')[0] in variables.mlflow) && \
                !(self.spec.storageUri.startsWith(':') && has(self.spec.secretName)) : \
                self.spec.storageUri.startsWith('/'))",
        limits: Some(
            "It refuses what the rule calls an error. What it only warns of, a directory without a known volume and a \
             scheme that is no store, is admitted.",
        ),
    }),
    bad: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, requirements: [mlflow], storageUri: 'models:/baseline-predictor/1'}
",
    good: "\
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline-predictor, namespace: financial-inference}
spec: {server: mlserver, requirements: [mlflow], storageUri: s3://mlflow-artifacts/path/to/model}
",
};

/// Names in `MLflow`'s registry and tracking server.
const MLFLOW: [&str; 3] = ["models", "runs", "mlflow-artifacts"];
/// Schemes of other serving systems. rclone takes them for names of remotes, which hardly anybody
/// gives.
const FOREIGN: [&str; 10] = ["http", "https", "hf", "pvc", "oci", "file", "dbfs", "hdfs", "azure", "wasbs"];

/// What is wrong with a URI.
struct Problem {
    level: Level,
    message: String,
    remedy: &'static str,
}

fn check(world: &World<'_>, report: &mut Report) {
    let scheduler = world.scheduler();
    for (namespace, model) in world.on_scheduler(&MODEL, report) {
        let uri = model.object.text("/spec/storageUri").unwrap_or_default();
        let has_secret = model.object.text("/spec/secretName").is_some();
        let mounted = || {
            let name = model.object.text("/spec/server");
            let asked = scheduler.servers().iter().filter(|server| server.namespace == namespace);
            asked
                .filter(|server| name.is_none_or(|name| name == server.name()))
                .any(|server| is_mounted(world, &server.observed.object, uri))
        };
        match problem(uri, has_secret, mounted) {
            None => report.pass(model),
            Some(Problem { level, message, remedy }) => {
                report.fail_as(level, model, message, vec![Evidence::new("/spec/storageUri", uri)], remedy);
            }
        }
    }
}

fn problem(uri: &str, has_secret: bool, mounted: impl FnOnce() -> bool) -> Option<Problem> {
    let fault = |level, message: String, remedy| Some(Problem { level, message, remedy });
    let place = "give the place of the artifact in its store, such as `s3://bucket/path`";
    let (scheme, _) = match uri.split_once(':') {
        _ if uri.is_empty() => return fault(Level::Error, "there is no `spec.storageUri`".to_owned(), place),
        Some((scheme, rest)) => (scheme, rest),
        None if !uri.starts_with('/') => return fault(Level::Error, format!("`{uri}` names no store"), place),
        None if mounted() => return None,
        None => {
            return fault(
                Level::Warning,
                format!("`{uri}` is a directory of the Server's pods, and no volume is known to be mounted there"),
                "mount the volume into the `rclone` container of the Server, or give a place in a store",
            );
        }
    };
    if MLFLOW.contains(&scheme) {
        return fault(Level::Error, format!("`{scheme}:` is a name within MLflow, which rclone cannot resolve"), place);
    }
    if scheme.is_empty() && has_secret {
        return fault(
            Level::Error,
            "a URI that holds the store's settings cannot be combined with `spec.secretName`".to_owned(),
            "begin the URI with the remote's name in the Secret, or drop `spec.secretName`",
        );
    }
    if FOREIGN.contains(&scheme) && !has_secret {
        return fault(
            Level::Warning,
            format!("rclone takes `{scheme}` for the name of a remote, and none is known to be called so"),
            "give a place in a store, or a `secretName` that describes a remote of this name",
        );
    }
    None
}

/// Whether the rclone container of a Server's pods has a volume at this path or above it.
fn is_mounted(world: &World<'_>, server: &Object, path: &str) -> bool {
    let config = server.text("/spec/serverConfig").and_then(|name| {
        world.snapshot.get(&SERVER_CONFIG, world.control_plane.namespace.as_str(), name).ok().flatten()
    });
    let mounts = |object: &Object| {
        let mounts = container(object, RCLONE_CONTAINER)?.get("volumeMounts")?.as_array()?;
        let mut paths = mounts.iter().filter_map(|mount| mount.get("mountPath").and_then(Value::as_str));
        paths.any(|mount| is_below(path, mount)).then_some(())
    };
    mounts(server).or_else(|| mounts(&config?.object)).is_some()
}

fn is_below(path: &str, mount: &str) -> bool {
    let mount = mount.trim_end_matches('/');
    path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(uri: &str, has_secret: bool) -> Option<Level> {
        problem(uri, has_secret, || false).map(|problem| problem.level)
    }

    #[test]
    fn places_that_rclone_knows_or_may_know_pass() {
        for uri in ["s3://b/p", "gs://b", "minio:b/p", "my-remote://b", ":s3,env_auth:b/p"] {
            assert_eq!(level(uri, false), None, "{uri}");
        }
        assert_eq!(level("https://store/p", true), None);
    }

    #[test]
    fn names_within_mlflow_and_no_names_at_all_are_errors() {
        for uri in
            ["models:/income/1", "models:/income@prod", "runs:/1/model", "mlflow-artifacts:/1", "", "bucket/path"]
        {
            assert_eq!(level(uri, false), Some(Level::Error), "{uri}");
        }
        assert_eq!(level(":s3,env_auth:b/p", true), Some(Level::Error));
    }

    #[test]
    fn a_directory_is_right_only_where_a_volume_is() {
        assert_eq!(level("/var/models/iris", false), Some(Level::Warning));
        assert!(problem("/var/models/iris", false, || true).is_none());
        assert!(is_below("/var/models/iris", "/var/models/") && is_below("/var/models", "/var/models"));
        assert!(!is_below("/var/models2", "/var/models"));
        assert_eq!(level("https://store/p", false), Some(Level::Warning));
    }
}
