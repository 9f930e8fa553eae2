//! Every public constant of the library that names or counts something says where that comes from, in a line of its
//! own: `Source: ….`

#![expect(clippy::disallowed_methods, reason = "the sources are files, and the tests of a pure library may read them")]

use std::{fs, path::Path};

/// What a source is called that is no file, page or other constant.
const BY_NAME: [&str; 2] = ["the specification", "this tool"];

/// The constants of a file that name no source, and how many there are in all. Lists of the library's own types have
/// none.
fn unsourced(text: &str) -> (Vec<&str>, usize) {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let constants = lines.iter().enumerate().filter_map(|(index, line)| {
        let (name, rest) = line.strip_prefix("pub const ")?.split_once(": ")?;
        let own = ["Self", "Resource"].iter().any(|own| rest.split(" =").next().is_some_and(|kind| kind.contains(own)));
        (!name.contains('(') && !own).then_some((index, name))
    });
    let (mut without, mut count) = (Vec::new(), 0);
    for (index, name) in constants {
        count += 1;
        let doc = lines[..index].iter().rev().take_while(|line| line.starts_with("///"));
        if !doc.filter_map(|line| line.strip_prefix("/// Source: ")?.strip_suffix('.')).any(is_source) {
            without.push(name);
        }
    }
    (without, count)
}

fn is_source(source: &str) -> bool {
    source.contains('`') || source.contains("<https://") || BY_NAME.contains(&source)
}

fn walk(dir: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_public_constant_names_its_source() {
    let (mut without, mut all) = (Vec::new(), 0);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |path, text| {
        let (names, count) = unsourced(text);
        without.extend(names.into_iter().map(|name| format!("{}: {name}", path.display())));
        all += count;
    });
    assert!(without.is_empty(), "no line `/// Source: ….` above:\n{}", without.join("\n"));
    assert!(all > 60, "only {all} constants were found");
}

#[test]
fn a_constant_without_a_source_is_found() {
    let text = "/// A.\n/// Source: `a.go:1`.\npub const A: &str = \"a\";\n/// B.\npub const B: u16 = 1;\n\
                /// C.\n/// Source: somewhere.\npub const C: [u16; 1] =\n    [1];\n    pub const D: Self = Self;\n\
                pub const fn e(a: &str) {}\n";
    assert_eq!(unsourced(text), (vec!["B", "C"], 3));
}
