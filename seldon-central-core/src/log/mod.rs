//! What logs of Seldon's pods prove.
//!
//! A log is evidence of what a process saw, not of what is: lines are lost when a log is rotated or
//! cut, and an old line says nothing of now. So each reader here keeps the *latest* event of every
//! connection, and says nothing where there is no line.
//!
//! Three formats are read, line by line ([`Line`]): logrus as text and as JSON (agent, scheduler)
//! and zap's console form (operator). A [`Reader`] takes a log as it comes, in bounded memory, and
//! gives an [`Excerpt`]: what the log proves, and which ends of it are missing.

mod agent;
mod document;
mod evidence;
mod failure;
mod line;
mod operator;
mod reader;
mod scheduler;

pub use self::{
    agent::{Address, AgentLog, Connection},
    document::{DocumentError, document},
    evidence::{Container, ContainerLog, End, Excerpt, Parsed, Process, Reading, Start, Unread},
    failure::{Failure, FailureKind},
    line::{Line, lines},
    operator::{Link, OperatorLog},
    reader::Reader,
    scheduler::{NoReplica, NotTold, Registration, Replica, SchedulerLog},
};
