//! The only place that prints: data to standard output, talk to standard error.

use std::{
    cell::Cell,
    env,
    io::{self, BufRead, IsTerminal, Write},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use seldon_central_core::text::printable;

use crate::error::CliError;

/// Errors.
pub const RED: Style = AnsiColor::Red.on_default().bold();
/// Warnings, and what changes.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What is added or done.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// Places in a diff.
pub const CYAN: Style = AnsiColor::Cyan.on_default();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// What matters more.
pub const BOLD: Style = Style::new().bold();

/// Erases from the cursor to the end of the line.
const ERASE: &str = "\u{1b}[K";

/// Text of several lines, each made safe to print: whatever it quotes may come from anywhere.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// The terminal, or whatever stands in its place.
#[derive(Debug)]
pub struct Ui {
    color: ColorChoice,
    /// Whether a line stands on the terminal that the next one replaces.
    is_standing: Cell<bool>,
}

impl Ui {
    /// With the user's choice of colour; `Auto` heeds `NO_COLOR`, `CLICOLOR` and terminals.
    pub const fn new(color: ColorChoice) -> Self {
        Self { color, is_standing: Cell::new(false) }
    }

    /// Prints data.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn data(&self, text: &str) -> Result<(), CliError> {
        self.clear();
        let mut stdout = AutoStream::new(io::stdout().lock(), self.color);
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            // Whoever reads has seen enough: `kubectl seldon … | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(CliError::new(format!("cannot write to standard output: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Prints talk. What cannot be said is not worth failing for.
    pub fn talk(&self, text: &str) {
        self.clear();
        let mut stderr = AutoStream::new(io::stderr().lock(), self.color);
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }

    /// A line of talk.
    pub fn say(&self, line: &str) {
        self.talk(&format!("{line}\n"));
    }

    /// Something the user should know.
    pub fn notice(&self, text: &str) {
        self.say(&format!("{YELLOW}note:{YELLOW:#} {}", printable_lines(text)));
    }

    /// An error and what to do about it.
    pub fn error(&self, error: &CliError) {
        self.say(&format!("{RED}error:{RED:#} {}", printable_lines(&error.message)));
        error.hints.iter().for_each(|hint| self.hint(hint));
    }

    /// What to do about what was said.
    pub fn hint(&self, text: &str) {
        self.say(&format!("{CYAN}hint:{CYAN:#} {}", printable_lines(text)));
    }

    /// Whether a line can live on standard error: it is a terminal that can erase.
    pub fn is_live(&self) -> bool {
        io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
    }

    /// Shows a line in the place of the one before, until anything else is printed. Must not be called
    /// unless [`Ui::is_live`].
    pub fn live(&self, line: &str) {
        self.is_standing.set(true);
        // Past the stream that drops escapes where no colour is wanted: erasing is no colour.
        let _ = write!(io::stderr().lock(), "\r{line}{ERASE}").and_then(|()| io::stderr().flush());
    }

    /// Removes the line that lives, if there is one.
    pub fn clear(&self) {
        if self.is_standing.replace(false) {
            let _ = write!(io::stderr().lock(), "\r{ERASE}").and_then(|()| io::stderr().flush());
        }
    }

    /// Whether there is somebody to ask: both ends are a terminal.
    pub fn is_interactive(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a question; only `y` and `yes` are yes. Must not be called unless
    /// [`Ui::is_interactive`].
    pub fn confirm(&self, question: &str) -> bool {
        self.talk(&format!("{question} [y/N] "));
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_quotes_cannot_write_to_the_terminal() {
        assert_eq!(printable_lines("owned by \u{1b}[31mevil:\n  next"), "owned by \\u{1b}[31mevil:\n  next");
    }
}
