//! One page for a browser, to be mailed and printed: it loads nothing, and reads without scripts.

mod about;
mod page;
mod prose;

use askama::Template;
use seldon_central_core::{report::Report, text::printable};

pub use self::about::{About, Picture, Source};
use self::page::Page;
use super::{group, place, summary, wide};

/// The page.
pub fn html(report: &Report, about: &About) -> String {
    // A string takes whatever is written to it, so this cannot fail.
    let page = Page::new(report, about).render().unwrap_or_default();
    let mut text = String::with_capacity(page.len());
    // All that is quoted comes by here, so nothing of it can be forgotten.
    for line in page.lines() {
        text.push_str(&printable(line));
        text.push('\n');
    }
    text
}

#[cfg(test)]
pub(super) mod tests;
