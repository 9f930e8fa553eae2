//! Engines that rules and verbs share.

pub mod network;
pub mod ownership;
pub mod readiness;
pub mod selector;
