//! The manifest for krew: the one of the repository, with the digests of the archives that there are.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    archive,
    krew::{Manifest, NO_DIGEST},
};

/// Why there is no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The manifest is none.
    #[error("the manifest: {0}")]
    Unreadable(String),
    /// krew would refuse it.
    #[error("krew refuses this:\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
}

/// Fills the digests of the archives in a directory into the text of a manifest, whose other lines stay as they are. What
/// is there is held against krew's rules.
///
/// # Errors
/// When krew or its index would refuse the manifest or an archive.
pub fn fill(text: &str, archives: &Path) -> Result<String, ManifestError> {
    let mut lines: Vec<String> = Vec::new();
    let mut digest = None;
    for line in text.lines() {
        if let Some(uri) = line.trim_start().strip_prefix("uri: ") {
            digest = digest_of(&archives.join(file_name(uri)))?;
        }
        match (line.trim_start().starts_with("sha256: "), &digest) {
            (true, Some(digest)) => {
                let indent = line.len() - line.trim_start().len();
                lines.push(format!("{:indent$}sha256: {digest}", ""));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    let filled = format!("{}\n", lines.join("\n"));
    check(&filled, archives)?;
    Ok(filled)
}

/// Holds a manifest and the archives that there are against krew's rules.
fn check(text: &str, archives: &Path) -> Result<(), ManifestError> {
    let manifest = Manifest::read(text).map_err(ManifestError::Unreadable)?;
    let mut faults = manifest.faults("seldon.yaml");
    for platform in &manifest.spec.platforms {
        let name = file_name(&platform.uri);
        let Some(bytes) = read(&archives.join(name))? else { continue };
        let found = platform.archive_faults(&bytes);
        let found = found.unwrap_or_else(|error| vec![error.to_string()]);
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    if faults.is_empty() { Ok(()) } else { Err(ManifestError::Refused(faults)) }
}

/// Insists that every archive has its digest.
///
/// # Errors
/// [`ManifestError::Refused`] with the archives that have none.
pub fn is_final(text: &str) -> Result<(), ManifestError> {
    let manifest = Manifest::read(text).map_err(ManifestError::Unreadable)?;
    let open = manifest.spec.platforms.iter().filter(|platform| platform.sha256 == NO_DIGEST);
    let faults: Vec<String> = open.map(|platform| format!("{} has no digest yet", platform.uri)).collect();
    if faults.is_empty() { Ok(()) } else { Err(ManifestError::Refused(faults)) }
}

fn file_name(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or(uri)
}

fn digest_of(path: &Path) -> Result<Option<String>, ManifestError> {
    Ok(read(path)?.map(|bytes| archive::sha256(&bytes)))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, ManifestError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ManifestError::File { path: path.to_owned(), error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::{Packed, pack},
        platform::PLATFORMS,
    };

    const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../krew-manifest.yaml");

    fn repository() -> String {
        fs::read_to_string(REPOSITORY).unwrap()
    }

    #[test]
    fn the_manifest_of_the_repository_is_one_that_krew_accepts() {
        let manifest = Manifest::read(&repository()).unwrap();
        assert_eq!(manifest.faults("seldon.yaml"), [""; 0]);
        let version = manifest.spec.version.trim_start_matches('v');
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        let uris: Vec<&str> = manifest.spec.platforms.iter().map(|platform| file_name(&platform.uri)).collect();
        assert_eq!(uris, PLATFORMS.map(|platform| platform.archive(version)));
        let pairs: Vec<_> = manifest.spec.platforms.iter().flat_map(crate::krew::PlatformSpec::pairs).collect();
        assert_eq!(pairs, PLATFORMS.map(|platform| (platform.os, platform.arch)));
    }

    #[test]
    fn digests_are_filled_in_and_a_release_lacks_none() {
        let dir = tempfile::tempdir().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let template = repository();
        assert!(is_final(&template).unwrap_err().to_string().contains("linux-arm64.tar.gz has no digest yet"));
        assert_eq!(fill(&template, dir.path()).unwrap(), template, "nothing is there");
        for platform in PLATFORMS {
            let file = |path: &str| Packed { path: path.to_owned(), content: vec![7], is_program: true };
            let bytes = pack(platform, &[file(platform.program()), file("LICENSE")]).unwrap();
            fs::write(dir.path().join(platform.archive(version)), bytes).unwrap();
        }
        let filled = fill(&template, dir.path()).unwrap();
        is_final(&filled).unwrap();
        let differing = template.lines().zip(filled.lines()).filter(|(one, other)| one != other);
        assert!(differing.clone().all(|(line, _)| line.contains(NO_DIGEST)));
        assert_eq!(differing.count(), PLATFORMS.len());
    }

    #[test]
    fn an_archive_that_krew_refuses_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let [platform, ..] = PLATFORMS;
        fs::write(dir.path().join(platform.archive(env!("CARGO_PKG_VERSION"))), "no archive").unwrap();
        let error = fill(&repository(), dir.path()).unwrap_err().to_string();
        assert!(error.contains("it is neither a zip nor compressed by gzip"), "{error}");
    }
}
