//! Many LISTs in flight together, each with what came of it.

use futures::{StreamExt, stream};
use seldon_central_core::{
    helm, needs,
    object::Object,
    resource::{RELEASE, Resource, SECRET},
    snapshot::{Read, Scope, Snapshot},
};

use crate::cluster::{Cluster, IN_FLIGHT, ReadError};

/// One LIST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Kind.
    pub(super) kind: &'static Resource,
    /// The kind that is asked for; another one only where that is what the first is made of.
    pub(super) asked: &'static Resource,
    /// Namespace; `None` for the whole cluster.
    pub(super) namespace: Option<String>,
    /// Labels that narrow it.
    pub(super) selector: Option<&'static str>,
}

impl Wanted {
    /// All objects of a kind, in a namespace or in the whole cluster.
    pub(super) fn all(kind: &'static Resource, namespace: Option<&str>) -> Self {
        Self { kind, asked: kind, namespace: namespace.map(str::to_owned), selector: None }
    }

    /// Helm's releases in a namespace, which are in Secrets of its own.
    pub(super) fn releases(namespace: &str) -> Self {
        Self { asked: &SECRET, selector: Some(helm::SELECTOR), ..Self::all(&RELEASE, Some(namespace)) }
    }
}

/// What came of a LIST.
#[derive(Debug)]
pub(super) struct Listed {
    /// What was asked for.
    pub(super) wanted: Wanted,
    /// The objects, or why there are none.
    pub(super) result: Result<Vec<Object>, ReadError>,
}

impl Listed {
    /// Whether the API server refused for want of a right.
    pub(super) const fn is_forbidden(&self) -> bool {
        matches!(self.result, Err(ReadError::Forbidden { .. }))
    }

    /// Puts it into a snapshot.
    pub(super) fn keep(self, snapshot: &mut Snapshot) {
        let scope = self.wanted.namespace.map_or(Scope::Cluster, Scope::Namespace);
        let kind = self.wanted.kind;
        let (read, objects) = match self.result {
            // Nothing else of these Secrets lives longer than this line.
            Ok(secrets) if *kind == RELEASE => (Read::Complete, helm::kept(&secrets)),
            Ok(objects) => (Read::Complete, objects),
            Err(error @ ReadError::Forbidden { .. }) if needs::is_optional(kind) => {
                (Read::Withheld(error.to_string()), Vec::new())
            }
            Err(ReadError::KindNotServed { .. }) => (Read::NotServed, Vec::new()),
            Err(error) => (Read::Failed(error.to_string()), Vec::new()),
        };
        snapshot.add_read(kind, scope, read, objects);
    }
}

/// Sends them all; the answers come in the order of the questions.
pub(super) async fn list_all(cluster: &Cluster, wanted: impl IntoIterator<Item = Wanted>) -> Vec<Listed> {
    let list = async |wanted: Wanted| {
        let result = cluster.list(wanted.asked, wanted.namespace.as_deref(), wanted.selector).await;
        Listed { wanted, result }
    };
    stream::iter(wanted).map(list).buffered(IN_FLIGHT).collect().await
}

/// Whether no other request would fare better.
pub(super) const fn is_total(error: &ReadError) -> bool {
    matches!(error, ReadError::Unreachable { .. } | ReadError::Unauthorized { .. } | ReadError::TimedOut { .. })
}
