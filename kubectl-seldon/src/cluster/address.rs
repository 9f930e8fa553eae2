//! URLs of objects and collections.

use std::fmt::Write;

use seldon_central_core::resource::Resource;

use super::error::{ReadError, line};

/// An object, or all objects of a kind in a namespace or in all of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address<'a> {
    pub(super) resource: &'a Resource,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: Option<&'a str>,
}

impl Address<'_> {
    /// The path of this address in an API version, which may be another than the resource's own.
    pub(super) fn path(&self, api_version: &str) -> Result<String, ReadError> {
        let refused = |reason| ReadError::Unaddressable { what: self.to_string(), reason };
        let mut path = if api_version.contains('/') { String::from("/apis") } else { String::from("/api") };
        for part in api_version.split('/') {
            push(&mut path, part).map_err(refused)?;
        }
        match self.namespace {
            Some(namespace) if self.resource.namespaced => {
                path.push_str("/namespaces");
                push(&mut path, namespace).map_err(refused)?;
            }
            None if self.resource.namespaced && self.name.is_some() => {
                return Err(refused("its namespace is not known"));
            }
            _ => {}
        }
        push(&mut path, self.resource.plural).map_err(refused)?;
        if let Some(name) = self.name {
            push(&mut path, name).map_err(refused)?;
        }
        Ok(path)
    }
}

impl std::fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name {
            Some(name) => write!(f, "{} `{}`", self.resource, line(name)),
            None => write!(f, "{}", self.resource),
        }
    }
}

/// Adds a segment. The API server allows no name with these characters either; a name from a manifest
/// must not lead to another object's path.
fn push(path: &mut String, segment: &str) -> Result<(), &'static str> {
    match segment {
        "" => return Err("a name is empty"),
        "." | ".." => return Err("a name is a step in a path"),
        _ if segment.contains(['/', '%']) => return Err("a name contains `/` or `%`"),
        _ => {}
    }
    path.push('/');
    path.push_str(&escape(segment));
    Ok(())
}

/// A query of these parameters, with its question mark.
pub(super) fn query(parameters: &[(&str, &str)]) -> String {
    parameters.iter().enumerate().fold(String::new(), |mut query, (index, (key, value))| {
        query.push(if index == 0 { '?' } else { '&' });
        query.push_str(key);
        query.push('=');
        query.push_str(&escape(value));
        query
    })
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            escaped.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use seldon_central_core::resource::{NAMESPACE, SERVER, SERVICE};

    use super::*;

    fn path(resource: &Resource, namespace: Option<&str>, name: Option<&str>) -> Result<String, ReadError> {
        Address { resource, namespace, name }.path(&resource.api_version())
    }

    #[test]
    fn paths_follow_group_and_scope() {
        assert_eq!(path(&SERVICE, Some("fin"), Some("a")).unwrap(), "/api/v1/namespaces/fin/services/a");
        assert_eq!(path(&SERVER, None, None).unwrap(), "/apis/mlops.seldon.io/v1alpha1/servers");
        assert_eq!(path(&NAMESPACE, Some("fin"), Some("x")).unwrap(), "/api/v1/namespaces/x");
    }

    #[test]
    fn no_name_leads_to_another_path() {
        for name in ["", ".", "..", "a/b", "..%2fsecrets"] {
            assert!(matches!(path(&SERVICE, Some("fin"), Some(name)), Err(ReadError::Unaddressable { .. })), "{name}");
            assert!(path(&SERVICE, Some(name), None).is_err(), "{name}");
        }
        assert_eq!(path(&SERVICE, Some("f"), Some("a?b#ü")).unwrap(), "/api/v1/namespaces/f/services/a%3Fb%23%C3%BC");
        assert!(path(&SERVICE, None, Some("a")).is_err());
    }

    #[test]
    fn queries_are_escaped() {
        assert_eq!(
            query(&[("limit", "500"), ("labelSelector", "a=b,c in (d)")]),
            "?limit=500&labelSelector=a%3Db%2Cc%20in%20%28d%29"
        );
        assert_eq!(query(&[]), "");
    }
}
