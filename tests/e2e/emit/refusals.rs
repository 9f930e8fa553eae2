//! What `onboard --emit` leaves alone: the cluster, other people's files, and half of anything.

use std::{fs, io::ErrorKind, net::TcpListener, path::Path};

use tempfile::TempDir;

use super::{Case, OUT, case, emit, emitted, repository};
use crate::harness::{
    files::{objects, tree},
    kubectl::{Kubectl, Output},
    plan::Plan,
};

static ONE: Case = case("one", &["fin"]);
static TWO: Case = case("two", &["fin", "risk"]);
const NAME_ANOTHER: &str = "name another directory with --out\n";
const ALIAS: &str = "service-seldon-scheduler.yaml";

pub(super) fn add(plan: &mut Plan) {
    plan.local("emit::edited_file_is_refused_with_the_difference", edited_file);
    plan.local("emit::server_that_fewer_tenants_rename_is_told_of", renamed_server);
    plan.local("emit::overwrite_replaces_edited_files_only", overwrite);
    plan.local("emit::diff_shows_and_writes_nothing", diff);
    plan.local("emit::dry_run_writes_nothing", dry_run);
    plan.local("emit::foreign_file_is_left_alone_and_named", foreign_file);
    plan.local("emit::file_in_place_of_the_directory", file_in_place_of_the_directory);
    plan.local("emit::directory_below_a_file", directory_below_a_file);
    plan.local("emit::directory_in_place_of_a_file", directory_in_place_of_a_file);
    plan.local("emit::file_in_place_of_a_tenants_directory", file_in_place_of_a_tenants_directory);
    #[cfg(unix)]
    {
        plan.local("emit::link_to_a_file_is_not_followed", link_to_a_file);
        plan.local("emit::link_to_a_directory_is_not_followed", link_to_a_directory);
        plan.local("emit::signal_in_the_middle_leaves_nothing", signal);
    }
    plan.local("emit::no_kubeconfig_is_read", no_kubeconfig_is_read);
    plan.local("emit::no_connection_is_opened", no_connection_is_opened);
    plan.local("emit::profile_with_an_error_is_not_emitted", profile_with_an_error);
    plan.local("emit::repository_is_found_without_its_credentials", repository_is_found);
    plan.local("emit::argocd_without_a_repository_is_refused", argocd_without_a_repository);
    plan.local("emit::yaml_without_out_is_printed", yaml_without_out);
    plan.local("emit::dash_is_standard_output", dash);
}

/// Ends with 2 and leaves the directory as it was.
#[track_caller]
fn is_refused(dir: &Path, case: &Case, texts: &[&str]) -> Output {
    let before = tree(dir);
    let output = emit(case, "kustomize", dir).ends_with(2).says(texts);
    assert_eq!(output.stdout, "");
    assert!(tree(dir) == before, "files changed");
    output
}

fn renamed_server() {
    let (dir, out) = emitted(&TWO, "kustomize");
    let out = out.join("fin").display().to_string();
    let alone = |flags: &[&str]| {
        let base = ["onboard", "fin", "--emit", "kustomize", "--out", &out];
        Kubectl::new().dir(dir.path()).seldon(base.iter().chain(flags).copied())
    };
    let keeps = "fin: its Server was `fin-mlserver` beside other tenants and is `mlserver` now; \
                 --server-name=fin-mlserver keeps the name";
    alone(&[]).ends_with(2).says(&[keeps]);
    let kept = alone(&["--server-name=fin-mlserver"]).succeeds();
    assert!(kept.stdout.lines().all(|line| line.ends_with(" unchanged")), "{kept}");
    assert!(!kept.stderr.contains("keeps the name"), "{kept}");
}

fn edited_file() {
    let (dir, out) = emitted(&ONE, "kustomize");
    let edited = fs::read_to_string(out.join(ALIAS)).unwrap().replace("type: ExternalName", "type: ClusterIP");
    fs::write(out.join(ALIAS), edited).unwrap();
    is_refused(
        dir.path(),
        &ONE,
        &[
            "--- a/overlays/tenants/service-seldon-scheduler.yaml",
            "-  type: ClusterIP",
            "+  type: ExternalName",
            "error: 1 file in overlays/tenants differs; nothing was written",
            "hint: --overwrite replaces what differs",
        ],
    );
    fs::write(out.join("namespace-fin.yaml"), "edited\n").unwrap();
    is_refused(dir.path(), &ONE, &["error: 2 files in overlays/tenants differ; nothing was written"]);
}

fn overwrite() {
    let (dir, out) = emitted(&ONE, "kustomize");
    let written = tree(&out);
    fs::write(out.join(ALIAS), "edited\n").unwrap();
    let output =
        Kubectl::new().dir(dir.path()).seldon(["onboard", "fin", "--emit", "kustomize", "--out", OUT, "--overwrite"]);
    let output = output.succeeds();
    let overwritten: Vec<&str> = output.stdout.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    assert_eq!(overwritten, [format!("{OUT}/{ALIAS} overwritten")]);
    assert!(tree(&out) == written, "the file is not as it was first written");
}

fn diff() {
    let (dir, out) = emitted(&ONE, "kustomize");
    let arguments = ["onboard", "fin", "--emit", "kustomize", "--out", OUT, "--diff"];
    let clean = Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    assert_eq!(clean.stdout, "");
    fs::write(out.join(ALIAS), "edited\n").unwrap();
    fs::remove_file(out.join("namespace-fin.yaml")).unwrap();
    let before = tree(dir.path());
    let output = Kubectl::new().dir(dir.path()).seldon(arguments).ends_with(1);
    assert!(output.stdout.contains("\n-edited\n"), "{output}");
    assert!(output.stdout.contains("--- /dev/null\n+++ b/overlays/tenants/namespace-fin.yaml\n"), "{output}");
    assert!(!output.stdout.contains('\u{1b}'), "colours in a pipe: {output}");
    assert!(tree(dir.path()) == before, "files changed");
}

fn dry_run() {
    let dir = TempDir::new().unwrap();
    let arguments = ["onboard", "fin", "--emit", "kustomize", "--out", OUT, "--dry-run"];
    let output = Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    assert!(output.stdout.contains(&format!("{OUT}/{ALIAS} created (dry run)\n")), "{output}");
    assert!(tree(dir.path()).is_empty());
    assert!(!dir.path().join("overlays").exists());
}

fn foreign_file() {
    let (dir, out) = emitted(&ONE, "kustomize");
    fs::write(out.join("mine.yaml"), "a: 1\n").unwrap();
    emit(&ONE, "kustomize", dir.path()).succeeds().says(&["note: overlays/tenants/mine.yaml is not part of"]);
    assert_eq!(fs::read_to_string(out.join("mine.yaml")).unwrap(), "a: 1\n");
}

fn file_in_place_of_the_directory() {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("overlays")).unwrap();
    fs::write(dir.path().join(OUT), "mine\n").unwrap();
    is_refused(dir.path(), &ONE, &["error: overlays/tenants is not a directory\n", NAME_ANOTHER]);
}

fn directory_below_a_file() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("overlays"), "mine\n").unwrap();
    is_refused(dir.path(), &ONE, &["error: overlays is not a directory\n", NAME_ANOTHER]);
}

fn directory_in_place_of_a_file() {
    let dir = TempDir::new().unwrap();
    // The last one in the order of writing, so that all others could have been written before.
    fs::create_dir_all(dir.path().join(OUT).join(ALIAS)).unwrap();
    is_refused(dir.path(), &ONE, &[ALIAS, " is a directory\n", NAME_ANOTHER]);
    assert_eq!(fs::read_dir(dir.path().join(OUT)).unwrap().count(), 1);
}

fn file_in_place_of_a_tenants_directory() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join(OUT)).unwrap();
    fs::write(dir.path().join(OUT).join("risk"), "mine\n").unwrap();
    is_refused(dir.path(), &TWO, &["error: overlays/tenants/risk is not a directory\n", NAME_ANOTHER]);
    assert!(!dir.path().join(OUT).join("fin").exists());
}

#[cfg(unix)]
fn link_to_a_file() {
    let dir = TempDir::new().unwrap();
    fs::create_dir_all(dir.path().join(OUT)).unwrap();
    fs::write(dir.path().join("mine.yaml"), "mine\n").unwrap();
    std::os::unix::fs::symlink(dir.path().join("mine.yaml"), dir.path().join(OUT).join(ALIAS)).unwrap();
    is_refused(dir.path(), &ONE, &["error: overlays/tenants/service-seldon-scheduler.yaml is a symbolic link"]);
}

#[cfg(unix)]
fn link_to_a_directory() {
    let (dir, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    fs::create_dir_all(dir.path().join(OUT)).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(OUT).join("risk")).unwrap();
    is_refused(dir.path(), &TWO, &["error: overlays/tenants/risk is a symbolic link"]);
    assert!(tree(elsewhere.path()).is_empty());
}

/// So many files that the signal comes while they are written.
#[cfg(unix)]
fn signal() {
    let dir = TempDir::new().unwrap();
    let tenants: Vec<String> = (0..600).map(|number| format!("tenant-{number}")).collect();
    let arguments = ["onboard", "--emit", "kustomize", "--out", OUT];
    let arguments = arguments.into_iter().chain(tenants.iter().map(String::as_str));
    let has_begun = || dir.path().join(OUT).is_dir();
    let running = Kubectl::new().dir(dir.path()).start(std::iter::once("seldon").chain(arguments));
    let output = running.signalled("INT", has_begun).finish().ends_with(2);
    output.says(&["error: interrupted\n", "hint: nothing was written\n"]);
    assert!(tree(dir.path()).is_empty());
    assert!(!dir.path().join("overlays").exists(), "empty directories are left");
}

/// A kubeconfig that cannot be read would be an error for whoever reads it.
fn no_kubeconfig_is_read() {
    let kubeconfigs = TempDir::new().unwrap();
    let garbage = kubeconfigs.path().join("garbage");
    fs::write(&garbage, "\u{0}: [").unwrap();
    for kubeconfig in [garbage.as_path(), &kubeconfigs.path().join("none"), kubeconfigs.path()] {
        for form in super::FORMS {
            let dir = TempDir::new().unwrap();
            let arguments = [&["onboard", "fin", "--emit", form, "--out", OUT], repository(form)].concat();
            Kubectl::new().kubeconfig(kubeconfig).dir(dir.path()).seldon(arguments).succeeds();
            assert!(!tree(dir.path()).is_empty());
        }
        Kubectl::new().kubeconfig(kubeconfig).seldon(["onboard", "fin"]).ends_with(2);
    }
}

fn no_connection_is_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let dir = TempDir::new().unwrap();
    let kubeconfig = dir.path().join("kubeconfig");
    let address = listener.local_addr().unwrap();
    fs::write(&kubeconfig, kubeconfig_for(&format!("http://{address}"))).unwrap();
    for form in super::FORMS {
        let out = format!("{form}/out");
        let arguments = [&["onboard", "fin", "--emit", form, "--out", &out], repository(form)].concat();
        Kubectl::new().kubeconfig(&kubeconfig).dir(dir.path()).seldon(arguments).succeeds();
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "the plugin opened a connection");
    // The same kubeconfig leads to the listener when a cluster is asked.
    Kubectl::new().kubeconfig(&kubeconfig).seldon(["onboard", "fin", "--request-timeout", "1s"]).ends_with(2);
    listener.accept().unwrap();
}

/// A kubeconfig with one cluster.
fn kubeconfig_for(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    )
}

fn profile_with_an_error() {
    let dir = TempDir::new().unwrap();
    let arguments = ["onboard", "fin", "--capabilities", "scikit-learn", "--emit", "kustomize", "--out", OUT];
    let texts =
        ["E SCS0305", "`scikit-learn` is spelled `sklearn`", "error: nothing was written, because of the error above"];
    Kubectl::new().dir(dir.path()).seldon(arguments).ends_with(1).says(&texts);
    assert!(!dir.path().join("overlays").exists());
}

fn repository_is_found() {
    let dir = TempDir::new().unwrap();
    let git = |arguments: &[&str]| {
        let status = std::process::Command::new("git").args(arguments).current_dir(dir.path()).status().unwrap();
        assert!(status.success());
    };
    git(&["init", "-q"]);
    git(&["remote", "add", "origin", "https://me:token@git.test/tenants.git"]);
    let arguments = ["onboard", "fin", "--emit", "argocd", "--out", "deep/down"];
    Kubectl::new().dir(dir.path()).seldon(arguments).succeeds();
    let text = fs::read_to_string(dir.path().join("deep/down/argocd/application-fin.yaml")).unwrap();
    let source = &objects(&text)[0]["spec"]["source"];
    assert_eq!(source["repoURL"], "https://git.test/tenants.git");
    assert_eq!(source["path"], "deep/down");
}

fn argocd_without_a_repository() {
    let dir = TempDir::new().unwrap();
    let arguments = ["onboard", "fin", "--emit", "argocd", "--out", OUT];
    Kubectl::new().dir(dir.path()).seldon(arguments).ends_with(2).says(&["names its Git repository", "--repo-url"]);
    assert!(!dir.path().join("overlays").exists());
}

fn dash() {
    let dir = TempDir::new().unwrap();
    let run = |arguments: &[&str]| Kubectl::new().dir(dir.path()).seldon(arguments.iter().copied());
    let printed = run(&["onboard", "fin", "--emit", "yaml"]).succeeds();
    let dashed = run(&["onboard", "fin", "--emit", "yaml", "--out", "-"]).succeeds();
    assert_eq!((dashed.stdout, dashed.stderr), (printed.stdout, printed.stderr));
    for form in ["kustomize", "argocd", "flux"] {
        let arguments = [&["onboard", "fin", "--emit", form, "--out", "-"], repository(form)].concat();
        run(&arguments)
            .ends_with(2)
            .says(&["error: --out - prints, and this form", "hint: name a directory with --out"]);
    }
    let overwrite = ["onboard", "fin", "--emit", "yaml", "--out=-", "--overwrite"];
    run(&overwrite).ends_with(2).says(&["error: --overwrite changes nothing"]);
    let policy = ["policy", "--emit", "validating-admission-policy", "--out", "-"];
    run(&policy)
        .ends_with(2)
        .says(&["error: --out names a directory", "hint: a directory of that name is written `./-`"]);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "something was written");
    run(&["onboard", "fin", "--emit", "yaml", "--out", "./-"]).succeeds();
    assert!(dir.path().join("-").is_dir());
}

fn yaml_without_out() {
    let printed = Kubectl::new().seldon(["onboard", "fin", "--emit", "yaml"]).succeeds();
    let (_dir, out) = emitted(&ONE, "yaml");
    let mut documents: Vec<&str> = printed.stdout.split("---\n").collect();
    let mut files: Vec<String> = tree(&out).into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    // The files have no order, and what is printed has.
    assert!(documents[0].contains("kind: Namespace") && documents[2].contains("type: ExternalName"), "{printed}");
    documents.sort_unstable();
    files.sort_unstable();
    assert_eq!(documents, files);
}
