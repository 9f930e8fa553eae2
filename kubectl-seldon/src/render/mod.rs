//! From values to text for people and machines.

pub mod diff;
pub mod document;
pub mod report;
pub mod table;
pub mod wrap;
