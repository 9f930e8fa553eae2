//! Which side of what each flow touches, and which lane it takes.

use std::collections::BTreeMap;

use super::{Edge, Graph, Passage, Place, text};

/// Where something stands, from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// Nodes of the control plane.
    ControlPlane,
    /// The alias or the relay of a tenant.
    Entry,
    /// The pods of a tenant.
    Pods,
    /// The box of a tenant, which stands for all of its pods.
    Frame,
    /// Nodes outside.
    Outside,
}

/// A side of a node or box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Left,
    Right,
}

/// Where lanes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    /// Between the control plane and the tenants.
    Central,
    /// Between the alias and the pods.
    Entry,
    /// Right of the pods, for flows between them.
    Pods,
    /// Between the tenants and what is outside.
    Outside,
}

/// One end of a flow.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'g> {
    pub(super) id: &'g str,
    pub(super) column: Column,
    pub(super) side: Side,
    /// Which of the places on that side.
    pub(super) slot: usize,
}

/// A flow with its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route<'g> {
    pub(super) edge: &'g Edge,
    pub(super) from: End<'g>,
    pub(super) to: End<'g>,
    pub(super) channel: Channel,
    /// Which of the lanes there.
    pub(super) lane: usize,
    /// Whether it is the source that it shares with others.
    pub(super) from_source: bool,
    /// Whether its label is there already, of another that shares its source.
    pub(super) is_labelled: bool,
}

/// What flows have in common that share an end and a lane: the end, whether it is the source, the verdict,
/// and the label when it stands there.
type Bundle<'g> = (&'g str, bool, Passage, &'g str);

/// All ways through a picture.
#[derive(Debug, Default)]
pub(super) struct Routes<'g> {
    pub(super) all: Vec<Route<'g>>,
    /// How many places are taken on each side.
    pub(super) slots: BTreeMap<(&'g str, Side), usize>,
    /// How many lanes are taken, in each channel. Those of the two within a tenant are counted for each
    /// tenant by what they lead to, and this is the most of any.
    pub(super) lanes: BTreeMap<Channel, usize>,
    /// How wide the labels are beside each column.
    pub(super) labels: BTreeMap<(Column, Side), i32>,
}

pub(super) fn routes(graph: &Graph) -> Routes<'_> {
    let mut columns = BTreeMap::new();
    let mut homes = BTreeMap::new();
    for (home, group) in graph.groups.iter().enumerate() {
        columns.insert(group.id.as_str(), Column::Frame);
        homes.insert(group.id.as_str(), home);
        for (at, node) in group.nodes.iter().enumerate() {
            let column = match group.place {
                Place::ControlPlane => Column::ControlPlane,
                Place::Outside => Column::Outside,
                Place::Tenant if at == 0 => Column::Entry,
                Place::Tenant => Column::Pods,
            };
            columns.insert(node.id.as_str(), column);
            homes.insert(node.id.as_str(), home);
        }
    }
    let mut routes = Routes::default();
    let mut taken = Taken::default();
    for edge in &graph.edges {
        let (Some(from), Some(to)) = (columns.get(edge.from.as_str()), columns.get(edge.to.as_str())) else {
            continue;
        };
        routes.add(edge, *from, *to, homes.get(edge.from.as_str()).copied().unwrap_or_default(), &mut taken);
    }
    routes
}

/// What is taken already.
#[derive(Debug, Default)]
struct Taken<'g> {
    shared: BTreeMap<Bundle<'g>, usize>,
    lanes: BTreeMap<Bundle<'g>, usize>,
    /// How many lanes of a channel are taken; within tenants, of each.
    counts: BTreeMap<(Channel, usize), usize>,
}

impl<'g> Routes<'g> {
    fn add(&mut self, edge: &'g Edge, from: Column, to: Column, home: usize, taken: &mut Taken<'g>) {
        let is_central = |column| matches!(column, Column::ControlPlane | Column::Outside);
        let from_source = is_central(from) && !is_central(to);
        let (hub, label) = if from_source { (&edge.from, edge.label.as_str()) } else { (&edge.to, "") };
        let bundle: Bundle<'_> = (hub, from_source, edge.passage, label);
        let channel = channel(from, to);
        let home = if matches!(channel, Channel::Entry | Channel::Pods) { home } else { 0 };
        let lane = *taken.lanes.entry(bundle).or_insert_with(|| next(taken.counts.entry((channel, home)).or_default()));
        let most = self.lanes.entry(channel).or_default();
        *most = (*most).max(lane + 1);
        let is_labelled = from_source && taken.shared.contains_key(&bundle);
        let mut end = |id: &'g str, column: Column, other: Column, is_shared: bool| {
            let side = side(column, other);
            let count = self.slots.entry((id, side)).or_default();
            let slot = if is_shared { *taken.shared.entry(bundle).or_insert_with(|| next(count)) } else { next(count) };
            End { id, column, side, slot }
        };
        let (from, to) = (end(&edge.from, from, to, from_source), end(&edge.to, to, from, !from_source));
        let label = text::width(edge.text().trim(), text::DETAIL);
        let widest = self.labels.entry((from.column, from.side)).or_default();
        *widest = (*widest).max(label);
        self.all.push(Route { edge, from, to, channel, lane, from_source, is_labelled });
    }
}

/// Takes the next of a row.
fn next(count: &mut usize) -> usize {
    *count += 1;
    *count - 1
}

fn side(own: Column, other: Column) -> Side {
    match own {
        Column::Outside => Side::Left,
        Column::Entry | Column::Pods | Column::Frame if other < own => Side::Left,
        Column::ControlPlane | Column::Entry | Column::Pods | Column::Frame => Side::Right,
    }
}

fn channel(from: Column, to: Column) -> Channel {
    let has = |column| from == column || to == column;
    if has(Column::ControlPlane) {
        Channel::Central
    } else if has(Column::Outside) {
        Channel::Outside
    } else if has(Column::Entry) {
        Channel::Entry
    } else {
        Channel::Pods
    }
}
