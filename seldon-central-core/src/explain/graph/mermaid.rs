//! Flow charts for Mermaid.

use std::fmt::Write;

use super::{Graph, Node, Passage, Place};
use crate::text::printable;

pub(super) fn render(graph: &Graph) -> String {
    let mut text = "flowchart RL\n".to_owned();
    for group in &graph.groups {
        let _ = writeln!(text, "  subgraph {}[\"{}\"]", group.id, escaped(&group.title));
        for node in &group.nodes {
            let _ = writeln!(text, "    {}[\"{}\"]", node.id, label(node));
        }
        text.push_str("  end\n");
    }
    for edge in &graph.edges {
        let line = match edge.passage {
            Passage::Open | Passage::Unjudged => "-->",
            Passage::Blocked => "--x",
            Passage::Unknown => "-.->",
        };
        let label = match edge.text() {
            label if label.trim().is_empty() => String::new(),
            label => format!("|\"{}\"|", escaped(label.trim())),
        };
        let _ = writeln!(text, "  {} {line}{label} {}", edge.from, edge.to);
    }
    for (index, edge) in graph.edges.iter().enumerate() {
        let _ = writeln!(text, "  linkStyle {index} stroke:{}", edge.passage.color());
    }
    let troubled = graph.groups.iter().flat_map(|group| &group.nodes).filter(|node| node.trouble.is_some());
    let troubled: Vec<&str> = troubled.map(|node| node.id.as_str()).collect();
    if !troubled.is_empty() {
        let _ = writeln!(text, "  classDef trouble stroke:{},stroke-width:3px", Passage::Blocked.color());
        let _ = writeln!(text, "  class {} trouble", troubled.join(","));
    }
    for group in graph.groups.iter().filter(|group| group.place == Place::Outside) {
        let _ = writeln!(text, "  style {} stroke-dasharray:4", group.id);
    }
    text
}

fn label(node: &Node) -> String {
    match node.detail.as_str() {
        "" => escaped(&node.label),
        detail => format!("{}<br/>{}", escaped(&node.label), escaped(detail)),
    }
}

/// Text between quotes. Mermaid reads `#` and a number as a character, and HTML as HTML.
fn escaped(text: &str) -> String {
    printable(text).chars().fold(String::new(), |mut out, c| {
        match c {
            '#' | '"' | '<' | '>' | '&' | '`' | '\\' | '[' | ']' | '{' | '}' | '|' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
        out
    })
}
