//! `kubectl seldon version`: which plugin this is, and which Seldon it knows.

use seldon_central_core::version::SeldonVersion;
use serde_json::json;

use crate::{
    cli::version::{Output, VersionArgs},
    error::CliError,
    exit::Exit,
    ui::Ui,
};

/// Version of the JSON document; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// Runs the verb.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &VersionArgs, ui: &Ui) -> Result<Exit, CliError> {
    let version = env!("CARGO_PKG_VERSION");
    let document = json!({
        "schemaVersion": SCHEMA_VERSION,
        "version": version,
        "seldonVersion": SeldonVersion::default().to_string(),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
    });
    let text = match args.output {
        Output::Text => format!("kubectl-seldon {version}\n"),
        Output::Json => format!("{document:#}\n"),
        Output::Yaml => seldon_central_core::yaml::write(&document),
    };
    ui.data(&text)?;
    Ok(Exit::Done)
}
