//! What fix does not do.

use crate::harness::{kubectl::Kubectl, plan::Plan};

pub(super) fn add(plan: &mut Plan) {
    plan.local("fix::nothing_named_is_refused", || {
        Kubectl::new().seldon(["fix"]).ends_with(2).says(&["error: name what to put right: namespaces, "]);
        Kubectl::new().seldon(["fix", "-A", "--apply-plan", "x"]).ends_with(2).says(&["a plan says itself "]);
    });
}
