//! The texts that were read, so that findings can be placed in them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    finding::Outcome,
    kustomize::Trace,
    object::ObjectId,
    snapshot::Origin,
    yaml::{Places, Position},
};

/// The texts that were read, by the path that is in the origins of their objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Texts {
    texts: BTreeMap<String, Arc<str>>,
    traces: BTreeMap<ObjectId, Trace>,
}

impl Texts {
    /// Keeps a text.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) {
        self.texts.insert(path.into(), text.into());
    }

    /// The text of a file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(AsRef::as_ref)
    }

    /// The lines of a file, without their ends; none when there is no such file.
    pub fn lines(&self, path: &str) -> impl Iterator<Item = &str> {
        let text = self.get(path).unwrap_or_default();
        text.strip_prefix('\u{feff}').unwrap_or(text).lines()
    }

    /// What a built object was made of.
    pub(crate) fn trace(&self, object: &ObjectId) -> Option<&Trace> {
        self.traces.get(object)
    }

    /// Adds the texts of others.
    pub fn extend(&mut self, others: Self) {
        self.texts.extend(others.texts);
        self.traces.extend(others.traces);
    }

    /// The same texts with what built objects were made of, in place of what was said of others.
    #[must_use]
    pub fn with_traces(&self, traces: BTreeMap<ObjectId, Trace>) -> Self {
        Self { texts: self.texts.clone(), traces }
    }

    /// Moves the origin of each finding from where its object begins to where its first evidence
    /// stands, or the nearest thing around it that is there; of what kustomize built, to the patch
    /// that put it there. A finding without evidence stays where its object begins.
    pub fn place(&self, outcomes: &mut [Outcome]) {
        let mut read: BTreeMap<String, Option<Places<'_>>> = BTreeMap::new();
        for outcome in outcomes {
            let pointer = outcome.finding().and_then(|finding| finding.evidence.first());
            let pointer = pointer.map(|evidence| evidence.path.clone()).unwrap_or_default();
            let Some(Origin::File { path, line, column }) = &mut outcome.origin else { continue };
            if pointer.is_empty() {
                continue;
            }
            if let Some(trace) = self.traces.get(&outcome.object) {
                if let Some((file, at)) = trace.find(&pointer, |path| self.get(path)) {
                    (*path, *line, *column) = (file, at.line, at.column);
                }
                continue;
            }
            let places = read.entry(path.clone()).or_insert_with(|| self.get(path).map(Places::of));
            let within = Position { line: *line, column: *column };
            if let Some(at) = places.as_ref().and_then(|places| places.find(within, &pointer)) {
                (*line, *column) = (at.line, at.column);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        manifest,
        name::Namespace,
        profile::ControlPlane,
        rules::{self, World},
        snapshot::Snapshot,
    };

    #[test]
    fn a_finding_is_where_its_first_evidence_is() {
        let text = "\
apiVersion: v1
kind: List
items:
- apiVersion: mlops.seldon.io/v1alpha1
  kind: SeldonRuntime
  metadata: {name: r, namespace: fin}
  spec:
    seldonConfig: default
    overrides:
    - name: seldon-scheduler
      replicas: 0
      podSpec:
";
        let objects = manifest::read("a.yaml", text).unwrap().objects;
        let control_plane = ControlPlane::default();
        let mut texts = Texts::default();
        texts.insert("a.yaml", text);
        let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace).with_texts(texts);
        let named = [Namespace::new("fin").unwrap()];
        let world = World::new(&snapshot, &control_plane, &named);
        let rule = rules::find("SCS0802").unwrap();
        let outcomes = rules::run([&rule], &world);
        let origin = outcomes.iter().find(|outcome| outcome.finding().is_some()).and_then(|found| found.origin.clone());
        assert_eq!(origin, Some(Origin::File { path: "a.yaml".into(), line: 12, column: 7 }));
        assert_eq!(snapshot.texts().lines("a.yaml").nth(11), Some("      podSpec:"));
        assert_eq!(snapshot.texts().lines("b.yaml").count(), 0);
    }
}
