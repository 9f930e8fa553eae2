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

/// Runs a test; an error is where it panicked and what it said.
pub(crate) fn caught(test: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    IN_TEST.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(test));
    IN_TEST.set(false);
    result.unwrap_or_else(|_| Err(LAST.take()))
}
