//! Real clients, from their registry: they get their answer in one try, whatever the first key comes to.

use crate::support::gateway::{Gateway, TOKEN, config, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Asks once by each client; prints what came.
const SCRIPT: &str = r#"
import json, os
import anthropic, openai
url, token = os.environ["URL"], os.environ["TOKEN"]
said = {}
ask = dict(model="claude-opus-4-5", max_tokens=16, messages=[{"role": "user", "content": "hi"}])
client = anthropic.Anthropic(base_url=url, api_key=token, max_retries=0)
said["message"] = client.messages.create(**ask).content[0].text
with client.messages.stream(**ask) as stream:
    said["stream"] = "".join(stream.text_stream)
said["models"] = [model.id for model in client.models.list()][:1]
chat = openai.OpenAI(base_url=url + "/v1", api_key=token, max_retries=0)
asked = [{"role": "user", "content": "hi"}]
said["chat"] = chat.chat.completions.create(model="mine/some-model", messages=asked).choices[0].message.content
try:
    anthropic.Anthropic(base_url=url, api_key="no", max_retries=0).messages.create(**ask)
except anthropic.AuthenticationError as error:
    said["refused"] = error.status_code
print(json.dumps(said))
"#;

/// What the clients got, where there is a Python that has them.
fn clients(gateway: &Gateway) -> Option<Value> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python");
    let url = format!("http://{}", gateway.address);
    let mut command = Command::new(python);
    command.args(["-I", "-c", SCRIPT]).env_clear().env("URL", url).env("TOKEN", TOKEN);
    let Ok(out) = command.output() else {
        println!("no Python environment (tests/run makes one): skipped");
        return None;
    };
    let text = String::from_utf8(out.stderr).unwrap();
    if text.contains("No module named") {
        println!("the Python environment has no clients: skipped");
        return None;
    }
    assert!(out.status.success(), "{text}");
    Some(serde_json::from_slice(&out.stdout).unwrap())
}

#[test]
fn clients_get_their_answer_in_one_try() {
    for fault in ["fault-401", "fault-429-retry-60", "fault-402", "good"] {
        let provider = Provider::start();
        let mut config = config(&provider);
        config["models"]["providers"]["mine"] =
            json!({"baseUrl": format!("{}/v1", provider.url()), "apiKey": "CANARY-mine-0000", "models": []});
        let gateway = Gateway::start(&config, &store(&[fault, "good"]));
        let Some(said) = clients(&gateway) else { return };
        let words: String = (0..crate::support::provider::WORDS).map(|n| format!("word{n} ")).collect();
        assert_eq!(said["message"], "Hello.", "{fault}");
        assert_eq!(said["stream"], words, "{fault}");
        assert_eq!(said["chat"], "Hello.", "{fault}");
        assert_eq!(said["refused"], 401, "{fault}");
        assert!(said["models"][0].is_string(), "{said}");
    }
}
