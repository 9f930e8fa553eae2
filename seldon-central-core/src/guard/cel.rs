//! Values as CEL writes them.

/// A string: `'seldon-system'`.
///
/// ```
/// use seldon_central_core::guard::cel::text;
/// assert_eq!(text("it's"), r"'it\'s'");
/// ```
pub fn text(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// A list of strings: `['a', 'b']`.
pub fn texts<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    list(texts.into_iter().map(|one| text(one.as_ref())))
}

/// A list of expressions.
pub fn list(entries: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", entries.into_iter().collect::<Vec<_>>().join(", "))
}

/// A map of expressions.
pub fn map(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}
