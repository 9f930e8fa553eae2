//! A value that begins with a dash, behind the flag that it is meant for.

use std::ffi::OsString;

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// What is said instead of clap's words, which take such a value for a flag and propose to put it behind
/// `--`, where it would be a namespace: why its flag does not take it or, where it does, how it is written.
pub(super) fn explained(mut error: Error, command: &mut Command, words: &[OsString]) -> Error {
    let Some((at, joined)) = dashed(&error, words) else { return error };
    let mut again = words.to_vec();
    again.splice(at..=at + 1, [joined.clone()]);
    match command.try_get_matches_from_mut(again) {
        Err(again) if matches!(again.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) => again,
        // Its flag takes none at all.
        Err(again) if again.kind() == ErrorKind::TooManyValues => error,
        _ => {
            let tip = format!("a value that begins with a dash is joined to its flag: '{}'", joined.display());
            let _ = error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            error
        }
    }
}

/// The place of a flag before a word with one dash that is no flag, and the two as one word.
fn dashed(error: &Error, words: &[OsString]) -> Option<(usize, OsString)> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_dashed = |word: &str| word.starts_with('-') && !word.starts_with("--");
    let is_flag = |word: &str| word.len() > 1 && word.starts_with('-') && !word.contains('=');
    words.windows(2).enumerate().find_map(|(at, pair)| {
        let [flag, value] = pair else { return None };
        let (flag, value) = (flag.to_str()?, value.to_str()?);
        // Of a word of several letters clap names the first that it does not know.
        let is_meant = is_flag(flag) && is_dashed(value) && value.starts_with(unknown.as_str());
        is_meant.then(|| (at, format!("{flag}={value}").into()))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::Cli;

    fn said(line: &str) -> String {
        let words = line.split(' ').map(Into::into);
        Cli::read(Cli::command(), words).unwrap_err().to_string()
    }

    #[test]
    fn a_value_that_its_flag_does_not_take_is_refused_by_the_flag() {
        for (line, wanted) in [
            ("kubectl-seldon onboard fin --replicas -1", "`-1` is no number of replicas, which is 0 to 65535"),
            ("kubectl-seldon onboard fin --replicas -10 --yes", "`-10` is no number of replicas"),
            ("kubectl-seldon onboard fin --cluster-domain -x", "invalid value '-x' for '--cluster-domain <DOMAIN>'"),
            ("kubectl-seldon onboard fin --wiring -xy", "invalid value '-xy' for '--wiring <WIRING>'"),
            ("kubectl-seldon onboard fin --wait --timeout -5s", "invalid value '-5s' for '--timeout <DURATION>'"),
            ("kubectl-seldon policy --emit -x", "invalid value '-x' for '--emit <FORM>'"),
        ] {
            let said = said(line);
            assert!(said.contains(wanted) && !said.contains("tip:"), "{line}: {said}");
        }
    }

    #[test]
    fn a_value_that_its_flag_would_take_is_shown_as_it_is_written() {
        let said = said("kubectl-seldon onboard fin --relay-image -x --wiring relay");
        assert!(said.contains("joined to its flag: '--relay-image=-x'"), "{said}");
    }

    #[test]
    fn what_follows_no_flag_that_takes_values_is_clap_s_own_affair() {
        for line in ["kubectl-seldon onboard -1", "kubectl-seldon onboard fin --yes -1"] {
            let said = said(line);
            assert!(said.contains("unexpected argument '-1' found") && said.contains("'-- -1'"), "{said}");
        }
        let said = said("kubectl-seldon onboard fin --cluster-domain --network-policies full");
        assert!(said.contains("'--network-policies'") || said.contains("a value is required"), "{said}");
    }
}
