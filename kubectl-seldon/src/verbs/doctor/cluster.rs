//! Whether the cluster can be reached, serves Seldon's kinds, and lets the user judge and onboard.

use std::collections::{BTreeMap, BTreeSet};

use seldon_central_core::{
    desired,
    name::Namespace,
    needs,
    profile::{self, ControlPlane, Profile, Surroundings, Tenant},
    resource::{self, AGENT_LOG, Resource, SECRET, SELDON_GROUP, SELDON_RUNTIME},
    rules::RULES,
};

use super::{Finding, kubectl};
use crate::{
    cli::{doctor::DoctorArgs, kube::KubeFlags},
    cluster::{Cluster, Need, Reviews},
    error::CliError,
    source,
};

/// kubectl is supported for API servers that are this many minor versions away.
const SKEW: u32 = 1;

/// Looks at the cluster that the flags choose.
pub(super) async fn look(args: &DoctorArgs, kube: &KubeFlags, kubectl: Option<u32>) -> Result<Vec<Finding>, CliError> {
    let cluster = match Cluster::connect(kube).await {
        Ok(cluster) => cluster,
        Err(error) => {
            let error = CliError::from(error);
            let finding = Finding::error("cluster", error.message);
            return Ok(vec![match error.hints.into_iter().next() {
                Some(hint) => finding.hint(hint),
                None => finding,
            }]);
        }
    };
    let version = match cluster.version().await {
        Ok(version) => version,
        Err(error) => return Ok(vec![Finding::error("cluster", error.to_string())]),
    };
    let context = cluster.context().map(|context| format!(", context {context}")).unwrap_or_default();
    let mut found = vec![Finding::ok("cluster", format!("{version} at {}{context}", cluster.server()))];
    found.extend(skew(kubectl, &version));
    found.push(kinds(&cluster).await);
    let namespace = Namespace::new(cluster.namespace())?;
    found.extend(rights(&cluster, &namespace, &args.control_plane_namespace).await);
    Ok(found)
}

fn skew(kubectl: Option<u32>, server: &str) -> Option<Finding> {
    let (kubectl, server) = (kubectl?, kubectl::minor(server)?);
    let message = format!(
        "kubectl 1.{kubectl} is made for API servers from 1.{} to 1.{}",
        kubectl.saturating_sub(SKEW),
        kubectl.saturating_add(SKEW)
    );
    (kubectl.abs_diff(server) > SKEW).then(|| Finding::warning("kubectl", message))
}

async fn kinds(cluster: &Cluster) -> Finding {
    let served = match cluster.served(&SELDON_RUNTIME).await {
        Ok(served) => served,
        Err(error) => return Finding::warning("seldon", error.to_string()),
    };
    let kinds = resource::ALL.into_iter().filter(|kind| kind.group == SELDON_GROUP);
    let (here, gone): (Vec<&Resource>, Vec<&Resource>) = kinds.partition(|kind| served.contains(kind.plural));
    if gone.is_empty() {
        return Finding::ok("seldon", format!("{} kinds of {SELDON_GROUP} are served", here.len()));
    }
    Finding::error("seldon", format!("not served: {}", joined(gone.iter().map(|kind| kind.kind), ", ")))
        .hint("install Seldon Core 2's CRDs, or choose another cluster with --context")
}

async fn rights(cluster: &Cluster, namespace: &Namespace, control_plane: &Namespace) -> Vec<Finding> {
    let mut reviews = Reviews::of(cluster);
    let wanted = [("verify", reading(namespace, control_plane)), ("onboard", writing(namespace, control_plane))];
    let mut found = Vec::new();
    for (verb, needs) in wanted {
        let about = format!("{verb} in {namespace}");
        found.push(match reviews.missing(&needs).await {
            Ok(missing) if missing.is_empty() => Finding::ok("rights", format!("you may {about}")),
            Ok(missing) => Finding::warning("rights", format!("to {about} you lack: {}", summed(&missing))),
            Err(error) => Finding::warning("rights", error.to_string()),
        });
    }
    found
}

/// What judging a namespace reads, but for what is optional.
fn reading(namespace: &Namespace, control_plane: &Namespace) -> Vec<Need> {
    let kinds = needs::kinds(RULES).into_iter().filter(|kind| !needs::is_optional(kind) && **kind != SECRET);
    let here = BTreeSet::from([namespace, control_plane]);
    let lists = kinds.flat_map(|kind| {
        let need = |namespace: Option<&Namespace>| Need {
            verb: "list",
            resource: kind,
            namespace: namespace.map(ToString::to_string),
            name: None,
        };
        if needs::is_global(kind) || !kind.namespaced {
            return vec![need(None)];
        }
        let local = here.iter().filter(|one| needs::is_local(kind, **one == control_plane));
        local.map(|one| need(Some(one))).collect()
    });
    let logs =
        here.iter().map(|one| Need { verb: "get", resource: &AGENT_LOG, namespace: Some(one.to_string()), name: None });
    lists.chain(logs).collect()
}

/// What onboarding a namespace as it is by default takes.
fn writing(namespace: &Namespace, control_plane: &Namespace) -> Vec<Need> {
    let profile = Profile {
        control_plane: ControlPlane { namespace: control_plane.clone(), ..ControlPlane::default() },
        tenants: vec![Tenant::new(namespace.clone())],
        ..Profile::default()
    };
    let mut needs = source::cluster::needs(control_plane, std::slice::from_ref(namespace));
    let Ok(resolved) = profile::resolve(&profile, &Surroundings::default()) else {
        return needs;
    };
    for object in desired::build(&resolved).objects() {
        let Some(resource) = object.resource() else { continue };
        let need = |verb, name: Option<&str>| Need {
            verb,
            resource,
            namespace: object.namespace().map(str::to_owned),
            name: name.map(str::to_owned),
        };
        needs.extend([need("patch", Some(object.name())), need("create", None)]);
    }
    needs
}

/// Rights for people: kinds of which the same is lacked in the same place together.
fn summed(needs: &[Need]) -> String {
    let mut verbs: BTreeMap<(Option<&str>, String), BTreeSet<&str>> = BTreeMap::new();
    for need in needs {
        verbs.entry((need.namespace.as_deref(), need.resource.to_string())).or_default().insert(need.verb);
    }
    let mut kinds: BTreeMap<(Option<&str>, String), Vec<String>> = BTreeMap::new();
    for ((namespace, kind), verbs) in verbs {
        kinds.entry((namespace, joined(verbs, "/"))).or_default().push(kind);
    }
    let told = |((namespace, verbs), kinds): ((Option<&str>, String), Vec<String>)| {
        let place = namespace.map_or_else(|| "the cluster".to_owned(), |namespace| format!("namespace {namespace}"));
        format!("{verbs} {} in {place}", kinds.join(", "))
    };
    kinds.into_iter().map(told).collect::<Vec<_>>().join("; ")
}

fn joined<'a>(words: impl IntoIterator<Item = &'a str>, between: &str) -> String {
    words.into_iter().collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use seldon_central_core::resource::{DEPLOYMENT, NAMESPACE, SERVER, SERVICE};

    use super::*;

    fn need(verb: &'static str, resource: &'static Resource, namespace: Option<&str>) -> Need {
        Need { verb, resource, namespace: namespace.map(str::to_owned), name: None }
    }

    #[test]
    fn rights_are_told_together_where_they_are_lacked_together() {
        let needs = [
            need("patch", &SERVICE, Some("fin")),
            need("create", &SERVICE, Some("fin")),
            need("create", &SERVER, Some("fin")),
            need("patch", &SERVER, Some("fin")),
            need("list", &DEPLOYMENT, Some("fin")),
            need("list", &NAMESPACE, None),
        ];
        assert_eq!(
            summed(&needs),
            "list namespaces in the cluster; create/patch servers.mlops.seldon.io, services in namespace fin; \
             list deployments.apps in namespace fin"
        );
    }

    #[test]
    fn a_kubectl_is_made_for_its_neighbours() {
        assert_eq!(skew(Some(33), "v1.34.1"), None);
        assert_eq!(skew(None, "v1.34.1"), None);
        let told = skew(Some(32), "v1.35.4").unwrap().message;
        assert_eq!(told, "kubectl 1.32 is made for API servers from 1.31 to 1.33");
        assert!(skew(Some(0), "v1.35.4").is_some());
    }
}
