//! A tenant's objects from a profile, without a cluster: `cargo run -p seldon-central-core --example render`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

use std::error::Error;

use seldon_central_core::{desired, overlay, profile};

fn main() -> Result<(), Box<dyn Error>> {
    print!("{}", rendered()?);
    Ok(())
}

/// The objects as YAML documents, in the order in which they are applied.
pub(crate) fn rendered() -> Result<String, Box<dyn Error>> {
    let profile = profile::Profile::from_yaml(include_str!("financial-inference/profile.yaml"))?;
    let resolved = profile::resolve(&profile, &profile::Surroundings::default())?;
    Ok(overlay::stream(desired::build(&resolved).objects()))
}
