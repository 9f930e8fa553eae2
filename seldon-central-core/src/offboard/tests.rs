use serde_json::json;

use super::*;
use crate::{
    desired,
    profile::{ControlPlane, Profile, Surroundings, resolve},
    rules::World,
};

fn tenant(declared: &str) -> Vec<Object> {
    let profile = Profile::from_yaml(&format!("tenants: [{{namespace: fin{declared}}}]")).unwrap();
    let built = desired::build(&resolve(&profile, &Surroundings::default()).unwrap());
    built.objects().cloned().collect()
}

fn snapshot(objects: impl IntoIterator<Item = Object>) -> Snapshot {
    let mut snapshot = Snapshot::live();
    objects.into_iter().for_each(|object| snapshot.add_found(object));
    snapshot
}

fn object(kind: &Resource, name: &str, metadata: &Value) -> Object {
    let mut value = json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": metadata});
    value["metadata"]["name"] = name.into();
    value["metadata"]["namespace"] = "fin".into();
    Object::new(value).unwrap()
}

fn planned(objects: Vec<Object>, also: &[&str], namespace_too: bool) -> Plan {
    let (namespace, control_plane) = (Namespace::new("fin").unwrap(), ControlPlane::default().namespace);
    let also: Vec<Named> = also.iter().map(|text| text.parse().unwrap()).collect();
    let request =
        Request { namespace: &namespace, control_plane: &control_plane, also: &also, namespace_too, owned_too: false };
    plan(&snapshot(objects), &request)
}

fn names(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.object.id().to_string()).collect()
}

#[test]
fn everything_that_onboard_makes_goes_in_the_finalizers_order() {
    let built = tenant(
        ", models: [{name: income, storageUri: 'gs://b/i'}], wiring: relay, relay: {image: envoy}, networkPolicy: {set: \
         scheduler, controlPlaneIngress: true}",
    );
    let count = built.len();
    let plan = planned(built.clone(), &[], false);
    assert_eq!(
        names(&plan),
        [
            "Model fin/income",
            "Server fin/mlserver",
            "SeldonRuntime fin/fin-runtime",
            "Service fin/seldon-scheduler",
            "Deployment fin/seldon-scheduler-relay",
            "ConfigMap fin/seldon-scheduler-relay",
            "NetworkPolicy fin/fin-app-policy",
            "NetworkPolicy seldon-system/seldon-scheduler-from-fin",
            "Secret fin/seldon-rclone-gs-public",
        ]
    );
    assert_eq!(plan.steps.len() + 1, count, "all but the namespace");
    assert_eq!(names(&planned(built, &[], true)).last().unwrap(), "Namespace fin");
}

#[test]
fn what_others_made_stays_and_what_needs_the_tenant_stands_in_the_way() {
    let mut objects = tenant("");
    objects.push(object(&MODEL, "theirs", &json!({})));
    objects.push(object(&NETWORK_POLICY, "theirs", &json!({})));
    objects.push(object(
        &SERVICE,
        "seldon-mesh",
        &json!({"labels": {TENANT_LABEL: "fin"}, "ownerReferences": [
        {"kind": "SeldonRuntime", "name": "fin-runtime"}]}),
    ));
    let plan = planned(objects.clone(), &[], false);
    assert_eq!(plan.stranded.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Model fin/theirs"]);
    assert_eq!(plan.kept.iter().map(ToString::to_string).collect::<Vec<_>>(), ["NetworkPolicy fin/theirs"]);
    assert!(!names(&plan).iter().any(|name| name.contains("mesh")), "it goes with its runtime");

    let plan = planned(objects, &["model/theirs", "pipelines/none"], false);
    assert_eq!((plan.stranded.len(), plan.missing), (0, vec!["pipeline/none".parse().unwrap()]));
    assert_eq!(names(&Plan { steps: plan.steps, ..Plan::default() })[0], "Model fin/theirs");

    let theirs = planned(vec![object(&MODEL, "theirs", &json!({}))], &[], false);
    assert!(theirs.steps.is_empty() && theirs.stranded.is_empty(), "nothing is taken from anybody");
}

#[test]
fn an_alias_that_the_operator_took_goes_with_the_runtime() {
    let taken =
        || object(&SERVICE, "seldon-scheduler", &json!({"ownerReferences": [{"kind": "SeldonRuntime", "name": "r"}]}));
    assert!(planned(vec![taken()], &[], false).steps.is_empty());
    let runtime = object(&SELDON_RUNTIME, "r", &json!({"labels": {TENANT_LABEL: "fin"}}));
    let plan = planned(vec![taken(), runtime], &[], false);
    assert_eq!(plan.steps[1].reason, Reason::OperatorMade);
}

#[test]
fn what_a_controller_owns_is_not_deleted() {
    let owned = object(&MODEL, "a", &json!({"labels": {TENANT_LABEL: "fin"}, "managedFields": [{"manager": "helm"}]}));
    let plan = planned(vec![owned], &[], false);
    assert!(plan.steps.is_empty() && plan.owned.len() == 1, "{plan:?}");
}

#[test]
fn names_are_read_as_kubectl_writes_them() {
    for text in ["model/a", "Models/a", "models.mlops.seldon.io/a", "model.mlops.seldon.io/a"] {
        assert_eq!(text.parse::<Named>().unwrap().to_string(), "model/a");
    }
    assert_eq!("model".parse::<Named>(), Err(NamedError::Shape));
    assert_eq!("model/".parse::<Named>(), Err(NamedError::Shape));
    assert!("namespace/fin".parse::<Named>().unwrap_err().to_string().contains("experiments, pipelines"));
}

#[test]
fn a_finalizer_is_told_of_when_nobody_can_remove_it() {
    let reasons = |objects: Vec<Object>| {
        let snapshot = crate::rules::tests::cluster(&objects);
        let control_plane = ControlPlane::default();
        let plan = planned(objects, &[], false);
        let named = [Namespace::new("fin").unwrap()];
        unreachable(&World::new(&snapshot, &control_plane, &named), "fin", &plan)
    };
    let central = || crate::rules::tests::control_plane_objects(&ControlPlane::default(), "ClusterIP");
    let with = |mut objects: Vec<Object>, finalizer: Option<&str>| {
        let finalizers: Vec<&str> = finalizer.into_iter().collect();
        objects.push(object(&MODEL, "a", &json!({"labels": {TENANT_LABEL: "fin"}, "finalizers": finalizers})));
        objects
    };
    let model = Some("seldon.model.finalizer");
    let all: Vec<Object> = central().into_iter().chain(tenant("")).collect();
    let told = reasons(with(all, model));
    assert!(told.len() == 1 && told[0].contains("no replica of the operator"), "{told:?}");
    assert!(reasons(with(tenant(""), None)).is_empty(), "nothing waits for anybody");
    let told = reasons(with(central(), model));
    assert!(told.iter().any(|line| line.starts_with("SCS0501")), "{told:?}");
}
