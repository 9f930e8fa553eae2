use crate::{
    fields::{self, Tree, UnknownField},
    finding::{Evidence, Level, Outcome},
    fix::{Edit, Remedy, Repair, find},
    resource::{CRD, EXPERIMENT, MODEL, PIPELINE, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG},
    rules::{FixSafety, Judged, Report, Rule, World},
    version::{SeldonVersion, Since},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0801",
    name: "unknown-field",
    level: Level::Error,
    judged: Judged::Manifests,
    summary: "A manifest of a Seldon kind has a field that the CRD does not have.",
    why: "The API server drops a field that the CRD does not have, and with it what was meant; `kubectl apply` and \
          server-side apply refuse it (`strict decoding error: unknown field`). Which fields there are depends on the \
          version: `podSpec` of a runtime's override came with 2.8, `llm` of a Model with 2.9, `deploymentStrategy` of \
          a Server with 2.10. The fields of 2.6, 2.9 and 2.10 were compared with the CRDs of those releases; for 2.7 and \
          2.8 a field that came somewhere between 2.6 and 2.9 counts as known. A CRD among the manifests is asked \
          itself.",
    fix: "Write the field as the CRD spells it, put it where it belongs, or remove it. `--seldon-version` says which \
          version the manifests are for.",
    fix_safety: FixSafety::Safe,
    repair: Repair::Edits(repair),
    reads: &[&SELDON_RUNTIME, &SELDON_CONFIG, &SERVER_CONFIG, &SERVER, &MODEL, &PIPELINE, &EXPERIMENT, &CRD],
    sources: &["operator/apis/mlops/v1alpha1", "operator/config/crd/bases", "k8s.io/api/core/v1, Kubernetes 1.33"],
    check,
    guard: None,
    bad: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replica: 0}
  - name: seldon-envoy
    replicas: 1
    podspec: {containers: [{name: envoy, resources: {requests: {cpu: 100m}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
    good: "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
  - name: seldon-envoy
    replicas: 1
    podSpec: {containers: [{name: envoy, resources: {requests: {cpu: 100m}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: seldon-scheduler, namespace: financial-inference}
spec: {type: ExternalName, externalName: seldon-scheduler.seldon-system.svc.cluster.local}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let manifests = world.manifests();
    for kind in RULE.reads {
        let mut objects = manifests.objects(kind).map(|(_, observed)| observed).peekable();
        if objects.peek().is_none() {
            continue;
        }
        let Some(known) = Known::of(world, kind) else { continue };
        for observed in objects {
            let unknown = known.tree.unknown(&observed.object);
            let Some(first) = unknown.first() else {
                report.pass(observed);
                continue;
            };
            let message = match unknown.len() {
                1 => known.what(first),
                count => format!("{}, and {} more fields are unknown", known.what(first), count - 1),
            };
            let evidence = unknown.iter().map(|field| Evidence::new(&field.path, known.why(field))).collect();
            report.fail(observed, message, evidence, known.remedy(&unknown));
        }
    }
}

/// The fields of a kind and who says so.
struct Known {
    kind: &'static Resource,
    tree: Tree,
    /// `None` when the CRD itself was asked.
    version: Option<SeldonVersion>,
}

impl Known {
    /// The CRD goes before the tables.
    fn of(world: &World<'_>, kind: &'static Resource) -> Option<Self> {
        let name = kind.to_string();
        let definition = world.snapshot.known(&CRD).find(|observed| observed.object.name() == name);
        let served = definition.and_then(|definition| Tree::of_crd(&definition.object));
        if let Some(tree) = served {
            return Some(Self { kind, tree, version: None });
        }
        let version = world.seldon_version;
        Tree::of_kind(kind, version).map(|tree| Self { kind, tree, version: Some(version) })
    }

    /// The version with which a field came, when that is later than the one that is judged by.
    fn later(&self, field: &UnknownField) -> Option<SeldonVersion> {
        let version = self.version?;
        fields::since(self.kind, &field.path).filter(|since| *since > version)
    }

    fn what(&self, field: &UnknownField) -> String {
        let (kind, path) = (self.kind.kind, &field.path);
        match (self.version, self.later(field), &field.meant) {
            (Some(version), Some(later), _) => {
                format!("{path} is a field of Seldon Core {}, not of {version}", came_with(later))
            }
            (_, _, Some(meant)) => format!("{kind} has no field {path}; `{meant}` is meant"),
            (_, _, None) => format!("{kind} has no field {path}"),
        }
    }

    fn why(&self, field: &UnknownField) -> String {
        match (self.version, self.later(field), &field.meant) {
            (Some(version), Some(later), _) => format!("came with {}, judged by {}", came_with(later), stated(version)),
            (_, _, Some(meant)) => format!("no such field; nearest: {meant}"),
            (_, _, None) => "no such field".to_owned(),
        }
    }

    /// Later fields are right where they are, so only the others are renamed or removed.
    fn remedy(&self, unknown: &[UnknownField]) -> String {
        let (later, unknown): (Vec<_>, Vec<_>) = unknown.iter().partition(|field| self.later(field).is_some());
        let (misspelled, strange): (Vec<_>, Vec<_>) = unknown.into_iter().partition(|field| field.meant.is_some());
        let renames = misspelled.iter().filter_map(|f| Some(format!("`{}` to `{}`", f.name, f.meant.as_ref()?)));
        let mut steps = Vec::new();
        if !misspelled.is_empty() {
            steps.push(format!("rename {}", renames.collect::<Vec<_>>().join(", ")));
        }
        if !strange.is_empty() {
            steps.push(format!("remove {} or put it where it belongs", names(&strange)));
        }
        if !later.is_empty() {
            let field = names(&later);
            steps
                .push(format!("upgrade Seldon Core for {field}, remove it, or name the version with --seldon-version"));
        }
        steps.join("; ")
    }
}

fn names(fields: &[&UnknownField]) -> String {
    fields.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(", ")
}

/// The releases that a field may have come with.
fn came_with(first: SeldonVersion) -> String {
    match Since::of(first) {
        Since::Known(version) => version.to_string(),
        Since::Between { earliest, latest } => format!("{earliest} to {latest} (which of them was not verified)"),
    }
}

/// A version, and whether its fields were compared with its CRDs.
fn stated(version: SeldonVersion) -> String {
    let doubt = if version.is_verified() { "" } else { ", whose fields were not verified" };
    format!("{version}{doubt}")
}

/// Fields that are misspelled are renamed. What else is unknown is its owner's to place.
fn repair(world: &World<'_>, outcome: &Outcome) -> Vec<Remedy> {
    let Some(found) = find(world.snapshot, &outcome.object) else { return Vec::new() };
    let object = &found.object;
    let Some(known) = object.resource().and_then(|kind| Known::of(world, kind)) else { return Vec::new() };
    let mut edits = Vec::new();
    for field in known.tree.unknown(object) {
        let place = field.path.rsplit_once('/').map(|(parent, _)| parent);
        let (Some(parent), Some(meant), Some(value)) = (place, &field.meant, object.pointer(&field.path)) else {
            return Vec::new();
        };
        let right = format!("{parent}/{}", meant.replace('~', "~0").replace('/', "~1"));
        if known.later(&field).is_some() || object.pointer(&right).is_some() {
            return Vec::new();
        }
        edits.push(Edit::set(object, right, value.clone()));
        edits.push(Edit::remove(object, field.path));
    }
    Remedy::safe(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{manifest, profile::ControlPlane, rules::run, snapshot::Snapshot};

    /// What is found on manifests for a version.
    fn findings(version: SeldonVersion, spec: &str) -> Vec<String> {
        let text = format!("{}---\napiVersion: mlops.seldon.io/v1alpha1\n{spec}", RULE.good);
        let control_plane = ControlPlane::default();
        let objects = manifest::read("-", &text).unwrap().objects;
        let snapshot = Snapshot::from_manifests(objects, &control_plane.namespace);
        let world = World::new(&snapshot, &control_plane, &[]).with_seldon_version(version);
        let outcomes = run([&&RULE], &world);
        outcomes.iter().filter_map(|o| o.finding()).map(|f| format!("{} ({})", f.message, f.remedy)).collect()
    }

    const MODEL_WITH_LLM: &str = "kind: Model\nmetadata: {name: m, namespace: financial-inference}\nspec: {storageUri: \
                                  'gs://b/m', llm: {modelRef: n}}\n";

    #[test]
    fn a_field_of_a_later_version_is_told_from_one_that_never_was() {
        assert_eq!(findings(SeldonVersion::V2_10, MODEL_WITH_LLM), [""; 0]);
        let upgrade = |field: &str| {
            format!("upgrade Seldon Core for `{field}`, remove it, or name the version with --seldon-version")
        };
        assert_eq!(
            findings(SeldonVersion::V2_6, MODEL_WITH_LLM),
            [
                format!("/spec/llm is a field of Seldon Core 2.9, not of 2.6 ({})", upgrade("llm")),
                format!(
                    "/spec/overrides/1/podSpec is a field of Seldon Core 2.8 to 2.9 (which of them was not verified), not \
                     of 2.6 ({})",
                    upgrade("podSpec")
                ),
            ]
        );
    }

    #[test]
    fn the_field_that_is_meant_is_named() {
        let server = "kind: Server\nmetadata: {name: s, namespace: financial-inference}\nspec: {ServerConfig: mlserver, \
                      podSpec: {containers: [{name: mlserver, enviroment: [], env: [{name: A, value: b, vlue: c}]}]}}\n";
        assert_eq!(
            findings(SeldonVersion::V2_10, server),
            ["Server has no field /spec/ServerConfig; `serverConfig` is meant, and 2 more fields are unknown (rename \
                 `ServerConfig` to `serverConfig`, `vlue` to `value`; remove `enviroment` or put it where it belongs)"]
        );
    }

    #[test]
    fn a_later_field_is_not_renamed() {
        let runtime = "kind: SeldonRuntime\nmetadata: {name: r, namespace: financial-inference}\nspec: {seldonConfg: \
                       default, config: {scalingConfig: {}}}\n";
        let remedy = "rename `seldonConfg` to `seldonConfig`; upgrade Seldon Core for `scalingConfig`";
        let found = findings(SeldonVersion::V2_9, runtime);
        assert!(found.iter().any(|finding| finding.contains(remedy)), "{found:?}");
        assert!(!found.iter().any(|finding| finding.contains("tracingConfig")), "{found:?}");
    }

    #[test]
    fn what_was_not_verified_says_so() {
        let known = Known { kind: &PIPELINE, tree: Tree::Leaf, version: Some(SeldonVersion::V2_8) };
        let field = UnknownField { path: "/spec/x".to_owned(), name: "x".to_owned(), meant: None };
        assert_eq!(known.why(&field), "no such field");
        assert_eq!(stated(SeldonVersion::V2_8), "2.8, whose fields were not verified");
        assert_eq!(stated(SeldonVersion::V2_9), "2.9");
    }

    #[test]
    fn a_crd_in_the_input_is_asked_itself() {
        let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: \
                   models.mlops.seldon.io}\nspec: {versions: [{name: v1alpha1, storage: true, schema: {openAPIV3Schema: \
                   {type: object, properties: {spec: {type: object, properties: {storageUri: {type: string}}}}}}}]}\n";
        assert_eq!(
            findings(SeldonVersion::V2_10, &format!("{MODEL_WITH_LLM}---\n{crd}")),
            ["Model has no field /spec/llm (remove `llm` or put it where it belongs)"]
        );
    }
}
