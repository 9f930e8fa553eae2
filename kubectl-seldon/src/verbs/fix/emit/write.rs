//! An overlay as files: what is there and was edited is kept.

use std::fs;

use seldon_central_core::overlay::{FileTree, marked};

use super::{super::super::block_on, Lay};
use crate::{
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    sink::files::{FilePlan, PlannedFile, shown},
    verbs::onboard::emit::listing,
};

/// Writes, or shows, the files.
///
/// # Errors
/// When a file of that name is there and differs, or cannot be written.
pub(super) fn write(lay: &Lay<'_>, tree: &FileTree) -> Result<Exit, CliError> {
    let plan = FilePlan::new(lay.out, tree)?;
    let apply = &lay.args.apply;
    if apply.diff {
        let text: String = plan.files.iter().map(PlannedFile::diff).collect();
        lay.ui.data(&text)?;
        return Ok(if text.is_empty() { Exit::Done } else { Exit::Findings });
    }
    if let Some(foreign) = plan.differing().find(|file| !is_ours(file)) {
        lay.ui.talk(&foreign.diff());
        return Err(CliError::new(format!(
            "{}, because {} is not part of an overlay that this tool wrote",
            apply.refused(),
            shown(&foreign.path)
        ))
        .hint("name another directory with --out"));
    }
    if let Some(refusal) = plan.refusal().filter(|_| !lay.args.lay.overwrite) {
        plan.differing().for_each(|file| lay.ui.talk(&file.diff()));
        return Err(refusal);
    }
    let is_dry = apply.dry_run.is_some();
    if !is_dry {
        block_on(async { plan.write(&mut Interrupt::listen()?).await })?;
    }
    lay.ui.data(&listing(&plan, is_dry))?;
    for stranger in &plan.strangers {
        lay.ui.notice(&format!("{} is not part of what was emitted and was left alone", shown(stranger)));
    }
    Ok(Exit::Done)
}

/// Whether a file bears the mark of this tool, however it was edited.
fn is_ours(file: &PlannedFile) -> bool {
    fs::read_to_string(&file.path).is_ok_and(|text| marked(&text).is_some())
}
