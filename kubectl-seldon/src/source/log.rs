//! Reading text of any length line by line, in bounded memory.

use std::io::{self, BufRead};

/// Bytes of a line that are looked at; the rest of it is skipped.
const MAX_LINE: usize = 16 << 10;

/// Gives every line to a function, without its end. What is no UTF-8 is replaced.
///
/// # Errors
/// When the input cannot be read.
pub fn each_line(mut input: impl BufRead, mut give: impl FnMut(&str)) -> io::Result<()> {
    let mut line = Vec::new();
    let mut is_open = false;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            if is_open {
                give(&String::from_utf8_lossy(&line));
            }
            return Ok(());
        }
        let (part, ended) = match chunk.iter().position(|byte| *byte == b'\n') {
            Some(end) => (chunk.get(..end).unwrap_or_default(), true),
            None => (chunk, false),
        };
        let room = MAX_LINE.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(part.get(..room).unwrap_or_default());
        let used = part.len() + usize::from(ended);
        input.consume(used);
        is_open = !ended;
        if ended {
            give(String::from_utf8_lossy(&line).trim_end_matches('\r'));
            line.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], buffer: usize) -> Vec<String> {
        let mut lines = Vec::new();
        each_line(io::BufReader::with_capacity(buffer, text), |line| lines.push(line.to_owned())).unwrap();
        lines
    }

    #[test]
    fn lines_are_whole_whatever_the_buffer() {
        for buffer in [1, 2, 3, 100] {
            assert_eq!(lines(b"a\r\nbcd\n\nlast", buffer), ["a", "bcd", "", "last"]);
            assert_eq!(lines(b"a\n", buffer), ["a"]);
            assert!(lines(b"", buffer).is_empty());
        }
    }

    #[test]
    fn a_line_without_end_takes_no_more_memory_than_another() {
        let long = vec![b'x'; 1 << 20];
        let lines = lines(&[&long, &b"\nshort"[..]].concat(), 4096);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE, 5]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(lines(b"a\xffb\n", 8), ["a\u{fffd}b"]);
    }
}
