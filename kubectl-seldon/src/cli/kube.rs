//! kubectl's own flags: which cluster, as whom, and how patiently.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, time};

use clap::Args;
use seldon_central_core::text::printable;

const HEADING: &str = "Cluster flags";

/// The flags every verb shares with kubectl, spelled as kubectl spells them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct KubeFlags {
    /// Kubeconfig file, instead of those in $KUBECONFIG or ~/.kube/config
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Context of the kubeconfig to use
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME")]
    pub context: Option<String>,

    /// Cluster of the kubeconfig to use, instead of the context's
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME")]
    pub cluster: Option<String>,

    /// User of the kubeconfig to use, instead of the context's
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME")]
    pub user: Option<String>,

    /// Namespace, instead of the context's
    #[arg(short, long, global = true, help_heading = HEADING, value_name = "NAME")]
    pub namespace: Option<String>,

    /// Every namespace; --namespace is ignored
    #[arg(short = 'A', long, global = true, help_heading = HEADING)]
    pub all_namespaces: bool,

    /// User to impersonate
    #[arg(long = "as", global = true, help_heading = HEADING, value_name = "USER")]
    pub impersonate: Option<String>,

    /// Group to impersonate; may be repeated
    #[arg(long = "as-group", global = true, help_heading = HEADING, value_name = "GROUP")]
    pub impersonate_groups: Vec<String>,

    /// UID to impersonate
    #[arg(long = "as-uid", global = true, help_heading = HEADING, value_name = "UID")]
    pub impersonate_uid: Option<String>,

    /// Bearer token for the API server
    #[arg(long, global = true, help_heading = HEADING, value_name = "TOKEN")]
    pub token: Option<Token>,

    /// Address of the API server; needs no kubeconfig
    #[arg(short, long, global = true, help_heading = HEADING, value_name = "URL")]
    pub server: Option<String>,

    /// Longest time for one request, such as 10s, 1m or a number of seconds; 0 for no limit [default: 30s without an
    /// answer]
    #[arg(long, global = true, help_heading = HEADING, value_name = "TIME")]
    pub request_timeout: Option<Duration>,

    /// Do not check the API server's certificate; the connection is then insecure
    #[arg(long, global = true, help_heading = HEADING)]
    pub insecure_skip_tls_verify: bool,

    /// Name to look for in the API server's certificate
    #[arg(long, global = true, help_heading = HEADING, value_name = "NAME")]
    pub tls_server_name: Option<String>,

    /// File with the certificate authority of the API server
    #[arg(long, global = true, help_heading = HEADING, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,

    /// Verbosity from 0 to 9; from 1 on, stderr says which credential plugin is run, and from 6 on, each request
    #[arg(short, long = "v", global = true, help_heading = HEADING, value_name = "LEVEL", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=9))]
    pub verbosity: u8,
}

impl KubeFlags {
    /// The first flag that chooses a cluster or how to reach it.
    pub fn cluster_flag(&self) -> Option<&'static str> {
        [
            (self.kubeconfig.is_some(), "--kubeconfig"),
            (self.context.is_some(), "--context"),
            (self.cluster.is_some(), "--cluster"),
            (self.user.is_some(), "--user"),
            (self.impersonate.is_some(), "--as"),
            (!self.impersonate_groups.is_empty(), "--as-group"),
            (self.impersonate_uid.is_some(), "--as-uid"),
            (self.token.is_some(), "--token"),
            (self.server.is_some(), "--server"),
            (self.request_timeout.is_some(), "--request-timeout"),
            (self.insecure_skip_tls_verify, "--insecure-skip-tls-verify"),
            (self.tls_server_name.is_some(), "--tls-server-name"),
            (self.certificate_authority.is_some(), "--certificate-authority"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// The flags that choose a cluster and a user, for a command that is to reach the same ones; quoted
    /// for a shell, without the token.
    pub fn to_arguments(&self) -> Vec<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let flags = [
            ("kubeconfig", path(&self.kubeconfig)),
            ("context", self.context.clone()),
            ("cluster", self.cluster.clone()),
            ("user", self.user.clone()),
            ("as", self.impersonate.clone()),
            ("as-uid", self.impersonate_uid.clone()),
            ("server", self.server.clone()),
            ("tls-server-name", self.tls_server_name.clone()),
            ("certificate-authority", path(&self.certificate_authority)),
        ];
        let valued = flags.into_iter().filter_map(|(flag, value)| Some((flag, value?)));
        let groups = self.impersonate_groups.iter().map(|group| ("as-group", group.clone()));
        let insecure = self.insecure_skip_tls_verify.then(|| "--insecure-skip-tls-verify".to_owned());
        let spelled = valued.chain(groups).map(|(flag, value)| format!("--{flag}={}", quoted(&value)));
        spelled.chain(insecure).collect()
    }
}

/// A word as a shell takes it literally.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// A bearer token, which is never part of debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl FromStr for Token {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A length of time in kubectl's syntax: `10s`, `1m30s`, `500ms`, or a bare number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(time::Duration);

impl Duration {
    /// The time as a limit; zero is none.
    pub fn limit(self) -> Option<time::Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}

impl From<time::Duration> for Duration {
    fn from(duration: time::Duration) -> Self {
        Self(duration)
    }
}

/// A text that is no [`Duration`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} in `{}`; write 30s, 1m30s, 500ms or a number of seconds", printable(.text))]
pub struct DurationError {
    text: String,
    reason: &'static str,
}

impl FromStr for Duration {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(seconds) = text.parse() {
            return Ok(Self(time::Duration::from_secs(seconds)));
        }
        sum_of_parts(text).map(Self).map_err(|reason| DurationError { text: text.to_owned(), reason })
    }
}

fn sum_of_parts(text: &str) -> Result<time::Duration, &'static str> {
    if text.is_empty() {
        return Err("there is no time");
    }
    if text.starts_with('-') {
        return Err("there is a negative time");
    }
    let mut total = time::Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, tail) = rest.split_at(rest.find(|c| !is_number(c)).ok_or("a unit is missing")?);
        let (unit, tail) = tail.split_at(tail.find(is_number).unwrap_or(tail.len()));
        let number: f64 = number.parse().map_err(|_| "a number is missing")?;
        let seconds = match unit {
            "h" => number * 3600.0,
            "m" => number * 60.0,
            "s" => number,
            "ms" => number / 1e3,
            "us" | "µs" | "μs" => number / 1e6,
            "ns" => number / 1e9,
            _ => return Err("there is an unknown unit"),
        };
        let part = time::Duration::try_from_secs_f64(seconds).map_err(|_| "the time is too long")?;
        total = total.checked_add(part).ok_or("the time is too long")?;
        rest = tail;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "kubectl-seldon", version)]
    struct Cli {
        #[command(flatten)]
        kube: KubeFlags,
        #[command(subcommand)]
        verb: Verb,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Verb {
        Verify { path: Option<String> },
    }

    fn flags(line: &str) -> KubeFlags {
        Cli::try_parse_from(line.split(' ')).unwrap().kube
    }

    #[test]
    fn the_flags_fit_together_and_with_the_version_flag() {
        Cli::command().debug_assert();
        let error = Cli::try_parse_from(["kubectl-seldon", "-V"]).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::DisplayVersion);
    }

    #[test]
    fn flags_are_read_before_and_after_the_verb_as_kubectl_spells_them() {
        let flags = flags(
            "kubectl-seldon -n fin verify -A --as me --as-group a --as-group b --token t -s http://x --v=6 \
             --request-timeout 1m --kubeconfig /k --insecure-skip-tls-verify",
        );
        assert_eq!(flags.namespace.as_deref(), Some("fin"));
        assert!(flags.all_namespaces && flags.insecure_skip_tls_verify);
        assert_eq!(flags.impersonate_groups, ["a", "b"]);
        assert_eq!(flags.request_timeout, Some(time::Duration::from_secs(60).into()));
        assert_eq!(flags.verbosity, 6);
        assert!(!format!("{flags:?}").contains("\"t\""));
    }

    #[test]
    fn another_command_reaches_the_same_cluster_as_the_same_user() {
        let flags = flags(
            "kubectl-seldon verify -n fin --context prod's --kubeconfig /k --as me --as-group a --as-group b --token t \
             --request-timeout 1m",
        );
        let arguments = flags.to_arguments();
        assert_eq!(arguments, ["--kubeconfig=/k", r"--context='prod'\''s'", "--as=me", "--as-group=a", "--as-group=b"]);
        assert_eq!(KubeFlags::default().to_arguments(), Vec::<String>::new());
    }

    #[test]
    fn a_verbosity_above_nine_is_refused() {
        assert!(Cli::try_parse_from(["kubectl-seldon", "verify", "-v", "10"]).is_err());
        assert_eq!(flags("kubectl-seldon verify -v 9").verbosity, 9);
    }

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        let millis = |text: &str| text.parse::<Duration>().unwrap().0.as_millis();
        assert_eq!(millis("10s"), 10_000);
        assert_eq!(millis("1m30s"), 90_000);
        assert_eq!(millis("1.5h"), 5_400_000);
        assert_eq!(millis("250ms"), 250);
        assert_eq!(millis("7"), 7_000);
        assert_eq!("0".parse::<Duration>().unwrap().limit(), None);
        assert_eq!("0s".parse::<Duration>().unwrap().limit(), None);
    }

    #[test]
    fn a_wrong_duration_is_refused_with_the_reason() {
        let reason = |text: &str| text.parse::<Duration>().unwrap_err().reason;
        assert_eq!(reason(""), "there is no time");
        assert_eq!(reason("-1s"), "there is a negative time");
        assert_eq!(reason("1m30"), "a unit is missing");
        assert_eq!(reason("s"), "a number is missing");
        assert_eq!(reason("1.2.3s"), "a number is missing");
        assert_eq!(reason("5 s"), "there is an unknown unit");
        assert_eq!(reason("1d"), "there is an unknown unit");
        assert_eq!(reason("99999999999999999999h"), "the time is too long");
        assert_eq!(
            "1d".parse::<Duration>().unwrap_err().to_string(),
            "there is an unknown unit in `1d`; write 30s, 1m30s, 500ms or a number of seconds"
        );
    }
}
