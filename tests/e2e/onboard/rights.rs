//! Users who may not do everything.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{everything, is_as_before, writing_nothing};
use crate::harness::{
    control_plane::Server,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, unique},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("onboard::user_without_rights_gets_the_list", without_rights);
    plan.cluster("onboard::rights_that_are_named_are_enough", named_rights);
    plan.cluster("onboard::user_with_the_needed_rights_succeeds", with_the_needed_rights);
    plan.cluster("onboard::user_with_rights_in_the_namespaces_only", rights_in_the_namespaces_only);
    plan.cluster("onboard::a_role_in_a_namespace_allows_to_read_it", a_role_in_the_namespace);
    plan.cluster("onboard::one_missing_right_is_the_one_that_is_named", one_missing_right);
}

/// What onboarding reads in the whole cluster, in the control plane and in the tenant, and what it
/// writes in the tenant.
const CLUSTER: &[(&str, &str, &[&str])] = &[
    ("", "namespaces", &["get", "create", "patch"]),
    ("mlops.seldon.io", "seldonruntimes servers models pipelines experiments", &["list"]),
];
const CONTROL_PLANE: &[(&str, &str, &[&str])] = &[
    ("mlops.seldon.io", "seldonconfigs serverconfigs", &["list"]),
    ("", "services", &["list"]),
    ("apps", "statefulsets deployments", &["list"]),
    ("networking.k8s.io", "networkpolicies", &["list"]),
];
const TENANT: &[(&str, &str, &[&str])] = &[
    ("", "pods", &["list"]),
    ("apps", "statefulsets deployments", &["list"]),
    ("", "secrets", &["get", "create", "patch"]),
    ("", "services", &["list", "get", "create", "patch"]),
    ("networking.k8s.io", "networkpolicies", &["list", "get", "create", "patch"]),
    ("mlops.seldon.io", "seldonruntimes servers", &["get", "create", "patch"]),
];

fn rules(table: &[(&str, &str, &[&str])]) -> Value {
    let rule = |(group, resources, verbs): &(&str, &str, &[&str])| json!({"apiGroups": [group], "resources": resources.split(' ').collect::<Vec<_>>(), "verbs": verbs});
    table.iter().map(rule).collect()
}

/// Gives a user rights: in a namespace, or in the cluster when it is empty.
fn allow(ground: &Ground<'_>, user: &str, namespace: &str, rules: &Value) {
    let prefix = if namespace.is_empty() { "Cluster" } else { "" };
    let name = user;
    let metadata =
        if namespace.is_empty() { json!({"name": name}) } else { json!({"name": name, "namespace": namespace}) };
    let api_version = "rbac.authorization.k8s.io/v1";
    ground.api.create(
        &json!({"apiVersion": api_version, "kind": format!("{prefix}Role"), "metadata": metadata, "rules": rules}),
    );
    ground.api.create(&json!({
        "apiVersion": api_version,
        "kind": format!("{prefix}RoleBinding"),
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": format!("{prefix}Role"), "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }));
}

/// The API server learns of new rights a moment later.
fn until_allowed(ground: &Ground<'_>, user: &str, namespace: &str, verb: &str, resource: &str) {
    let begun = Instant::now();
    loop {
        let arguments = ["auth", "can-i", verb, resource, "-n", namespace, "--as", user];
        if ground.server.kubectl().run(arguments).status == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{user} may not {verb} {resource}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn onboard_as(ground: &Ground<'_>, user: &str, arguments: &[&str]) -> Output {
    ground.onboard(&[&["--as", user], arguments].concat())
}

fn without_rights(server: &Server) {
    let ground = Ground::healthy(server);
    for arguments in [["--context", "alice"], ["--as", "bob"]] {
        let output = writing_nothing(&ground, || ground.onboard(&arguments)).ends_with(2);
        assert_eq!(output.stdout, "");
        let tenant = &ground.tenant;
        // Names that nobody could ask for are none of the cluster's.
        let emit = [&arguments[..], &["--emit", "yaml", "--check-live"]].concat();
        let emitted = ground.onboard(&emit).ends_with(3);
        assert_eq!(emitted.stdout, "", "{emitted}");
        emitted.says(&["error: nothing was written, because", "hint: --allow-incomplete goes on without"]);
        let emitted = ground.onboard(&[&emit[..], &["--allow-incomplete"]].concat()).succeeds();
        assert!(
            emitted.stdout.contains("kind: Server") && !emitted.stderr.contains("the names are those"),
            "{emitted}"
        );
        let output = output.says(&[
            "error: nothing was written, because these rights are missing:\n",
            "  create namespaces\n",
            &format!("  get secrets/seldon-rclone-gs-public in namespace {tenant}\n"),
            &format!("  create services in namespace {tenant}\n"),
            &format!("  patch networkpolicies.networking.k8s.io/{tenant}-app-policy in namespace {tenant}\n"),
            &format!("  create servers.mlops.seldon.io in namespace {tenant}\n"),
            // What these are called depends on what may not be read.
            &format!("  patch seldonruntimes.mlops.seldon.io in namespace {tenant}\n"),
            &format!("  patch servers.mlops.seldon.io in namespace {tenant}\n"),
            "hint: ask for them, or use other credentials",
        ]);
        assert!(!output.stderr.contains("mlserver"), "{output}");
        // A name that the user gives is the one that is written.
        let named = [&arguments[..], &["--server-name", "mine"]].concat();
        let named = ground.onboard(&named).ends_with(2);
        named.says(&[&format!("  patch servers.mlops.seldon.io/mine in namespace {tenant}\n")]);
    }
}

/// Whoever is given what the list names, and nothing else, gets through without a word of what could not
/// be read.
fn named_rights(server: &Server) {
    let ground = Ground::healthy(server);
    let user = unique("frank");
    ground.namespace(&ground.tenant);
    let refused = writing_nothing(&ground, || onboard_as(&ground, &user, &[])).ends_with(2);
    let named: Vec<&str> = refused.stderr.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    assert!(named.contains(&"list services/seldon-scheduler in all namespaces"), "{refused}");
    assert!(named.contains(&"list models.mlops.seldon.io in all namespaces"), "{refused}");
    for (namespace, place) in [
        ("", None),
        (&*ground.control_plane, Some(format!(" in namespace {}", ground.control_plane))),
        (&*ground.tenant, Some(format!(" in namespace {}", ground.tenant))),
    ] {
        let here = named.iter().filter(|line| match &place {
            Some(place) => line.ends_with(place.as_str()),
            None => !line.contains(" in namespace "),
        });
        let rules: Value = here.map(|line| rule_of(line)).collect();
        assert!(rules.as_array().is_some_and(|rules| !rules.is_empty()), "{refused}");
        allow(&ground, &user, namespace, &rules);
    }
    until_allowed(&ground, &user, &ground.tenant, "patch", "servers.mlops.seldon.io");
    until_allowed(&ground, &user, &ground.control_plane, "list", "services");
    until_allowed(&ground, &user, "default", "list", "models.mlops.seldon.io");
    let output = onboard_as(&ground, &user, &[]).succeeds();
    assert!(!output.stderr.contains("could not be read"), "{output}");
    // What may be read now shows that the usual name is free.
    assert!(output.stdout.contains("server.mlops.seldon.io/mlserver -n "), "{output}");
}

/// `patch services/seldon-scheduler in namespace fin` as a rule of RBAC.
fn rule_of(line: &str) -> Value {
    let mut words = line.split(' ');
    let (verb, what) = (words.next().unwrap(), words.next().unwrap());
    let (kind, name) = what.split_once('/').map_or((what, None), |(kind, name)| (kind, Some(name)));
    let (plural, group) = kind.split_once('.').unwrap_or((kind, ""));
    let mut rule = json!({"verbs": [verb], "apiGroups": [group], "resources": [plural]});
    if let Some(name) = name {
        rule["resourceNames"] = json!([name]);
    }
    rule
}

fn with_the_needed_rights(server: &Server) {
    let ground = Ground::healthy(server);
    let user = unique("carol");
    ground.namespace(&ground.tenant);
    allow(&ground, &user, "", &rules(CLUSTER));
    allow(&ground, &user, &ground.control_plane, &rules(CONTROL_PLANE));
    allow(&ground, &user, &ground.tenant, &rules(TENANT));
    until_allowed(&ground, &user, &ground.tenant, "patch", "servers.mlops.seldon.io");
    let output = onboard_as(&ground, &user, &[]).succeeds();
    assert_eq!(output.stdout.lines().filter(|line| line.ends_with(" created")).count(), 8, "{output}");
    let again = writing_nothing(&ground, || onboard_as(&ground, &user, &[])).succeeds();
    assert!(again.stdout.lines().all(|line| line.ends_with(" unchanged")), "{again}");
}

/// Whoever may not look at other tenants cannot know whether a name is free, and is told so.
fn rights_in_the_namespaces_only(server: &Server) {
    let ground = Ground::healthy(server);
    let user = unique("dave");
    ground.namespace(&ground.tenant);
    let both = [&CLUSTER[1..], CONTROL_PLANE].concat();
    allow(&ground, &user, "", &rules(&[("", "namespaces", &["get"])]));
    allow(&ground, &user, &ground.control_plane, &rules(&both));
    allow(&ground, &user, &ground.tenant, &rules(&[&CLUSTER[1..], TENANT].concat()));
    until_allowed(&ground, &user, &ground.tenant, "patch", "servers.mlops.seldon.io");
    let output = writing_nothing(&ground, || onboard_as(&ground, &user, &[])).ends_with(3);
    output.says(&[
        "servers.mlops.seldon.io",
        "error: nothing was written, because",
        "hint: --allow-incomplete goes on without",
    ]);
    let output = onboard_as(&ground, &user, &["--allow-incomplete"]).succeeds();
    assert_eq!(output.stdout.lines().filter(|line| line.ends_with(" created")).count(), 8, "{output}");
    // A label of ours is not worth a refusal.
    output.says(&[&format!("{}: the namespace is left as it is, because you may not change it", ground.tenant)]);
}

/// RBAC lets a Role allow to read and change the Namespace that it is in.
fn a_role_in_the_namespace(server: &Server) {
    let ground = Ground::healthy(server);
    let user = unique("nina");
    ground.namespace(&ground.tenant);
    let own: &[(&str, &str, &[&str])] = &[("", "namespaces", &["get", "patch"])];
    let aliases: &[(&str, &str, &[&str])] = &[("", "services", &["list"])];
    allow(&ground, &user, "", &rules(&[&CLUSTER[1..], aliases].concat()));
    allow(&ground, &user, &ground.control_plane, &rules(&[own, CONTROL_PLANE].concat()));
    allow(&ground, &user, &ground.tenant, &rules(&[own, TENANT].concat()));
    until_allowed(&ground, &user, &ground.tenant, "patch", "servers.mlops.seldon.io");
    let output = onboard_as(&ground, &user, &[]).succeeds();
    assert_eq!(output.stdout.lines().filter(|line| line.ends_with(" created")).count(), 8, "{output}");
}

fn one_missing_right(server: &Server) {
    let ground = Ground::healthy(server);
    ground.namespace(&ground.tenant);
    let before = everything(&ground);
    let all: Vec<(&str, &str, &str)> = TENANT
        .iter()
        .flat_map(|(group, resources, verbs)| {
            resources.split(' ').flat_map(move |resource| verbs.iter().map(move |verb| (*group, resource, *verb)))
        })
        .collect();
    for (missing, status, said) in [
        (("", "services", "create"), 2, "create services in namespace TENANT"),
        (("", "secrets", "get"), 2, "get secrets/seldon-rclone-gs-public in namespace TENANT"),
        (("mlops.seldon.io", "servers", "patch"), 2, "patch servers.mlops.seldon.io/TENANT-s in namespace TENANT"),
        (
            ("networking.k8s.io", "networkpolicies", "list"),
            3,
            "networkpolicies.networking.k8s.io of namespace TENANT could not be read",
        ),
    ] {
        let user = unique("erin");
        let left = all.iter().filter(|right| **right != missing);
        let rules: Value = left
            .map(|(group, resource, verb)| json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]}))
            .collect();
        let aliases: &[(&str, &str, &[&str])] = &[("", "services", &["list"])];
        allow(&ground, &user, "", &self::rules(&[CLUSTER, aliases].concat()));
        allow(&ground, &user, &ground.control_plane, &self::rules(CONTROL_PLANE));
        allow(&ground, &user, &ground.tenant, &rules);
        until_allowed(&ground, &user, &ground.tenant, "patch", "secrets");
        // Whoever may not look at the aliases of others is given a name that nobody can have.
        let output = onboard_as(&ground, &user, &["--server-name", "{namespace}-s"]).ends_with(status);
        let said = said.replace("TENANT", &ground.tenant);
        if status == 2 {
            output.says(&[&format!("error: nothing was written, because these rights are missing:\n  {said}\nhint: ")]);
        } else {
            output.says(&[&said, "error: nothing was written"]);
        }
        is_as_before(&ground, &before);
    }
}
