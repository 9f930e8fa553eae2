//! Where what was built goes: files and clusters.

pub mod edit;
pub mod files;
pub mod private;
pub mod whole;
