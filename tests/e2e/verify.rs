//! `kubectl seldon verify`.

mod baselines;
mod checklist;
mod clusters;
mod faults;
mod files;
mod fixtures;
mod helm;
mod hostile;
mod hostile_files;
mod kustomize;
mod live;
mod logs;
mod many;
mod outputs;
mod over_live;
mod page;
mod rights;
mod saved;
mod selecting;
mod suppressing;
mod waiting;

use serde_json::Value;

use crate::harness::{kubectl::Output, plan::Plan};

pub(crate) fn add(plan: &mut Plan) {
    baselines::add(plan);
    checklist::add(plan);
    clusters::add(plan);
    faults::add(plan);
    files::add(plan);
    fixtures::add(plan);
    helm::add(plan);
    hostile::add(plan);
    hostile_files::add(plan);
    kustomize::add(plan);
    live::add(plan);
    logs::add(plan);
    many::add(plan);
    outputs::add(plan);
    over_live::add(plan);
    page::add(plan);
    rights::add(plan);
    saved::add(plan);
    selecting::add(plan);
    suppressing::add(plan);
    waiting::add(plan);
}

/// What a run with `-o json` says about objects.
#[track_caller]
pub(crate) fn outcomes(output: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["result"] != "not-applicable").cloned().collect()
}

/// `SCS0501 Service fin/seldon-scheduler` for every outcome with this result, sorted.
#[track_caller]
fn with_result(output: &Output, result: &str) -> Vec<String> {
    let chosen = outcomes(output).into_iter().filter(|outcome| outcome["result"] == result);
    let mut shown: Vec<String> = chosen.map(|outcome| shown(&outcome)).collect();
    shown.sort();
    shown
}

pub(crate) fn shown(outcome: &Value) -> String {
    let object = &outcome["object"];
    let namespace = object["namespace"].as_str().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {} {namespace}{}", text(&outcome["rule"]), text(&object["kind"]), text(&object["name"]))
}
