//! `fix -f`: the files of a repository, put right where they are.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::TempDir;

use crate::harness::{
    control_plane::Server,
    files::tree,
    kubectl::{Kubectl, Output},
    plan::Plan,
    terminal,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("fix::files_are_edited_where_their_values_come_from", edited_where_it_comes_from);
    plan.local("fix::files_that_are_shown_or_checked_are_not_written", shown_and_checked);
    plan.local("fix::files_that_others_share_are_changed_only_where_that_harms_nobody", shared);
    plan.local("fix::files_that_cannot_be_edited_are_named_with_their_line", by_hand);
    plan.local("fix::files_outside_of_what_was_named_are_left_alone", outside);
    plan.local("fix::files_keep_many_documents_together", documents);
    plan.local("fix::files_of_kustomizations_are_listed_and_stale_patches_dropped", kustomizations);
    plan.local("fix::standard_input_is_printed_as_it_should_be", standard_input);
    plan.terminal("fix::files_are_asked_about_once", asked);
}

const RUNTIME: &str = "\
# The runtime of the team.
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: fin-runtime
  namespace: fin   # ours
spec:
  seldonConfig: default
  overrides:
  # central
  - name: seldon-scheduler
    replicas: 1     # why not
";

const SERVER: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-mlserver, namespace: fin}
spec:
  serverConfig: mlserver
  capabilities: [scikit-learn, \"xg-boost\"]
";

/// A repository of these files.
struct Repository(TempDir);

impl Repository {
    fn of(files: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(dir)
    }

    fn fix(&self, arguments: &[&str]) -> Output {
        Kubectl::new().dir(self.0.path()).seldon([&["fix", "fin", "--unsafe"], arguments].concat())
    }

    fn verify(&self, arguments: &[&str]) -> Output {
        Kubectl::new().dir(self.0.path()).seldon([&["verify", "--tenant", "fin"], arguments].concat())
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    fn texts(&self) -> BTreeMap<String, String> {
        let text = |(path, bytes): (std::path::PathBuf, Vec<u8>)| {
            (path.display().to_string(), String::from_utf8(bytes).unwrap())
        };
        tree(self.0.path()).into_iter().map(text).collect()
    }
}

fn lines(output: &Output) -> Vec<&str> {
    output.stdout.lines().collect()
}

/// A base and an overlay whose patches set what is wrong.
fn layered() -> Repository {
    Repository::of(&[
        ("base/runtime.yaml", RUNTIME),
        ("base/server.yaml", SERVER),
        ("base/kustomization.yaml", "resources:\n  - runtime.yaml # first\n  - server.yaml\n"),
        (
            "over/kustomization.yaml",
            "\
resources: [../base]
patches:
- patch: |-
    # inline
    apiVersion: mlops.seldon.io/v1alpha1
    kind: SeldonRuntime
    metadata: {name: fin-runtime, namespace: fin}
    spec:
      overrides:
      - name: seldon-scheduler
        replicas: 2 # two
- path: ops.yaml
  target: {kind: Server}
",
        ),
        ("over/ops.yaml", "# ops\n- op: add\n  path: /spec/capabilities/-\n  value: light-gbm # hm\n"),
    ])
}

fn edited_where_it_comes_from() {
    let repository = layered();
    let before = repository.texts();
    let output = repository.fix(&["-f", ".", "-y"]).succeeds();
    let expected = [
        "base/kustomization.yaml changed for SCS0310, SCS0501",
        "base/secret-seldon-rclone-gs-public.yaml created for SCS0310",
        "base/server.yaml changed for SCS0305",
        "base/service-seldon-scheduler.yaml created for SCS0501",
        "over/kustomization.yaml changed for SCS0204",
        "over/ops.yaml changed for SCS0305",
    ];
    assert_eq!(lines(&output), expected, "{output}");
    for (path, old, new) in [
        ("base/server.yaml", "[scikit-learn, \"xg-boost\"]", "[sklearn, \"xgboost\"]"),
        ("over/kustomization.yaml", "replicas: 2 # two", "replicas: 0 # two"),
        ("over/ops.yaml", "light-gbm # hm", "lightgbm # hm"),
        ("base/runtime.yaml", "", ""),
        (
            "base/kustomization.yaml",
            "  - server.yaml\n",
            "  - server.yaml\n  - service-seldon-scheduler.yaml\n  - secret-seldon-rclone-gs-public.yaml\n",
        ),
    ] {
        assert_eq!(repository.text(path), before[path].replacen(old, new, 1), "{path}");
    }
    repository.verify(&["-f", "."]).succeeds();
    assert_eq!(repository.fix(&["-f", ".", "--check"]).succeeds().stdout, "");
}

fn shown_and_checked() {
    let repository = layered();
    let before = repository.texts();
    let diff = repository.fix(&["-f", ".", "--diff"]).ends_with(1);
    assert!(diff.stdout.contains("-        replicas: 2 # two\n+        replicas: 0 # two\n"), "{diff}");
    let check = repository.fix(&["-f", ".", "--check"]).ends_with(1);
    assert!(check.stdout.contains("over/ops.yaml would be changed for SCS0305\n"), "{check}");
    let dry = repository.fix(&["-f", ".", "--dry-run"]).succeeds();
    assert!(dry.stdout.contains("over/ops.yaml changed for SCS0305 (dry run)\n"), "{dry}");
    assert_eq!(repository.texts(), before);
    // Without a terminal nobody is asked, and what is done is shown on the other stream.
    let done = repository.fix(&["-f", "."]).succeeds();
    assert_eq!(diff.stdout, done.stderr.split_inclusive('\n').collect::<String>(), "{done}");
    assert_ne!(repository.texts(), before);
    let refused = repository.fix(&["-f", ".", "--dry-run=server"]).ends_with(2);
    assert!(refused.stderr.contains("no API server judges files"), "{refused}");
}

fn shared() {
    let overlay = |namespace: &str| format!("resources: [../base]\nnamespace: {namespace}\n");
    let repository = Repository::of(&[
        ("base/runtime.yaml", RUNTIME),
        ("base/server.yaml", &SERVER.replace(", namespace: fin", "")),
        ("base/kustomization.yaml", "resources: [runtime.yaml, server.yaml]\n"),
        ("one/kustomization.yaml", &overlay("fin")),
        ("two/kustomization.yaml", &overlay("risk")),
    ]);
    let output = repository.fix(&["-f", ".", "-y"]);
    assert!(output.stdout.contains("base/runtime.yaml changed for SCS0204\n"), "{output}");
    for dir in ["one", "two"] {
        let built = Kubectl::new().dir(repository.0.path()).run(["kustomize", dir]).succeeds().stdout;
        assert!(built.contains("replicas: 0") && built.contains("type: ExternalName"), "{built}");
    }
    assert_eq!(repository.fix(&["-f", ".", "--check"]).stdout, "");
}

fn by_hand() {
    let replaced = "\
resources: [runtime.yaml, server.yaml, map.yaml]
replacements:
- source: {kind: ConfigMap, name: settings, fieldPath: data.replicas}
  targets: [{select: {kind: SeldonRuntime}, fieldPaths: ['spec.overrides.[name=seldon-scheduler].replicas']}]
";
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: fin}\ndata: {replicas: '3'}\n";
    let anchored = SERVER.replace("capabilities: [", "capabilities: &all [") + "  extraCapabilities: *all\n";
    let repository = Repository::of(&[
        ("runtime.yaml", RUNTIME),
        ("server.yaml", &anchored),
        ("map.yaml", map),
        ("kustomization.yaml", replaced),
    ]);
    let before = repository.texts();
    let output = repository.fix(&["-f", ".", "-y", "--select", "SCS0204,SCS0305"]).ends_with(1);
    assert_eq!((output.stdout.as_str(), repository.texts()), ("", before), "{output}");
    output.says(&[
        "left: SCS0204 SeldonRuntime fin/fin-runtime: ",
        "edit by hand: runtime.yaml:2: /spec/overrides/0/replicas is put there by something else in the kustomization",
        "left: SCS0305 Server fin/fin-mlserver: ",
        "edit by hand: server.yaml:6: /spec/capabilities",
        "is repeated by the alias in line 7",
    ]);
}

fn outside() {
    let repository = Repository::of(&[
        ("base/runtime.yaml", RUNTIME),
        ("base/server.yaml", SERVER),
        ("base/kustomization.yaml", "resources: [runtime.yaml, server.yaml]\n"),
        ("over/kustomization.yaml", "resources: [../base]\n"),
        ("links/real.txt", RUNTIME),
    ]);
    let before = repository.texts();
    let output = repository.fix(&["-f", "over", "-y", "--select", "SCS0204"]).ends_with(1);
    output.says(&["edit by hand: base/runtime.yaml:1: it is outside of what was named"]);
    std::os::unix::fs::symlink("real.txt", repository.0.path().join("links/runtime.yaml")).unwrap();
    let output = repository.fix(&["-f", "links", "-y", "--select", "SCS0204"]).ends_with(1);
    output.says(&["edit by hand: links/runtime.yaml:1: it is outside of what was named, or a link"]);
    fs::remove_file(repository.0.path().join("links/runtime.yaml")).unwrap();
    assert_eq!(repository.texts(), before);
    // Beside a single file nothing is made.
    repository.fix(&["-f", "base/server.yaml", "-f", "base/runtime.yaml", "-y"]).succeeds();
    assert_eq!(repository.texts().len(), before.len());
    assert!(
        repository.text("base/runtime.yaml").ends_with("type: Opaque\n"),
        "{}",
        repository.text("base/runtime.yaml")
    );
}

fn documents() {
    let all = format!("# all\n{RUNTIME}---\n{SERVER}").replace('\n', "\r\n");
    let repository = Repository::of(&[("all.yaml", &all), ("README.md", "kubectl apply -f all.yaml")]);
    let file = repository.0.path().join("all.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    repository.fix(&["-f", ".", "-y"]).succeeds();
    assert_eq!(repository.texts().len(), 2);
    let text = repository.text("all.yaml");
    let kept =
        all.replace("replicas: 1 ", "replicas: 0 ").replace("scikit-learn", "sklearn").replace("xg-boost", "xgboost");
    assert!(text.starts_with(&kept) && text.contains("\r\nkind: Service\r\n"), "{text}");
    assert!(!text.replace("\r\n", "").contains('\n'), "line ends are mixed: {text:?}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let list = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n  {\"apiVersion\": \"mlops.seldon.io/v1alpha1\", \
                \"kind\": \"Server\",\n   \"metadata\": {\"name\": \"s\", \"namespace\": \"fin\"},\n   \"spec\": \
                {\"serverConfig\": \"mlserver\", \"capabilities\": [\"scikit-learn\"]}}\n]}\n";
    let repository = Repository::of(&[("list.json", list)]);
    repository.fix(&["-f", "list.json", "-y", "--select", "SCS0305"]).succeeds();
    assert_eq!(repository.text("list.json"), list.replace("scikit-learn", "sklearn"));
}

fn kustomizations() {
    let done = RUNTIME.replace("replicas: 1 ", "replicas: 0 ");
    let repository = Repository::of(&[
        ("a/runtime.yaml", &done),
        ("a/server.yaml", &SERVER.replace("scikit-learn, \"xg-boost\"", "sklearn")),
        (
            "a/kustomization.yaml",
            "resources: [runtime.yaml]\npatches:\n# of old\n- path: off.yaml\n  target: {kind: SeldonRuntime}\n",
        ),
        (
            "a/off.yaml",
            "# kubectl-seldon: SCS0204\n- {op: test, path: /spec/overrides/0/replicas, value: 1}\n- {op: replace, path: \
             /spec/overrides/0/replicas, value: 0}\n",
        ),
    ]);
    let output = repository.fix(&["-f", ".", "-y", "--select", "SCS0804,SCS0807"]).succeeds();
    let expected = ["a/kustomization.yaml changed for SCS0804, SCS0807", "a/off.yaml deleted for SCS0807"];
    assert_eq!(lines(&output), expected, "{output}");
    let text = repository.text("a/kustomization.yaml");
    assert!(text.starts_with("resources: [runtime.yaml, server.yaml]\n") && !text.contains("off.yaml"), "{text}");
    Kubectl::new().dir(repository.0.path()).run(["kustomize", "a"]).succeeds();
}

fn standard_input() {
    let text = format!("{RUNTIME}---\n{SERVER}");
    let piped = |more: &str| {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("in"), &text).unwrap();
        let line = format!("kubectl seldon fix fin --unsafe -f - {more} < in");
        Kubectl::shell(&line).dir(dir.path()).run([""; 0])
    };
    let fixed = piped("").succeeds().stdout;
    assert!(
        fixed.starts_with("# The runtime of the team.\n") && fixed.contains("replicas: 0     # why not"),
        "{fixed}"
    );
    assert!(fixed.contains("kind: Secret") && !fixed.contains("scikit-learn"), "{fixed}");
    assert!(piped("--diff").ends_with(1).stdout.contains("+++ b/stdin\n"));
    assert_eq!(lines(&piped("--check").ends_with(1)), ["- would be changed for SCS0204, SCS0305, SCS0310, SCS0501"]);
    assert!(piped("-f other").ends_with(2).stderr.contains("name no other file beside it"));
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("in"), &fixed).unwrap();
    let again = Kubectl::shell("kubectl seldon fix fin --unsafe -f - < in").dir(dir.path()).run([""; 0]).succeeds();
    assert_eq!(again.stdout, fixed, "what is right comes out as it went in");
}

fn asked(server: &Server) {
    let repository = layered();
    let before = repository.texts();
    let answered = |more: &str, answer: &str| {
        let dir = repository.0.path().display();
        terminal::run(server, &format!("kubectl seldon fix fin --unsafe -f {dir} {more}"), answer)
    };
    let output = answered("", "n").ends_with(2);
    assert!(output.stdout.contains("Go on? [y/N]") && output.stdout.contains("as you wished"), "{output}");
    assert!(output.stdout.contains("\u{1b}["), "it has no colour: {output}");
    assert_eq!(repository.texts(), before);
    answered("", "y").succeeds();
    assert_ne!(repository.texts(), before);
    assert!(!answered("", "n").succeeds().stdout.contains("Go on?"), "there is nothing to ask");
    assert!(Path::new(&repository.0.path().join("over")).is_dir());
}
