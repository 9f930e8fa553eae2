//! The values that are kept of a release, and what each may look like. Anything else that stands at
//! the path, such as a password that was put there by mistake, is not kept.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Chart;

/// What a value may look like.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// True or false, also as a text.
    Flag,
    /// The name of an object.
    Name,
    /// Names of namespaces, as a list or separated by commas.
    Names,
    /// A type of Service, or nothing.
    ServiceType,
    /// `PLAINTEXT` or `SSL`.
    Protocol,
    /// The beginning of the name of a port, or nothing.
    Prefix,
    /// Words, separated by commas.
    Words,
}

use Shape::{Flag, Name, Names, Prefix, Protocol, ServiceType, Words};

/// The paths as `--set` takes them. `scheduler.replicas` is not among them: the runtime chart has it
/// in its values and renders it nowhere (`seldon-core-v2-runtime` values.yaml:10).
const KEPT: [(Chart, &str, Shape); 10] = [
    (Chart::Setup, "controller.clusterwide", Flag),
    (Chart::Setup, "controller.watchNamespaces", Names),
    (Chart::Setup, "security.controlplane.protocol", Protocol),
    (Chart::Setup, "services.serviceGRPCPrefix", Prefix),
    (Chart::Setup, "services.defaultServiceType", ServiceType),
    (Chart::Setup, "serverConfig.mlserver.serverCapabilities", Words),
    (Chart::Setup, "serverConfig.triton.serverCapabilities", Words),
    (Chart::Runtime, "seldonConfig", Name),
    (Chart::Runtime, "scheduler.disable", Flag),
    (Chart::Runtime, "scheduler.serviceType", ServiceType),
];

/// What is kept of the values of a release: those that were given, else the chart's own.
pub(super) fn of(chart: Chart, given: &Value, defaults: &Value) -> BTreeMap<String, Value> {
    let value = |path: &str| match at(given, path) {
        Some(value) => Some(value).filter(|value| !value.is_null()),
        None => at(defaults, path),
    };
    let kept = KEPT.iter().filter(|(of, ..)| *of == chart);
    kept.filter_map(|(_, path, shape)| Some(((*path).to_owned(), shape.keep(value(path)?)?))).collect()
}

/// The same of values that were kept before.
pub(super) fn kept(chart: Chart, values: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let kept = KEPT.iter().filter(|(of, ..)| *of == chart);
    kept.filter_map(|(_, path, shape)| Some(((*path).to_owned(), shape.keep(values.get(*path)?)?))).collect()
}

fn at<'a>(values: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(values, |value, field| value.get(field))
}

impl Shape {
    fn keep(self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Flag, Value::Bool(flag)) => Some(Value::Bool(*flag)),
            (Flag, Value::String(text)) => text.parse().ok().map(Value::Bool),
            (Names, Value::Array(names)) => {
                let names: Vec<&str> = names.iter().map(Value::as_str).collect::<Option<_>>()?;
                self.text(&names.join(","))
            }
            (_, Value::String(text)) => self.text(text),
            _ => None,
        }
    }

    fn text(self, text: &str) -> Option<Value> {
        let words = || text.split(',').map(str::trim);
        let fits = match self {
            Flag => false,
            Name => is_name(text),
            Names => text.is_empty() || words().all(is_name),
            ServiceType => ["", "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"].contains(&text),
            Protocol => ["PLAINTEXT", "SSL"].contains(&text),
            Prefix => text.is_empty() || (text.len() <= 15 && is_name(text.trim_end_matches('-'))),
            Words => words().all(|word| is_name(&word.to_ascii_lowercase())),
        };
        fits.then(|| Value::String(words().collect::<Vec<_>>().join(",")))
    }
}

/// Whether a text may name something in Kubernetes: no longer than a label, which no key or token of
/// more than a few words is.
fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}
