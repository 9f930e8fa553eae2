//! From values to text for people and machines.

pub mod diff;
pub mod findings;
pub mod table;
