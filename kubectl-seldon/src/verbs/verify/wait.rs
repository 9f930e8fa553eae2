//! `--wait`: looks again until what can heal by itself has healed.

use std::{collections::BTreeMap, time::Duration};

use seldon_central_core::{
    finding::{Level, Outcome, Verdict},
    rules,
    text::printable,
};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::gather::Input;
use crate::{error::CliError, ui::Ui};

/// Between two looks. Conditions change in seconds, and a look is a LIST of each kind.
const INTERVAL: Duration = Duration::from_secs(2);

/// How long it may take, without a limit for ever; and what counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// From the first request on.
    pub(super) limit: Option<Duration>,
    /// Findings below this are not waited for.
    pub(super) threshold: Level,
}

/// Looks until nothing is left that can heal, the time is over or Ctrl-C is pressed, and returns
/// what was seen last. What cannot heal, or may not be read, ends the waiting at once.
///
/// # Errors
/// When the first look fails, or was not finished in time.
pub(super) async fn until_healed(
    wait: Wait,
    look: impl AsyncFn() -> Result<Input, CliError>,
    judge: impl Fn(&Input) -> Vec<Outcome>,
    ui: &Ui,
) -> Result<Input, CliError> {
    let begun = Instant::now();
    let deadline = wait.limit.map(|limit| begun + limit);
    let mut said = BTreeMap::new();
    let mut last: Option<Input> = None;
    loop {
        let round = async {
            match deadline {
                Some(deadline) => timeout_at(deadline, look()).await.ok(),
                None => Some(look().await),
            }
        };
        let seen = tokio::select! {
            seen = round => seen,
            _ = tokio::signal::ctrl_c() => {
                ui.notice("interrupted; this is what is known");
                None
            }
        };
        let Some(seen) = seen else {
            return last.ok_or_else(|| CliError::incomplete("there was not enough time to look even once"));
        };
        let input = match (seen, last) {
            (Ok(input), _) => input,
            // One look that failed says nothing about the next; the one before still stands.
            (Err(error), Some(before)) => {
                ui.notice(&error.message);
                before
            }
            (Err(error), None) => return Err(error),
        };
        let outcomes = judge(&input);
        let waiting = match healing(&outcomes, wait.threshold) {
            Some(waiting) if !waiting.is_empty() => waiting,
            _ => return Ok(input),
        };
        tell(&waiting, &mut said, begun, ui);
        let next = Instant::now() + INTERVAL;
        if deadline.is_some_and(|deadline| next >= deadline) {
            return Ok(input);
        }
        tokio::select! {
            () = sleep_until(next) => {}
            _ = tokio::signal::ctrl_c() => {
                ui.notice("interrupted; this is what is known");
                return Ok(input);
            }
        }
        last = Some(input);
    }
}

/// The findings that can heal; `None` when something cannot, so that waiting is of no use.
fn healing(outcomes: &[Outcome], threshold: Level) -> Option<Vec<&Outcome>> {
    let mut waiting = Vec::new();
    for outcome in outcomes {
        match &outcome.verdict {
            Verdict::Fail(finding) if finding.level >= threshold => {
                if !rules::can_heal(outcome.rule) {
                    return None;
                }
                waiting.push(outcome);
            }
            Verdict::Unknown { reason } if reason.is_incomplete() => return None,
            _ => {}
        }
    }
    Some(waiting)
}

/// A line for everything that is new.
fn tell(waiting: &[&Outcome], said: &mut BTreeMap<String, String>, begun: Instant, ui: &Ui) {
    for outcome in waiting {
        let what = format!("{} {}", outcome.rule, outcome.object);
        let why = outcome.finding().map(|finding| finding.message.clone()).unwrap_or_default();
        if said.get(&what) != Some(&why) {
            let seconds = begun.elapsed().as_secs();
            ui.say(&format!("{seconds:>4}s  waiting: {}: {}", printable(&what), printable(&why)));
            said.insert(what, why);
        }
    }
}
