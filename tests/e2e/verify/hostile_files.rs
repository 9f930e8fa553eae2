//! Files from somebody who wishes ill: too large, too deep, going in circles, or speaking to the terminal.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::harness::{
    kubectl::{Kubectl, Output},
    plan::Plan,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::hostile::aliases_that_multiply_are_refused", aliases);
    plan.local("verify::hostile::a_file_of_100_megabytes_is_refused_unread", large);
    plan.local("verify::hostile::deep_nesting_is_refused_at_its_place", nesting);
    plan.local("verify::hostile::directories_without_end_are_refused", directories);
    plan.local("verify::hostile::links_in_circles_end", circles);
    plan.local("verify::hostile::names_never_become_paths", names);
    plan.local("verify::hostile::escapes_in_files_reach_no_terminal", escapes);
    plan.local("verify::hostile::nul_bytes_are_refused_or_shown_as_text", nul);
    plan.local("verify::hostile::keys_given_twice_are_refused", keys);
    plan.local("verify::hostile::the_plugin_of_a_kubeconfig_is_said_and_not_run_without_need", plugin);
}

/// What verifying a directory with one file in it says.
fn verify(name: &str, text: impl AsRef<[u8]>) -> Output {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(name), text).unwrap();
    verify_in(dir.path())
}

fn verify_in(dir: &Path) -> Output {
    Kubectl::new().dir(dir).seldon(["verify", "--tenant=fin", "-f", "."])
}

/// The same where whatever grows beyond 1.5 GB is stopped.
fn with_little_memory(dir: &Path) -> Output {
    let command = "ulimit -v 1500000; kubectl seldon verify --tenant=fin -f .";
    Kubectl::shell(command).dir(dir).run([""; 0])
}

fn aliases() {
    let level = |level: usize| {
        let before = vec![format!("*a{}", level - 1); 10].join(",");
        format!("a{level}: &a{level} [{before}]\n")
    };
    let levels: String = (1..30).map(level).collect();
    let bomb = format!("{NAMESPACE}a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{levels}");
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("bomb.yaml"), bomb).unwrap();
    let too_large = "it is too large or too deep once its aliases are expanded";
    with_little_memory(dir.path()).ends_with(2).says(&["bomb.yaml:", too_large]);
}

fn large() {
    let dir = TempDir::new().unwrap();
    let file = fs::File::create(dir.path().join("large.yaml")).unwrap();
    file.set_len(100 << 20).unwrap();
    with_little_memory(dir.path()).ends_with(2).says(&["large.yaml is larger than 64 MiB, which no manifest is"]);
    // A device has no length to be refused for.
    let command = "kubectl seldon verify --tenant=fin -f - < /dev/zero";
    let output = Kubectl::shell(command).dir(dir.path()).run([""; 0]).ends_with(2);
    output.says(&["standard input is larger than 64 MiB"]);
}

fn nesting() {
    let deep = "too deep";
    verify("a.yaml", "[".repeat(1_000_000)).ends_with(2).says(&["a.yaml:1:", deep]);
    verify("a.json", "{\"a\":".repeat(1_000_000)).ends_with(2).says(&["a.json:1:", deep]);
    let block: String = (0..2_000).map(|level| format!("{:level$}a:\n", "")).collect();
    verify("b.yaml", block).ends_with(2).says(&["b.yaml:", deep]);
}

fn directories() {
    let dir = TempDir::new().unwrap();
    let deep: PathBuf = std::iter::repeat_n("d", 40).collect();
    fs::create_dir_all(dir.path().join(deep)).unwrap();
    verify_in(dir.path()).ends_with(2).says(&["is more than 32 directories deep"]);
}

fn circles() {
    use std::os::unix::fs::symlink;
    let dir = TempDir::new().unwrap();
    let one = dir.path().join("a/b");
    fs::create_dir_all(&one).unwrap();
    fs::write(one.join("a.yaml"), NAMESPACE).unwrap();
    symlink("../..", one.join("up")).unwrap();
    symlink(".", one.join("self.yaml")).unwrap();
    let output = verify_in(dir.path());
    assert!(output.stdout.contains("looked at: 1 object,"), "{output}");
    symlink("two.yaml", one.join("one.yaml")).unwrap();
    symlink("one.yaml", one.join("two.yaml")).unwrap();
    verify_in(dir.path()).ends_with(2).says(&["cannot follow the link"]);
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fin}\n";

fn names() {
    let dir = TempDir::new().unwrap();
    let inside = dir.path().join("repo");
    fs::create_dir(&inside).unwrap();
    for name in ["../../evil", "/etc/evil", "..", "a/b", "a\\..\\b", "a%2f..%2fb"] {
        let profile = format!("tenants:\n- namespace: '{name}'\n");
        fs::write(inside.join("profile.yaml"), profile).unwrap();
        for form in ["kustomize", "yaml", "flux"] {
            let arguments = ["onboard", "-f", "profile.yaml", "--emit", form, "--out", "out"];
            Kubectl::new().dir(&inside).seldon(arguments).ends_with(2).says(&["profile.yaml: line 2, column "]);
            assert!(!inside.join("out").exists(), "{form}: {name}");
        }
    }
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["repo"]);
}

fn escapes() {
    let evil = r"\e[2J\e]0;owned\a\x9b31m\u202e";
    let object = format!(
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\n\
         metadata: {{name: \"r{evil}\", namespace: fin, labels: {{\"{evil}\": \"{evil}\"}}}}\n\
         spec: {{seldonConfig: \"{evil}\", \"{evil}\": 1, overrides: [{{name: \"{evil}\", replicas: 1}}]}}\n"
    );
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.yaml"), object).unwrap();
    let forms = ["text", "wide", "short", "json", "jsonl", "yaml", "markdown", "github", "gitlab", "junit", "sarif"];
    for form in forms {
        let output = Kubectl::new().dir(dir.path()).seldon(["verify", "--tenant=fin", "-f", ".", "-o", form]);
        is_plain(&output);
    }
    is_plain(&verify("a.yaml", "a: \x1b[2J\n"));
    is_plain(&verify("\u{1b}[2Jowned.yaml", "a: ]\n").ends_with(2));
}

fn is_plain(output: &Output) {
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(!said.is_empty(), "{output}");
    let obeyed = |letter: char| (letter.is_control() && !matches!(letter, '\n' | '\t')) || letter == '\u{202e}';
    assert!(!said.contains(obeyed), "{output:?}");
}

fn nul() {
    is_plain(&verify("a.yaml", b"apiVersion: v1\0\nkind: Namespace\nmetadata: {name: fin}\n").ends_with(2));
    let quoted = "apiVersion: v1\nkind: Namespace\nmetadata: {name: fin, annotations: {a: \"\\0\"}}\n";
    is_plain(&verify("a.yaml", quoted));
    is_plain(&verify("a.yaml", [0u8; 100]).ends_with(2));
    is_plain(&verify("a.yaml", [0xff, 0xfe, b'a', 0]).ends_with(2));
}

fn keys() {
    let twice = format!("{NAMESPACE}kind: Secret\n");
    verify("a.yaml", twice).ends_with(2).says(&["a.yaml:4:1: the key `kind` is given twice"]);
    let twice = r#"{"apiVersion": "v1", "kind": "Secret", "kind": "Namespace", "metadata": {"name": "fin"}}"#;
    verify("a.json", twice).ends_with(2).says(&["the key `kind` is given twice"]);
}

/// Somebody's kubeconfig, whose credential plugin makes a file.
fn plugin() {
    let dir = TempDir::new().unwrap();
    let kubeconfig = dir.path().join("kubeconfig");
    let text = "\
apiVersion: v1
kind: Config
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}]
users:
- name: a
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: [-c, \"touch ran\\e[2K\\r; exit 1\"]
      env: [{name: LD_PRELOAD_NOT, value: hidden}]
      interactiveMode: Never
";
    fs::write(&kubeconfig, text).unwrap();
    fs::write(dir.path().join("a.yaml"), NAMESPACE).unwrap();
    let seldon = |arguments: &str| {
        let line = format!("kubectl seldon {arguments}");
        Kubectl::shell(&line).dir(dir.path()).kubeconfig(&kubeconfig).run([""; 0])
    };
    let said =
        "the kubeconfig's credential plugin is run: `sh -c touch ran\\u{1b}[2K ; exit 1`, with LD_PRELOAD_NOT set";
    let has_run = || {
        fs::read_dir(dir.path()).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("ran"))
    };
    for offline in ["verify --tenant=fin -f a.yaml -v 1", "explain SCS0204 -v 1", "onboard fin --emit yaml -v 1"] {
        let output = seldon(offline);
        assert!(!output.stderr.contains("credential plugin") && !has_run(), "{output}");
    }
    let output = seldon("verify fin -v 1").ends_with(2);
    is_plain(&output);
    assert!(output.stderr.contains(said) && !output.stderr.contains("hidden") && has_run(), "{output}");
    assert!(!seldon("verify fin").stderr.contains("is run"), "it was not asked");
}
