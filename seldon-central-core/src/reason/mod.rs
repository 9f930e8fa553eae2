//! Engines that rules and verbs share.

pub mod alias;
pub mod capability;
pub mod network;
pub mod ownership;
pub mod readiness;
pub mod runtime;
pub mod selector;
