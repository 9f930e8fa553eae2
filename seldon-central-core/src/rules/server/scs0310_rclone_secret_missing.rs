use std::collections::BTreeSet;

use crate::{
    finding::{Level, Outcome},
    fix::{Edit, Remedy, Repair, Wanted, built},
    needs::rclone_secrets,
    object::ObjectId,
    pattern,
    resource::{SECRET, SELDON_CONFIG, SELDON_RUNTIME, SERVER},
    rules::{FixSafety, Judged, Report, Rule, World},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0310",
    name: "rclone-secret-missing",
    level: Level::Error,
    judged: Judged::Either,
    summary: "A Secret of rclone settings that every agent reads, such as `seldon-rclone-gs-public`, is absent from a \
              tenant with Servers.",
    why: "The default SeldonConfig lists `seldon-rclone-gs-public` in `rclone.config_secrets`, a runtime can add to that \
          list but not take from it, and the agent reads the Secrets in its own namespace. Where one is missing it exits \
          with `Failed to initialise rclone config listener`. Only the runtime chart creates it, in its own namespace.",
    fix: "Create the Secret with exactly one key; `kubectl seldon onboard` builds one for public Google Cloud Storage \
          buckets that holds no credentials. An ExternalSecret or a SealedSecret of the name will do.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SECRET, &SERVER, &SELDON_RUNTIME, &SELDON_CONFIG],
    sources: &[
        "scheduler/cmd/agent/main.go:335-339",
        "scheduler/pkg/agent/rclone/rclone_config.go:105-135",
        "k8s/helm-charts/seldon-core-v2-runtime/templates/rclone-gs-public.yaml",
    ],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: seldon-rclone-gs-public, namespace: financial-inference}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let made = made(world);
    for tenant in &world.tenants {
        let namespace = tenant.namespace.as_str();
        if world.seen(&SERVER, namespace, report).is_empty() {
            continue;
        }
        for name in needed(world, namespace, report) {
            let id = ObjectId::of(&SECRET, Some(namespace), name);
            match world.snapshot.get(&SECRET, namespace, name) {
                Ok(Some(secret)) => report.pass(secret),
                _ if made.contains(&(namespace, name)) => report.holds(id),
                Ok(None) => report.missing(
                    id,
                    format!("the agents of {namespace} exit, because they read Secret `{name}` and it is not there"),
                    format!("create Secret `{name}` with exactly one key, holding rclone settings"),
                ),
                Err(reason) => report.unknown(id, reason),
            }
        }
    }
}

/// The Secrets that the agents of a namespace read. A `SeldonConfig` that is not known counts as
/// the chart's.
fn needed<'a>(world: &'a World<'_>, namespace: &'a str, report: &mut Report) -> BTreeSet<&'a str> {
    let mut needed = BTreeSet::new();
    let runtimes = world.seen(&SELDON_RUNTIME, namespace, report);
    if runtimes.is_empty() {
        needed.insert(pattern::RCLONE_SECRET);
    }
    for runtime in runtimes {
        needed.extend(rclone_secrets(&runtime.object));
        match world.seldon_config(&runtime.object) {
            Ok(Some(config)) => needed.extend(rclone_secrets(&config.object)),
            Err(reason) if reason.is_incomplete() => report.unknown(runtime.object.id(), reason),
            Ok(None) | Err(_) => {
                needed.insert(pattern::RCLONE_SECRET);
            }
        }
    }
    needed
}

/// Namespaces and names of the Secrets that other objects make. A file that SOPS encrypts is a
/// Secret itself.
fn made<'a>(world: &World<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let objects = world.snapshot.objects().iter().map(|observed| &observed.object);
    let made = objects.filter_map(|object| {
        let target = match object.kind() {
            "ExternalSecret" => object.text("/spec/target/name"),
            "SealedSecret" => object.text("/spec/template/metadata/name"),
            _ => return None,
        };
        Some((object.namespace()?, target.unwrap_or_else(|| object.name())))
    });
    made.collect()
}

/// What other Secrets hold is their owner's to say.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let home = outcome.object.home().filter(|_| outcome.object.name == pattern::RCLONE_SECRET);
    Remedy::safe(home.and_then(|home| built(world, home, Wanted::Kind(&SECRET))).map(Edit::put))
}
