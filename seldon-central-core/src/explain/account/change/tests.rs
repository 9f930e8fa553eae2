//! Every change that is proposed is tried: with it, nothing stands in the way any more.

use super::{Way, applied, say};
use crate::{
    explain::account,
    manifest,
    profile::ControlPlane,
    rules::World,
    snapshot::{Observed, Snapshot},
};

const BASE: &str = "
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: {name: default, namespace: seldon-system}
spec: {}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: seldon, namespace: seldon-system}
spec: {seldonConfig: default}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: {name: mlserver, namespace: seldon-system}
spec:
  podSpec:
    containers:
    - name: agent
      env:
      - {name: SELDON_SERVER_CAPABILITIES, value: 'mlserver,huggingface,mlflow,sklearn,xgboost'}
      - {name: SELDON_OVERCOMMIT_PERCENTAGE, value: '10'}
      - name: MEMORY_REQUEST
        valueFrom: {resourceFieldRef: {containerName: mlserver, resource: requests.memory}}
    - name: mlserver
      resources: {requests: {memory: 1Gi}}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: rt, namespace: fin}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - {name: seldon-envoy, replicas: 1, serviceType: ClusterIP}
  - {name: hodometer, replicas: 0}
  - {name: seldon-modelgateway, replicas: 0}
  - {name: seldon-pipelinegateway, replicas: 0}
  - {name: seldon-dataflow-engine, replicas: 0}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: fin}
spec:
  type: ExternalName
  externalName: seldon-scheduler.seldon-system.svc.cluster.local
  selector: {app.kubernetes.io/name: seldon-scheduler}
  ports:
  - {name: xds, port: 9002, protocol: TCP, targetPort: xds}
  - {name: scheduler, port: 9004, protocol: TCP, targetPort: scheduler}
  - {name: scheduler-mtls, port: 9044, protocol: TCP, targetPort: scheduler-mtls}
  - {name: agent, port: 9005, protocol: TCP, targetPort: agent}
  - {name: agent-mtls, port: 9055, protocol: TCP, targetPort: agent-mtls}
  - {name: dataflow, port: 9008, protocol: TCP, targetPort: dataflow}
---
apiVersion: v1
kind: Secret
metadata: {name: seldon-rclone-gs-public, namespace: fin}
stringData: {gs: '{}'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: fin-mlserver, namespace: fin}
spec: {serverConfig: mlserver, replicas: 2}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: income, namespace: fin}
spec: {server: fin-mlserver, requirements: [sklearn], storageUri: 's3://a/b', memory: 100Mi}
";

fn seldon(kind: &str, name: &str, spec: &str) -> String {
    let api = "apiVersion: mlops.seldon.io/v1alpha1";
    format!("---\n{api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: fin}}\nspec: {spec}\n")
}

fn model(spec: &str) -> String {
    seldon("Model", "ca", &format!("{{storageUri: 's3://a/c', {spec}}}"))
}

fn policy(spec: &str) -> String {
    let api = "apiVersion: networking.k8s.io/v1";
    format!("---\n{api}\nkind: NetworkPolicy\nmetadata: {{name: deny, namespace: fin}}\nspec: {spec}\n")
}

fn with_world<T>(snapshot: &Snapshot, look: impl FnOnce(&World<'_>) -> T) -> T {
    look(&World::new(snapshot, &ControlPlane::default(), &[]))
}

fn find<'a>(snapshot: &'a Snapshot, kind: &str, name: &str) -> &'a Observed {
    let is_meant = |o: &&Observed| o.object.kind() == kind && o.object.name() == name;
    snapshot.objects().iter().find(is_meant).unwrap()
}

/// What is proposed for an object, after it was tried.
fn proposed(text: &str, kind: &str, name: &str) -> String {
    let objects = manifest::read("-", text).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &ControlPlane::default().namespace);
    let way = with_world(&snapshot, |world| account(world, find(&snapshot, kind, name)).unwrap().change);
    let (text, edits) = match way {
        Way::Clear => return "nothing".to_owned(),
        Way::Unproved { missing, remains } => {
            return format!(
                "not proved: {}{}",
                missing.join(" + "),
                remains.iter().map(|one| format!("; {one}")).collect::<String>()
            );
        }
        Way::NotKnown { remains, text, .. } => {
            return format!(
                "not known: {}{}",
                text.map(|text| format!("{text}, but ")).unwrap_or_default(),
                remains.join(" + ")
            );
        }
        Way::Change { text, edits } => (text, edits),
    };
    let after = applied(&snapshot, &edits).unwrap();
    let found = find(&after, kind, name);
    let account = with_world(&after, |world| account(world, found).unwrap());
    assert_eq!(account.change, Way::Clear, "{kind} {name}: {text} changes nothing: {account:#?}");
    assert!(account.steps.iter().all(|step| step.standing != super::super::Standing::Bad), "{text}: {account:#?}");
    assert_eq!(text, say(&edits, &found.object.id()), "the words and the changes are one");
    text
}

#[test]
fn what_is_in_order_needs_no_change() {
    for (kind, name) in [("Model", "income"), ("Server", "fin-mlserver"), ("SeldonRuntime", "rt")] {
        assert_eq!(proposed(BASE, kind, name), "nothing");
    }
}

#[test]
fn a_model_is_changed_until_a_server_takes_it() {
    let specs = [
        "server: fin-mlserver, requirements: [scikit-learn, torch], memory: 2Gi",
        "server: fin-mlserver, requirements: [torch, Huggingface, hugging-face, xgbost, tf]",
        "server: fin-mlserver, replicas: 4, memory: 2Gi",
        "server: fin-mlserver, replicas: 3, minReplicas: 3",
        "server: fin-mlserver, explainer: {type: anchor_tabular, modelRef: income}",
        "server: nope, requirements: [sklearn]",
        "server: fin-mlserver, modelType: sk-learn, memory: '1181116007'",
    ];
    let said: Vec<String> = specs
        .iter()
        .map(|spec| format!("{spec}\n  > {}", proposed(&(BASE.to_owned() + &model(spec)), "Model", "ca")))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

/// A change that would leave open whether a Server takes the Model is none that was tried.
#[test]
fn nothing_is_proposed_where_placement_stays_unknown() {
    let unseen = BASE.replace("kind: ServerConfig", "kind: Unrelated");
    let missing = "serverconfigs.mlops.seldon.io of namespace seldon-system is not in the input";
    let unknown = format!("not proved: whether a Server takes it: {missing}");
    let respell =
        "; `scikit-learn` is a misspelling of the capability `sklearn`; require `sklearn` instead of `scikit-learn`";
    for (spec, remains) in [
        ("server: fin-mlserver, requirements: [sklearn]", ""),
        ("requirements: [sklearn]", ""),
        ("server: fin-mlserver, requirements: [scikit-learn]", respell),
    ] {
        let said = proposed(&(unseen.clone() + &model(spec)), "Model", "ca");
        assert_eq!(said, format!("{unknown}{remains}"), "{spec}");
    }
    // Another name would be a change, and leaves the same question.
    let named = proposed(&(unseen.clone() + &model("server: nope, requirements: [sklearn]")), "Model", "ca");
    assert!(named.starts_with(&unknown) && named.ends_with("set `spec.server` to `fin-mlserver`"), "{named}");
    let experiment = seldon("Experiment", "e", "{candidates: [{name: ca, weight: 50}]}");
    let text = unseen + &model("server: fin-mlserver, requirements: [sklearn]") + &experiment;
    assert_eq!(
        proposed(&text, "Experiment", "e"),
        format!("not proved: whether a Server takes Model fin/ca: {missing}")
    );
}

#[test]
fn every_combination_of_faults_of_a_model_is_put_right() {
    for requirements in ["[sklearn]", "[sk-learn, torch, gpu]", "[xgboots]"] {
        for memory in ["1100Mi", "3Gi"] {
            for replicas in ["replicas: 3", "replicas: 5, minReplicas: 4"] {
                for server in ["fin-mlserver", "fin-mlsever"] {
                    let spec = format!("server: {server}, requirements: {requirements}, memory: {memory}, {replicas}");
                    let said = proposed(&(BASE.to_owned() + &model(&spec)), "Model", "ca");
                    assert!(!said.starts_with("not known"), "{spec}: {said}");
                }
            }
        }
    }
}

#[test]
fn other_objects_are_changed_until_nothing_stands_in_their_way() {
    let pipeline = seldon("Pipeline", "p", "{steps: [{name: foo}, {name: incom}]}");
    let two = seldon("Model", "ca", "{server: fin-mlserver, requirements: [torch], storageUri: 's3://a/b'}")
        + &seldon("Model", "cb", "{server: fin-mlserver, memory: 9Gi, storageUri: 's3://a/b'}")
        + &seldon("Experiment", "e", "{candidates: [{name: ca, weight: 50}, {name: cb, weight: 50}]}");
    let server = BASE.replace("{serverConfig: mlserver, replicas: 2}", "{serverConfig: nope, replicas: 0}");
    let overrides = BASE.find("spec:\n  seldonConfig: default\n  overrides:").unwrap();
    let end = overrides + BASE[overrides..].find("---").unwrap();
    let runtime = format!("{}spec: {{seldonConfig: default2, overrides: []}}\n{}", &BASE[..overrides], &BASE[end..]);
    let deny = policy("{podSelector: {}, policyTypes: [Egress, Ingress]}");
    let alias = BASE.replace("9055, protocol: TCP, targetPort: agent-mtls", "9056");
    let said: Vec<String> = [
        (BASE.to_owned() + &pipeline, "Pipeline", "p"),
        (BASE.to_owned() + &two, "Experiment", "e"),
        (server.clone(), "Server", "fin-mlserver"),
        (server, "Model", "income"),
        (runtime, "SeldonRuntime", "rt"),
        (BASE.to_owned() + &deny, "Model", "income"),
        (alias, "SeldonRuntime", "rt"),
    ]
    .iter()
    .map(|(text, kind, name)| format!("{kind} {name}\n  > {}", proposed(text, kind, name)))
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn models_that_do_not_fit_together_get_more_replicas() {
    let crowd: String = ["a", "b", "ca"]
        .iter()
        .map(|name| seldon("Model", name, "{server: fin-mlserver, memory: 800Mi, storageUri: 's3://a/b'}"))
        .collect();
    assert_eq!(
        proposed(&(BASE.to_owned() + &crowd), "Model", "ca"),
        "in Server fin/fin-mlserver set `spec.replicas` to 3"
    );
}

#[test]
fn servers_of_one_name_make_an_account_uncertain_and_stand_in_the_way() {
    let dup = |namespace: &str, label: &str| {
        format!(
            "---\napiVersion: mlops.seldon.io/v1alpha1\nkind: Server\nmetadata: {{name: dup, namespace: {namespace}}}\n\
             spec: {{serverConfig: mlserver, capabilities: [{label}]}}\n"
        )
    };
    let text =
        BASE.to_owned() + &dup("fin", "a") + &dup("seldon-system", "b") + &model("server: dup, requirements: [b]");
    let objects = manifest::read("-", &text).unwrap().objects;
    let snapshot = Snapshot::from_manifests(objects, &ControlPlane::default().namespace);
    let account = with_world(&snapshot, |world| account(world, find(&snapshot, "Model", "ca")).unwrap());
    assert!(account.headline.starts_with("whether a Server takes it is not known"), "{}", account.headline);
    assert_eq!(account.around.iter().filter(|outcome| outcome.rule == "SCS0304").count(), 2);
    assert!(matches!(account.change, Way::NotKnown { .. }), "{:?}", account.change);
}

#[test]
fn where_no_change_is_known_that_is_said() {
    let dotted = seldon("Model", "c.a", "{server: fin-mlserver, storageUri: 's3://a/b'}");
    let said = proposed(&(BASE.to_owned() + &dotted), "Model", "c.a");
    assert!(said.starts_with("not known: "), "{said}");
}
