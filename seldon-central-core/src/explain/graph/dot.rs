//! Graphs for Graphviz.

use std::fmt::Write;

use super::{Graph, Node, Passage, Place};
use crate::text::printable;

pub(super) fn render(graph: &Graph) -> String {
    let mut text = "digraph tenants {\n  rankdir=RL;\n  compound=true;\n  fontname=\"sans-serif\";\n  \
                    node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];\n  \
                    edge [fontname=\"sans-serif\", fontsize=10];\n"
        .to_owned();
    for group in &graph.groups {
        let style = if group.place == Place::Outside { "dashed" } else { "solid" };
        let _ = writeln!(
            text,
            "  subgraph cluster_{} {{\n    label=\"{}\";\n    style={style};",
            group.id,
            escaped(&group.title)
        );
        for node in &group.nodes {
            let _ = writeln!(text, "    {} [label=\"{}\"{}];", node.id, label(node), trouble(node));
        }
        text.push_str("  }\n");
    }
    for edge in &graph.edges {
        let (from, tail) = end(graph, &edge.from, "ltail");
        let (to, head) = end(graph, &edge.to, "lhead");
        let style = match edge.passage {
            Passage::Open | Passage::Unjudged => "solid",
            Passage::Blocked => "dashed",
            Passage::Unknown => "dotted",
        };
        let color = edge.passage.color();
        let _ = writeln!(
            text,
            "  {from} -> {to} [label=\"{}\", tooltip=\"{}\", color=\"{color}\", fontcolor=\"{color}\", style={style}{tail}{head}];",
            escaped(edge.text().trim()),
            escaped(&edge.reason)
        );
    }
    text.push_str("}\n");
    text
}

/// A node as it is, and a group as its last node, cut at the border of the group.
fn end<'g>(graph: &'g Graph, id: &'g str, cut: &str) -> (&'g str, String) {
    let group = graph.groups.iter().find(|group| group.id == id);
    match group.and_then(|group| group.nodes.last()) {
        Some(node) => (&node.id, format!(", {cut}=cluster_{id}")),
        None => (id, String::new()),
    }
}

fn trouble(node: &Node) -> String {
    match &node.trouble {
        Some(trouble) => {
            format!(", color=\"{}\", penwidth=3, tooltip=\"{}\"", Passage::Blocked.color(), escaped(trouble))
        }
        None => String::new(),
    }
}

fn label(node: &Node) -> String {
    match node.detail.as_str() {
        "" => escaped(&node.label),
        detail => format!("{}\\n{}", escaped(&node.label), escaped(detail)),
    }
}

/// Text between quotes, in which a backslash is one.
fn escaped(text: &str) -> String {
    printable(text).replace('\\', "\\\\").replace('"', "\\\"")
}
