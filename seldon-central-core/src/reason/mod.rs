//! Engines that rules share: what the operator and the scheduler would make of objects.

pub mod alias;
pub mod capability;
pub mod runtime;
