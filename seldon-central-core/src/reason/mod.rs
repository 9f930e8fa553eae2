//! Engines that rules and verbs share.

pub mod alias;
pub mod capability;
pub mod cause;
pub mod flows;
pub mod kafka;
pub mod model_status;
pub mod network;
pub mod operator;
pub mod ownership;
pub mod placement;
pub mod quantity;
pub mod rclone;
pub mod readiness;
pub mod reconciled;
pub mod runtime;
pub mod selector;
pub mod shared;
pub mod version;
pub mod whence;
