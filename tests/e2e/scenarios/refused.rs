//! Mistakes in scenarios are told with file and line.

use super::{file, place::Place};
use crate::harness::plan::Plan;

pub(super) fn add(plan: &mut Plan) {
    plan.local("scenarios::mistakes_in_files_are_told_with_their_lines", mistakes);
}

fn mistakes() {
    const HEAD: &str = "description: x\nexpect:\n  exit: 1\n";
    for (rest, line, words) in [
        ("  fires: []\n", 4, "fires"),
        ("  fire:\n  - rule: SCS0401\n  - rule: SCS9999\n", 6, "there is no rule `SCS9999`"),
        ("  fire:\n  - {rule: SCS0401, object: Model x}\n", 5, "a namespace too few or too many"),
        ("  fire:\n  - {rule: SCS0401, object: Modl a/x}\n", 5, "no known kind"),
        ("objects:\n- apiVersion: v1\n  kind: Pod\n", 5, "an object without metadata/name"),
        ("logs:\n- {pod: a/b, container: agent, behaviour: hangs}\n", 5, "no behaviour"),
        ("logs:\n- pod: a/b\n  container: agent\n  text: '{ago never}'\n", 7, "never"),
        ("include: [healthy\n", 4, "unclosed"),
    ] {
        let text = format!("{HEAD}{rest}");
        let error = file::parse("a.yaml", &text, &Place::new()).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("a.yaml:{line}: ")) && error.contains(words), "{text}{error}");
    }
}
