//! This tool's own labels on a namespace that is there: they are set as an overlay would set them, unless the
//! namespace has an owner who would change it back, or may not be changed by the user.

use seldon_central_core::{
    object::Object,
    pattern::{OWN_PREFIX, TENANT_LABEL, WIRING_LABEL},
    reason::ownership::owner,
    resource::NAMESPACE,
    text::printable,
};

use super::plan::{Plan, Step};
use crate::{
    cli::onboard::ApplyArgs,
    cluster::{Cluster, Need, Reviews},
    error::CliError,
};

/// Whether a namespace has every label and annotation that is asked for.
pub(super) fn has_what_is_asked(live: &Object, wanted: &Object) -> bool {
    let mut labels = wanted.labels().into_iter().filter(|(key, _)| !key.starts_with(OWN_PREFIX));
    labels.all(|(key, value)| live.label(key) == Some(value))
        && wanted.annotations().into_iter().all(|(key, value)| live.annotation(key) == Some(value))
}

/// What of our own labels a namespace misses, as what is to be done about each.
pub(super) fn misses(live: &Object, wanted: &Object) -> Vec<String> {
    let miss = |key: &str| match (live.label(key), wanted.label(key)) {
        (live, wanted) if live == wanted => None,
        (_, Some(wanted)) => Some(format!("set the label `{key}={wanted}`")),
        (_, None) => Some(format!("remove the label `{key}`")),
    };
    [TENANT_LABEL, WIRING_LABEL].into_iter().filter_map(miss).collect()
}

/// Leaves alone the namespaces that miss nothing but our labels and are not ours to label, and tells of them.
pub(super) async fn spare(cluster: &Cluster, args: &ApplyArgs, plan: &mut Plan) -> Result<Vec<String>, CliError> {
    let mut told = Vec::new();
    let mut reviews = Reviews::of(cluster);
    for step in &mut plan.steps {
        let Some(live) = only_unmarked(step) else { continue };
        let right = Need { verb: "patch", resource: &NAMESPACE, namespace: None, name: Some(live.name().to_owned()) };
        let why = match owner(live).filter(|_| !args.force_live) {
            Some(ownership) => format!("{} owns it ({})", ownership.owner, ownership.mark),
            None if reviews.missing(&[right]).await?.is_empty() => continue,
            None => "you may not change it".to_owned(),
        };
        told.push(printable(&format!(
            "{}: the namespace is left as it is, because {why}; {} there, for the policies of `kubectl seldon policy` go \
             by it",
            live.name(),
            misses(live, &step.wanted).join(" and "),
        ))
        .into_owned());
        step.wanted = live.clone();
    }
    Ok(told)
}

/// The namespace of a step that lacks nothing but our labels.
fn only_unmarked(step: &Step) -> Option<&Object> {
    let live = step.live.as_ref().filter(|live| live.is(&NAMESPACE))?;
    (has_what_is_asked(live, &step.wanted) && !misses(live, &step.wanted).is_empty()).then_some(live)
}
