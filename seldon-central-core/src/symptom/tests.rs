//! That the catalogue is sound, and that what people paste is found in it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::rules;

fn ids(found: &[Match]) -> Vec<&'static str> {
    found.iter().map(|found| found.symptom.id).collect()
}

/// The one that is shown first.
fn first(text: &str) -> (&'static str, bool) {
    let found = search(text);
    found.first().map_or(("", false), |found| (found.symptom.id, found.likeness == Likeness::Exact))
}

#[test]
fn ids_are_unique_and_every_rule_that_is_named_exists() {
    let ids: Vec<&str> = symptoms().map(|symptom| symptom.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for symptom in symptoms() {
        assert!(!symptom.messages.is_empty() && !symptom.causes.is_empty(), "{symptom:?}");
        for cause in symptom.causes {
            for rule in cause.rules {
                assert!(rules::RULES.iter().any(|known| known.id == *rule), "{} names {rule}", symptom.id);
            }
            for text in [cause.what, cause.tell, cause.fix, symptom.meaning] {
                assert!(text.ends_with(['.', '`']) && !text.contains("  "), "{}: {text}", symptom.id);
            }
        }
    }
}

#[test]
fn every_message_finds_its_own_symptom_exactly() {
    for symptom in symptoms() {
        for message in symptom.messages {
            let pasted = message.replace('*', "fin-7");
            let found = search(&format!("2026-01-08T10:00:00Z ERROR x {{\"error\": \"{pasted}\"}}"));
            assert!(ids(&found).contains(&symptom.id), "{message}: {:?}", ids(&found));
            assert!(found.iter().all(|found| found.likeness == Likeness::Exact));
        }
    }
}

#[test]
fn what_people_paste_is_found() {
    let cases = [
        ("no matching servers are available", "no-matching-server", true),
        ("No Matching Servers", "no-matching-server", true),
        ("failed to schedule model, no matching server available", "no-matching-server", false),
        ("Failed to shedule modle as no matchin servers available", "no-matching-server", false),
        (
            "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp \
             10.43.7.9:9004: i/o timeout\"",
            "scheduler-times-out",
            true,
        ),
        ("dial tcp: lookup seldon-scheduler.fin on 10.96.0.10:53: no such host", "scheduler-not-found", true),
        (
            "dial tcp: lookup seldon-scheduler on 10.96.0.10:53: read udp 10.1.0.3:44000->10.96.0.10:53: i/o timeout",
            "name-times-out",
            true,
        ),
        (
            "ERROR Scheduler not ready {\"error\": \"rpc error: code = Canceled desc = grpc: the client connection is \
             closing\"}",
            "connection-closing",
            true,
        ),
        ("dial tcp 10.0.0.1:9004: connect: connection refused", "scheduler-refuses", true),
        ("Secret does not have 1 key minio-creds", "secret-not-one-key", true),
        ("Failed to initialise\n   rclone config listener", "rclone-listener", true),
        ("ScheduleFailed", "no-matching-server", true),
        (r#"SeldonConfig.mlops.seldon.io "prod" not found"#, "seldonconfig-not-found", true),
        (r#"{"msg":"ServerConfig.mlops.seldon.io \"x\" not found"}"#, "serverconfig-not-found", true),
        ("subscribed to scheduler", "subscribed", true),
        ("ModelGatewayReady=False", "gateway-not-ready", true),
        ("SeldonRuntime Ready=Unknown", "runtime-ready-unknown", true),
        ("Model stuck Terminating", "model-stays", true),
        ("SeldonRuntime stuck Terminating", "runtime-stays", true),
        ("dial tcp: lookup minio.storage: no such host", "host-not-found", true),
        ("dial tcp: lookup minio.storage on 10.96.0.10:53: no such host", "host-not-found", true),
    ];
    for (text, id, exact) in cases {
        assert_eq!(first(text), (id, exact), "{text}");
    }
}

#[test]
fn another_host_that_is_looked_up_is_another_message() {
    for text in ["dial tcp: lookup minio.storage: no such host", "lookup minio.storage failed, there is no such host"] {
        assert!(!ids(&search(text)).contains(&"scheduler-not-found"), "{text}: {:?}", ids(&search(text)));
    }
}

#[test]
fn what_is_not_known_finds_nothing() {
    for text in ["", "a", "the quick brown fox jumps over the lazy dog", "CrashLoopBackOff", "server", "error: model"] {
        assert_eq!(search(text), [], "{text}");
    }
}

#[test]
fn a_log_is_counted_and_failures_come_before_clues() {
    let mut scan = Scan::new();
    for line in ["msg=\"Subscribed to scheduler\"", "starting", "dial tcp 10.0.0.1:9005: i/o timeout", "i/o timeout"] {
        scan.line(line);
    }
    scan.line("again: dial tcp 10.0.0.2:9005: i/o timeout");
    let found = scan.finish();
    assert_eq!(ids(&found), ["scheduler-times-out", "subscribed"]);
    let lines = &found[0].lines;
    assert_eq!((lines.count, lines.first, lines.last), (2, 3, 5));
    assert_eq!(lines.sample, "again: dial tcp 10.0.0.2:9005: i/o timeout");
}

#[test]
fn a_log_without_a_known_message_is_read_for_what_is_like_one() {
    let mut scan = Scan::new();
    scan.line("level=info msg=\"hello\"");
    scan.line("level=error msg=\"cannot schedule model because no matching server is available\"");
    assert_eq!(ids(&scan.finish())[..1], ["no-matching-server"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_is_searched_without_harm(text in "\\PC{0,300}", line in any::<Vec<u8>>()) {
        search(&text);
        let mut scan = Scan::new();
        scan.line(&String::from_utf8_lossy(&line));
        scan.finish();
    }
}
