//! What a page for people says of a run beside its report.

use std::{cmp::Reverse, collections::BTreeMap, env, path::PathBuf};

use k8s_openapi::jiff::Timestamp;
use seldon_central_core::{
    explain::graph,
    finding::Level,
    report::{Judgement, Report},
    rules::{TenantView, World},
};

use super::print::Printed;
use crate::{
    cli::verify::VerifyArgs,
    render::report::{About, Picture, Source},
    sink::files::shown,
};

/// At most so many tenants are in a picture, so that they can be told apart.
const DRAWN: usize = 6;

/// On what the run was and when, and how that looks.
pub(super) fn about(args: &VerifyArgs, parts: &[&Printed]) -> About {
    About {
        sources: sources(args, parts),
        when: now(),
        pictures: parts.iter().filter_map(|part| part.picture.clone()).collect(),
    }
}

fn sources(args: &VerifyArgs, parts: &[&Printed]) -> Vec<Source> {
    let source = |kind, name: String| (!name.is_empty()).then_some(Source { kind, name });
    let files = |files: &[PathBuf]| files.iter().map(|file| shown(file)).collect::<Vec<_>>().join(", ");
    let clusters: Vec<&str> = match args.live.contexts.as_slice() {
        [] => parts.iter().filter_map(|part| part.cluster.as_deref()).collect(),
        contexts => contexts.iter().map(String::as_str).collect(),
    };
    let kind = if clusters.len() > 1 { "Clusters" } else { "Cluster" };
    [
        source(kind, clusters.join(", ")),
        source("Saved cluster", files(args.source.snapshot.as_slice())),
        source("Manifests", files(&args.source.files)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The time to the second, or the one that builds are given so that they can be repeated.
fn now() -> Timestamp {
    let given = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let seconds = given.unwrap_or_else(|| Timestamp::now().as_second());
    Timestamp::from_second(seconds).unwrap_or_default()
}

/// The tenants of a report, those with the most errors where there are many.
pub(super) fn picture(world: &World<'_>, report: &Report, whose: &str) -> Option<Picture> {
    let mut errors: BTreeMap<&str, usize> = BTreeMap::new();
    for record in report.with(Judgement::Fail).filter(|record| record.level == Level::Error) {
        *errors.entry(record.namespace().unwrap_or_default()).or_default() += 1;
    }
    let is_judged = |tenant: &&TenantView| report.tenants.binary_search(&tenant.namespace).is_ok();
    let mut tenants: Vec<&TenantView> = world.tenants.iter().filter(is_judged).collect();
    tenants.sort_by_key(|tenant| Reverse(errors.get(tenant.namespace.as_str())));
    let all = tenants.len();
    tenants.truncate(DRAWN);
    (all > 0).then(|| Picture {
        whose: whose.to_owned(),
        svg: graph(world, &tenants).to_svg(),
        drawn: tenants.len(),
        tenants: all,
    })
}
