//! Manual pages, from the definitions of the command line.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

/// A page for the plugin and for each of its verbs: file name and text.
///
/// # Errors
/// Never, because a page is written to memory.
pub fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = kubectl_seldon::cli::Cli::command();
    command.build();
    let mut pages = Vec::new();
    add(&command, "kubectl-seldon", &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut text = Vec::new();
    Man::new(command.clone().display_name(name.to_owned())).date("").render(&mut text)?;
    pages.push((format!("{name}.1"), text));
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    for verb in verbs {
        add(verb, &format!("{name}-{}", verb.get_name()), pages)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_page_with_its_flags_and_examples() {
        let pages = pages().unwrap();
        let text = |name: &str| {
            let page = pages.iter().find(|(file, _)| file == name).unwrap();
            String::from_utf8(page.1.clone()).unwrap()
        };
        for verb in ["onboard", "verify", "fix", "explain", "doctor", "completion"] {
            assert!(text(&format!("kubectl-seldon-{verb}.1")).contains("kubeconfig"), "{verb}");
        }
        assert!(text("kubectl-seldon-verify.1").contains("Examples:"));
        assert!(text("kubectl-seldon.1").contains("kubectl\\-seldon"));
    }
}
