//! What makes the operator look at the alias again (`seldonruntime_controller.go:306-331`).

use serde_json::Value;

use crate::{
    object::Object,
    version::{Exact, Range},
};

/// When the operator looks at the alias again, for people: `with the next change of …`. It depends on the
/// operator's version, as far as that is known.
pub fn reconciles<'a>(runtimes: impl IntoIterator<Item = &'a Object>, operator: Range) -> String {
    let ignores_config = |runtime: &Object| runtime.pointer("/spec/disableAutoUpdate") == Some(&Value::Bool(true));
    let mut runtimes = runtimes.into_iter().peekable();
    let is_still = runtimes.peek().is_some() && runtimes.all(ignores_config);
    let own = if is_still { "the SeldonRuntime" } else { "the SeldonRuntime, its SeldonConfig" };
    let more = match operator.is_from(Exact::V2_10_0) {
        Some(true) => ", a Model or a Pipeline, or when it restarts",
        Some(false) => ", or when it restarts, but before 2.10.0 not with one of a Model",
        None => " or, from 2.10.0 on, of a Model or a Pipeline, or when it restarts",
    };
    format!("with the next change of {own}{more}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_brings_a_reconcile_depends_on_version_and_runtime() {
        let runtime = |disabled: bool| {
            let value = json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "SeldonRuntime",
                "metadata": {"name": "r"}, "spec": {"disableAutoUpdate": disabled}});
            Object::new(value).unwrap()
        };
        let (plain, still) = (runtime(false), runtime(true));
        let said = |runtimes: &[&Object], version| reconciles(runtimes.iter().copied(), version);
        assert!(said(&[&plain], Range::exactly(Exact::V2_10_1)).contains("SeldonConfig, a Model or a Pipeline"));
        assert!(said(&[&plain], Range::exactly(Exact::V2_9_1)).ends_with("but before 2.10.0 not with one of a Model"));
        assert!(said(&[&plain], Range::ANY).contains("SeldonConfig or, from 2.10.0 on, of a Model"));
        assert!(!said(&[&still], Range::ANY).contains("SeldonConfig"));
        for runtimes in [&[][..], &[&still, &plain]] {
            assert!(said(runtimes, Range::ANY).contains("SeldonConfig"), "{runtimes:?}");
        }
    }
}
