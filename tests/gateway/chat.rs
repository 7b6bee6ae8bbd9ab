//! Messages of a chat that are for us: they are answered here, and nothing goes to a provider.

use crate::support::gateway::{Gateway, Reply, config, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};

const SESSION: (&str, &str) = ("x-zirkabot-session-key", "agent:main:main");

fn say(gateway: &Gateway, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
    gateway.connect().post(path, headers, body.to_string().as_bytes())
}

fn message(text: &str) -> Value {
    json!({"model": "claude-opus-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": text}]})
}

#[test]
fn a_directive_is_answered_here_in_the_form_that_was_asked() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good", "good"]);
    let text = "/model anthropic/claude-opus-4-5@anthropic:p1";
    let reply = say(&gateway, "/v1/messages", &[SESSION], &message(text));
    let said: Value = serde_json::from_str(&reply.text()).unwrap();
    assert_eq!(
        (reply.status, &said["type"], &said["usage"]["output_tokens"]),
        (200, &json!("message"), &json!(0))
    );
    assert!(said["id"].as_str().unwrap().starts_with("zirkabot-"), "{said}");
    assert!(said["content"][0]["text"].as_str().unwrap().contains("p1"), "{said}");
    assert_eq!(provider.got().len(), 0);

    // What looks like a secret is not repeated.
    let typed = crate::support::gateway::key("typed");
    let reply = say(&gateway, "/v1/messages", &[SESSION], &message(&format!("/model {typed}")));
    assert!(reply.status == 200 && !reply.text().contains(&typed), "{}", reply.text());
    assert_eq!(provider.got().len(), 0);

    // From then on that credential serves the session, and only it.
    let hi = say(&gateway, "/v1/messages", &[SESSION], &message("hi"));
    assert_eq!((hi.status, hi.by().0), (200, "anthropic:p1".to_owned()));
    assert_eq!(gateway.ask(&message("hi")).by().0, "anthropic:p0");
    provider.got();

    for (path, body, has) in [
        ("/v1/messages", json!({"stream": true}), "event: message_stop\n"),
        ("/v1/chat/completions", json!({}), "\"chat.completion\""),
        ("/v1/chat/completions", json!({"stream": true}), "data: [DONE]\n"),
        ("/v1/responses", json!({"input": "/model"}), "\"output_text\""),
        ("/v1/responses", json!({"input": "/model", "stream": true}), "event: response.completed\n"),
    ] {
        let mut asked = message("/model");
        asked.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let reply = say(&gateway, path, &[SESSION], &asked);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        assert!(
            reply.text().contains(has) && reply.text().contains("claude-opus-4-5"),
            "{path}: {}",
            reply.text()
        );
    }
    assert_eq!(provider.got().len(), 0);
}

#[test]
fn nothing_else_is_taken_for_a_directive() {
    let provider = Provider::start();
    let gateway = Gateway::with(&provider, &["good"]);
    let with_result = json!({"model": "claude-opus-4-5", "max_tokens": 16, "messages": [{"role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "t", "content": "/model"}]}]});
    let code = ("x-claude-code-session-id", "s");
    let mut of_user = message("/model");
    of_user["user"] = json!("agent:main:main");
    for (headers, body) in [
        // Without a session of ours, of a program with directives of its own, and inside of something else.
        (vec![], message("/model")),
        (vec![SESSION, code], message("/model")),
        (vec![SESSION], message("/model opus, and then say hi")),
        (vec![SESSION], message("what does /model do?")),
        (vec![SESSION], with_result),
        (vec![], of_user.clone()),
    ] {
        let reply = say(&gateway, "/v1/messages", &headers, &body);
        assert!(reply.text().contains("msg_mock"), "{body}: {}", reply.text());
        assert_eq!(provider.got().len(), 1, "{body}");
    }
    // Where it is allowed, the field `user` names the session.
    let mut config = config(&provider);
    config["gateway"]["chatDirectives"] = json!(true);
    let gateway = Gateway::start(&config, &store(&["good"]));
    assert!(say(&gateway, "/v1/messages", &[], &of_user).text().contains("zirkabot-"));
    assert_eq!(provider.got().len(), 0);
}
