//! What is found on a cluster, laid over the files that its objects come from.

use std::path::PathBuf;

use seldon_central_core::{
    finding::Outcome,
    fix::{Step, find},
    object::{Object, ObjectId},
    overlay::{Rebased, rebased, sorted},
    snapshot::Snapshot,
};

use super::{Lay, place, settled};
use crate::{
    cli::{
        fix::{FixArgs, FixForm},
        kube::KubeFlags,
    },
    cluster::Cluster,
    error::CliError,
    exit::Exit,
    sink::files::shown,
    ui::Ui,
    verbs::{block_on, fix::Look, verify::gather},
};

/// Lays what stays wrong on a cluster, once its base is applied, over the base.
///
/// # Errors
/// As for files, and when the cluster cannot be looked at.
pub(in crate::verbs::fix) fn over_base(
    args: &FixArgs,
    form: FixForm,
    kube: &KubeFlags,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let out = settled(args, form)?;
    let Some(base) = &args.lay.base else {
        return Err(CliError::new("--emit lays patches over files, and none are named").hint(
            "name the directory that the cluster's objects come from with --base, or files to look at with --file",
        ));
    };
    let mut look = Look::live(args, kube)?;
    // What is changed is the owner's own files.
    look.owned_too = true;
    look.ask.except = Some(out.to_owned());
    let live = block_on(async {
        let cluster = Cluster::connect(kube).await?;
        look.input(&cluster).await
    })?;
    super::super::complete(args, &look, &live, &look.world(&live, &live.snapshot), ui)?;
    let mut ask = look.ask.clone();
    ask.files = vec![base.clone()];
    let bases = gather::from_files(&ask)?;
    if let Some(unread) = bases.snapshot.kustomizations().unread().next() {
        return Err(CliError::new(format!("what is not built cannot be patched: {unread}")));
    }
    let before = gather::applied(&ask, &[], &live)?;
    let plan = look.plan(&before, &before.snapshot, &|_: &Outcome| true);
    let (steps, mut lost) = on(&bases.snapshot, &plan.steps);
    let (laid, others) = sorted(&bases.snapshot, &[steps]);
    lost.extend(others);
    if laid.is_empty() && lost.is_empty() && plan.left.is_empty() {
        ui.notice(&format!("{} needs no repair; what differs on the cluster goes when it is applied", shown(base)));
    }
    let lay = Lay { args, form, out, look: &look, before: &before, live: Some(&live), ui };
    lay.run((laid, lost), &plan.left)
}

/// The steps for the base's own objects, and those that are about none of them.
fn on(bases: &Snapshot, steps: &[Step]) -> (Vec<Step>, Vec<Step>) {
    let (mut on, mut lost) = (Vec::new(), Vec::new());
    for step in steps {
        match rebased(step, manifest(bases, &step.object)) {
            Ok(Rebased::Step(step)) => on.push(*step),
            Ok(Rebased::Done) => {}
            Err(_) => lost.push(step.clone()),
        }
    }
    (on, lost)
}

/// The base's object, which may leave its namespace to whoever applies it.
fn manifest<'a>(bases: &'a Snapshot, id: &ObjectId) -> Option<&'a Object> {
    let homeless = ObjectId { namespace: None, ..id.clone() };
    [id, &homeless].into_iter().find_map(|id| find(bases, id)).map(|observed| &observed.object)
}

impl Lay<'_> {
    /// What there is to judge with these directories beside the bases that they name, or alone. Paths are
    /// absolute, so that it is seen which bases those are.
    pub(super) fn with(&self, built: Vec<PathBuf>, are_alone: bool) -> Result<gather::Input, CliError> {
        let mut ask = self.look.ask.clone();
        let own = self.args.files_or_base();
        let own = own.iter().filter(|_| !are_alone);
        let own: Vec<PathBuf> = own.map(|file| place::absolute(file).map(Into::into)).collect::<Result<_, _>>()?;
        ask.files = [own, built].concat();
        match self.live {
            Some(live) => gather::applied(&ask, &[], live),
            None => gather::from_files(&ask),
        }
    }
}
