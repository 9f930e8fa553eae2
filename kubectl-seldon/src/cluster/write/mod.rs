//! Changes to the cluster, and who stands in their way.

use http::Method;
use json_patch::Patch;
use kube::core::Status;
use seldon_central_core::{object::Object, pattern::FIELD_MANAGER};
use serde_json::json;

use super::{
    Cluster,
    address::{Address, query},
    error::{ReadError, line},
    request::{Failure, Request},
    status,
};

/// How to apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Let the API server check everything and store nothing.
    pub dry_run: bool,
    /// Take over fields that others own.
    pub force_conflicts: bool,
}

/// A field that another owns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Field manager that owns it.
    pub manager: String,
    /// Path of the field, `.spec.replicas`.
    pub field: String,
}

/// A field that the API server does not accept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Path of the field; empty when the whole object is meant.
    pub field: String,
    /// Why.
    pub message: String,
}

/// An object could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Others own fields that are applied here with other values.
    #[error(
        "{object} has fields that others own: {}; change them at the owner, or take them over with --force-conflicts",
        join(.conflicts.iter().map(|conflict| format!("{} ({})", conflict.field, conflict.manager)))
    )]
    Conflict {
        /// The object.
        object: String,
        /// The fields.
        conflicts: Vec<Conflict>,
    },
    /// The object changed after it was read.
    #[error("{object} was changed by someone else in the meantime: {message}; run the command again")]
    StaleVersion {
        /// The object.
        object: String,
        /// The server's own words.
        message: String,
    },
    /// An object that was to be created is there already.
    #[error("{object} exists already; run the command again")]
    AlreadyExists {
        /// The object.
        object: String,
    },
    /// An object that was to be replaced is gone.
    #[error("{object} does not exist any more; run the command again")]
    Gone {
        /// The object.
        object: String,
    },
    /// RBAC, a quota or an admission plugin refuses.
    #[error("not allowed to {verb} {object}: {message}")]
    Forbidden {
        /// Verb as in RBAC rules.
        verb: &'static str,
        /// The object.
        object: String,
        /// The server's own words.
        message: String,
    },
    /// The object is wrong in the API server's eyes, or in an admission webhook's.
    #[error("the API server does not accept {object}: {}", refusals(.causes, .message))]
    Invalid {
        /// The object.
        object: String,
        /// The server's own words.
        message: String,
        /// The fields, as far as the server names them.
        causes: Vec<Refusal>,
    },
    /// The namespace does not exist.
    #[error("{object} cannot be written, because its namespace does not exist; create the namespace first")]
    NamespaceMissing {
        /// The object.
        object: String,
    },
    /// The namespace is being deleted.
    #[error(
        "{object} cannot be written, because its namespace is being deleted; wait until it is gone and create it anew"
    )]
    NamespaceTerminating {
        /// The object.
        object: String,
    },
    /// The object cannot be sent: its kind, namespace, name or version is unknown.
    #[error("cannot write {object}: {reason}")]
    Unaddressable {
        /// The object.
        object: String,
        /// What is missing.
        reason: &'static str,
    },
    /// The same as for reads: no connection, no answer, no credentials, no such kind.
    #[error(transparent)]
    Request(#[from] ReadError),
}

/// What is sent about an object.
struct Sent {
    verb: &'static str,
    method: Method,
    content_type: &'static str,
    body: Vec<u8>,
}

impl WriteError {
    /// Whether the request may have been carried out all the same.
    pub const fn is_unanswered(&self) -> bool {
        match self {
            Self::Request(ReadError::Server { code, .. }) => *code >= 500,
            Self::Request(error) => matches!(
                error,
                ReadError::TimedOut { .. } | ReadError::Unreachable { .. } | ReadError::InvalidBody { .. }
            ),
            _ => false,
        }
    }
}

impl Cluster {
    /// Applies an object on the server's side, as the owner of the fields it has and of no others.
    ///
    /// # Errors
    /// [`WriteError`]; fields of others are left alone unless conflicts are forced.
    pub async fn apply(&self, object: &Object, options: ApplyOptions) -> Result<Object, WriteError> {
        let force = if options.force_conflicts { "true" } else { "false" };
        self.write("patch", Method::PATCH, object, options.dry_run, &[("force", force)]).await
    }

    /// Replaces an object, unless it was changed since it was read.
    ///
    /// # Errors
    /// [`WriteError`]; an object without a `resourceVersion` is refused, because it would replace any.
    pub async fn replace(&self, object: &Object, dry_run: bool) -> Result<Object, WriteError> {
        if object.resource_version().is_none_or(str::is_empty) {
            return Err(WriteError::Unaddressable { object: named(object), reason: "it has no resourceVersion" });
        }
        self.write("update", Method::PUT, object, dry_run, &[]).await
    }

    /// Creates an object.
    ///
    /// # Errors
    /// [`WriteError`]; one that exists is left alone.
    pub async fn create(&self, object: &Object, dry_run: bool) -> Result<Object, WriteError> {
        self.write("create", Method::POST, object, dry_run, &[]).await
    }

    /// Changes an object by a JSON Patch, which the API server refuses when a test in it fails.
    ///
    /// # Errors
    /// [`WriteError`]; [`WriteError::StaleVersion`] when the object is not the one any more that was read.
    pub async fn patch(&self, read: &Object, patch: &Patch, dry_run: bool) -> Result<Object, WriteError> {
        let body = serde_json::to_vec(patch)
            .map_err(|_| WriteError::Unaddressable { object: named(read), reason: "its patch is no JSON" })?;
        let sent = Sent { verb: "patch", method: Method::PATCH, content_type: "application/json-patch+json", body };
        let result = self.send_write(sent, read, dry_run, &[]).await;
        // Which test failed is not said; that the object is another than the one that was read tells.
        if let Err(WriteError::Invalid { causes, message, .. }) = &result
            && causes.is_empty()
            && let Some(resource) = read.resource()
        {
            let now = self.get(resource, read.namespace(), read.name()).await?;
            let version = now.as_ref().and_then(Object::resource_version);
            if version != read.resource_version() {
                return Err(WriteError::StaleVersion { object: named(read), message: message.clone() });
            }
        }
        result
    }

    /// Deletes an object, unless it changed since it was read.
    ///
    /// # Errors
    /// [`WriteError`]; an object without a `resourceVersion` is refused, because it would be any.
    pub async fn delete(&self, read: &Object, dry_run: bool) -> Result<(), WriteError> {
        let unaddressable = |reason| WriteError::Unaddressable { object: named(read), reason };
        let resource = read.resource().ok_or_else(|| unaddressable("its kind is none of the pattern's"))?;
        let (Some(uid), Some(version)) = (read.text("/metadata/uid"), read.resource_version()) else {
            return Err(unaddressable("it has no uid or no resourceVersion"));
        };
        let address = Address { resource, namespace: read.namespace(), name: Some(read.name()) };
        let path = address.path(read.api_version())?;
        // With options in the body the API server looks at none in the query.
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "preconditions": {"uid": uid, "resourceVersion": version},
            "dryRun": if dry_run { vec!["All"] } else { Vec::new() },
        });
        let body = options.to_string().into_bytes();
        let request = Request { method: Method::DELETE, path, content_type: "application/json", body };
        match self.send(&request).await {
            Ok(_) => Ok(()),
            Err(Failure::Refused(status)) => Err(refusal("delete", read, &status)
                .unwrap_or_else(|| self.read_error("delete", &address, &request, Failure::Refused(status)).into())),
            Err(failure) => Err(self.read_error("delete", &address, &request, failure).into()),
        }
    }

    async fn write(
        &self,
        verb: &'static str,
        method: Method,
        object: &Object,
        dry_run: bool,
        parameters: &[(&str, &str)],
    ) -> Result<Object, WriteError> {
        let body = serde_json::to_vec(object)
            .map_err(|_| WriteError::Unaddressable { object: named(object), reason: "it cannot be written as JSON" })?;
        let content_type = match method {
            Method::PATCH => "application/apply-patch+yaml",
            _ => "application/json",
        };
        self.send_write(Sent { verb, method, content_type, body }, object, dry_run, parameters).await
    }

    async fn send_write(
        &self,
        sent: Sent,
        object: &Object,
        dry_run: bool,
        parameters: &[(&str, &str)],
    ) -> Result<Object, WriteError> {
        let Sent { verb, method, content_type, body } = sent;
        let unaddressable = |reason| WriteError::Unaddressable { object: named(object), reason };
        let resource = object.resource().ok_or_else(|| unaddressable("its kind is none of the pattern's"))?;
        if resource.namespaced && object.namespace().is_none() {
            return Err(unaddressable("its namespace is not known"));
        }
        let name = (method != Method::POST).then(|| object.name());
        let address = Address { resource, namespace: object.namespace(), name };
        let mut all = vec![("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict")];
        all.extend(dry_run.then_some(("dryRun", "All")));
        all.extend(parameters);
        let path = format!("{}{}", address.path(object.api_version())?, query(&all));
        let request = Request { method, path, content_type, body };
        match self.send(&request).await {
            Ok(body) => {
                let value =
                    serde_json::from_slice(&body).map_err(|error| self.unreadable(&request, &error.to_string()))?;
                Ok(self.object(resource, value, &request)?)
            }
            Err(Failure::Refused(status)) => Err(refusal(verb, object, &status)
                .unwrap_or_else(|| self.read_error(verb, &address, &request, Failure::Refused(status)).into())),
            Err(failure) => Err(self.read_error(verb, &address, &request, failure).into()),
        }
    }
}

/// What a refusal to write means, when it means more than a refusal to read.
fn refusal(verb: &'static str, object: &Object, status: &Status) -> Option<WriteError> {
    let conflicts = conflicts(status);
    let object_name = named(object);
    let message = status::message(status);
    Some(match status.code {
        409 if !conflicts.is_empty() => WriteError::Conflict { object: object_name, conflicts },
        409 if status.reason == "AlreadyExists" => WriteError::AlreadyExists { object: object_name },
        // The object that was read is gone, or another of its name is in its place.
        409 if status.message.contains("Precondition failed: UID") => WriteError::Gone { object: object_name },
        409 => WriteError::StaleVersion { object: object_name, message },
        403 if status::has_cause(status, "NamespaceTerminating") => {
            WriteError::NamespaceTerminating { object: object_name }
        }
        403 => WriteError::Forbidden { verb, object: object_name, message },
        _ if status::is_missing_namespace(status) && object.kind() != "Namespace" => {
            WriteError::NamespaceMissing { object: object_name }
        }
        _ if status::is_absence(status) => WriteError::Gone { object: object_name },
        400 | 422 => WriteError::Invalid { object: object_name, causes: causes(status), message },
        // Some API servers report a field that the schema lacks as an error of their own.
        500 if status.message.contains(TYPED_PATCH) => {
            WriteError::Invalid { object: object_name, causes: causes(status), message }
        }
        _ => return None,
    })
}

fn conflicts(status: &Status) -> Vec<Conflict> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut conflicts: Vec<_> = causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| {
            let manager = quoted(&cause.message).unwrap_or(&cause.message);
            // The field stands at the end of the message when it is not given apart.
            let field = Some(cause.field.as_str()).filter(|field| !field.is_empty());
            let field = field.or_else(|| Some(cause.message.rsplit_once(": ")?.1)).unwrap_or_default();
            Conflict { manager: line(manager), field: line(field) }
        })
        .collect();
    conflicts.sort();
    conflicts
}

const STRICT_DECODING: &str = "strict decoding error: ";
const TYPED_PATCH: &str = "failed to create typed patch object";

fn causes(status: &Status) -> Vec<Refusal> {
    let refusal = |field: &str, message: &str| Refusal { field: line(field), message: line(message) };
    let named: Vec<_> = status.details.iter().flat_map(|details| &details.causes).collect();
    if !named.is_empty() {
        return named.iter().map(|cause| refusal(&cause.field, &cause.message)).collect();
    }
    // `…: strict decoding error: unknown field "spec.a", duplicate field "spec.b"`
    if let Some((_, list)) = status.message.split_once(STRICT_DECODING) {
        return list
            .split("\", ")
            .map(|part| match part.split_once('"') {
                Some((message, field)) => refusal(field.trim_end_matches('"'), message),
                None => refusal("", part),
            })
            .collect();
    }
    // `failed to create typed patch object (…): .spec.a: field not declared in schema`, or several after `errors:`
    if let Some((_, rest)) = status.message.split_once(TYPED_PATCH)
        && let Some((_, rest)) = rest.split_once("): ")
    {
        let lines = rest.strip_prefix("errors:").unwrap_or(rest).lines().map(str::trim);
        return lines
            .filter_map(|line| line.split_once(": "))
            .map(|(field, message)| refusal(field, message))
            .collect();
    }
    Vec::new()
}

/// The text between the first two quotes, as Go writes them.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    let (quoted, _) = rest.split_once('"')?;
    Some(quoted)
}

fn named(object: &Object) -> String {
    line(&object.id().to_string())
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn refusals(causes: &[Refusal], message: &str) -> String {
    if causes.is_empty() {
        return message.to_owned();
    }
    let cause = |cause: &Refusal| match cause.field.as_str() {
        "" => cause.message.clone(),
        field => format!("{field}: {}", cause.message),
    };
    causes.iter().map(cause).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
