//! The question before anything is written.

use super::{everything, writing_nothing};
use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, SERVER},
    terminal,
};

pub(super) fn add(plan: &mut Plan) {
    plan.terminal("onboard::whoever_does_not_agree_gets_nothing_written", refused);
    plan.terminal("onboard::whoever_agrees_gets_it_written", agreed);
    plan.terminal("onboard::yes_is_not_asked", not_asked);
}

const QUESTION: &str = "Go on? [y/N]";

fn answered(ground: &Ground<'_>, more: &str, answer: &str) -> Output {
    let Ground { tenant, control_plane, .. } = ground;
    let line = format!("kubectl seldon onboard {tenant} --control-plane-namespace {control_plane} {more}");
    terminal::run(ground.server, &line, answer)
}

fn refused(server: &Server) {
    let ground = Ground::healthy(server);
    for answer in ["n", "", "yep", "no, y"] {
        let output = writing_nothing(&ground, || answered(&ground, "", answer)).ends_with(2);
        assert!(output.stdout.contains(QUESTION), "{output}");
        assert!(output.stdout.contains("nothing was written, as you wished"), "{output}");
        let plan = output.stdout.find("SeldonRuntime").unwrap_or_else(|| panic!("no plan in {output}"));
        assert!(plan < output.stdout.find(QUESTION).unwrap(), "asked before the plan: {output}");
    }
}

fn agreed(server: &Server) {
    for answer in ["y", "Yes"] {
        let ground = Ground::healthy(server);
        let output = answered(&ground, "", answer).succeeds();
        assert!(output.stdout.contains(QUESTION), "{output}");
        assert!(ground.api.find(SERVER, &ground.tenant, "mlserver").is_some(), "{output}");
        // Where there is nothing to write, there is nothing to ask.
        let again = writing_nothing(&ground, || answered(&ground, "", "n")).succeeds();
        assert!(!again.stdout.contains(QUESTION), "{again}");
    }
}

fn not_asked(server: &Server) {
    let ground = Ground::healthy(server);
    let before = everything(&ground);
    let output = answered(&ground, "--yes", "n").succeeds();
    assert!(!output.stdout.contains(QUESTION), "{output}");
    assert_ne!(everything(&ground), before, "{output}");
}
