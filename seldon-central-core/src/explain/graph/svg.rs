//! Pictures.
//!
//! The topology is fixed, so the layout is: the control plane on the left, tenants one below the
//! other in the middle, each with its alias before its pods, and what is outside on the right.

use std::{collections::BTreeMap, fmt::Write};

use super::{Edge, Graph, Group, Node, Passage, Place};
use crate::text::printable;

const NODE: (i32, i32) = (190, 44);
/// From one node to the one below it.
const STEP: i32 = 74;
const MARGIN: i32 = 24;
/// Room for the title of a box.
const TITLE: i32 = 34;
/// Left edges: control plane, alias, pods, outside.
const COLUMNS: [i32; 4] = [48, 420, 760, 1340];
/// Right edge of a tenant's box.
const TENANT_END: i32 = 1120;
const WIDTH: i32 = 1580;

/// A rectangle.
#[derive(Debug, Clone, Copy)]
struct Rect {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

impl Rect {
    const fn middle(self) -> i32 {
        self.y + self.height / 2
    }

    const fn right(self) -> i32 {
        self.x + self.width
    }
}

/// Where everything is.
struct Layout<'g> {
    boxes: Vec<(&'g Group, Rect)>,
    nodes: Vec<(&'g Node, Rect)>,
    places: BTreeMap<&'g str, Rect>,
    height: i32,
}

pub(super) fn render(graph: &Graph) -> String {
    let layout = layout(graph);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n<defs>\n",
        height = layout.height
    );
    for passage in Passage::ALL {
        let _ = writeln!(
            svg,
            "<marker id=\"{}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{}\"/></marker>",
            marker(passage),
            passage.color()
        );
    }
    svg.push_str("</defs>\n");
    for (group, rect) in &layout.boxes {
        frame(&mut svg, group, *rect);
    }
    let mut labels = String::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        line(&mut svg, &mut labels, &layout, graph, index, edge);
    }
    for (node, rect) in &layout.nodes {
        draw(&mut svg, node, *rect);
    }
    svg.push_str(&labels);
    legend(&mut svg, layout.height);
    svg.push_str("</svg>\n");
    svg
}

fn layout(graph: &Graph) -> Layout<'_> {
    let mut layout = Layout { boxes: Vec::new(), nodes: Vec::new(), places: BTreeMap::new(), height: 0 };
    let [control_plane, alias, pods, outside] = COLUMNS;
    let mut y = MARGIN;
    for group in graph.groups.iter().filter(|group| group.place == Place::Tenant) {
        let rows = i32::try_from(group.nodes.len().saturating_sub(1).max(2)).unwrap_or(i32::MAX / STEP / 2);
        let rect = Rect { x: alias - MARGIN, y, width: TENANT_END - alias + MARGIN, height: TITLE + rows * STEP + 8 };
        layout.frame(group, rect);
        if let Some((entry, rest)) = group.nodes.split_first() {
            layout.place(entry, alias, rect.y + TITLE + (rows - 1) * STEP / 2);
            layout.column(rest, pods, rect.y + TITLE);
        }
        y += rect.height + MARGIN;
    }
    let end = y.max(2 * STEP + TITLE + 2 * MARGIN);
    for group in &graph.groups {
        let (x, dashed) = match group.place {
            Place::ControlPlane => (control_plane, false),
            Place::Outside => (outside, true),
            Place::Tenant => continue,
        };
        let rows = i32::try_from(group.nodes.len()).unwrap_or(1);
        let height = TITLE + rows * STEP + 8;
        let top = if dashed { MARGIN } else { ((end - height) / 2).max(MARGIN) };
        layout.frame(group, Rect { x: x - MARGIN, y: top, width: NODE.0 + 2 * MARGIN, height });
        layout.column(&group.nodes, x, top + TITLE);
        layout.height = layout.height.max(top + height + MARGIN);
    }
    layout.height = layout.height.max(end) + MARGIN;
    layout
}

impl<'g> Layout<'g> {
    fn frame(&mut self, group: &'g Group, rect: Rect) {
        self.boxes.push((group, rect));
        self.places.insert(&group.id, rect);
    }

    fn column(&mut self, nodes: &'g [Node], x: i32, mut y: i32) {
        for node in nodes {
            self.place(node, x, y);
            y += STEP;
        }
    }

    fn place(&mut self, node: &'g Node, x: i32, y: i32) {
        let rect = Rect { x, y, width: NODE.0, height: NODE.1 };
        self.nodes.push((node, rect));
        self.places.insert(&node.id, rect);
    }
}

fn frame(svg: &mut String, group: &Group, rect: Rect) {
    let dash = if group.place == Place::Outside { " stroke-dasharray=\"5 4\"" } else { "" };
    let Rect { x, y, width, height } = rect;
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#f5f7fa\" stroke=\"#b0bec5\"{dash}/>\n\
         <text x=\"{}\" y=\"{}\" font-weight=\"bold\" fill=\"#37474f\">{}</text>",
        x + 12,
        y + 21,
        escaped(&shortened(&group.title, width / 8))
    );
}

fn draw(svg: &mut String, node: &Node, rect: Rect) {
    let (stroke, thick) = if node.trouble.is_some() { (Passage::Blocked.color(), 3) } else { ("#607d8b", 1) };
    let Rect { x, y, width, height } = rect;
    let middle = x + width / 2;
    let _ = writeln!(
        svg,
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\" \
         stroke=\"{stroke}\" stroke-width=\"{thick}\"/>",
        escaped(node.trouble.as_deref().unwrap_or(&node.label))
    );
    let has_detail = !node.detail.is_empty();
    let label = if has_detail { y + 18 } else { rect.middle() + 5 };
    let _ = writeln!(svg, "<text x=\"{middle}\" y=\"{label}\" text-anchor=\"middle\">{}</text>", escaped(&node.label));
    if has_detail {
        let _ = writeln!(
            svg,
            "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#607d8b\">{}</text>",
            y + 35,
            escaped(&shortened(&node.detail, 28))
        );
    }
    svg.push_str("</g>\n");
}

/// A flow as a curve, and its label, which is drawn above all curves and nodes.
fn line(svg: &mut String, labels: &mut String, layout: &Layout<'_>, graph: &Graph, index: usize, edge: &Edge) {
    let (Some(from), Some(to)) = (layout.places.get(edge.from.as_str()), layout.places.get(edge.to.as_str())) else {
        return;
    };
    let (from, to) = (*from, *to);
    let shift = |id: &str| offset(graph, index, |other| touches(other, id) && is_same_side(layout, other, edge, id));
    let (leaving, arriving) = (shift(&edge.from), shift(&edge.to));
    let is_group = |id: &str| graph.groups.iter().any(|group| group.id == id);
    // All pods of a tenant are its box, which is left level with the other end.
    let level = |end: Rect, id: &str, other: Rect, shift: i32| {
        if is_group(id) { other.middle().clamp(end.y + 12, end.y + end.height - 12) } else { end.middle() + shift }
    };
    let (y1, y2) = (level(from, &edge.from, to, leaving), level(to, &edge.to, from, arriving));
    let (x1, x2, c1, c2);
    if from.x == to.x {
        // Within a column the curve leaves and comes back on the right, each further out than the one before.
        let before = graph.edges.iter().take(index).filter(|other| is_loop(layout, other, from.x)).count();
        let bulge = 36 + 32 * i32::try_from(before).unwrap_or_default();
        (x1, x2) = (from.right(), to.right());
        (c1, c2) = (x1 + bulge, x2 + bulge);
    } else {
        let leftward = to.x < from.x;
        (x1, x2) = if leftward { (from.x, to.right()) } else { (from.right(), to.x) };
        let half = (x2 - x1) / 2;
        (c1, c2) = (x1 + half, x2 - half);
    }
    let color = edge.passage.color();
    let dash = match edge.passage {
        Passage::Open | Passage::Unjudged => "",
        Passage::Blocked => " stroke-dasharray=\"8 4\"",
        Passage::Unknown => " stroke-dasharray=\"2 4\"",
    };
    let reason = if edge.reason.is_empty() { edge.passage.word() } else { &edge.reason };
    let _ = writeln!(
        svg,
        "<path d=\"M{x1} {y1}C{c1} {y1} {c2} {y2} {x2} {y2}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.6\"{dash} \
         marker-end=\"url(#{})\"><title>{}</title></path>",
        marker(edge.passage),
        escaped(reason)
    );
    // On the curve, nearer to where it begins: lines that end at one node are further apart there.
    let (x, y) = if from.x == to.x {
        ((7 * x1 + 9 * c1) / 16 + 4, (27 * y1 + 5 * y2) / 32)
    } else {
        ((x1 * 5 + x2 * 3) / 8, (y1 * 11 + y2 * 5) / 16)
    };
    let text = edge.text();
    if !text.trim().is_empty() {
        let anchor = if from.x == to.x { "start" } else { "middle" };
        let _ = writeln!(
            labels,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\" font-size=\"11\" fill=\"{color}\" stroke=\"#f5f7fa\" \
             stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
            y + 4,
            escaped(text.trim())
        );
    }
}

/// Whether a flow stays in the column that begins at `x`.
fn is_loop(layout: &Layout<'_>, edge: &Edge, x: i32) -> bool {
    [&edge.from, &edge.to].into_iter().all(|end| layout.places.get(end.as_str()).is_some_and(|place| place.x == x))
}

fn touches(edge: &Edge, id: &str) -> bool {
    edge.from == id || edge.to == id
}

/// Whether another flow touches a node on the same side as this one.
fn is_same_side(layout: &Layout<'_>, other: &Edge, edge: &Edge, id: &str) -> bool {
    let side = |edge: &Edge| {
        let far = if edge.from == id { &edge.to } else { &edge.from };
        let (own, far) = (layout.places.get(id), layout.places.get(far.as_str()));
        own.zip(far).map(|(own, far)| far.x < own.x)
    };
    side(other) == side(edge)
}

/// How far from the middle of its side a flow touches a node, so that several do not lie upon each
/// other.
fn offset(graph: &Graph, index: usize, is_like: impl Fn(&Edge) -> bool) -> i32 {
    let like: Vec<usize> =
        graph.edges.iter().enumerate().filter(|(_, other)| is_like(other)).map(|(at, _)| at).collect();
    let own = like.iter().position(|at| *at == index).unwrap_or_default();
    let (own, count) = (i32::try_from(own).unwrap_or_default(), i32::try_from(like.len()).unwrap_or(1).max(1));
    let room = NODE.1 - 12;
    (2 * own + 1 - count) * room / (2 * count)
}

fn legend(svg: &mut String, height: i32) {
    let mut x = MARGIN;
    for passage in Passage::ALL {
        let color = passage.color();
        let _ = writeln!(
            svg,
            "<path d=\"M{x} {y}h28\" stroke=\"{color}\" stroke-width=\"3\"/><text x=\"{}\" y=\"{}\" font-size=\"11\" \
             fill=\"#37474f\">{}</text>",
            x + 34,
            height - 10,
            passage.word(),
            y = height - 14
        );
        x += 120;
    }
}

const fn marker(passage: Passage) -> &'static str {
    match passage {
        Passage::Open => "open",
        Passage::Blocked => "blocked",
        Passage::Unknown => "unknown",
        Passage::Unjudged => "unjudged",
    }
}

fn shortened(text: &str, most: i32) -> String {
    let most = usize::try_from(most).unwrap_or_default();
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Text as XML wants it.
fn escaped(text: &str) -> String {
    let text = printable(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
