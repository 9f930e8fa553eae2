//! A cluster that answers badly: nothing hangs, and what was lost is unknown and never absent.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use super::{outcomes, with_result};
use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    proxy::{Fault, Proxy},
    tenant::Ground,
};

pub(super) fn add(plan: &mut Plan) {
    plan.any_cluster("verify::faults::a_busy_server_is_asked_again", busy);
    plan.any_cluster("verify::faults::a_server_that_stays_busy_is_not_waited_for_long", stays_busy);
    plan.any_cluster("verify::faults::what_was_lost_is_unknown", lost);
    plan.any_cluster("verify::faults::a_server_that_answers_nothing_is_one_error", silent);
    plan.any_cluster("verify::faults::a_list_that_expires_between_pages_is_read_anew", expires);
    plan.any_cluster("verify::faults::part_of_a_list_is_not_taken_for_all_of_it", breaks_off);
    plan.any_cluster("verify::faults::a_kind_that_vanishes_is_not_taken_for_empty", vanishes);
}

/// Whether a request lists Models.
fn is_about_models(request: &str) -> bool {
    request.split('?').next().is_some_and(|path| path.ends_with("/models"))
}

/// What `verify` says through a door, and how long it took.
fn verify(ground: &Ground<'_>, faults: impl Fn(&str) -> Fault + Send + Sync + 'static, flags: &[&str]) -> Output {
    let proxy = Proxy::with_faults(ground.server, Duration::ZERO, faults);
    let arguments = [&[&ground.tenant as &str, "-o", "json", "--server", &proxy.url], flags].concat();
    ground.verify(&arguments)
}

fn busy(server: &Server) {
    let ground = Ground::serving(server);
    let was_asked = AtomicBool::new(false);
    // The API server's own limits answer so: with a header, and nothing in the body.
    let first = move |request: &str| {
        let is_first = is_about_models(request) && !was_asked.swap(true, Ordering::Relaxed);
        if is_first { Fault::Refused(429, "retry-after: 3") } else { Fault::None }
    };
    let begun = Instant::now();
    let output = verify(&ground, first, &[]).succeeds();
    assert!(begun.elapsed() >= Duration::from_secs(3), "it asks again sooner than it was told to");
    assert_eq!(outcomes(&output), outcomes(&ground.verify(&[&ground.tenant, "-o", "json"])));
}

fn stays_busy(server: &Server) {
    let ground = Ground::serving(server);
    for header in ["retry-after: 3600", "retry-after: 1", ""] {
        let begun = Instant::now();
        let busy = move |request: &str| {
            if is_about_models(request) { Fault::Refused(429, header) } else { Fault::None }
        };
        let output = verify(&ground, busy, &["--request-timeout=2s"]).ends_with(3);
        assert!(begun.elapsed() < Duration::from_secs(6), "{header}: {:?}", begun.elapsed());
        models_are_unknown(&output, "429");
    }
}

fn lost(server: &Server) {
    let ground = Ground::serving(server);
    for (fault, reason) in [
        (Fault::Refused(500, ""), "status 500"),
        (Fault::Reset, "cannot reach"),
        (Fault::Silence, "did not answer"),
        (Fault::Trickle, "did not answer"),
        (Fault::Refused(410, ""), "status 410"),
    ] {
        let begun = Instant::now();
        let output = verify(
            &ground,
            move |request| if is_about_models(request) { fault } else { Fault::None },
            &["--request-timeout=2s"],
        );
        let output = output.ends_with(3);
        assert!(begun.elapsed() < Duration::from_secs(8), "{fault:?}: {:?}", begun.elapsed());
        models_are_unknown(&output, reason);
    }
}

/// Whether a request lists the tenant's policies, and whether it is for a page beyond the first.
fn is_about_policies(tenant: &str, request: &str) -> Option<bool> {
    let (path, query) = request.split_once('?')?;
    path.ends_with(&format!("/namespaces/{tenant}/networkpolicies")).then(|| query.contains("continue="))
}

fn expires(server: &Server) {
    let ground = Ground::serving(server);
    let (tenant, has_expired) = (ground.tenant.clone(), AtomicBool::new(false));
    let proxy =
        Proxy::with_faults(ground.server, Duration::ZERO, move |request| match is_about_policies(&tenant, request) {
            Some(true) if !has_expired.swap(true, Ordering::Relaxed) => Fault::Refused(410, ""),
            Some(_) => Fault::Paged,
            None => Fault::None,
        });
    let output = ground.verify(&[&ground.tenant, "-o", "json", "--server", &proxy.url]).succeeds();
    assert_eq!(outcomes(&output), outcomes(&ground.verify(&[&ground.tenant, "-o", "json"])));
    let requests = proxy.requests();
    let pages = requests.iter().filter_map(|request| is_about_policies(&ground.tenant, request));
    assert_eq!(pages.filter(|is_further| !is_further).count(), 2, "{requests:#?}");
}

fn breaks_off(server: &Server) {
    let ground = Ground::serving(server);
    for (fault, reason) in [(Fault::Refused(410, ""), "status 410"), (Fault::Reset, "cannot reach")] {
        let tenant = ground.tenant.clone();
        let breaks = move |request: &str| match is_about_policies(&tenant, request) {
            Some(true) => fault,
            Some(false) => Fault::Paged,
            None => Fault::None,
        };
        let output = verify(&ground, breaks, &["--request-timeout=2s"]).ends_with(3);
        let unknown = outcomes(&output).into_iter().filter(|one| one["result"] == "unknown").collect::<Vec<_>>();
        let is_told = |rule: &str| {
            unknown.iter().any(|one| one["rule"] == rule && one["message"].as_str().unwrap().contains(reason))
        };
        assert!(is_told("SCS0601") && is_told("SCS0602"), "{reason}: {output}");
        nothing_is_wrong(&output);
    }
}

/// Rules about Models are unknown for this reason, and the others are judged.
#[track_caller]
fn models_are_unknown(output: &Output, reason: &str) {
    let unknown = outcomes(output);
    let unknown: Vec<_> =
        unknown.iter().filter(|one| one["result"] == "unknown" && one["why"] == "read-failed").collect();
    let is_told =
        |rule: &str| unknown.iter().any(|one| one["rule"] == rule && one["message"].as_str().unwrap().contains(reason));
    assert!(is_told("SCS0402") && is_told("SCS0409"), "{reason}: {output}");
    nothing_is_wrong(output);
    assert!(with_result(output, "pass").iter().any(|one| one.starts_with("SCS0504")), "{output}");
    assert!(!with_result(output, "pass").iter().any(|one| one.starts_with("SCS0409")), "{output}");
}

/// Nothing was taken for absent.
#[track_caller]
fn nothing_is_wrong(output: &Output) {
    let found = outcomes(output);
    let errors = found.iter().filter(|one| one["result"] == "fail" && one["level"] != "info");
    assert_eq!(errors.count(), 0, "{output}");
}

fn silent(server: &Server) {
    let ground = Ground::serving(server);
    let begun = Instant::now();
    let output = verify(&ground, |_| Fault::Silence, &["--request-timeout=2s"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!([2, 3].contains(&output.status), "{output}");
    assert_eq!(output.stderr.matches("error: ").count(), 1, "{output}");
    // A refusal is no silence: each kind is unknown for it.
    let refused = verify(&ground, |_| Fault::Refused(500, ""), &[]).ends_with(3);
    nothing_is_wrong(&refused);
}

fn vanishes(server: &Server) {
    let ground = Ground::serving(server);
    let gone = |request: &str| if is_about_models(request) { Fault::NotServed } else { Fault::None };
    let output = verify(&ground, gone, &[]).ends_with(1);
    let found = with_result(&output, "fail");
    assert!(found.contains(&"SCS0101 CustomResourceDefinition models.mlops.seldon.io".to_owned()), "{found:?}");
    assert!(!with_result(&output, "pass").iter().any(|one| one.starts_with("SCS0409")), "{output}");
}
