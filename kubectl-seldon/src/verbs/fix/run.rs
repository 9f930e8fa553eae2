//! A plan that is carried out: read, judged by the API server, shown, asked about, written.

use futures::{StreamExt, stream};
use seldon_central_core::{
    change::comparable,
    fix::{self, Bound, PlanFile},
    object::Object,
    reason::ownership::owner,
};

use super::{
    show,
    steps::{State, Step},
    write,
};
use crate::{
    cli::fix::FixApplyArgs,
    cluster::{Cluster, IN_FLIGHT, Need, Reviews, WriteError},
    error::CliError,
    exit::Exit,
    interrupt::Interrupt,
    sink::private,
    ui::Ui,
};

/// The plan and how far it is.
pub(super) struct Run<'c> {
    cluster: &'c Cluster,
    args: &'c FixApplyArgs,
    /// The plan as it was made.
    pub(super) file: PlanFile,
    /// Its steps.
    pub(super) steps: Vec<Step>,
}

impl<'c> Run<'c> {
    /// Reads every object of a plan.
    ///
    /// # Errors
    /// When one cannot be read, or is not the one any more that the plan was made for.
    pub(super) async fn read(cluster: &'c Cluster, args: &'c FixApplyArgs, file: PlanFile) -> Result<Self, CliError> {
        let get = async |step: Bound| {
            let Some(resource) = step.resource() else { return Ok((step, None)) };
            let live = cluster.get(resource, step.object.namespace.as_deref(), &step.object.name).await?;
            Ok::<_, CliError>((step, live))
        };
        let read: Vec<_> = stream::iter(file.steps.clone()).map(get).buffered(IN_FLIGHT).collect().await;
        let (mut steps, mut stale) = (Vec::new(), Vec::new());
        for one in read {
            let (bound, live) = one?;
            match Step::new(bound, live) {
                Ok(step) => steps.push(step),
                Err(reason) => stale.push(reason),
            }
        }
        if stale.is_empty() {
            return Ok(Self { cluster, args, file, steps });
        }
        Err(CliError::new(format!(
            "{}, because not all is as it was when the plan was made:\n  {}",
            args.refused(),
            stale.join("\n  ")
        ))
        .hint("look again with `kubectl seldon fix`, and make a plan of what is there now"))
    }

    /// Refuses to change what others would change back.
    ///
    /// # Errors
    /// The objects and their owners.
    pub(super) fn refuse_owned(&self) -> Result<(), CliError> {
        let pending = self.steps.iter().filter(|step| step.state == State::Pending && !self.args.force_live);
        let owned = pending.filter_map(|step| {
            let found = owner(step.live.as_ref()?)?;
            Some(format!("{} is owned by {} ({})", step.bound.object, found.owner, found.mark))
        });
        let owned: Vec<String> = owned.collect();
        if owned.is_empty() {
            return Ok(());
        }
        let refused = self.args.refused();
        let owned = owned.join("\n  ");
        Err(CliError::new(format!("{refused}, because owners would change these objects back:\n  {owned}"))
            .hint("--force-live changes them all the same"))
    }

    /// Asks the API server about every step: whether it is allowed, and what would come of it.
    ///
    /// # Errors
    /// Everything that is refused.
    pub(super) async fn judge(&mut self) -> Result<(), CliError> {
        let needs: Vec<Need> = self.steps.iter().filter_map(Step::needs).collect();
        let missing = Reviews::of(self.cluster).missing(&needs).await?;
        if !missing.is_empty() {
            let lines: Vec<String> = missing.iter().map(spoken).collect();
            return Err(CliError::new(format!(
                "{}, because these rights are missing:\n  {}",
                self.args.refused(),
                lines.join("\n  ")
            ))
            .hint("ask for them, or use other credentials with --context, --user or --as"));
        }
        let cluster = self.cluster;
        let judge = async |step: &Step| match step.state {
            State::Pending => Some(step.write(cluster, true).await),
            _ => None,
        };
        let judged: Vec<_> = stream::iter(&self.steps).map(judge).buffered(IN_FLIGHT).collect().await;
        let mut refused = Vec::new();
        for (step, result) in self.steps.iter_mut().zip(judged) {
            match result {
                None => {}
                Some(Ok(result)) => {
                    let same = |live: &Object| result.as_ref().is_some_and(|new| comparable(live) == comparable(new));
                    let is_same = step.live.as_ref().is_some_and(same);
                    step.state = if is_same { State::Same } else { State::Judged(result) };
                }
                Some(Err(WriteError::Request(error))) => return Err(error.into()),
                Some(Err(error)) => refused.push(error.to_string()),
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        let why = refused.join("\n  ");
        Err(CliError::new(format!("{}, because the API server refuses it:\n  {why}", self.args.refused())))
    }

    /// Whether there is nothing to do.
    pub(super) fn is_nothing(&self) -> bool {
        self.steps.iter().all(|step| step.state == State::Same)
    }

    /// Shows what would be done, where nothing more was asked for.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(super) fn only_shown(&self, ui: &Ui) -> Result<Option<Exit>, CliError> {
        if self.args.diff {
            let text = show::diff(&self.steps);
            ui.data(&text)?;
            return Ok(Some(if text.is_empty() { Exit::Done } else { Exit::Findings }));
        }
        if self.args.dry_run.is_some() {
            let lines = self.steps.iter().map(|step| show::line(&step.bound, step.word(), " (server dry run)"));
            ui.data(&lines.collect::<String>())?;
            return Ok(Some(Exit::Done));
        }
        Ok(None)
    }

    /// Asks, when there is somebody to ask, and writes.
    ///
    /// # Errors
    /// When it is not wished, or ends in the middle: what was written and what was not.
    pub(super) async fn carry_out(&mut self, ui: &Ui) -> Result<(), CliError> {
        if !self.is_nothing() && !self.args.yes {
            ui.talk(&show::diff(&self.steps));
            if ui.is_interactive() && !ui.confirm("Go on?") {
                return Err(CliError::new("nothing was written, as you wished"));
            }
        }
        if let Some(path) = &self.args.undo {
            private::write(path, &self.undo().to_json())?;
        }
        // Not before: while it asks, Ctrl-C is an answer.
        let mut interrupt = Interrupt::listen()?;
        write::run(self.cluster, &mut self.steps, self.args.undo.as_deref(), &mut interrupt, ui).await
    }

    /// What takes the steps back, the last first.
    fn undo(&self) -> PlanFile {
        let back = self.steps.iter().rev().filter_map(|step| match &step.state {
            State::Judged(result) => fix::undo(&step.bound, step.live.as_ref(), result.as_ref()),
            State::Pending | State::Same | State::Written(_) => None,
        });
        PlanFile::new(self.file.cluster.clone(), self.file.control_plane.clone(), back.collect())
    }
}

impl Step {
    /// What happens to the object, in one word.
    pub(super) const fn word(&self) -> &'static str {
        match self.state {
            State::Same => "unchanged",
            _ => show::word(&self.bound),
        }
    }
}

fn spoken(need: &Need) -> String {
    let name = need.name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
    let place = need.namespace.as_ref().map(|namespace| format!(" in namespace {namespace}")).unwrap_or_default();
    format!("{} {}{name}{place}", need.verb, need.resource)
}
