use crate::{
    finding::{Evidence, Level, Outcome},
    fix::{Repair, files::FileRepair},
    kustomize::name,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::{Observed, Origin},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0804",
    name: "not-in-kustomization",
    level: Level::Warning,
    judged: Judged::Manifests,
    summary: "An object of the pattern lies in a file beside a kustomization that does not list it.",
    why: "`kubectl apply -k`, Argo CD and Flux deploy what the kustomization lists and nothing else. A file that is \
          only in the directory looks deployed, and is not: with the alias Service left out, the operator makes a \
          Service of its own and the tenant never reaches the central scheduler.",
    fix: "Add the file to `resources:` of the kustomization, or move it away when it is not to be deployed. A comment in the \
          kustomization that names the file says that it is left out on purpose.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Files(listed),
    reads: &[],
    sources: &["https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/"],
    check,
    bad: "\
# tenant/kustomization.yaml
resources: [server.yaml]
---
# tenant/server.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
# tenant/model.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: financial-inference}
spec: {server: mlserver, storageUri: 'gs://bucket/income', requirements: [sklearn]}
",
    good: "\
# tenant/kustomization.yaml
resources: [server.yaml, model.yaml]
---
# tenant/server.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: mlserver, namespace: financial-inference}
spec: {serverConfig: mlserver}
---
# tenant/model.yaml
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: financial-inference}
spec: {server: mlserver, storageUri: 'gs://bucket/income', requirements: [sklearn]}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    for seen in world.snapshot.kustomizations().seen() {
        if seen.unlisted.is_empty() {
            report.pass(&seen.observed);
        }
        let kustomization = file(&seen.observed);
        for observed in &seen.unlisted {
            let own = file(observed);
            report.fail(
                observed,
                format!("{kustomization} beside it does not list {own}, so it is not deployed with the rest"),
                vec![Evidence::new("", observed.object.id().to_string())],
                format!("add {own} to `resources:` of {kustomization}, or move it away"),
            );
        }
    }
}

/// The name of the file that an object is in.
fn listed(world: &World<'_>, outcome: &Outcome) -> Vec<FileRepair> {
    let all = world.snapshot.kustomizations().seen().iter();
    let is_meant = |observed: &&Observed| observed.object.id() == outcome.object;
    let of = all.flat_map(|seen| seen.unlisted.iter().filter(is_meant).map(|unlisted| (&seen.observed, unlisted)));
    let repair = |(kustomization, unlisted)| FileRepair::List {
        kustomization: path(kustomization).to_owned(),
        file: path(unlisted).to_owned(),
    };
    of.map(repair).collect()
}

fn file(observed: &Observed) -> &str {
    name(path(observed))
}

fn path(observed: &Observed) -> &str {
    match &observed.origin {
        Origin::File { path, .. } => path,
        Origin::Cluster | Origin::Desired => "",
    }
}
