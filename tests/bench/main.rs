//! How long `verify -A` takes, by hand: `cargo bench -p kubectl-seldon`.
//!
//! 1,000 tenants in one cluster, 20 ms a request. The goal is 2 s without logs. How many requests it
//! takes is tested in `tests/e2e/verify/many.rs`.

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
