//! What the operator noted on a Service when it last wrote it.
//!
//! Its comparison library packs the JSON of the object into a zip archive with one file, and that into
//! base64. It reads what is not packed as well, which earlier versions wrote.

use std::io::{Cursor, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use zip::ZipArchive;

use crate::{object::Object, pattern};

/// What the operator noted.
#[derive(Debug, PartialEq)]
pub(super) enum Note {
    /// There is none.
    None,
    /// The spec it wrote.
    Spec(Map<String, Value>),
    /// Something that is no such note.
    Unreadable,
}

/// The API server takes annotations of 256 KiB in all; what one unpacks to is a Service.
const LARGEST: u64 = 1 << 20;

impl Note {
    pub(super) fn on(service: &Object) -> Self {
        service.annotation(pattern::OPERATOR_LAST_APPLIED).map_or(Self::None, Self::read)
    }

    fn read(text: &str) -> Self {
        if text.is_empty() {
            return Self::None;
        }
        match unpacked(text).as_deref().map(serde_json::from_slice::<Value>) {
            Some(Ok(Value::Object(noted))) => {
                Self::Spec(noted.get("spec").and_then(Value::as_object).cloned().unwrap_or_default())
            }
            _ => Self::Unreadable,
        }
    }
}

/// A note that says as much of the spec as this one, and nothing else of the object; `None` where this
/// says nothing.
pub(crate) fn of_spec_alone(text: &str) -> Option<String> {
    match Note::read(text) {
        Note::Spec(spec) => Some(json!({"spec": spec}).to_string()),
        Note::None | Note::Unreadable => None,
    }
}

/// `None` for what begins as an archive and is none, or none of a bearable size.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    let Ok(bytes) = STANDARD.decode(text) else { return Some(text.as_bytes().to_vec()) };
    if !bytes.starts_with(b"PK\x03\x04") {
        return Some(bytes);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut unpacked = Vec::new();
    archive.by_index(0).ok()?.take(LARGEST + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 <= LARGEST).then_some(unpacked)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde_json::json;

    use super::*;

    fn note(text: &str) -> Note {
        let service = json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "a", "annotations": {pattern::OPERATOR_LAST_APPLIED: text}}});
        Note::on(&Object::new(service).unwrap())
    }

    /// Written by Go's archive/zip, as the operator's library does: `{"spec":{"type":"ClusterIP"}}` and
    /// a Service without a spec.
    const PACKED: [&str; 2] = [
        "UEsDBBQACAAIAAAAAAAAAAAAAAAAAAAAAAAIAAAAb3JpZ2luYWyqViouSE1WsqpWKqksSFWyUnLOKS0uSS3yDFCqrQUEAAD//1BLBwhJi+BEIwAAAB0AAABQSwECFAAUAAgACAAAAAAASYvgRCMAAAAdAAAACAAAAAAAAAAAAAAAAAAAAAAAb3JpZ2luYWxQSwUGAAAAAAEAAQA2AAAAWQAAAAAA",
        "UEsDBBQACAAIAAAAAAAAAAAAAAAAAAAAAAAIAAAAb3JpZ2luYWyqVspNLUlMSSxJVLKqVspLzE1VslJKVKqtBQQAAP//UEsHCEzsD9gfAAAAGQAAAFBLAQIUABQACAAIAAAAAABM7A/YHwAAABkAAAAIAAAAAAAAAAAAAAAAAAAAAABvcmlnaW5hbFBLBQYAAAAAAQABADYAAABVAAAAAAA=",
    ];

    fn zipped(content: &[u8]) -> String {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("original", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
        STANDARD.encode(archive.finish().unwrap().into_inner())
    }

    #[test]
    fn a_note_is_read_packed_encoded_and_plain() {
        let spec = json!({"type": "ClusterIP"});
        let wanted = || Note::Spec(spec.as_object().unwrap().clone());
        let plain = json!({"spec": spec}).to_string();
        assert_eq!(note(PACKED[0]), wanted());
        assert_eq!(note(&plain), wanted());
        assert_eq!(note(&STANDARD.encode(&plain)), wanted());
        assert_eq!(note(&zipped(plain.as_bytes())), wanted());
        assert_eq!(note(PACKED[1]), Note::Spec(Map::new()));
        assert_eq!(note(""), Note::None);
    }

    #[test]
    fn nonsense_is_no_note() {
        let half = PACKED[0].get(..80).unwrap();
        let bomb = zipped(format!("{{\"spec\":{{}}{}}}", " ".repeat(2 << 20)).as_bytes());
        assert!(bomb.len() < 1 << 16, "it would fit into an annotation");
        for text in ["UEsDBA==", half, "nonsense", "[]", "1", &STANDARD.encode([0xff; 9]), &zipped(b"no JSON"), &bomb] {
            assert_eq!(note(text), Note::Unreadable, "{}", text.get(..40).unwrap_or(text));
        }
    }
}
