//! `verify -f` over real repositories: it ends, it says the same twice, and it says what is right.
//!
//! Every file, every directory and, with it, every kustomize entry point of the corpus is judged as a
//! stranger would have it judged, without flags. What is found is counted in `golden/corpus.tsv`, and
//! each finding has to be one that somebody read the manifest for: [`REVIEWED`] holds the judgements.

pub(crate) mod built;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::harness::{data::Data, kubectl::Kubectl, plan::Plan, workspace};

/// With `1` in it, the golden file is written anew instead of compared.
const UPDATE: &str = "SELDON_TESTS_UPDATE";

/// A rule, the end of the path of the manifest or the object that is missing, and why the finding is
/// right. Each was read by hand beside the manifest; the same file in several commits is one row.
const REVIEWED: &[(&str, &str, &str)] = &[
    (
        "SCS0204",
        "k8s/base/seldon-runtime.yaml",
        "the override says `seldon-scheduler`, `replicas: 1`; the namespace counts as a tenant because its policy names seldon-system",
    ),
    (
        "SCS0205",
        "READ-ONLY-k8s-base/seldon-runtime.yaml",
        "the runtime of the control plane's namespace has the same override `mlserver`, which does nothing there either",
    ),
    ("SCS0205", "k8s/base/seldon-runtime.yaml", "an override `mlserver`; no component has that name"),
    ("SCS0210", "k8s/base/seldon-runtime.yaml", "an override of `seldon-envoy` without `serviceType`"),
    ("SCS0211", "k8s/base/seldon-runtime.yaml", "`seldon-modelgateway` with `replicas: 1` in the tenant"),
    ("SCS0302", "k8s/base/mlserver.yaml", "`mlserver-config` is a copy of the team's own"),
    (
        "SCS0304",
        "mlserver.yaml",
        "only of commits that are judged together: each has a Server `mlserver`, in another namespace",
    ),
    ("SCS0306", "k8s/base/mlserver.yaml", "three capabilities, where the ServerConfig of the same base declares more"),
    ("SCS0604", "k8s/base/network-policy.yaml", "`name: seldon-system`, a label that Kubernetes does not set"),
    ("SCS0607", "k8s/base/network-policy.yaml", "ingress from a whole namespace on any port, for all pods"),
    (
        "SCS0804",
        "87c94cc091/k8s/base/seldon-runtime.yaml",
        "the runtime lies beside a kustomization that lists everything but it, without a word about why",
    ),
    (
        "SCS0805",
        "base/kustomization.yaml",
        "files that it lists, such as the generated model-config.yaml, are not in the corpus",
    ),
    ("SCS0805", "overlays/production/kustomization.yaml", "its base is not in the corpus, and it has `patches` twice"),
    ("SCS0805", "overlays/staging/kustomization.yaml", "its base is not in the corpus, and it has `patches` twice"),
    ("SCS0801", "k8s/base/seldon-runtime.yaml", "`spec.scheduler`; no release has it, overrides do its work"),
];

pub(crate) fn add(plan: &mut Plan) {
    plan.local_with_data("corpus::is_judged_alike_and_right", is_judged_alike_and_right);
    plan.local_with_data("corpus::kustomizations_are_judged_right_when_they_build", built::are_judged_right);
}

/// A finding, whichever way it was come by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    repository: String,
    rule: String,
    place: String,
    message: String,
}

fn is_judged_alike_and_right(data: &Data) {
    let corpus = data.corpus();
    let (mut found, mut statuses) = (BTreeSet::new(), BTreeMap::<i32, usize>::new());
    for entry in entries(&corpus) {
        let arguments = ["verify".as_ref(), "-f".as_ref(), entry.as_os_str(), "-o".as_ref(), "json".as_ref()];
        // The harness ends what does not end; kubectl in front of it would take most of the time.
        let judge = || Kubectl::new().program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon"))).run(arguments);
        let (first, second) = (judge(), judge());
        assert_eq!((&first.stdout, &first.stderr), (&second.stdout, &second.stderr), "{}", entry.display());
        assert!([0, 1, 2].contains(&first.status), "{first}");
        assert!(!first.stderr.contains("panicked"), "{first}");
        *statuses.entry(first.status).or_default() += 1;
        if first.status != 2 {
            found.extend(findings(&corpus, &serde_json::from_str(&first.stdout).unwrap()));
        }
    }
    for one in &found {
        let reviewed = REVIEWED.iter().any(|(rule, place, _)| one.rule == *rule && one.place.ends_with(place));
        assert!(reviewed, "nobody has read the manifest behind this finding: {one:#?}");
    }
    for (rule, place, _) in REVIEWED {
        let is_found = found.iter().any(|one| one.rule == *rule && one.place.ends_with(place));
        assert!(is_found, "{rule} is no longer found in {place}");
    }
    is_as_recorded(&summary(&found, &statuses));
}

/// Every file with manifests and every directory.
fn entries(corpus: &Path) -> Vec<PathBuf> {
    let (mut entries, mut dirs) = (Vec::new(), vec![corpus.to_owned()]);
    while let Some(dir) = dirs.pop() {
        for path in fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "example") {
                entries.push(path);
            }
        }
        entries.push(dir);
    }
    entries.sort();
    assert!(entries.len() > 300, "the corpus is smaller than it was: {}", entries.len());
    entries
}

/// What failed, from a report: the object by its file or, when it is missing,
/// by its name.
fn findings(corpus: &Path, report: &Value) -> Vec<Found> {
    let failed = report["findings"].as_array().unwrap().iter().filter(|outcome| outcome["result"] == "fail");
    failed
        .map(|outcome| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let object = &outcome["object"];
            let id = format!("{} {}/{}", text(&object["kind"]), text(&object["namespace"]), text(&object["name"]));
            let path = outcome["location"]["path"]
                .as_str()
                .map(|path| Path::new(path).strip_prefix(corpus).unwrap_or(Path::new(path)));
            let repository = path.and_then(|path| path.iter().next()).map_or("-".into(), |name| name.to_string_lossy());
            Found {
                repository: repository.into_owned(),
                rule: text(&outcome["rule"]),
                place: path.map_or(id, |path| path.display().to_string()),
                message: text(&outcome["message"]),
            }
        })
        .collect()
}

/// How many runs ended how, and how many different findings there are of each rule in each
/// repository; `-` stands for what is missing and so is in none.
fn summary(found: &BTreeSet<Found>, statuses: &BTreeMap<i32, usize>) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for one in found {
        *counts.entry((&one.repository, &one.rule)).or_default() += 1;
    }
    let statuses = statuses.iter().map(|(status, runs)| format!("exit {status}\t{runs}\n"));
    let counts = counts.iter().map(|((repository, rule), count)| format!("{repository}\t{rule}\t{count}\n"));
    statuses.chain(counts).collect()
}

fn is_as_recorded(summary: &str) {
    let golden = workspace().join("tests/e2e/golden/corpus.tsv");
    if env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::write(golden, summary).unwrap();
        return;
    }
    let recorded = fs::read_to_string(&golden).unwrap_or_default();
    assert!(recorded == summary, "{}; {UPDATE}=1 records it anew\n{summary}", golden.display());
}
