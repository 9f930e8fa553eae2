//! Plans that are kept, carried out and taken back, and runs that end in the middle.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;

use super::{apply_plan, change_override, contents, fix, numeric_ports, runtime_of};
use crate::harness::{
    control_plane::Server,
    door::Door,
    plan::Plan,
    tenant::{Ground, RUNTIME, SERVICE},
};

pub(super) fn add(plan: &mut Plan) {
    plan.cluster("fix::plan_is_carried_out_exactly_and_refused_after_a_change", planned);
    plan.cluster("fix::undo_gives_everything_back", undone);
    plan.cluster("fix::undo_is_refused_where_somebody_went_on", undo_refused);
    plan.cluster("fix::connection_that_dies_half_way_is_told_and_finished_by_the_next_run", half_way);
}

fn broken(server: &Server) -> Ground<'_> {
    let ground = Ground::serving(server);
    numeric_ports(&ground);
    change_override(&ground, "seldon-scheduler", |entry| entry["replicas"] = json!(1));
    ground.api.delete("v1/Secret", &ground.tenant, "seldon-rclone-gs-public");
    ground
}

#[cfg(unix)]
fn is_private(file: &str) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

fn planned(server: &Server) {
    let ground = broken(server);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("plan.json").display().to_string();
    let before = contents(&ground);
    fix(&ground, &["--unsafe", "--plan", &file]).succeeds();
    assert_eq!(contents(&ground), before, "a plan writes nothing");
    is_private(&file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("/metadata/resourceVersion") && text.contains("/spec/overrides/"), "{text}");

    ground.api.merge(RUNTIME, &ground.tenant, &runtime_of(&ground), &json!({"metadata": {"labels": {"team": "risk"}}}));
    let touched = contents(&ground);
    apply_plan(&ground, &file, &[])
        .ends_with(2)
        .says(&["error: nothing was written, because not all is as it was when the plan was made:", " was changed"]);
    assert_eq!(contents(&ground), touched);

    fix(&ground, &["--unsafe", "--plan", &file]).succeeds();
    assert!(apply_plan(&ground, &file, &["--diff"]).ends_with(1).stdout.contains("replicas: 0"));
    apply_plan(&ground, &file, &["-y"]).succeeds();
    ground.verify(&[&ground.tenant]).succeeds();
    // What is done is not done twice.
    let done = contents(&ground);
    apply_plan(&ground, &file, &["-y"]).succeeds();
    assert_eq!(contents(&ground), done);

    fs::write(&file, text.replace(&ground.tenant, "other")).unwrap();
    apply_plan(&ground, &file, &[]).ends_with(2);
    fs::write(&file, "{}").unwrap();
    apply_plan(&ground, &file, &[]).ends_with(2).says(&["plan.json: it is no plan: "]);
}

fn undone(server: &Server) {
    let ground = broken(server);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("undo.json").display().to_string();
    let before = contents(&ground);
    fix(&ground, &["--unsafe", "-y", "--undo", &file]).succeeds();
    assert_ne!(contents(&ground), before);
    is_private(&file);
    assert!(!fs::read_to_string(&file).unwrap().contains("\"data\""));
    apply_plan(&ground, &file, &["-y"]).succeeds();
    assert_eq!(contents(&ground), before);
}

fn undo_refused(server: &Server) {
    let ground = broken(server);
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("undo.json").display().to_string();
    fix(&ground, &["--unsafe", "-y", "--undo", &file]).succeeds();
    change_override(&ground, "seldon-envoy", |entry| entry["replicas"] = json!(5));
    let after = contents(&ground);
    apply_plan(&ground, &file, &["-y"]).ends_with(2).says(&["-runtime was changed"]);
    assert_eq!(contents(&ground), after);
}

fn half_way(server: &Server) {
    let ground = Ground::healthy(server);
    let tenants: Vec<String> = (0..12).map(|number| format!("{}-{number:02}", ground.tenant)).collect();
    for tenant in &tenants {
        ground.onboard_also(tenant);
        numeric_ports(&Ground {
            tenant: tenant.clone(),
            control_plane: ground.control_plane.clone(),
            ..Ground::empty(server)
        });
    }
    let fixed = |tenant: &String| {
        let ports = ground.api.get(SERVICE, tenant, "seldon-scheduler")["spec"]["ports"].as_array().unwrap().len();
        ports == 6
    };
    let door = Door::before(&server.url);
    let names = tenants.iter().map(String::as_str);
    let base = ["seldon", "fix", "--control-plane-namespace", &ground.control_plane, "-y", "--select", "SCS05"];
    let arguments: Vec<&str> = base.into_iter().chain(names).collect();
    let through = ["--server", &door.url, "--request-timeout", "5s"];
    let running = server.kubectl().start(arguments.iter().chain(&through));
    let begun = Instant::now();
    while !fixed(&tenants[1]) {
        assert!(begun.elapsed() < Duration::from_secs(120), "nothing is fixed");
        thread::sleep(Duration::from_millis(1));
    }
    door.slam();
    let output = running.finish().ends_with(2);
    for tenant in &tenants {
        let object = format!("Service {tenant}/seldon-scheduler");
        let line = output.stderr.lines().find(|line| line.contains(&object) && line.starts_with("hint: "));
        let line = line.unwrap_or_else(|| panic!("nothing is said of {tenant}: {output}"));
        // Of what was not answered either may be.
        let wrong = if fixed(tenant) { "hint: not written" } else { "hint: written" };
        assert!(!line.starts_with(wrong), "{line}: {output}");
    }
    assert!(!fixed(&tenants[11]), "it was over before the connection died: {output}");
    output.says(&["hint: written: ", "hint: not written: ", "hint: the same command finishes it\n"]);
    server.kubectl().run(&arguments).succeeds();
    assert!(tenants.iter().all(fixed));
}
