//! Exit statuses, the same for every verb and every output format.

use std::process::ExitCode;

/// What a run ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: clean, or done.
    Done,
    /// 1: findings at or above the threshold, or a difference where one was asked for.
    Findings,
    /// 3: something that was needed could not be read.
    Incomplete,
    /// 2: usage, configuration or another error of the tool's own.
    Error,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Error => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
