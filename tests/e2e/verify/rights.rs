//! `verify` as users who may not see everything.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use seldon_central_core::rules::{self, World};
use serde_json::{Value, json};

use super::{outcomes, shown, with_result};
use crate::harness::{
    control_plane::Server,
    files::objects,
    plan::Plan,
    tenant::{Ground, unique},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("verify::rights::printed_roles_of_a_namespace_are_enough", roles_of_a_namespace);
    plan.cluster("verify::rights::printed_roles_of_namespaces_are_enough", roles_of_namespaces);
    plan.own_cluster("verify::rights::printed_roles_of_the_cluster_are_enough_and_none_too_many", roles_of_the_cluster);
    plan.cluster("verify::rights::user_without_rights_knows_nothing", without_rights);
}

/// The roles that `verify` prints, under names of their own.
fn printed(ground: &Ground<'_>, arguments: &[&str], user: &str) -> Vec<Value> {
    let output = ground.verify(&[arguments, &["--print-rbac"]].concat()).succeeds();
    let text = output.stdout.replace("kubectl-seldon-verify", user);
    objects(&text)
}

/// Creates roles and gives them to a user.
fn grant(ground: &Ground<'_>, user: &str, roles: &[Value]) {
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
fn until<T>(what: &str, mut run: impl FnMut() -> Option<T>) -> T {
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
    let all = ground.verify(&[&ground.tenant, "-o", "json"]).succeeds();
    assert_eq!(with_result(&all, "unknown"), [""; 0]);
    until("the roles are not enough", || {
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
    let all = ground.verify(&[&ground.tenant, &other, "-o", "json"]);
    until("the roles are not enough", || {
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
    let arguments = ["-A", "--tenant", &ground.tenant, "-o", "json"];
    let all = ground.verify(&arguments).ends_with(1);
    let expected = results(&outcomes(&all));
    let user = unique("erin");
    let roles = printed(&ground, &[], &user);
    grant(&ground, &user, &roles);
    until("the roles are not enough", || {
        let own = ground.verify(&[&arguments[..], &["--as", &user]].concat());
        (own.status == 1 && own.stdout == all.stdout).then_some(())
    });

    let plurals: Vec<String> = roles
        .iter()
        .flat_map(|role| role["rules"].as_array().unwrap())
        .flat_map(|rule| rule["resources"].as_array().unwrap())
        .map(|plural| plural.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(plurals.len(), 14, "{plurals:?}");
    for missing in plurals {
        one_kind_less(&ground, &roles, &missing, &arguments, &expected);
    }
}

/// Takes the right to one kind away. What may depend on it is unknown, and nothing else changes.
fn one_kind_less(
    ground: &Ground<'_>,
    roles: &[Value],
    missing: &str,
    arguments: &[&str],
    expected: &BTreeMap<String, String>,
) {
    let user = unique("frank");
    let fewer: Vec<Value> =
        roles.iter().enumerate().map(|(index, role)| without(role, missing, &user, index)).collect();
    grant(ground, &user, &fewer);
    let own = until(&format!("without {missing} the run is not incomplete"), || {
        let own = ground.verify(&[arguments, &["--as", &user]].concat());
        let other = (own.stderr.contains("is not allowed") || own.stderr.contains("not allowed to"))
            && !own.stderr.lines().filter(|line| line.contains("not allowed to")).all(|line| line.contains(missing));
        // No policy here asks for a label that only the Namespace itself shows.
        let status = if missing == "namespaces" { 1 } else { 3 };
        (own.status == status && !other).then_some(own)
    });
    let depends = |rule: &str| {
        let rule = rules::find(rule).unwrap();
        rule.reads.iter().chain(World::READS).any(|kind| kind.plural == missing)
    };
    let found = results(&outcomes(&own));
    for (outcome, result) in expected {
        let rule = outcome.split(' ').next().unwrap();
        match found.get(outcome) {
            Some(now) if now == result => {}
            Some(now) => assert!(now == "unknown" && depends(rule), "without {missing}: {outcome} is {now}"),
            None => assert!(depends(rule), "without {missing}: {outcome} is gone"),
        }
    }
    for (outcome, result) in &found {
        assert!(
            expected.get(outcome) == Some(result) || result == "unknown",
            "without {missing}: {outcome} is {result}, which it was not"
        );
    }
    let content = ground.verify(&[arguments, &["--as", &user, "--allow-incomplete"]].concat());
    assert_ne!(content.status, 3, "{content}");
}

fn without(role: &Value, missing: &str, user: &str, index: usize) -> Value {
    let mut role = role.clone();
    role["metadata"]["name"] = format!("{user}-{index}").into();
    for rule in role["rules"].as_array_mut().unwrap() {
        rule["resources"].as_array_mut().unwrap().retain(|plural| plural != missing);
    }
    role["rules"].as_array_mut().unwrap().retain(|rule| !rule["resources"].as_array().unwrap().is_empty());
    role
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
