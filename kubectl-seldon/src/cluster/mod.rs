//! The cluster: one connection, and the few requests this plugin makes over it.
//!
//! [`Cluster::connect`] chooses the cluster as kubectl does. Reads never take a refusal or a silence
//! for an absence ([`ReadError`]), writes say who stands in the way ([`WriteError`]), and
//! [`Reviews::missing`] asks beforehand what would be refused.

mod address;
mod connect;
mod environment;
mod error;
mod exec;
mod kubeconfig;
mod log;
mod proxy;
mod read;
mod request;
mod rights;
mod server;
mod status;
#[cfg(test)]
pub(crate) mod testing;
mod write;

pub use connect::Cluster;
pub use error::{ClusterError, ReadError};
pub use kubeconfig::contexts;
pub use log::{LogEnd, LogError, LogRequest};
pub use read::Found;
pub use rights::{Decision, Need, Reviews, Rights, Rule};
pub use write::{ApplyOptions, Conflict, Refusal, WriteError};

/// How many requests are in flight at once, at most. Over HTTP/1.1 each is a connection of its own.
pub const IN_FLIGHT: usize = 8;
