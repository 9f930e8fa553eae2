//! Whether an overlay does what it is for: built and judged before it is written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use seldon_central_core::{
    finding::{Outcome, Verdict},
    fix::{Answer, Step, settled},
    kustomize::relative,
    overlay::{self, Base, FileTree, FixForm, Laid},
    rules::{self, RULES},
};
use tempfile::TempDir;

use super::{
    Lay,
    place::{Place, absolute},
};
use crate::{cli::fix, error::CliError, sink::files::shown, verbs::verify::gather::Input};

/// Builds the overlays where they do no harm, and judges what they give.
///
/// # Errors
/// When one does not build, a finding stays that it is for, or another is new.
pub(super) fn prove(lay: &Lay<'_>, laid: &[Laid], lost: &[Step], places: &[Place]) -> Result<(), CliError> {
    let temporary = TempDir::new().map_err(|error| CliError::new(format!("no temporary directory: {error}")))?;
    let mut built = Vec::new();
    for (index, (one, place)) in laid.iter().zip(places).enumerate() {
        built.push(stage(lay, one, place, &temporary.path().join(index.to_string()))?);
    }
    let is_files = laid.iter().any(|one| matches!(one.base, Base::Files(_)));
    let named = |reason: &str| {
        reason.replace(&temporary.path().display().to_string(), &shown(lay.out)).replace("/0/overlay", "")
    };
    let before = lay.with(Vec::new(), false)?;
    let after = lay.with(built, is_files).map_err(|error| refused(lay, &named(&error.message)))?;
    if let Some((_, reason)) = after.snapshot.kustomizations().failed().next() {
        return Err(refused(lay, &format!("it would not build: {}", named(reason))));
    }
    let (old, new) = (outcomes(lay, &before), outcomes(lay, &after));
    let answers = laid.iter().flat_map(|one| &one.steps).flat_map(|step| &step.answers);
    let is_lost = |answer: &&Answer| lost.iter().any(|step| step.answers.contains(answer));
    let answers: Vec<Answer> = answers.filter(|answer| !is_lost(answer)).cloned().collect();
    settled(&answers, &old, &new).map_err(|why| refused(lay, &named(&why.to_string())))
}

fn refused(lay: &Lay<'_>, why: &str) -> CliError {
    CliError::new(format!("{}, because the overlay does not do what it is for: {why}", lay.args.apply.refused()))
}

/// Writes one overlay to a temporary directory, and gives what is to be built.
fn stage(lay: &Lay<'_>, one: &Laid, place: &Place, dir: &Path) -> Result<PathBuf, CliError> {
    let own = dir.join("overlay");
    let cannot = |error: &std::io::Error| CliError::file("write", dir, error);
    fs::create_dir_all(&own).map_err(|error| cannot(&error))?;
    let at = absolute(&own)?;
    let entries = match &one.base {
        Base::Directory(base) => vec![relative(&at, &absolute(Path::new(base))?)],
        Base::Files(files) => copied(files, &own).map_err(|error| cannot(&error))?,
    };
    // Who hands it over does not change what it gives.
    let form = if lay.form == fix::FixForm::Component { FixForm::Component } else { FixForm::Kustomize };
    put(&own, &overlay::lay(&one.steps, &entries, &form)).map_err(|error| cannot(&error))?;
    if form != FixForm::Component {
        return absolute(&own).map(Into::into);
    }
    let user = dir.join("user");
    let entries: Vec<String> = match &place.base {
        Some(base) => vec![relative(&absolute(&user)?, &absolute(Path::new(base))?)],
        None => entries.iter().map(|entry| format!("../overlay/{entry}")).collect(),
    };
    let text = serde_json::json!({"resources": entries, "components": ["../overlay"]}).to_string();
    fs::create_dir_all(&user)
        .and_then(|()| fs::write(user.join("kustomization.yaml"), text))
        .map_err(|error| cannot(&error))?;
    absolute(&user).map(Into::into)
}

/// Copies of files where a kustomization may read them.
fn copied(files: &[String], dir: &Path) -> std::io::Result<Vec<String>> {
    let copy = |(index, file): (usize, &String)| {
        let name = format!("base-{index}.yaml");
        fs::copy(file, dir.join(&name)).map(|_| name)
    };
    files.iter().enumerate().map(copy).collect()
}

fn put(dir: &Path, tree: &FileTree) -> std::io::Result<()> {
    for (path, text) in tree.files() {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().unwrap_or(dir))?;
        fs::write(file, text)?;
    }
    Ok(())
}

/// What the rules say about everything in an input.
fn outcomes(lay: &Lay<'_>, input: &Input) -> Vec<Outcome> {
    let judge = |snapshot| {
        let world = lay.look.world(input, snapshot);
        world.suppressions().apply(rules::run(RULES, &world))
    };
    let all = std::iter::once(&input.snapshot).chain(&input.elsewhere).flat_map(judge);
    all.filter(|outcome| !matches!(outcome.verdict, Verdict::Pass)).collect()
}
