//! How `verify` prints.

use std::{fmt, path::PathBuf, str::FromStr};

use clap::{Args, ValueEnum};

/// How the results are printed.
#[derive(Debug, Args)]
pub struct OutputArgs {
    /// How to print the results, and where to: text, short, wide, matrix, checklist, json, jsonl,
    /// yaml, junit, sarif, github, gitlab, markdown, html or policyreport. With =FILE it goes there instead of standard output;
    /// repeatable, all from one run
    #[arg(short = 'o', long, value_name = "FORMAT[=FILE]", default_value = "text")]
    pub output: Vec<OutputArg>,
}

/// `-o`: `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputArg {
    /// The format.
    pub format: Output,
    /// The file; `None` for standard output.
    pub file: Option<PathBuf>,
}

impl FromStr for OutputArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("there is no file after the `=`".to_owned()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let known = || Output::value_variants().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let format = Output::from_str(format, false).map_err(|_| format!("the formats are {}", known()))?;
        Ok(Self { format, file })
    }
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people, by tenant.
    Text,
    /// A line for each finding.
    Short,
    /// For people, with every result.
    Wide,
    /// What has to be aligned, in a table for each tenant.
    Matrix,
    /// The specification's checklist before production, as Markdown.
    Checklist,
    /// One JSON document.
    Json,
    /// A line of JSON for each result.
    Jsonl,
    /// The JSON document as YAML.
    Yaml,
    /// `JUnit` XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// A code quality report for GitLab.
    Gitlab,
    /// Tables for comments and summaries.
    Markdown,
    /// One page for a browser, to be mailed and printed.
    Html,
    /// `PolicyReport` objects for the cluster.
    Policyreport,
}

impl Output {
    /// Whether it says in words what was not looked at.
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Text | Self::Wide | Self::Matrix | Self::Markdown | Self::Html)
    }
}

impl OutputArgs {
    /// Whether any form shows a picture of the tenants.
    pub fn has_picture(&self) -> bool {
        self.output.iter().any(|output| output.format == Output::Html)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_may_have_a_file() {
        let parse = OutputArg::from_str;
        assert_eq!(parse("json"), Ok(OutputArg { format: Output::Json, file: None }));
        assert_eq!(parse("json=-"), Ok(OutputArg { format: Output::Json, file: None }));
        assert_eq!(parse("sarif=a=b.sarif"), Ok(OutputArg { format: Output::Sarif, file: Some("a=b.sarif".into()) }));
        assert_eq!(parse("sarif="), Err("there is no file after the `=`".to_owned()));
        assert!(
            parse("xml").unwrap_err().starts_with("the formats are text, short, wide, matrix, checklist, json, jsonl")
        );
    }
}
