//! Credentials within texts: in URIs, in rclone's connection strings, and after their names.

use std::borrow::Cow;

use super::REDACTED;

/// Ends of names whose values are credentials.
const SECRET_NAMES: [&str; 9] = [
    "password",
    "passwd",
    "token",
    "client_secret",
    "secret_key",
    "secret_access_key",
    "access_key_id",
    "apikey",
    "api_key",
];
/// Words whose presence in the name of an argument or variable makes its value one to hide.
const SECRET_WORDS: [&str; 7] = ["password", "passwd", "token", "secret", "credential", "key", "authorization"];
/// Parameters of the places that kustomizations fetch from.
const KEPT_PARAMETERS: [&str; 5] = ["ref", "version", "timeout", "submodules", "depth"];
/// A word after `Bearer` that is shorter is no token.
const SHORTEST_TOKEN: usize = 12;

/// Whether what has this name may be secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    SECRET_WORDS.iter().any(|word| lower.contains(word))
}

/// A text without the credentials in it; the same text again when there are none. Twice is as once.
pub(super) fn without_credentials(text: &str) -> Cow<'_, str> {
    if let Some(hidden) = connection_string(text) {
        return Cow::Owned(hidden);
    }
    if !text.contains("://") && !text.contains('=') && !text.contains("Bearer ") {
        return Cow::Borrowed(text);
    }
    let mut hidden = String::with_capacity(text.len());
    let mut is_token = false;
    for word in text.split_inclusive(is_end) {
        let (bare, end) =
            word.char_indices().next_back().filter(|(_, c)| is_end(*c)).map_or((word, ""), |(at, _)| word.split_at(at));
        if is_token && is_like_token(bare) {
            hidden.push_str(REDACTED);
        } else {
            in_word(bare, &mut hidden);
        }
        is_token = bare == "Bearer" && end == " ";
        hidden.push_str(end);
    }
    if hidden == text { Cow::Borrowed(text) } else { Cow::Owned(hidden) }
}

/// What a URI cannot hold, and texts put around one.
fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ',' | ';' | '{' | '}')
}

fn is_like_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte))
}

fn in_word(word: &str, hidden: &mut String) {
    if let Some((scheme, rest)) = word.split_once("://") {
        hidden.extend([scheme, "://"]);
        in_uri(rest, hidden);
        return;
    }
    match word.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_credential(name) => hidden.extend([name, "=", REDACTED]),
        _ => hidden.push_str(word),
    }
}

/// Whether this is the name of a credential itself, and not of where one is.
pub(super) fn is_credential(name: &str) -> bool {
    let lower = name.to_lowercase().replace(['-', '.'], "_");
    SECRET_NAMES.iter().any(|end| lower.ends_with(end))
}

/// What follows the scheme: who asks goes, and so does the query, which signs or carries tokens.
fn in_uri(rest: &str, hidden: &mut String) {
    let place = match user_end(rest) {
        Some(at) => {
            hidden.push_str(REDACTED);
            rest.get(at..).unwrap_or_default()
        }
        None => rest,
    };
    hidden.push_str(&without_query(place));
}

/// Where the `@` is that ends the user's part. Passwords that hold a slash or a question mark ought to be
/// escaped, and are not always: rather too much is hidden than too little.
fn user_end(rest: &str) -> Option<usize> {
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let has_password = authority.contains(':') && !authority.starts_with('[');
    if has_password { rest.rfind('@') } else { authority.rfind('@') }
}

/// The names of a query stay, and the values that say which version is fetched, and how.
fn without_query(place: &str) -> Cow<'_, str> {
    let Some((before, query)) = place.split_once('?').filter(|(_, query)| !query.is_empty()) else {
        return Cow::Borrowed(place);
    };
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let hidden = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if KEPT_PARAMETERS.contains(&name) => parameter.to_owned(),
        Some((name, _)) if is_name(name) => format!("{name}={REDACTED}"),
        _ => REDACTED.to_owned(),
    });
    Cow::Owned(format!("{before}?{}", hidden.collect::<Vec<_>>().join("&")))
}

/// rclone's `:s3,access_key_id=ID,secret_access_key=KEY:bucket/path` and `remote,option=value:path`,
/// without the values of its options.
fn connection_string(text: &str) -> Option<String> {
    let bare = text.strip_prefix(':').unwrap_or(text);
    let (name, _) = bare.split_once(',')?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '@')) {
        return None;
    }
    let (_, mut rest) = text.split_at(text.len() - bare.len() + name.len());
    let mut hidden = text.get(..text.len() - rest.len())?.to_owned();
    while let Some(option) = rest.strip_prefix(',') {
        let end = option.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|end| *end > 0)?;
        let (key, after) = option.split_at(end);
        hidden.extend([",", key]);
        rest = after;
        if let Some(value) = after.strip_prefix('=') {
            hidden.extend(["=", REDACTED]);
            rest = value.get(value_end(value)..).unwrap_or_default();
        }
    }
    // One that is not closed by a colon is none, or is cut off within a value.
    if rest.starts_with(':') || rest.is_empty() {
        hidden.push_str(&without_query(rest));
        return Some(hidden);
    }
    None
}

/// Where an option's value ends. One in quotes holds anything, the quote doubled.
fn value_end(value: &str) -> usize {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return value.find([',', ':']).unwrap_or(value.len());
    };
    let mut at = 1;
    while let Some(next) = value.get(at..).and_then(|rest| rest.find(quote)) {
        at += next + 1;
        if !value.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at;
        }
        at += 1;
    }
    value.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn credentials_go_and_what_names_the_place_stays() {
        let cases = [
            ("s3://AKIA:hidden@host:9000/b/p", "s3://(redacted)@host:9000/b/p"),
            ("s3://hidden@host/b", "s3://(redacted)@host/b"),
            ("s3://AKIA:hid/den@host/b", "s3://(redacted)@host/b"),
            ("https://h/p?X-Amz-Signature=hidden&a=b#c", "https://h/p?X-Amz-Signature=(redacted)&a=(redacted)"),
            ("GET \"http://u:hidden@h/p?a=hidden\": refused", "GET \"http://(redacted)@h/p?a=(redacted)\": refused"),
            (
                ":s3,access_key_id=hidden,env_auth,url='h:\"i''d:d,en':b/p",
                ":s3,access_key_id=(redacted),env_auth,url=(redacted):b/p",
            ),
            ("remote,token=hidden:b/p?x=hidden", "remote,token=(redacted):b/p?x=(redacted)"),
            ("Authorization: Bearer hidden-hidden-1 was refused", "Authorization: Bearer (redacted) was refused"),
            ("sasl.password=hidden, retries=3", "sasl.password=(redacted), retries=3"),
            ("--aws-secret-access-key=hidden", "--aws-secret-access-key=(redacted)"),
        ];
        for (text, without) in cases {
            assert_eq!(without_credentials(text), without);
            assert_eq!(without_credentials(without), without, "twice");
        }
    }

    #[test]
    fn what_is_no_credential_is_left_as_it_is() {
        for text in [
            "s3://bucket/models@v1/a",
            "gs://b:9000/a",
            "http://[::1]:80/a@b",
            "models:/income@prod",
            "https://github.com/a/b//c?ref=v1&timeout=90s",
            "/var/models/a?b",
            "Bearer token refused",
            "replicas=3, ready=2",
            "mlserver, triton: none",
            "a,b:c=d",
            "https://h/p?",
            "",
            ":",
            "=",
            "tokens: 3",
            "password=",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_twice_is_as_once(text in "([a-z:/@?=,'\"ü ]|://|token=|Bearer ){0,24}") {
            let once = without_credentials(&text).into_owned();
            prop_assert_eq!(without_credentials(&once), once.as_str());
        }

        #[test]
        fn no_password_is_left_in_a_uri(password in "[a-zA-Z0-9+/=]{8,20}", path in "[a-z/]{0,9}") {
            let uri = format!("s3://user:{password}@host/{path}");
            prop_assert!(!without_credentials(&uri).contains(&password));
        }
    }
}
