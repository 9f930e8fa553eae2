//! Pictures, measured as a browser would draw them.

use svg::{
    node::element::path::{Command, Data},
    parser::Event,
};

use super::{
    super::{
        Edge, Graph, Group, Node, Passage, Place,
        tests::{TENANT, drawn},
    },
    text,
};

const EVIL: &str = "a\"]'<script>&|#\u{1b}";

/// From left, top to right, bottom.
type Area = (i32, i32, i32, i32);

#[derive(Debug, Default)]
struct Measured {
    texts: Vec<(String, Area)>,
    /// Pieces of flows.
    pieces: Vec<Area>,
    size: (i32, i32),
}

fn measured(picture: &str) -> Measured {
    let mut measured = Measured::default();
    let mut begun: Option<(i32, i32, i32, String)> = None;
    for event in svg::read(picture).unwrap() {
        match event {
            Event::Tag("svg", _, attributes) if measured.size == (0, 0) => {
                let number = |name: &str| attributes[name].parse().unwrap();
                measured.size = (number("width"), number("height"));
            }
            Event::Tag("text", svg::node::element::tag::Type::Start, attributes) => {
                let number = |name: &str| attributes[name].parse().unwrap();
                let anchor = attributes.get("text-anchor").map(ToString::to_string).unwrap_or_default();
                begun = Some((number("x"), number("y"), number("font-size"), anchor));
            }
            Event::Text(content) => {
                if let Some((x, y, size, anchor)) = begun.take() {
                    let content = content.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
                    let width = text::width(&content, size);
                    let left = match anchor.as_str() {
                        "middle" => x - width / 2,
                        "end" => x - width,
                        _ => x,
                    };
                    // Of letters up to the highest and down to the deepest.
                    measured.texts.push((content, (left, y - size, left + width, y + size / 4)));
                }
            }
            Event::Tag("path", _, attributes) if attributes.contains_key("fill") && attributes["fill"] == "none" => {
                measured.pieces.extend(pieces(&attributes["d"]));
            }
            Event::Error(error) => panic!("{error}: {picture}"),
            _ => {}
        }
    }
    measured
}

/// The level, upright and bent pieces of a path, each as the area it is in.
fn pieces(path: &str) -> Vec<Area> {
    let (mut x, mut y) = (0.0_f32, 0.0_f32);
    let mut pieces = Vec::new();
    for command in Data::parse(path).unwrap().iter() {
        let (to_x, to_y) = match command {
            Command::Move(_, to) => {
                (x, y) = (to[0], to[1]);
                continue;
            }
            Command::HorizontalLine(_, to) => (to[0], y),
            Command::VerticalLine(_, to) => (x, to[0]),
            Command::QuadraticCurve(_, to) => (to[2], to[3]),
            other => panic!("{other:?}"),
        };
        #[expect(clippy::cast_possible_truncation, reason = "all of them are whole and small")]
        let area = [x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y)].map(|number| number as i32);
        pieces.push((area[0], area[1], area[2], area[3]));
        (x, y) = (to_x, to_y);
    }
    pieces
}

fn meet(one: Area, other: Area) -> bool {
    one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3
}

#[track_caller]
fn is_readable(graph: &Graph) {
    let picture = graph.to_svg();
    let Measured { texts, pieces, size } = measured(&picture);
    assert!(texts.len() > graph.groups.len() && pieces.len() >= graph.edges.len(), "{picture}");
    for (at, (text, area)) in texts.iter().enumerate() {
        assert!(area.0 >= 0 && area.1 >= 0 && area.2 <= size.0 && area.3 <= size.1, "`{text}` is cut: {area:?}");
        for (other, place) in texts.iter().skip(at + 1) {
            assert!(!meet(*area, *place), "`{text}` and `{other}`: {area:?} {place:?}");
        }
        for piece in &pieces {
            assert!(!meet(*area, *piece), "a line goes through `{text}`: {area:?} {piece:?}");
        }
    }
}

fn tenants(count: usize, name: &str, server: &str) -> Graph {
    let all = TENANT.replace("replicas: 0}", "replicas: 1}");
    let all = all.replace("{name: seldon-scheduler, replicas: 1}", "{name: seldon-scheduler, replicas: 0}");
    let (config, own) = all.split_once("---\n").unwrap();
    let own = (0..count).map(|number| {
        // Every other tenant runs what is off in the fixture.
        let own = if number % 2 == 0 { own } else { TENANT.split_once("---\n").unwrap().1 };
        let own = own.replace("fin-mlserver", &serde_json::json!(format!("{server}{number}")).to_string());
        own.replace("namespace: fin}", &format!("namespace: {name}{number}}}"))
    });
    drawn(&std::iter::once(config.to_owned()).chain(own).collect::<Vec<_>>().join("---\n"))
}

#[test]
fn no_text_meets_another_or_a_line() {
    for count in [1, 3, 12] {
        for name in ["fin".to_owned(), "w".repeat(61)] {
            let graph = tenants(count, &name, &name);
            assert_eq!(graph.groups.len(), count + 2);
            is_readable(&graph);
        }
        is_readable(&tenants(count, "fin", EVIL));
    }
}

#[test]
fn flows_past_a_column_are_readable() {
    let node = |id: &str| Node { id: id.to_owned(), label: id.to_owned(), detail: String::new(), trouble: None };
    let group = |id: &str, place, nodes: &[&str]| Group {
        id: id.to_owned(),
        place,
        title: id.to_owned(),
        nodes: nodes.iter().map(|id| node(id)).collect(),
    };
    let edge = |from: &str, to: &str, passage| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        label: "9002, 9004".to_owned(),
        passage,
        reason: String::new(),
    };
    let groups = vec![
        group("cp", Place::ControlPlane, &["operator", "scheduler"]),
        group("t0", Place::Tenant, &["relay", "envoy", "servers"]),
        group("t1", Place::Tenant, &["alias"]),
        group("out", Place::Outside, &["dns"]),
    ];
    let ends = [
        ("relay", "scheduler"),
        ("relay", "dns"),
        ("operator", "relay"),
        ("envoy", "relay"),
        ("envoy", "scheduler"),
        ("t1", "scheduler"),
        ("t0", "dns"),
        ("dns", "envoy"),
        ("envoy", "servers"),
        ("operator", "scheduler"),
    ];
    let edges = ends.iter().flat_map(|(from, to)| Passage::ALL.map(|passage| edge(from, to, passage))).collect();
    is_readable(&Graph { groups, edges });
}

#[test]
fn a_long_list_of_servers_is_cut_and_said_in_full() {
    let graph = Graph {
        groups: vec![Group {
            id: "t0".to_owned(),
            place: Place::Tenant,
            title: "fin".to_owned(),
            nodes: vec![Node {
                id: "a".to_owned(),
                label: "Server pods".to_owned(),
                detail: "mlserver, ".repeat(60),
                trouble: None,
            }],
        }],
        edges: Vec::new(),
    };
    let picture = graph.to_svg();
    assert_eq!(picture.matches("</text>").count(), 6 + Passage::ALL.len(), "{picture}");
    assert!(picture.contains(&"mlserver, ".repeat(59)), "{picture}");
}

#[test]
fn what_is_read_is_text_alone() {
    let picture = tenants(1, "fin", EVIL).to_svg();
    assert!(picture.contains("&lt;script&gt;&amp;|#"), "{picture}");
    assert!(!picture.contains("<script") && !picture.contains('\u{1b}'), "{picture}");
    for event in svg::read(&picture).unwrap() {
        match event {
            Event::Tag(_, _, attributes) => {
                assert!(attributes.values().all(|value| !value.contains("script")), "{attributes:?}");
            }
            Event::Error(error) => panic!("{error}"),
            _ => {}
        }
    }
}

#[test]
fn it_is_said_to_those_who_do_not_see_it() {
    let picture = drawn(TENANT).to_svg();
    assert!(picture.contains("role=\"img\""), "{picture}");
    assert!(
        picture.contains("<title id=\"title\">Flows of fin and the control plane seldon-system</title>"),
        "{picture}"
    );
    assert!(picture.contains("Blocked: seldon-envoy of fin to alias of fin: no egress rule"), "{picture}");
    let many = tenants(12, "fin", "mlserver").to_svg();
    let (_, said) = many.split_once("Blocked: ").unwrap();
    let (said, _) = said.split_once("</desc>").unwrap();
    assert!(said.split("; ").last().unwrap().ends_with(" more.") && said.len() < 6_000, "{said}");
}
