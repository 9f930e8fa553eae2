//! Test data from outside: real CRDs and objects of live clusters, under their own licences.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::workspace;

/// The variable that names the folder.
pub(crate) const VARIABLE: &str = "SELDON_TEST_DATA";

/// The folder with `schemas/`, `corpus/` and `fixtures/`.
#[derive(Debug, Clone)]
pub(crate) struct Data(PathBuf);

impl Data {
    /// The folder that the environment names; a relative path begins at the repository's root.
    /// `None` when it names none.
    ///
    /// # Errors
    /// When it names one that is not there.
    pub(crate) fn find() -> Result<Option<Self>, String> {
        let Some(named) = env::var_os(VARIABLE).filter(|named| !named.is_empty()) else {
            return Ok(None);
        };
        // Without `..`: findings name files by the shortest path that leads to them.
        let folder = workspace().join(&named).canonicalize();
        let folder = folder.map_err(|error| format!("{VARIABLE} is {}: {error}", Path::new(&named).display()))?;
        for part in ["schemas", "corpus", "fixtures"] {
            if !folder.join(part).is_dir() {
                return Err(format!("{VARIABLE} is {}, and there is no folder `{part}`", Path::new(&named).display()));
            }
        }
        Ok(Some(Self(folder)))
    }

    /// A folder of CRDs.
    pub(crate) fn schemas(&self, name: &str) -> PathBuf {
        self.0.join("schemas").join(name)
    }

    /// The folder of real repositories.
    pub(crate) fn corpus(&self) -> PathBuf {
        self.0.join("corpus")
    }

    /// Objects as a live cluster returned them, by file name without its extension.
    pub(crate) fn live_objects(&self) -> Vec<(String, Value)> {
        let mut objects: Vec<_> = fs::read_dir(self.0.join("fixtures/live"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .map(|path| {
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                (name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
            })
            .collect();
        objects.sort_by(|a, b| a.0.cmp(&b.0));
        objects
    }
}
