//! Truth where some facts are unknown.

/// Ordered, so that "and" is the smaller and "or" the greater of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Maybe,
    Yes,
}

impl Truth {
    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// True of at least one; [`Truth::No`] of none.
    pub(super) fn any(of: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for truth in of {
            result = result.max(truth);
            if result == Self::Yes {
                break;
            }
        }
        result
    }

    /// True of each; [`Truth::Yes`] of none.
    pub(super) fn all(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().fold(Self::Yes, Self::and)
    }
}

impl From<bool> for Truth {
    fn from(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}

impl From<Option<bool>> for Truth {
    fn from(known: Option<bool>) -> Self {
        known.map_or(Self::Maybe, Self::from)
    }
}
