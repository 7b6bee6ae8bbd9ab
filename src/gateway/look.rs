//! What is looked at in a body: which model, whether a stream, which session. Pure; the bytes that go on are
//! those that came, but for the name of the model where another one is asked.

use crate::catalog::documents::Format;
use crate::doc::{self, DocId};
use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::io::Read;

/// Most bytes of a compressed body that are looked at.
const UNPACKED: u64 = 64 << 20;

/// What a body says of itself, as far as it is one that we understand.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The model.
    pub(super) model: Option<String>,
    /// Whether a stream is wanted.
    pub(super) stream: bool,
    /// What the conversation is called.
    pub(super) session: Option<String>,
    /// Who asks, as the client says.
    pub(super) user: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    model: Value,
    stream: Value,
    user: Value,
    prompt_cache_key: Value,
    metadata: Value,
}

/// How a body is packed.
pub(super) fn encoding(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok())
}

/// Looks into a body. One that cannot be read says nothing, and goes on all the same.
pub(super) fn look(body: &Bytes, encoding: Option<&str>) -> Looked {
    let fields: Option<Fields> = unpacked(body, encoding).and_then(|body| serde_json::from_slice(&body).ok());
    let fields = fields.unwrap_or_default();
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let of_metadata = || text(fields.metadata.get("user_id")?);
    Looked {
        model: text(&fields.model),
        stream: fields.stream == Value::Bool(true),
        session: text(&fields.prompt_cache_key).or_else(of_metadata).or_else(|| text(&fields.user)),
        user: text(&fields.user),
    }
}

/// Unpacks; `None` if it is not packed so, or holds more than `limit` bytes.
pub(super) fn gunzip(body: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(body).take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// The same for zstd, in which Codex packs what it asks with a ChatGPT login.
fn unzstd(body: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let frame = ruzstd::decoding::StreamingDecoder::new(body).ok()?;
    frame.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// The body as its sender meant it; `None` if it is packed in a way that cannot be undone here.
fn unpacked<'b>(body: &'b Bytes, encoding: Option<&str>) -> Option<Cow<'b, [u8]>> {
    let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some("" | "identity") => Some(Cow::Borrowed(body)),
        Some("gzip") => gunzip(body, UNPACKED).map(Cow::Owned),
        Some("zstd") => unzstd(body, UNPACKED).map(Cow::Owned),
        Some(_) => None,
    }
}

/// The body with another model, not packed; `None` if the place of its name cannot be told.
pub(super) fn with_model(body: &Bytes, encoding: Option<&str>, model: &str) -> Option<Bytes> {
    let body = unpacked(body, encoding)?;
    let text = std::str::from_utf8(&body).ok()?;
    let root = doc::parse(Format::Json, DocId(0), text).ok()?;
    let range = root.get("model")?.loc.range();
    let name = serde_json::to_string(model).ok()?;
    let mut bytes = Vec::with_capacity(text.len() + name.len());
    bytes.extend_from_slice(text.get(..range.start)?.as_bytes());
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(text.get(range.end..)?.as_bytes());
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use crate::gateway::look::*;

    #[test]
    fn a_body_says_its_model_and_its_session() {
        for (body, model, stream, session) in [
            (r#"{"model": "a", "stream": true, "user": "u"}"#, Some("a"), true, Some("u")),
            (r#"{"model": "a", "prompt_cache_key": "k", "user": "u"}"#, Some("a"), false, Some("k")),
            (r#"{"metadata": {"user_id": "{\"session\": 1}"}}"#, None, false, Some(r#"{"session": 1}"#)),
            (r#"{"model": 7, "stream": "yes", "user": ""}"#, None, false, None),
            ("{\"model\": ", None, false, None),
            ("", None, false, None),
        ] {
            let looked = look(&Bytes::from(body), None);
            assert_eq!(
                (looked.model.as_deref(), looked.stream, looked.session.as_deref()),
                (model, stream, session),
                "{body}"
            );
        }
        assert!(look(&Bytes::from_static(b"\x28\xb5\x2f\xfd"), Some("zstd")).model.is_none());
    }

    #[test]
    fn what_is_packed_is_read_and_can_be_given_another_model() {
        let packed = "KLUv/QRYaQEAeyJtb2RlbCI6ICJncHQtNS4yIiwgInByb21wdF9jYWNoZV9rZXkiOiAiayJ9qawHmg==";
        let body = Bytes::from(base64::Engine::decode(&base64::prelude::BASE64_STANDARD, packed).unwrap());
        let looked = look(&body, Some("ZSTD"));
        assert_eq!((looked.model.as_deref(), looked.session.as_deref()), (Some("gpt-5.2"), Some("k")));
        let changed = with_model(&body, Some("zstd"), "b").unwrap();
        assert_eq!(changed, r#"{"model": "b", "prompt_cache_key": "k"}"#);
        for cut in 0..body.len() - 4 {
            assert!(look(&body.slice(..cut), Some("zstd")).model.is_none(), "{cut}");
        }
    }

    #[test]
    fn only_the_name_of_the_model_is_changed() {
        let body =
            Bytes::from("{ \"messages\":[{\"model\":\"b\"}],\n \"model\" : \"a\\u0062\", \"x\": 1e3 }");
        let changed = with_model(&body, None, "c\"d").unwrap();
        assert_eq!(changed, "{ \"messages\":[{\"model\":\"b\"}],\n \"model\" : \"c\\\"d\", \"x\": 1e3 }");
        assert!(with_model(&Bytes::from("[]"), None, "c").is_none());
    }
}
