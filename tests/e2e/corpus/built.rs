//! The kustomizations of the corpus, built. Each lists files that are not in the corpus, such as
//! generated ones, so kustomize is asked what is missing until it builds, and given as little as will
//! do: the `.example` that lies beside a file, else an object that nobody judges.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;
use tempfile::TempDir;

use super::{Found, REVIEWED, Reviewed, findings};
use crate::harness::{data::Data, kubectl::Kubectl};

/// So often at most kustomize is asked what is missing.
const ROUNDS: usize = 40;

/// Entry points that do not build whatever is supplied, and why.
const UNBUILDABLE: &[(&str, &str)] = &[
    (
        "jtayl222__fraud-model-rollout-demo/k8s/base",
        "`namespace:` moves two quotas of one name into one namespace, which kustomize refuses",
    ),
    (
        "jtayl222__fraud-model-rollout-demo/_history/f130e7c5ce/k8s/multi-namespace/base",
        "a strategic merge patch is not in the corpus, and for which object it is nobody knows",
    ),
];

/// What is found once they build, beside what [`REVIEWED`] holds. Each was read by hand as well.
const REVIEWED_WHEN_BUILT: &[Reviewed] = &[
    Reviewed {
        rule: "SCS0310",
        place: "Secret fraud-detection/seldon-rclone-gs-public",
        message: "the agents of fraud-detection exit, because they read Secret `seldon-rclone-gs-public` and it is not there",
        why: "the runtime lists it in `config_secrets`, and nothing that is built has it",
    },
    Reviewed {
        rule: "SCS0501",
        place: "Service fraud-detection/seldon-scheduler",
        message: "nothing leads from fraud-detection to the central scheduler",
        why: "the runtime wants the scheduler of seldon-system by its comment, and there is no alias",
    },
    Reviewed {
        rule: "SCS0804",
        place: "k8s/base/seldon-runtime.yaml",
        message: "kustomization.yaml beside it does not list seldon-runtime.yaml, so it is not deployed with the rest",
        why: "that of commit 87c94cc091, which REVIEWED has with the commit in its path",
    },
    Reviewed {
        rule: "SCS0806",
        place: "k8s/base/kustomization.yaml",
        message: "a patch is for kind ServiceAccount, name default, and there is no such object, so it changes nothing",
        why: "a patch for ServiceAccount `default`, which is in none of the files; rbac.yaml.example has others",
    },
    Reviewed {
        rule: "SCS0805",
        place: "k8s/base/kustomization.yaml",
        message: "it does not build: namespace transformation produces ID conflict: …",
        why: "two quotas of one name, as in UNBUILDABLE",
    },
    Reviewed {
        rule: "SCS0805",
        place: "k8s/multi-namespace/base/kustomization.yaml",
        message: "it does not build: no matches for Id ConfigMap.v1.[noGrp]/resource-limits.[noNs]; …",
        why: "a patch for an object that is not in the corpus, as in UNBUILDABLE",
    },
];

pub(super) fn are_judged_right(data: &Data) {
    let corpus = data.corpus();
    let mut found = BTreeSet::new();
    let mut unbuilt = BTreeSet::new();
    for source in entry_points(&corpus) {
        let (root, place) = split(&corpus, &source);
        let dir = TempDir::new().unwrap();
        copy(&root, dir.path());
        let entry = dir.path().join(&place);
        if supply(&entry).is_err() {
            unbuilt.insert(source.strip_prefix(&corpus).unwrap().display().to_string());
        }
        let program = Kubectl::new().program(Path::new(env!("CARGO_BIN_EXE_kubectl-seldon"))).dir(dir.path());
        let output = program.run(["verify".as_ref(), "-f".as_ref(), place.as_os_str(), "-o".as_ref(), "json".as_ref()]);
        assert!([0, 1].contains(&output.status), "{output}");
        let own = findings(dir.path(), ".", &serde_json::from_str(&output.stdout).unwrap());
        found.extend(own.into_iter().filter(Found::is_failure));
    }
    let expected: BTreeSet<String> = UNBUILDABLE.iter().map(|(place, _)| (*place).to_owned()).collect();
    assert_eq!(unbuilt, expected);
    let reviewed = |one: &Found| REVIEWED.iter().chain(REVIEWED_WHEN_BUILT).any(|row| row.is(one));
    let unread: Vec<&Found> = found.iter().filter(|one| !reviewed(one)).collect();
    assert!(unread.is_empty(), "nobody has read the manifests behind these findings: {unread:#?}");
    for row in REVIEWED_WHEN_BUILT {
        assert!(found.iter().any(|one| row.is(one)), "no longer found: {row:?}");
    }
}

/// Every directory with a kustomization.
pub(crate) fn entry_points(corpus: &Path) -> Vec<PathBuf> {
    let (mut entries, mut dirs) = (Vec::new(), vec![corpus.to_owned()]);
    while let Some(dir) = dirs.pop() {
        dirs.extend(fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
        if dir.join("kustomization.yaml").exists() {
            entries.push(dir);
        }
    }
    entries.sort();
    assert!(entries.len() >= 10, "{entries:?}");
    entries
}

/// The root of the repository at the commit that a directory is of, and the directory in it.
pub(crate) fn split(corpus: &Path, entry: &Path) -> (PathBuf, PathBuf) {
    let parts: Vec<_> = entry.strip_prefix(corpus).unwrap().iter().collect();
    let depth = if parts[1] == "_history" { 3 } else { 1 };
    (corpus.join(parts[..depth].iter().collect::<PathBuf>()), parts[depth..].iter().collect())
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap();
        if path.is_dir() && name != "_history" {
            copy(&path, &to.join(name));
        } else if path.is_file() {
            fs::write(to.join(name), fs::read(&path).unwrap()).unwrap();
        }
    }
}

/// Writes what kustomize misses until it builds.
pub(crate) fn supply(entry: &Path) -> Result<(), String> {
    let absent = Regex::new(r"(?:lstat|open) (/[^ :']+): no such file").unwrap();
    let field = Regex::new(r"nothing selected by ConfigMap\S*/([^.]+)\.\[noNs\]:data\.([\w-]+)").unwrap();
    let more =
        Regex::new(r"fieldPath `data\.([\w-]+)` is missing for replacement source ConfigMap\S*/([^.]+)\.").unwrap();
    let mut settings = BTreeMap::<String, BTreeSet<String>>::new();
    let mut holder = None;
    for _ in 0..ROUNDS {
        let output = Kubectl::new().run(["kustomize".as_ref(), entry.as_os_str()]);
        if output.status == 0 {
            return Ok(());
        }
        let setting = field.captures(&output.stderr).map(|found| (found[1].to_owned(), found[2].to_owned()));
        let setting =
            setting.or_else(|| more.captures(&output.stderr).map(|found| (found[2].to_owned(), found[1].to_owned())));
        if let Some((name, key)) = setting {
            let is_new = settings.entry(name.clone()).or_default().insert(key);
            let Some(file) = holder.as_ref().filter(|_| is_new) else { return Err(output.stderr) };
            let data: String = settings[&name].iter().map(|key| format!("  {key}: s3://bucket/model\n")).collect();
            fs::write(file, format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{data}"))
                .unwrap();
        } else if let Some(found) = absent.captures_iter(&output.stderr).last() {
            let file = PathBuf::from(&found[1]);
            stand_in(&file);
            if file.to_string_lossy().contains("config") {
                holder.get_or_insert(file);
            }
        } else {
            return Err(output.stderr);
        }
    }
    Err("it never builds".to_owned())
}

fn stand_in(file: &Path) {
    let example = PathBuf::from(format!("{}.example", file.display()));
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let object = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    if file.extension().is_none() {
        fs::create_dir_all(file).unwrap();
        fs::write(file.join("kustomization.yaml"), "resources: [a.yaml]\n").unwrap();
        fs::write(file.join("a.yaml"), object).unwrap();
        return;
    }
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = if file.extension().is_some_and(|extension| extension == "env") { "a=b\n".to_owned() } else { object };
    fs::write(file, fs::read_to_string(example).unwrap_or(text)).unwrap();
}
