//! Where values come from: files, Git, clusters.

pub mod cluster;
pub mod git;
mod kustomize;
mod list;
pub mod live;
pub mod log;
mod logs;
pub mod manifests;
pub mod profile;
pub mod unwritten;
