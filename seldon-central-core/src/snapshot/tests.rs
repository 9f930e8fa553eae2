use serde_json::json;

use super::*;
use crate::resource::{SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVICE};

fn object(resource: &Resource, namespace: &str, name: &str) -> Observed {
    let object = Object::new(json!({
        "apiVersion": resource.api_version(), "kind": resource.kind,
        "metadata": {"name": name, "namespace": namespace},
    }));
    Observed { object: object.unwrap(), origin: Origin::Cluster }
}

fn manifests(objects: Vec<Observed>) -> Snapshot {
    Snapshot::from_manifests(objects, &Namespace::new("seldon-system").unwrap())
}

#[test]
fn one_kind_does_not_close_a_namespace_and_two_do() {
    let one = manifests(vec![object(&SERVER, "fin", "a"), object(&SERVER, "fin", "b")]);
    assert!(matches!(one.get(&SERVICE, "fin", "seldon-scheduler"), Err(Unknown::NotInInput { .. })));
    assert!(one.get(&SERVER, "fin", "a").unwrap().is_some());
    let two = manifests(vec![object(&SERVER, "fin", "a"), object(&SELDON_RUNTIME, "fin", "r")]);
    assert_eq!(two.get(&SERVICE, "fin", "seldon-scheduler"), Ok(None));
    assert!(two.get(&SERVICE, "other", "seldon-scheduler").is_err());
}

#[test]
fn the_control_plane_is_closed_kind_by_kind() {
    let snapshot = manifests(vec![
        object(&SELDON_CONFIG, "seldon-system", "default"),
        object(&SELDON_RUNTIME, "seldon-system", "seldon"),
    ]);
    assert_eq!(snapshot.get(&SELDON_CONFIG, "seldon-system", "other"), Ok(None));
    assert!(snapshot.get(&resource::SERVER_CONFIG, "seldon-system", "mlserver").is_err());
}

#[test]
fn a_failed_read_is_never_absence() {
    let mut snapshot = Snapshot::live();
    let fin = Scope::Namespace("fin".to_owned());
    snapshot.add_read(&SERVICE, fin.clone(), Read::Failed("forbidden".to_owned()), vec![]);
    snapshot.add_read(&SERVER, fin, Read::Complete, vec![]);
    let unknown = snapshot.get(&SERVICE, "fin", "seldon-scheduler").unwrap_err();
    assert!(unknown.is_incomplete());
    assert_eq!(unknown.to_string(), "services of namespace fin could not be read: forbidden");
    assert_eq!(snapshot.get(&SERVER, "fin", "mlserver"), Ok(None));
}

#[test]
fn objects_are_found_by_kind_and_namespace_in_their_order() {
    let snapshot = manifests(vec![
        object(&SERVER, "fin", "b"),
        object(&SERVICE, "fin", "a"),
        object(&SERVER, "other", "c"),
        object(&SERVER, "fin", "a"),
    ]);
    let names = |found: Vec<&Observed>| found.iter().map(|o| o.object.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(snapshot.known(&SERVER).collect()), ["b", "c", "a"]);
    assert_eq!(names(snapshot.known_in(&SERVER, "fin").collect()), ["b", "a"]);
    assert_eq!(snapshot.known_in(&SERVICE, "other").count(), 0);
}

#[test]
fn an_object_that_was_read_by_name_is_found_by_name() {
    let mut snapshot = Snapshot::live();
    snapshot.add_found(object(&SERVER, "fin", "a").object);
    assert!(snapshot.get(&SERVER, "fin", "a").unwrap().is_some());
    assert!(snapshot.get(&SERVER, "fin", "b").is_err());
}

#[test]
fn an_object_that_was_asked_for_by_name_is_there_or_absent_or_unknown() {
    let scope = |name: &str| Scope::Object { namespace: "fin".to_owned(), name: name.to_owned() };
    let mut snapshot = Snapshot::live();
    snapshot.add_read(&resource::SECRET, scope("a"), Read::Complete, vec![]);
    snapshot.add_read(&resource::SECRET, scope("b"), Read::Failed("forbidden".to_owned()), vec![]);
    assert_eq!(snapshot.get(&resource::SECRET, "fin", "a"), Ok(None));
    let unknown = snapshot.get(&resource::SECRET, "fin", "b").unwrap_err();
    assert_eq!(unknown.to_string(), "Secret fin/b could not be read: forbidden");
    assert!(unknown.is_incomplete());
    assert!(!snapshot.get(&resource::SECRET, "fin", "c").unwrap_err().is_incomplete());
    assert!(snapshot.all_in(&resource::SECRET, "fin").is_err());
}

#[test]
fn desired_objects_replace_the_ones_of_their_name() {
    let mut snapshot = Snapshot::live();
    snapshot.add_read(&SERVER, Scope::Cluster, Read::Complete, vec![object(&SERVER, "fin", "a").object]);
    let desired = [object(&SERVER, "fin", "a").object, object(&SERVER, "fin", "b").object];
    let next = snapshot.with_desired(&desired);
    assert_eq!(next.all(&SERVER).unwrap().len(), 2);
    assert_eq!(next.get(&SERVER, "fin", "a").unwrap().unwrap().origin, Origin::Desired);
}
