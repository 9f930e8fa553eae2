//! One module per verb; each reads like the sentence that describes it.

pub mod completion;
pub mod doctor;
pub mod explain;
pub mod fix;
pub mod offboard;
pub mod onboard;
pub mod policy;
mod repository;
pub mod verify;
pub mod version;

use crate::error::CliError;

/// Runs to the end on this thread: requests wait, they do not compute.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| CliError::new(format!("cannot start: {error}")))?.block_on(future)
}
