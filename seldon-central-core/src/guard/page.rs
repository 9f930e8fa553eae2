//! The page of what an API server can check.

use super::{Scope, guarded};
use crate::rules::RULES;

const HEAD: &str = "\
<!-- Generated from the catalogue of rules: SELDON_TESTS_UPDATE=1 cargo test -p seldon-central-core pages -->

# Guardrails

<!-- run: cluster -->
```sh
kubectl seldon policy --emit validating-admission-policy --action deny --out guardrails
kubectl apply --server-side -k guardrails
```

makes the API server itself (Kubernetes 1.30 or newer) refuse what these rules find, before it is stored. `--action warn`
warns whoever sends it, `--action audit` writes it to the audit log; begin with one of these.

- The policies hold in the namespaces with the label `kubectl-seldon/tenant`, which `onboard` sets, or says how to set
  where a controller owns the namespace; in those that are named instead, or in the tenants of a profile (`-f`). Some hold
  in the control plane's namespace too.
- Refused is what is created wrong, and what was right and would be made wrong. What is wrong already can still be
  changed, put right step by step, and deleted; `verify` finds it.
- The operator is never refused anything: it would stop half way. So an alias that the operator replaces is for `verify`
  to find, not for these.
- The profile's values stand in each policy as variables; when the profile changes, emit them again.

| rule | name | objects | where | what the API server does not see |
|---|---|---|---|---|
";

/// Which rules have policies, and what each does not see.
pub fn page() -> String {
    let rows = guarded().map(|(rule, guard)| {
        let kinds: Vec<String> = guard.kinds.iter().map(|kind| format!("{}s", kind.kind)).collect();
        let objects = match guard.name {
            Some(name) => format!("{} `{name}`", kinds.join(", ").trim_end_matches('s')),
            None => kinds.join(", "),
        };
        let place = match guard.scope {
            Scope::Tenants => "tenants",
            Scope::Aliased => "tenants with an alias",
            Scope::Scheduler => "tenants, control plane",
        };
        let limits = guard.limits.unwrap_or("–").replace('|', "\\|");
        format!("| [{id}](rules/{id}.md) | {} | {objects} | {place} | {limits} |\n", rule.name, id = rule.id)
    });
    let rows: String = rows.collect();
    let (with, all) = (guarded().count(), RULES.len());
    format!(
        "{HEAD}{rows}\nThese are {with} of {all} rules. The others look at several objects, at what runs, or at files, which \
         no API server can do while it admits one object; they stay with `verify`.\n"
    )
}
