//! Pictures.
//!
//! ```text
//! Graph ──route──► lanes and ports ──layout──► rectangles and paths ──► SVG
//! ```
//!
//! The topology is fixed, so the layout is: the control plane on the left, tenants one below the
//! other in the middle, each with its alias before its pods, and what is outside on the right.
//! Lines run level beside what they touch, where their labels are, and upright only in lanes
//! between, so that no line meets a text.

mod layout;
mod route;
mod text;

use svg::{
    Document,
    node::element::{Definitions, Description, Group as Layer, Marker, Path, Rectangle, Text, Title},
};

use self::{
    layout::{Layout, Line, Rect},
    text::{DETAIL, LABEL, LINE, lines},
};
use super::{Edge, Graph, Group, Node, Passage, Place};
use crate::text::{enumerate, printable};

/// Fonts whose characters are all as wide as [`text::width`] says at most.
const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
/// So many blocked flows are told to those who do not see them.
const TOLD: usize = 20;
/// Left edges of the legend's entries are so far apart.
const LEGEND: i32 = 130;

pub(super) fn render(graph: &Graph) -> String {
    let layout = Layout::new(graph);
    let (width, height) = (layout.width.max(layout::MARGIN * 2 + LEGEND * 4), layout.height + 2 * layout::PITCH);
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("role", "img")
        .set("aria-labelledby", "title desc")
        .set("font-family", FONTS)
        .set("font-size", LABEL)
        .add(Title::new(title(graph)).set("id", "title"))
        .add(Description::new().set("id", "desc").add(words(&description(graph))))
        .add(markers())
        .add(Rectangle::new().set("width", width).set("height", height).set("fill", "#ffffff"));
    for (group, rect) in &layout.frames {
        document = document.add(frame(group, *rect));
    }
    for line in &layout.lines {
        document = document.add(flow(line));
    }
    for (node, rect) in &layout.nodes {
        document = document.add(draw(node, *rect));
    }
    for line in &layout.lines {
        if let Some(label) = label(line) {
            document = document.add(label);
        }
    }
    format!("{}\n", document.add(legend(height)))
}

/// Text of others, as it may be printed.
fn words(text: &str) -> svg::node::Text {
    svg::node::Text::new(printable(text))
}

fn title(graph: &Graph) -> String {
    let of = |place: Place| graph.groups.iter().filter(move |group| group.place == place).map(|g| g.title.as_str());
    let tenants = enumerate(of(Place::Tenant));
    printable(&format!("Flows of {tenants} and the control plane {}", enumerate(of(Place::ControlPlane)))).into_owned()
}

/// What is seen, for those who do not see it.
fn description(graph: &Graph) -> String {
    let of = |passage| graph.edges.iter().filter(move |edge| edge.passage == passage);
    let counts = Passage::ALL.map(|passage| format!("{} {}", of(passage).count(), passage.word()));
    let said = |edge: &Edge| format!("{} to {}: {}", name(graph, &edge.from), name(graph, &edge.to), reason(edge));
    let mut blocked: Vec<String> = of(Passage::Blocked).take(TOLD).map(said).collect();
    match of(Passage::Blocked).count().saturating_sub(TOLD) {
        0 => {}
        more => blocked.push(format!("and {more} more")),
    }
    let blocked = if blocked.is_empty() { String::new() } else { format!(" Blocked: {}.", blocked.join("; ")) };
    format!("Flows: {}.{blocked}", counts.join(", "))
}

/// What a node or a box is called, with the tenant's name where it is in one.
fn name(graph: &Graph, id: &str) -> String {
    for group in &graph.groups {
        if group.id == id {
            return group.title.clone();
        }
        if let Some(node) = group.nodes.iter().find(|node| node.id == id) {
            let of = if group.place == Place::Tenant { format!(" of {}", group.title) } else { String::new() };
            return format!("{}{of}", node.label);
        }
    }
    id.to_owned()
}

fn reason(edge: &Edge) -> &str {
    if edge.reason.is_empty() { edge.passage.word() } else { &edge.reason }
}

fn markers() -> Definitions {
    Passage::ALL.into_iter().fold(Definitions::new(), |definitions, passage| {
        let arrow = Path::new().set("d", "M0 0L8 4L0 8z").set("fill", passage.color());
        let marker = Marker::new()
            .set("id", marker(passage))
            .set("viewBox", "0 0 8 8")
            .set("refX", 8)
            .set("refY", 4)
            .set("markerWidth", 7)
            .set("markerHeight", 7)
            .set("markerUnits", "userSpaceOnUse")
            .set("orient", "auto-start-reverse");
        definitions.add(marker.add(arrow))
    })
}

const fn marker(passage: Passage) -> &'static str {
    match passage {
        Passage::Open => "open",
        Passage::Blocked => "blocked",
        Passage::Unknown => "unknown",
        Passage::Unjudged => "unjudged",
    }
}

fn rectangle(rect: Rect) -> Rectangle {
    Rectangle::new().set("x", rect.x).set("y", rect.y).set("width", rect.width).set("height", rect.height)
}

/// One line of text in a picture.
fn written(text: &str, x: i32, y: i32, size: i32) -> Text {
    Text::new(printable(text)).set("x", x).set("y", y).set("font-size", size)
}

fn frame(group: &Group, rect: Rect) -> Layer {
    let mut outline = rectangle(rect).set("rx", 10).set("fill", "#f5f7fa").set("stroke", "#b0bec5");
    if group.place == Place::Outside {
        outline = outline.set("stroke-dasharray", "5 4");
    }
    let mut layer = Layer::new().add(Title::new(printable(&group.title))).add(outline);
    for (at, line) in (0..).zip(lines(&group.title, text::TITLE_LENGTH)) {
        let text = written(&line, rect.x + layout::PADDING, rect.y + 22 + at * LINE, LABEL);
        layer = layer.add(text.set("font-weight", "bold").set("fill", "#37474f"));
    }
    layer
}

fn draw(node: &Node, rect: Rect) -> Layer {
    let (stroke, thick) = if node.trouble.is_some() { (Passage::Blocked.color(), 3) } else { ("#607d8b", 1) };
    let said = node.trouble.clone().unwrap_or_else(|| format!("{} {}", node.label, node.detail));
    let mut layer = Layer::new()
        .add(Title::new(printable(said.trim())))
        .add(rectangle(rect).set("rx", 6).set("fill", "#ffffff").set("stroke", stroke).set("stroke-width", thick));
    let texts = text::of(node);
    let count = i32::try_from(texts.len()).unwrap_or_default();
    let first = rect.y + (rect.height - count * LINE) / 2 + 12;
    for (at, (line, size)) in (0..).zip(texts) {
        let fill = if size == DETAIL { "#546e7a" } else { "#000000" };
        let text = written(&line, rect.x + rect.width / 2, first + at * LINE, size);
        layer = layer.add(text.set("text-anchor", "middle").set("fill", fill));
    }
    layer
}

/// A flow, drawn from the end that it shares with others, so that their dashes lie upon each other.
fn flow(line: &Line<'_>) -> Path {
    let passage = line.edge.passage;
    let at = if line.from_source { "marker-end" } else { "marker-start" };
    let path = Path::new()
        .set("d", line.path.as_str())
        .set("fill", "none")
        .set("stroke-width", 1.5)
        .set(at, format!("url(#{})", marker(passage)))
        .add(Title::new(printable(reason(line.edge))));
    stroked(path, passage)
}

fn stroked(path: Path, passage: Passage) -> Path {
    let path = path.set("stroke", passage.color());
    match passage {
        Passage::Open | Passage::Unjudged => path,
        Passage::Blocked => path.set("stroke-dasharray", "8 4"),
        Passage::Unknown => path.set("stroke-dasharray", "2 4"),
    }
}

fn label(line: &Line<'_>) -> Option<Text> {
    let (x, y) = line.label?;
    let anchor = if line.is_rightward { "start" } else { "end" };
    let text = written(line.edge.text().trim(), x, y, DETAIL);
    Some(text.set("text-anchor", anchor).set("fill", line.edge.passage.color()))
}

fn legend(height: i32) -> Layer {
    (0..).zip(Passage::ALL).fold(Layer::new(), |layer, (at, passage)| {
        let (x, y) = (layout::MARGIN + at * LEGEND, height - 14);
        let sample = Path::new().set("d", format!("M{x} {y}h28"));
        layer
            .add(stroked(sample, passage).set("stroke-width", 2))
            .add(written(passage.word(), x + 34, y + 4, DETAIL).set("fill", "#37474f"))
    })
}

#[cfg(test)]
mod tests;
