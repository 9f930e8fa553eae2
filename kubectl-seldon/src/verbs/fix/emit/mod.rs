//! Repairs as an overlay over a base that nobody may edit: sort, lay, build and judge, show, write.

mod live;
mod place;
mod proof;
mod write;

use std::path::Path;

use seldon_central_core::{
    fix::{Left, Plan, Step},
    name::{Namespace, ObjectName},
    overlay::{self, FileTree, Handle, Laid, RepoPath, sorted},
};

pub(super) use self::live::over_base;
use self::place::Place;
use super::{super::repository, Look, exit_for, left};
use crate::{
    cli::fix::{FixArgs, FixForm},
    error::CliError,
    exit::Exit,
    sink::files::shown,
    ui::{Ui, YELLOW},
    verbs::verify::gather::Input,
};

/// What is laid over what.
struct Lay<'a> {
    args: &'a FixArgs,
    form: FixForm,
    out: &'a Path,
    look: &'a Look,
    /// What was judged before.
    before: &'a Input,
    /// The cluster, where it is about one.
    live: Option<&'a Input>,
    ui: &'a Ui,
}

/// Lays repairs of files over them.
///
/// # Errors
/// When the base cannot be laid over, the overlay does not do what it is for, or what is in the way was
/// edited.
pub(super) fn over_files(args: &FixArgs, form: FixForm, mut look: Look, ui: &Ui) -> Result<Exit, CliError> {
    let out = settled(args, form)?;
    look.ask.except = Some(out.to_owned());
    let input = look.files()?;
    if let Some(unread) = input.snapshot.kustomizations().unread().next() {
        return Err(CliError::new(format!("what is not built cannot be patched: {unread}")));
    }
    let lay = Lay { args, form, out, look: &look, before: &input, live: None, ui };
    let plans = look.plans(&input);
    let steps: Vec<Vec<Step>> = plans.iter().map(|plan| plan.steps.clone()).collect();
    let left: Vec<Left> = plans.into_iter().flat_map(|Plan { left, .. }| left).collect();
    lay.run(sorted(&input.snapshot, &steps), &left)
}

/// The directory to write to, when the flags fit the form.
fn settled(args: &FixArgs, form: FixForm) -> Result<&Path, CliError> {
    if args.files_or_base().iter().any(|file| file == Path::new("-")) {
        return Err(CliError::new("an overlay lies over files, and standard input is none")
            .hint("name the directory that is to be patched with --file"));
    }
    if let Some(flag) = args.lay.idle_flag(form) {
        return Err(CliError::new(format!("{flag} changes nothing in files of this form of --emit")));
    }
    args.lay.out.as_deref().ok_or_else(|| CliError::new("--emit needs a directory to write to, named with --out"))
}

impl Lay<'_> {
    fn run(&self, (laid, lost): (Vec<Laid>, Vec<Step>), left: &[Left]) -> Result<Exit, CliError> {
        let exit = exit_for(left);
        let tell = || {
            for step in &lost {
                let object = &step.object;
                let text = format!("{object}: no base gives it, so nothing is laid over it");
                self.ui.say(&format!("{YELLOW}left:{YELLOW:#} {text}"));
            }
            left::tell(left, &self.before.snapshot, self.ui);
        };
        let exit = if lost.is_empty() { exit } else { Exit::Findings };
        if laid.is_empty() {
            tell();
            self.ui
                .notice(&format!("nothing is to be laid over the base, so nothing was written to {}", shown(self.out)));
            return Ok(exit);
        }
        let places = place::of(&laid, &self.args.files_or_base(), self.out, self.form)?;
        proof::prove(self, &laid, &lost, &places)?;
        let mut tree = FileTree::default();
        for (one, place) in laid.iter().zip(&places) {
            let form = self.form_of(one, place, places.len() > 1)?;
            tree.nest(&place.dir, overlay::lay(&one.steps, &place.entries, &form));
        }
        let written = write::write(self, &tree)?;
        tell();
        if written == Exit::Done {
            self.next(&places);
        }
        Ok(if self.args.apply.diff { written } else { written.max(exit) })
    }

    /// The form with everything it needs to know of the repository.
    fn form_of(&self, laid: &Laid, place: &Place, is_one_of_many: bool) -> Result<overlay::FixForm, CliError> {
        let args = &self.args.lay.repository;
        let path = |path: &RepoPath| {
            let path = format!("{}/{}", path.as_str(), place.dir);
            RepoPath::new(path).map_err(|error| CliError::new(error.to_string()))
        };
        let handle = || self.handle(laid, place, is_one_of_many);
        Ok(match self.form {
            FixForm::Kustomize => overlay::FixForm::Kustomize,
            FixForm::Component => overlay::FixForm::Component,
            FixForm::Argocd => {
                let mut settings = repository::argocd(args, self.out)?;
                settings.path = path(&settings.path)?;
                overlay::FixForm::ArgoCd(settings, handle()?)
            }
            FixForm::Flux => {
                let mut settings = repository::flux(args, self.out)?;
                settings.path = path(&settings.path)?;
                overlay::FixForm::Flux(settings, handle()?)
            }
        })
    }

    fn handle(&self, laid: &Laid, place: &Place, is_one_of_many: bool) -> Result<Handle, CliError> {
        let own = self.before.control_plane.namespace.as_str();
        let mut homes: Vec<&str> = laid.steps.iter().filter_map(|step| step.object.home()).collect();
        homes.retain(|home| *home != own);
        homes.dedup();
        let tenant = if let [one] = homes.as_slice() { Namespace::new(*one).ok() } else { None };
        let mut handle = match (&self.args.lay.handle, &tenant) {
            (Some(name), _) => Handle { name: name.clone(), tenant },
            (None, Some(tenant)) => Handle::of(tenant),
            (None, None) => {
                let last = self.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let name = ObjectName::new(last).map_err(|_| {
                    CliError::new("what the overlay is handed over by has no name").hint("give one with --handle")
                })?;
                Handle { name, tenant: None }
            }
        };
        if is_one_of_many {
            let name = format!("{}-{}", handle.name, place.dir.replace('/', "-"));
            handle.name = ObjectName::new(name)
                .map_err(|error| CliError::new(error.to_string()).hint("give a shorter name with --handle"))?;
        }
        Ok(handle)
    }

    /// What is to be done with what was written.
    fn next(&self, places: &[Place]) {
        for place in places {
            let dir = shown(&if place.dir.is_empty() { self.out.to_owned() } else { self.out.join(&place.dir) });
            let base = place.base.as_deref().unwrap_or("the files");
            self.ui.notice(&match self.form {
                FixForm::Kustomize => format!("apply {dir} in place of {base}"),
                FixForm::Component => format!("list {dir} under `components:` of what builds {base}"),
                FixForm::Argocd | FixForm::Flux => {
                    format!("{dir} takes the place of {base}: nothing else may sync the same objects")
                }
            });
        }
    }
}
