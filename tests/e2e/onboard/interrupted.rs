//! Runs that are ended in the middle: what was written is told, exactly.

use std::collections::BTreeSet;

use crate::harness::{
    control_plane::Server,
    kubectl::{Kubectl, Output, Running},
    plan::Plan,
    tenant::{Ground, NAMESPACE},
};

const SERVER: &str = "mlops.seldon.io/v1alpha1/Server";

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::full_standard_output_is_told_with_what_was_written", full_output);
    plan.cluster("onboard::signal_while_writing_is_told_with_what_was_written", while_writing);
    plan.cluster("onboard::signal_while_waiting_is_told_with_what_is_awaited", while_waiting);
}

/// Runs it with a standard output that takes nothing.
fn to_a_full_disk(ground: &Ground<'_>, more: &str) -> Output {
    let line = format!(
        "kubectl seldon onboard {} --control-plane-namespace {} {more} > /dev/full",
        ground.tenant, ground.control_plane
    );
    Kubectl::shell(&line).kubeconfig(&ground.server.kubeconfig).run([""; 0])
}

fn full_output(server: &Server) {
    let ground = Ground::healthy(server);
    let tenant = &ground.tenant;
    to_a_full_disk(&ground, "").ends_with(2).says(&[
        "error: cannot write to standard output: ",
        &format!("hint: written: Namespace {tenant}\n"),
        &format!("hint: not written: Secret {tenant}/seldon-rclone-gs-public, "),
        "hint: the same command finishes it\n",
    ]);
    assert!(super::everything_in(&ground, &[tenant]).keys().all(|name| name.starts_with("Namespace ")));
    to_a_full_disk(&ground, "-o yaml")
        .ends_with(2)
        .says(&[&format!("hint: written: Secret {tenant}/seldon-rclone-gs-public, "), "hint: that is everything\n"]);
    assert!(ground.api.find(SERVER, tenant, "mlserver").is_some());
}

fn start(ground: &Ground<'_>, arguments: &[&str]) -> Running {
    let base = ["seldon", "onboard", "--control-plane-namespace", &ground.control_plane];
    ground.server.kubectl().start(base.iter().chain(arguments))
}

/// The objects of a hint, without what may come of a name that others have as well.
fn listed(output: &Output, hint: &str) -> BTreeSet<String> {
    let start = format!("hint: {hint}: ");
    let line = output.stderr.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no `{hint}` in {output}")).split(", ").map(str::to_owned).collect()
}

fn while_writing(server: &Server) {
    for signal in ["INT", "TERM"] {
        let ground = Ground::healthy(server);
        let tenants: Vec<String> = (0..25).map(|number| format!("{}-{number}", ground.tenant)).collect();
        let names: Vec<&str> = tenants.iter().map(String::as_str).collect();
        let first_is_there = || ground.api.find(NAMESPACE, "", names[0]).is_some();
        let arguments = [&names[..], &["-o", "name"]].concat();
        let output = start(&ground, &arguments).signalled(signal, first_is_there).finish().ends_with(2);
        output_is_true(&ground, &names, &output);
        start(&ground, &arguments).finish().succeeds();
        assert!(ground.api.find(SERVER, names[24], &format!("{}-mlserver", names[24])).is_some());
    }
}

/// What is said to be written is there, and nothing else.
fn output_is_true(ground: &Ground<'_>, names: &[&str], output: &Output) {
    assert!(output.stderr.contains("error: interrupted\n"), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    let (written, open) = (listed(output, "written"), listed(output, "not written"));
    let there: BTreeSet<String> =
        super::everything_in(ground, names).into_keys().map(|name| name.replace(" /", " ")).collect();
    assert_eq!(written, there, "{output}");
    assert!(open.is_disjoint(&written) && open.contains(&format!("Secret {}/seldon-rclone-gs-public", names[24])));
    assert!(output.stderr.ends_with("hint: the same command finishes it\n"), "{output}");
}

fn while_waiting(server: &Server) {
    let ground = Ground::healthy(server);
    let is_there = || ground.api.find(SERVER, &ground.tenant, "mlserver").is_some();
    let arguments = [ground.tenant.as_str(), "--wait", "--timeout", "60s"];
    let output = start(&ground, &arguments).signalled("INT", is_there).finish().ends_with(1);
    assert!(output.stdout.lines().all(|line| line.ends_with(" created")), "{output}");
    assert_eq!(output.stdout.lines().count(), 9, "{output}");
    assert!(output.stderr.contains("error: interrupted while waiting, after everything was written\n"), "{output}");
}
