//! Texts while they are edited.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::Patch;
use serde_json::{Value, json};

use super::{Changes, Repository, Trouble};
use crate::{
    kustomize::{Layer, list, name, parent, relative, unlist},
    yaml::{
        self, Places, Position,
        edit::{self, Refusal},
    },
};

/// The texts that differ by now from what was read.
#[derive(Clone)]
pub(super) struct Pages<'r> {
    repository: Repository<'r>,
    now: Changes,
    /// Files that the step at hand has changed.
    fresh: BTreeSet<String>,
    rules: BTreeMap<String, BTreeSet<&'static str>>,
}

impl<'r> Pages<'r> {
    pub(super) const fn new(repository: Repository<'r>) -> Self {
        Self { repository, now: BTreeMap::new(), fresh: BTreeSet::new(), rules: BTreeMap::new() }
    }

    /// Notes for which rules the files were changed since the last time.
    pub(super) fn answer(&mut self, rules: impl Iterator<Item = &'static str>) {
        let rules: BTreeSet<&'static str> = rules.collect();
        for path in std::mem::take(&mut self.fresh) {
            self.rules.entry(path).or_default().extend(&rules);
        }
    }

    /// What differs, and for which rules.
    pub(super) fn into_changes(self) -> (Changes, BTreeMap<String, BTreeSet<&'static str>>) {
        let texts = self.repository.snapshot.texts();
        let differs = |(path, text): &(String, Option<String>)| text.as_deref() != texts.get(path);
        (self.now.into_iter().filter(differs).collect(), self.rules)
    }

    /// The text of a file as it is by now.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        match self.now.get(path) {
            Some(text) => text.as_deref(),
            None => self.repository.snapshot.texts().get(path),
        }
    }

    /// Whether a file will be there that was not.
    pub(super) fn makes(&self, path: &str) -> bool {
        self.now.get(path).is_some_and(Option::is_some)
    }

    pub(super) fn set(&mut self, path: &str, text: Option<String>) -> Result<(), Trouble> {
        if !(self.repository.may_edit)(path) {
            let why =
                "it is outside of what was named, or a link, so it is not changed; name it, or its directory, too";
            return Err(Trouble::at(path, START, why));
        }
        self.now.insert(path.to_owned(), text);
        self.fresh.insert(path.to_owned());
        Ok(())
    }

    /// Makes a resource or a patch read as something else.
    pub(super) fn become_(&mut self, layer: &Layer, wanted: &Value) -> Result<(), Trouble> {
        let text = match &layer.inline {
            None => self.with(&layer.path, layer.within, |text, at| edit::rewrite(text, at, wanted))?,
            Some(pointer) => self.inline(layer, pointer, wanted)?,
        };
        self.set(&layer.path, Some(text))
    }

    /// A kustomization in which the text of a patch reads as something else.
    fn inline(&self, layer: &Layer, pointer: &str, wanted: &Value) -> Result<String, Trouble> {
        let trouble = |why: &str| Trouble::at(&layer.path, layer.within, format!("the patch {pointer} in it {why}"));
        let text = self.text(&layer.path).unwrap_or_default();
        let kustomization: Value = yaml::read(text).map_err(|_| trouble("cannot be read"))?;
        let patch = kustomization.pointer(pointer).and_then(Value::as_str).ok_or_else(|| trouble("is no text"))?;
        let documents = yaml::documents(patch);
        let meant = documents.iter().find(|document| yaml::read(document.text).as_ref() == Ok(&layer.value));
        let at = meant.and_then(|document| Places::of_document(document).objects().first().copied());
        let at = at.ok_or_else(|| trouble("was changed for another object too"))?;
        let edited = edit::rewrite(patch, at, wanted).map_err(|refusal| trouble(&refusal.reason.to_string()))?;
        let operations = json!([{"op": "replace", "path": pointer, "value": edited}]);
        let operations: Patch = serde_json::from_value(operations).unwrap_or_default();
        self.with(&layer.path, layer.within, |text, at| edit::apply(text, at, &operations))
    }

    /// Adds an object to the file of another, at its end or to its list.
    pub(super) fn append(&mut self, beside: &Layer, object: &Value, document: &str) -> Result<(), Trouble> {
        let text = self.with(&beside.path, beside.within, |text, at| edit::append(text, at, object, document))?;
        self.set(&beside.path, Some(text))
    }

    /// Takes an object from its file, and the file from its kustomizations when nothing else is in it.
    pub(super) fn remove(&mut self, layer: &Layer) -> Result<(), Trouble> {
        let text = self.with(&layer.path, layer.within, edit::remove)?;
        let is_gone = text.is_none();
        self.set(&layer.path, text)?;
        let users = if is_gone { self.repository.tree.users(&layer.path) } else { Vec::new() };
        users.into_iter().try_for_each(|user| self.listed(user, &layer.path, unlist))
    }

    /// Lists a file in a kustomization.
    pub(super) fn list(&mut self, kustomization: &str, path: &str) -> Result<(), Trouble> {
        self.listed(kustomization, path, list)
    }

    fn listed(
        &mut self,
        kustomization: &str,
        path: &str,
        how: impl Fn(&str, &str) -> Result<String, Refusal>,
    ) -> Result<(), Trouble> {
        let entry = relative(parent(kustomization), path);
        let text = how(self.text(kustomization).unwrap_or_default(), &entry).map_err(|Refusal { at, reason }| {
            Trouble::at(kustomization, at, format!("the entry {} of it: {reason}", name(path)))
        })?;
        self.set(kustomization, Some(text))
    }

    /// Edits a text at a place of the text that was read.
    pub(super) fn with<T>(
        &self,
        path: &str,
        within: Position,
        how: impl FnOnce(&str, Position) -> Result<T, Refusal>,
    ) -> Result<T, Trouble> {
        let text = self.text(path).unwrap_or_default();
        let at = self.moved(path, text, within);
        how(text, at).map_err(|Refusal { at, reason }| Trouble::at(path, at, reason.to_string()))
    }

    /// Where an object is by now: edits before it may have moved it, and none has made it another one in
    /// the row.
    fn moved(&self, path: &str, now: &str, within: Position) -> Position {
        let Some(text) = self.repository.snapshot.texts().get(path).filter(|text| *text != now) else {
            return within;
        };
        let before = Places::of(text).objects().iter().take_while(|start| **start <= within).count();
        let starts = Places::of(now).objects();
        before.checked_sub(1).and_then(|index| starts.get(index)).copied().unwrap_or(within)
    }
}

const START: Position = Position { line: 1, column: 1 };
