//! Sentences with code in backquotes.

/// A part of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) is_code: bool,
}

/// The parts of a sentence. Without partners backquotes are characters like any other.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    if text.contains("``") || !text.matches('`').count().is_multiple_of(2) {
        return vec![Part { text, is_code: false }];
    }
    let part = |(index, text): (usize, _)| Part { text, is_code: index % 2 == 1 };
    text.split('`').enumerate().map(part).filter(|part| !part.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_backquotes_is_code() {
        let shown = |text| parts(text).iter().map(|part| (part.text, part.is_code)).collect::<Vec<_>>();
        assert_eq!(shown("set `a: 1` in `b`"), [("set ", false), ("a: 1", true), (" in ", false), ("b", true)]);
        assert_eq!(shown("one ` alone"), [("one ` alone", false)]);
        assert_eq!(shown("```x```"), [("```x```", false)]);
        assert_eq!(shown(""), []);
    }
}
