use crate::{
    finding::{Evidence, Level},
    fix::Repair,
    object::ObjectId,
    pattern,
    reason::operator::{Operator, Watched},
    resource::DEPLOYMENT,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::Unknown,
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0108",
    name: "operator-not-watching",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The operator's `CLUSTERWIDE` and `WATCH_NAMESPACES` leave a tenant's namespace out.",
    why: "Without `CLUSTERWIDE` the operator looks at its own namespace only, and the setup chart's default is false. \
          With a list it looks at the namespaces of the list. Objects anywhere else get no finalizer, no status and no \
          pods, and nothing says why. An operator before 2.9.1 knows no list. With several operators one of them has to \
          watch the tenant, and it looks for SeldonConfigs and ServerConfigs in its own namespace, `POD_NAMESPACE`.",
    fix: "Set the setup chart's `controller.clusterwide: true`, and add the tenant to `controller.watchNamespaces` where \
          that list is used.",
    fix_safety: FixSafety::Manual,
    repair: Repair::None,
    reads: &[&DEPLOYMENT],
    sources: &["operator/main.go:65-123"],
    check,
    guard: None,
    bad: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template:
    spec:
      containers:
      - name: manager
        env:
        - {name: CLUSTERWIDE, value: 'false'}
        - {name: WATCH_NAMESPACES, value: ''}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
    good: "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: seldon-v2-controller-manager, namespace: seldon-system}
spec:
  template:
    spec:
      containers:
      - name: manager
        env:
        - {name: CLUSTERWIDE, value: 'true'}
        - {name: WATCH_NAMESPACES, value: 'fraud, financial-inference'}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: {name: financial-inference-runtime, namespace: financial-inference}
spec:
  seldonConfig: default
  overrides:
  - {name: seldon-scheduler, replicas: 0}
",
};

fn check(world: &World<'_>, report: &mut Report) {
    let central = world.central();
    let is_central = |one: &&Operator<'_>| one.observed.object.namespace() == Some(central);
    let own: Vec<&Operator<'_>> = world.operators().iter().filter(is_central).collect();
    // Without one in the control plane, those elsewhere are all there are.
    let operators = if own.is_empty() { world.operators().iter().collect() } else { own };
    let Some(first) = operators.first() else {
        let id = ObjectId::of(&DEPLOYMENT, Some(central), pattern::OPERATOR_DEPLOYMENT);
        // It may be called otherwise here.
        let what = format!("Deployment {} of namespace {central}", pattern::OPERATOR_DEPLOYMENT);
        let reason = match world.snapshot.get(&DEPLOYMENT, central, pattern::OPERATOR_DEPLOYMENT) {
            Ok(_) => Unknown::NotInInput { what },
            Err(reason) => reason,
        };
        return report.unknown(id, reason);
    };
    let tenants = world.tenants.iter().map(|tenant| tenant.namespace.as_str()).filter(|one| world.is_asked(one));
    let unwatched: Vec<&str> =
        tenants.filter(|tenant| !world.operators().iter().any(|one| one.watches(tenant))).collect();
    for operator in operators.iter().filter(|_| unwatched.is_empty()) {
        match &operator.watched {
            Ok(_) => report.pass(operator.observed),
            Err(reason) => report.unknown(operator.observed.object.id(), reason.clone()),
        }
    }
    // One of which nobody knows what it watches may be the one.
    let doubt = world.operators().iter().find_map(|one| Some((one, one.watched.as_ref().err()?)));
    match (doubt, &first.watched) {
        _ if unwatched.is_empty() => {}
        (Some((operator, reason)), _) => report.unknown(operator.observed.object.id(), reason.clone()),
        (None, Ok(watched)) => unwatched.iter().for_each(|tenant| fail(first, watched, tenant, report)),
        (None, Err(_)) => {}
    }
}

fn fail(operator: &Operator<'_>, watched: &Watched, namespace: &str, report: &mut Report) {
    let (message, remedy) = match watched {
        Watched::Own(own) => (
            format!("the operator watches {own} only, and not {namespace}"),
            "set `controller.clusterwide: true` in the setup chart's values".to_owned(),
        ),
        Watched::All | Watched::List { .. } => (
            format!("the operator's list of namespaces leaves {namespace} out"),
            format!("add {namespace} to `controller.watchNamespaces` in the setup chart's values"),
        ),
    };
    let evidence = vec![Evidence::new("/spec/template/spec/containers", watched.to_string())];
    report.fail(operator.observed, message, evidence, remedy);
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::findings;

    /// Two operators, each with what it is told, in the control plane and in `ops`.
    fn found(central: (&str, &str), ops: Option<(&str, &str)>) -> Vec<String> {
        let operator = |namespace: &str, (clusterwide, list): (&str, &str)| {
            super::RULE.good.replace("namespace: seldon-system", &format!("namespace: {namespace}")).replace(
                "{name: CLUSTERWIDE, value: 'true'}\n        - {name: WATCH_NAMESPACES, value: 'fraud, financial-inference'}",
                &format!("{{name: CLUSTERWIDE, value: '{clusterwide}'}}\n        - {{name: WATCH_NAMESPACES, value: '{list}'}}"),
            )
        };
        let first = operator("seldon-system", central);
        let second = ops.map(|told| operator("ops", told)).unwrap_or_default();
        let second = second.split("---\n").next().unwrap_or_default();
        findings("SCS0108", &[second, if second.is_empty() { "" } else { "---\n" }, &first].concat())
    }

    #[test]
    fn one_of_several_operators_has_to_watch_a_tenant() {
        let tenant = "financial-inference";
        assert!(found(("true", "fraud"), Some(("true", tenant))).is_empty(), "disjoint lists");
        assert!(found(("true", ""), Some(("true", tenant))).is_empty(), "overlapping ones");
        assert!(found(("false", ""), Some(("true", ""))).is_empty(), "one for all");
        let none = found(("true", "fraud"), Some(("true", "risk")));
        assert_eq!(none, ["E the operator's list of namespaces leaves financial-inference out"]);
        assert_eq!(
            found(("false", tenant), None),
            ["E the operator watches seldon-system only, and not financial-inference"]
        );
    }

    #[test]
    fn tenants_that_nobody_asks_about_are_left_alone() {
        let snapshot = crate::snapshot::Snapshot::from_manifests(
            crate::manifest::read("-", super::RULE.bad).unwrap().objects,
            &crate::profile::ControlPlane::default().namespace,
        );
        let control_plane = crate::profile::ControlPlane::default();
        let failures = |asked: &[&str]| {
            let world = super::World::new(&snapshot, &control_plane, &[]).with_asked(asked.iter().copied());
            let mut report = super::Report::new(&super::RULE, crate::rules::Said::default());
            super::check(&world, &mut report);
            report.into_said().outcomes().iter().filter(|one| one.finding().is_some()).count()
        };
        assert_eq!(failures(&["financial-inference", "seldon-system"]), 1);
        assert_eq!(failures(&["fraud", "seldon-system"]), 0);
    }

    #[test]
    fn an_operator_elsewhere_is_the_control_planes_where_that_has_none() {
        let elsewhere = |text: &str| text.replace("namespace: seldon-system", "namespace: ops");
        assert!(findings("SCS0108", &elsewhere(super::RULE.good)).is_empty());
        let found = findings("SCS0108", &elsewhere(super::RULE.bad));
        assert_eq!(found, ["E the operator watches ops only, and not financial-inference"]);
    }
}
