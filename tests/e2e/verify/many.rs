//! Requests of `verify -A` over as many tenants as a large cluster has.

#[path = "../../bench/cluster.rs"]
mod cluster;

use std::time::Duration;

use self::cluster::Cluster;
use super::with_result;
use crate::harness::{kubectl::Kubectl, plan::Plan};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::many::many_tenants_and_pods_take_as_many_requests_as_one_and_pages", requests);
    plan.local("verify::many::one_namespace_takes_as_many_requests_among_many", single);
}

fn requests() {
    let count = |tenants, pods| {
        let cluster = Cluster::start(tenants, pods, Duration::ZERO);
        let arguments = ["verify", "-A", "--no-logs", "--server", &cluster.url, "-o", "json"];
        let output = Kubectl::new().seldon(arguments).succeeds();
        let passed = with_result(&output, "pass");
        assert_eq!(passed.iter().filter(|one| one.starts_with("SCS0402")).count(), 3 * tenants);
        cluster.requests()
    };
    let (one, pages) = count(1, 1);
    assert!(one <= 20 && pages == 0, "{one} requests, {pages} pages");
    let (many, pages) = count(1_000, 5);
    assert_eq!(many - pages, one, "{many} requests, {pages} pages");
    // Of 5,000 pods, 3,000 Models and 2,000 policies.
    assert!(pages >= 17, "{pages} pages");
}

/// A look at one namespace does not grow with the others, but for the pages of what is global.
fn single() {
    let count = |tenants| {
        let cluster = Cluster::start(tenants, 1, Duration::ZERO);
        let arguments = ["verify", "tenant-0000", "--no-logs", "--server", &cluster.url, "-o", "json"];
        let output = Kubectl::new().seldon(arguments).succeeds();
        let passed = with_result(&output, "pass");
        assert_eq!(passed.iter().filter(|one| one.starts_with("SCS0402")).count(), 3, "{output}");
        let (requests, pages) = cluster.requests();
        requests - pages
    };
    let (alone, among_many) = (count(1), count(200));
    assert!(alone == among_many && alone <= 26, "{alone} and {among_many} requests");
}
