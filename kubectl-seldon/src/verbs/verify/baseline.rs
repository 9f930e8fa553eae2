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

/// What a run makes of the part of a baseline that is about what was judged.
pub(super) struct Part {
    /// What it is to hold from now on, when it is written.
    renewed: Baseline,
    /// How much of it was not found any more.
    gone: usize,
}

/// The outcomes, of which nothing counts any more that is about to be written, and what becomes of a
/// part of the baseline.
pub(super) fn settle(
    args: &JudgeArgs,
    part: Option<&Baseline>,
    outcomes: Vec<Outcome>,
    run: &Run<'_>,
) -> (Vec<Outcome>, Option<Part>) {
    let Some(part) = part else { return (outcomes, None) };
    let renewed = part.renewed(&outcomes, run);
    let gone = part.gone(&outcomes, run).len();
    let outcomes = if args.write_baseline { renewed.apply(outcomes) } else { outcomes };
    (outcomes, Some(Part { renewed, gone }))
}

/// Says what is gone, or writes the baseline anew, with its parts for the clusters that were judged.
///
/// # Errors
/// When it cannot be written.
pub(super) fn conclude(
    args: &JudgeArgs,
    baseline: Option<&Baseline>,
    parts: Vec<(Option<&str>, Option<Part>)>,
    ui: &Ui,
) -> Result<(), CliError> {
    let (Some(file), Some(baseline)) = (&args.baseline, baseline) else { return Ok(()) };
    let parts: Vec<(Option<&str>, Part)> =
        parts.into_iter().filter_map(|(cluster, part)| Some((cluster, part?))).collect();
    if !args.write_baseline {
        tell(file, parts.iter().map(|(_, part)| part.gone).sum(), ui);
        return Ok(());
    }
    let renewed =
        parts.into_iter().fold(baseline.clone(), |all, (cluster, part)| all.with_cluster(cluster, part.renewed));
    whole::write(file, &renewed.to_yaml())?;
    ui.notice(&match renewed.len() {
        1 => format!("{} holds 1 finding", shown(file)),
        held => format!("{} holds {held} findings", shown(file)),
    });
    Ok(())
}

fn tell(file: &Path, gone: usize, ui: &Ui) {
    let file = shown(file);
    match gone {
        0 => {}
        1 => ui.notice(&format!("1 finding of {file} is gone; --write-baseline drops it")),
        gone => ui.notice(&format!("{gone} findings of {file} are gone; --write-baseline drops them")),
    }
}
