//! Where everything is.
//!
//! All that flows touch lies on a grid of [`PITCH`], so that the text above one line ends below the next.
//! What two columns touch from the two sides of their channel is half a step apart, so that no line
//! lies upon another.

use std::collections::BTreeMap;

use super::{
    Edge, Graph, Group, Node, Place,
    route::{Channel, Column, End, Route, Routes, Side, routes},
    text::{self, DETAIL, LABEL, LINE},
};

/// From one line to the one below it.
pub(super) const PITCH: i32 = 18;
/// Around the whole and between boxes.
pub(super) const MARGIN: i32 = 18;
/// Between the border of a box and what is in it.
pub(super) const PADDING: i32 = 18;
/// From one lane to the next.
const LANE: i32 = 10;
/// How round a turn is.
const TURN: i32 = 4;
/// Room for the head of an arrow, or beside a label.
const HEAD: i32 = 12;

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A flow as it is drawn.
#[derive(Debug)]
pub(super) struct Line<'g> {
    pub(super) edge: &'g Edge,
    pub(super) path: String,
    /// Whether it is drawn from its source.
    pub(super) from_source: bool,
    /// Where the label begins or, for lines that leave to the left, ends.
    pub(super) label: Option<(i32, i32)>,
    pub(super) is_rightward: bool,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout<'g> {
    pub(super) frames: Vec<(&'g Group, Rect)>,
    pub(super) nodes: Vec<(&'g Node, Rect)>,
    pub(super) lines: Vec<Line<'g>>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Where columns, and the lanes between them, begin.
#[derive(Debug)]
struct Grid {
    nodes: BTreeMap<Column, Span>,
    /// Left and right border of the boxes.
    control_plane: Span,
    tenant: Span,
    outside: Span,
    lanes: BTreeMap<Channel, i32>,
}

/// From left to right.
#[derive(Debug, Clone, Copy)]
struct Span {
    x: i32,
    end: i32,
}

/// Takes room from left to right.
struct Cursor(i32);

impl Cursor {
    fn take(&mut self, width: i32) -> Span {
        let x = self.0;
        self.0 += width;
        Span { x, end: self.0 }
    }
}

impl Grid {
    fn new(graph: &Graph, routes: &Routes<'_>) -> Self {
        let label = |column, side| routes.labels.get(&(column, side)).copied().unwrap_or_default() + 2 * HEAD;
        let lanes = |channel| int(routes.lanes.get(&channel).copied().unwrap_or_default() + 1) * LANE;
        let mut x = Cursor(MARGIN);
        let (mut nodes, mut starts) = (BTreeMap::new(), BTreeMap::new());
        let mut column = |x: &mut Cursor, column| nodes.insert(column, x.take(width(graph, column)));
        let mut channel = |x: &mut Cursor, channel| starts.insert(channel, x.take(lanes(channel)).x);

        let control_plane = x.0;
        x.take(PADDING);
        column(&mut x, Column::ControlPlane);
        x.take(PADDING);
        let control_plane = Span { x: control_plane, end: x.0 };
        x.take(label(Column::ControlPlane, Side::Right));
        channel(&mut x, Channel::Central);
        x.take(label(Column::Entry, Side::Left).max(label(Column::Frame, Side::Left)));
        let tenant = x.0;
        x.take(PADDING);
        column(&mut x, Column::Entry);
        x.take(label(Column::Entry, Side::Right));
        channel(&mut x, Channel::Entry);
        x.take(label(Column::Pods, Side::Left));
        column(&mut x, Column::Pods);
        x.take(label(Column::Pods, Side::Right));
        channel(&mut x, Channel::Pods);
        x.take(PADDING);
        let titles = graph.groups.iter().filter(|group| group.place == Place::Tenant).map(title_width).max();
        x.0 = x.0.max(tenant + titles.unwrap_or_default() + 2 * PADDING);
        let tenant = Span { x: tenant, end: x.0 };
        x.take(label(Column::Frame, Side::Right));
        channel(&mut x, Channel::Outside);
        x.take(label(Column::Outside, Side::Left));
        let outside = x.0;
        x.take(PADDING);
        column(&mut x, Column::Outside);
        x.take(PADDING);
        let outside = Span { x: outside, end: x.0 };
        Self { nodes, control_plane, tenant, outside, lanes: starts }
    }

    fn frame(&self, place: Place) -> Span {
        match place {
            Place::ControlPlane => self.control_plane,
            Place::Tenant => self.tenant,
            Place::Outside => self.outside,
        }
    }
}

/// How wide the nodes of a column are.
fn width(graph: &Graph, column: Column) -> i32 {
    let place = match column {
        Column::ControlPlane => Place::ControlPlane,
        Column::Outside => Place::Outside,
        Column::Entry | Column::Pods | Column::Frame => Place::Tenant,
    };
    let groups = || graph.groups.iter().filter(|group| group.place == place);
    let nodes = groups().flat_map(|group| match column {
        Column::Entry => group.nodes.get(..1).unwrap_or_default(),
        Column::Pods => group.nodes.get(1..).unwrap_or_default(),
        _ => &group.nodes,
    });
    let texts = nodes.flat_map(text::of).map(|(line, size)| text::width(&line, size)).max().unwrap_or_default();
    let titles = if place == Place::Tenant { 0 } else { groups().map(title_width).max().unwrap_or_default() };
    (texts + 2 * HEAD).max(titles)
}

fn title_width(group: &Group) -> i32 {
    let lines = text::lines(&group.title, text::TITLE_LENGTH);
    // Bold, where the font has it only by being wider.
    lines.iter().map(|line| text::width(line, LABEL + 1)).max().unwrap_or_default()
}

impl<'g> Layout<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let routes = routes(graph);
        let grid = Grid::new(graph, &routes);
        let mut placing = Placing { routes: &routes, grid: &grid, frames: Vec::new(), nodes: Vec::new() };
        let mut bottom = MARGIN;
        for group in graph.groups.iter().filter(|group| group.place == Place::Tenant) {
            bottom = placing.tenant(group, bottom) + MARGIN;
        }
        for group in graph.groups.iter().filter(|group| group.place != Place::Tenant) {
            bottom = bottom.max(placing.beside(group) + MARGIN);
        }
        let Placing { frames, nodes, .. } = placing;
        let has_outside = graph.groups.iter().any(|group| group.place == Place::Outside);
        let end = if has_outside { grid.outside.end } else { grid.tenant.end };
        let mut layout = Self { frames, nodes, lines: Vec::new(), width: end + MARGIN, height: bottom };
        layout.lines = layout.lines(&routes, &grid);
        layout
    }

    fn lines(&self, routes: &Routes<'g>, grid: &Grid) -> Vec<Line<'g>> {
        let frames = self.frames.iter().map(|(group, rect)| (group.id.as_str(), *rect));
        let nodes = self.nodes.iter().map(|(node, rect)| (node.id.as_str(), *rect));
        let places: BTreeMap<&str, Rect> = frames.chain(nodes).collect();
        routes.all.iter().filter_map(|route| line(route, routes, grid, &places)).collect()
    }
}

struct Placing<'g, 'p> {
    routes: &'p Routes<'g>,
    grid: &'p Grid,
    frames: Vec<(&'g Group, Rect)>,
    nodes: Vec<(&'g Node, Rect)>,
}

impl<'g> Placing<'g, '_> {
    /// A box with the alias above the pods, so that no line between pods and others meets it. Gives its end.
    fn tenant(&mut self, group: &'g Group, top: i32) -> i32 {
        let mut y = top + title_height(group);
        for (at, node) in group.nodes.iter().enumerate() {
            y = self.node(node, if at == 0 { Column::Entry } else { Column::Pods }, y);
        }
        let below = [Side::Left, Side::Right].map(|side| self.slots(&group.id, side)).into_iter().max();
        self.frame(group, top, y + int(below.unwrap_or_default()) * PITCH)
    }

    /// A box of the control plane or of what is outside.
    fn beside(&mut self, group: &'g Group) -> i32 {
        let column = if group.place == Place::Outside { Column::Outside } else { Column::ControlPlane };
        let nodes = &group.nodes;
        let end = nodes.iter().fold(MARGIN + title_height(group), |y, node| self.node(node, column, y));
        self.frame(group, MARGIN, end)
    }

    fn frame(&mut self, group: &'g Group, top: i32, end: i32) -> i32 {
        let Span { x, end: right } = self.grid.frame(group.place);
        self.frames.push((group, Rect { x, y: top, width: right - x, height: end - top }));
        end
    }

    /// Gives where the next one begins.
    fn node(&mut self, node: &'g Node, column: Column, y: i32) -> i32 {
        let texts = int(text::of(node).len()) * LINE + 14;
        let slots = [Side::Left, Side::Right].map(|side| self.slots(&node.id, side)).into_iter().max();
        let steps = int(slots.unwrap_or_default() + 1).max((texts + PITCH - 1) / PITCH);
        let Some(Span { x, end }) = self.grid.nodes.get(&column).copied() else { return y };
        self.nodes.push((node, Rect { x, y, width: end - x, height: steps * PITCH }));
        y + (steps + 1) * PITCH
    }

    fn slots(&self, id: &str, side: Side) -> usize {
        self.routes.slots.get(&(id, side)).copied().unwrap_or_default()
    }
}

fn title_height(group: &Group) -> i32 {
    let height = int(text::lines(&group.title, text::TITLE_LENGTH).len()) * LINE + PADDING;
    (height + PITCH - 1) / PITCH * PITCH
}

/// Where a flow touches something.
fn touch(end: &End<'_>, routes: &Routes<'_>, place: Rect) -> (i32, i32) {
    let x = if end.side == Side::Left { place.x } else { place.x + place.width };
    let count = int(routes.slots.get(&(end.id, end.side)).copied().unwrap_or(1));
    // The two sides of a channel are half a step apart.
    let half = match (end.column, end.side) {
        (Column::ControlPlane | Column::Outside, _) | (Column::Entry, Side::Right) => PITCH / 2,
        _ => 0,
    };
    let steps = place.height / PITCH;
    let first = if end.column == Column::Frame { steps - count } else { (steps - count + 1) / 2 };
    (x, place.y + (first + int(end.slot)) * PITCH - half)
}

fn line<'g>(route: &Route<'g>, routes: &Routes<'g>, grid: &Grid, places: &BTreeMap<&str, Rect>) -> Option<Line<'g>> {
    let touch = |end: &End<'_>| places.get(end.id).map(|place| touch(end, routes, *place));
    let ((x, y), other) = (touch(&route.from)?, touch(&route.to)?);
    let lane = grid.lanes.get(&route.channel)? + (int(route.lane) + 1) * LANE;
    let path = if route.from_source { path((x, y), lane, other) } else { path(other, lane, (x, y)) };
    let is_rightward = route.from.side == Side::Right;
    // Beside a box the label stands beside its border.
    let beside = match (route.from.column, route.from.side) {
        (Column::ControlPlane, _) => grid.control_plane.end,
        (Column::Outside, _) => grid.outside.x,
        (Column::Entry, Side::Left) => grid.tenant.x,
        _ => x,
    };
    let label = if is_rightward { beside + HEAD / 2 } else { beside - HEAD / 2 };
    let has_label = !route.is_labelled && !route.edge.text().trim().is_empty();
    let label = has_label.then_some((label, y - DETAIL / 3));
    Some(Line { edge: route.edge, path, from_source: route.from_source, label, is_rightward })
}

/// Level to the lane, along it, and level on.
fn path((x1, y1): (i32, i32), lane: i32, (x2, y2): (i32, i32)) -> String {
    let down = if y2 < y1 { -TURN } else { TURN };
    let (into, out) = (if x1 < lane { -TURN } else { TURN }, if x2 < lane { -TURN } else { TURN });
    format!(
        "M{x1} {y1}H{}Q{lane} {y1} {lane} {}V{}Q{lane} {y2} {} {y2}H{x2}",
        lane + into,
        y1 + down,
        y2 - down,
        lane + out
    )
}

fn int(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1024)
}
