//! krew's rules for a manifest and its archives, as krew 0.5.0 and the checks of its index enforce them.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    archive::{self, Entry},
    platform::KREW_PAIRS,
};

const API_VERSION: &str = "krew.googlecontainertools.github.com/v1alpha2";
/// File names under which krew's index accepts a licence, in any case.
const LICENSES: [&str; 7] =
    ["license", "license.txt", "license.md", "licenses", "licenses.txt", "copying", "copying.txt"];
/// More than this and reviewers of the index ask for fewer words.
const SHORT: usize = 50;
/// The digest of an archive that does not exist yet.
pub const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A manifest, as far as krew reads it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    api_version: String,
    kind: String,
    metadata: Metadata,
    /// What it installs.
    pub spec: Spec,
}

#[derive(Debug, Clone, Deserialize)]
struct Metadata {
    name: String,
}

/// What a manifest installs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The version, with a `v`.
    pub version: String,
    #[serde(default)]
    short_description: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    homepage: String,
    /// The archives.
    pub platforms: Vec<PlatformSpec>,
}

/// The archive of some platforms.
#[derive(Debug, Clone, Deserialize)]
pub struct PlatformSpec {
    selector: Selector,
    /// Where it is.
    pub uri: String,
    /// Its digest.
    pub sha256: String,
    bin: String,
    files: Option<Vec<FileSpec>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selector {
    #[serde(default)]
    match_labels: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labels {
    os: Option<String>,
    arch: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct FileSpec {
    from: String,
    to: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is not YAML, or lacks a field that krew insists on.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_yaml::from_str(text).map_err(|error| error.to_string())
    }

    /// What krew or its index would refuse; a file of this name holds the manifest.
    pub fn faults(&self, file_name: &str) -> Vec<String> {
        let mut faults = self.head_faults(file_name);
        if self.spec.platforms.is_empty() {
            faults.push("spec.platforms is empty".to_owned());
        }
        let mut taken = BTreeSet::new();
        for (index, platform) in self.spec.platforms.iter().enumerate() {
            let told = platform.faults(&mut taken).into_iter();
            faults.extend(told.map(|fault| format!("spec.platforms[{index}]: {fault}")));
        }
        faults
    }

    fn head_faults(&self, file_name: &str) -> Vec<String> {
        let Self { api_version, kind, metadata, spec } = self;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let checks = [
            (api_version != API_VERSION, format!("apiVersion is not {API_VERSION}")),
            (kind != "Plugin", "kind is not Plugin".to_owned()),
            (
                metadata.name.is_empty() || !metadata.name.chars().all(is_word),
                "metadata.name has other characters than letters, digits, _ and -".to_owned(),
            ),
            (
                metadata.name.chars().any(|c| c.is_ascii_uppercase() || c == '_'),
                "metadata.name is not lower case with hyphens".to_owned(),
            ),
            (file_name != format!("{}.yaml", metadata.name), format!("the file is not called {}.yaml", metadata.name)),
            (!is_version(&spec.version), "spec.version is not v and a semantic version".to_owned()),
            (
                spec.short_description.is_empty() || spec.short_description.contains('\n'),
                "spec.shortDescription is not one line".to_owned(),
            ),
            (spec.short_description.len() > SHORT, format!("spec.shortDescription is longer than {SHORT}")),
            (spec.description.trim().is_empty(), "spec.description is missing".to_owned()),
            (spec.description.lines().any(|line| line.len() > 80), "spec.description is wider than 80".to_owned()),
            (!spec.homepage.starts_with("https://"), "spec.homepage is no address".to_owned()),
        ];
        checks.into_iter().filter_map(|(is_wrong, fault)| is_wrong.then_some(fault)).collect()
    }
}

impl PlatformSpec {
    /// The pairs that the selector means.
    pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
        let Labels { os, arch } = &self.selector.match_labels;
        let fits = |wanted: &Option<String>, one: &str| wanted.as_ref().is_none_or(|wanted| wanted == one);
        KREW_PAIRS.into_iter().filter(|(one_os, one_arch)| fits(os, one_os) && fits(arch, one_arch)).collect()
    }

    fn faults(&self, taken: &mut BTreeSet<(&'static str, &'static str)>) -> Vec<String> {
        let mut faults = Vec::new();
        let pairs = self.pairs();
        if pairs.is_empty() {
            faults.push("the selector means no platform of krew's".to_owned());
        }
        for (os, arch) in pairs {
            if !taken.insert((os, arch)) {
                faults.push(format!("{os}/{arch} is in another selector too"));
            }
            if (os == "windows") != (self.bin.strip_suffix(".exe").is_some()) {
                faults.push(format!("bin `{}` is no program on {os}", self.bin));
            }
        }
        if !self.uri.starts_with("https://") {
            faults.push("uri is no address".to_owned());
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            faults.push("sha256 is not 64 lower-case hexadecimal digits".to_owned());
        }
        if !is_clean(&self.bin) {
            faults.push(format!("bin `{}` leads out of the archive", self.bin));
        }
        match &self.files {
            Some(files) if files.is_empty() => faults.push("files is empty".to_owned()),
            Some(files) => faults.extend(files.iter().flat_map(FileSpec::faults)),
            None => {}
        }
        faults
    }

    /// What krew or its index would refuse about the archive itself.
    ///
    /// # Errors
    /// When it is no archive that krew opens.
    pub fn archive_faults(&self, bytes: &[u8]) -> std::io::Result<Vec<String>> {
        let entries = archive::entries(bytes)?;
        let mut faults: Vec<String> = entries.iter().flat_map(entry_faults).collect();
        let digest = archive::sha256(bytes);
        if self.sha256 != digest {
            faults.push(format!("its digest is {digest}"));
        }
        let has = |name: &str| entries.iter().any(|entry| entry.path.trim_start_matches("./") == name);
        if !has(self.bin.trim_start_matches("./")) {
            faults.push(format!("`{}` is not in it", self.bin));
        }
        let is_license =
            |entry: &Entry| LICENSES.contains(&entry.path.trim_start_matches("./").to_lowercase().as_str());
        if !entries.iter().any(is_license) {
            faults.push("there is no licence in it".to_owned());
        }
        Ok(faults)
    }
}

impl FileSpec {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.from.is_empty() || self.to.is_empty() {
            faults.push("files lacks from or to".to_owned());
        }
        if self.to.starts_with("./") || !is_clean(&self.to) {
            faults.push(format!("files: `{}` is not clean", self.to));
        }
        faults
    }
}

fn entry_faults(entry: &Entry) -> Vec<String> {
    let mut faults = Vec::new();
    if !entry.is_plain {
        faults.push(format!("`{}` is neither a file nor a directory", entry.path));
    }
    if entry.path.contains("..") || entry.path.starts_with('/') {
        faults.push(format!("`{}` leads out of the archive", entry.path));
    }
    faults
}

/// Whether a path stays in the directory that it is relative to.
fn is_clean(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split(['/', '\\']).any(|part| part == "..")
}

/// `v1.2.3`, and what may follow in a semantic version.
fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let numbers = rest.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number = |part: &&str| part.parse::<u64>().is_ok_and(|number| number.to_string() == **part);
    parts.len() == 3 && parts.iter().all(is_number)
}

#[cfg(test)]
mod tests;
