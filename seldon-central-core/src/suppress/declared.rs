//! What a profile says is not to be counted, with where it says so.

use crate::{
    object::ObjectId,
    profile::{Date, ProfileSuppression},
    snapshot::Origin,
    yaml::{Places, Position},
};

/// The suppressions of a profile, and the day on which they are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The suppressions, each with its place in the file.
    pub(super) entries: Vec<(ProfileSuppression, Position)>,
    /// The file's path, as people call it.
    pub(super) file: String,
    /// Today, in UTC.
    pub(super) today: Date,
    /// Whether all that they may be about is judged.
    pub(super) whole: bool,
}

impl Declared {
    /// The suppressions of a profile that was read from a file with this text.
    pub fn new(suppressions: Vec<ProfileSuppression>, file: impl Into<String>, text: &str, today: Date) -> Self {
        let begin = Position { line: 1, column: 1 };
        let places = if suppressions.is_empty() { Places::default() } else { Places::of(text) };
        let within = places.objects().first().copied().unwrap_or(begin);
        let place = |index: usize| places.find(within, &pointer(index)).unwrap_or(begin);
        let entries = suppressions.into_iter().enumerate().map(|(index, entry)| (entry, place(index))).collect();
        Self { entries, file: file.into(), today, whole: true }
    }

    /// The same where only a part of what the profile is about is judged, so that a suppression that
    /// matches nothing may be for the rest.
    #[must_use]
    pub fn for_a_part(self) -> Self {
        Self { whole: false, ..self }
    }

    /// The file as what says so. It is no object of Kubernetes', so it has no version.
    pub(super) fn by(&self) -> ObjectId {
        ObjectId { api_version: String::new(), kind: "Profile".to_owned(), namespace: None, name: self.file.clone() }
    }

    pub(super) fn origin(&self, at: Position) -> Origin {
        Origin::File { path: self.file.clone(), line: at.line, column: at.column }
    }
}

/// Where a profile has a suppression.
pub(super) fn pointer(index: usize) -> String {
    format!("/suppressions/{index}")
}
