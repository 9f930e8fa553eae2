//! Where values come from: files, Git, clusters.

pub mod cluster;
pub mod git;
pub mod log;
pub mod manifests;
pub mod profile;
