//! Objects as they are in the cluster.

use seldon_central_core::{object::Object, resource::Resource};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Cluster,
    address::{Address, query},
    error::ReadError,
    request::{Failure, Request},
    status,
};

/// Objects per request. Larger pages cost memory and gain no time.
const PAGE: &str = "500";

/// What a list gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The objects.
    pub objects: Vec<Object>,
    /// Whether these are all; `false` when as many as were wanted came, and there are more.
    pub is_all: bool,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    // Go writes an empty list as `null` at times.
    items: Option<Vec<Value>>,
}

#[derive(Deserialize, Default)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: String,
}

impl Cluster {
    /// An object, or `None` when the API server says that it does not exist.
    ///
    /// # Errors
    /// [`ReadError`] for everything else, a refusal or a kind that is not served included.
    pub async fn get(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Object>, ReadError> {
        let address = Address { resource, namespace, name: Some(name) };
        let request = Request::get(address.path(&resource.api_version())?);
        let body = match self.send(&request).await {
            Ok(body) => body,
            Err(Failure::Refused(status)) if status::is_absence(&status) => return Ok(None),
            Err(failure) => return Err(self.read_error("get", &address, &request, failure)),
        };
        let value = serde_json::from_slice(&body).map_err(|error| self.unreadable(&request, &error.to_string()))?;
        self.object(resource, value, &request).map(Some)
    }

    /// All objects of a kind, in a namespace or, without one, in the whole cluster.
    ///
    /// # Errors
    /// [`ReadError`]; what was read before it is dropped, because part of a list proves nothing.
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<Vec<Object>, ReadError> {
        let selector = label_selector.map(|selector| ("labelSelector", selector));
        self.list_selected(resource, namespace, selector, None).await.map(|found| found.objects)
    }

    /// All objects of a kind and name, whatever their namespaces.
    ///
    /// # Errors
    /// As for [`Cluster::list`].
    pub async fn list_named(&self, resource: &Resource, name: &str) -> Result<Vec<Object>, ReadError> {
        let selector = format!("metadata.name={name}");
        self.list_selected(resource, None, Some(("fieldSelector", &selector)), None).await.map(|found| found.objects)
    }

    /// The first objects of a kind that have these fields: pages are read until there are as many as are
    /// wanted, or no more.
    ///
    /// # Errors
    /// As for [`Cluster::list`].
    pub async fn list_most(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        field_selector: &str,
        most: usize,
    ) -> Result<Found, ReadError> {
        self.list_selected(resource, namespace, Some(("fieldSelector", field_selector)), Some(most)).await
    }

    async fn list_selected(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        selector: Option<(&'static str, &str)>,
        most: Option<usize>,
    ) -> Result<Found, ReadError> {
        let address = Address { resource, namespace, name: None };
        let path = address.path(&resource.api_version())?;
        let mut objects = Vec::new();
        let mut next = String::new();
        let mut may_restart = true;
        loop {
            let mut parameters = vec![("limit", PAGE)];
            parameters.extend(selector);
            if !next.is_empty() {
                parameters.push(("continue", &next));
            }
            let request = Request::get(format!("{path}{}", query(&parameters)));
            let body = match self.send(&request).await {
                Ok(body) => body,
                // The snapshot that the pages come from is gone; a new one may be short-lived as well.
                Err(Failure::Refused(status)) if status.code == 410 && may_restart && !next.is_empty() => {
                    objects.clear();
                    next.clear();
                    may_restart = false;
                    continue;
                }
                Err(failure) => return Err(self.read_error("list", &address, &request, failure)),
            };
            let page: Page =
                serde_json::from_slice(&body).map_err(|error| self.unreadable(&request, &error.to_string()))?;
            for item in page.items.unwrap_or_default() {
                objects.push(self.object(resource, item, &request)?);
            }
            match page.metadata.next {
                end if end.is_empty() => return Ok(Found { objects, is_all: true }),
                _ if most.is_some_and(|most| objects.len() >= most) => return Ok(Found { objects, is_all: false }),
                same if same == next => return Err(self.unreadable(&request, "the list does not come to an end")),
                further => next = further,
            }
        }
    }

    /// An object from an answer. Items of lists come without their version and kind.
    pub(super) fn object(&self, resource: &Resource, mut value: Value, request: &Request) -> Result<Object, ReadError> {
        if let Some(fields) = value.as_object_mut() {
            fields.entry("apiVersion").or_insert_with(|| resource.api_version().into());
            fields.entry("kind").or_insert_with(|| resource.kind.into());
        }
        Object::new(value).map_err(|error| self.unreadable(request, &format!("an object is none, because {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use seldon_central_core::resource::{NAMESPACE, SECRET, SERVER, SERVICE};
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::{Api, Reply, not_found};

    fn page(names: std::ops::Range<usize>, next: &str) -> Reply {
        let items: Vec<_> = names.map(|n| json!({"metadata": {"name": format!("n{n}")}})).collect();
        Reply::json(200, &json!({"kind": "ServiceList", "metadata": {"continue": next}, "items": items}))
    }

    #[tokio::test]
    async fn a_list_is_read_in_pages_and_its_objects_get_their_kind() {
        let api = Api::new(|seen| match seen.parameter("continue") {
            None => page(0..500, "a&b"),
            Some("a%26b") => page(500..502, ""),
            other => panic!("{other:?}"),
        });
        let objects = api.cluster().list(&SERVICE, Some("fin"), Some("a=b,!c")).await.unwrap();
        assert_eq!(objects.len(), 502);
        assert_eq!((objects[501].api_version(), objects[501].kind(), objects[501].name()), ("v1", "Service", "n501"));
        let seen = api.seen();
        assert_eq!(seen.len(), 2);
        for request in seen {
            assert_eq!(request.path, "/api/v1/namespaces/fin/services");
            assert_eq!(request.parameter("limit"), Some("500"));
            assert_eq!(request.parameter("labelSelector"), Some("a%3Db%2C%21c"));
        }
    }

    #[tokio::test]
    async fn an_expired_list_is_read_again_from_the_start_but_only_once() {
        let expired = || Reply::status(410, "Expired", "The provided continue parameter is too old");
        let api = Api::new(move |seen| match (seen.number, seen.parameter("continue")) {
            (0, None) => page(0..2, "x"),
            (1, Some("x")) => expired(),
            (2, None) => page(10..12, "y"),
            (3, Some("y")) => page(12..13, ""),
            other => panic!("{other:?}"),
        });
        let names: Vec<_> = api.cluster().list(&SERVICE, None, None).await.unwrap();
        assert_eq!(names.iter().map(Object::name).collect::<Vec<_>>(), ["n10", "n11", "n12"]);

        let api = Api::new(move |seen| if seen.parameter("continue").is_some() { expired() } else { page(0..1, "x") });
        let error = api.cluster().list(&SERVICE, None, None).await.unwrap_err();
        assert!(matches!(error, ReadError::Server { code: 410, .. }), "{error}");
        assert_eq!(api.seen().len(), 4);
    }

    #[tokio::test]
    async fn of_a_long_list_no_more_pages_are_read_than_are_wanted() {
        let api = Api::new(|seen| page(0..500, &format!("after {}", seen.number)));
        let found = api.cluster().list_most(&SERVICE, None, "type=Warning", 1_000).await.unwrap();
        assert_eq!((found.objects.len(), found.is_all, api.seen().len()), (1_000, false, 2));
        assert!(api.seen().iter().all(|seen| seen.parameter("fieldSelector") == Some("type%3DWarning")));

        let api = Api::new(|_| page(0..500, ""));
        let found = api.cluster().list_most(&SERVICE, None, "type=Warning", 100).await.unwrap();
        assert!(found.is_all, "what came in one page is all there is");
    }

    #[tokio::test]
    async fn a_list_without_end_or_without_items_is_no_trap() {
        let api = Api::new(|_| page(0..1, "x"));
        let error = api.cluster().list(&SERVICE, None, None).await.unwrap_err();
        assert!(error.to_string().contains("does not come to an end"), "{error}");

        let api = Api::new(|_| Reply::json(200, &json!({"metadata": {}, "items": null})));
        assert_eq!(api.cluster().list(&SERVICE, None, None).await, Ok(vec![]));
    }

    #[tokio::test]
    async fn a_missing_object_a_missing_kind_and_a_refusal_are_three_things() {
        let get = async |reply: Reply| {
            let api = Api::new(move |_| reply.clone());
            api.cluster().get(&SERVER, Some("fin"), "mlserver").await
        };
        assert_eq!(get(not_found("servers", "mlserver")).await, Ok(None));

        // The group is unknown, then the kind in a known group.
        for reply in [
            Reply::text(404, "404 page not found\n"),
            Reply::status(404, "NotFound", "the server could not find the requested resource"),
        ] {
            let error = get(reply).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "http://api.test does not serve servers.mlops.seldon.io in mlops.seldon.io/v1alpha1; install its \
                 CustomResourceDefinition, or choose another cluster with --context"
            );
            assert!(matches!(error, ReadError::KindNotServed { .. }));
        }

        let error = get(Reply::status(403, "Forbidden", "User \"me\" cannot get\u{1b}[31m")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "not allowed to get servers.mlops.seldon.io in namespace `fin`: User \"me\" cannot get\\u{1b}[31m; ask for \
             this right, or use other credentials with --context or --user"
        );
        let error = get(Reply::status(401, "Unauthorized", "Unauthorized")).await.unwrap_err();
        assert!(matches!(error, ReadError::Unauthorized { .. }));

        // A 404 of something that is no API server proves nothing.
        for reply in [Reply::text(404, "<html>nginx</html>"), Reply::json(404, &json!({"error": "x"}))] {
            assert!(matches!(get(reply).await, Err(ReadError::Server { code: 404, .. })));
        }
    }

    #[tokio::test]
    async fn a_refused_list_is_no_empty_list() {
        let api = Api::new(|_| Reply::text(403, "<html>denied</html>"));
        let error = api.cluster().list(&NAMESPACE, None, None).await.unwrap_err();
        assert_eq!(
            error,
            ReadError::Forbidden {
                verb: "list",
                resource: "namespaces".to_owned(),
                namespace: None,
                message: "<html>denied</html>".to_owned()
            }
        );
    }

    #[tokio::test]
    async fn answers_that_are_no_objects_are_errors() {
        for reply in
            [Reply::text(200, "<html>"), Reply::json(200, &json!([1])), Reply::json(200, &json!({"metadata": {}}))]
        {
            let api = Api::new(move |_| reply.clone());
            let error = api.cluster().get(&SECRET, Some("fin"), "a").await.unwrap_err();
            assert!(matches!(error, ReadError::InvalidBody { .. }), "{error}");
        }
    }

    #[tokio::test]
    async fn names_that_lead_elsewhere_are_never_sent() {
        let api = Api::new(|_| panic!("nothing is to be sent"));
        assert!(matches!(
            api.cluster().get(&SECRET, Some("fin"), "../services/a").await,
            Err(ReadError::Unaddressable { .. })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_server_is_asked_again_a_few_times() {
        let api = Api::new(|seen| match seen.number {
            0 => Reply::text(503, "starting"),
            1 => Reply::status(429, "TooManyRequests", "later"),
            _ => not_found("servers", "a"),
        });
        assert_eq!(api.cluster().get(&SERVER, Some("fin"), "a").await, Ok(None));

        let api = Api::new(|_| Reply::status(503, "ServiceUnavailable", "etcd is down"));
        let error = api.cluster().get(&SERVER, Some("fin"), "a").await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "http://api.test answered `GET /apis/mlops.seldon.io/v1alpha1/namespaces/fin/servers/a` with status 503: \
             etcd is down"
        );
        assert_eq!(api.seen().len(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_server_is_given_the_time_that_it_asks_for() {
        let begun = tokio::time::Instant::now();
        let api = Api::new(|seen| if seen.number == 0 { Reply::busy(3) } else { not_found("servers", "a") });
        assert_eq!(api.cluster().get(&SERVER, Some("fin"), "a").await, Ok(None));
        assert!((3_000..3_100).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn all_attempts_together_take_no_longer_than_one_request_may() {
        for (reply, attempts) in [(Reply::busy(3_600), 1), (Reply::busy(1), 2), (Reply::text(503, "starting"), 3)] {
            let begun = tokio::time::Instant::now();
            let api = Api::new(move |_| reply.clone());
            let error = api.cluster_within(1_500).get(&SERVER, Some("fin"), "a").await.unwrap_err();
            assert!(matches!(error, ReadError::Server { code: 429 | 503, .. }), "{error}");
            assert!(begun.elapsed() <= Duration::from_millis(1_500), "{:?}", begun.elapsed());
            assert_eq!(api.seen().len(), attempts);
        }
    }
}
