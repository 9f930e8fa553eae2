//! The same change of another state of an object: what was planned for a live one, on the manifest
//! that it comes from.

use json_patch::PatchOperation;
use serde_json::Value;

use crate::{
    fix::{Edit, Misfit, Step, Write, identity, patched},
    kustomize::{child, is_same},
    object::Object,
};

/// A step for a base.
#[derive(Debug, Clone, PartialEq)]
pub enum Rebased {
    /// It is to be taken.
    Step(Box<Step>),
    /// The base has it already.
    Done,
}

/// A step that was planned for a live object, for the one of a base. The API server fills in fields and
/// controllers move entries of lists, so places are looked up anew: entries by their names.
///
/// # Errors
/// [`Misfit`] when the base has nothing that could be changed so.
pub fn rebased(step: &Step, base: Option<&Object>) -> Result<Rebased, Misfit> {
    let Some(base) = base else {
        return match step.write {
            Write::Create => Ok(Rebased::Step(Box::new(step.clone()))),
            Write::Delete => Ok(Rebased::Done),
            Write::Patch(_) => Err(misfit(step, "/")),
        };
    };
    let edits = match (&step.write, &step.before, &step.after) {
        (Write::Delete, ..) => {
            return Ok(Rebased::Step(Box::new(Step { object: base.id(), before: Some(base.clone()), ..step.clone() })));
        }
        (Write::Create, _, Some(after)) => fields(after, base),
        (Write::Patch(_), Some(live), _) => moved(step, live, base)?,
        _ => Vec::new(),
    };
    let (after, mut patch) = patched(base, &edits.iter().collect::<Vec<_>>())?;
    if patch.0.is_empty() {
        return Ok(Rebased::Done);
    }
    patch.0.splice(0..0, identity(base));
    let write = Write::Patch(patch);
    let (object, before) = (base.id(), Some(base.clone()));
    Ok(Rebased::Step(Box::new(Step { object, write, before, after: Some(after), ..step.clone() })))
}

fn misfit(step: &Step, path: &str) -> Misfit {
    Misfit { object: step.object.to_string(), path: path.to_owned() }
}

/// What the base has and the cluster lacks, given the contents that it is to have.
fn fields(wanted: &Object, base: &Object) -> Vec<Edit> {
    let value = wanted.to_value();
    let contents = value.as_object().into_iter().flatten();
    let contents =
        contents.filter(|(field, _)| !["apiVersion", "kind", "metadata", "status"].contains(&field.as_str()));
    contents.map(|(field, value)| Edit::set(base, format!("/{field}"), value.clone())).collect()
}

/// The operations of a step as edits of the base.
fn moved(step: &Step, live: &Object, base: &Object) -> Result<Vec<Edit>, Misfit> {
    let (mut live, base_value) = (live.to_value(), base.to_value());
    let mut edits = Vec::new();
    for operation in step.operations() {
        let edit = match &operation {
            PatchOperation::Add(add) => Some((add.path.to_string(), Some(&add.value))),
            PatchOperation::Replace(replace) => Some((replace.path.to_string(), Some(&replace.value))),
            PatchOperation::Remove(remove) => Some((remove.path.to_string(), None)),
            _ => None,
        };
        if let Some((path, value)) = edit {
            let place = place(&live, &base_value, &path);
            match (place, value) {
                (Some(place), Some(value)) => edits.push(Edit::set(base, place, value.clone())),
                (Some(place), None) if base_value.pointer(&place).is_some() => edits.push(Edit::remove(base, place)),
                // What is not in the base need not go from it.
                (_, None) => {}
                (None, Some(_)) => return Err(misfit(step, &path)),
            }
        }
        json_patch::patch(&mut live, &json_patch::Patch(vec![operation])).map_err(|_| misfit(step, "/"))?;
    }
    Ok(edits)
}

/// Where a path of one object leads in another: entries of lists are found by their names, or by being
/// the same; `None` when there is no such entry.
fn place(live: &Value, base: &Value, path: &str) -> Option<String> {
    let (mut live, mut base) = (Some(live), Some(base));
    let mut found = String::new();
    for token in path.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let token = match (live.and_then(Value::as_array), base.and_then(Value::as_array)) {
            (Some(_), _) if token == "-" => token.to_owned(),
            (Some(entries), others) => {
                let wanted = entries.get(key.parse::<usize>().ok()?)?;
                others?.iter().position(|other| is_same(wanted, other))?.to_string()
            }
            (None, _) => token.to_owned(),
        };
        let next = token.replace("~1", "/").replace("~0", "~");
        live = live.and_then(|value| child(value, &key));
        base = base.and_then(|value| child(value, &next));
        found = format!("{found}/{token}");
    }
    Some(found)
}
