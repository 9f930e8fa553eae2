//! One module per verb; each reads like the sentence that describes it.

pub mod explain;
pub mod onboard;
pub mod verify;
