//! Tenants as a picture: components, alias, scheduler, and every flow with what policies say of it.
//!
//! ```text
//! World ──graph──► Graph ──► mermaid, dot, svg
//! ```

mod build;
mod dot;
mod mermaid;
mod svg;

pub use self::build::graph;

/// Boxes with nodes, and the flows between them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// The boxes: the control plane, then each tenant, then what is outside.
    pub groups: Vec<Group>,
    /// The flows.
    pub edges: Vec<Edge>,
}

/// A box with nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Unique among groups and nodes: letters and digits.
    pub id: String,
    /// What the box is.
    pub place: Place,
    /// Its title: a namespace, as it was read.
    pub title: String,
    /// What is in it.
    pub nodes: Vec<Node>,
}

/// What a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The control plane.
    ControlPlane,
    /// A tenant.
    Tenant,
    /// Outside of both.
    Outside,
}

/// Something that takes part in flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Unique among groups and nodes: letters and digits.
    pub id: String,
    /// What it is.
    pub label: String,
    /// What else there is to say, as it was read; possibly empty.
    pub detail: String,
    /// Whether a rule finds an error on it, and which.
    pub trouble: Option<String>,
}

/// A flow, or several that differ only in their ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Who connects: the id of a node, or of a group for all of its pods.
    pub from: String,
    /// Who listens.
    pub to: String,
    /// The ports, or how the name leads on.
    pub label: String,
    /// Whether it passes.
    pub passage: Passage,
    /// Why; empty where there is nothing to say.
    pub reason: String,
}

/// Whether a flow passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// Policies let it pass.
    Open,
    /// Nobody judges it.
    Unjudged,
    /// It depends on what is not known.
    Unknown,
    /// It is dropped, or leads nowhere.
    Blocked,
}

impl Passage {
    /// Every passage, for legends.
    const ALL: [Self; 4] = [Self::Open, Self::Blocked, Self::Unknown, Self::Unjudged];

    /// The colour of its lines.
    const fn color(self) -> &'static str {
        match self {
            Self::Open => "#2e7d32",
            Self::Blocked => "#c62828",
            Self::Unknown => "#b26a00",
            Self::Unjudged => "#78909c",
        }
    }

    /// In words.
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
            Self::Unjudged => "not judged",
        }
    }
}

impl Edge {
    /// The label with the verdict where it is not good.
    fn text(&self) -> String {
        match self.passage {
            Passage::Open | Passage::Unjudged => self.label.clone(),
            Passage::Blocked | Passage::Unknown => format!("{} {}", self.label, self.passage.word()),
        }
    }
}

impl Graph {
    /// As a flow chart for Mermaid.
    pub fn to_mermaid(&self) -> String {
        mermaid::render(self)
    }

    /// For Graphviz.
    pub fn to_dot(&self) -> String {
        dot::render(self)
    }

    /// As a picture of its own.
    pub fn to_svg(&self) -> String {
        svg::render(self)
    }
}

#[cfg(test)]
mod tests;
