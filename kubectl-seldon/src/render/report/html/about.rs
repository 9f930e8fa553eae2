//! What a page says of a run that its report does not.

use k8s_openapi::jiff::Timestamp;

/// When and on what a run was, and how that looks.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What was judged.
    pub sources: Vec<Source>,
    /// When.
    pub when: Timestamp,
    /// The tenants and their flows, a picture for each cluster.
    pub pictures: Vec<Picture>,
}

/// Something that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is: `Cluster`, `Manifests`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// Tenants of a cluster, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What begins a sentence about the cluster, when there are several.
    pub whose: String,
    /// SVG, in which everything that is quoted is escaped.
    pub svg: String,
    /// How many tenants are in it.
    pub drawn: usize,
    /// How many there are.
    pub tenants: usize,
}

impl Picture {
    /// What is to be seen.
    pub(super) fn caption(&self) -> String {
        let Self { whose, drawn, tenants, .. } = self;
        if drawn == tenants {
            return format!("{whose}The control plane, its tenants and who may reach whom");
        }
        format!(
            "{whose}The control plane and the {drawn} of {tenants} tenants with the most errors; \
             `kubectl seldon explain --graph NAMESPACE` draws any other"
        )
    }
}
