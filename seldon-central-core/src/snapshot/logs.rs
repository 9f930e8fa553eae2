//! The logs of a cluster's containers, as evidence.

use super::{Snapshot, Unknown};
use crate::log::{Container, ContainerLog, Excerpt, Reading, Unread};

impl Snapshot {
    /// Adds what was read of a container's log.
    pub fn add_log(&mut self, container: Container, log: ContainerLog) {
        self.logs.insert(container, log);
    }

    /// Every container whose log was asked for, with what came of it.
    pub fn logs(&self) -> impl Iterator<Item = (&Container, &ContainerLog)> {
        self.logs.iter()
    }

    /// The log of a container, up to the moment at which it was read. It may lack its beginning.
    ///
    /// # Errors
    /// [`Unknown::NotInInput`] when it was not asked for, when the pod is gone and when the container
    /// was not started; [`Unknown::ReadFailed`] when it could not be read, or not to its end: what is
    /// missing there is the latest.
    pub fn log(&self, container: &Container) -> Result<&Excerpt, Unknown> {
        let what = format!("the log of {container}");
        let Some(log) = self.logs.get(container) else { return Err(Unknown::NotInInput { what }) };
        match &log.current {
            Reading::Read(excerpt) => match excerpt.cut() {
                None => Ok(excerpt),
                Some(reason) => Err(Unknown::ReadFailed { what, reason }),
            },
            Reading::Unread(Unread::Gone) => Err(Unknown::NotInInput { what: format!("{what}, which is gone,") }),
            Reading::Unread(Unread::NotStarted(_)) => {
                Err(Unknown::NotInInput { what: format!("{what}, which was not started,") })
            }
            Reading::Unread(Unread::Forbidden(reason) | Unread::Failed(reason)) => {
                Err(Unknown::ReadFailed { what, reason: reason.clone() })
            }
        }
    }

    /// The log of the run of a container before the present one, where that says nothing and the one
    /// before could be read to its end.
    pub fn previous_log(&self, container: &Container) -> Option<&Excerpt> {
        let previous = self.logs.get(container)?.previous.as_ref()?;
        previous.excerpt().filter(|excerpt| excerpt.cut().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{End, Process, Reader, Start};

    fn excerpt(end: End) -> Excerpt {
        let mut reader = Reader::new(Process::Agent);
        reader.push(b"level=info msg=\"Subscribed to scheduler\"\n");
        reader.finish(Start::Kept, end)
    }

    fn snapshot(current: Reading) -> Snapshot {
        let mut snapshot = Snapshot::live();
        let previous = Some(Reading::Read(excerpt(End::Now)));
        snapshot.add_log(container(), ContainerLog { current, previous });
        snapshot
    }

    fn container() -> Container {
        Container::new("fin", "mlserver-0", Process::Agent)
    }

    #[test]
    fn only_a_log_that_was_read_to_its_end_is_known() {
        let reading = |reading| {
            snapshot(reading).log(&container()).map(|_| ()).map_err(|why| (why.is_incomplete(), why.to_string()))
        };
        assert_eq!(reading(Reading::Read(excerpt(End::Now))), Ok(()));
        let failed =
            |reason: &str| format!("the log of container agent of Pod fin/mlserver-0 could not be read: {reason}");
        let cut = reading(Reading::Read(excerpt(End::Broken("reset".to_owned()))));
        assert_eq!(cut, Err((true, failed("it was cut off: reset"))));
        let limit = reading(Reading::Read(excerpt(End::Limit)));
        assert_eq!(limit, Err((true, failed("it is too long, and its latest lines are missing"))));
        let forbidden = reading(Reading::Unread(Unread::Forbidden("no".to_owned())));
        assert_eq!(forbidden, Err((true, failed("no"))));
        let gone = "the log of container agent of Pod fin/mlserver-0, which is gone, is not in the input";
        assert_eq!(reading(Reading::Unread(Unread::Gone)), Err((false, gone.to_owned())));
        let waiting = reading(Reading::Unread(Unread::NotStarted("waiting".to_owned()))).unwrap_err();
        assert!(!waiting.0, "{waiting:?}");
    }

    #[test]
    fn a_log_that_nobody_asked_for_is_not_one_that_could_not_be_read() {
        let why = Snapshot::live().log(&container()).unwrap_err();
        assert!(!why.is_incomplete());
        assert_eq!(why.to_string(), "the log of container agent of Pod fin/mlserver-0 is not in the input");
    }

    #[test]
    fn logs_outlive_what_is_wanted_and_applied() {
        let snapshot = snapshot(Reading::Read(excerpt(End::Now)));
        for next in [snapshot.with_desired([]), snapshot.with_edited(&[]), snapshot.with_applied(vec![])] {
            assert!(next.log(&container()).is_ok() && next.previous_log(&container()).is_some());
        }
    }
}
