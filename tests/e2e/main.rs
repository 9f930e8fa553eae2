//! End-to-end tests: the plugin as kubectl starts it, kubectl itself, and real API servers.
//!
//! `SELDON_TEST_DATA` names a folder of real CRDs and objects, `SELDON_TESTS_REQUIRE_CLUSTER=1` turns
//! tests that cannot run into failures, `SELDON_TESTS_REQUIRE_BROWSER=1` likewise those that need a
//! browser, `SELDON_TESTS_UPDATE=1` rewrites the golden files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test that is wrong stops at once"
)]
#![expect(clippy::print_stderr, reason = "whoever waits ten minutes for a build is told so")]

mod book;
mod cli;
mod corpus;
#[cfg(unix)]
mod docs;
mod edit;
mod emit;
mod examples;
mod explain;
mod fields;
mod fix;
mod gitops;
mod harness;
mod installed;
mod krew;
mod logs;
mod network;
mod offboard;
mod onboard;
mod operator;
mod policy;
mod scenarios;
mod verify;

use std::{process::ExitCode, thread};

use libtest_mimic::Arguments;

use crate::harness::{assets, control_plane, failure, kubectl, kubelet, plan::Plan};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Tests mostly wait for servers, so two cores bear more than two tests; many would only slow the
    // servers down.
    let cores = thread::available_parallelism().map_or(2, usize::from);
    arguments.test_threads.get_or_insert(cores.clamp(2, 4));
    failure::keep_panics();
    let mut plan = Plan::new();
    assets::add(&mut plan);
    cli::add(&mut plan);
    corpus::add(&mut plan);
    #[cfg(unix)]
    docs::add(&mut plan);
    edit::add(&mut plan);
    emit::add(&mut plan);
    examples::add(&mut plan);
    explain::add(&mut plan);
    fields::add(&mut plan);
    fix::add(&mut plan);
    gitops::add(&mut plan);
    installed::add(&mut plan);
    krew::add(&mut plan);
    logs::add(&mut plan);
    network::add(&mut plan);
    offboard::add(&mut plan);
    onboard::add(&mut plan);
    operator::add(&mut plan);
    policy::add(&mut plan);
    scenarios::add(&mut plan);
    verify::add(&mut plan);
    // After all others, whose names it knows.
    book::add(&mut plan);
    let conclusion = libtest_mimic::run(&arguments, plan.trials);
    control_plane::stop();
    kubelet::stop();
    kubectl::clean_up();
    conclusion.exit_code()
}
