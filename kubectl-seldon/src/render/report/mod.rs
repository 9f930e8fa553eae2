//! A report in every form: a file each, and each a function from the report to its text.

mod checklist;
mod github;
mod gitlab;
mod group;
mod html;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod matrix;
mod place;
mod policyreport;
mod sarif;
mod short;
mod summary;
mod text;
mod wide;
mod yaml;

pub use self::{
    checklist::checklist,
    github::github,
    gitlab::gitlab,
    html::{About, Picture, Source, html},
    json::json,
    jsonl::jsonl,
    junit::junit,
    markdown::markdown,
    matrix::matrix,
    policyreport::policyreport,
    sarif::sarif,
    short::short,
    summary::unread_lines,
    text::one,
    text::text,
    wide::wide,
    yaml::yaml,
};

#[cfg(test)]
mod tests;
