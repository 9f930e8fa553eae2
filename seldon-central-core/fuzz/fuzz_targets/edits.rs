//! Any text, edited in many places: it becomes what the patch says and nothing else, or it is refused.

#![no_main]

use json_patch::Patch;
use libfuzzer_sys::fuzz_target;
use seldon_central_core::yaml::{Document, Places, documents, edit, read};
use serde_json::{Value, json};

/// So many places of a text are edited.
const PLACES: usize = 12;

fuzz_target!(|text: &str| {
    for (index, document) in documents(text).iter().enumerate().take(3) {
        let Ok(tree) = read(document.text) else { continue };
        let is_list = tree.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
        let Some(at) = Places::of_document(document).objects().first().copied().filter(|_| !is_list) else { continue };
        let mut pointers = Vec::new();
        collect(&tree, String::new(), &mut pointers);
        for (number, pointer) in pointers.iter().enumerate() {
            let value = [json!({"a": [1, "b: c"]}), json!("yes"), Value::Null, json!("a\nb\n")];
            let value = &value[(number + text.len()) % value.len()];
            let operation = match (tree.pointer(pointer), number % 3) {
                (Some(Value::Object(_)), 0) => json!({"op": "add", "path": format!("{pointer}/new"), "value": value}),
                (Some(Value::Array(_)), 0) => json!({"op": "add", "path": format!("{pointer}/-"), "value": value}),
                (_, 1) if !pointer.is_empty() => json!({"op": "remove", "path": pointer}),
                _ => json!({"op": "replace", "path": pointer, "value": value}),
            };
            let patch: Patch = serde_json::from_value(json!([operation])).unwrap();
            if let Ok(edited) = edit::apply(text, at, &patch) {
                check(text, index, &tree, &patch, &edited);
            }
        }
        let _ = edit::remove(text, at);
    }
});

fn check(text: &str, index: usize, tree: &Value, patch: &Patch, edited: &str) {
    let mut wanted = tree.clone();
    json_patch::patch(&mut wanted, patch).unwrap();
    let texts = |found: Vec<Document<'_>>| found.into_iter().map(|found| found.text.to_owned()).collect::<Vec<_>>();
    let (before, after) = (texts(documents(text)), texts(documents(edited)));
    assert_eq!(before.len(), after.len(), "{patch} makes other documents of {text:?}: {edited:?}");
    for (number, (before, after)) in before.iter().zip(&after).enumerate() {
        match number == index {
            true => assert_eq!(read(after).ok().as_ref(), Some(&wanted), "{patch} on {text:?} makes {edited:?}"),
            false => assert_eq!(before, after, "{patch} changes another document of {text:?}"),
        }
    }
}

fn collect(tree: &Value, at: String, pointers: &mut Vec<String>) {
    if pointers.len() >= PLACES {
        return;
    }
    pointers.push(at.clone());
    match tree {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, format!("{at}/{index}"), pointers));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            collect(field, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), pointers);
        }),
        _ => {}
    }
}
