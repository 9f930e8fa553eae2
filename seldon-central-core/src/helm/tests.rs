//! What is kept of Helm's Secrets, and what becomes of hostile ones.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn twice(bytes: &[u8]) -> String {
    STANDARD.encode(STANDARD.encode(bytes))
}

fn packed(release: &Value) -> String {
    twice(&gzip(release.to_string().as_bytes()))
}

fn secret(name: &str, revision: u64, release: &str) -> Object {
    Object::new(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": secret_name(name, revision), "namespace": "seldon-system",
            "labels": {"owner": "helm", "name": name, "version": revision.to_string()}},
        "data": {"release": release},
    }))
    .unwrap()
}

fn release(chart: &str, status: &str, config: &Value) -> Value {
    json!({
        "name": "x", "version": 3, "info": {"status": status, "notes": "hidden"}, "config": config, "manifest": "hidden",
        "chart": {
            "metadata": {"name": chart, "version": "2.10.2"},
            "values": {"controller": {"clusterwide": false, "password": "hidden"}},
            "templates": [{"name": "a", "data": "aGlkZGVu"}],
        },
    })
}

fn only(secret: &Object) -> Value {
    let [kept] = kept(std::slice::from_ref(secret)).try_into().unwrap_or_else(|kept| panic!("{kept:?}"));
    assert_eq!((kept.namespace(), kept.name()), (Some("seldon-system"), "setup"));
    kept.pointer("/spec").unwrap().clone()
}

#[test]
fn of_a_release_chart_version_status_and_a_few_values_are_kept() {
    let config = json!({
        "controller": {"watchNamespaces": ["fin", "risk"], "token": "hidden"},
        "security": {"controlplane": {"protocol": "SSL"}, "kafka": {"sasl": {"password": "hidden"}}},
        "services": {"serviceGRPCPrefix": "grpc-", "defaultServiceType": "ClusterIP"},
        "scheduler": {"replicas": 1, "disable": true},
    });
    let secret = secret("setup", 3, &packed(&release("seldon-core-v2-setup", "deployed", &config)));
    assert_eq!(
        only(&secret),
        json!({"revision": 3, "chart": "seldon-core-v2-setup", "version": "2.10.2", "status": "deployed", "values": {
            "controller.clusterwide": false,
            "controller.watchNamespaces": "fin,risk",
            "security.controlplane.protocol": "SSL",
            "services.serviceGRPCPrefix": "grpc-",
            "services.defaultServiceType": "ClusterIP",
        }})
    );
    let kept = kept(&[secret]);
    assert!(!format!("{kept:?}").contains("hidden"), "{kept:?}");
    let read = Release::read(&kept[0]).unwrap();
    assert!(matches!(read.content, Content::Chart(ref one) if one.flag("controller.clusterwide") == Some(false)));
}

#[test]
fn what_is_not_of_its_shape_is_not_kept() {
    let config = json!({
        "controller": {"clusterwide": "\u{1b}[31mtrue", "watchNamespaces": "fin,\u{1b}]0;x"},
        "security": {"controlplane": {"protocol": "hunter2"}},
        "services": {"serviceGRPCPrefix": {"a": "hidden"}, "defaultServiceType": "hidden"},
        "serverConfig": {"mlserver": {"serverCapabilities": "sklearn,pass word"}, "triton": "hidden"},
    });
    let mut release = release("seldon-core-v2-setup", "wild\u{1b}", &config);
    release["chart"]["metadata"]["version"] = json!("2.10\u{1b}[2J");
    assert_eq!(
        only(&secret("setup", 1, &packed(&release))),
        json!({"revision": 1, "chart": "seldon-core-v2-setup", "status": "unknown", "values": {}})
    );
    // A value that is given as null takes the chart's default away.
    let release = self::release("seldon-core-v2-setup", "failed", &json!({"controller": {"clusterwide": null}}));
    assert_eq!(only(&secret("setup", 1, &packed(&release)))["values"], json!({}));
}

#[test]
fn the_newest_revision_counts_and_other_charts_do_not() {
    let setup =
        |revision, status| secret("setup", revision, &packed(&release("seldon-core-v2-setup", status, &json!({}))));
    let other = secret("grafana", 1, &packed(&release("grafana", "failed", &json!({"password": "hidden"}))));
    let kept = kept(&[setup(9, "deployed"), setup(10, "failed"), setup(2, "superseded"), other]);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].pointer("/spec/revision"), Some(&json!(10)));
    assert_eq!(kept[0].text("/spec/status"), Some("failed"));
    assert!(super::kept(&[setup(3, "uninstalled")]).is_empty());
}

#[test]
fn other_secrets_are_no_releases() {
    let mut opaque = secret("setup", 1, "x").into_value();
    opaque["type"] = json!("Opaque");
    let mut named = secret("setup", 1, "x").into_value();
    named["metadata"]["name"] = json!("sh.helm.release.v1.setup.vX");
    let others = [opaque, named].map(|value| Object::new(value).unwrap());
    assert!(kept(&others).is_empty());
}

#[test]
fn hostile_releases_are_unreadable_with_a_reason_that_quotes_nothing() {
    let good = gzip(release("seldon-core-v2-setup", "deployed", &json!({})).to_string().as_bytes());
    let bomb = gzip(&vec![b' '; MAX_BYTES + 1]);
    assert!(bomb.len() < 64 << 10);
    for (what, release, error) in [
        ("nothing", String::new(), DecodeError::Empty),
        ("no base64", "\u{1b}[31m!".to_owned(), DecodeError::NotBase64),
        ("base64 once", STANDARD.encode(&good), DecodeError::NotBase64),
        ("cut off", twice(&good[..good.len() / 2]), DecodeError::NotGzip),
        ("without its checksum", twice(&good[..good.len() - 8]), DecodeError::NotGzip),
        ("a bomb", twice(&bomb), DecodeError::TooLarge),
        ("no JSON", twice(&gzip(b"hunter2")), DecodeError::NotARelease),
        ("another JSON", twice(&gzip(b"[1, 2]")), DecodeError::NotARelease),
        ("deep JSON", twice(&gzip("[".repeat(1 << 20).as_bytes())), DecodeError::NotARelease),
        ("types", packed(&json!({"chart": {"metadata": {"name": 7}}})), DecodeError::NotARelease),
    ] {
        assert_eq!(decode(&release).unwrap_err(), error, "{what}");
        assert_eq!(only(&secret("setup", 1, &release)), json!({"revision": 1, "unreadable": error.to_string()}));
    }
    // Helm reads releases that were never compressed, and so is done here.
    let plain = release("seldon-core-v2-setup", "deployed", &json!({})).to_string();
    assert!(decode(&twice(plain.as_bytes())).is_ok());
}

#[test]
fn an_object_that_says_more_than_is_kept_is_read_without_it() {
    let object = json!({"apiVersion": "helm.sh/v1", "kind": "Release",
        "metadata": {"name": "setup", "namespace": "seldon-system"},
        "spec": {"revision": 1, "chart": "seldon-core-v2-setup", "version": "\u{1b}", "status": "deployed",
            "values": {"controller.clusterwide": true, "password": "hidden", "seldonConfig": "default"}}});
    let release = Release::read(&Object::new(object).unwrap()).unwrap();
    assert!(!format!("{release:?}").contains("hidden"));
    let Content::Chart(installed) = release.content else { panic!("unreadable") };
    assert_eq!((installed.version, installed.values.len()), (None, 1));
}

proptest! {
    #[test]
    fn no_bytes_make_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512), compress: bool) {
        let bytes = if compress { gzip(&bytes) } else { bytes };
        let _ = decode(&twice(&bytes)).map(|decoded| decoded.installed());
        let _ = decode(&String::from_utf8_lossy(&bytes));
    }
}
