//! The commands of the README and of `docs/`, run as they stand there.
//!
//! Before each block of commands stands in a comment how it is run:
//!
//! ```text
//! <!-- run: files -->                 without a cluster, and without a kubeconfig
//! <!-- run: cluster -->               on an API server with a control plane, which has no operator
//! <!-- run: files, ends with 0 1 -->  what each command ends with; otherwise with 0
//! <!-- not run: it needs krew -->     why nobody runs it here
//! <!-- first: rm base/service.yaml -->  a command that makes ready what the reader has
//! <!-- leaves: undo.json -->          files that are there afterwards
//! ```
//!
//! The blocks of one file are run in one directory and in their order. It has `profile.yaml` of the example.

mod block;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use tempfile::TempDir;

use self::block::{Block, On};
use crate::harness::{
    api::Api,
    control_plane::Server,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{MODEL, RUNTIME, SERVER, condition, install_control_plane},
    workspace,
};

/// The tenant of all examples.
const TENANT: &str = "financial-inference";

pub(crate) fn add(plan: &mut Plan) {
    plan.local("docs::every_block_is_run_or_says_why_not", all_are_marked);
    plan.local("docs::a_block_is_read_with_what_is_said_of_it", is_read);
    for page in pages() {
        let name = page.file_stem().unwrap().to_string_lossy().into_owned();
        if blocks(&page).iter().any(|block| block.on == Some(On::Files)) {
            plan.local(&format!("docs::without_a_cluster::{name}"), move || Reader::new(None).reads(&page));
        }
    }
    plan.own_cluster("docs::on_a_cluster", on_a_cluster);
}

/// The README, then what `docs/` has beside the pages of rules.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(workspace().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages.insert(0, workspace().join("README.md"));
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    block::all(&fs::read_to_string(page).unwrap())
}

fn all_are_marked() {
    let mut count = 0;
    for page in pages() {
        for block in blocks(&page) {
            count += 1;
            let place = format!("{}:{}", page.display(), block.line);
            assert!(block.on.is_some(), "{place}: nothing says how this block is run, or why it is not");
            let statuses = block.statuses.len();
            assert!(statuses == 0 || statuses == block.commands.len(), "{place}: a status for each command, or none");
        }
    }
    assert!(count > 20, "only {count} blocks of commands were found");
}

fn is_read() {
    let page = "text\n```sh\nls\n```\n\n<!-- first: true -->\n<!-- run: files, ends with 0 1 -->\n```console\n$ a\nout\n\
                $ b # c\n```\n```yaml\na: b\n```\n<!-- not run: takes jq -->\n```sh\njq\n```\n";
    let read = block::all(page);
    let [unmarked, session, other] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((unmarked.on, unmarked.line, unmarked.commands.as_slice()), (None, 2, &["ls".to_owned()][..]));
    assert_eq!((session.on, session.commands.join("|").as_str()), (Some(On::Files), "a|b # c"));
    assert_eq!((session.statuses.as_slice(), session.first.as_slice()), (&[0, 1][..], &["true".to_owned()][..]));
    assert_eq!(other.on, Some(On::Nothing));
}

fn on_a_cluster(server: &Server) {
    install_control_plane(&server.api(), "seldon-system");
    for page in pages().iter().filter(|page| blocks(page).iter().any(|block| block.on == Some(On::Cluster))) {
        Reader::new(Some(server)).reads(page);
    }
}

/// Somebody who runs what a page says.
struct Reader<'s> {
    server: Option<&'s Server>,
    dir: TempDir,
    /// Where the plugin is, so that what `completion install` lays beside it is nobody else's.
    installed: TempDir,
}

impl<'s> Reader<'s> {
    fn new(server: Option<&'s Server>) -> Self {
        let (dir, installed) = (TempDir::new().unwrap(), TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap());
        let profile = workspace().join("examples/financial-inference/profile.yaml");
        fs::copy(profile, dir.path().join("profile.yaml")).unwrap();
        fs::hard_link(env!("CARGO_BIN_EXE_kubectl-seldon"), installed.path().join("kubectl-seldon")).unwrap();
        Self { server, dir, installed }
    }

    fn reads(&self, page: &Path) {
        for block in blocks(page) {
            let is_run = match block.on {
                Some(On::Files) => true,
                Some(On::Cluster) => self.server.is_some(),
                Some(On::Nothing) | None => false,
            };
            if is_run {
                self.runs(&block, &format!("{}:{}", page.display(), block.line));
            }
        }
    }

    fn runs(&self, block: &Block, place: &str) {
        let server = self.server.filter(|_| block.on == Some(On::Cluster));
        for command in &block.first {
            let output = self.run(command, server);
            assert_eq!(output.status, 0, "{place}: before it: {output}");
        }
        for (at, command) in block.commands.iter().enumerate() {
            let output = self.run(command, server);
            let expected = block.statuses.get(at).copied().unwrap_or_default();
            assert_eq!(output.status, expected, "{place}: {output}");
            // Of several in a pipe the status is the last one's.
            assert!(expected > 1 || !output.stderr.contains("error: "), "{place}: {output}");
            if let Some(server) = server {
                reconcile(&server.api());
            }
        }
        for file in &block.leaves {
            let length = fs::metadata(self.dir.path().join(file)).map_or(0, |metadata| metadata.len());
            assert!(length > 0, "{place}: there is no {file}");
        }
    }

    fn run(&self, command: &str, server: Option<&Server>) -> Output {
        let shell = Kubectl::shell(command).dir(self.dir.path()).plugin_in(self.installed.path());
        match server {
            Some(server) => shell.kubeconfig(&server.kubeconfig),
            None => shell,
        }
        .run([""; 0])
    }
}

/// Says of the tenant what the operator would, as far as statuses go.
fn reconcile(api: &Api) {
    let names = [(RUNTIME, "financial-inference-runtime"), (SERVER, "mlserver"), (MODEL, "income")];
    for (kind, name) in names {
        if api.find(kind, TENANT, name).is_some() {
            let status = json!({"conditions": [condition("Ready")], "replicas": 1, "loadedModels": 1, "selector": ""});
            api.set_status(kind, TENANT, name, &status);
        }
    }
}
