//! Plans carried out on files: rule by rule, and on tenants that were broken in many ways at once.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::{
    finding::Outcome,
    fix::{
        Repair, file_repairs,
        tests::{
            broken::{BREAKS, Break, Cluster},
            of,
        },
    },
    kustomize::fixture,
    name::Namespace,
    profile::ControlPlane,
    rules::{self, FixSafety, Judged, RULES, Rule, World},
    yaml,
};

type Files = BTreeMap<String, String>;

fn read(files: &Files) -> (Snapshot, Tree) {
    fixture::read(files, &ControlPlane::default().namespace)
}

fn apply(files: &mut Files, changes: &Changes) {
    for (path, text) in changes {
        match text {
            Some(text) => drop(files.insert(path.clone(), text.clone())),
            None => drop(files.remove(path)),
        }
    }
}

/// Carries out plans until there is nothing to do; what is left to be edited by hand.
fn fix(files: &mut Files, tenants: &[Namespace], wanted: &dyn Fn(&Outcome) -> bool) -> Vec<ByHand> {
    let control_plane = ControlPlane::default();
    for _ in 0..8 {
        let (snapshot, tree) = read(files);
        let world = World::new(&snapshot, &control_plane, tenants);
        let own = |path: &str| files.contains_key(path);
        let repository = Repository { snapshot: &snapshot, tree: &tree, may_edit: &|_| true, exists: &own };
        let found = rules::run(RULES, &world);
        let of_files = found.iter().filter(|outcome| outcome.finding().is_some() && wanted(outcome));
        let repair =
            of_files.flat_map(|outcome| file_repairs(&world, outcome).into_iter().map(move |one| (outcome, one)));
        let plan = of(&world, FixSafety::Unsafe, wanted);
        let done = match repair.clone().next() {
            Some((outcome, repair)) => repaired(outcome, &repair, &repository),
            None => edited(&plan, &repository),
        };
        if !done.by_hand.is_empty() || done.files.is_empty() {
            return done.by_hand;
        }
        let is_plan = repair.count() == 0;
        apply(files, &done.files);
        if is_plan {
            assert_eq!(differs(&plan, &done.files, &snapshot, &read(files).0), None, "{plan:#?}");
        }
    }
    panic!("it never ends: {files:#?}");
}

fn findings(files: &Files, tenants: &[Namespace], wanted: &dyn Fn(&Outcome) -> bool) -> Vec<String> {
    let control_plane = ControlPlane::default();
    let (snapshot, _) = read(files);
    let found = rules::run(RULES, &World::new(&snapshot, &control_plane, tenants)).into_iter();
    let found = found.filter(|outcome| outcome.finding().is_some() && wanted(outcome));
    found.map(|outcome| format!("{} {}", outcome.rule, outcome.object)).collect()
}

fn is_fixable(rule: &Rule) -> bool {
    matches!(rule.repair, Repair::Edits(_) | Repair::Files(_))
}

#[test]
fn every_repair_works_on_files_and_does_nothing_twice() {
    let mut tried = 0;
    for rule in RULES.iter().filter(|rule| is_fixable(rule) && rule.judged != Judged::Live) {
        let mut files = if rule.reads.is_empty() {
            fixture::files(rule.bad)
        } else {
            Files::from([("a/fixture.yaml".to_owned(), format!("# kept\n{}", rule.bad))])
        };
        let wanted = |outcome: &Outcome| outcome.rule == rule.id;
        assert!(!findings(&files, &[], &wanted).is_empty(), "{rule:?} finds nothing in its own fixture");
        let by_hand = fix(&mut files, &[], &wanted);
        assert_eq!(by_hand, [], "{rule:?}");
        assert_eq!(findings(&files, &[], &wanted), [] as [String; 0], "{rule:?}: {files:#?}");
        let done = files.clone();
        fix(&mut files, &[], &wanted);
        assert_eq!(files, done, "{rule:?} is fixed twice");
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}

/// Objects as somebody would write them: a comment behind every value, by which its line is known.
#[derive(Default)]
struct Writer {
    text: String,
    lines: BTreeMap<String, String>,
}

impl Writer {
    fn document(&mut self, value: &Value) {
        let _ = writeln!(self.text, "---\n\n# object");
        self.value(value, "", "", "");
    }

    /// Writes a value whose first line begins with `head`, below which lines have an indentation.
    fn value(&mut self, value: &Value, head: &str, indent: &str, pointer: &str) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let mut head = head.to_owned();
                for (key, value) in fields {
                    let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    let key = format!("{head}{key}:");
                    if matches!(value, Value::Object(fields) if !fields.is_empty())
                        || matches!(value, Value::Array(items) if !items.is_empty())
                    {
                        let _ = writeln!(self.text, "{key}");
                        let inner = format!("{indent}  ");
                        self.value(value, &inner, &inner, &pointer);
                    } else {
                        self.leaf(&format!("{key} "), value, &pointer);
                    }
                    head = indent.to_owned();
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    let head = if index == 0 { head } else { indent };
                    self.value(item, &format!("{head}- "), &format!("{indent}  "), &format!("{pointer}/{index}"));
                }
            }
            leaf => self.leaf(head, leaf, pointer),
        }
    }

    fn leaf(&mut self, head: &str, value: &Value, pointer: &str) {
        let mark = format!("# {}", self.lines.len());
        let line = format!("{head}{} {mark}", value.to_string().replace('\'', "''"));
        let _ = writeln!(self.text, "{line}");
        self.lines.insert(pointer.to_owned(), line);
    }
}

/// The files of a cluster, and the line of each value by file and pointer.
fn files_of(cluster: &Cluster) -> (Files, BTreeMap<String, BTreeMap<String, String>>) {
    let (mut files, mut lines) = (Files::new(), BTreeMap::new());
    for value in &cluster.0 {
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        // What a cluster has of its own is in nobody's repository, and neither is what the operator makes.
        let is_of_cluster = ["customresourcedefinition", "pod", "statefulset"].contains(&text("/kind").as_str());
        let is_made = text("/kind") == "service" && text("/metadata/namespace") == "seldon-system";
        if is_of_cluster || is_made {
            continue;
        }
        let mut value = value.clone();
        let own = ["/status", "/metadata/ownerReferences"];
        for pointer in own {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            value.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(field);
        }
        let mut writer = Writer::default();
        writer.document(&value);
        let path = format!("{}/{}-{}.yaml", text("/metadata/namespace"), text("/kind"), text("/metadata/name"));
        let path = path.trim_start_matches('/').to_owned();
        files.insert(path.clone(), writer.text);
        lines.insert(path, writer.lines);
    }
    let listed: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix("fin/")).collect();
    let list = format!(
        "# all of it\nresources:\n{}",
        listed.iter().map(|file| format!("  - {file} # {file}\n")).collect::<String>()
    );
    files.insert("fin/kustomization.yaml".to_owned(), list);
    (files, lines)
}

fn bare(line: &str) -> &str {
    line.trim_start_matches([' ', '-'])
}

fn check(breaks: &[Break]) -> Result<(), TestCaseError> {
    let mut cluster = Cluster::whole();
    for way in breaks {
        cluster.break_it(*way);
    }
    let (before, lines) = files_of(&cluster);
    let mut files = before.clone();
    let fin = [Namespace::new("fin").unwrap()];
    let fixable = |outcome: &Outcome| is_fixable(rules::find(outcome.rule).unwrap());
    let by_hand = fix(&mut files, &fin, &fixable);
    prop_assert_eq!(&by_hand, &[], "{:?}", breaks);
    prop_assert_eq!(findings(&files, &fin, &fixable), [] as [String; 0], "{:?}", breaks);
    let done = files.clone();
    fix(&mut files, &fin, &fixable);
    prop_assert_eq!(&files, &done, "{:?} is fixed twice", breaks);
    for (path, text) in &files {
        let (Some(old), Some(lines)) = (before.get(path), lines.get(path)) else { continue };
        let read = |text: &str| yaml::read(yaml::documents(text).first().unwrap().text).unwrap();
        let (was, is) = (read(old), read(text));
        for (pointer, line) in lines {
            // Entries of lists may have moved; their lines are then looked for all the same.
            if was.pointer(pointer) == is.pointer(pointer) {
                // What follows a key that goes may move behind the dash.
                let found = text.lines().any(|found| bare(found) == bare(line));
                prop_assert!(found, "{breaks:?}: {path} lost `{line}`:\n{text}");
            }
        }
        if was == is {
            prop_assert_eq!(text, old);
        }
    }
    Ok(())
}

#[test]
fn every_single_break_is_put_right_in_files() {
    for way in BREAKS {
        check(&[way]).unwrap_or_else(|error| panic!("{error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn files_that_are_broken_in_many_ways_are_put_right_and_stay_so(
        breaks in proptest::sample::subsequence(&BREAKS[..], 1..8).prop_shuffle()
    ) {
        check(&breaks)?;
    }
}
