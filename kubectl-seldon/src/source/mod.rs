//! Where values come from: files, Git, clusters.

pub mod git;
pub mod manifests;
pub mod profile;
