use crate::{
    finding::{Evidence, Level},
    object::ObjectId,
    pattern,
    reason::watch::Scope,
    resource::DEPLOYMENT,
    rules::{FixSafety, Judged, Report, Rule, World},
    snapshot::{Observed, Unknown},
};

pub(in crate::rules) static RULE: Rule = Rule {
    id: "SCS0108",
    name: "operator-not-watching",
    level: Level::Error,
    judged: Judged::Live,
    summary: "The operator's `CLUSTERWIDE` and `WATCH_NAMESPACES` leave a tenant's namespace out.",
    why: "Without `CLUSTERWIDE` the operator looks at its own namespace only, and the setup chart's default is false. \
          With a list it looks at the namespaces of the list. Objects anywhere else get no finalizer, no status and no \
          pods, and nothing says why.",
    fix: "Set the setup chart's `controller.clusterwide: true`, and add the tenant to `controller.watchNamespaces` where \
          that list is used.",
    fix_safety: FixSafety::Manual,
    reads: &[&DEPLOYMENT],
    sources: &["operator/main.go:65-123"],
    check,
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
    let id = ObjectId::of(&DEPLOYMENT, Some(world.central()), pattern::OPERATOR_DEPLOYMENT);
    let operator = match world.snapshot.get(&DEPLOYMENT, world.central(), pattern::OPERATOR_DEPLOYMENT) {
        Ok(Some(operator)) => operator,
        // It may be called otherwise here.
        Ok(None) => {
            let what = format!("Deployment {} of namespace {}", pattern::OPERATOR_DEPLOYMENT, world.central());
            return report.unknown(id, Unknown::NotInInput { what });
        }
        Err(reason) => return report.unknown(id, reason),
    };
    match Scope::of(&operator.object) {
        Ok(scope) => check_scope(world, operator, &scope, report),
        Err(reason) => report.unknown(id, reason),
    }
}

fn check_scope(world: &World<'_>, operator: &Observed, scope: &Scope, report: &mut Report) {
    let unwatched: Vec<&str> =
        world.tenants.iter().map(|tenant| tenant.namespace.as_str()).filter(|name| !scope.holds(name)).collect();
    if unwatched.is_empty() {
        return report.pass(operator);
    }
    for namespace in unwatched {
        let (message, remedy) = match scope {
            Scope::Own => (
                format!("the operator watches {} only, and not {namespace}", world.central()),
                "set `controller.clusterwide: true` in the setup chart's values".to_owned(),
            ),
            Scope::All | Scope::List(_) => (
                format!("the operator's list of namespaces leaves {namespace} out"),
                format!("add {namespace} to `controller.watchNamespaces` in the setup chart's values"),
            ),
        };
        report.fail(
            operator,
            message,
            vec![Evidence::new("/spec/template/spec/containers", scope.to_string())],
            remedy,
        );
    }
}
