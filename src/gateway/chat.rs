//! Messages of a chat that are for us: `/model` and its kin. They are answered here, in the form in which the client
//! asked, and nothing goes to a provider. What they come to is decided where all such messages are decided.

use crate::catalog::wire::Wire;
use crate::gateway::passing::Reply;
use crate::gateway::state;
use crate::policy::session::chat;
use bytes::Bytes;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

/// The text of a message that is a directive and nothing else: the last one, of the user, and the only text in it.
/// `aliases` are the short names of models that are commands by themselves.
pub(super) fn directive(body: &Bytes, wire: Wire, aliases: &[String]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let text = match wire {
        Wire::Messages | Wire::Chat => of_user(body["messages"].as_array()?.last()?)?,
        Wire::Responses => match &body["input"] {
            Value::String(text) => text.as_str(),
            Value::Array(items) => of_user(items.last()?)?,
            _ => return None,
        },
        Wire::Embeddings => return None,
    };
    let read =
        Some(text).filter(|text| text.trim_start().starts_with('/')).map(|text| chat::read(text, aliases))?;
    let is_all = read.text.is_empty() && (read.begins || read.directive.is_some());
    is_all.then(|| text.to_owned())
}

/// The text of a message of the user that holds nothing else.
fn of_user(message: &Value) -> Option<&str> {
    if message["role"] != "user" {
        return None;
    }
    match &message["content"] {
        Value::String(text) => Some(text),
        Value::Array(parts) => match parts.as_slice() {
            [part] if part["type"] == "text" || part["type"] == "input_text" => part["text"].as_str(),
            _ => None,
        },
        _ => None,
    }
}

/// The reply as an answer of a model.
pub(super) fn answer(wire: Wire, is_stream: bool, (model, id, text): (&str, &str, &str)) -> Response<Reply> {
    let reply = ModelReply { model, id: format!("zirkabot-{id}"), text };
    let whole = match wire {
        Wire::Messages => reply.message(),
        Wire::Responses => reply.response(),
        Wire::Chat | Wire::Embeddings => reply.completion(),
    };
    if !is_stream {
        return state::json(whole.to_string());
    }
    let events = match wire {
        Wire::Messages => reply.message_events(),
        Wire::Responses => reply.response_events(&whole),
        Wire::Chat | Wire::Embeddings => reply.completion_events(),
    };
    let mut answer = state::text(&events);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    answer
}

/// What is said, as if a model said it.
struct ModelReply<'a> {
    model: &'a str,
    id: String,
    text: &'a str,
}

impl ModelReply<'_> {
    fn message(&self) -> Value {
        json!({"id": self.id, "type": "message", "role": "assistant", "model": self.model,
            "content": [{"type": "text", "text": self.text}], "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 0, "output_tokens": 0}})
    }

    fn message_events(&self) -> String {
        let mut begun = self.message();
        (begun["content"], begun["stop_reason"]) = (json!([]), Value::Null);
        let block = json!({"type": "text", "text": ""});
        let delta = json!({"type": "text_delta", "text": self.text});
        let end = json!({"stop_reason": "end_turn", "stop_sequence": null});
        named_events(&[
            json!({"type": "message_start", "message": begun}),
            json!({"type": "content_block_start", "index": 0, "content_block": block}),
            json!({"type": "content_block_delta", "index": 0, "delta": delta}),
            json!({"type": "content_block_stop", "index": 0}),
            json!({"type": "message_delta", "delta": end, "usage": {"output_tokens": 0}}),
            json!({"type": "message_stop"}),
        ])
    }

    fn completion(&self) -> Value {
        json!({"id": self.id, "object": "chat.completion", "created": 0, "model": self.model,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": self.text},
                "finish_reason": "stop", "logprobs": null}],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}})
    }

    fn completion_events(&self) -> String {
        let chunk = |delta: Value, end: Value| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": end});
            let chunk = json!({"id": self.id, "object": "chat.completion.chunk", "created": 0, "model": self.model,
                "choices": [choice]});
            format!("data: {chunk}\n\n")
        };
        let said = chunk(json!({"role": "assistant", "content": self.text}), Value::Null);
        format!("{said}{}data: [DONE]\n\n", chunk(json!({}), "stop".into()))
    }

    fn item(&self) -> Value {
        json!({"type": "message", "id": self.id, "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": self.text, "annotations": []}]})
    }

    fn response(&self) -> Value {
        json!({"id": self.id, "object": "response", "created_at": 0, "status": "completed", "model": self.model,
            "output": [self.item()], "error": null, "incomplete_details": null, "tools": [], "metadata": {},
            "usage": {"input_tokens": 0, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 0,
                "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 0}})
    }

    fn response_events(&self, whole: &Value) -> String {
        let mut begun = whole.clone();
        (begun["status"], begun["output"]) = ("in_progress".into(), json!([]));
        let at = json!({"item_id": self.id, "output_index": 0, "content_index": 0});
        let with = |kind: &str, more: Value| {
            let mut event = at.clone();
            event["type"] = kind.into();
            for (key, value) in more.as_object().into_iter().flatten() {
                event[key] = value.clone();
            }
            event
        };
        let mut events = vec![
            json!({"type": "response.created", "response": begun}),
            with("response.output_item.added", json!({"item": self.item()})),
            with("response.output_text.delta", json!({"delta": self.text})),
            with("response.output_text.done", json!({"text": self.text})),
            with("response.output_item.done", json!({"item": self.item()})),
            json!({"type": "response.completed", "response": whole}),
        ];
        for (number, event) in events.iter_mut().enumerate() {
            event["sequence_number"] = number.into();
        }
        named_events(&events)
    }
}

/// Events that are called what their type says.
fn named_events(events: &[Value]) -> String {
    let one =
        |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    events.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use crate::gateway::chat::*;

    #[test]
    fn only_a_whole_message_of_the_user_is_a_directive() {
        let of = |wire, body: &str| directive(&Bytes::from(body.to_owned()), wire, &["/fast".to_owned()]);
        let messages = |content: &str| format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
        for (content, is_one) in [
            (r#""/model""#, true),
            (r#""  /model list ""#, true),
            (r#"[{"type":"text","text":"/model opus"}]"#, true),
            (r#""/new""#, true),
            (r#""/model opus and then say hi""#, false),
            (r#""what does /model do?""#, false),
            (r#""hi""#, false),
            (r#"[{"type":"text","text":"/model"},{"type":"text","text":"hi"}]"#, false),
            (r#"[{"type":"tool_result","tool_use_id":"t","content":"/model"}]"#, false),
            ("7", false),
        ] {
            for wire in [Wire::Messages, Wire::Chat] {
                assert_eq!(of(wire, &messages(content)).is_some(), is_one, "{content}");
            }
        }
        let after =
            r#"{"messages":[{"role":"user","content":"/model"},{"role":"assistant","content":"/model"}]}"#;
        assert_eq!(of(Wire::Messages, after), None);
        assert!(of(Wire::Responses, r#"{"input":"/model"}"#).is_some());
        let items = r#"{"input":[{"role":"user","content":[{"type":"input_text","text":"/model"}]}]}"#;
        assert!(of(Wire::Responses, items).is_some());
        let output = r#"{"input":[{"type":"function_call_output","output":"/model"}]}"#;
        assert_eq!(of(Wire::Responses, output), None);
        assert_eq!(of(Wire::Embeddings, r#"{"input":"/model"}"#), None);
    }
}
