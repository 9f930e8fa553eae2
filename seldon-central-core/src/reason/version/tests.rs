//! What tells a version, by itself and against others.

use super::*;
use crate::{
    log::{Container, ContainerLog, End, Process, Reader, Reading, Start},
    manifest,
    object::Object,
    resource,
    snapshot::{Read, Scope},
};

fn detect(text: &str) -> Versions {
    let objects: Vec<Object> = manifest::read("-", text).unwrap().objects.into_iter().map(|one| one.object).collect();
    let mut snapshot = Snapshot::live();
    for kind in resource::ALL {
        let of_kind = objects.iter().filter(|object| object.is(kind)).cloned().collect();
        snapshot.add_read(kind, Scope::Cluster, Read::Complete, of_kind);
    }
    let control_plane = ControlPlane::default();
    Versions::of(&snapshot, &control_plane, &Operator::all(&snapshot))
}

fn operator(image: &str) -> String {
    format!(
        "\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: seldon-v2-controller-manager, namespace: seldon-system}}
spec: {{template: {{spec: {{containers: [{{name: manager, image: '{image}'}}]}}}}}}
---
"
    )
}

fn server(condition: &str) -> String {
    format!(
        "\
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {{name: {}, namespace: fin}}
spec: {{serverConfig: mlserver}}
status: {{conditions: [{{type: Ready, status: 'True'}}, {{type: {condition}, status: 'True'}}]}}
---
",
        condition.to_lowercase()
    )
}

const CHART: &str = "\
apiVersion: helm.sh/v1
kind: Release
metadata: {name: seldon, namespace: seldon-system}
spec: {revision: 1, chart: seldon-core-v2-setup, version: 2.9.1, status: deployed}
---
";

const COLUMN: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: models.mlops.seldon.io}
spec: {versions: [{name: v1alpha1, additionalPrinterColumns: [{name: Ready}, {name: ModelGw Ready}]}]}
---
";

const POD_SPEC: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: seldonruntimes.mlops.seldon.io}
spec:
  versions:
  - name: v1alpha1
    schema: {openAPIV3Schema: {properties: {spec: {properties: {overrides: {items: {properties: {podSpec: {}}}}}}}}}
---
";

#[test]
fn a_tag_goes_before_every_feature() {
    let versions = detect(&[operator("seldonio/seldonv2-controller:2.9.1").as_str(), COLUMN].concat());
    assert_eq!(versions.operator.range.to_string(), "2.9.1");
    assert_eq!(versions.operator.clues.len(), 1);
    assert_eq!(versions.operator.clues[0].path, "/spec/template/spec/containers/0/image");
}

#[test]
fn features_tell_where_tags_do_not() {
    let latest = operator("seldonio/seldonv2-controller:latest");
    let digest = operator("mirror.test/controller@sha256:22");
    let (new, old) = (server("StatefulSetOrDeploymentReady"), server("StatefulSetReady"));
    for (what, objects, expected) in [
        ("chart", vec![&latest, CHART], "2.9.1"),
        ("chart and an older condition", vec![&latest, CHART, &old], "2.9.1"),
        // The image is not the chart's.
        ("chart and a newer condition", vec![&latest, CHART, &new], "not known"),
        ("nothing", vec![latest.as_str()], "not known"),
        ("no operator", vec![COLUMN], "2.10.0 or later"),
        ("column", vec![&digest, COLUMN], "2.10.0 or later"),
        ("podSpec", vec![&latest, POD_SPEC], "2.8.0 or later"),
        ("new condition", vec![&latest, &new], "2.10.0 or later"),
        ("old condition", vec![&latest, &old], "before 2.10.0"),
        ("both conditions", vec![&latest, &old, &new], "2.10.0 or later"),
        ("old condition and podSpec", vec![&latest, &old, POD_SPEC], "2.8.0 or later, before 2.10.0"),
        // Definitions may be newer than the operator.
        ("old condition and column", vec![&latest, &old, COLUMN], "before 2.10.0"),
    ] {
        let versions = detect(&objects.concat());
        assert_eq!(versions.operator.range.to_string(), expected, "{what}: {:#?}", versions.operator.clues);
        assert_eq!(versions.operator.range.is_any(), versions.operator.clues.is_empty(), "{what}");
    }
}

#[test]
fn the_operators_own_word_goes_before_features() {
    let latest = operator("c:latest");
    let objects = manifest::read("-", &[latest.as_str(), COLUMN].concat()).unwrap().objects;
    let mut snapshot = Snapshot::live();
    for one in objects {
        snapshot.add_found(one.object);
    }
    let mut reader = Reader::new(Process::Operator);
    reader.push(b"2025-06-01T12:00:00Z\tINFO\tsetup\tstarting\t{\"version\": \"2.9.1\"}\n");
    let current = Reading::Read(reader.finish(Start::Kept, End::Now));
    let container = Container::new("seldon-system", "operator-0", Process::Operator);
    snapshot.add_log(container, ContainerLog { current, previous: None });
    let detected = Versions::of(&snapshot, &ControlPlane::default(), &Operator::all(&snapshot)).operator;
    assert_eq!((detected.range.to_string().as_str(), detected.clues[0].value.as_str()), ("2.9.1", "logs 2.9.1"));
}

const CONFIGS: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec:
  components:
  - {name: seldon-envoy, podSpec: {containers: [{image: 'seldonio/seldon-envoy:2.8.5'}]}}
  - {name: seldon-scheduler, podSpec: {containers: [{image: 'seldonio/seldon-scheduler:2.9.1'}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec: {podSpec: {containers: [{name: rclone}, {name: agent, image: 'seldonio/seldon-agent:2.9.1'}]}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: triton, namespace: seldon-system}
spec:
  podSpec:
    containers: [{name: agent, image: 'seldonio/seldon-agent:latest', env: [{name: SELDON_READINESS_PORT, value: '9008'}]}]
---
";

#[test]
fn scheduler_and_agents_have_versions_of_their_own() {
    let versions = detect(CONFIGS);
    assert_eq!(versions.scheduler.range.to_string(), "2.9.1");
    assert_eq!(versions.agents.range.to_string(), "2.9.1 or later");
    assert_eq!(versions.mixed(), None);
    let running = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: seldon-scheduler, namespace: seldon-system}
spec: {template: {spec: {containers: [{name: scheduler, image: 'seldonio/seldon-scheduler:2.8.5'}]}}}
---
";
    assert_eq!(detect(&[CONFIGS, running].concat()).scheduler.range.to_string(), "2.8.5");
    assert!(detect(&CONFIGS.replace("env:", "other:")).agents.range == Range::exactly(Exact::V2_9_1));
}

#[test]
fn versions_are_mixed_only_where_that_is_certain() {
    let mixed = |image: &str, configs: &str| detect(&[operator(image).as_str(), configs].concat()).mixed();
    assert_eq!(
        mixed("c:2.10.2", CONFIGS).as_deref(),
        Some("versions of Seldon are mixed: operator 2.10.2, scheduler 2.9.1, agents 2.9.1 or later")
    );
    assert_eq!(mixed("c:2.9.1", CONFIGS), None);
    assert_eq!(mixed("c:latest", CONFIGS), None);
    let agents = CONFIGS.replace("seldon-agent:latest", "seldon-agent:2.10.0");
    assert!(mixed("c:latest", &agents).is_some_and(|said| said.contains("agents 2.9.1 or later, before 2.10.1")));
}
