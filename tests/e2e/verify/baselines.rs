//! `verify --baseline` and `--write-baseline`.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::with_result;
use crate::harness::{
    kubectl::{Kubectl, Output},
    plan::Plan,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::baselines::only_what_is_new_counts", only_what_is_new_counts);
    plan.local("verify::baselines::what_is_gone_is_said_and_dropped", what_is_gone_is_said_and_dropped);
    plan.local("verify::baselines::what_is_no_baseline_is_refused", what_is_no_baseline_is_refused);
}

const RUNTIME: &str = "\
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata:
  name: runtime
  namespace: fin
spec:
  seldonConfig: default
  overrides:
  - name: seldon-scheduler
    replicas: 2
  - name: mlserver
";

fn verify(dir: &Path, text: &str, arguments: &[&str]) -> Output {
    fs::write(dir.join("a.yaml"), text).unwrap();
    let all = ["verify", "--tenant=fin", "-f", "a.yaml", "-o", "json", "--fail-on=info", "--baseline=known.yaml"];
    Kubectl::new().dir(dir).seldon(all.into_iter().chain(arguments.iter().copied()))
}

fn only_what_is_new_counts() {
    let dir = TempDir::new().unwrap();
    let written = verify(dir.path(), RUNTIME, &["--write-baseline"]).ends_with(0);
    assert_eq!(with_result(&written, "fail"), [""; 0]);
    let suppressed = with_result(&written, "suppressed");
    assert!(suppressed.contains(&"SCS0204 SeldonRuntime fin/runtime".to_owned()), "{suppressed:?}");
    let written = written.says(&[&format!("known.yaml holds {} findings", suppressed.len())]);
    let baseline = fs::read_to_string(dir.path().join("known.yaml")).unwrap();
    assert!(baseline.contains("\nschemaVersion: 1\n") && !baseline.contains("a.yaml"), "{baseline}");

    let again = verify(dir.path(), RUNTIME, &[]).ends_with(0);
    assert_eq!(again.stdout, written.stdout);
    // Other lines, the same findings.
    verify(dir.path(), &format!("# one\n\n# two\n{}", RUNTIME.replace("spec:", "# three\nspec:")), &[]).ends_with(0);
    verify(dir.path(), RUNTIME, &["--write-baseline"]).ends_with(0);
    assert_eq!(fs::read_to_string(dir.path().join("known.yaml")).unwrap(), baseline);

    let worse = verify(dir.path(), &format!("{RUNTIME}  - name: hodometer\n    disable: true\n"), &[]).ends_with(1);
    assert_eq!(with_result(&worse, "fail"), ["SCS0206 SeldonRuntime fin/runtime"]);
    assert_eq!(with_result(&worse, "suppressed"), suppressed);
    let seen: serde_json::Value = serde_json::from_str(&worse.stdout).unwrap();
    assert_eq!(seen["summary"]["suppressed"], suppressed.len());
}

fn what_is_gone_is_said_and_dropped() {
    let dir = TempDir::new().unwrap();
    let before = verify(dir.path(), RUNTIME, &["--write-baseline"]).ends_with(0);
    let held = with_result(&before, "suppressed").len();
    let repaired = RUNTIME.replace("  - name: mlserver\n", "");
    verify(dir.path(), &repaired, &[])
        .ends_with(0)
        .says(&["1 finding of known.yaml is gone; --write-baseline drops it"]);
    // Of rules that were not asked for nothing is known, and nothing is dropped.
    let other = verify(dir.path(), &repaired, &["--select=SCS0204"]).ends_with(0);
    assert!(!other.stderr.contains("gone"), "{other}");
    let other = verify(dir.path(), &repaired, &["--select=SCS0204", "--write-baseline"]).ends_with(0);
    other.says(&[&format!("known.yaml holds {held} findings")]);
    let renewed = verify(dir.path(), &repaired, &["--write-baseline"]).ends_with(0);
    renewed.says(&[&format!("known.yaml holds {} findings", held - 1)]);
    let again = verify(dir.path(), &repaired, &[]).ends_with(0);
    assert!(!again.stderr.contains("known.yaml"), "{again}");
    verify(dir.path(), RUNTIME, &[]).ends_with(1);
}

fn what_is_no_baseline_is_refused() {
    let dir = TempDir::new().unwrap();
    verify(dir.path(), RUNTIME, &[]).ends_with(2).says(&["cannot read known.yaml", "--write-baseline writes it"]);
    fs::write(dir.path().join("known.yaml"), "schemaVersion: 1\nfindings: {}\n").unwrap();
    verify(dir.path(), RUNTIME, &[]).ends_with(2).says(&["known.yaml: line 2, column 11"]);
    fs::write(dir.path().join("known.yaml"), "schemaVersion: 7\n").unwrap();
    let refused = verify(dir.path(), RUNTIME, &["--write-baseline"]).ends_with(2);
    refused.says(&["known.yaml: `schemaVersion` is 7"]);
    assert_eq!(fs::read_to_string(dir.path().join("known.yaml")).unwrap(), "schemaVersion: 7\n");
    let alone = Kubectl::new().dir(dir.path()).seldon(["verify", "-f", "a.yaml", "--write-baseline"]).ends_with(2);
    alone.says(&["--baseline <FILE>"]);
}
