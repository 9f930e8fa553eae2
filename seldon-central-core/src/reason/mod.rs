//! Engines that several rules share: each answers one question about what was observed.

pub mod network;
pub mod selector;
