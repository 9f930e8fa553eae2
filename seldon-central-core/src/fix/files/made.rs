//! Objects that are missing, as files beside those that are there.

use serde_json::Value;

use super::{Pages, Repository, Trouble};
use crate::{
    kustomize::{Layer, join, parent},
    object::Object,
    overlay::{document, file_name},
    resource::{SELDON_RUNTIME, SERVER},
    snapshot::Observed,
    yaml::Places,
};

use super::layers::Layers;

/// Makes an object beside the tenant's SeldonRuntime, else its Server, else whatever there is of it.
pub(super) fn make(object: &Object, repository: &Repository<'_>, pages: &mut Pages<'_>) -> Result<(), Trouble> {
    let home = object.id().home().unwrap_or_default().to_owned();
    let Some(beside) = beside(&home, repository) else {
        return Err(Trouble::nowhere(format!(
            "{} is missing, and nothing of namespace {home} is in the files, beside which it could be put",
            object.id()
        )));
    };
    let object = at_home(object, &beside);
    let (value, text) = (object.to_value(), document(&object));
    if let Some(path) = new_file(&object, &beside, repository, pages) {
        pages.set(&path, Some(text))?;
        return listers(&beside.path, repository).into_iter().try_for_each(|file| pages.list(file, &path));
    }
    pages.append(&beside, &value, &text)
}

/// The resource beside which objects of a namespace belong.
fn beside(home: &str, repository: &Repository<'_>) -> Option<Layer> {
    let of_kind = [&SELDON_RUNTIME, &SERVER].into_iter().flat_map(|kind| repository.snapshot.known_in(kind, home));
    let others = repository.snapshot.objects().iter().filter(|seen| seen.object.id().home() == Some(home));
    let layer = |observed: &Observed| Some(Layers::of(&observed.object, repository).ok()?.resource().clone());
    of_kind.chain(others).filter_map(layer).find(|layer| (repository.may_edit)(&layer.path))
}

/// The object in the namespace that its neighbour names, which a kustomization may change.
fn at_home(object: &Object, beside: &Layer) -> Object {
    let mut value = object.to_value();
    let its = beside.value.pointer("/metadata/namespace").cloned();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut)
        && metadata.contains_key("namespace")
    {
        match its {
            Some(namespace) => drop(metadata.insert("namespace".to_owned(), namespace)),
            None => drop(metadata.remove("namespace")),
        }
    }
    Object::new(value).unwrap_or_else(|_| object.clone())
}

/// The path of a file for an object; `None` where it belongs into the file that is there.
fn new_file(object: &Object, beside: &Layer, repository: &Repository<'_>, pages: &Pages<'_>) -> Option<String> {
    let text = repository.snapshot.texts().get(&beside.path).unwrap_or_default();
    if Places::of(text).objects().len() > 1 {
        return None;
    }
    let dir = parent(&beside.path);
    let name = file_name(object);
    let home = object.namespace().unwrap_or_default();
    let names = [name.clone(), format!("{home}-{name}")];
    let is_free = |path: &String| !(repository.exists)(path) && !pages.makes(path) && (repository.may_edit)(path);
    names.into_iter().map(|name| join(dir, &name)).find(is_free)
}

/// The kustomizations that list a file or, where none does, the one of its directory.
fn listers<'r>(path: &str, repository: &Repository<'r>) -> Vec<&'r str> {
    let users = repository.tree.users(path);
    if users.is_empty() { repository.tree.file_of(parent(path)).into_iter().collect() } else { users }
}
