//! The Secret `seldon-rclone-gs-public`.

use std::collections::BTreeMap;

use k8s_openapi::{ByteString, api::core::v1::Secret};

use super::{metadata, typed};
use crate::{
    object::Object,
    pattern,
    profile::{RcloneSecret, ResolvedTenant},
};

/// An rclone remote for public Google Cloud Storage buckets. It holds no credentials.
const ANONYMOUS_GCS: &str = "\
name: gs
type: google cloud storage
parameters:
  anonymous: true
";

/// Exactly one key, because an agent refuses a Secret with more.
pub(super) fn build(tenant: &ResolvedTenant) -> Option<Object> {
    if tenant.tenant.rclone_secret == RcloneSecret::External {
        return None;
    }
    Some(typed(&Secret {
        metadata: metadata(tenant, pattern::RCLONE_SECRET),
        type_: Some("Opaque".to_owned()),
        data: Some(BTreeMap::from([(
            pattern::RCLONE_SECRET_KEY.to_owned(),
            ByteString(ANONYMOUS_GCS.as_bytes().to_vec()),
        )])),
        ..Secret::default()
    }))
}
