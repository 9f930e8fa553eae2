//! Ctrl-C and requests to end, for work that must not be cut in the middle without a word.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::yield_now;

use crate::error::CliError;

/// Listens for SIGINT and SIGTERM. From its making on they do not end the process any more, so
/// whoever makes one asks it until the end.
#[derive(Debug)]
pub struct Interrupt {
    #[cfg(unix)]
    int: Signal,
    #[cfg(unix)]
    term: Signal,
    seen: bool,
}

impl Interrupt {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the operating system does not let it.
    pub fn listen() -> Result<Self, CliError> {
        let cannot = |error: io::Error| CliError::new(format!("cannot listen for signals: {error}"));
        #[cfg(unix)]
        return Ok(Self {
            int: signal(SignalKind::interrupt()).map_err(cannot)?,
            term: signal(SignalKind::terminate()).map_err(cannot)?,
            seen: false,
        });
        #[cfg(not(unix))]
        Ok(Self { seen: false })
    }

    /// Waits for the next one.
    pub async fn come(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.int.recv() => {}
            _ = self.term.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        self.seen = true;
    }

    /// Whether one has come by now.
    pub async fn has_come(&mut self) -> bool {
        self.seen
            || tokio::select! {
                biased;
                () = self.come() => true,
                // The runtime looks for signals when it is given the chance to.
                () = yield_now() => false,
            }
    }
}
