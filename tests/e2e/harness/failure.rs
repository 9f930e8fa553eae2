//! Panics of tests, told once and with their place.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe},
};

thread_local! {
    static IN_TEST: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on panics of tests are kept instead of printed: libtest-mimic prints them at the end.
pub(crate) fn keep_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if IN_TEST.get() {
            LAST.set(info.to_string());
        } else {
            print(info);
        }
    }));
}

/// Why a test cannot be run here, found out while it ran.
pub(crate) struct Ignored(pub(crate) String);

/// Ends the test as one that is ignored.
pub(crate) fn ignore(reason: String) -> ! {
    panic::panic_any(Ignored(reason))
}

/// How a test that did not fail ended.
pub(crate) enum End {
    Done,
    Ignored(String),
}

/// Runs a test; an error is where it panicked and what it said.
pub(crate) fn caught(test: impl FnOnce() -> Result<(), String>) -> Result<End, String> {
    IN_TEST.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(test));
    IN_TEST.set(false);
    match result {
        Ok(done) => done.map(|()| End::Done),
        Err(thrown) => match thrown.downcast::<Ignored>() {
            Ok(ignored) => Ok(End::Ignored(ignored.0)),
            Err(_) => Err(LAST.take()),
        },
    }
}
