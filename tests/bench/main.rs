//! How long `verify -A` takes, by hand: `cargo bench -p kubectl-seldon`.
//!
//! 1,000 tenants in one cluster, 20 ms a request. The goal is 2 s without logs. How many requests it
//! takes is tested in `tests/e2e/verify/many.rs`. What needs no cluster is measured as a whole process,
//! beside kubectl's own: the goal of `explain` is 5 ms.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that is wrong stops at once")]

mod cluster;

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use self::cluster::Cluster;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 100, 500, 1_000], sample_count = 5, sample_size = 1)]
fn verify_everything(bencher: divan::Bencher<'_, '_>, tenants: usize) {
    let cluster = Cluster::start(tenants, 0, Duration::from_millis(20));
    bencher.bench_local(|| {
        let ended = Command::new(env!("CARGO_BIN_EXE_kubectl-seldon"))
            .args(["verify", "-A", "--no-logs", "--server", &cluster.url])
            .env("KUBECONFIG", "/dev/null")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(ended.success(), "{ended}");
    });
    let _ = cluster.requests();
}

#[divan::bench(args = [["explain", "SCS0204"], ["explain", "no matching servers are available"]], sample_count = 50)]
fn offline(arguments: [&str; 2]) {
    run(env!("CARGO_BIN_EXE_kubectl-seldon"), &arguments);
}

#[divan::bench(sample_count = 50)]
fn version() {
    run(env!("CARGO_BIN_EXE_kubectl-seldon"), &["--version"]);
}

/// What starting another program of the same trade takes on this machine.
#[divan::bench(sample_count = 50)]
fn version_of_kubectl() {
    run("kubectl", &["version", "--client"]);
}

fn run(program: &str, arguments: &[&str]) {
    let ended = Command::new(program).args(arguments).env("KUBECONFIG", "/dev/null").stdout(Stdio::null()).status();
    assert!(ended.unwrap().success(), "{program}");
}
