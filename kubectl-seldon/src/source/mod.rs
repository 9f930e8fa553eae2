//! Where values come from: files, Git, clusters.

pub mod cluster;
pub mod git;
mod kustomize;
mod list;
pub mod live;
pub mod log;
pub mod manifests;
pub mod profile;
