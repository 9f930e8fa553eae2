//! The version of something that runs, as far as it is known.

use std::fmt;

use serde::Serialize;

/// A release of Seldon Core 2, to the patch: `2.10.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact {
    minor: u16,
    patch: u16,
}

impl Exact {
    /// 2.8.0, the first with `podSpec` under the overrides of a `SeldonRuntime`.
    pub const V2_8_0: Self = Self::new(8, 0);
    /// 2.9.1, the first whose operator takes a list of namespaces, and whose agents are not ready before
    /// they have subscribed.
    pub const V2_9_1: Self = Self::new(9, 1);
    /// 2.10.0, the first whose operator reconciles a `SeldonRuntime` for each Model and Pipeline.
    pub const V2_10_0: Self = Self::new(10, 0);
    /// 2.10.1, the first whose operator makes the pods of a Server before it asks the scheduler.
    pub const V2_10_1: Self = Self::new(10, 1);

    /// `2.minor.patch`
    pub const fn new(minor: u16, patch: u16) -> Self {
        Self { minor, patch }
    }

    const fn next(self) -> Self {
        Self::new(self.minor, self.patch.saturating_add(1))
    }

    const fn next_minor(self) -> Self {
        Self::new(self.minor.saturating_add(1), 0)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2.{}.{}", self.minor, self.patch)
    }
}

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The versions that something may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    at_least: Option<Exact>,
    before: Option<Exact>,
}

impl Range {
    /// Any version: nothing is known.
    pub const ANY: Self = Self { at_least: None, before: None };

    /// This version, or a later one.
    pub const fn from(first: Exact) -> Self {
        Self { at_least: Some(first), before: None }
    }

    /// An earlier version than this one.
    pub const fn until(first_after: Exact) -> Self {
        Self { at_least: None, before: Some(first_after) }
    }

    /// This version.
    pub const fn exactly(version: Exact) -> Self {
        Self { at_least: Some(version), before: Some(version.next()) }
    }

    /// What the tag of an image says: `2.10.2`, `v2.9.1-corp.3` and `2.10`, of which the patch is not
    /// known. Nothing for any other, such as `latest`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
        let (numbers, rest) = tag.split_at(end);
        if !rest.is_empty() && !rest.starts_with(['-', '_', '+']) {
            return None;
        }
        let numbers: Vec<u16> = numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
        match numbers.as_slice() {
            [2, minor] => {
                let first = Exact::new(*minor, 0);
                Some(Self { at_least: Some(first), before: Some(first.next_minor()) })
            }
            [2, minor, patch] => Some(Self::exactly(Exact::new(*minor, *patch))),
            _ => None,
        }
    }

    /// What the reference of an image says: by its tag, never by its digest.
    pub fn of_image(image: &str) -> Option<Self> {
        let last = image.rsplit('/').next()?.split('@').next()?;
        Self::of_tag(last.split_once(':')?.1)
    }

    /// The earliest that it can be.
    pub const fn at_least(self) -> Option<Exact> {
        self.at_least
    }

    /// The first that it can no longer be.
    pub const fn before(self) -> Option<Exact> {
        self.before
    }

    /// Whether nothing is known.
    pub const fn is_any(self) -> bool {
        self.at_least.is_none() && self.before.is_none()
    }

    /// What both allow; `None` when they contradict each other.
    pub fn meet(self, other: Self) -> Option<Self> {
        let before = match (self.before, other.before) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let met = Self { at_least: self.at_least.max(other.at_least), before };
        match (met.at_least, met.before) {
            (Some(first), Some(end)) if first >= end => None,
            _ => Some(met),
        }
    }

    /// What covers both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            at_least: self.at_least.zip(other.at_least).map(|(a, b)| a.min(b)),
            before: self.before.zip(other.before).map(|(a, b)| a.max(b)),
        }
    }

    /// Whether it is this version or a later one; `None` when that is not known.
    pub fn is_from(self, version: Exact) -> Option<bool> {
        if self.at_least.is_some_and(|first| first >= version) {
            Some(true)
        } else if self.before.is_some_and(|end| end <= version) {
            Some(false)
        } else {
            None
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.before) {
            (None, None) => f.write_str("not known"),
            (Some(first), None) => write!(f, "{first} or later"),
            (None, Some(end)) => write!(f, "before {end}"),
            (Some(first), Some(end)) if first.next() == end => write!(f, "{first}"),
            (Some(first), Some(end)) if first.next_minor() == end && first.patch == 0 => write!(f, "2.{}", first.minor),
            (Some(first), Some(end)) => write!(f, "{first} or later, before {end}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn images_tell_their_version_by_tag_alone() {
        for (image, said) in [
            ("seldonio/seldonv2-controller:2.10.2", Some("2.10.2")),
            ("registry:5000/mirror/seldon-scheduler:v2.9.1-corp.3", Some("2.9.1")),
            ("docker.io/seldonio/seldon-agent:2.9.0@sha256:0123", Some("2.9.0")),
            ("seldonio/seldon-agent:2.10", Some("2.10")),
            ("seldonio/seldon-agent:2.10.0-rc1", Some("2.10.0")),
            ("seldonio/seldon-agent:latest", None),
            ("seldonio/seldon-agent@sha256:2222", None),
            ("registry:5000/seldon-agent", None),
            ("seldonio/seldon-agent:1.18.2", None),
            ("seldonio/seldon-agent:2", None),
            ("seldonio/seldon-agent:2.10.2.1", None),
            ("seldonio/seldon-agent:2.10.x", None),
            ("seldonio/seldon-agent:2.99999999.1", None),
            ("seldonio/seldon-agent:", None),
            ("", None),
        ] {
            assert_eq!(Range::of_image(image).map(|range| range.to_string()).as_deref(), said, "{image}");
        }
    }

    #[test]
    fn a_range_says_what_is_certain_and_nothing_else() {
        let known = Range::exactly(Exact::V2_9_1);
        assert_eq!(known.is_from(Exact::V2_9_1), Some(true));
        assert_eq!(known.is_from(Exact::V2_10_0), Some(false));
        let minor = Range::of_tag("2.10").unwrap();
        assert_eq!((minor.is_from(Exact::V2_10_0), minor.is_from(Exact::V2_10_1)), (Some(true), None));
        assert_eq!(Range::ANY.is_from(Exact::V2_8_0), None);
        assert_eq!(Range::until(Exact::V2_8_0).is_from(Exact::V2_8_0), Some(false));
        let between = Range::from(Exact::V2_9_1).meet(Range::until(Exact::V2_10_1)).unwrap();
        assert_eq!(between.to_string(), "2.9.1 or later, before 2.10.1");
        assert_eq!(Range::from(Exact::V2_10_1).meet(Range::until(Exact::V2_10_0)), None);
        assert_eq!(known.hull(Range::exactly(Exact::V2_10_0)).to_string(), "2.9.1 or later, before 2.10.1");
        assert!(known.hull(Range::ANY).is_any());
    }

    fn range() -> impl Strategy<Value = Range> {
        let exact = || proptest::option::of((0..4u16, 0..4u16).prop_map(|(minor, patch)| Exact::new(minor, patch)));
        (exact(), exact()).prop_filter_map("empty", |(at_least, before)| {
            Range { at_least, before: None }.meet(Range { at_least: None, before })
        })
    }

    fn holds(range: Range, version: Exact) -> bool {
        range.at_least.is_none_or(|first| version >= first) && range.before.is_none_or(|end| version < end)
    }

    proptest! {
        #[test]
        fn ranges_meet_and_join_as_sets_of_versions_do(a in range(), b in range(), minor in 0..5u16, patch in 0..5u16) {
            let version = Exact::new(minor, patch);
            let met = a.meet(b).is_some_and(|met| holds(met, version));
            prop_assert_eq!(met, holds(a, version) && holds(b, version));
            prop_assert!(holds(a.hull(b), version) || !(holds(a, version) || holds(b, version)));
        }
    }
}
