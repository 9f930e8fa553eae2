//! Blocks of commands in Markdown.

/// What a block is run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Files,
    Cluster,
    /// Somebody said why it is not run.
    Nothing,
}

/// A fenced block of commands.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// How it is run, where that is said.
    pub(super) on: Option<On>,
    /// What each command ends with, where that is said.
    pub(super) statuses: Vec<i32>,
    /// What is run before it.
    pub(super) first: Vec<String>,
    pub(super) commands: Vec<String>,
    /// Files that are there when they are done.
    pub(super) leaves: Vec<String>,
}

/// What fences say of commands. Those that say nothing may hold some.
const SHELLS: [&str; 5] = ["sh", "bash", "shell", "console", ""];
/// The plugin is installed already.
const INSTALL: &str = "cargo install --path kubectl-seldon && ";

/// All of a page.
pub(super) fn all(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().map(str::trim).collect();
    let (mut blocks, mut at) = (Vec::new(), 0);
    while let Some(line) = lines.get(at) {
        let Some(language) = line.strip_prefix("```") else {
            at += 1;
            continue;
        };
        let held: Vec<&str> = lines.iter().skip(at + 1).take_while(|line| !line.starts_with("```")).copied().collect();
        if SHELLS.contains(&language) {
            blocks.push(block(&lines[..at], at + 1, commands(language, &held)));
        }
        at += held.len() + 2;
    }
    blocks
}

/// In a session what is typed stands behind a prompt, and the rest is what is printed.
fn commands(language: &str, held: &[&str]) -> Vec<String> {
    let typed = held.iter().filter_map(|line| match language {
        "console" => line.strip_prefix("$ "),
        _ => Some(*line),
    });
    let typed = typed.filter(|line| !line.is_empty() && !line.starts_with('#'));
    typed.map(|line| line.strip_prefix(INSTALL).unwrap_or(line).to_owned()).collect()
}

fn block(before: &[&str], line: usize, commands: Vec<String>) -> Block {
    let mut block = Block { line, on: None, statuses: Vec::new(), first: Vec::new(), commands, leaves: Vec::new() };
    let comments = before.iter().rev().map_while(|line| line.strip_prefix("<!-- ")?.strip_suffix(" -->"));
    let mut comments: Vec<&str> = comments.collect();
    comments.reverse();
    for comment in comments {
        if let Some(how) = comment.strip_prefix("run: ") {
            let (on, statuses) = how.split_once(", ends with ").unwrap_or((how, ""));
            block.on = match on {
                "files" => Some(On::Files),
                "cluster" => Some(On::Cluster),
                other => panic!("line {line}: `{other}` is nothing to run on"),
            };
            block.statuses = statuses.split_whitespace().map(|status| status.parse().unwrap()).collect();
        } else if let Some(why) = comment.strip_prefix("not run: ") {
            assert!(why.len() > 5, "line {line}: why not?");
            block.on = Some(On::Nothing);
        } else if let Some(command) = comment.strip_prefix("first: ") {
            block.first.push(command.to_owned());
        } else if let Some(files) = comment.strip_prefix("leaves: ") {
            block.leaves.extend(files.split_whitespace().map(str::to_owned));
        }
    }
    block
}
