//! `verify -o`: every form, from the real command line.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{
    control_plane::{Server, install},
    data::Data,
    kubectl::{Kubectl, Output},
    plan::Plan,
    tenant::{Ground, SERVICE},
    workspace,
};

pub(super) fn add(plan: &mut Plan) {
    plan.local("verify::outputs::text_is_grouped_and_quotes_what_proves_it", text);
    plan.local("verify::outputs::short_is_a_line_for_each_finding", short);
    plan.local("verify::outputs::wide_shows_every_result", wide);
    plan.local("verify::outputs::matrix_shows_both_sides", matrix);
    plan.local("verify::outputs::json_jsonl_and_yaml_say_the_same_as_the_published_schema_allows", documents);
    plan.local("verify::outputs::junit_counts_as_the_exit_status_does", junit);
    plan.local("verify::outputs::github_and_gitlab_name_file_and_line", annotations);
    plan.local("verify::outputs::markdown_has_a_table_for_each_namespace", markdown);
    plan.local("verify::outputs::one_run_gives_many_forms", many);
    plan.local("verify::outputs::what_is_suppressed_is_counted_and_shown_on_request", suppressed);
    plan.local("verify::outputs::no_form_changes_the_exit_status", status);
    plan.own_cluster_with_data("verify::outputs::policyreports_are_what_their_definition_admits", policyreports);
    plan.local_with_data("verify::outputs::sarif_is_valid_by_the_official_schema", sarif);
}

const MANIFESTS: &str = "\
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
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata:
  name: fin-mlserver
  namespace: fin
spec:
  serverConfig: mlserver
---
values: of something else
";

fn policyreports(server: &Server) {
    let data = Data::find().unwrap().unwrap();
    let definitions = TempDir::new().unwrap();
    for file in ["wgpolicyk8s.io_policyreports.yaml", "wgpolicyk8s.io_clusterpolicyreports.yaml"] {
        fs::copy(data.schemas("policyreport").join(file), definitions.path().join(file)).unwrap();
    }
    install(server, definitions.path());
    let ground = Ground::serving(server);
    ground.api.delete(SERVICE, &ground.tenant, "seldon-scheduler");
    let reports = ground.verify(&["-A", "-o", "policyreport"]).ends_with(1).stdout;
    assert_eq!(reports, ground.verify(&["-A", "-o", "policyreport"]).stdout, "the same run gives the same report");
    let file = definitions.path().join("reports.yaml");
    fs::write(&file, &reports).unwrap();
    let file = file.display().to_string();
    for _ in 0..2 {
        server.kubectl().run(["apply", "--server-side", "--validate=strict", "-f", &file]).succeeds();
    }
    let report = ground.api.get("wgpolicyk8s.io/v1alpha2/PolicyReport", &ground.tenant, "kubectl-seldon");
    let first = &report["results"][0];
    assert_eq!([&first["policy"], &first["result"], &first["severity"]], ["SCS0501", "fail", "high"], "{first:#}");
    assert_eq!(first["resources"][0]["name"], "seldon-scheduler");
    let results = report["results"].as_array().unwrap();
    for (outcome, count) in report["summary"].as_object().unwrap() {
        assert_eq!(results.iter().filter(|one| one["result"] == **outcome).count() as u64, count.as_u64().unwrap());
    }
    ground.api.get("wgpolicyk8s.io/v1alpha2/PolicyReport", &ground.control_plane, "kubectl-seldon");
    ground.verify(&["--contexts", "a,b", "-o", "policyreport"]).ends_with(2).says(&["for one cluster"]);
}

/// Metadata that suppress [`PLACE`].
const IGNORED: &str = "  namespace: fin\n  annotations: {kubectl-seldon/ignore: SCS0204 -- until the move}\n";

const FORMS: [&str; 15] = [
    "text",
    "short",
    "wide",
    "matrix",
    "checklist",
    "json",
    "jsonl",
    "yaml",
    "junit",
    "sarif",
    "github",
    "gitlab",
    "markdown",
    "html",
    "policyreport",
];

/// The place and rule of the finding that every form has to show.
const PLACE: (&str, u64, &str) = ("a/tenant.yaml", 9, "SCS0204");

fn dir() -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::write(dir.path().join(PLACE.0), MANIFESTS).unwrap();
    dir
}

#[track_caller]
fn verify(dir: &Path, arguments: &[&str]) -> Output {
    Kubectl::new().dir(dir).seldon([&["verify", "--tenant=fin", "-f", "a"], arguments].concat())
}

#[track_caller]
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The failures of the same run as JSON.
fn failures(dir: &Path) -> Vec<Value> {
    let report = json(&verify(dir, &["-o", "json"]).ends_with(1).stdout);
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["result"] == "fail").cloned().collect()
}

fn text() {
    let dir = dir();
    let output = verify(dir.path(), &[]).ends_with(1);
    assert!(output.stdout.starts_with("fin\n  "), "{output}");
    for expected in [
        "  E SCS0204 local-scheduler-enabled",
        "SeldonRuntime runtime\n",
        "      a/tenant.yaml:9:5\n      9 | - name: seldon-scheduler\n      /spec/overrides/0",
        "\nlooked at: 2 objects, ",
        "  1 document that is no Kubernetes object\n",
        " rules: to be judged on a cluster only\n",
    ] {
        assert!(output.stdout.contains(expected), "`{expected}` is not in {output}");
    }
    assert!(output.stdout.lines().all(|line| line.chars().count() <= 80), "{output}");
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("hint: ")).count(), 1, "{output}");
}

fn short() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "short"]).ends_with(1);
    let failures = failures(dir.path());
    assert!(failures.len() > 1, "{failures:#?}");
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), failures.len(), "{output}");
    for (line, failure) in lines.iter().zip(&failures) {
        let mut words = line.splitn(4, ' ');
        let place = &failure["location"];
        let location = words.next().unwrap();
        match place["path"].as_str() {
            Some(path) => assert_eq!(location, format!("{path}:{}:{}", place["line"], place["column"])),
            None => assert!(location.ends_with(failure["object"]["name"].as_str().unwrap()), "{line}"),
        }
        let level = failure["level"].as_str().unwrap()[..1].to_uppercase();
        assert_eq!(words.next(), Some(&*level), "{line}");
        assert_eq!(words.next(), failure["rule"].as_str(), "{line}");
        assert_eq!(words.next(), failure["message"].as_str(), "{line}");
    }
}

fn wide() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "wide"]).ends_with(1);
    for heading in ["\nunknown\n", "\npassed\n", "\nnot applicable\n", "\nnot in the input\n"] {
        assert!(output.stdout.contains(heading), "{heading} is not in {output}");
    }
    let report = json(&verify(dir.path(), &["-o", "json"]).stdout);
    for finding in report["findings"].as_array().unwrap() {
        assert!(output.stdout.contains(finding["rule"].as_str().unwrap()), "{finding} is not in {output}");
    }
}

fn matrix() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "matrix"]).ends_with(1);
    let rows: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .filter(|line| line.starts_with('│'))
        .map(|line| line.trim_matches('│').split('│').map(str::trim).collect())
        .collect();
    assert_eq!(rows[0], ["Component", "Control plane", "Tenant (fin)", "Verdict"], "{output}");
    for expected in [
        ["Scheduler", "not in the input", "on (replicas: 2)", "wrong"],
        ["SeldonConfig", "not in the input", "default", "unknown"],
        ["ServerConfig", "not in the input", "mlserver", "unknown"],
        ["Service", "not in the input", "none", "wrong"],
    ] {
        assert!(rows.iter().any(|row| row == &expected), "{expected:?} is not in {output}");
    }
    assert!(output.stdout.lines().all(|line| line.chars().count() <= 80), "{output}");
}

fn documents() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "json"]).ends_with(1);
    let report = json(&output.stdout);
    let schema = json(&fs::read_to_string(workspace().join("docs/report.schema.json")).unwrap());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(report["schemaVersion"], 1);
    let findings = report["findings"].as_array().unwrap();
    for result in ["pass", "fail", "unknown", "not-applicable"] {
        assert!(findings.iter().any(|finding| finding["result"] == result), "nothing is {result}: {output}");
    }
    for (finding, field) in findings.iter().flat_map(|finding| {
        ["rule", "level", "result", "object", "location", "message", "evidence"].map(|field| (finding, field))
    }) {
        assert!(finding.get(field).is_some(), "{field} is not in {finding}");
    }
    let found = findings.iter().find(|finding| finding["rule"] == PLACE.2).unwrap();
    assert_eq!(
        (found["location"]["path"].as_str(), found["location"]["line"].as_u64()),
        (Some(PLACE.0), Some(PLACE.1))
    );

    let lines = verify(dir.path(), &["-o", "jsonl"]).ends_with(1);
    assert_eq!(lines.stdout.lines().map(json).collect::<Vec<_>>(), *findings);
    let yaml = verify(dir.path(), &["-o", "yaml"]).ends_with(1);
    assert_eq!(seldon_central_core::yaml::read(&yaml.stdout).unwrap(), report);
}

fn junit() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "junit"]).ends_with(1);
    let failures = failures(dir.path());
    let errors = failures.iter().filter(|failure| failure["level"] == "error").count();
    assert!(errors > 0 && errors < failures.len(), "{failures:#?}");
    assert_eq!(output.stdout.matches("<failure ").count(), errors, "{output}");
    assert!(output.stdout.contains(&format!("failures=\"{errors}\" errors=\"0\">")), "{output}");
    let all = verify(dir.path(), &["-o", "junit", "--fail-on", "info"]).ends_with(1);
    assert_eq!(all.stdout.matches("<failure ").count(), failures.len(), "{all}");
    assert!(all.stdout.contains("file=\"a/tenant.yaml\" line=\"9\""), "{all}");
}

fn annotations() {
    let dir = dir();
    let failures = failures(dir.path());
    let output = verify(dir.path(), &["-o", "github"]).ends_with(1);
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("::")).count(), failures.len(), "{output}");
    let expected = "::error file=a/tenant.yaml,line=9,col=5,title=SCS0204 local-scheduler-enabled::";
    assert!(output.stdout.lines().any(|line| line.starts_with(expected)), "{output}");

    let output = verify(dir.path(), &["-o", "gitlab"]).ends_with(1);
    let entries = json(&output.stdout);
    let entries = entries.as_array().unwrap();
    assert_eq!(entries.len(), failures.len(), "{output}");
    let mut fingerprints: Vec<&str> = entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), entries.len(), "{output}");
    let found = entries.iter().find(|entry| entry["check_name"] == "SCS0204 local-scheduler-enabled").unwrap();
    assert_eq!(
        (found["location"]["path"].as_str(), found["location"]["lines"]["begin"].as_u64()),
        (Some(PLACE.0), Some(9))
    );
    assert_eq!(found["severity"], "critical");
}

fn markdown() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "markdown"]).ends_with(1);
    let rows = output.stdout.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Level "));
    assert_eq!(rows.count(), failures(dir.path()).len(), "{output}");
    assert!(output.stdout.contains("\n### fin\n\n| Level | Rule | Where | What |\n|---|---|---|---|\n"), "{output}");
}

fn many() {
    let dir = dir();
    let output = verify(dir.path(), &["-o", "short", "-o", "json=b.json", "-o", "sarif=c.sarif", "-o", "wide=d.txt"]);
    let output = output.ends_with(1);
    assert_eq!(output.stdout, verify(dir.path(), &["-o", "short"]).stdout);
    let file = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(file("b.json"), verify(dir.path(), &["-o", "json"]).stdout);
    assert_eq!(json(&file("c.sarif"))["version"], "2.1.0");
    assert!(!file("d.txt").contains('\u{1b}'));
    // Without one for standard output nothing is there.
    let output = verify(dir.path(), &["--color", "always", "-o", "text=e.txt"]).ends_with(1);
    assert_eq!(output.stdout, "");
    assert_eq!(file("e.txt"), verify(dir.path(), &[]).stdout);
    assert!(verify(dir.path(), &["--color", "always"]).stdout.contains('\u{1b}'));

    verify(dir.path(), &["-o", "json", "-o", "sarif"]).ends_with(2).says(&[
        "error: json and sarif cannot both go to standard output",
        "hint: name a file for all but one of them, such as `-o sarif=FILE`",
    ]);
    verify(dir.path(), &["-o", "json=f", "-o", "sarif=f"]).ends_with(2).says(&["two formats cannot both go to f"]);
    verify(dir.path(), &["-o", "json=absent/f"]).ends_with(2).says(&["cannot write absent/f"]);
    verify(dir.path(), &["-o", "xml"])
        .ends_with(2)
        .says(&["the formats are text, short, wide, matrix, checklist, json"]);
    assert!(!dir.path().join("f").exists());
}

fn suppressed() {
    let dir = dir();
    let ignored =
        MANIFESTS.replace("  namespace: fin\nspec:\n  seldonConfig", &format!("{IGNORED}spec:\n  seldonConfig"));
    assert_ne!(ignored, MANIFESTS);
    fs::write(dir.path().join(PLACE.0), ignored).unwrap();
    let print = |form: &str| verify(dir.path(), &["-o", form]).stdout;
    for form in ["text", "short", "github", "gitlab", "markdown"] {
        assert!(!print(form).contains(PLACE.2), "{form}: {}", print(form));
    }
    for form in ["text", "wide", "matrix", "markdown"] {
        assert!(print(form).contains("unknown, 1 suppressed"), "{form}: {}", print(form));
    }
    let wide = print("wide");
    assert!(
        wide.contains("\nsuppressed\n  E SCS0204  ") && wide.contains("(by annotation -- until the move)"),
        "{wide}"
    );
    assert!(print("junit").contains("<skipped message=\"suppressed by annotation (until the move): "));
    assert!(print("matrix").contains("suppressed"), "{}", print("matrix"));
}

fn status() {
    let dir = dir();
    for form in FORMS {
        let first = verify(dir.path(), &["-o", form]).ends_with(1);
        assert_eq!(first.stdout, verify(dir.path(), &["-o", form]).stdout);
    }
    fs::write(dir.path().join(PLACE.0), MANIFESTS.replace("replicas: 2", "replicas: [")).unwrap();
    for form in FORMS {
        verify(dir.path(), &["-o", form]).ends_with(2);
    }
}

fn sarif(data: &Data) {
    let schema = data.schemas("sarif").join("sarif-schema-2.1.0.json");
    let mut schema = json(&fs::read_to_string(schema).unwrap());
    // The pattern of `language` ends in a `]` that nothing opens. ECMA 262 lets browsers take it for itself
    // and the validator does not, so it is written as what it stands for; nothing else is changed.
    assert!(jsonschema::validator_for(&schema).is_err(), "the schema can be used as it is");
    for part in ["run", "toolComponent"] {
        let pattern = &mut schema["definitions"][part]["properties"]["language"]["pattern"];
        *pattern = pattern.as_str().unwrap().replace("}]?$", r"}\]?$").into();
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let dir = dir();
    let output = verify(dir.path(), &["-o", "sarif"]).ends_with(1);
    let log = json(&output.stdout);
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), failures(dir.path()).len(), "{output}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let found = results.iter().find(|result| result["ruleId"] == PLACE.2).unwrap();
    let place = &found["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], PLACE.0);
    assert_eq!(place["region"]["startLine"], PLACE.1);
    assert_eq!(place["region"]["snippet"]["text"], "- name: seldon-scheduler");
    // What is suppressed is a result too, and nothing else is an alert.
    let ignored =
        MANIFESTS.replace("  namespace: fin\nspec:\n  seldonConfig", &format!("{IGNORED}spec:\n  seldonConfig"));
    fs::write(dir.path().join(PLACE.0), ignored).unwrap();
    let suppressed = json(&verify(dir.path(), &["-o", "sarif"]).stdout);
    let errors: Vec<String> =
        validator.iter_errors(&suppressed).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let results = suppressed["runs"][0]["results"].as_array().unwrap();
    let found = results.iter().find(|result| result["ruleId"] == PLACE.2).unwrap();
    let expected = serde_json::json!([{"kind": "inSource", "justification": "until the move"}]);
    assert_eq!(found["suppressions"], expected);
    // That the schema can fail at all.
    let mut wrong = log.clone();
    wrong["runs"][0]["results"][0]["level"] = "info".into();
    assert!(!validator.is_valid(&wrong));
}
