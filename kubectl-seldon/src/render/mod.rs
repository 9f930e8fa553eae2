//! From values to text for people and machines.

pub mod diff;
pub mod document;
pub mod findings;
pub mod table;
