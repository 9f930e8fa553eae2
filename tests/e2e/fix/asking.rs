//! The question before anything is written.

use super::{contents, numeric_ports};
use crate::harness::{control_plane::Server, kubectl::Output, plan::Plan, tenant::Ground, terminal};

pub(super) fn add(plan: &mut Plan) {
    plan.terminal("fix::difference_is_shown_and_one_question_asked", asked);
}

const QUESTION: &str = "Go on? [y/N]";

fn answered(ground: &Ground<'_>, more: &str, answer: &str) -> Output {
    let Ground { tenant, control_plane, .. } = ground;
    let line = format!("kubectl seldon fix {tenant} --control-plane-namespace {control_plane} {more}");
    terminal::run(ground.server, &line, answer)
}

fn asked(server: &Server) {
    let ground = Ground::serving(server);
    numeric_ports(&ground);
    let before = contents(&ground);
    let output = answered(&ground, "", "n").ends_with(2);
    let diff = output.stdout.find("targetPort: scheduler-mtls").unwrap_or_else(|| panic!("no difference in {output}"));
    assert!(diff < output.stdout.find(QUESTION).unwrap(), "{output}");
    assert!(output.stdout.contains("nothing was written, as you wished"), "{output}");
    assert_eq!(contents(&ground), before);
    let output = answered(&ground, "", "y").succeeds();
    assert_ne!(contents(&ground), before, "{output}");
    numeric_ports(&ground);
    assert!(!answered(&ground, "-y", "n").succeeds().stdout.contains(QUESTION));
}
