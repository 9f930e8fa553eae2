//! What the rules about runtimes say, beyond their fixtures.

use super::tests::findings;

const CENTRAL: &str = "
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: prod, namespace: seldon-system}
spec: {components: [{name: seldon-scheduler}, {name: seldon-envoy}, {name: hodometer}]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: prod, overrides: [{name: hodometer, disable: true}, {name: seldon-envoi, replicas: 1}]}
---
";

fn tenant(spec: &str) -> String {
    format!(
        "{CENTRAL}apiVersion: mlops.seldon.io/v1alpha1\nkind: SeldonRuntime\nmetadata: {{name: fin, namespace: fin}}\n\
         spec: {{{spec}}}\n"
    )
}

#[test]
fn the_control_planes_own_config_is_the_one_to_name() {
    let alike = tenant("seldonConfig: prod, overrides: [{name: seldon-scheduler, replicas: 0}]");
    assert_eq!(findings("SCS0203", &alike), [""; 0]);
    let other = tenant("seldonConfig: default, overrides: [{name: seldon-scheduler, replicas: 0}]");
    let found = findings("SCS0203", &other);
    assert_eq!(found, ["E the runtime starts from SeldonConfig `default`, the control plane from `prod`"]);
}

#[test]
fn an_override_without_effect_disables_nothing() {
    let runtime = tenant(
        "seldonConfig: prod, overrides: [{name: mlserver, disable: true}, {name: seldon-scheduler, replicas: 0}]",
    );
    let disabled = findings("SCS0206", &runtime);
    assert!(!disabled.iter().any(|finding| finding.contains("mlserver")), "{disabled:?}");
}

#[test]
fn the_control_planes_runtime_is_held_to_the_same() {
    let runtime = tenant("seldonConfig: prod, overrides: [{name: seldon-scheduler, replicas: 0}]");
    assert_eq!(findings("SCS0206", &runtime).len(), 1);
    assert_eq!(
        findings("SCS0205", &runtime),
        ["W the override `seldon-envoi` has no effect, because no component has this name"]
    );
}
