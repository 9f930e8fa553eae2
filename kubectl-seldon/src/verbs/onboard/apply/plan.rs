//! What will be written, in which order, and what the API server says to it beforehand.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use seldon_central_core::{
    change::{self, Change},
    name::Namespace,
    object::Object,
    pattern,
    reason::ownership::{Ownership, owner},
    resource::{NAMESPACE, SECRET, SELDON_RUNTIME},
    snapshot::Snapshot,
};

use super::{
    Built, marks,
    overlay::{self, Overlay},
    secret,
};
use crate::{
    cli::onboard::ApplyArgs,
    cluster::{ApplyOptions, Cluster, Conflict, IN_FLIGHT, ReadError, WriteError},
    error::CliError,
};

/// One object of the plan.
#[derive(Debug)]
pub(super) struct Step {
    /// As it is wanted.
    pub(super) wanted: Object,
    /// As it is; `None` when it does not exist.
    pub(super) live: Option<Object>,
    /// What the API server says.
    pub(super) judged: Judged,
}

/// What writing an object would do.
#[derive(Debug)]
pub(super) enum Judged {
    /// Its namespace does not exist yet, so the API server cannot judge it.
    NotYet,
    /// It would stay as it is.
    Same(Object),
    /// It would become this.
    Changes(Change, Object),
    /// It was written and became this.
    Written(Change, Object),
    /// Others own fields of it.
    Conflicts(Vec<Conflict>),
}

/// The steps, in the order in which they are taken.
#[derive(Debug)]
pub(super) struct Plan {
    /// The steps.
    pub(super) steps: Vec<Step>,
    /// Tenants whose namespaces are new.
    pub(super) new_namespaces: Vec<Namespace>,
    /// What could not be read for want of a right.
    pub(super) unreadable: Vec<Object>,
    /// How to emit the same instead.
    pub(super) overlay: Overlay,
}

impl Plan {
    /// Reads every object that is wanted, and orders the steps.
    pub(super) async fn read(
        cluster: &Cluster,
        built: &Built,
        snapshot: &Snapshot,
        overlay: Overlay,
    ) -> Result<Self, CliError> {
        let wanted: Vec<Object> = built.desired.objects().cloned().collect();
        let get = async |object: Object| {
            let read = as_it_is(cluster, &object).await;
            (object, read)
        };
        let read: Vec<_> = stream::iter(wanted).map(get).buffered(IN_FLIGHT).collect().await;
        let (mut steps, mut unreadable) = (Vec::new(), Vec::new());
        for (wanted, live) in read {
            let live = match live {
                Ok(live) => live,
                Err(ReadError::Forbidden { .. }) => {
                    unreadable.push(wanted.clone());
                    None
                }
                Err(error) => return Err(error.into()),
            };
            steps.push(Step { wanted, live, judged: Judged::NotYet });
        }
        let is_new = |namespace: &Namespace| {
            !snapshot.known(&NAMESPACE).any(|known| known.object.name() == namespace.as_str())
                && steps.iter().any(|step| step.is_namespace(namespace.as_str()) && step.live.is_none())
                && !unreadable.iter().any(|object| object.is(&NAMESPACE) && object.name() == namespace.as_str())
        };
        let new_namespaces =
            built.desired.tenants.iter().map(|tenant| tenant.namespace.clone()).filter(is_new).collect();
        let mut plan = Self { steps, new_namespaces, unreadable, overlay };
        plan.adopt_after_runtime();
        Ok(plan)
    }

    /// A Service that the operator made is taken only once the runtime's override is right: before
    /// that the operator would take it back.
    fn adopt_after_runtime(&mut self) {
        let adopted = self.positions(Step::is_adoption);
        for index in adopted.into_iter().rev() {
            let step = self.steps.remove(index);
            let namespace = step.wanted.namespace().map(str::to_owned);
            let runtime = self.steps.iter().position(|other| {
                other.wanted.is(&SELDON_RUNTIME) && other.wanted.namespace().map(str::to_owned) == namespace
            });
            self.steps.insert(runtime.map_or(index, |runtime| runtime + 1), step);
        }
    }

    /// Asks the API server about every step that it can judge: a dry run of the whole set.
    pub(super) async fn judge(&mut self, cluster: &Cluster, args: &ApplyArgs) -> Result<(), CliError> {
        let new = &self.new_namespaces;
        let waits = |step: &Step| new.iter().any(|namespace| step.wanted.namespace() == Some(namespace.as_str()));
        let pending = self.positions(|step| step.is_pending() && !waits(step));
        self.dry_run(cluster, args, pending).await
    }

    /// Asks about the steps that had to wait for their namespaces. Controllers that fill new namespaces may
    /// have been faster, so what is there counts as it would have counted before.
    pub(super) async fn judge_rest(&mut self, cluster: &Cluster, args: &ApplyArgs) -> Result<(), CliError> {
        let pending = self.positions(Step::is_pending);
        self.read_again(cluster, pending.clone()).await?;
        self.dry_run(cluster, args, pending).await?;
        self.refuse(args, "nothing more was written")
    }

    async fn read_again(&mut self, cluster: &Cluster, indices: Vec<usize>) -> Result<(), CliError> {
        let steps = &self.steps;
        let get = async |index: usize| match steps.get(index) {
            Some(step) => (index, as_it_is(cluster, &step.wanted).await),
            None => (index, Ok(None)),
        };
        let read: Vec<_> = stream::iter(indices).map(get).buffered(IN_FLIGHT).collect().await;
        for (index, live) in read {
            let live = live?;
            if let Some(step) = self.steps.get_mut(index) {
                step.live = live;
            }
        }
        Ok(())
    }

    /// Refuses what would break or would not last, in these words.
    pub(super) fn refuse(&self, args: &ApplyArgs, refused: &str) -> Result<(), CliError> {
        secret::refuse_crowded(self, refused)?;
        self.refuse_owned(args, refused)
    }

    /// Positions of the steps of which something is true.
    pub(super) fn positions(&self, holds: impl Fn(&Step) -> bool) -> Vec<usize> {
        self.steps.iter().enumerate().filter(|(_, step)| holds(step)).map(|(index, _)| index).collect()
    }

    async fn dry_run(&mut self, cluster: &Cluster, args: &ApplyArgs, indices: Vec<usize>) -> Result<(), CliError> {
        let steps = &self.steps;
        let judge = async |index: usize| {
            let Some(step) = steps.get(index) else { return (index, Ok(Judged::NotYet)) };
            (index, step.judge(cluster, args.force_conflicts).await)
        };
        let judged: Vec<_> = stream::iter(indices).map(judge).buffered(IN_FLIGHT).collect().await;
        let mut refused = Vec::new();
        for (index, result) in judged {
            match result {
                Ok(judged) => {
                    if let Some(step) = self.steps.get_mut(index) {
                        step.judged = judged;
                    }
                }
                Err(WriteError::Request(error)) => return Err(error.into()),
                Err(error) => refused.push(error.to_string()),
            }
        }
        match refused.as_slice() {
            [] => Ok(()),
            [one] => Err(CliError::new(one.clone())),
            many => {
                Err(CliError::new(format!("the API server refuses {} objects:\n  {}", many.len(), many.join("\n  "))))
            }
        }
    }

    /// The owner of a step's object. The operator wipes every mark from a Service that it takes over,
    /// so the marks on the tenant's other objects speak for it.
    fn owner_of(&self, step: &Step) -> Option<Ownership> {
        let own = step.live.as_ref().and_then(owner);
        let siblings = || {
            let mut siblings = self.steps.iter().filter(|other| {
                other.wanted.namespace() == step.wanted.namespace()
                    || step.wanted.namespace().is_some_and(|namespace| other.is_namespace(namespace))
            });
            siblings.find_map(|other| other.live.as_ref().and_then(owner))
        };
        own.or_else(|| if step.is_adoption() { siblings() } else { None })
    }

    /// Refuses to change what a GitOps controller would change back, and what others own.
    fn refuse_owned(&self, args: &ApplyArgs, refused: &str) -> Result<(), CliError> {
        let mut owned = Vec::new();
        let mut conflicts = Vec::new();
        let mut forms = BTreeSet::new();
        for step in &self.steps {
            let changes = matches!(step.judged, Judged::Changes(..) | Judged::Conflicts(_));
            let ownership = self.owner_of(step).filter(|_| changes && !args.force_live);
            if let Some(ownership) = ownership {
                owned.push(format!("{} is owned by {} ({})", step.wanted.id(), ownership.owner, ownership.mark));
                forms.insert(overlay::form(&ownership.owner));
            } else if let Judged::Conflicts(list) = &step.judged {
                let fields = list.iter().map(|one| format!("{} (owned by {})", one.field, one.manager));
                conflicts.push(format!("{}: {}", step.wanted.id(), fields.collect::<Vec<_>>().join(", ")));
            }
        }
        if !owned.is_empty() {
            let mut error = CliError::new(format!(
                "{refused}, because owners would change these objects back:\n  {}",
                owned.join("\n  ")
            ));
            for form in forms {
                error = error.hint(self.overlay.hint(form));
            }
            return Err(error.hint("--force-live changes them all the same"));
        }
        if conflicts.is_empty() {
            return Ok(());
        }
        let error = CliError::new(format!("{refused}, because others own fields:\n  {}", conflicts.join("\n  ")))
            .hint("change them at their owner, or take them over with --force-conflicts");
        let of_secret = |step: &Step| step.wanted.is(&SECRET) && matches!(step.judged, Judged::Conflicts(_));
        Err(if self.steps.iter().any(of_secret) {
            error.hint("a Secret of your own is left to you with `rcloneSecret: external` in a profile")
        } else {
            error
        })
    }
}

/// The object of this name.
async fn as_it_is(cluster: &Cluster, wanted: &Object) -> Result<Option<Object>, ReadError> {
    let Some(resource) = wanted.resource() else { return Ok(None) };
    cluster.get(resource, wanted.namespace(), wanted.name()).await
}

impl Step {
    fn is_namespace(&self, name: &str) -> bool {
        self.wanted.is(&NAMESPACE) && self.wanted.name() == name
    }

    const fn is_pending(&self) -> bool {
        matches!(self.judged, Judged::NotYet)
    }

    /// Whether it has to be replaced rather than applied.
    pub(super) fn is_adoption(&self) -> bool {
        self.live.as_ref().is_some_and(|live| change::needs_adoption(live, &self.wanted))
    }

    /// A namespace that is there and carries all that it should is left to its owner.
    pub(super) fn is_left_alone(&self) -> bool {
        if let Some(secret) = self.live.as_ref().filter(|live| live.is(&SECRET)) {
            return secret::is_left_alone(secret);
        }
        let Some(live) = self.live.as_ref().filter(|live| live.is(&NAMESPACE)) else { return false };
        marks::misses(live, &self.wanted).is_empty() && marks::has_what_is_asked(live, &self.wanted)
    }

    async fn judge(&self, cluster: &Cluster, force_conflicts: bool) -> Result<Judged, WriteError> {
        if let Some(live) = self.live.as_ref().filter(|_| self.is_left_alone()) {
            return Ok(Judged::Same(live.clone()));
        }
        match self.write(cluster, true, force_conflicts).await {
            Ok(result) if self.is_adoption() => Ok(Judged::Changes(Change::Adopt, result)),
            Ok(result) => Ok(match change::change(self.live.as_ref(), &result) {
                Change::Unchanged => Judged::Same(result),
                change => Judged::Changes(change, result),
            }),
            Err(WriteError::Conflict { conflicts, .. }) => Ok(Judged::Conflicts(conflicts)),
            Err(error) => Err(error),
        }
    }

    /// Writes the object, or asks how it would be.
    pub(super) async fn write(&self, cluster: &Cluster, dry_run: bool, force: bool) -> Result<Object, WriteError> {
        if let Some(live) = self.live.as_ref().filter(|_| self.is_adoption()) {
            let adopted = change::adopted(live, &self.wanted).map_err(|error| WriteError::StaleVersion {
                object: self.wanted.id().to_string(),
                message: error.to_string(),
            })?;
            return cluster.replace(&adopted, dry_run).await;
        }
        let options = ApplyOptions { dry_run, force_conflicts: force };
        match cluster.apply(&self.wanted, options).await {
            // An adoption leaves our own fields under another operation; those are ours to take.
            Err(WriteError::Conflict { conflicts, .. })
                if conflicts.iter().all(|conflict| conflict.manager == pattern::FIELD_MANAGER) =>
            {
                cluster.apply(&self.wanted, ApplyOptions { dry_run, force_conflicts: true }).await
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests;
