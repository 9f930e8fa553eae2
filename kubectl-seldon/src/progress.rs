//! What a run waits for: on a terminal one line that lives, elsewhere a line whenever something changes.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use seldon_central_core::text::printable;
use tokio::time::{Instant, sleep};

use crate::{render::wrap::WIDTH, ui::Ui};

/// Between two drawings of the line that lives.
const TICK: Duration = Duration::from_millis(120);

/// Shows that something happens at all.
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// What is awaited, and since when. What is shown of it is gone when this is dropped.
#[derive(Debug)]
pub struct Progress<'a> {
    ui: &'a Ui,
    begun: Instant,
    /// What begins a line where nothing lives.
    verb: &'static str,
    awaited: RefCell<BTreeMap<Key, String>>,
    said: RefCell<BTreeMap<Key, String>>,
    drawn: Cell<usize>,
}

/// Whose it is, such as a cluster's, and what.
type Key = (String, String);

impl<'a> Progress<'a> {
    /// Begins now, with nothing known of what is awaited. Where nothing lives each line begins with the
    /// verb.
    pub fn begin(ui: &'a Ui, verb: &'static str) -> Self {
        Self {
            ui,
            begun: Instant::now(),
            verb,
            awaited: RefCell::default(),
            said: RefCell::default(),
            drawn: Cell::default(),
        }
    }

    /// When it began.
    pub const fn begun(&self) -> Instant {
        self.begun
    }

    /// Exchanges what one of those who wait waits for, with the reason for each. Where nothing lives,
    /// what is new or has another reason is said.
    pub fn awaits(&self, whose: &str, now: BTreeMap<String, String>) {
        let mut awaited = self.awaited.borrow_mut();
        awaited.retain(|(other, _), _| other != whose);
        for (what, why) in now {
            let key = (whose.to_owned(), what);
            let mut said = self.said.borrow_mut();
            if !self.ui.is_live() && said.get(&key) != Some(&why) {
                self.line(self.verb, &shown(&key, &why));
            }
            said.insert(key.clone(), why.clone());
            awaited.insert(key, why);
        }
    }

    /// What is awaited, with the reason for each.
    pub fn awaited(&self) -> Vec<String> {
        self.awaited.borrow().iter().map(|(key, why)| shown(key, why)).collect()
    }

    /// Something that is not awaited any more; a line that stays.
    pub fn tell(&self, text: &str) {
        self.line("", &printable(text));
    }

    fn line(&self, verb: &str, text: &str) {
        self.ui.say(&format!("{:>4}s  {verb}{text}", self.begun.elapsed().as_secs()));
    }

    /// Does something, and keeps the line alive meanwhile.
    pub async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        if !self.ui.is_live() {
            return work.await;
        }
        let mut work = std::pin::pin!(work);
        loop {
            self.draw();
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = sleep(TICK) => {}
            }
        }
    }

    fn draw(&self) {
        let turn = self.drawn.get();
        self.drawn.set(turn.wrapping_add(1));
        let spinner = SPINNER.get(turn % SPINNER.len()).copied().unwrap_or('.');
        let awaited = self.awaited();
        let what = match awaited.first() {
            None => "looking".to_owned(),
            Some(first) => format!("{} to go: {first}", awaited.len()),
        };
        let line = format!("{spinner} {:>4}s  {what}", self.begun.elapsed().as_secs());
        // One column stays free, in which a terminal would begin another line.
        self.ui.live(&line.chars().take(WIDTH - 1).collect::<String>());
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.ui.clear();
    }
}

/// Safe to print.
fn shown((whose, what): &Key, why: &str) -> String {
    let whose = if whose.is_empty() { String::new() } else { format!("{whose}: ") };
    printable(&format!("{whose}{what}: {why}")).into_owned()
}
