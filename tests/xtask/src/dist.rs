//! Packing the plugin for one platform.

use std::{io, path::Path};

use crate::{
    archive::{self, Packed},
    man,
    platform::Platform,
};

/// What is packed besides the program: this file of the repository.
const LICENSE: &str = "LICENSE";

/// The archive of a program for a platform, with the licence of the repository at `root` and the manual pages.
///
/// # Errors
/// When the licence cannot be read.
pub fn pack(platform: Platform, program: Vec<u8>, root: &Path) -> io::Result<Vec<u8>> {
    let plain = |path: String, content| Packed { path, content, is_program: false };
    let mut files = vec![
        Packed { path: platform.program().to_owned(), content: program, is_program: true },
        plain(LICENSE.to_owned(), std::fs::read(root.join(LICENSE))?),
    ];
    let pages = man::pages()?;
    files.extend(pages.into_iter().map(|(name, text)| plain(format!("man/man1/{name}"), text)));
    archive::pack(platform, &files)
}

/// The line of a file of digests.
pub fn digest_line(archive: &[u8], name: &str) -> String {
    format!("{}  {name}\n", archive::sha256(archive))
}
