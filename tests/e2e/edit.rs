//! Edits of real repositories by bytes: what is changed and changed back is as it was.

use std::{fs, path::Path};

use json_patch::Patch;
use seldon_central_core::{
    manifest,
    snapshot::Origin,
    yaml::{
        Position,
        edit::{self, Reason, Refusal},
    },
};
use serde_json::{Value, json};

use crate::harness::{data::Data, plan::Plan};

/// Of the places of a file, one of so many is tried: the corpus repeats itself.
const SPARSE: usize = 11;

pub(crate) fn add(plan: &mut Plan) {
    plan.local_with_data("edit::what_is_changed_back_is_as_it_was", what_is_changed_back_is_as_it_was);
}

#[derive(Debug, Default)]
struct Tally {
    edits: usize,
    refusals: Vec<String>,
}

fn what_is_changed_back_is_as_it_was(data: &Data) {
    let mut tally = Tally::default();
    let mut files = 0;
    for path in files_in(&data.corpus()) {
        let text = fs::read_to_string(&path).unwrap();
        files += 1;
        let text = if files % 4 == 0 { text.replace('\n', "\r\n") } else { text };
        try_file(&path, &text, files % SPARSE, &mut tally);
    }
    assert!(tally.refusals.is_empty(), "{:#?}", tally.refusals);
    assert!(files > 200 && tally.edits > 400, "{files} files, {} edits", tally.edits);
}

fn try_file(path: &Path, text: &str, first: usize, tally: &mut Tally) {
    // Files that no verb reads, such as templates, are not edited either.
    let Ok(read) = manifest::read("-", text) else { return };
    for observed in &read.objects {
        let Origin::File { line, column, .. } = observed.origin else { continue };
        let at = Position { line, column };
        let tree = observed.object.to_value();
        assert_eq!(edit::rewrite(text, at, &tree).as_deref(), Ok(text), "{}", path.display());
        let mut pointers = Vec::new();
        collect(&tree, String::new(), &mut pointers);
        for pointer in pointers.iter().skip(first).step_by(SPARSE) {
            tally.edits += 1;
            if let Err(refusal) = try_place(text, at, &tree, pointer) {
                // Templates are in annotations of real objects too.
                if !matches!(refusal.reason, Reason::Template { .. }) {
                    tally.refusals.push(format!("{}:{refusal}", path.display()));
                }
            }
        }
    }
}

fn try_place(text: &str, at: Position, tree: &Value, pointer: &str) -> Result<(), Refusal> {
    let apply = |text: &str, operation: Value| {
        edit::apply(text, at, &serde_json::from_value::<Patch>(json!([operation])).unwrap())
    };
    let added = match tree.pointer(pointer) {
        Some(Value::Array(items)) if !items.is_empty() => format!("{pointer}/{}", items.len()),
        Some(Value::Object(fields)) if !fields.is_empty() => format!("{pointer}/kubectl-seldon"),
        Some(Value::Array(_) | Value::Object(_)) | None => return Ok(()),
        Some(old) => return try_scalar(text, pointer, old, apply),
    };
    for value in [json!("x"), json!({"a": [1, {"b": "yes"}], "c": {}})] {
        let with = apply(text, json!({"op": "add", "path": added, "value": value}))?;
        let without = apply(&with, json!({"op": "remove", "path": added}))?;
        assert_eq!(without, text, "{pointer}");
    }
    Ok(())
}

/// A value in one line changes that line only.
fn try_scalar(
    text: &str,
    pointer: &str,
    old: &Value,
    apply: impl Fn(&str, Value) -> Result<String, Refusal>,
) -> Result<(), Refusal> {
    let replaced = |text: &str, value: &Value| apply(text, json!({"op": "replace", "path": pointer, "value": value}));
    let other = replaced(text, &json!("zzz"))?;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(text), lines(&other));
    let begin = before.iter().zip(&after).take_while(|(before, after)| before == after).count();
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(before, after)| before == after).count();
    assert!(begin + end + 1 >= after.len(), "{pointer}: {other}");
    let back = replaced(&other, old)?;
    // Texts of several lines come back in another style, and so may numbers.
    if let Value::String(old) = old
        && before.len() == after.len()
        && !old.contains('\n')
    {
        let is_quoted = |text: &str| text.lines().nth(begin).is_some_and(|line| line.contains(['"', '\'']));
        assert!(back == text || is_quoted(&back), "{pointer}: {back}");
    }
    Ok(())
}

/// Pointers to everything but what says which object it is.
fn collect(tree: &Value, at: String, pointers: &mut Vec<String>) {
    match tree {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, format!("{at}/{index}"), pointers));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            collect(field, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), pointers);
        }),
        _ => {}
    }
    pointers.push(at);
}

/// Every file with manifests.
fn files_in(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "example") {
            files.push(path);
        }
    }
    files.sort();
    files
}
