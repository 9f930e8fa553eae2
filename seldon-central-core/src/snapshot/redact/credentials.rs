//! Credentials within texts: in URIs, in rclone's connection strings, and after their names.

use std::borrow::Cow;

use super::REDACTED;

/// Ends of names whose values are credentials.
const SECRET_NAMES: [&str; 10] = [
    "authorization",
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
    if !text.contains([':', '=']) && !text.contains("Bearer ") {
        return Cow::Borrowed(text);
    }
    let mut hidden = String::with_capacity(text.len());
    let (mut rest, mut is_token) = (text, false);
    while !rest.is_empty() {
        let (bare, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        if is_token && is_like_token(bare) {
            hidden.push_str(REDACTED);
        } else {
            in_word(bare, &mut hidden);
        }
        if let Some(value) = value_at(bare, after) {
            let (sign, value) = after.split_at(value);
            hidden.push_str(sign);
            rest = in_value(value, &mut hidden);
            is_token = false;
            continue;
        }
        let (end, after) = after.split_at(after.chars().next().map_or(0, char::len_utf8));
        hidden.push_str(end);
        rest = after;
        is_token = bare == "Bearer" && end == " ";
    }
    if hidden == text { Cow::Borrowed(text) } else { Cow::Owned(hidden) }
}

/// Where in what follows a word a credential begins that the word names, as in `password: x`,
/// `"password":"x"`, `password = x` and `password="x"`. JSON within JSON has its quotes escaped.
fn value_at(word: &str, after: &str) -> Option<usize> {
    const BLANKS: [char; 2] = [' ', '\t'];
    let (name, value) = if let Some(name) = word.strip_suffix([':', '=']) {
        (name, after)
    } else {
        let sign = after.strip_prefix(['"', '\'']).unwrap_or(after).trim_start_matches(BLANKS);
        (word.strip_suffix('\\').unwrap_or(word), sign.strip_prefix([':', '='])?)
    };
    let value = value.trim_start_matches(BLANKS);
    let value = ["Bearer ", "Basic "].iter().find_map(|scheme| value.strip_prefix(scheme)).unwrap_or(value);
    is_credential(name).then(|| after.len() - value.len())
}

/// Hides a value, up to the quote that ends it where it is in quotes, and gives the rest.
fn in_value<'t>(text: &'t str, hidden: &mut String) -> &'t str {
    let (escape, quoted) = text.split_at(usize::from(text.starts_with("\\\"")));
    let (value, rest) = match quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            hidden.push_str(escape);
            hidden.push(quote);
            let value = quoted.get(1..).unwrap_or_default();
            value.split_at(quote_at(value, quote, !escape.is_empty()))
        }
        None => text.split_at(text.find(is_end).unwrap_or(text.len())),
    };
    match value {
        // Such as of `automountServiceAccountToken`.
        "" | "true" | "false" | "null" => hidden.push_str(value),
        _ => hidden.push_str(REDACTED),
    }
    rest
}

/// Where the quote is that ends a value, or the backslash before it when the quotes are escaped. One
/// that is escaped within the value ends nothing.
fn quote_at(value: &str, quote: char, is_escaped: bool) -> usize {
    let mut backslashes = 0_usize;
    for (at, c) in value.char_indices() {
        match c {
            '\\' => backslashes += 1,
            _ if c == quote && is_escaped && backslashes == 1 => return at - 1,
            _ if c == quote && !is_escaped && backslashes.is_multiple_of(2) => return at,
            _ => backslashes = 0,
        }
    }
    value.len()
}

/// What a URI cannot hold, and texts put around one.
fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ',' | ';' | '{' | '}')
}

fn is_like_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte))
}

fn in_word(word: &str, hidden: &mut String) {
    // What has a credential's name is hidden, a URI or not.
    if let Some(named) = named(word) {
        hidden.extend([named, REDACTED]);
        return;
    }
    match word.split_once("://") {
        Some((scheme, rest)) => {
            hidden.extend([scheme, "://"]);
            in_uri(rest, hidden);
        }
        None => hidden.push_str(word),
    }
}

/// The beginning of a word up to the value of a credential, where that is named before any scheme.
fn named(word: &str) -> Option<&str> {
    let before = word.split_once("://").map_or(word, |(before, _)| before);
    let mut end = 0;
    for name in before.split_inclusive('=') {
        end += name.len();
        if name.strip_suffix('=').is_some_and(is_credential) && end < word.len() {
            return word.get(..end);
        }
    }
    None
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
    let has_password = authority.contains(':') && !(authority.starts_with('[') && authority.contains(']'));
    if !has_password || authority.contains('@') {
        return if has_password { rest.rfind('@') } else { authority.rfind('@') };
    }
    let last = rest.rfind('@')?;
    // A host and its port, and an `@` at the end of what is there, such as that of a version.
    let has_place = rest.get(last..).is_some_and(|after| after.contains(['/', ':']));
    (has_place || !is_host_and_port(authority)).then_some(last)
}

/// Whether this looks like `minio.data:9000`, and not like a user and a password of digits.
fn is_host_and_port(authority: &str) -> bool {
    let is_name = |host: &str| host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    authority.split_once(':').is_some_and(|(host, port)| {
        (host == "localhost" || host.contains('.'))
            && is_name(host)
            && !port.starts_with(['0', '+'])
            && port.parse::<u16>().is_ok()
    })
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
            // A URI that ought to be in quotes and is not: where it ends nobody knows.
            if rest.starts_with("://") {
                rest = "";
            }
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
            ("token=scheme://hidden", "token=(redacted)"),
            ("sasl.password=a://b:c/hidden@d?e=hidden, retries=3", "sasl.password=(redacted), retries=3"),
            ("url=x&api_key=s3://hidden", "url=x&api_key=(redacted)"),
            ("url=https://u:hidden@h/p", "url=https://(redacted)@h/p"),
            ("remote,token=scheme://hidden:b/p", "remote,token=(redacted)"),
            (":webdav,url=https://u:hidden@h/hidden:b", ":webdav,url=(redacted)"),
            ("password=\"hid den\" user='a'", "password=\"(redacted)\" user='a'"),
            ("token='scheme://hidden'", "token='(redacted)'"),
            ("password='hid den", "password='(redacted)"),
            ("s3://AKIA:123/hidden@minio:9000/b", "s3://(redacted)@minio:9000/b"),
            ("s3://minio:123/hidden@host/b", "s3://(redacted)@host/b"),
            ("s3://minio:hid/den@host", "s3://(redacted)@host"),
            ("s3://AKIA:123/hidden@host", "s3://(redacted)@host"),
            ("s3://minio:9000@host/b", "s3://(redacted)@host/b"),
            ("http://minio:9000?hidden@prod", "http://(redacted)@prod"),
            ("http://minio.data:9000?hidden@prod", "http://minio.data:9000?(redacted)"),
            ("s3://[u:hidden/x@h/b", "s3://(redacted)@h/b"),
            ("s3://minio:1234/hidden@host", "s3://(redacted)@host"),
            ("token: Bearer hidden", "token: Bearer (redacted)"),
            ("refused Bearer hidden-hidden-1 of him", "refused Bearer (redacted) of him"),
            ("Authorization: Basic hidden", "Authorization: Basic (redacted)"),
            ("login failed, password: hidden", "login failed, password: (redacted)"),
            ("secret_access_key = hidden\nregion = eu", "secret_access_key = (redacted)\nregion = eu"),
            ("{\"password\":\"hid,den\",\"a\":1}", "{\"password\":\"(redacted)\",\"a\":1}"),
            ("{\"api-key\" : \"hid\\\"den\", \"a\": 1}", "{\"api-key\" : \"(redacted)\", \"a\": 1}"),
            ("{\"token\": 12345}", "{\"token\": (redacted)}"),
            ("{\\\"password\\\":\\\"hid den\\\",\\\"a\\\":1}", "{\\\"password\\\":\\\"(redacted)\\\",\\\"a\\\":1}"),
            ("{'password': 'hidden'}", "{'password': '(redacted)'}"),
            ("password:\"hidden\"", "password:\"(redacted)\""),
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
            "http://localhost:9000/income@v1",
            "registry/csi-token:v1",
            "password:\n  secretKeyRef: x",
            "{\"password\": \"\", \"token\": {\"a\": 1}}",
            "the token is missing: ask for one",
            "{\"automountServiceAccountToken\":false}",
            "http://[::1]:80/a@b",
            "http://minio.data:9000/models/income@v1",
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
        fn any_text_is_taken_and_twice_is_as_once(text in "([a-z:/@?=,'\"ü \\\\]|://|token[=:]|Bearer |h:80|[(]redacted[)]){0,24}") {
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
