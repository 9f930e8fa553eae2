//! Repairs as an overlay: patches on a base that nobody may edit, and files for what it lacks.
//!
//! kustomize drops a patch whose target selects nothing, and `replace` adds what is not there. So each
//! object has one list of operations that tests first what it changes, and before it a merge patch that
//! changes nothing: for an object that is not there it fails the build.

mod bases;
mod handle;
mod patch;
mod rebase;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ArgoCd, FileTree, Flux, annotated, argocd, document, flux, mark};
use crate::{
    fix::{Step, Write},
    name::{Namespace, ObjectName},
    object::{Object, ObjectId},
    yaml,
};

pub use self::{
    bases::{Base, Laid, sorted},
    handle::Handle,
    rebase::{Rebased, rebased},
};

/// In which form repairs are laid over a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixForm {
    /// A kustomize overlay.
    Kustomize,
    /// A kustomize Component, for overlays that name the base themselves.
    Component,
    /// An overlay and the Application that syncs it.
    ArgoCd(ArgoCd, Handle),
    /// An overlay and the Flux Kustomization that reconciles it.
    Flux(Flux, Handle),
}

/// The overlay that takes these steps over a base.
///
/// `base` is what gives the base's objects, as a kustomization in the overlay's directory names it: a
/// directory with a kustomization, or files below the overlay. Steps that change nothing of an object
/// are left out.
pub fn lay(steps: &[Step], base: &[String], form: &FixForm) -> FileTree {
    let mut tree = FileTree::default();
    let (mut resources, mut patches) = (base.to_vec(), Vec::new());
    if *form == FixForm::Component {
        resources.clear();
    }
    for step in steps {
        match &step.write {
            Write::Create => {
                let Some(object) = &step.after else { continue };
                let path = place(&step.object, "");
                tree.insert(path.clone(), format!("{}{}", marked_by([step]), document(&hinted(object, form))));
                resources.push(path);
            }
            Write::Patch(_) => {
                let operations = patch::operations(step);
                if !operations.is_empty() {
                    // One each: before kustomize 5.1 a patch has one document.
                    patches.push(json!({"patch": yaml::write(&patch::identity(&step.object))}));
                    patches.push(patch::put(&mut tree, step, &operations));
                }
            }
            Write::Delete => {
                let tests = patch::recognised(step);
                if !tests.is_empty() {
                    patches.push(patch::put(&mut tree, step, &tests));
                }
                let path = place(&step.object, "delete-");
                tree.insert(path.clone(), format!("{}{}", marked_by([step]), yaml::write(&patch::deletion(step))));
                patches.push(json!({"path": path}));
            }
        }
    }
    tree.insert("kustomization.yaml".to_owned(), kustomization(steps, &resources, &patches, form));
    match form {
        FixForm::Kustomize | FixForm::Component => {}
        FixForm::ArgoCd(settings, handle) => {
            let text = format!("{}{}", marked_by(steps), handle.application(settings));
            tree.insert(format!("argocd/application-{}.yaml", handle.name), text);
        }
        FixForm::Flux(settings, handle) => {
            let text = format!("{}{}", marked_by(steps), handle.reconciled(settings));
            tree.insert(format!("flux/kustomization-{}.yaml", handle.name), text);
        }
    }
    tree
}

/// The ids of the rules that steps answer, under the mark.
fn marked_by<'a>(steps: impl IntoIterator<Item = &'a Step>) -> String {
    let rules: BTreeSet<&str> =
        steps.into_iter().flat_map(|step| step.answers.iter().map(|answer| answer.rule)).collect();
    mark(rules)
}

fn kustomization(steps: &[Step], resources: &[String], patches: &[Value], form: &FixForm) -> String {
    let is_component = *form == FixForm::Component;
    let (version, kind) = if is_component { ("v1alpha1", "Component") } else { ("v1beta1", "Kustomization") };
    let mut value = json!({"apiVersion": format!("kustomize.config.k8s.io/{version}"), "kind": kind});
    for (field, entries) in [("resources", json!(resources)), ("patches", json!(patches))] {
        if let (Some(map), false) = (value.as_object_mut(), entries == json!([])) {
            map.insert(field.to_owned(), entries);
        }
    }
    let how = if is_component {
        "List this directory under `components:` of what builds the base, which stays as it is."
    } else {
        "It lies over the base, which stays as it is."
    };
    let guards = if patches.iter().any(|patch| patch.get("patch").is_some()) {
        "# A patch that only names an object changes nothing; it fails the build when that is no longer there,\n\
         # where kustomize would drop the next one without a word.\n"
    } else {
        ""
    };
    format!("{}# Written by kubectl seldon fix. {how}\n{guards}{}", marked_by(steps), yaml::write(&value))
}

/// The file of an object: `fin/service-seldon-scheduler.yaml`. What a base calls an object may be any
/// text, so a name that is none gives way to a number.
fn place(object: &ObjectId, what: &str) -> String {
    let part = |text: &str| match ObjectName::new(text) {
        Ok(name) => name.to_string(),
        Err(_) => format!("{:08x}", super::fingerprint(text)),
    };
    let dir = match &object.namespace {
        Some(namespace) => format!("{}/", part(namespace)),
        None => String::new(),
    };
    let kind = part(&object.kind.to_lowercase());
    format!("{dir}{what}{kind}-{}.yaml", part(&object.name))
}

/// An object that is made, with what the controller has to know about it.
fn hinted(object: &Object, form: &FixForm) -> Object {
    match form {
        FixForm::ArgoCd(..) => argocd::in_wave(object),
        FixForm::Flux(..) if object.is(&crate::resource::NAMESPACE) => annotated(object, flux::PRUNE, "disabled"),
        FixForm::Kustomize | FixForm::Component | FixForm::Flux(..) => object.clone(),
    }
}
