//! Engines that rules share: what the scheduler, the operator and the cluster would do.

pub mod capability;
pub mod model_status;
pub mod placement;
pub mod quantity;
pub mod shared;
