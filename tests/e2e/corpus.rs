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

/// A finding that somebody judged right after reading the manifest. The same file in several commits is
/// one row.
#[derive(Debug)]
struct Reviewed {
    rule: &'static str,
    /// The end of the path of the manifest, or the object that is missing.
    place: &'static str,
    /// What is said; a beginning, where it ends in `…`.
    message: &'static str,
    /// Why that is right.
    #[expect(dead_code, reason = "for whoever reads this, and in what a failure prints")]
    why: &'static str,
}

impl Reviewed {
    fn is(&self, one: &Found) -> bool {
        let is_said = match self.message.strip_suffix('…') {
            // Nothing is the beginning of everything.
            Some(beginning) => !beginning.is_empty() && one.message.starts_with(beginning),
            None => one.message == self.message,
        };
        one.rule == self.rule && one.place.ends_with(self.place) && is_said
    }
}

const REVIEWED: &[Reviewed] = &[
    Reviewed {
        rule: "SCS0204",
        place: "k8s/base/seldon-runtime.yaml",
        message: "the tenant runs a scheduler of its own",
        why: "the override says `seldon-scheduler`, `replicas: 1`; the namespace counts as a tenant because its policy names seldon-system",
    },
    Reviewed {
        rule: "SCS0205",
        place: "READ-ONLY-k8s-base/seldon-runtime.yaml",
        message: "the override `mlserver` has no effect, because no component has this name",
        why: "the runtime of the control plane's namespace has the same override `mlserver`, which does nothing there either",
    },
    Reviewed {
        rule: "SCS0205",
        place: "k8s/base/seldon-runtime.yaml",
        message: "the override `mlserver` has no effect, because no component has this name",
        why: "an override `mlserver`; no component has that name",
    },
    Reviewed {
        rule: "SCS0210",
        place: "k8s/base/seldon-runtime.yaml",
        message: "`seldon-mesh` is a ClusterIP only because the override of `seldon-envoy` names no type",
        why: "an override of `seldon-envoy` without `serviceType`",
    },
    Reviewed {
        rule: "SCS0211",
        place: "k8s/base/seldon-runtime.yaml",
        message: "seldon-modelgateway takes part in the work of every tenant and needs Kafka",
        why: "`seldon-modelgateway` with `replicas: 1` in the tenant",
    },
    Reviewed {
        rule: "SCS0212",
        place: "k8s/base/seldon-runtime.yaml",
        message: "fraud-detection does not follow the pattern of one central scheduler and is not judged by it",
        why: "a runtime alone, with its scheduler at `replicas: 1` or without a word about it, and nothing else of the namespace beside it",
    },
    Reviewed {
        rule: "SCS0212",
        place: "k8s/base/mlserver.yaml",
        message: "fraud-detection does not follow the pattern of one central scheduler and is not judged by it",
        why: "a Server alone, which shows no topology at all",
    },
    Reviewed {
        rule: "SCS0302",
        place: "k8s/base/mlserver.yaml",
        message: "ServerConfig `mlserver-config` is not one of those that the control plane's chart keeps up to date",
        why: "`mlserver-config` is a copy of the team's own",
    },
    Reviewed {
        rule: "SCS0304",
        place: "mlserver.yaml",
        message: "the scheduler cannot tell Server `mlserver` of …",
        why: "only of commits that are judged together: each has a Server `mlserver`, in another namespace",
    },
    Reviewed {
        rule: "SCS0306",
        place: "k8s/base/mlserver.yaml",
        message: "the Server does not declare tensorflow, keras, which its ServerConfig does",
        why: "only of commits that are judged together: the ServerConfig is of another one, and declares these two",
    },
    Reviewed {
        rule: "SCS0604",
        place: "k8s/base/network-policy.yaml",
        message: "the selector `name=seldon-system` is meant for namespace seldon-system and asks for a label …",
        why: "`name: seldon-system`, a label that Kubernetes does not set",
    },
    Reviewed {
        rule: "SCS0607",
        place: "k8s/base/network-policy.yaml",
        message: "other pods may reach 5572, 7777 of the Servers' pods, where nobody is asked who they are",
        why: "ingress from a whole namespace on any port, for all pods",
    },
    Reviewed {
        rule: "SCS0804",
        place: "87c94cc091/k8s/base/seldon-runtime.yaml",
        message: "kustomization.yaml beside it does not list seldon-runtime.yaml, so it is not deployed with the rest",
        why: "the runtime lies beside a kustomization that lists everything but it, without a word about why",
    },
    Reviewed {
        rule: "SCS0805",
        place: "base/kustomization.yaml",
        message: "it does not build: accumulating resources from 'namespace.yaml': …",
        why: "a file that it lists and that is not in the corpus",
    },
    Reviewed {
        rule: "SCS0805",
        place: "base/kustomization.yaml",
        message: "it does not build: accumulating resources from 'model-config.yaml': …",
        why: "a file that is generated before the deployment, and not in the corpus",
    },
    Reviewed {
        rule: "SCS0805",
        place: "overlays/production/kustomization.yaml",
        message: "it does not build: accumulating resources from '../../base': …",
        why: "its base is not in the corpus",
    },
    Reviewed {
        rule: "SCS0805",
        place: "overlays/staging/kustomization.yaml",
        message: "it does not build: accumulating resources from '../../base': …",
        why: "its base is not in the corpus",
    },
    Reviewed {
        rule: "SCS0801",
        place: "k8s/base/seldon-runtime.yaml",
        message: "SeldonRuntime has no field /spec/scheduler",
        why: "`spec.scheduler`; no release has it, overrides do its work",
    },
];

pub(crate) fn add(plan: &mut Plan) {
    plan.local_with_data("corpus::is_judged_alike_and_right", is_judged_alike_and_right);
    plan.local_with_data("corpus::kustomizations_are_judged_right_when_they_build", built::are_judged_right);
}

/// A verdict, whichever way it was come by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// The repository, with the commit or tag that the file is of.
    tree: String,
    rule: String,
    result: String,
    place: String,
    message: String,
}

impl Found {
    fn is_failure(&self) -> bool {
        self.result == "fail"
    }
}

/// How many runs on the entries of a tree ended how.
type Statuses = BTreeMap<(String, i32), usize>;

fn is_judged_alike_and_right(data: &Data) {
    let corpus = data.corpus();
    let (mut found, mut statuses) = (BTreeSet::new(), Statuses::new());
    for entry in entries(&corpus) {
        let arguments = ["verify".as_ref(), "-f".as_ref(), entry.as_os_str(), "-o".as_ref(), "json".as_ref()];
        // The harness ends what does not end; kubectl in front of it would take most of the time.
        let judge = || Kubectl::new().program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon"))).run(arguments);
        let (first, second) = (judge(), judge());
        assert_eq!((&first.stdout, &first.stderr), (&second.stdout, &second.stderr), "{}", entry.display());
        assert!([0, 1, 2].contains(&first.status), "{first}");
        assert!(!first.stderr.contains("panicked"), "{first}");
        let own = tree(entry.strip_prefix(&corpus).unwrap());
        *statuses.entry((own.clone(), first.status)).or_default() += 1;
        if first.status != 2 {
            found.extend(findings(&corpus, &own, &serde_json::from_str(&first.stdout).unwrap()));
        }
    }
    let failed = || found.iter().filter(|one| one.is_failure());
    let unread: Vec<&Found> = failed().filter(|one| !REVIEWED.iter().any(|row| row.is(one))).collect();
    assert!(unread.is_empty(), "nobody has read the manifests behind these findings: {unread:#?}");
    for row in REVIEWED {
        assert!(failed().any(|one| row.is(one)), "no longer found: {row:?}");
    }
    is_as_recorded(&summary(&found, &statuses));
}

/// The tree that a file or directory of the corpus is in: a repository, and a commit or tag of it.
fn tree(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let is_dated = parts.get(1).is_some_and(|part| part.starts_with('_'));
    let parts = parts.iter().take(if is_dated { 3 } else { 1 });
    let name = parts.map(AsRef::as_ref).collect::<Vec<_>>().join("/");
    if name.is_empty() { ".".to_owned() } else { name }
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

/// The verdicts of a report on an entry of a tree: the object by its file or, when it is missing, by its
/// name.
fn findings(corpus: &Path, own: &str, report: &Value) -> Vec<Found> {
    let verdicts = report["findings"].as_array().unwrap().iter();
    let verdicts = verdicts.filter(|outcome| outcome["result"] != "not-applicable");
    verdicts
        .map(|outcome| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let object = &outcome["object"];
            let id = format!("{} {}/{}", text(&object["kind"]), text(&object["namespace"]), text(&object["name"]));
            let path = outcome["location"]["path"]
                .as_str()
                .map(|path| Path::new(path).strip_prefix(corpus).unwrap_or(Path::new(path)));
            Found {
                tree: path.map_or_else(|| own.to_owned(), tree),
                rule: text(&outcome["rule"]),
                result: text(&outcome["result"]),
                place: path.map_or(id, |path| path.display().to_string()),
                message: text(&outcome["message"]),
            }
        })
        .collect()
}

/// How many runs ended how in each tree, and how many different verdicts there are of each rule.
fn summary(found: &BTreeSet<Found>, statuses: &Statuses) -> String {
    let mut counts: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for one in found {
        *counts.entry((&one.tree, &one.rule, &one.result)).or_default() += 1;
    }
    let statuses = statuses.iter().map(|((tree, status), runs)| format!("{tree}\texit {status}\t-\t{runs}\n"));
    let counts = counts.iter().map(|((tree, rule, result), count)| format!("{tree}\t{rule}\t{result}\t{count}\n"));
    let lines: BTreeSet<String> = statuses.chain(counts).collect();
    lines.into_iter().collect()
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
