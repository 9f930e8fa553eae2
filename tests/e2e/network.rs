//! The network engine against an evaluator that shares nothing with it: the Go module Cyclonus, which
//! tests network plugins for conformance.

mod case;
mod draw;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use serde_json::json;

use self::case::{Case, Sides};
use crate::harness::{go, plan::Plan};

/// How many cases are compared.
const CASES: usize = 5_000;

pub(crate) fn add(plan: &mut Plan) {
    plan.go("network::engine_agrees_with_cyclonus", agrees);
    plan.go("network::cyclonus_still_deviates_where_it_is_not_asked", still_deviates);
}

fn agrees() -> Result<(), String> {
    let drawn = draw::cases(CASES);
    let (excluded, compared): (Vec<_>, Vec<_>) = drawn.into_iter().partition(Case::is_deviation);
    assert!(excluded.len() < CASES / 2, "{} cases are left out", excluded.len());
    let theirs = cyclonus(go::network_peer()?, &compared);
    let different = compared.iter().zip(&theirs).filter(|(case, theirs)| case.judge() != **theirs);
    // The smallest one tells most.
    if let Some((case, theirs)) = different.min_by_key(|(case, _)| case.to_json().len()) {
        panic!("the engine says {:?}, Cyclonus {theirs:?}:\n{}", case.judge(), case.to_json());
    }
    // Cases that all end alike would prove little.
    for egress in [false, true] {
        for ingress in [false, true] {
            let alike = theirs.iter().filter(|sides| **sides == Sides { egress, ingress }).count();
            assert!(alike > CASES / 50, "{alike} cases have egress {egress} and ingress {ingress}");
        }
    }
    Ok(())
}

/// What is left out of the comparison is left out for a reason that still holds.
fn still_deviates() -> Result<(), String> {
    let selector = json!({"matchExpressions": [{"key": "k", "operator": "NotIn", "values": ["x"]}]});
    let isolated = Case::between_pods(&json!({"podSelector": selector, "policyTypes": ["Egress"]}));
    let spec =
        json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"namespaceSelector": selector}]}]});
    let admitted = Case::between_pods(&spec);
    let ours = [false, true].map(|egress| Sides { egress, ingress: true });
    let theirs = [true, false].map(|egress| Sides { egress, ingress: true });
    let cases = [isolated, admitted];
    assert!(cases.iter().all(Case::is_deviation));
    assert_eq!(cases.each_ref().map(Case::judge), ours);
    assert_eq!(cyclonus(go::network_peer()?, &cases), theirs);
    Ok(())
}

/// The verdicts of Cyclonus.
fn cyclonus(program: &Path, cases: &[Case]) -> Vec<Sides> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let (mut stdin, text) = (child.stdin.take().unwrap(), serde_json::to_vec(cases).unwrap());
    let writer = thread::spawn(move || stdin.write_all(&text));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    writer.join().unwrap().unwrap();
    let sides: Vec<Sides> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sides.len(), cases.len());
    sides
}
