//! What is looked at, by which rules, and what would be done about it.

use seldon_central_core::{
    finding::Outcome,
    fix::{self, Left, Limits, Plan, Why},
    rules::{self, RULES, Rule, World},
    snapshot::Snapshot,
};

use super::super::verify::{
    ask::Ask,
    gather::{self, Input, Logs},
};
use crate::{
    cli::{fix::FixArgs, kube::KubeFlags},
    cluster::Cluster,
    error::CliError,
};

/// What is looked at, and what may be done about it.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) ask: Ask,
    /// The rules whose findings are put right.
    pub(super) rules: Vec<&'static Rule>,
    /// Whether changes may interrupt somebody.
    pub(super) unsafe_too: bool,
    /// Whether objects may be changed that others own.
    pub(super) owned_too: bool,
    /// Whether it is content with what could be read.
    pub(super) incomplete_too: bool,
}

impl Look {
    /// At a cluster.
    ///
    /// # Errors
    /// When the flags ask for nothing, or contradict each other.
    pub(super) fn live(args: &FixArgs, kube: &KubeFlags) -> Result<Self, CliError> {
        let ask = Ask::new(&args.source(), kube)?;
        Ok(Self {
            ask,
            rules: args.rules()?,
            unsafe_too: args.apply.unsafe_too,
            owned_too: args.apply.force_live,
            incomplete_too: args.apply.allow_incomplete,
        })
    }

    /// At files. Namespaces that are named are tenants, and nothing else is put right. Who applies the
    /// files is no owner that would change them back.
    ///
    /// # Errors
    /// When the flags contradict each other.
    pub(super) fn at_files(args: &FixArgs, kube: &KubeFlags) -> Result<Self, CliError> {
        let ask = Ask::of_files(&args.source(), kube)?;
        Ok(Self {
            ask,
            rules: args.rules()?,
            unsafe_too: args.apply.unsafe_too,
            owned_too: true,
            incomplete_too: args.apply.allow_incomplete,
        })
    }

    /// Everything that any rule looks at on a cluster, since each has a say in whether a repair does harm.
    pub(super) async fn input(&self, cluster: &Cluster) -> Result<Input, CliError> {
        gather::from_cluster(&self.ask, RULES, &Logs::default(), cluster).await
    }

    /// The files.
    pub(super) fn files(&self) -> Result<Input, CliError> {
        gather::from_files(&self.ask)
    }

    /// What the rules see in an input's snapshot: its own, or one of those of other clusters.
    pub(super) fn world<'a>(&'a self, input: &'a Input, snapshot: &'a Snapshot) -> World<'a> {
        let world = World::new(snapshot, &input.control_plane, &input.tenants);
        match &self.ask.declared {
            Some(declared) => world.with_declared(declared),
            None => world,
        }
    }

    /// Whether a finding is to be put right.
    pub(super) fn wants(&self, input: &Input, outcome: &Outcome) -> bool {
        self.rules.iter().any(|rule| rule.id == outcome.rule) && input.concerns(outcome)
    }

    /// What would be done about a snapshot, as far as `also` wants it too.
    pub(super) fn plan(&self, input: &Input, snapshot: &Snapshot, also: &dyn Fn(&Outcome) -> bool) -> Plan {
        let wanted = |outcome: &Outcome| self.wants(input, outcome) && also(outcome);
        let limits = Limits { wanted: &wanted, unsafe_too: self.unsafe_too, owned_too: self.owned_too };
        fix::plan(&self.world(input, snapshot), &limits)
    }

    /// What would be done about files: first about what is in one cluster, then about what the same
    /// names mean in each other one, such as the overlays of two clusters.
    pub(super) fn plans(&self, input: &Input) -> Vec<Plan> {
        let snapshots = std::iter::once(&input.snapshot).chain(&input.elsewhere);
        snapshots.map(|snapshot| self.plan(input, snapshot, &|_| true)).collect()
    }

    /// What is found after writing, with the reasons known before. What controllers are about to write
    /// is not waited for.
    pub(super) async fn again(&self, cluster: &Cluster, before: &[Left]) -> Result<Vec<Left>, CliError> {
        let input = self.input(cluster).await?;
        let world = self.world(&input, &input.snapshot);
        let outcomes = world.suppressions().apply(rules::run(&self.rules, &world));
        let found = outcomes.into_iter().filter(|outcome| outcome.finding().is_some() && self.wants(&input, outcome));
        let reason = |outcome: &Outcome| {
            let same =
                before.iter().find(|left| (left.outcome.rule, &left.outcome.object) == (outcome.rule, &outcome.object));
            same.map_or(Why::Remains, |left| left.why.clone())
        };
        Ok(found.map(|outcome| Left { why: reason(&outcome), outcome }).collect())
    }
}
