//! Reading a profile.

use std::{fs, io::Read, mem, path::Path};

use k8s_openapi::jiff::{Timestamp, tz::TimeZone};
use seldon_central_core::{profile::Profile, suppress::Declared};

use crate::{error::CliError, sink::files::shown};

/// Largest input that is read, in bytes. A profile of 10,000 tenants needs a tenth of it.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a profile file, or standard input for `-`, and what it says does not count today.
///
/// # Errors
/// When it cannot be read or is no profile; the message names file, line and column.
pub fn read(path: &Path) -> Result<(Profile, Declared), CliError> {
    let text = read_text(path)?;
    let mut profile = Profile::from_yaml(&text)
        .map_err(|error| CliError::new(format!("{}: {error}", named(path))))
        .map_err(|error| error.hint("`kubectl seldon onboard --profile-schema` prints what a profile may hold"))?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let suppressions = mem::take(&mut profile.suppressions);
    Ok((profile, Declared::new(suppressions, named(path), &text, today.into())))
}

/// Reads a text file, or standard input for `-`.
///
/// # Errors
/// When it cannot be read, is too large or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| CliError::file("read", Path::new(&named(path)), &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CliError::new(format!(
            "{} is larger than {} MiB, which no manifest is",
            named(path),
            MAX_BYTES >> 20
        )));
    }
    String::from_utf8(bytes).map_err(|_| CliError::new(format!("{} is not UTF-8 text", named(path))))
}

/// The path as people call it.
pub fn named(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { shown(path) }
}
