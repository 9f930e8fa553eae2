//! Why pods are not created, by what the API server said to the controller.

use super::{Causes, event::Event};

/// The cause behind an event `FailedCreate`.
pub(super) fn refusal(event: Event<'_>, of: &str) -> Causes {
    let message = event.message();
    let between = |begin: &str, end: char| Some(message.split_once(begin)?.1.split_once(end)?.0.trim());
    let (cause, remedy) = if let Some(quota) = between("failed quota: ", ':') {
        let wants = message.split_once("must specify ").map_or("resources", |(_, wants)| wants);
        let wants = wants.split_once(" for:").map_or(wants, |(wants, _)| wants);
        (
            format!("ResourceQuota `{quota}` refuses pods that set no {wants}, as those of {of} do"),
            "add a LimitRange with defaults to the namespace, or set the limits in `podSpec`".to_owned(),
        )
    } else if let Some(quota) = between("exceeded quota: ", ',') {
        (
            format!("ResourceQuota `{quota}` leaves no room for the pods of {of}"),
            "raise the quota, or ask for less".to_owned(),
        )
    } else if let Some(account) = between("serviceaccount \"", '"') {
        (
            format!("the pods of {of} want ServiceAccount `{account}`, which is not there"),
            "see that the SeldonRuntime of the namespace is reconciled, which makes it".to_owned(),
        )
    } else if message.contains("violates PodSecurity") {
        (
            format!("Pod Security of the namespace refuses the pods of {of}"),
            "let the namespace admit them, or set the `securityContext` in `podSpec`".to_owned(),
        )
    } else if message.contains("admission webhook") {
        (
            format!("an admission webhook refuses the pods of {of}"),
            "do what its message says, or except the namespace from the webhook".to_owned(),
        )
    } else {
        (format!("the pods of {of} are refused"), "do what the event says".to_owned())
    };
    Causes::proof(cause, vec![event.evidence()], remedy)
}
