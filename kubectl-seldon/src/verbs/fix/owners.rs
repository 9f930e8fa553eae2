//! What the owners of objects are told: the command that lays the repair over what they read.

use std::collections::BTreeMap;

use seldon_central_core::{
    fix::{Left, Why},
    object::ObjectId,
    reason::{
        ownership::Owner,
        whence::{Maker, Whence, maker, whence},
    },
};

use crate::{
    cli::{fix::FixArgs, kube::quoted},
    cluster::Cluster,
    source::git,
};

/// What is known of the owners that findings are left to.
#[derive(Debug, Default)]
pub(super) struct Owners {
    words: Vec<String>,
    argocd_namespace: String,
    unsafe_too: bool,
    places: BTreeMap<Maker, Whence>,
}

impl Owners {
    /// Asks the cluster where owners read. Nobody has to be allowed to see that.
    pub(super) async fn of(cluster: &Cluster, left: &[Left], args: &FixArgs) -> Self {
        let mut owners = Self {
            words: args.again.iter().filter(|word| is_kept(word)).cloned().collect(),
            argocd_namespace: args.lay.repository.argocd_namespace.to_string(),
            unsafe_too: args.apply.unsafe_too,
            places: BTreeMap::new(),
        };
        for left in left {
            let Why::Owned { ownership, .. } = &left.why else { continue };
            let Some(maker) = maker(&ownership.owner, &owners.argocd_namespace) else { continue };
            if owners.places.contains_key(&maker) {
                continue;
            }
            let found = cluster.get(maker.kind, Some(&maker.namespace), &maker.name).await;
            let place = found.ok().flatten().and_then(|object| whence(&object)).map(|place| Whence {
                repository: place.repository.map(|url| git::without_credentials(&url)),
                ..place
            });
            owners.places.extend(place.map(|place| (maker, place)));
        }
        owners
    }

    /// The repository and the directory in it that an owner reads, for people.
    pub(super) fn place(&self, owner: &Owner) -> Option<String> {
        let Whence { path, repository } = self.whence(owner)?;
        Some(match repository {
            Some(repository) => format!("directory `{path}` of {repository}"),
            None => format!("directory `{path}`"),
        })
    }

    fn whence(&self, owner: &Owner) -> Option<&Whence> {
        self.places.get(&maker(owner, &self.argocd_namespace)?)
    }

    /// The command that lays the repair over what an owner reads, to be run at the root of its
    /// repository.
    pub(super) fn command(&self, object: &ObjectId, owner: &Owner) -> Option<String> {
        let form = match owner {
            Owner::ArgoCd { .. } => "argocd",
            Owner::FluxKustomization { .. } => "flux",
            Owner::FluxHelmRelease { .. } | Owner::Helm { .. } => return None,
        };
        let home = object.home()?;
        let base = self.whence(owner).map_or("DIRECTORY-IT-READS", |place| place.path.as_str());
        let mut words = vec!["kubectl seldon fix".to_owned(), quoted(home)];
        words.extend(self.words.iter().cloned());
        words.extend(self.unsafe_too.then(|| "--unsafe".to_owned()));
        words.push(format!("--emit {form} --base {} --out {}", quoted(base), quoted(&format!("overlays/{home}"))));
        if let Some(maker) = maker(owner, &self.argocd_namespace) {
            words.push(format!("--handle {}", quoted(&maker.name)));
            let url = self.places.get(&maker).and_then(|place| place.repository.as_deref());
            words.extend(url.filter(|_| form == "argocd").map(|url| format!("--repo-url {}", quoted(url))));
            let (flag, usual) = if form == "argocd" { ("argocd", "argocd") } else { ("flux", "flux-system") };
            if maker.namespace != usual {
                words.push(format!("--{flag}-namespace {}", quoted(&maker.namespace)));
            }
        }
        Some(words.join(" "))
    }
}

/// Flags say which cluster and which control plane; the namespaces are those of the object.
fn is_kept(word: &str) -> bool {
    word.starts_with('-') && word != "--all-namespaces" && !word.starts_with("--namespace=")
}
