//! What can go wrong between here and the cluster, one sentence each: what failed, why, what to do.
//!
//! Text from files, programs and servers is made printable on the way in, so fields are safe to show.

use seldon_central_core::text::{nearest, printable};

use super::write::WriteError;

/// The cluster cannot be chosen or talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// A kubeconfig that is named but cannot be read or understood.
    #[error(
        "cannot read the kubeconfig {path}: {reason}; correct it, or choose another with --kubeconfig or KUBECONFIG"
    )]
    Kubeconfig {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Neither kubeconfig nor in-cluster configuration nor `--server`.
    #[error(
        "no cluster is configured, because {looked} and this is no pod; choose a kubeconfig with --kubeconfig or \
         KUBECONFIG, or a server with --server"
    )]
    NotConfigured {
        /// Where a configuration was looked for.
        looked: String,
    },
    /// The kubeconfig has contexts but none is current.
    #[error("the kubeconfig names no current context; choose one with --context{}", listed(.known))]
    NoCurrentContext {
        /// The contexts there are.
        known: Vec<String>,
    },
    /// A context, cluster or user that the kubeconfig does not have.
    #[error("the kubeconfig has no {what} `{name}`, which {asked_by} names{}", meant(.near, .known))]
    Unknown {
        /// `context`, `cluster` or `user`.
        what: &'static str,
        /// The name.
        name: String,
        /// The flag or the place that names it.
        asked_by: String,
        /// Names spelled like it, the most similar first.
        near: Vec<String>,
        /// All names there are.
        known: Vec<String>,
    },
    /// The chosen cluster has no address.
    #[error("the cluster `{cluster}` of the kubeconfig has no server address; add it, or give one with --server")]
    NoServer {
        /// The cluster's name.
        cluster: String,
    },
    /// An address that is no URL.
    #[error("the API server's address `{server}` is not usable: {reason}; write it as https://HOST:PORT")]
    InvalidServer {
        /// The address.
        server: String,
        /// Why.
        reason: String,
    },
    /// `--as-group` or `--as-uid` without a user to impersonate.
    #[error("--as-group and --as-uid need a user to impersonate; name it with --as")]
    ImpersonationWithoutUser,
    /// A certificate, key, token or proxy that the kubeconfig, a flag or the environment names cannot be used.
    #[error("cannot prepare a connection to {server}: {reason}; correct it, or choose another context with --context")]
    Unusable {
        /// The API server.
        server: String,
        /// What is wrong.
        reason: String,
    },
    /// An authentication provider that clients no longer contain.
    #[error(
        "the kubeconfig's auth-provider `{name}` is no longer supported, as in kubectl since 1.26; use a credential \
         plugin instead (`exec`, such as gke-gcloud-auth-plugin or kubelogin)"
    )]
    ProviderRemoved {
        /// The provider's name.
        name: String,
    },
    /// The kubeconfig's credential plugin gave no credentials.
    #[error("the credential plugin `{command}` {reason}{}", advice(.hint.as_deref()))]
    Plugin {
        /// The command as the kubeconfig names it.
        command: String,
        /// What happened.
        reason: String,
        /// The kubeconfig's `installHint`.
        hint: Option<String>,
    },
    /// A request for information failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A change failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Something could not be read. None of these means that it is absent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The API server knows who asks and refuses.
    #[error(
        "not allowed to {verb} {resource}{}: {message}; ask for this right, or use other credentials with --context or \
         --user", place(.namespace.as_deref())
    )]
    Forbidden {
        /// Verb as in RBAC rules.
        verb: &'static str,
        /// Kind, as RBAC and kubectl name it.
        resource: String,
        /// Namespace; `None` for all of them and for cluster-scoped kinds.
        namespace: Option<String>,
        /// The server's own words.
        message: String,
    },
    /// The API server does not know the kind.
    #[error(
        "{server} does not serve {resource} in {api_version}; install its CustomResourceDefinition, or choose another \
         cluster with --context"
    )]
    KindNotServed {
        /// The API server.
        server: String,
        /// Kind, as RBAC and kubectl name it.
        resource: String,
        /// API version asked for.
        api_version: String,
    },
    /// The API server does not know who asks.
    #[error(
        "{server} does not accept the credentials: {message}; log in again, or choose other credentials with --user or --token"
    )]
    Unauthorized {
        /// The API server.
        server: String,
        /// The server's own words.
        message: String,
    },
    /// No connection, or one that broke.
    #[error("cannot reach the API server at {server}: {reason}; {advice}")]
    Unreachable {
        /// The API server.
        server: String,
        /// Why.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// No answer in time.
    #[error(
        "the API server at {server} did not answer `{request}` within {after}; check the network and the server's load, \
         or allow more time with --request-timeout"
    )]
    TimedOut {
        /// The API server.
        server: String,
        /// Method and path.
        request: String,
        /// How long it was waited for.
        after: String,
    },
    /// An answer that is not what the API promises.
    #[error(
        "{server} gave an answer to `{request}` that cannot be read: {reason}; check that it is a Kubernetes API server"
    )]
    InvalidBody {
        /// The API server.
        server: String,
        /// Method and path.
        request: String,
        /// What is wrong.
        reason: String,
    },
    /// Any other refusal.
    #[error("{server} answered `{request}` with status {code}: {message}")]
    Server {
        /// The API server.
        server: String,
        /// Method and path.
        request: String,
        /// HTTP status.
        code: u16,
        /// The server's own words.
        message: String,
    },
    /// A name that no object can have; asking with it could reach another object.
    #[error("cannot ask for {what}: {reason}")]
    Unaddressable {
        /// What was asked for.
        what: String,
        /// Why there is no address.
        reason: &'static str,
    },
}

/// Text from outside as one printable line of bearable length.
pub(super) fn line(text: &str) -> String {
    const LONGEST: usize = 1_000;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line = printable(&words).into_owned();
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// An error without the number of the operating system, to stand within a sentence.
pub(super) fn plain(error: &dyn std::error::Error) -> String {
    let text = line(&error.to_string());
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        // Not for `TLS` and the like.
        Some(first) if letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// Up to three names spelled like `name`, the most similar first.
pub(super) fn similar(name: &str, known: &[String]) -> Vec<String> {
    let mut rest: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut near = Vec::new();
    while near.len() < 3
        && let Some(next) = nearest(name, rest.iter().copied()).or_else(|| {
            // `prod` is near `prod-eu-west-1` for people, if not by the letters that differ.
            rest.iter().copied().find(|candidate| candidate.contains(name) && !name.is_empty())
        })
    {
        near.push(next.to_owned());
        rest.retain(|candidate| *candidate != next);
    }
    near
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(String::new, |namespace| format!(" in namespace `{namespace}`"))
}

fn advice(hint: Option<&str>) -> String {
    hint.map_or_else(String::new, |hint| format!("; {hint}"))
}

fn meant(near: &[String], all: &[String]) -> String {
    match near {
        [] => listed(all),
        [only] => format!("; did you mean `{only}`?"),
        [others @ .., last] => {
            let others: Vec<_> = others.iter().map(|name| format!("`{name}`")).collect();
            format!("; did you mean {} or `{last}`?", others.join(", "))
        }
    }
}

fn listed(all: &[String]) -> String {
    const SHOWN: usize = 8;
    if all.is_empty() {
        return "; it has none".to_owned();
    }
    let shown = all.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => format!("; it has {shown}"),
        more => format!("; it has {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn foreign_text_becomes_one_printable_line() {
        assert_eq!(line(" a\n\tb \u{1b}[31mc"), "a b \\u{1b}[31mc");
        assert_eq!(line(&"x".repeat(2_000)).chars().count(), 1_001);
    }

    #[test]
    fn errors_stand_within_a_sentence() {
        let plain = |text: &str| plain(&std::io::Error::other(text.to_owned()));
        assert_eq!(plain("Connection refused (os error 111)"), "connection refused");
        assert_eq!(plain("TLS is off"), "TLS is off");
        assert_eq!(plain(""), "");
    }

    #[test]
    fn names_that_may_have_been_meant_are_listed() {
        let known = names(&["prod-eu-west-1", "prod-us", "staging", "dev"]);
        assert_eq!(similar("prod", &known), ["prod-eu-west-1", "prod-us"]);
        assert_eq!(similar("stagign", &known), ["staging"]);
        assert!(similar("quux", &known).is_empty());
        assert_eq!(meant(&names(&["a", "b", "c"]), &[]), "; did you mean `a`, `b` or `c`?");
        assert_eq!(meant(&[], &known), "; it has `prod-eu-west-1`, `prod-us`, `staging`, `dev`");
        assert_eq!(meant(&[], &[]), "; it has none");
    }
}
