//! `--wait`: looks again until what can heal by itself has healed, and the operator has been there.

use std::{collections::BTreeMap, mem, time::Duration};

use seldon_central_core::{
    finding::{Level, Outcome, Verdict},
    rules::{self, AliasDoubt},
};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::gather::Input;
use crate::{error::CliError, interrupt::Interrupt, progress::Progress, ui::Ui};

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

/// What a look shows.
pub(super) struct Seen {
    /// The verdicts.
    pub(super) outcomes: Vec<Outcome>,
    /// The aliases that nobody knows about yet.
    pub(super) doubts: Vec<AliasDoubt>,
}

/// What was seen last.
pub(super) struct Waited {
    /// All of it.
    pub(super) input: Input,
    /// Whether somebody ended the waiting.
    pub(super) is_interrupted: bool,
}

/// Looks until nothing is left that can heal or that waits for the operator, the time is over or
/// somebody asks for an end, and returns what was seen last. What cannot heal, or may not be read,
/// ends the waiting at once.
///
/// # Errors
/// When the first look fails, or was not finished in time.
pub(super) async fn until_healed(
    wait: Wait,
    whose: &str,
    look: impl AsyncFn() -> Result<Input, CliError>,
    judge: impl Fn(&Input) -> Seen,
    (progress, ui): (&Progress<'_>, &Ui),
) -> Result<Waited, CliError> {
    let mut interrupt = Interrupt::listen()?;
    let deadline = wait.limit.map(|limit| progress.begun() + limit);
    let mut followed = false;
    let mut last: Option<Input> = None;
    loop {
        let round = async {
            match deadline {
                Some(deadline) => timeout_at(deadline, look()).await.ok(),
                None => Some(look().await),
            }
        };
        let (seen, is_interrupted) = tokio::select! {
            seen = round => (seen, false),
            () = interrupt.come() => (None, true),
        };
        let input = match (seen, last) {
            (Some(Ok(input)), _) => input,
            // One look that failed says nothing about the next; the one before still stands.
            (Some(Err(error)), Some(before)) => {
                let whose = if whose.is_empty() { String::new() } else { format!("{whose}: ") };
                ui.notice(&format!("{whose}{}", error.message));
                before
            }
            (Some(Err(error)), None) => return Err(error),
            (None, Some(input)) => return Ok(Waited { input, is_interrupted }),
            (None, None) => return Err(nothing_seen(is_interrupted)),
        };
        let Seen { outcomes, doubts } = judge(&input);
        let awaited = awaited(&outcomes, &doubts, wait.threshold);
        let is_followed = doubts.iter().any(|doubt| doubt.why.can_be_awaited());
        // Lists are not read at one moment: an alias that was read beside the first mark of a reconcile
        // may be older than that.
        let once_more = mem::replace(&mut followed, is_followed) && !is_followed;
        let awaited = match awaited {
            Some(awaited) if !awaited.is_empty() || once_more => awaited,
            _ => return Ok(Waited { input, is_interrupted: false }),
        };
        progress.awaits(whose, awaited);
        let next = Instant::now() + INTERVAL;
        if deadline.is_some_and(|deadline| next >= deadline) {
            return Ok(Waited { input, is_interrupted: false });
        }
        tokio::select! {
            () = sleep_until(next) => {}
            () = interrupt.come() => return Ok(Waited { input, is_interrupted: true }),
        }
        last = Some(input);
    }
}

fn nothing_seen(is_interrupted: bool) -> CliError {
    CliError::incomplete(if is_interrupted {
        "interrupted before anything was seen"
    } else {
        "there was not enough time to look even once"
    })
}

/// What can pass, with the reason for each; `None` when something cannot, so that waiting is of no use.
fn awaited(outcomes: &[Outcome], doubts: &[AliasDoubt], threshold: Level) -> Option<BTreeMap<String, String>> {
    let mut waiting = BTreeMap::new();
    for outcome in outcomes {
        match &outcome.verdict {
            Verdict::Fail(finding) if finding.level >= threshold => {
                if !rules::can_heal(outcome.rule) {
                    return None;
                }
                waiting.insert(format!("{} {}", outcome.rule, outcome.object), finding.message.clone());
            }
            Verdict::Unknown { reason } if reason.is_incomplete() => return None,
            _ => {}
        }
    }
    for AliasDoubt { runtime, why } in doubts.iter().filter(|doubt| doubt.why.can_be_awaited()) {
        waiting.insert(runtime.to_string(), why.to_string());
    }
    Some(waiting)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use anstream::ColorChoice;
    use seldon_central_core::{
        finding::Finding,
        object::ObjectId,
        profile::ControlPlane,
        resource::{SELDON_RUNTIME, SERVER, SERVICE},
        rules::Doubt,
        snapshot::Snapshot,
    };

    use super::*;

    fn input(turn: usize) -> Input {
        Input {
            snapshot: Snapshot::live(),
            control_plane: ControlPlane::default(),
            tenants: Vec::new(),
            skipped: turn,
            namespaces: None,
            elsewhere: Vec::new(),
            files: None,
            tree: seldon_central_core::kustomize::Tree::default(),
            cluster: None,
        }
    }

    fn doubt(why: Doubt) -> Vec<AliasDoubt> {
        vec![AliasDoubt { runtime: ObjectId::of(&SELDON_RUNTIME, Some("fin"), "r"), why }]
    }

    fn fails(rule: &'static str) -> Outcome {
        let kind = if rule.starts_with("SCS05") { &SERVICE } else { &SERVER };
        let finding = Finding { message: "m".into(), level: Level::Error, evidence: Vec::new(), remedy: "r".into() };
        Outcome { rule, object: ObjectId::of(kind, Some("fin"), "a"), origin: None, verdict: Verdict::Fail(finding) }
    }

    /// How many looks it takes when each shows what is given, the last one for ever.
    async fn looks(limit: Option<u64>, shows: &[(Vec<&'static str>, Option<Doubt>)]) -> usize {
        let ui = Ui::new(ColorChoice::Never);
        let progress = Progress::begin(&ui, "");
        let turn = Cell::new(0);
        let look = async || {
            turn.set(turn.get() + 1);
            Ok(input(turn.get()))
        };
        let judge = |input: &Input| {
            let (rules, why) = &shows[(input.skipped - 1).min(shows.len() - 1)];
            let doubts = why.map(doubt).unwrap_or_default();
            Seen { outcomes: rules.iter().map(|rule| fails(rule)).collect(), doubts }
        };
        let wait = Wait { limit: limit.map(Duration::from_secs), threshold: Level::Error };
        let waited = until_healed(wait, "", look, judge, (&progress, &ui)).await.unwrap();
        assert!(!waited.is_interrupted);
        assert_eq!(waited.input.skipped, turn.get(), "the last look is the one that is judged");
        turn.get()
    }

    #[tokio::test(start_paused = true)]
    async fn what_can_pass_is_looked_at_again() {
        assert_eq!(looks(None, &[(vec![], None)]).await, 1);
        assert_eq!(looks(None, &[(vec!["SCS0307"], None), (vec!["SCS0307"], None), (vec![], None)]).await, 3);
        assert_eq!(looks(None, &[(vec!["SCS0307", "SCS0501"], None)]).await, 1);
        assert_eq!(looks(Some(9), &[(vec!["SCS0307"], None)]).await, 5);
    }

    /// What was read beside the first mark of a reconcile may be older than that.
    #[tokio::test(start_paused = true)]
    async fn an_alias_is_judged_by_a_look_that_began_after_the_operators_first_mark() {
        let (unseen, begun) = (Some(Doubt::NotSeen), Some(Doubt::NotReconciled));
        assert_eq!(looks(None, &[(vec![], unseen), (vec![], begun), (vec![], None)]).await, 4);
        assert_eq!(looks(None, &[(vec![], unseen), (vec![], None), (vec!["SCS0505"], None)]).await, 3);
        assert_eq!(looks(None, &[(vec![], unseen), (vec!["SCS0505"], None)]).await, 2);
        // What nobody can wait for is not waited for.
        assert_eq!(looks(None, &[(vec![], Some(Doubt::NotMarked))]).await, 1);
    }
}
