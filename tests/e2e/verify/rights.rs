//! `verify` as users who may not see everything.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use seldon_central_core::rules::{self, World};
use serde_json::{Value, json};

use super::{logs, outcomes, shown, with_result};
use crate::harness::{
    control_plane::Server,
    files::objects,
    kubectl::Output,
    plan::Plan,
    tenant::{Ground, unique},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::rights::printed_roles_of_a_namespace_are_enough", roles_of_a_namespace);
    plan.cluster("verify::rights::printed_roles_of_namespaces_are_enough", roles_of_namespaces);
    plan.own_cluster("verify::rights::printed_roles_of_the_cluster_are_enough_and_none_too_many", roles_of_the_cluster);
    plan.own_cluster("verify::rights::each_right_in_namespaces_is_needed_for_what_it_reads", each_right_of_a_namespace);
    plan.cluster("verify::rights::user_without_rights_knows_nothing", without_rights);
}

/// The roles that `verify` prints, under names of their own.
pub(super) fn printed(ground: &Ground<'_>, arguments: &[&str], user: &str) -> Vec<Value> {
    let output = ground.verify(&[arguments, &["--print-rbac"]].concat()).succeeds();
    let text = output.stdout.replace("kubectl-seldon-verify", user);
    objects(&text)
}

/// Whether a role is one that nobody needs: a run without it is not incomplete.
pub(super) fn is_optional(role: &Value) -> bool {
    let name = role["metadata"]["name"].as_str().unwrap();
    ["-helm", "-certificates"].iter().any(|end| name.ends_with(end))
}

/// Creates roles and gives them to a user.
pub(super) fn grant(ground: &Ground<'_>, user: &str, roles: &[Value]) {
    for role in roles {
        ground.api.create(role);
        let kind = role["kind"].as_str().unwrap();
        ground.api.create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": format!("{kind}Binding"),
            "metadata": role["metadata"],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role["metadata"]["name"]},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }));
    }
}

/// Runs until the API server has learnt of all rights of a user.
#[track_caller]
pub(super) fn until<T>(what: &str, mut run: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(result) = run() {
            return result;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn roles_of_a_namespace(server: &Server) {
    let ground = Ground::serving(server);
    let user = unique("carol");
    let roles = printed(&ground, &[&ground.tenant], &user);
    grant(&ground, &user, &roles);
    until("the roles are not enough", || {
        let all = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
        assert_eq!(with_result(&all, "unknown"), [""; 0]);
        let own = ground.verify(&[&ground.tenant, "-o", "json", "--as", &user]);
        (own.status == 0 && own.stdout == all.stdout).then_some(())
    });
}

/// LISTs of the whole cluster are refused, so the same is asked namespace by namespace.
fn roles_of_namespaces(server: &Server) {
    let ground = Ground::serving(server);
    let other = unique("risk");
    ground.onboard_also(&other);
    let user = unique("dave");
    let roles = printed(&ground, &[&ground.tenant, &other], &user);
    grant(&ground, &user, &roles);
    // Other trials change what is around the two meanwhile, so both are asked anew each time.
    until("the roles are not enough", || {
        let all = ground.verify(&[&ground.tenant, &other, "-o", "json"]);
        let own = ground.verify(&[&ground.tenant, &other, "-o", "json", "--as", &user]);
        (own.status == all.status && own.stdout == all.stdout).then_some(())
    });
}

/// Outcomes by rule and object, with their results.
fn results(outcomes: &[Value]) -> BTreeMap<String, String> {
    outcomes.iter().map(|outcome| (shown(outcome), outcome["result"].as_str().unwrap().to_owned())).collect()
}

fn roles_of_the_cluster(server: &Server) {
    let ground = Ground::serving(server);
    // Something to find, which is to be found whatever else cannot be read.
    ground.api.merge(
        "mlops.seldon.io/v1alpha1/Server",
        &ground.tenant,
        &format!("{}-mlserver", ground.tenant),
        &json!({"spec": {"capabilities": ["scikit-learn", "mlserver"]}}),
    );
    asks_for_labels(&ground);
    logs::run(&ground, "");
    let arguments = ["-A", "--tenant", &ground.tenant, "-o", "json"];
    let all = ground.verify(&arguments).ends_with(1);
    let user = unique("erin");
    let roles = printed(&ground, &[], &user);
    grant(&ground, &user, &roles);
    until("the roles are not enough", || {
        let own = ground.verify(&[&arguments[..], &["--as", &user]].concat());
        (own.status == 1 && own.stdout == all.stdout).then_some(())
    });

    assert_eq!(rights(&roles).len(), 16, "{roles:#?}");
    assert_eq!(one_right_less(&ground, &roles, &arguments, &all), [""; 0]);
}

/// The same for one tenant in a cluster with another control plane, whose tenant has the same names.
fn each_right_of_a_namespace(server: &Server) {
    let ground = Ground::serving(server);
    let (theirs, strangers) = (Ground::healthy(server), unique("theirs"));
    theirs.onboard_also(&strangers);
    let name = format!("{}-mlserver", ground.tenant);
    for namespace in [&ground.tenant, &strangers] {
        if namespace == &strangers {
            ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Server",
                "metadata": {"name": name, "namespace": namespace}, "spec": {"serverConfig": "mlserver"}}));
        }
        ground.api.create(&json!({"apiVersion": "mlops.seldon.io/v1alpha1", "kind": "Model",
            "metadata": {"name": "income", "namespace": namespace},
            "spec": {"server": name, "requirements": ["sklearn"], "storageUri": "s3://a/b"}}));
    }
    asks_for_labels(&ground);
    logs::run(&ground, "");
    let arguments = [ground.tenant.as_str(), "-o", "json"];
    let all = ground.verify(&arguments);
    let expected = results(&outcomes(&all));
    let own = |rule: &str, object: String| expected.get(&format!("{rule} {object}")).map(String::as_str);
    assert_eq!(own("SCS0304", format!("Server {}/{name}", ground.tenant)), Some("pass"), "{expected:#?}");
    assert_eq!(own("SCS0405", format!("Model {}/income", ground.tenant)), Some("pass"), "{expected:#?}");
    let roles = printed(&ground, &[&ground.tenant], &unique("grace"));
    // Where an alias is, no relay is looked for.
    assert_eq!(one_right_less(&ground, &roles, &arguments, &all), ["deployments"]);
}

/// A policy for which the labels of namespaces matter.
fn asks_for_labels(ground: &Ground<'_>) {
    ground.api.create(&json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "by-label", "namespace": ground.tenant},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"],
            "egress": [{"to": [{"namespaceSelector": {"matchLabels": {"name": ground.control_plane}}}]}]}}));
}

/// One kind in one rule of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Right {
    role: usize,
    rule: usize,
    plural: String,
}

/// The rights that are needed.
fn rights(roles: &[Value]) -> Vec<Right> {
    let mut rights = Vec::new();
    let needed = roles.iter().enumerate().filter(|(_, role)| !is_optional(role));
    for (role, rules) in needed.map(|(index, role)| (index, role["rules"].as_array().unwrap())) {
        for (rule, plurals) in rules.iter().map(|rule| rule["resources"].as_array().unwrap()).enumerate() {
            rights.extend(plurals.iter().map(|plural| Right {
                role,
                rule,
                plural: plural.as_str().unwrap().to_owned(),
            }));
        }
    }
    rights
}

/// Takes each right away in turn. What may depend on it is unknown, and nothing else changes. Returns
/// the rights on which nothing depends here.
fn one_right_less(ground: &Ground<'_>, roles: &[Value], arguments: &[&str], all: &Output) -> Vec<String> {
    let (mut rights, expected) = (rights(roles), results(&outcomes(all)));
    // Without events causes are poorer, and no verdict is unknown.
    rights.retain(|right| right.plural != "events");
    let mut needless = Vec::new();
    let users: Vec<String> = rights.iter().map(|_| unique("frank")).collect();
    for (user, missing) in users.iter().zip(&rights) {
        grant(ground, user, &without(roles, missing, user));
    }
    for (user, missing) in users.iter().zip(&rights) {
        let own = until(&format!("without {missing:?} the run is not incomplete"), || {
            let own = ground.verify(&[arguments, &["--as", user]].concat());
            // The API server learns of the other rights one by one.
            let refusals: Vec<_> = own.stderr.lines().filter(|line| line.contains("not allowed to")).collect();
            let is_settled = refusals.iter().all(|line| line.contains(&missing.plural));
            let is_incomplete = own.status == 3 && !refusals.is_empty() && is_settled;
            let is_same = own.status == all.status && own.stdout == all.stdout;
            (is_incomplete || is_same).then_some(own)
        });
        if own.status != 3 {
            needless.push(missing.plural.clone());
        }
        only_unknown(missing, &results(&outcomes(&own)), &expected);
        let content = ground.verify(&[arguments, &["--as", user, "--allow-incomplete"]].concat());
        assert_ne!(content.status, 3, "{content}");
    }
    needless
}

/// Insists that what is found with a right less is the same but for what depends on it.
fn only_unknown(missing: &Right, found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>) {
    let depends = |outcome: &str| {
        let rule = rules::find(outcome.split(' ').next().unwrap()).unwrap();
        rule.reads.iter().chain(World::READS).any(|kind| kind.plural == missing.plural)
    };
    for (outcome, result) in expected {
        match found.get(outcome) {
            Some(now) if now == result => {}
            Some(now) => assert!(now == "unknown" && depends(outcome), "without {missing:?}: {outcome} is {now}"),
            None => assert!(depends(outcome), "without {missing:?}: {outcome} is gone"),
        }
    }
    for (outcome, result) in found {
        assert!(
            expected.get(outcome) == Some(result) || result == "unknown",
            "without {missing:?}: {outcome} is {result}, which it was not"
        );
    }
}

/// The roles under names of their own, but for one right.
fn without(roles: &[Value], missing: &Right, user: &str) -> Vec<Value> {
    let mut roles = roles.to_vec();
    let resources = roles[missing.role]["rules"][missing.rule]["resources"].as_array_mut().unwrap();
    resources.retain(|plural| *plural != *missing.plural);
    for (index, role) in roles.iter_mut().enumerate() {
        role["metadata"]["name"] = format!("{user}-{index}").into();
        role["rules"].as_array_mut().unwrap().retain(|rule| rule["resources"] != json!([]));
    }
    roles
}

fn without_rights(server: &Server) {
    let ground = Ground::serving(server);
    let output = ground.verify(&[&ground.tenant, "--context", "alice", "-o", "json"]).ends_with(3);
    assert_eq!(with_result(&output, "fail"), [""; 0], "{output}");
    assert_eq!(with_result(&output, "pass"), [""; 0], "{output}");
    assert!(!with_result(&output, "unknown").is_empty(), "{output}");
    output.says(&["not allowed to list servers.mlops.seldon.io", "--allow-incomplete"]);
    ground.verify(&[&ground.tenant, "--context", "alice", "--allow-incomplete"]).succeeds();
}
