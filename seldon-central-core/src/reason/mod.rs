//! Engines that rules and verbs share.

pub mod ownership;
