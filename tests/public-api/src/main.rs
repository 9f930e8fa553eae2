//! `public-api-listing FILE`: the public API that rustdoc wrote as JSON, a line an item.
//!
//! It ends with 3 where rustdoc's format is another one than it reads.

use std::{env, error::Error, fs, io::Write as _, process::ExitCode};

use public_api::Builder;
use rustdoc_types::FORMAT_VERSION;

#[derive(serde::Deserialize)]
struct Head {
    format_version: u32,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    let head: Head = serde_json::from_str(&fs::read_to_string(&file)?)?;
    if head.format_version != FORMAT_VERSION {
        eprintln!("rustdoc wrote format {}, and public-api reads {FORMAT_VERSION}", head.format_version);
        return Ok(ExitCode::from(3));
    }
    let api = Builder::from_rustdoc_json(file).omit_blanket_impls(true).omit_auto_trait_impls(true).build()?;
    let lines: String = api.items().map(|item| format!("{item}\n")).collect();
    std::io::stdout().write_all(lines.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
