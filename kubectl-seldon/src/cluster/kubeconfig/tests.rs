use std::{fs, time::Duration};

use tempfile::TempDir;

use super::*;

const FIRST: &str = "current-context: ''\n\
    contexts: [{name: prod-eu, context: {cluster: eu, user: me, namespace: fin}}]\n\
    clusters: [{name: eu, cluster: {server: 'https://eu:6443', tls-server-name: eu.corp}}]\n\
    users: [{name: me, user: {token: first}}]\n";
const SECOND: &str = "current-context: prod-us\n\
    contexts: [{name: prod-us, context: {cluster: us, user: me}}, {name: prod-eu, context: {cluster: us}}]\n\
    clusters: [{name: us, cluster: {server: 'https://us:6443'}}]\n\
    users: [{name: me, user: {token: second}}]\n";

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(TempDir::new().unwrap());
        files.write("first", FIRST);
        files.write("second", SECOND);
        files
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn environment(&self, kubeconfigs: &[&str]) -> Environment {
        let paths: Vec<_> = kubeconfigs.iter().map(|name| self.0.path().join(name)).collect();
        Environment {
            variables: [("KUBECONFIG", std::env::join_paths(paths).unwrap())].into(),
            home: Some(self.0.path().to_owned()),
            service_account: self.0.path().join("account"),
            ..Environment::default()
        }
    }
}

fn server(choice: &Choice) -> &str {
    choice.cluster.server.as_deref().unwrap()
}

fn token(choice: &Choice) -> String {
    serde_json::to_value(&choice.user).unwrap()["token"].as_str().unwrap().to_owned()
}

#[test]
fn of_several_kubeconfigs_the_first_wins_and_missing_ones_are_skipped() {
    let files = Files::new();
    let environment = files.environment(&["missing", "first", "second"]);
    let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
    assert_eq!(choice.context.as_deref(), Some("prod-us"), "an empty current-context does not win");
    assert_eq!((server(&choice), token(&choice).as_str()), ("https://us:6443", "first"));
    assert_eq!(choice.namespace, "default");

    let flags = KubeFlags { context: Some("prod-eu".to_owned()), ..KubeFlags::default() };
    let choice = Choice::new(&flags, &environment).unwrap();
    assert_eq!((server(&choice), choice.namespace.as_str()), ("https://eu:6443", "fin"));
}

#[test]
fn without_a_list_the_home_folders_kubeconfig_is_read() {
    let files = Files::new();
    files.write(".kube/config", SECOND);
    let choice = Choice::new(&KubeFlags::default(), &files.environment(&[])).unwrap();
    assert_eq!(server(&choice), "https://us:6443");
}

#[test]
fn a_kubeconfig_named_by_the_flag_must_exist() {
    let files = Files::new();
    let flags = KubeFlags { kubeconfig: Some("/does/not/exist".into()), ..KubeFlags::default() };
    assert_eq!(
        Choice::new(&flags, &files.environment(&["first"])).unwrap_err().to_string(),
        "cannot read the kubeconfig /does/not/exist: no such file or directory; correct it, or choose \
         another with --kubeconfig or KUBECONFIG"
    );
}

#[test]
fn a_broken_kubeconfig_is_reported_without_quoting_it() {
    let files = Files::new();
    files.write("first", "users:\n- name: me\n  user: {token: s3cr3t\n");
    let error = Choice::new(&KubeFlags::default(), &files.environment(&["first"])).unwrap_err().to_string();
    assert!(error.contains("first: ") && error.contains("line"), "{error}");
    assert!(!error.contains("s3cr3t"), "{error}");
}

#[test]
fn unknown_names_are_answered_with_those_that_may_have_been_meant() {
    let files = Files::new();
    let environment = files.environment(&["first", "second"]);
    let choose = |flags: KubeFlags| Choice::new(&flags, &environment).unwrap_err().to_string();
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(
        choose(KubeFlags { context: name("prod-ue"), ..KubeFlags::default() }),
        "the kubeconfig has no context `prod-ue`, which --context names; did you mean `prod-us` or `prod-eu`?"
    );
    assert_eq!(
        choose(KubeFlags { cluster: name("asia"), ..KubeFlags::default() }),
        "the kubeconfig has no cluster `asia`, which --cluster names; it has `eu`, `us`"
    );
    assert_eq!(
        choose(KubeFlags { user: name("mee"), ..KubeFlags::default() }),
        "the kubeconfig has no user `mee`, which --user names; did you mean `me`?"
    );
}

#[test]
fn a_context_must_lead_to_a_cluster_with_an_address() {
    let files = Files::new();
    let environment = files.environment(&["first"]);
    let choose = |text: &str| {
        files.write("first", text);
        Choice::new(&KubeFlags::default(), &environment).unwrap_err().to_string()
    };
    assert_eq!(
        choose("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]"),
        "the kubeconfig has no cluster `b`, which its context `a` names; it has none"
    );
    assert_eq!(
        choose("current-context: a\ncontexts: [{name: a, context: {cluster: b}}]\nclusters: [{name: b, cluster: {}}]"),
        "the cluster `b` of the kubeconfig has no server address; add it, or give one with --server"
    );
    assert_eq!(
        choose("contexts: [{name: a, context: {cluster: b}}]"),
        "the kubeconfig names no current context; choose one with --context; it has `a`"
    );
}

#[test]
fn without_any_configuration_the_places_are_named() {
    let files = Files::new();
    let environment = files.environment(&[]);
    let error = Choice::new(&KubeFlags::default(), &environment).unwrap_err().to_string();
    assert!(error.contains(".kube/config does not exist or is empty and this is no pod"), "{error}");
}

#[test]
fn a_server_alone_is_enough() {
    let files = Files::new();
    let flags = KubeFlags { server: Some("localhost:8080".to_owned()), ..KubeFlags::default() };
    let choice = Choice::new(&flags, &files.environment(&[])).unwrap();
    assert_eq!((server(&choice), choice.context.as_deref()), ("http://localhost:8080", None));
}

#[test]
fn flags_replace_what_the_kubeconfig_says() {
    let files = Files::new();
    let flags = KubeFlags {
        context: Some("prod-eu".to_owned()),
        namespace: Some("risk".to_owned()),
        server: Some("other:6443".to_owned()),
        insecure_skip_tls_verify: true,
        token: Some("flag".parse().unwrap()),
        impersonate: Some("admin".to_owned()),
        request_timeout: Some(Duration::from_secs(1).into()),
        ..KubeFlags::default()
    };
    let choice = Choice::new(&flags, &files.environment(&["first"])).unwrap();
    assert_eq!((server(&choice), choice.namespace.as_str()), ("https://other:6443", "risk"));
    assert_eq!(choice.cluster.tls_server_name, None, "the name belongs to the kubeconfig's server");
    assert_eq!(token(&choice), "flag");
    assert_eq!(choice.user.impersonate.as_deref(), Some("admin"));
}

#[test]
fn groups_are_impersonated_only_with_a_user() {
    let files = Files::new();
    let flags = KubeFlags {
        context: Some("prod-eu".to_owned()),
        impersonate_groups: vec!["a".to_owned()],
        ..KubeFlags::default()
    };
    let error = Choice::new(&flags, &files.environment(&["first"])).unwrap_err();
    assert_eq!(error, ClusterError::ImpersonationWithoutUser);
}

#[test]
fn a_pod_uses_its_service_account_when_there_is_no_kubeconfig() {
    let files = Files::new();
    files.write("account/token", "t");
    files.write("account/namespace", "ci\n");
    let mut environment = files.environment(&[]);
    environment.variables.insert("KUBERNETES_SERVICE_HOST", "fd00::1".into());
    environment.variables.insert("KUBERNETES_SERVICE_PORT", "443".into());
    let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
    assert_eq!((server(&choice), choice.namespace.as_str()), ("https://[fd00::1]:443", "ci"));
    assert!(choice.user.token_file.unwrap().ends_with("account/token"));

    environment.variables.insert("KUBECONFIG", files.0.path().join("second").into());
    let choice = Choice::new(&KubeFlags::default(), &environment).unwrap();
    assert_eq!(server(&choice), "https://us:6443");
}
