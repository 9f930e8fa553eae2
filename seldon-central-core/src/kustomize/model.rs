//! One kustomization file: what it names, and what it does to objects, as far as that is asked about.
//!
//! Reading is lenient. Whether a kustomization is valid is for kustomize to say.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    remote::{is_remote, is_url},
    selector::Target,
};

/// The names that kustomize looks for in a directory.
/// Source: `api/konfig/general.go` of kustomize.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Something a kustomization names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// JSON pointer into the kustomization.
    pub(super) pointer: String,
    /// What it names: a path, or an address.
    pub(super) value: String,
}

/// A kustomization, or a component.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Kustomization {
    /// Whether it is a `Component`, which changes what others have.
    pub(super) is_component: bool,
    /// Files and directories with objects: `resources`, `bases`.
    pub(super) resources: Vec<Entry>,
    /// Directories: `components`.
    pub(super) components: Vec<Entry>,
    /// Changes, in the order in which they are made.
    pub(super) patches: Vec<Patch>,
    /// Files and directories of `generators`, `transformers` and `validators`.
    pub(super) plugins: Vec<Entry>,
    /// Every other file that it names.
    pub(super) files: Vec<Entry>,
    /// Where it inflates a Helm chart.
    pub(super) helm: Option<Entry>,
    /// What its generators make.
    pub(super) generated: Vec<Generated>,
    /// `namePrefix`
    pub(super) name_prefix: String,
    /// `nameSuffix`
    pub(super) name_suffix: String,
    /// `namespace`
    pub(super) namespace: Option<String>,
    /// Labels that it puts on everything.
    pub(super) labels: BTreeMap<String, String>,
    /// Annotations that it puts on everything.
    pub(super) annotations: BTreeMap<String, String>,
    /// Whether a part of it is given in a way that is not followed here, such as a plugin inline.
    pub(super) has_more: bool,
}

/// A change to objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    /// JSON pointer to it in the kustomization.
    pub(super) pointer: String,
    /// Its text, or the file with it.
    pub(super) source: Source,
    /// Which objects it is for; without one it names its object itself.
    pub(super) target: Option<Target>,
    /// Whether it is made after names and namespaces were changed.
    pub(super) is_late: bool,
}

/// Where the text of a patch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// In the kustomization.
    Inline(Entry),
    /// In a file.
    File(Entry),
}

/// An object that a generator makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generated {
    /// `ConfigMap` or `Secret`.
    pub(super) kind: &'static str,
    /// Its name, before a hash is put behind it.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: Option<String>,
}

impl Kustomization {
    /// Reads what there is to be read.
    pub(super) fn of(value: &Value) -> Self {
        let mut found = Self {
            is_component: text(value, "kind").as_deref() == Some("Component"),
            name_prefix: text(value, "namePrefix").unwrap_or_default(),
            name_suffix: text(value, "nameSuffix").unwrap_or_default(),
            namespace: text(value, "namespace").filter(|namespace| !namespace.is_empty()),
            annotations: strings(value.get("commonAnnotations")),
            components: entries(value, "components"),
            ..Self::default()
        };
        found.resources = [entries(value, "resources"), entries(value, "bases")].concat();
        found.labels = strings(value.get("commonLabels"));
        for pairs in list(value, "labels").filter_map(|label| label.get("pairs")) {
            found.labels.extend(strings(Some(pairs)));
        }
        for field in ["generators", "transformers", "validators"] {
            let (inline, files): (Vec<Entry>, Vec<Entry>) =
                entries(value, field).into_iter().partition(|entry| is_inline(&entry.value));
            found.has_more |= !inline.is_empty();
            found.plugins.extend(files);
        }
        let charts = ["helmCharts", "helmChartInflationGenerator"].into_iter();
        found.helm = charts.filter(|field| list(value, field).next().is_some()).map(|field| at(field, field)).next();
        found.patches(value);
        found.generators(value);
        found.other_files(value);
        found
    }

    fn patches(&mut self, value: &Value) {
        for entry in entries(value, "patchesStrategicMerge") {
            let pointer = entry.pointer.clone();
            let source = if is_inline(&entry.value) { Source::Inline(entry) } else { Source::File(entry) };
            self.patches.push(Patch { pointer, source, target: None, is_late: false });
        }
        for (field, is_late) in [("patches", false), ("patchesJson6902", true)] {
            for (index, patch) in list(value, field).enumerate() {
                let pointer = format!("/{field}/{index}");
                let part =
                    |name: &str| text(patch, name).map(|value| Entry { pointer: format!("{pointer}/{name}"), value });
                let source = part("path").map(Source::File).or_else(|| part("patch").map(Source::Inline));
                let target = patch.get("target").filter(|target| target.is_object()).map(Target::of);
                self.patches.extend(source.map(|source| Patch { pointer, source, target, is_late }));
            }
        }
    }

    fn generators(&mut self, value: &Value) {
        for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for (index, generator) in list(value, field).enumerate() {
                let name = text(generator, "name").unwrap_or_default();
                self.generated.push(Generated { kind, name, namespace: text(generator, "namespace") });
                for part in ["files", "envs"] {
                    let files = entries(generator, part).into_iter().map(|entry| Entry {
                        pointer: format!("/{field}/{index}{}", entry.pointer),
                        value: entry.value.split_once('=').map_or(entry.value.clone(), |(_, file)| file.to_owned()),
                    });
                    self.files.extend(files);
                }
                self.files.extend(
                    text(generator, "env").map(|value| Entry { pointer: format!("/{field}/{index}/env"), value }),
                );
            }
        }
    }

    fn other_files(&mut self, value: &Value) {
        for field in ["crds", "configurations"] {
            self.files.extend(entries(value, field));
        }
        let openapi = value.get("openapi").and_then(|openapi| text(openapi, "path"));
        self.files.extend(openapi.map(|path| at("openapi/path", &path)));
        for (index, replacement) in list(value, "replacements").enumerate() {
            let path = text(replacement, "path");
            self.files.extend(path.map(|path| at(&format!("replacements/{index}/path"), &path)));
        }
        for (index, chart) in list(value, "helmCharts").enumerate() {
            let path = text(chart, "valuesFile");
            self.files.extend(path.map(|path| at(&format!("helmCharts/{index}/valuesFile"), &path)));
        }
    }

    /// The files and directories that it names, whatever for.
    pub(super) fn references(&self) -> impl Iterator<Item = &Entry> {
        let patches = self.patches.iter().filter_map(|patch| match &patch.source {
            Source::File(entry) => Some(entry),
            Source::Inline(_) => None,
        });
        self.resources.iter().chain(&self.components).chain(&self.plugins).chain(&self.files).chain(patches)
    }

    /// What it would have fetched from a network.
    pub(super) fn remote(&self) -> Option<&Entry> {
        let trees = self.resources.iter().chain(&self.components).chain(&self.plugins);
        trees.into_iter().find(|entry| is_remote(&entry.value)).or_else(|| {
            let patches = self.patches.iter().filter_map(|patch| match &patch.source {
                Source::File(entry) => Some(entry),
                Source::Inline(_) => None,
            });
            self.files.iter().chain(patches).find(|entry| is_url(&entry.value))
        })
    }
}

fn at(pointer: &str, value: &str) -> Entry {
    Entry { pointer: format!("/{pointer}"), value: value.to_owned() }
}

/// Whether an entry is YAML itself and no path.
fn is_inline(entry: &str) -> bool {
    entry.contains('\n') || entry.trim_start().starts_with('{')
}

fn text(value: &Value, field: &str) -> Option<String> {
    value.get(field)?.as_str().map(str::to_owned)
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn entries(value: &Value, field: &str) -> Vec<Entry> {
    let named = list(value, field).enumerate().filter_map(|(index, entry)| Some((index, entry.as_str()?)));
    named.map(|(index, entry)| at(&format!("{field}/{index}"), entry)).collect()
}

fn strings(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn read(text: &str) -> Kustomization {
        Kustomization::of(&yaml::read(text).unwrap())
    }

    #[test]
    fn everything_that_is_named_is_found_where_it_is() {
        let found = read(
            "\
resources: [a.yaml, ../base]
bases: [../old]
components: [../comp]
patchesStrategicMerge: [smp.yaml, '{kind: A}']
patches:
- {path: p.yaml, target: {kind: Server}}
- patch: '[]'
patchesJson6902: [{path: ops.json, target: {kind: Server, name: a}}]
configMapGenerator: [{name: c, files: [f.txt, k=g.txt], envs: [e.env], env: h.env}]
crds: [crd.json]
configurations: [c.yaml]
openapi: {path: o.json}
replacements: [{path: r.yaml}]
transformers: [t.yaml, \"kind: A\\nmetadata: {}\"]
helmCharts: [{name: x, valuesFile: v.yaml}]
",
        );
        let named: Vec<String> = found.references().map(|entry| format!("{} {}", entry.pointer, entry.value)).collect();
        assert_eq!(
            named,
            [
                "/resources/0 a.yaml",
                "/resources/1 ../base",
                "/bases/0 ../old",
                "/components/0 ../comp",
                "/transformers/0 t.yaml",
                "/configMapGenerator/0/files/0 f.txt",
                "/configMapGenerator/0/files/1 g.txt",
                "/configMapGenerator/0/envs/0 e.env",
                "/configMapGenerator/0/env h.env",
                "/crds/0 crd.json",
                "/configurations/0 c.yaml",
                "/openapi/path o.json",
                "/replacements/0/path r.yaml",
                "/helmCharts/0/valuesFile v.yaml",
                "/patchesStrategicMerge/0 smp.yaml",
                "/patches/0/path p.yaml",
                "/patchesJson6902/0/path ops.json",
            ]
        );
        assert!(found.has_more && found.helm.is_some() && found.remote().is_none());
        assert_eq!(found.patches.len(), 5);
    }

    #[test]
    fn what_is_fetched_is_seen_wherever_it_is_named() {
        for text in [
            "resources: [a.yaml, 'https://example.com/a.yaml']",
            "bases: ['github.com/a/b?ref=v1']",
            "components: ['git@example.com:a/b']",
            "generators: ['https://example.com/g.yaml']",
            "patches: [{path: 'https://example.com/p.yaml'}]",
            "patchesStrategicMerge: ['https://example.com/p.yaml']",
            "configMapGenerator: [{name: a, files: ['k=https://example.com/f']}]",
            "openapi: {path: 'http://example.com/o.json'}",
        ] {
            assert!(read(text).remote().is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_no_kustomization_names_nothing() {
        for text in ["", "[]", "a", "resources: x", "resources: [1, {a: b}]", "patches: [a, {target: b}]"] {
            let found = read(text);
            assert_eq!((found.references().count(), found.patches.len()), (0, 0), "{text}");
        }
    }
}
