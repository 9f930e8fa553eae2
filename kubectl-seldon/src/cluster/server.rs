//! What the API server says about itself.

use std::collections::BTreeSet;

use seldon_central_core::resource::Resource;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    Cluster,
    address::Address,
    error::{ReadError, line},
    request::{Failure, Request},
};

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

#[derive(Deserialize)]
struct Served {
    resources: Vec<Name>,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

impl Cluster {
    /// The version of the API server, such as `v1.33.2`.
    ///
    /// # Errors
    /// [`ReadError`] when it does not say.
    pub async fn version(&self) -> Result<String, ReadError> {
        let request = Request::get("/version".to_owned());
        match self.send(&request).await {
            Ok(body) => self.read::<Version>(&body, &request).map(|version| line(&version.git_version)),
            Err(failure) => Err(self.refused(&request, failure)),
        }
    }

    /// The plurals that are served in the group and version of a kind, subresources included; none when the group is not
    /// served at all.
    ///
    /// # Errors
    /// [`ReadError`] when the API server does not say.
    pub async fn served(&self, kind: &Resource) -> Result<BTreeSet<String>, ReadError> {
        let path = Address { resource: kind, namespace: None, name: None }.path(&kind.api_version())?;
        let group = path.rsplit_once('/').map_or(path.as_str(), |(group, _)| group).to_owned();
        let request = Request::get(group);
        match self.send(&request).await {
            Ok(body) => self
                .read::<Served>(&body, &request)
                .map(|served| served.resources.into_iter().map(|one| one.name).collect()),
            Err(Failure::Refused(status)) if status.code == 404 => Ok(BTreeSet::new()),
            Err(failure) => Err(self.refused(&request, failure)),
        }
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8], request: &Request) -> Result<T, ReadError> {
        serde_json::from_slice(body).map_err(|error| self.unreadable(request, &error.to_string()))
    }

    /// A failure that is about no object.
    fn refused(&self, request: &Request, failure: Failure) -> ReadError {
        match failure {
            Failure::Transport(error) => error,
            Failure::Refused(status) => self.refusal(request, &status),
        }
    }
}

#[cfg(test)]
mod tests {
    use seldon_central_core::resource::SERVER;
    use serde_json::json;

    use super::*;
    use crate::cluster::testing::{Api, Reply};

    #[tokio::test]
    async fn the_version_is_what_the_server_says() {
        let api = Api::new(|seen| {
            assert_eq!(seen.path, "/version");
            Reply::json(200, &json!({"gitVersion": "v1.33.2\u{1b}"}))
        });
        assert_eq!(api.cluster().version().await.unwrap(), "v1.33.2\\u{1b}");
    }

    #[tokio::test]
    async fn a_server_that_is_none_is_an_error() {
        let api = Api::new(|_| Reply::json(200, &json!({"hello": "you"})));
        assert!(matches!(api.cluster().version().await.unwrap_err(), ReadError::InvalidBody { .. }));
        let api = Api::new(|_| Reply::status(401, "Unauthorized", "who?"));
        assert!(matches!(api.cluster().version().await.unwrap_err(), ReadError::Unauthorized { .. }));
    }

    #[tokio::test]
    async fn a_group_that_is_not_served_has_no_kinds() {
        let api = Api::new(|seen| match seen.path.as_str() {
            "/apis/mlops.seldon.io/v1alpha1" => Reply::status(404, "NotFound", "no"),
            other => panic!("{other}"),
        });
        assert!(api.cluster().served(&SERVER).await.unwrap().is_empty());
        let api =
            Api::new(|_| Reply::json(200, &json!({"resources": [{"name": "servers"}, {"name": "servers/status"}]})));
        assert!(api.cluster().served(&SERVER).await.unwrap().contains("servers"));
        let api = Api::new(|_| Reply::status(403, "Forbidden", "no"));
        assert!(matches!(api.cluster().served(&SERVER).await.unwrap_err(), ReadError::Server { code: 403, .. }));
    }
}
