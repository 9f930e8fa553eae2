//! `kubectl seldon verify`: gather what there is to judge, judge it, print what was found.

mod gather;

use seldon_central_core::{
    finding::Level,
    rules::{self, RULES, World},
};

use self::gather::gather;
use crate::{
    cli::verify::{Output, VerifyArgs},
    error::CliError,
    exit::Exit,
    render::findings,
    ui::Ui,
};

/// Runs the verb.
///
/// # Errors
/// When the input cannot be read or holds nothing to judge.
pub fn run(args: &VerifyArgs, ui: &Ui) -> Result<Exit, CliError> {
    let input = gather(&args.source)?;
    let world = World::new(&input.snapshot, &input.control_plane, &input.tenants)
        .with_seldon_version(args.judge.seldon_version);
    let outcomes = rules::run(RULES, &world);
    let looked_at = format!("{} objects, {} other documents skipped", input.snapshot.objects().len(), input.skipped);
    ui.data(&match args.output.output {
        Output::Text => findings::text(&outcomes, &looked_at),
        Output::Json => findings::json(&outcomes),
    })?;
    if world.tenants.is_empty() {
        ui.notice("no namespace of the input is a tenant of the central scheduler; name one to judge it as such");
    }
    let threshold: Level = args.judge.fail_on.into();
    let failed = outcomes.iter().filter_map(|outcome| outcome.finding()).any(|finding| finding.level >= threshold);
    Ok(if failed { Exit::Findings } else { Exit::Done })
}
