//! The list of materials of a release, in the format of <https://cyclonedx.org>: every package that is compiled for the
//! plugin, those of macros and build scripts among them, as the lock file holds them.

use std::{
    env, io,
    path::Path,
    process::Command,
    str::{self, FromStr},
};

use serde_json::{Value, json};

use crate::platform::Platform;

/// Between the parts of a line; no name, version or licence has one.
const BETWEEN: char = '|';

/// A package that is compiled for the plugin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Material {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as SPDX writes it; empty where it names none.
    pub license: String,
}

impl FromStr for Material {
    type Err = String;

    /// Reads a line that `cargo tree` prints for `{p}|{l}`: `name v1.0.0 (proc-macro)|MIT`.
    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("cargo tree prints a line that is none: {line}");
        let (package, license) = line.split_once(BETWEEN).ok_or_else(wrong)?;
        let mut words = package.split_whitespace();
        let (name, version) = words.next().zip(words.next()).ok_or_else(wrong)?;
        let version = version.strip_prefix('v').ok_or_else(wrong)?;
        // Older manifests write `MIT/Apache-2.0`, and cargo marks what it told before by ` (*)`.
        let license = license.trim_end_matches(" (*)").replace('/', " OR ");
        Ok(Self { name: name.to_owned(), version: version.to_owned(), license })
    }
}

/// The packages that are compiled for the plugin on a platform, the plugin itself among them, sorted.
///
/// # Errors
/// When cargo cannot tell.
pub fn all(root: &Path, target: Option<&str>) -> io::Result<Vec<Material>> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["tree", "--quiet", "--locked", "--package", "kubectl-seldon", "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--format", &format!("{{p}}{BETWEEN}{{l}}")]).current_dir(root);
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let lines = str::from_utf8(&output.stdout).map_err(io::Error::other)?.lines().filter(|line| !line.is_empty());
    let mut materials: Vec<Material> = lines.map(str::parse).collect::<Result<_, _>>().map_err(io::Error::other)?;
    materials.sort();
    materials.dedup();
    Ok(materials)
}

/// The list for an archive. There is no time and no random number in it, so that two releases are the same.
pub fn document(materials: &[Material], platform: Platform, archive: &str) -> Value {
    let components: Vec<Value> = materials.iter().map(component).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {
            "type": "application",
            "name": archive,
            "version": env!("CARGO_PKG_VERSION"),
            "properties": [{"name": "platform", "value": format!("{}/{}", platform.os, platform.arch)}],
        }},
        "components": components,
    })
}

fn component(material: &Material) -> Value {
    let Material { name, version, license } = material;
    let purl = format!("pkg:cargo/{name}@{version}");
    let licenses = if license.is_empty() { json!([]) } else { json!([{"expression": license}]) };
    json!({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "licenses": licenses})
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

    #[test]
    fn a_line_of_cargos_is_read() {
        let read = |line: &str| line.parse::<Material>().map(|one| [one.name, one.version, one.license].join(" "));
        assert_eq!(read("serde v1.0.2|MIT OR Apache-2.0").unwrap(), "serde 1.0.2 MIT OR Apache-2.0");
        assert_eq!(read("a v1.0.0 (proc-macro)|MIT/Apache-2.0 (*)").unwrap(), "a 1.0.0 MIT OR Apache-2.0");
        assert_eq!(read("a v1.0.0 (/src/a)|").unwrap(), "a 1.0.0 ");
        for wrong in ["", "a v1.0.0", "a|MIT", "a 1.0.0|MIT"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    /// Name and version of the packages in the lock file.
    fn locked() -> BTreeSet<(String, String)> {
        let text = fs::read_to_string(Path::new(ROOT).join("Cargo.lock")).unwrap();
        let value = |line: &str, key: &str| Some(line.strip_prefix(key)?.trim_matches('"').to_owned());
        let mut lines = text.lines();
        let mut found = BTreeSet::new();
        while let Some(line) = lines.next() {
            if let Some(name) = value(line, "name = ") {
                found.insert((name, value(lines.next().unwrap(), "version = ").unwrap()));
            }
        }
        found
    }

    #[test]
    fn every_material_is_a_locked_package_and_nothing_of_the_tests_is_one() {
        let materials = all(Path::new(ROOT), None).unwrap();
        let (platform, locked) = (Platform::host().unwrap(), locked());
        assert!(materials.len() > 100, "{}", materials.len());
        for one in &materials {
            assert!(locked.contains(&(one.name.clone(), one.version.clone())), "{one:?} is not locked");
            assert!(!one.license.is_empty(), "{one:?} has no licence");
        }
        let names: BTreeSet<&str> = materials.iter().map(|one| one.name.as_str()).collect();
        for direct in ["kubectl-seldon", "seldon-central-core", "kube", "rustls", "serde-saphyr", "clap", "askama"] {
            assert!(names.contains(direct), "{direct}");
        }
        for tests_only in ["insta", "divan", "libtest-mimic", "proptest", "xtask", "jsonschema"] {
            assert!(!names.contains(tests_only), "{tests_only}");
        }
        let document = document(&materials, platform, "a.tar.gz");
        let components = document["components"].as_array().unwrap();
        assert_eq!(components.len(), materials.len());
        let kube = components.iter().find(|one| one["name"] == "kube").unwrap();
        assert_eq!(kube["purl"], format!("pkg:cargo/kube@{}", kube["version"].as_str().unwrap()));
        assert_eq!(kube["licenses"][0]["expression"], "Apache-2.0");
    }
}
