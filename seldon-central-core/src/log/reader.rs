//! Reads a log piece by piece, in bounded memory.

use super::{
    Line,
    evidence::{End, Excerpt, Parsed, Process, Start},
    line::LONGEST,
};

/// Takes the bytes of a log as they come and keeps what they prove.
///
/// ```
/// use seldon_central_core::log::{Connection, End, Process, Reader, Start};
///
/// let mut reader = Reader::new(Process::Agent);
/// reader.push(b"level=info msg=\"Subscribed to ");
/// reader.push(b"scheduler\"\n");
/// let excerpt = reader.finish(Start::Kept, End::Now);
/// assert_eq!(excerpt.log.agent().unwrap().connection, Some(Connection::Subscribed));
/// ```
#[derive(Debug)]
pub struct Reader {
    parsed: Parsed,
    /// What came of the line that has no end yet, as far as it is looked at.
    open: Vec<u8>,
    lines: usize,
}

impl Reader {
    /// Reads the log of a process.
    pub fn new(process: Process) -> Self {
        Self { parsed: Parsed::empty(process), open: Vec::new(), lines: 0 }
    }

    /// Takes the next bytes, wherever they begin and end.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            self.extend(line);
            self.close();
            rest = after.get(1..).unwrap_or_default();
        }
        self.extend(rest);
    }

    /// Lines that came to an end.
    pub const fn lines(&self) -> usize {
        self.lines
    }

    /// What was read. A line without its end counts for nothing, because half of one may name another
    /// replica; and it shows that the log was cut off, even where whoever passed it on said that this
    /// was all, as an API server does when the node breaks off.
    pub fn finish(self, start: Start, end: End) -> Excerpt {
        let is_cut = end == End::Now && !self.open.is_empty();
        let end = if is_cut { End::Broken("its last line has no end".to_owned()) } else { end };
        Excerpt { log: self.parsed, start, end }
    }

    fn extend(&mut self, part: &[u8]) {
        let room = LONGEST.saturating_sub(self.open.len()).min(part.len());
        self.open.extend_from_slice(part.get(..room).unwrap_or_default());
    }

    fn close(&mut self) {
        self.lines += 1;
        let text = String::from_utf8_lossy(&self.open);
        let line = Line::read(&text);
        match &mut self.parsed {
            Parsed::Agent(log) => log.take(&line),
            Parsed::Scheduler(log) => log.take(&line),
            Parsed::Operator(log) => log.take(&line),
        }
        self.open.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::{AgentLog, OperatorLog, SchedulerLog};

    const KNOWN: &[&str] = &[
        "time=\"t\" level=info msg=\"Connecting (non-blocking) to scheduler at seldon-scheduler:9005\"",
        "level=info msg=\"Subscribed to scheduler\"",
        "level=error msg=\"Scheduler not ready\" error=\"dial tcp 10.0.0.1:9005: i/o timeout\"",
        "{\"level\":\"error\",\"msg\":\"event recv failed\",\"error\":\"EOF\"}",
        "level=info msg=\"Agent server running on 9005 mtls:false\"",
        "level=info msg=\"Received agent subscribe request from fin-mlserver:12\"",
        "level=warning msg=\"Client replica fin-mlserver:12 has disconnected\"",
        "level=info msg=\"Server notification fin-mlserver expectedReplicas 2 shared false\"",
        "2026-03-01T10:00:00Z\tINFO\tSchedulerClient\tStarting event handling\t{\"namespace\": \"fin\"}",
        "2026-03-01T10:00:00Z\tERROR\tx\tScheduler not ready\t{\"error\": \"connection refused\"}",
    ];

    /// Lines that logs have, and some that they do not.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => proptest::sample::select(KNOWN).prop_map(|line| line.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 0..200),
        ]
    }

    fn log() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(line(), 0..20)
            .prop_map(|lines| lines.into_iter().flat_map(|line| [&line[..], b"\n"].concat()).collect())
    }

    fn whole(process: Process, log: &[u8]) -> Parsed {
        match process {
            Process::Agent => Parsed::Agent(AgentLog::read(log)),
            Process::Scheduler => Parsed::Scheduler(SchedulerLog::read(log)),
            Process::Operator => Parsed::Operator(OperatorLog::read(log)),
        }
    }

    proptest! {
        #[test]
        fn the_pieces_in_which_a_log_comes_make_no_difference(log in log(), size in 1_usize..50) {
            for process in Process::ALL {
                let mut reader = Reader::new(process);
                log.chunks(size).for_each(|piece| reader.push(piece));
                prop_assert_eq!(reader.finish(Start::Kept, End::Now).log, whole(process, &log));
            }
        }

        #[test]
        fn a_cut_log_says_what_its_whole_lines_say(log in log(), at in 0_usize..2_000) {
            let cut = log.get(..at).unwrap_or(&log);
            let lines = cut.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &cut[..=end]);
            for process in Process::ALL {
                let mut reader = Reader::new(process);
                reader.push(cut);
                prop_assert_eq!(reader.finish(Start::Kept, End::Limit).log, whole(process, lines));
            }
        }
    }

    #[test]
    fn a_last_line_without_its_end_shows_that_the_log_was_cut() {
        let mut reader = Reader::new(Process::Agent);
        reader.push(b"level=info msg=\"Call subscribe to scheduler\"\nlevel=info msg=\"Subscribed to scheduler\"");
        let excerpt = reader.finish(Start::Kept, End::Now);
        assert_eq!(excerpt.log.agent().unwrap().connection, Some(crate::log::Connection::Trying));
        assert!(excerpt.cut().unwrap().contains("has no end"));
    }

    #[test]
    fn a_line_without_end_takes_no_more_memory_than_another() {
        let mut reader = Reader::new(Process::Agent);
        reader.push(b"level=info msg=\"Subscribed to scheduler\" payload=");
        for _ in 0..200 {
            reader.push(&[b'x'; 64 << 10]);
            assert!(reader.open.len() <= LONGEST);
        }
        reader.push(b"\nlevel=info msg=\"Scheduler subscription ended\"\n");
        assert_eq!(reader.lines(), 2);
        let log = reader.finish(Start::Tail, End::Now).log;
        assert_eq!(log.agent().unwrap().connection, Some(crate::log::Connection::Ended));
    }
}
