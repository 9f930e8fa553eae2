//! Archives: the same bytes from the same files, whoever packs them and when.

use std::io::{self, Cursor, Read, Write};

use flate2::{Compression, GzBuilder, read::GzDecoder};
use sha2::{Digest, Sha256};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::platform::Platform;

/// A file to be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its path in the archive, with `/` between the parts.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// Whether it is a program.
    pub is_program: bool,
}

/// Packs files for a platform: a zip for Windows, else a tar compressed by gzip. There are no times and no owners in it.
///
/// # Errors
/// When a path is longer than a tar can have.
pub fn pack(platform: Platform, files: &[Packed]) -> io::Result<Vec<u8>> {
    if platform.os == "windows" { zipped(files) } else { tarred(files) }
}

fn tarred(files: &[Packed]) -> io::Result<Vec<u8>> {
    let compressed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut archive = tar::Builder::new(compressed);
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(file.content.len()).map_err(io::Error::other)?);
        header.set_mode(mode(file));
        header.set_mtime(0);
        archive.append_data(&mut header, &file.path, file.content.as_slice())?;
    }
    archive.into_inner()?.finish()
}

fn zipped(files: &[Packed]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(mode(file));
        archive.start_file(&file.path, options)?;
        archive.write_all(&file.content)?;
    }
    Ok(archive.finish()?.into_inner())
}

const fn mode(file: &Packed) -> u32 {
    if file.is_program { 0o755 } else { 0o644 }
}

/// The digest of some bytes, in lower case.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path as it is written.
    pub path: String,
    /// Whether it is a plain file or a directory, and no link or device.
    pub is_plain: bool,
}

/// What is in an archive, which is told by its first bytes as krew tells it.
///
/// # Errors
/// When it is neither a zip nor a tar compressed by gzip.
pub fn entries(bytes: &[u8]) -> io::Result<Vec<Entry>> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => {
            let mut archive = ZipArchive::new(Cursor::new(bytes))?;
            (0..archive.len())
                .map(|index| {
                    let file = archive.by_index(index)?;
                    Ok(Entry { path: file.name()?.to_string(), is_plain: !file.is_symlink() })
                })
                .collect()
        }
        [0x1f, 0x8b, ..] => tar_entries(GzDecoder::new(bytes)),
        _ => Err(io::Error::other("it is neither a zip nor compressed by gzip")),
    }
}

fn tar_entries(bytes: impl Read) -> io::Result<Vec<Entry>> {
    let mut archive = tar::Archive::new(bytes);
    archive
        .entries()?
        .map(|entry| {
            let entry = entry?;
            let kind = entry.header().entry_type();
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            Ok(Entry { path, is_plain: kind.is_file() || kind.is_dir() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<Packed> {
        vec![
            Packed { path: "kubectl-seldon".to_owned(), content: vec![1; 5000], is_program: true },
            Packed { path: "man/man1/kubectl-seldon.1".to_owned(), content: b".TH".to_vec(), is_program: false },
        ]
    }

    #[test]
    fn the_same_files_give_the_same_bytes_and_the_paths_are_kept() {
        for target in ["x86_64-unknown-linux-musl", "x86_64-pc-windows-msvc"] {
            let platform = Platform::of_target(target).unwrap();
            let packed = pack(platform, &files()).unwrap();
            assert_eq!(packed, pack(platform, &files()).unwrap());
            let paths: Vec<String> = entries(&packed).unwrap().into_iter().map(|entry| entry.path).collect();
            assert_eq!(paths, ["kubectl-seldon", "man/man1/kubectl-seldon.1"], "{target}");
        }
    }

    #[test]
    fn a_link_is_no_plain_entry_and_other_formats_are_refused() {
        let mut archive = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::fast()));
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, "kubectl-seldon", "elsewhere").unwrap();
        let bytes = archive.into_inner().unwrap().finish().unwrap();
        assert_eq!(entries(&bytes).unwrap(), [Entry { path: "kubectl-seldon".to_owned(), is_plain: false }]);
        assert!(entries(b"\xfd7zXZ").is_err());
    }

    #[test]
    fn a_digest_is_lower_case_hexadecimal() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
