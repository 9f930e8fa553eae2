use super::*;

fn answered(line: &str) -> String {
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    answer(&words)
}

fn values(line: &str) -> Vec<String> {
    let answer = answered(line);
    let lines = answer.lines().filter(|line| !line.starts_with(':'));
    lines.map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn only_the_name_that_kubectl_asks_is_asked() {
    let is = |name: &str| is_asked(Some(&OsString::from(name)));
    assert!(is("/usr/bin/kubectl_complete-seldon") && is("kubectl_complete-seldon.exe"));
    assert!(!is("/usr/bin/kubectl-seldon") && !is_asked(None));
}

#[test]
fn verbs_come_with_what_they_do_and_an_end_that_wants_no_files() {
    let answer = answered("ver");
    assert_eq!(answer.lines().count(), 3, "{answer}");
    assert!(answer.starts_with("verify\tJudge namespaces of a cluster"), "{answer}");
    assert!(answer.ends_with(":4\n"), "{answer}");
    assert!(values("").contains(&"onboard".to_owned()));
    assert_eq!(super::answer(&[]), answered(""));
}

#[test]
fn flags_are_offered_when_one_is_begun() {
    assert_eq!(values("verify --sele"), ["--select"]);
    assert!(!values("verify --level ").iter().any(|value| value.starts_with('-')));
    assert_eq!(values("verify --level w"), ["warning"]);
}

#[test]
fn rules_are_offered_by_id_and_by_name_also_after_a_comma() {
    assert_eq!(values("verify --select SCS0504"), ["SCS0504"]);
    assert_eq!(values("verify --select SCS0204,SCS0504"), ["SCS0204,SCS0504"]);
    assert_eq!(values("verify --ignore=alias-not-operator"), ["--ignore=alias-not-operator-stable"]);
    assert!(answered("explain SCS0504").contains("SCS0504\talias-not-operator-stable\n"));
    let topics = values("explain mod");
    assert!(topics.contains(&"model/".to_owned()) && topics.contains(&"model-not-ready".to_owned()), "{topics:?}");
}

#[test]
fn contexts_come_from_the_kubeconfig_on_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config");
    let text = "apiVersion: v1\nkind: Config\ncontexts:\n- name: prod\n- name: \"te\\u001bst\"\n- name: test\n";
    std::fs::write(&file, text).unwrap();
    let line = format!("verify --kubeconfig {} --context ", file.display());
    assert_eq!(values(&line), ["prod", "test"], "a name that would write to the terminal is no candidate");
    assert_eq!(values(&format!("{line}t")), ["test"]);
    let line = format!("verify --kubeconfig {} --contexts prod,t", file.display());
    assert_eq!(values(&line), ["prod,test"]);
}

#[test]
fn files_are_offered_where_files_are_meant_and_directories_stay_open() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("overlays")).unwrap();
    std::fs::write(dir.path().join("one.yaml"), "").unwrap();
    let line = format!("verify -f {}/", dir.path().display());
    assert_eq!(values(&line).len(), 2);
    let only = answered(&format!("{line}ov"));
    assert!(only.ends_with("/overlays/\n:6\n"), "{only}");
}

#[test]
fn a_cluster_that_cannot_be_reached_is_silence() {
    assert_eq!(answered("verify --kubeconfig /nowhere/at/all "), ":4\n");
    assert_eq!(answered("explain --server http://127.0.0.1:1 model/"), ":4\n");
}
