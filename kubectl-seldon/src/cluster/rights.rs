//! What the user may do, asked for in as few requests as possible.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use seldon_central_core::resource::{NAMESPACE, Resource};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Cluster, IN_FLIGHT,
    address::Address,
    error::{ReadError, line},
    request::Request,
};

/// Whether something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It is.
    Allowed,
    /// It is not.
    Denied,
    /// The API server could not tell.
    Undecided,
}

/// A right that something needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// Verb as in RBAC rules.
    pub verb: &'static str,
    /// Kind; a plural such as `pods/log` names a subresource.
    pub resource: &'static Resource,
    /// Namespace; `None` for all of them and for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Object; `None` for all of them and for verbs that name none, such as `list` and `create`.
    pub name: Option<String>,
}

/// One rule of what is allowed, as RBAC writes it. `*` stands for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Verbs.
    #[serde(deserialize_with = "null_is_empty")]
    pub verbs: Vec<String>,
    /// API groups; the core group is the empty text.
    #[serde(deserialize_with = "null_is_empty")]
    pub api_groups: Vec<String>,
    /// Plurals, with subresources as `pods/log`.
    #[serde(deserialize_with = "null_is_empty")]
    pub resources: Vec<String>,
    /// Objects; empty for all.
    #[serde(deserialize_with = "null_is_empty")]
    pub resource_names: Vec<String>,
}

impl Rule {
    fn allows(&self, verb: &str, resource: &Resource, name: Option<&str>) -> bool {
        let one_of = |allowed: &[String], asked: &str| allowed.iter().any(|one| one == "*" || one == asked);
        let any_parent = resource.plural.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
        one_of(&self.verbs, verb)
            && one_of(&self.api_groups, resource.group)
            && (one_of(&self.resources, resource.plural)
                || any_parent.is_some_and(|any_parent| self.resources.contains(&any_parent)))
            && (self.resource_names.is_empty()
                || name.is_some_and(|name| self.resource_names.iter().any(|one| one == name)))
    }
}

/// What the user may do in one namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rights {
    /// The rules, each on its own enough.
    #[serde(rename = "resourceRules", deserialize_with = "null_is_empty")]
    pub rules: Vec<Rule>,
    /// Whether there may be rights that no rule shows, because an authorizer cannot list its own.
    pub incomplete: bool,
    /// What went wrong while the API server gathered the rules; empty mostly.
    pub evaluation_error: String,
}

impl Rights {
    /// Whether the rules allow a verb on a kind, or on one object of it.
    pub fn allows(&self, verb: &str, resource: &Resource, name: Option<&str>) -> Decision {
        if self.rules.iter().any(|rule| rule.allows(verb, resource, name)) {
            Decision::Allowed
        } else if self.incomplete {
            Decision::Undecided
        } else {
            Decision::Denied
        }
    }
}

#[derive(Deserialize)]
struct Review<T> {
    status: T,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Access {
    allowed: bool,
    denied: bool,
    evaluation_error: String,
}

const RULES_REVIEW: Resource = review("SelfSubjectRulesReview", "selfsubjectrulesreviews");
const ACCESS_REVIEW: Resource = review("SelfSubjectAccessReview", "selfsubjectaccessreviews");

const fn review(kind: &'static str, plural: &'static str) -> Resource {
    Resource { group: "authorization.k8s.io", version: "v1", kind, plural, namespaced: false }
}

impl Cluster {
    /// Everything the user may do in a namespace, in one request.
    ///
    /// # Errors
    /// [`ReadError`] when the API server does not say.
    pub async fn rights(&self, namespace: &str) -> Result<Rights, ReadError> {
        let mut rights: Rights = self.review(&RULES_REVIEW, &json!({"namespace": namespace})).await?;
        rights.evaluation_error = line(&rights.evaluation_error);
        Ok(rights)
    }

    /// Whether the user may do one thing, as the API server itself would decide.
    ///
    /// # Errors
    /// [`ReadError`] when the API server does not say.
    pub async fn can(
        &self,
        verb: &str,
        resource: &Resource,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> Result<Decision, ReadError> {
        let (plural, subresource) = resource.plural.split_once('/').unwrap_or((resource.plural, ""));
        let attributes = json!({
            "verb": verb,
            "group": resource.group,
            "version": resource.version,
            "resource": plural,
            "subresource": subresource,
            "namespace": reviewed_in(resource, namespace, name).unwrap_or_default(),
            "name": name.unwrap_or_default(),
        });
        let access: Access = self.review(&ACCESS_REVIEW, &json!({"resourceAttributes": attributes})).await?;
        Ok(if access.allowed {
            Decision::Allowed
        } else if !access.denied && !access.evaluation_error.is_empty() {
            Decision::Undecided
        } else {
            Decision::Denied
        })
    }

    async fn review<T: DeserializeOwned>(&self, resource: &Resource, spec: &Value) -> Result<T, ReadError> {
        let address = Address { resource, namespace: None, name: None };
        let body = json!({"apiVersion": resource.api_version(), "kind": resource.kind, "spec": spec});
        let request = Request::post(address.path(&resource.api_version())?, body.to_string().into_bytes());
        let answer = match self.send(&request).await {
            Ok(answer) => answer,
            Err(failure) => return Err(self.read_error("create", &address, &request, failure)),
        };
        let review: Review<T> =
            serde_json::from_slice(&answer).map_err(|error| self.unreadable(&request, &error.to_string()))?;
        Ok(review.status)
    }
}

/// What the user may do, namespace by namespace, each asked for once.
#[derive(Debug)]
pub struct Reviews<'a> {
    cluster: &'a Cluster,
    rights: BTreeMap<String, Rights>,
}

impl<'a> Reviews<'a> {
    /// Nothing was asked for yet.
    pub const fn of(cluster: &'a Cluster) -> Self {
        Self { cluster, rights: BTreeMap::new() }
    }

    /// Which of these rights are certainly not there, each once. What the API server cannot decide is left
    /// out: the request itself will tell.
    ///
    /// # Errors
    /// The first [`ReadError`], because part of the answer is none.
    pub async fn missing(&mut self, needed: &[Need]) -> Result<Vec<Need>, ReadError> {
        let decisions = self.decide(needed).await?;
        let denied = decisions.into_iter().filter(|(_, decision)| *decision == Decision::Denied);
        Ok(denied.map(|(need, _)| need).collect())
    }

    /// Whether each of these rights is there: one request per namespace, and one more for each right that
    /// those leave open or that is not about a namespace.
    async fn decide(&mut self, needed: &[Need]) -> Result<BTreeMap<Need, Decision>, ReadError> {
        let needed: BTreeSet<&Need> = needed.iter().collect();
        let cluster = self.cluster;
        let asked: BTreeSet<&str> = needed.iter().filter_map(|need| need.reviewed_in()).collect();
        let new: Vec<(String, Rights)> =
            stream::iter(asked.into_iter().filter(|name| !self.rights.contains_key(*name)))
                .map(async |namespace| Ok((namespace.to_owned(), cluster.rights(namespace).await?)))
                .buffer_unordered(IN_FLIGHT)
                .try_collect()
                .await?;
        self.rights.extend(new);
        let by_rules = |need: &Need| {
            let rights = self.rights.get(need.reviewed_in()?)?;
            Some(rights.allows(need.verb, need.resource, need.name.as_deref()))
                .filter(|decision| *decision != Decision::Undecided)
        };
        stream::iter(needed)
            .map(async |need| {
                let decision = match by_rules(need) {
                    Some(decision) => decision,
                    None => {
                        cluster.can(need.verb, need.resource, need.namespace.as_deref(), need.name.as_deref()).await?
                    }
                };
                Ok((need.clone(), decision))
            })
            .buffer_unordered(IN_FLIGHT)
            .try_collect()
            .await
    }
}

impl Need {
    /// The namespace whose rules answer this, if one does.
    fn reviewed_in(&self) -> Option<&str> {
        reviewed_in(self.resource, self.namespace.as_deref(), self.name.as_deref())
    }
}

/// The namespace that the API server asks its authorizers about. A Namespace is in itself, so that a
/// Role in it may allow to read it.
fn reviewed_in<'a>(resource: &Resource, namespace: Option<&'a str>, name: Option<&'a str>) -> Option<&'a str> {
    match (resource.namespaced, *resource == NAMESPACE) {
        (true, _) => namespace,
        (false, true) => name,
        (false, false) => None,
    }
}

/// Go writes an empty list as `null`.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use seldon_central_core::resource::{DEPLOYMENT, MODEL, SECRET, SERVER, SERVICE};

    use super::*;
    use crate::cluster::testing::{Api, Reply, Seen};

    static POD_LOG: Resource = Resource { group: "", version: "v1", kind: "Pod", plural: "pods/log", namespaced: true };

    fn rights(rules: &Value, incomplete: bool) -> Rights {
        serde_json::from_value(json!({"resourceRules": rules, "incomplete": incomplete})).unwrap()
    }

    fn need(verb: &'static str, resource: &'static Resource, namespace: &str) -> Need {
        let namespace = Some(namespace.to_owned()).filter(|namespace| !namespace.is_empty());
        Need { verb, resource, namespace, name: None }
    }

    #[test]
    fn rules_allow_by_verb_group_and_plural() {
        let rights = rights(
            &json!([{"verbs": ["get", "list"], "apiGroups": ["mlops.seldon.io"], "resources": ["servers", "models"]}]),
            false,
        );
        assert_eq!(rights.allows("list", &SERVER, None), Decision::Allowed);
        assert_eq!(rights.allows("get", &MODEL, Some("a")), Decision::Allowed);
        assert_eq!(rights.allows("patch", &SERVER, None), Decision::Denied);
        assert_eq!(rights.allows("list", &SERVICE, None), Decision::Denied);
    }

    #[test]
    fn stars_stand_for_everything() {
        let rule = |verb: &str, group: &str, resource: &str| {
            rights(&json!([{"verbs": [verb], "apiGroups": [group], "resources": [resource]}]), false)
        };
        assert_eq!(rule("*", "*", "*").allows("patch", &SERVER, Some("a")), Decision::Allowed);
        assert_eq!(rule("*", "apps", "*").allows("patch", &DEPLOYMENT, None), Decision::Allowed);
        assert_eq!(rule("*", "apps", "*").allows("patch", &SERVICE, None), Decision::Denied);
        assert_eq!(rule("get", "", "*").allows("get", &POD_LOG, None), Decision::Allowed);
        assert_eq!(rule("get", "", "*/log").allows("get", &POD_LOG, None), Decision::Allowed);
        assert_eq!(rule("get", "", "pods/log").allows("get", &POD_LOG, None), Decision::Allowed);
        assert_eq!(rule("get", "", "pods").allows("get", &POD_LOG, None), Decision::Denied);
    }

    #[test]
    fn a_rule_for_named_objects_is_for_those_only() {
        let rule = json!([{"verbs": ["*"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["a"]}]);
        let rights = rights(&rule, false);
        assert_eq!(rights.allows("get", &SECRET, Some("a")), Decision::Allowed);
        assert_eq!(rights.allows("get", &SECRET, Some("b")), Decision::Denied);
        assert_eq!(rights.allows("list", &SECRET, None), Decision::Denied);
    }

    #[test]
    fn incomplete_rules_allow_but_never_deny() {
        let rule = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": null}]);
        let rights = rights(&rule, true);
        assert_eq!(rights.allows("get", &SECRET, None), Decision::Allowed);
        assert_eq!(rights.allows("list", &SECRET, None), Decision::Undecided);
    }

    fn answer(seen: &Seen, incomplete: bool) -> Reply {
        let status = if seen.path.ends_with("/selfsubjectrulesreviews") {
            let rule = json!({"verbs": ["list"], "apiGroups": [""], "resources": ["*"]});
            json!({"resourceRules": [rule], "nonResourceRules": [], "incomplete": incomplete, "evaluationError": "a\nb"})
        } else {
            json!({"allowed": seen.body["spec"]["resourceAttributes"]["verb"] == "create"})
        };
        Reply::json(201, &json!({"kind": "x", "status": status}))
    }

    #[tokio::test]
    async fn one_request_per_namespace_decides_everything_in_it() {
        let api = Api::new(|seen| answer(seen, false));
        let needed = [
            need("list", &SERVICE, "a"),
            need("list", &SECRET, "a"),
            need("patch", &SERVER, "a"),
            need("list", &SERVICE, "b"),
            need("patch", &SERVER, "a"),
        ];
        let missing = Reviews::of(&api.cluster()).missing(&needed).await.unwrap();
        assert_eq!(missing, [need("patch", &SERVER, "a")]);
        let mut asked: Vec<_> = api.seen().iter().map(|seen| seen.body["spec"]["namespace"].to_string()).collect();
        asked.sort();
        assert_eq!(asked, ["\"a\"", "\"b\""]);
    }

    #[tokio::test]
    async fn what_rules_leave_open_is_asked_for_one_by_one() {
        let api = Api::new(|seen| answer(seen, true));
        let needed = [
            need("list", &SERVICE, "a"),
            need("create", &SERVER, "a"),
            need("patch", &SERVER, "a"),
            need("create", &NAMESPACE, ""),
            need("list", &SERVER, ""),
        ];
        let missing = Reviews::of(&api.cluster()).missing(&needed).await.unwrap();
        assert_eq!(missing, [need("list", &SERVER, ""), need("patch", &SERVER, "a")]);
        let seen = api.seen();
        assert_eq!(seen.len(), 1 + 4, "one for the namespace, one for each open right");
        let patch = seen.iter().find(|seen| seen.body["spec"]["resourceAttributes"]["verb"] == "patch").unwrap();
        assert_eq!(
            patch.body["spec"]["resourceAttributes"],
            json!({"verb": "patch", "group": "mlops.seldon.io", "version": "v1alpha1", "resource": "servers",
                "subresource": "", "namespace": "a", "name": ""})
        );
    }

    #[tokio::test]
    async fn a_namespace_is_reviewed_in_itself() {
        let of = |verb, name: Option<&str>| Need {
            verb,
            resource: &NAMESPACE,
            namespace: None,
            name: name.map(str::to_owned),
        };
        let api = Api::new(|seen| answer(seen, false));
        let missing = Reviews::of(&api.cluster()).missing(&[of("list", Some("a")), of("patch", Some("a"))]).await;
        assert_eq!(missing.unwrap(), [of("patch", Some("a"))]);
        assert_eq!(api.seen().len(), 1, "the rules of the namespace decide both");

        let api = Api::new(|seen| answer(seen, true));
        Reviews::of(&api.cluster()).missing(&[of("get", Some("a")), of("get", None)]).await.unwrap();
        let spec = |seen: &Seen| seen.body["spec"]["resourceAttributes"]["namespace"].clone();
        let mut asked: Vec<_> = api.seen().iter().skip(1).map(spec).collect();
        asked.sort_by_key(ToString::to_string);
        assert_eq!(asked, ["", "a"]);
    }

    #[tokio::test]
    async fn no_namespace_is_reviewed_twice() {
        let api = Api::new(|seen| answer(seen, false));
        let cluster = api.cluster();
        let mut reviews = Reviews::of(&cluster);
        reviews.missing(&[need("list", &SERVICE, "a")]).await.unwrap();
        reviews.missing(&[need("patch", &SERVER, "a"), need("list", &SERVICE, "b")]).await.unwrap();
        assert_eq!(api.seen().len(), 2);
    }

    #[tokio::test]
    async fn many_requests_are_in_flight_together_but_not_all() {
        let api = Api::new(|seen| answer(seen, false));
        let needed: Vec<_> = (0..50).map(|n| need("list", &SERVICE, &format!("n{n}"))).collect();
        assert!(Reviews::of(&api.cluster()).missing(&needed).await.unwrap().is_empty());
        assert_eq!((api.seen().len(), api.most_in_flight()), (50, IN_FLIGHT));
    }

    #[tokio::test]
    async fn a_review_the_server_cannot_finish_is_undecided() {
        let api = Api::new(|_| {
            Reply::json(201, &json!({"status": {"allowed": false, "evaluationError": "webhook is down"}}))
        });
        let decision = api.cluster().can("get", &POD_LOG, Some("a"), Some("p")).await.unwrap();
        assert_eq!(decision, Decision::Undecided);
        let attributes = &api.seen()[0].body["spec"]["resourceAttributes"];
        assert_eq!((&attributes["resource"], &attributes["subresource"]), (&json!("pods"), &json!("log")));
    }

    #[tokio::test]
    async fn a_refused_review_is_an_error_and_no_denial() {
        let api = Api::new(|_| Reply::status(403, "Forbidden", "no"));
        let error = Reviews::of(&api.cluster()).missing(&[need("list", &SERVICE, "a")]).await.unwrap_err();
        assert!(matches!(error, ReadError::Forbidden { verb: "create", .. }), "{error}");
    }

    #[tokio::test]
    async fn what_went_wrong_while_rules_were_gathered_is_kept() {
        let api = Api::new(|seen| answer(seen, false));
        assert_eq!(api.cluster().rights("a").await.unwrap().evaluation_error, "a b");
    }
}
