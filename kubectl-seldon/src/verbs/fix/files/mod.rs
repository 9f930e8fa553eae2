//! Files put right in place: look, plan, edit, look again at what they would be, show, ask, write.

mod apart;
mod bounds;
mod search;

use std::path::{Path, PathBuf};

use seldon_central_core::text::printable;

use self::search::{Kept, Rest, Search};
use super::{super::block_on, left, look::Look};
use crate::{
    cli::fix::{DryRun, FixArgs},
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    render::diff::unified,
    sink::{
        edit::{self, Edit},
        files::shown,
    },
    ui::{GREEN, RED, Ui, YELLOW},
};

/// Standard input, as a file.
const STDIN: &str = "-";

/// Puts the files right.
///
/// # Errors
/// When they cannot be read or written, or it is not wished.
pub(super) fn run(args: &FixArgs, look: &Look, ui: &Ui) -> Result<Exit, CliError> {
    let is_stdin = args.files.iter().any(|file| file == Path::new(STDIN));
    if is_stdin && args.files.len() > 1 {
        return Err(CliError::new("standard input is put right alone; name no other file beside it"));
    }
    if args.apply.dry_run == Some(DryRun::Server) {
        return Err(CliError::new("no API server judges files; --dry-run, --diff or --check show what would change"));
    }
    let mut search = Search::begin(look)?;
    if search.is_idle() {
        ui.notice(
            "no namespace in the files is a tenant of the central scheduler; name one to have it put right as such",
        );
    }
    search.run();
    let edits = search.edits();
    let rest = search.rest();
    let exit = exit_for(&search, &rest);
    if args.apply.diff || args.check {
        let text = if args.apply.diff { diff(&edits) } else { lines(&search, &edits, "would be ", "") };
        ui.data(&text)?;
        tell(&search, &rest, ui);
        let differs = if edits.is_empty() { Exit::Done } else { Exit::Findings };
        return Ok(if args.apply.diff { differs } else { differs.max(exit) });
    }
    if is_stdin {
        ui.data(search.text(STDIN).unwrap_or_default())?;
        tell(&search, &rest, ui);
        return Ok(exit);
    }
    if args.apply.dry_run.is_some() {
        ui.data(&lines(&search, &edits, "", " (dry run)"))?;
        tell(&search, &rest, ui);
        return Ok(exit);
    }
    if !edits.is_empty() {
        if !args.apply.yes {
            ui.talk(&diff(&edits));
            if ui.is_interactive() && !ui.confirm("Go on?") {
                return Err(CliError::new("nothing was written, as you wished"));
            }
        }
        block_on(async { edit::write(&edits, &mut Interrupt::listen()?).await })?;
    }
    ui.data(&lines(&search, &edits, "", ""))?;
    tell(&search, &rest, ui);
    Ok(exit)
}

/// The differences of all files.
fn diff(edits: &[Edit]) -> String {
    let one = |edit: &Edit| {
        let name = if edit.path == Path::new(STDIN) { "stdin".to_owned() } else { edit.path.display().to_string() };
        unified(name.trim_start_matches('/'), edit.old.as_deref(), edit.new.as_deref())
    };
    edits.iter().map(one).collect()
}

/// A line for each file: what happens to it, and for which rules.
fn lines(search: &Search<'_>, edits: &[Edit], before: &str, suffix: &str) -> String {
    let line = |edit: &Edit| {
        let (style, word) = match (&edit.old, &edit.new) {
            (None, _) => (GREEN, "created"),
            (_, None) => (RED, "deleted"),
            _ => (YELLOW, "changed"),
        };
        let rules = search.rules_of(&edit.path);
        let why = if rules.is_empty() { String::new() } else { format!(" for {}", rules.join(", ")) };
        format!("{} {before}{style}{word}{style:#}{}{suffix}\n", shown(&edit.path), printable(&why))
    };
    edits.iter().map(line).collect()
}

/// What stays, and what to do about it.
fn tell(search: &Search<'_>, rest: &Rest, ui: &Ui) {
    for Kept { outcome, why } in &rest.kept {
        left::say(outcome, why, ui);
    }
    left::tell(&rest.left, &search.input.snapshot, ui);
    for unread in search.input.snapshot.kustomizations().unread() {
        ui.notice(&unread.to_string());
    }
}

/// An error that stays, or something that could not be looked at.
fn exit_for(search: &Search<'_>, rest: &Rest) -> Exit {
    if search.input.snapshot.kustomizations().unread().next().is_some() && !search.look.incomplete_too {
        return Exit::Incomplete;
    }
    if rest.has_error() { Exit::Findings } else { Exit::Done }
}

/// A path of the files, for the disk.
fn path(name: &str) -> PathBuf {
    PathBuf::from(name)
}
