//! A snapshot as JSON, so that a cluster can be judged later and elsewhere.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Observed, Origin, Read, Scope, Snapshot, redact};
use crate::{
    log::{Container, ContainerLog},
    name::Namespace,
    object::Object,
    profile::ControlPlane,
    resource::{self, Resource},
};

/// Version of the file; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// A view of a cluster, with what was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// What was observed.
    pub snapshot: Snapshot,
    /// The control plane that it was read for.
    pub control_plane: ControlPlane,
    /// Namespaces that are tenants whatever they hold.
    pub tenants: Vec<Namespace>,
    /// The namespaces that were asked about; `None` for every one.
    pub namespaces: Option<BTreeSet<String>>,
}

/// A text that is no saved snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// It is no JSON, or a field of it is missing or of another type.
    #[error("it is no saved snapshot: {0}")]
    Malformed(String),
    /// It was saved by a version that means something else by it.
    #[error("it has schemaVersion {0}, and only {SCHEMA_VERSION} is understood; save it again with this version")]
    Version(u32),
    /// It holds a kind that this version does not know.
    #[error("it speaks of {0}, which this version does not know; judge it with the version that saved it")]
    UnknownKind(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    schema_version: u32,
    control_plane: ControlPlane,
    tenants: Vec<Namespace>,
    namespaces: Option<BTreeSet<String>>,
    reads: Vec<SavedRead>,
    objects: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logs: Vec<SavedLog>,
}

/// What a log proves, and no line of it but the texts of errors.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedLog {
    of: Container,
    #[serde(flatten)]
    log: ContainerLog,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedRead {
    /// As kubectl names the kind.
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(flatten)]
    result: SavedResult,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result", content = "reason")]
enum SavedResult {
    Complete,
    NotServed,
    Failed(String),
    Withheld(String),
}

impl Saved {
    /// The file's text, redacted. Of Secrets it holds the names of keys; of environment variables,
    /// arguments and annotations the values that rules read; of URIs neither the user nor the query; of
    /// `managedFields` the names of managers; of logs what they prove.
    pub fn to_json(&self) -> String {
        let file = File {
            schema_version: SCHEMA_VERSION,
            control_plane: self.control_plane.clone(),
            tenants: self.tenants.clone(),
            namespaces: self.namespaces.clone(),
            reads: self.snapshot.reads.iter().map(|((kind, scope), read)| saved(kind, scope, read)).collect(),
            objects: self.snapshot.objects.iter().map(|observed| redact::saved(&observed.object)).collect(),
            logs: self.snapshot.logs().map(|(of, log)| SavedLog { of: of.clone(), log: log.clone() }).collect(),
        };
        // Everything in it is text, numbers and maps of them, which JSON always takes.
        let mut value = serde_json::to_value(&file).unwrap_or_default();
        redact::hide_credentials(&mut value);
        format!("{value:#}\n")
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`SavedError`] when it is no such file, or one of another version.
    pub fn from_json(text: &str) -> Result<Self, SavedError> {
        let malformed = |error: &dyn std::fmt::Display| SavedError::Malformed(error.to_string());
        let value: Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        match value.get("schemaVersion").and_then(Value::as_u64) {
            Some(version) if version != u64::from(SCHEMA_VERSION) => {
                return Err(SavedError::Version(u32::try_from(version).unwrap_or(u32::MAX)));
            }
            _ => {}
        }
        let file: File = serde_json::from_value(value).map_err(|error| malformed(&error))?;
        let mut snapshot = Snapshot::live();
        for read in file.reads {
            let (kind, scope, read) = restored(read)?;
            snapshot.add_read(kind, scope, read, Vec::new());
        }
        for value in file.objects {
            let object = Object::new(value).map_err(|error| malformed(&error))?;
            snapshot.index.add(snapshot.objects.len(), &object);
            snapshot.objects.push(Observed { object, origin: Origin::Cluster });
        }
        for SavedLog { of, log } in file.logs {
            snapshot.add_log(of, log);
        }
        let File { control_plane, tenants, namespaces, .. } = file;
        Ok(Self { snapshot, control_plane, tenants, namespaces })
    }
}

fn saved(kind: &Resource, scope: &Scope, read: &Read) -> SavedRead {
    let (namespace, name) = match scope {
        Scope::Cluster => (None, None),
        Scope::Namespace(namespace) => (Some(namespace.clone()), None),
        Scope::Object { namespace, name } => (Some(namespace.clone()), Some(name.clone())),
    };
    let result = match read {
        Read::Complete => SavedResult::Complete,
        Read::NotServed => SavedResult::NotServed,
        Read::Failed(reason) => SavedResult::Failed(reason.clone()),
        Read::Withheld(reason) => SavedResult::Withheld(reason.clone()),
    };
    SavedRead { kind: kind.to_string(), namespace, name, result }
}

fn restored(read: SavedRead) -> Result<(&'static Resource, Scope, Read), SavedError> {
    let kind = resource::ALL.into_iter().find(|kind| kind.to_string() == read.kind);
    let scope = match (read.namespace, read.name) {
        (Some(namespace), Some(name)) => Scope::Object { namespace, name },
        (Some(namespace), None) => Scope::Namespace(namespace),
        (None, _) => Scope::Cluster,
    };
    let result = match read.result {
        SavedResult::Complete => Read::Complete,
        SavedResult::NotServed => Read::NotServed,
        SavedResult::Failed(reason) => Read::Failed(reason),
        SavedResult::Withheld(reason) => Read::Withheld(reason),
    };
    Ok((kind.ok_or(SavedError::UnknownKind(read.kind))?, scope, result))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        log::{End, Process, Reader, Reading, Start, Unread},
        resource::{RELEASE, SECRET, SERVER, SERVICE},
        snapshot::Unknown,
    };

    fn object(value: Value) -> Object {
        Object::new(value).unwrap()
    }

    /// What logs of each process prove, whole and cut.
    fn logs() -> Vec<(Container, ContainerLog)> {
        let texts = [
            "level=error msg=\"Scheduler not ready\" error=\"connection refused\"\nlevel=fatal msg=bye\n",
            "level=info msg=\"Received subscribe request from a:0\"\nlevel=info msg=hidden\n",
            "2026-03-01T10:00:00Z\tINFO\tx\tFailed smoke test on scheduler\t{\"namespace\": \"fin\"}\n\
             2026-03-01T10:00:00Z\tINFO\tx\tStarting event handling\t{\"namespace\": \"risk\"}\n",
        ];
        let log = |(process, text): (Process, &str)| {
            let read = |end| {
                let mut reader = Reader::new(process);
                reader.push(text.as_bytes());
                Reading::Read(reader.finish(Start::Tail, end))
            };
            let previous = Some(Reading::Unread(Unread::Gone));
            let current = read(End::Broken("reset".to_owned()));
            [
                (Container::new("fin", "a-0", process), ContainerLog { current: read(End::Now), previous: None }),
                (Container::new("fin", "a-1", process), ContainerLog { current, previous }),
            ]
        };
        Process::ALL.into_iter().zip(texts).flat_map(log).collect()
    }

    fn sample() -> Saved {
        let mut snapshot = Snapshot::live();
        for (container, log) in logs() {
            snapshot.add_log(container, log);
        }
        let server = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
            "metadata": {"name": "a", "namespace": "fin"}});
        snapshot.add_read(&SERVER, Scope::Cluster, Read::Complete, vec![object(server)]);
        let fin = Scope::Namespace("fin".to_owned());
        snapshot.add_read(&SERVICE, fin, Read::Failed("forbidden".to_owned()), vec![]);
        let central = Scope::Namespace("seldon-system".to_owned());
        snapshot.add_read(&RELEASE, central, Read::Withheld("forbidden".to_owned()), vec![]);
        let secret = Scope::Object { namespace: "fin".to_owned(), name: "s".to_owned() };
        snapshot.add_read(&SECRET, secret, Read::Complete, vec![]);
        let tenants = vec![Namespace::new("fin").unwrap()];
        let namespaces = Some(BTreeSet::from(["fin".to_owned()]));
        Saved { snapshot, control_plane: ControlPlane::default(), tenants, namespaces }
    }

    #[test]
    fn what_is_saved_is_what_is_read_again() {
        let saved = sample();
        let text = saved.to_json();
        let again = Saved::from_json(&text).unwrap();
        assert_eq!(again, saved);
        assert_eq!(again.to_json(), text);
        assert_eq!(again.snapshot.logs().count(), 6);
        assert!(!text.contains("hidden"), "no line of a log leaves the machine: {text}");
        assert_eq!(again.snapshot.get(&SECRET, "fin", "s"), Ok(None));
        assert!(again.snapshot.get(&SERVICE, "fin", "a").unwrap_err().is_incomplete());
        let withheld = again.snapshot.all_in(&RELEASE, "seldon-system").unwrap_err();
        assert!(matches!(withheld, Unknown::Withheld { .. }) && !withheld.is_incomplete(), "{withheld}");
    }

    #[test]
    fn what_is_no_snapshot_is_refused_with_the_reason() {
        let refusal = |text: &str| Saved::from_json(text).unwrap_err().to_string();
        assert!(refusal("a: b").starts_with("it is no saved snapshot: expected value"), "{}", refusal("a: b"));
        assert!(refusal("{}").contains("missing field"), "{}", refusal("{}"));
        let newer = sample().to_json().replace("\"schemaVersion\": 1", "\"schemaVersion\": 2");
        assert_eq!(
            refusal(&newer),
            "it has schemaVersion 2, and only 1 is understood; save it again with this version"
        );
        let stranger = sample().to_json().replace("\"services\"", "\"gateways\"");
        assert!(refusal(&stranger).contains("it speaks of gateways"), "{}", refusal(&stranger));
    }
}
