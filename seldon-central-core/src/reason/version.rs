//! Which version of Seldon runs: of the operator, of the central scheduler and of the agents.
//!
//! The tags of images tell. Where they do not, such as `latest`, a digest or a tag of somebody's own,
//! the operator's log tells, the version of the chart, and features that came with a version. That one is missing tells nothing: definitions and
//! configurations are upgraded apart from what runs, and edited.

use serde::Serialize;
use serde_json::Value;

use super::operator::Operator;
use crate::{
    helm::{Chart, Content, Release, Status},
    object::{Object, ObjectId},
    pattern::{self, Component},
    profile::ControlPlane,
    resource::{
        CRD, MODEL, POD, RELEASE, Resource, SELDON_CONFIG, SELDON_RUNTIME, SERVER, SERVER_CONFIG, STATEFUL_SET,
    },
    snapshot::{Observed, Snapshot},
    version::{Exact, Range},
};

/// The condition of a Server from 2.10.0 on.
const NEW_CONDITION: &str = "StatefulSetOrDeploymentReady";
/// What it was called before.
const OLD_CONDITION: &str = "StatefulSetReady";
/// A column that `kubectl get models` has from 2.10.0 on.
const GATEWAY_COLUMN: &str = "ModelGw Ready";

/// Something that tells a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Clue {
    /// The object that it is on.
    pub object: ObjectId,
    /// JSON pointer into that object; empty for what is in the log of a pod.
    pub path: String,
    /// What is there, or is not, for people.
    pub value: String,
    /// What it says: `2.10.2`, `2.9.1 or later`.
    pub says: String,
    #[serde(skip)]
    range: Range,
}

/// The version of one thing, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detected {
    /// The versions that it may have.
    pub range: Range,
    /// What proves that.
    pub clues: Vec<Clue>,
}

/// The versions of what runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions {
    /// The operator that watches the control plane's namespace.
    pub operator: Detected,
    /// The central scheduler.
    pub scheduler: Detected,
    /// The agents of the `ServerConfigs` in the operator's namespace, all of them together.
    pub agents: Detected,
}

impl Versions {
    /// Looks at what happens to be known.
    pub fn of(snapshot: &Snapshot, control_plane: &ControlPlane, operators: &[Operator<'_>]) -> Self {
        let own = control_plane.namespace.as_str();
        let in_own = |operator: &&Operator<'_>| operator.observed.object.namespace() == Some(own);
        let operator = operators.iter().find(in_own).or_else(|| operators.iter().find(|one| one.watches(own)));
        Self {
            operator: operator_version(snapshot, operator),
            scheduler: scheduler_version(snapshot, control_plane),
            agents: agents_version(snapshot, own),
        }
    }

    /// What differs, in one sentence, where it is certain that it does: Seldon is released and tested as
    /// one.
    pub fn mixed(&self) -> Option<String> {
        let all = [("operator", &self.operator), ("scheduler", &self.scheduler), ("agents", &self.agents)];
        let is_apart = |(at, (_, one)): (usize, &(&str, &Detected))| {
            all.iter().skip(at + 1).any(|(_, other)| one.range.meet(other.range).is_none())
        };
        // Agents of two versions are hidden by what covers both.
        let agents = self.agents.clues.iter().map(|clue| clue.range).collect::<Vec<_>>();
        let differ = agents.iter().any(|one| agents.iter().any(|other| one.meet(*other).is_none()));
        (all.iter().enumerate().any(is_apart) || differ).then(|| {
            let known = all.iter().filter(|(_, detected)| !detected.range.is_any());
            let shown = known.map(|(what, detected)| format!("{what} {}", detected.range));
            format!("versions of Seldon are mixed: {}", shown.collect::<Vec<_>>().join(", "))
        })
    }
}

impl Detected {
    fn one(clue: Clue) -> Self {
        Self { range: clue.range, clues: vec![clue] }
    }

    /// What all clues say together; nothing when they contradict each other.
    fn all(clues: Vec<Clue>) -> Self {
        match clues.iter().try_fold(Range::ANY, |range, clue| range.meet(clue.range)) {
            Some(range) => Self { range, clues },
            None => Self { range: Range::ANY, clues: Vec::new() },
        }
    }
}

impl Clue {
    fn new(object: &Object, path: impl Into<String>, value: impl Into<String>, range: Range) -> Self {
        Self { object: object.id(), path: path.into(), value: value.into(), says: range.to_string(), range }
    }

    /// What the image of an object says; `None` when its tag is no version.
    pub fn of_image(object: &ObjectId, path: impl Into<String>, image: &str) -> Option<Self> {
        let range = Range::of_image(image)?;
        Some(Self {
            object: object.clone(),
            path: path.into(),
            value: image.to_owned(),
            says: range.to_string(),
            range,
        })
    }
}

fn operator_version(snapshot: &Snapshot, operator: Option<&Operator<'_>>) -> Detected {
    let tagged = operator.and_then(|operator| {
        let (path, image) = operator.image()?;
        Clue::of_image(&operator.observed.object.id(), path, image)
    });
    if let Some(clue) = tagged.or_else(|| logged(snapshot, operator?.observed.object.namespace()?)) {
        return Detected::one(clue);
    }
    let told = operator.filter(|operator| operator.is_told_namespaces()).map(|operator| {
        let path = "/spec/template/spec/containers";
        Clue::new(&operator.observed.object, path, pattern::WATCH_NAMESPACES_ENV, Range::from(Exact::V2_9_1))
    });
    let conditions = condition(snapshot, NEW_CONDITION).map_or_else(
        || condition(snapshot, OLD_CONDITION).map(|clue| (clue, Range::until(Exact::V2_10_0))),
        |clue| Some((clue, Range::from(Exact::V2_10_0))),
    );
    let conditions = conditions.map(|((server, index), range)| {
        let name = if range == Range::from(Exact::V2_10_0) { NEW_CONDITION } else { OLD_CONDITION };
        Clue::new(&server.object, format!("/status/conditions/{index}/type"), name, range)
    });
    let released = operator.and_then(|operator| released(snapshot, operator.observed.object.namespace()?));
    let written: Vec<Clue> = released.into_iter().chain(told).chain(conditions).collect();
    // Definitions are installed apart, so what the operator itself shows goes before them.
    let installed = [column(snapshot), pod_spec(snapshot)].into_iter().flatten();
    let all = Detected::all(written.iter().cloned().chain(installed).collect());
    if all.clues.is_empty() { Detected::all(written) } else { all }
}

/// What the operator itself logs, which is the tag that it was built for.
fn logged(snapshot: &Snapshot, namespace: &str) -> Option<Clue> {
    let own = snapshot.logs().filter(|(container, _)| container.namespace == namespace);
    own.filter_map(|(container, log)| Some((container, log.current.excerpt()?.log.operator()?))).find_map(
        |(container, log)| {
            let version = log.version.as_deref()?;
            let range = Range::of_tag(version)?;
            let object = ObjectId::of(&POD, Some(namespace), &container.pod);
            Some(Clue { object, path: String::new(), value: format!("logs {version}"), says: range.to_string(), range })
        },
    )
}

/// The version of the setup chart, which is the product's: it is what the images of a mirror are made of.
fn released(snapshot: &Snapshot, namespace: &str) -> Option<Clue> {
    snapshot.known_in(&RELEASE, namespace).find_map(|observed| {
        let Content::Chart(installed) = Release::read(&observed.object)?.content else { return None };
        let is_it = installed.chart == Chart::Setup && installed.status == Status::Deployed;
        let version = installed.version.filter(|_| is_it)?;
        Some(Clue::new(&observed.object, "/spec/version", &version, Range::of_tag(&version)?))
    })
}

/// A Server whose status has a condition, and the index of that.
fn condition<'a>(snapshot: &'a Snapshot, kind: &str) -> Option<(&'a Observed, usize)> {
    snapshot.known(&SERVER).filter(|server| server.is_live()).find_map(|server| {
        let conditions = server.object.pointer("/status/conditions")?.as_array()?;
        let index = conditions.iter().position(|one| one.get("type").and_then(Value::as_str) == Some(kind))?;
        Some((server, index))
    })
}

fn definition<'a>(snapshot: &'a Snapshot, kind: &Resource) -> Option<(&'a Object, usize, &'a Value)> {
    let name = kind.to_string();
    let crd = snapshot.known(&CRD).find(|crd| crd.object.name() == name)?;
    let versions = crd.object.pointer("/spec/versions")?.as_array()?;
    let is_ours = |(_, version): &(usize, &Value)| version.get("name").and_then(Value::as_str) == Some(kind.version);
    let (index, version) = versions.iter().enumerate().find(is_ours)?;
    Some((&crd.object, index, version))
}

fn column(snapshot: &Snapshot) -> Option<Clue> {
    let (crd, index, version) = definition(snapshot, &MODEL)?;
    let columns = version.get("additionalPrinterColumns")?.as_array()?;
    let has = columns.iter().any(|column| column.get("name").and_then(Value::as_str) == Some(GATEWAY_COLUMN));
    let path = format!("/spec/versions/{index}/additionalPrinterColumns");
    has.then(|| Clue::new(crd, path, GATEWAY_COLUMN, Range::from(Exact::V2_10_0)))
}

fn pod_spec(snapshot: &Snapshot) -> Option<Clue> {
    let (crd, index, version) = definition(snapshot, &SELDON_RUNTIME)?;
    let path = "/schema/openAPIV3Schema/properties/spec/properties/overrides/items/properties";
    let has = version.pointer(path)?.get("podSpec").is_some();
    has.then(|| Clue::new(crd, format!("/spec/versions/{index}{path}"), "podSpec", Range::from(Exact::V2_8_0)))
}

/// What runs goes before what it was made of.
fn scheduler_version(snapshot: &Snapshot, control_plane: &ControlPlane) -> Detected {
    let own = control_plane.namespace.as_str();
    let name = Component::Scheduler.name();
    let workloads = snapshot.known_in(&STATEFUL_SET, own).filter(|one| one.object.name() == name);
    let running = workloads.filter_map(|one| first_image(&one.object, "/spec/template/spec"));
    let is_ours = |config: &&Observed| config.object.name() == control_plane.seldon_config.as_str();
    let configs = snapshot.known_in(&SELDON_CONFIG, own).filter(is_ours).filter_map(|config| {
        let components = config.object.pointer("/spec/components")?.as_array()?;
        let index = components.iter().position(|one| one.get("name").and_then(Value::as_str) == Some(name))?;
        first_image(&config.object, &format!("/spec/components/{index}/podSpec"))
    });
    let clue = running.chain(configs).find_map(|(object, path, image)| Clue::of_image(&object.id(), path, image));
    clue.map(Detected::one).unwrap_or_default()
}

/// The image of the first container of a pod spec that has one.
fn first_image<'a>(object: &'a Object, spec: &str) -> Option<(&'a Object, String, &'a str)> {
    let containers = object.pointer(&format!("{spec}/containers"))?.as_array()?;
    let image = |(index, container): (usize, &'a Value)| Some((index, container.get("image")?.as_str()?));
    let (index, image) = containers.iter().enumerate().find_map(image)?;
    Some((object, format!("{spec}/containers/{index}/image"), image))
}

fn agents_version(snapshot: &Snapshot, own: &str) -> Detected {
    let clues: Vec<Clue> =
        snapshot.known_in(&SERVER_CONFIG, own).filter_map(|config| agent_clue(&config.object)).collect();
    let hull = clues.iter().map(|clue| clue.range).reduce(Range::hull);
    Detected { range: hull.unwrap_or_default(), clues }
}

fn agent_clue(config: &Object) -> Option<Clue> {
    let containers = config.pointer("/spec/podSpec/containers")?.as_array()?;
    let is_agent = |one: &Value| one.get("name").and_then(Value::as_str) == Some(pattern::AGENT_CONTAINER);
    let index = containers.iter().position(is_agent)?;
    let path = format!("/spec/podSpec/containers/{index}");
    let agent = containers.get(index)?;
    let tagged = agent
        .get("image")
        .and_then(Value::as_str)
        .and_then(|image| Clue::of_image(&config.id(), format!("{path}/image"), image));
    tagged.or_else(|| {
        let env = agent.get("env")?.as_array()?;
        let has = env.iter().any(|one| one.get("name").and_then(Value::as_str) == Some(pattern::READINESS_ENV));
        has.then(|| Clue::new(config, format!("{path}/env"), pattern::READINESS_ENV, Range::from(Exact::V2_9_1)))
    })
}

#[cfg(test)]
mod tests;
