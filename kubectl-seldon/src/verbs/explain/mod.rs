//! `kubectl seldon explain`: find out what is meant, and say what is known about it.

mod graph;
mod object;
mod topic;
mod world;

use std::path::Path;

use seldon_central_core::{
    explain::{self, Document, RuleText},
    symptom::{Match, Scan},
};
use serde::Serialize;
use serde_json::json;

use self::topic::Topic;
use crate::{
    cli::{
        explain::{ExplainArgs, Output},
        kube::KubeFlags,
    },
    error::CliError,
    exit::Exit,
    render::document,
    source::log,
    ui::Ui,
};

/// Version of the JSON documents; it grows when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

/// Runs the verb.
///
/// # Errors
/// When nothing is known of what is asked for.
pub fn run(args: &ExplainArgs, kube: &KubeFlags, ui: &Ui) -> Result<Exit, CliError> {
    if args.graph {
        return graph::run(args, kube, ui);
    }
    let form = form(args)?;
    let topic =
        if args.all { Topic::Rules(seldon_central_core::rules::RULES.to_vec()) } else { Topic::of(&args.what)? };
    if let Topic::Object { kind, name } = &topic {
        return object::run(args, kube, (kind, name), form, ui);
    }
    if !args.files.is_empty() {
        return Err(CliError::new("--file is for objects: `kubectl seldon explain model/NAME -f DIR`"));
    }
    let text = match topic {
        Topic::List(rules) => {
            let texts: Vec<RuleText> = rules.iter().map(|rule| RuleText::of(rule)).collect();
            print(form, &[explain::rules(&rules)], "rules", &texts)
        }
        Topic::Message(found) => print(form, &explain::found(&found, false), "matches", &found),
        Topic::Object { .. } => String::new(),
        Topic::Pattern => print(form, &[explain::pattern()], "pattern", &explain::pattern_text()),
        Topic::Log => {
            let (found, lines) = read_log()?;
            if found.is_empty() {
                ui.notice(&format!("none of {lines} lines holds a message that is known"));
            }
            print(form, &explain::found(&found, true), "matches", &found)
        }
        Topic::Rules(rules) => {
            let texts: Vec<RuleText> = rules.iter().map(|rule| RuleText::of(rule)).collect();
            let pages: Vec<Document> = rules.iter().map(|rule| explain::rule(rule)).collect();
            print(form, &pages, "rules", &texts)
        }
    };
    ui.data(&text)?;
    Ok(Exit::Done)
}

/// The forms of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Markdown,
    Json,
}

fn form(args: &ExplainArgs) -> Result<Form, CliError> {
    match args.output {
        None | Some(Output::Text) => Ok(Form::Text),
        Some(Output::Markdown) => Ok(Form::Markdown),
        Some(Output::Json) => Ok(Form::Json),
        Some(Output::Mermaid | Output::Dot | Output::Svg) => {
            Err(CliError::new("mermaid, dot and svg are pictures: add --graph, or choose text, markdown or json"))
        }
    }
}

/// The symptoms in the log on standard input, and how many lines it has.
fn read_log() -> Result<(Vec<Match>, u64), CliError> {
    let mut scan = Scan::new();
    log::each_line(std::io::stdin().lock(), |line| scan.line(line))
        .map_err(|error| CliError::file("read", Path::new("-"), &error))?;
    let lines = scan.lines();
    if lines == 0 {
        return Err(CliError::new("standard input is empty, so there is nothing to explain"));
    }
    Ok((scan.finish(), lines))
}

/// The same thing in the form that is asked for: pages, or data under a key.
fn print(form: Form, pages: &[Document], key: &str, data: &impl Serialize) -> String {
    let pages = |render: fn(&Document) -> String| pages.iter().map(render).collect::<Vec<_>>().join("\n");
    match form {
        Form::Text => pages(document::text),
        Form::Markdown => pages(|page| page.to_markdown(1)),
        Form::Json => format!("{:#}\n", json!({"schemaVersion": SCHEMA_VERSION, key: data})),
    }
}
