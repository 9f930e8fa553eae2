//! Pictures of a tenant, read by eye.

use super::{Graph, Passage, graph};
use crate::{
    manifest,
    profile::ControlPlane,
    rules::{TenantView, World},
    snapshot::Snapshot,
};

pub(super) const TENANT: &str = include_str!("tenant.yaml");

pub(super) fn drawn(text: &str) -> Graph {
    let control_plane = ControlPlane::default();
    let snapshot = Snapshot::from_manifests(manifest::read("t.yaml", text).unwrap().objects, &control_plane.namespace);
    let world = World::new(&snapshot, &control_plane, &[]);
    let tenants: Vec<&TenantView> = world.tenants.iter().collect();
    graph(&world, &tenants)
}

fn passage(graph: &Graph, from: &str, to: &str) -> Passage {
    graph.edges.iter().find(|edge| edge.from == from && edge.to == to).unwrap().passage
}

#[test]
fn flows_are_coloured_by_what_policies_say() {
    let graph = drawn(TENANT);
    assert_eq!(passage(&graph, "t0seldonenvoy", "t0entry"), Passage::Blocked);
    assert_eq!(passage(&graph, "t0seldonenvoy", "t0servers"), Passage::Blocked);
    // Manifests never hold all policies of the control plane.
    assert_eq!(passage(&graph, "t0servers", "t0entry"), Passage::Unknown);
    assert_eq!(passage(&graph, "t0entry", "scheduler"), Passage::Open);
    assert_eq!(passage(&graph, "t0", "o2"), Passage::Blocked);
}

#[test]
fn without_policies_what_stays_in_the_tenant_is_open() {
    let text =
        TENANT.split("---\n").filter(|one| !one.contains("kind: NetworkPolicy")).collect::<Vec<_>>().join("---\n");
    let graph = drawn(&text);
    assert_eq!(passage(&graph, "t0seldonenvoy", "t0servers"), Passage::Open);
    assert_eq!(passage(&graph, "t0", "o2"), Passage::Open);
}

#[test]
fn a_scheduler_of_the_tenants_own_is_trouble_and_the_alias_leads_past_it() {
    let graph =
        drawn(&TENANT.replace("{name: seldon-scheduler, replicas: 0}", "{name: seldon-scheduler, replicas: 1}"));
    let nodes = graph.groups.iter().flat_map(|group| &group.nodes);
    let trouble: Vec<_> = nodes.filter(|node| node.id == "t0seldonscheduler").map(|node| &node.trouble).collect();
    assert!(trouble.iter().all(|trouble| trouble.is_some()), "{trouble:?}");
    assert_eq!(passage(&graph, "t0entry", "scheduler"), Passage::Blocked);
}

#[test]
fn each_form_is_as_it_was_looked_at() {
    let graph = drawn(TENANT);
    insta::assert_snapshot!("mermaid", graph.to_mermaid());
    insta::assert_snapshot!("dot", graph.to_dot());
    insta::assert_snapshot!("svg", graph.to_svg());
}

#[test]
fn names_are_text_in_every_form() {
    let evil = "a\\\"]<script>&|#\\u001b";
    let text = TENANT.replace("fin-mlserver", &format!("\"{evil}\""));
    let graph = drawn(&text);
    let [mermaid, dot, svg] = [graph.to_mermaid(), graph.to_dot(), graph.to_svg()];
    for form in [&mermaid, &dot, &svg] {
        assert!(!form.contains('\u{1b}'), "{form}");
    }
    assert!(!mermaid.contains("<script>") && !mermaid.contains("a\"]"), "{mermaid}");
    assert!(!svg.contains("<script>"), "{svg}");
    assert!(dot.contains("a\\\"]<script>"), "{dot}");
}

#[test]
fn every_end_of_a_flow_is_drawn() {
    let all = TENANT.replace("replicas: 0}", "replicas: 1}");
    let all = all.replace("seldon-scheduler, replicas: 1", "seldon-scheduler, replicas: 0");
    for text in [TENANT, &all] {
        let graph = drawn(text);
        let ids = graph.groups.iter().flat_map(|group| group.nodes.iter().map(|node| &node.id).chain([&group.id]));
        let ids: std::collections::BTreeSet<&String> = ids.collect();
        for edge in &graph.edges {
            assert!(ids.contains(&edge.from) && ids.contains(&edge.to), "{edge:?}");
        }
    }
}

#[test]
fn nothing_is_a_picture_too() {
    let graph = drawn("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n");
    assert!(graph.to_svg().ends_with("</svg>\n") && graph.edges.is_empty());
}
