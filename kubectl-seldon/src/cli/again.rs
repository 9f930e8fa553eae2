//! The user's own command line once more, for a command that builds the same.

use clap::{Arg, ArgMatches, Command, parser::ValueSource};

use super::{kube::quoted, onboard::BUILD_HEADING};

/// Flags that neither say what is built nor which cluster is asked. A token is for nobody's screen.
const NOT_AGAIN: [&str; 3] = ["token", "verbosity", "color"];

/// The words of a parsed command line that say what a verb builds, and of which cluster: arguments,
/// flags without a heading, those of [`BUILD_HEADING`], and the ones that all verbs share. Each is
/// quoted for a shell.
pub(super) fn words(command: &Command, matches: &ArgMatches) -> Vec<String> {
    let Some((name, own)) = matches.subcommand() else { return Vec::new() };
    let shared = spelled(command, matches, Arg::is_global_set);
    let own = command.find_subcommand(name).map(|verb| {
        spelled(verb, own, |arg| {
            !arg.is_global_set() && arg.get_help_heading().is_none_or(|heading| heading == BUILD_HEADING)
        })
    });
    own.into_iter().flatten().chain(shared).collect()
}

/// What was given on the command line, in the order in which it was declared.
fn spelled(command: &Command, matches: &ArgMatches, is_wanted: impl Fn(&Arg) -> bool) -> Vec<String> {
    let given: Vec<&str> = matches.ids().map(clap::Id::as_str).collect();
    let arguments = command.get_arguments().filter(|arg| {
        let id = arg.get_id().as_str();
        given.contains(&id)
            && !NOT_AGAIN.contains(&id)
            && is_wanted(arg)
            && matches.value_source(id) == Some(ValueSource::CommandLine)
    });
    arguments.flat_map(|arg| words_of(arg, matches)).collect()
}

fn words_of(arg: &Arg, matches: &ArgMatches) -> Vec<String> {
    let flag = arg.get_long().map(|long| format!("--{long}"));
    if !arg.get_action().takes_values() {
        return flag.into_iter().collect();
    }
    let values = matches.get_raw(arg.get_id().as_str()).into_iter().flatten();
    let values = values.map(|value| quoted(&value.to_string_lossy()));
    match flag {
        Some(flag) => values.map(|value| format!("{flag}={value}")).collect(),
        None => values.collect(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::{Cli, Verb};

    fn again(line: &[&str]) -> String {
        let words = ["kubectl-seldon", "onboard"].iter().chain(line).map(Into::into);
        let Verb::Onboard(args) = Cli::read(Cli::command(), words).unwrap().verb else { unreachable!() };
        args.again.join(" ")
    }

    #[test]
    fn what_is_built_and_where_is_said_again() {
        let line = [
            "ga",
            "gb",
            "-f",
            "it's two.yaml",
            "--label",
            "team=risk",
            "--label",
            "a=b",
            "--capabilities",
            "x,y",
            "--control-plane-ingress",
            "--as",
            "me",
            "--context=prod",
            "--replicas",
            "3",
        ];
        let said = again(&line);
        assert_eq!(
            said,
            "ga gb --file='it'\\''s two.yaml' --capabilities=x --capabilities=y --replicas=3 --label=team=risk \
             --label=a=b --control-plane-ingress --context=prod --as=me"
        );
    }

    #[test]
    fn how_it_is_applied_is_not() {
        let line = [
            "fin",
            "-y",
            "--wait",
            "--timeout",
            "9s",
            "--force-live",
            "--force-conflicts",
            "--allow-incomplete",
            "-o",
            "yaml",
            "--token",
            "secret",
            "-v",
            "6",
            "--color",
            "never",
        ];
        assert_eq!(again(&line), "fin");
        assert_eq!(again(&["-n", "fin", "--dry-run=server"]), "--namespace=fin");
        assert_eq!(again(&["fin", "--diff"]), "fin");
    }
}
