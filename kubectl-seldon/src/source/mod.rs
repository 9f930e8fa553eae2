//! Where values come from: files, Git, clusters.

pub mod cluster;
pub mod git;
<<<<<<< HEAD
pub mod log;
=======
mod list;
pub mod live;
>>>>>>> main
pub mod manifests;
pub mod profile;
