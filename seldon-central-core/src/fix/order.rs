//! In which order objects are written.

use super::{Step, Write};
use crate::{
    reason::ownership::is_operator_made,
    resource::{MODEL, NETWORK_POLICY, Resource, SECRET, SELDON_RUNTIME, SERVER, SERVICE, STATEFUL_SET},
};

/// The control plane first, then tenant by tenant: the alias before the runtime, whose operator dials
/// it; policies before the pods that they let through; Servers before their Models. A Service that
/// the operator made is taken only once the runtime does not ask for it any more.
pub(super) fn sort(steps: &mut [Step], control_plane: &str) {
    steps.sort_by(|a, b| {
        let key = |step: &Step| {
            let home = step.object.home().map(str::to_owned);
            (home.as_deref() != Some(control_plane), home, rank(step))
        };
        key(a).cmp(&key(b)).then_with(|| a.object.cmp(&b.object))
    });
}

fn rank(step: &Step) -> u8 {
    let is = |kind: &Resource| kind.matches(&step.object.api_version, &step.object.kind);
    let is_taken = step.before.as_ref().is_some_and(is_operator_made);
    match () {
        () if step.write == Write::Delete => 9,
        () if is(&SERVICE) && !is_taken => 0,
        () if is(&SELDON_RUNTIME) => 1,
        () if is(&SERVICE) => 2,
        () if is(&STATEFUL_SET) => 3,
        () if is(&NETWORK_POLICY) => 4,
        () if is(&SECRET) => 5,
        () if is(&SERVER) => 6,
        () if is(&MODEL) => 7,
        () => 8,
    }
}
