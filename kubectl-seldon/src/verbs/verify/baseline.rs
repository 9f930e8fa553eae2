//! `--baseline` and `--write-baseline`.

use std::path::Path;

use seldon_central_core::{
    finding::Outcome,
    suppress::baseline::{Baseline, Run},
};

use crate::{
    cli::verify::JudgeArgs,
    error::CliError,
    sink::{files::shown, whole},
    source::profile::{named, read_text},
    ui::Ui,
};

/// The baseline that the flags name. One that is about to be written need not be there yet.
///
/// # Errors
/// When it cannot be read or is none.
pub(super) fn read(args: &JudgeArgs) -> Result<Option<Baseline>, CliError> {
    let Some(file) = &args.baseline else { return Ok(None) };
    if args.write_baseline && !file.exists() {
        return Ok(Some(Baseline::default()));
    }
    let text = read_text(file).map_err(|error| {
        if file.exists() { error } else { error.hint("--write-baseline writes it, with what is found now") }
    })?;
    let read = Baseline::from_yaml(&text).map_err(|error| CliError::new(format!("{}: {error}", named(file))))?;
    Ok(Some(read))
}

/// Says what is gone, or writes the baseline anew, after which nothing that was found counts.
///
/// # Errors
/// When it cannot be written.
pub(super) fn settle(
    args: &JudgeArgs,
    baseline: Option<&Baseline>,
    outcomes: Vec<Outcome>,
    run: &Run<'_>,
    ui: &Ui,
) -> Result<Vec<Outcome>, CliError> {
    let (Some(file), Some(baseline)) = (&args.baseline, baseline) else { return Ok(outcomes) };
    if !args.write_baseline {
        tell(file, baseline.gone(&outcomes, run).len(), ui);
        return Ok(outcomes);
    }
    let renewed = baseline.renewed(&outcomes, run);
    whole::write(file, &renewed.to_yaml())?;
    ui.notice(&match renewed.len() {
        1 => format!("{} holds 1 finding", shown(file)),
        held => format!("{} holds {held} findings", shown(file)),
    });
    Ok(renewed.apply(outcomes))
}

fn tell(file: &Path, gone: usize, ui: &Ui) {
    let file = shown(file);
    match gone {
        0 => {}
        1 => ui.notice(&format!("1 finding of {file} is gone; --write-baseline drops it")),
        gone => ui.notice(&format!("{gone} findings of {file} are gone; --write-baseline drops them")),
    }
}
