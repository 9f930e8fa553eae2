use super::*;
use crate::name::{ModelName, Namespace};

fn tenant(namespace: &str) -> Tenant {
    Tenant::new(Namespace::new(namespace).unwrap())
}

fn profile(tenants: Vec<Tenant>) -> Profile {
    Profile { tenants, ..Profile::default() }
}

fn server_names(profile: &Profile, around: &Surroundings) -> Vec<String> {
    let resolved = resolve(profile, around).unwrap();
    resolved.tenants.iter().flat_map(|t| &t.servers).map(|s| s.name.to_string()).collect()
}

fn taken(kind: &str, name: &str, namespace: &str) -> Surroundings {
    let used = BTreeMap::from([(name.to_owned(), BTreeSet::from([namespace.to_owned()]))]);
    match kind {
        "Server" => Surroundings { servers: used, ..Surroundings::default() },
        _ => Surroundings { models: used, ..Surroundings::default() },
    }
}

#[test]
fn one_tenant_gets_the_name_of_the_specification_and_several_get_their_own() {
    let none = Surroundings::default();
    assert_eq!(server_names(&profile(vec![tenant("fin")]), &none), ["mlserver"]);
    assert_eq!(server_names(&profile(vec![tenant("a"), tenant("b")]), &none), ["a-mlserver", "b-mlserver"]);
}

#[test]
fn tenants_chosen_one_by_one_have_the_names_they_have_together() {
    let mut profile = profile(vec![tenant("a"), tenant("b"), tenant("c")]);
    let together = resolve(&profile, &Surroundings::default()).unwrap();
    for one in &together.tenants {
        let chosen = [one.tenant.namespace.clone()];
        let alone = resolve_chosen(&profile, &Surroundings::default(), &chosen).unwrap();
        assert_eq!(alone.tenants, std::slice::from_ref(one));
    }
    // What is wrong with another tenant is no reason to refuse this one.
    profile.tenants[0].runtime.components.entry(Component::Scheduler).or_default();
    let chosen = |name: &str| resolve_chosen(&profile, &Surroundings::default(), &[Namespace::new(name).unwrap()]);
    assert!(chosen("a").is_err());
    assert!(chosen("b").is_ok());
}

#[test]
fn a_taken_default_name_is_avoided_and_a_taken_given_name_is_refused() {
    let around = taken("Server", "mlserver", "seldon-system");
    assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["fin-mlserver"]);

    let mut given = tenant("fin");
    given.servers[0].name = Some(ServerNameTemplate::new("mlserver").unwrap());
    assert_eq!(
        resolve(&profile(vec![given]), &around).unwrap_err().to_string(),
        "Server name `mlserver` for tenant `fin` is already used by `seldon-system` on the same scheduler, where \
         Server names are global; `fin-mlserver` is free"
    );
}

#[test]
fn a_name_that_two_tenants_are_given_is_said_of_both_with_what_tells_them_apart() {
    let given = |name: &str| {
        let mut one = tenant(name);
        one.servers[0].name = Some(ServerNameTemplate::new("one").unwrap());
        one
    };
    let said =
        |tenants: Vec<Tenant>, around: &Surroundings| resolve(&profile(tenants), around).unwrap_err().to_string();
    assert_eq!(
        said(vec![given("a"), given("b")], &Surroundings::default()),
        "tenants `a` and `b` are both given the Server name `one`, and Server names are global to a scheduler; \
         `{namespace}-one` gives each its own"
    );
    // The template has to be of use to both.
    let said_of_taken = said(vec![given("a"), given("b")], &taken("Server", "b-one", "c"));
    assert!(said_of_taken.ends_with("; `a-one` is free"), "{said_of_taken}");
    let live = said(vec![given("a"), given("b")], &taken("Server", "one", "b"));
    assert!(live.contains("is already used by `b`"), "{live}");

    let with_model = |name: &str| {
        let mut tenant = tenant(name);
        tenant.models.push(model("income"));
        tenant
    };
    assert_eq!(
        said(vec![with_model("a"), with_model("b")], &Surroundings::default()),
        "tenants `b` and `a` are both given the Model name `income`, and Model names are global to a scheduler; \
         `b-income` is free"
    );
}

#[test]
fn a_name_of_the_tenants_own_is_not_taken() {
    let around = taken("Server", "mlserver", "fin");
    assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["mlserver"]);
}

#[test]
fn a_server_of_an_earlier_run_keeps_its_name() {
    let around = Surroundings {
        own_servers: BTreeMap::from([("a".to_owned(), vec![ServerName::new("mlserver").unwrap()])]),
        ..taken("Server", "mlserver", "a")
    };
    assert_eq!(server_names(&profile(vec![tenant("a"), tenant("b")]), &around), ["mlserver", "b-mlserver"]);
}

#[test]
fn a_server_that_two_namespaces_have_is_told_with_the_way_out() {
    let mut around = taken("Server", "mlserver", "fin");
    around.servers.entry("mlserver".to_owned()).or_default().insert("risk".to_owned());
    around.own_servers.insert("fin".to_owned(), vec![ServerName::new("mlserver").unwrap()]);
    assert_eq!(
        resolve(&profile(vec![tenant("fin")]), &around).unwrap_err().to_string(),
        "`fin` and `risk` both have a Server `mlserver` on the same scheduler, which cannot tell them apart; give \
         `fin` another, for example with --server-name fin-mlserver (it is free), then move its Models there and \
         delete its Server `mlserver`"
    );
}

#[test]
fn a_proposed_name_is_valid_for_every_namespace_and_name() {
    for (kind, longest) in [("Server", 52), ("Model", 63)] {
        for (namespace, name) in [("n", 1), ("n", longest), (&*"n".repeat(63), 8), (&*"1".repeat(63), longest)] {
            let name = "m".repeat(name);
            let (around, profile) = (taken(kind, &name, "other"), Profile::default());
            let names = Names::new(&around, &profile);
            let proposal = names.free(kind, &name, &tenant(namespace));
            assert_ne!(proposal, name);
            let valid = match kind {
                "Server" => ServerName::new(&proposal).is_ok(),
                _ => ModelName::new(&proposal).is_ok(),
            };
            assert!(valid, "{proposal}");
        }
    }
}

#[test]
fn a_default_name_that_is_taken_gives_way_to_a_free_one() {
    let mut around = taken("Server", "mlserver", "seldon-system");
    around.servers.entry("fin-mlserver".to_owned()).or_default().insert("risk".to_owned());
    let name = &server_names(&profile(vec![tenant("fin")]), &around)[0];
    assert!(name != "fin-mlserver" && name != "mlserver" && name.starts_with("fin"), "{name}");
}

#[test]
fn a_capability_that_is_given_twice_is_declared_once() {
    let mut given = tenant("fin");
    let twice = ["x", "y", "x"].map(|one| crate::profile::Capability::new(one).unwrap());
    given.servers[0].capabilities = Some(twice.to_vec());
    let resolved = resolve(&profile(vec![given]), &Surroundings::default()).unwrap();
    assert_eq!(resolved.tenants[0].servers[0].capabilities, ["x", "y"]);
}

#[test]
fn replicas_agree_with_their_bounds() {
    let resolved = |server: &str| {
        let text = format!("tenants: [{{namespace: fin, servers: [{server}]}}]");
        let profile = crate::profile::Profile::from_yaml(&text).unwrap();
        resolve(&profile, &Surroundings::default()).map(|resolved| resolved.tenants[0].servers[0].replicas)
    };
    assert_eq!(resolved("{minReplicas: 2, maxReplicas: 4}"), Ok(Some(2)));
    assert_eq!(resolved("{replicas: 3, minReplicas: 2, maxReplicas: 0}"), Ok(Some(3)));
    for (server, problem) in [
        ("{minReplicas: 3, maxReplicas: 2}", "at least 3 replicas and at most 2"),
        ("{replicas: 1, minReplicas: 2}", "1 replicas and at least 2"),
        ("{replicas: 3, maxReplicas: 2}", "3 replicas and at most 2"),
    ] {
        let error = resolved(server).unwrap_err().to_string();
        assert_eq!(error, format!("tenant `fin`: Server `mlserver` asks for {problem}; correct one of them"));
    }
    let model = "{name: income, storageUri: 'gs://b/m', minReplicas: 2, maxReplicas: 1}";
    let text = format!("tenants: [{{namespace: fin, models: [{model}]}}]");
    let error = resolve(&crate::profile::Profile::from_yaml(&text).unwrap(), &Surroundings::default()).unwrap_err();
    assert!(error.to_string().contains("Model `income` asks for at least 2 replicas and at most 1"), "{error}");
}

#[test]
fn namespaces_of_kubernetes_are_no_tenants() {
    for name in ["kube-system", "kube-public", "kube-node-lease"] {
        let error = resolve(&profile(vec![tenant(name)]), &Surroundings::default()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{name}` is a namespace of Kubernetes itself")), "{error}");
    }
    assert!(resolve(&profile(vec![tenant("kubeflow")]), &Surroundings::default()).is_ok());
}

fn model(name: &str) -> TenantModel {
    TenantModel {
        name: ModelName::new(name).unwrap(),
        storage_uri: super::super::StorageUri::new("gs://b/m").unwrap(),
        requirements: vec![],
        server: None,
        secret_name: None,
        memory: None,
        replicas: None,
        min_replicas: None,
        max_replicas: None,
    }
}

#[test]
fn a_taken_model_name_is_refused_with_a_free_one() {
    let mut fin = tenant("fin");
    fin.models.push(model("income"));
    let mut around = taken("Model", "income", "other");
    around.models.insert("fin-income".to_owned(), BTreeSet::from(["third".to_owned()]));
    let error = resolve(&profile(vec![fin.clone()]), &around).unwrap_err().to_string();
    assert!(error.contains("already used by `other`"), "{error}");
    assert!(error.contains("`fin-income-2` is free"), "{error}");

    fin.models[0].server = Some(ServerNameTemplate::new("triton").unwrap());
    let error = resolve(&profile(vec![fin]), &Surroundings::default()).unwrap_err().to_string();
    assert!(error.contains("names Server `triton`, which the tenant does not declare (`mlserver`)"), "{error}");
}

#[test]
fn capabilities_join_the_server_configs_and_the_specifications() {
    let list = |around: &Surroundings| {
        resolve(&profile(vec![tenant("fin")]), around).unwrap().tenants[0].servers[0].capabilities.clone()
    };
    let stock = list(&Surroundings::default());
    assert_eq!(stock.len(), 12);
    assert_eq!(stock[10..], ["torch", "numpy"]);
    let custom = Surroundings {
        server_configs: BTreeMap::from([("mlserver".to_owned(), vec!["sklearn".to_owned()])]),
        ..Surroundings::default()
    };
    assert_eq!(list(&custom), ["sklearn", "mlflow", "torch", "numpy"]);
}

#[test]
fn a_name_twice_in_one_tenant_is_refused() {
    let mut fin = tenant("fin");
    fin.servers.push(fin.servers[0].clone());
    assert_eq!(server_names(&profile(vec![fin.clone()]), &Surroundings::default()), ["mlserver", "fin-mlserver"]);
    for server in &mut fin.servers {
        server.name = Some(ServerNameTemplate::new("same").unwrap());
    }
    assert_eq!(
        resolve(&profile(vec![fin]), &Surroundings::default()).unwrap_err().to_string(),
        "tenant `fin` declares Server `same` twice; rename or remove one"
    );
}

#[test]
fn unseen_servers_make_the_default_name_the_tenants_own() {
    let around = Surroundings { servers_unseen: true, ..Surroundings::default() };
    assert_eq!(server_names(&profile(vec![tenant("fin")]), &around), ["fin-mlserver"]);
}

#[test]
fn the_longest_namespace_has_a_runtime() {
    let mut longest = tenant(&"a".repeat(63));
    longest.servers[0].name = Some(ServerNameTemplate::new("short").unwrap());
    let resolved = resolve(&profile(vec![longest]), &Surroundings::default()).unwrap();
    assert_eq!(resolved.tenants[0].runtime_name.as_str().len(), 71);
}

#[test]
fn what_makes_no_tenant_is_refused() {
    let none = Surroundings::default();
    assert_eq!(resolve(&Profile::default(), &none), Err(ResolveError::NoTenants));
    let error = |tenants| resolve(&profile(tenants), &none).unwrap_err();
    assert!(matches!(error(vec![tenant("seldon-system")]), ResolveError::TenantIsControlPlane(_)));
    assert!(matches!(error(vec![tenant("a"), tenant("a")]), ResolveError::DuplicateTenant(_)));
    let mut changed = tenant("a");
    changed.runtime.components.insert(Component::Scheduler, super::super::ComponentSettings::default());
    assert!(matches!(error(vec![changed]), ResolveError::SchedulerChanged(_)));
    let mut relay = tenant("a");
    relay.wiring = Wiring::Relay;
    assert!(matches!(error(vec![relay.clone()]), ResolveError::RelayImageUnknown(_)));
    relay.relay.image = Some("envoy".to_owned());
    relay.relay.replicas = 0;
    assert!(matches!(error(vec![relay]), ResolveError::RelayWithoutPods(_)));
}

#[test]
fn an_existing_runtime_keeps_its_name_unless_there_are_two() {
    let around = |names: &[&str]| Surroundings {
        runtimes: BTreeMap::from([("fin".to_owned(), names.iter().map(|n| ObjectName::new(*n).unwrap()).collect())]),
        ..Surroundings::default()
    };
    let name = |around: &Surroundings| {
        resolve(&profile(vec![tenant("fin")]), around).unwrap().tenants[0].runtime_name.to_string()
    };
    assert_eq!(name(&Surroundings::default()), "fin-runtime");
    assert_eq!(name(&around(&["seldon"])), "seldon");
    assert_eq!(name(&around(&["a", "b"])), "fin-runtime");
}
