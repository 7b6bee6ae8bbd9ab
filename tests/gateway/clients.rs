//! Real clients, from their registry: they get their answer in one try, whatever the first key comes to.

use crate::support::gateway::{Gateway, TOKEN, config, store};
use crate::support::provider::Provider;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Asks once by each client; prints what came.
const SCRIPT: &str = r#"
import json, os
import anthropic, llm, openai
from llm.default_plugins.openai_models import Chat
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
own = Chat("mine", model_name="mine/some-model", api_base=url + "/v1")
said["llm"] = own.prompt("hi", key=token, stream=False).text()
try:
    anthropic.Anthropic(base_url=url, api_key="no", max_retries=0).messages.create(**ask)
except anthropic.AuthenticationError as error:
    said["refused"] = error.status_code
print(json.dumps(said))
"#;

/// The same by LiteLLM, which speaks both forms.
const LITELLM: &str = r#"
import json, os
import litellm
litellm.suppress_debug_info = True
url, token = os.environ["URL"], os.environ["TOKEN"]
ask = dict(messages=[{"role": "user", "content": "hi"}], api_key=token, num_retries=0, max_retries=0, max_tokens=16)
def text(answer): return answer.choices[0].message.content
def words(stream): return "".join(part.choices[0].delta.content or "" for part in stream)
claude = dict(ask, model="anthropic/claude-opus-4-5", api_base=url)
said = {"message": text(litellm.completion(**claude)), "stream": words(litellm.completion(**claude, stream=True))}
said["chat"] = text(litellm.completion(**ask, model="openai/mine/some-model", api_base=url + "/v1"))
try:
    litellm.completion(**dict(claude, api_key="no"))
except litellm.AuthenticationError as error:
    said["refused"] = error.status_code
print(json.dumps(said))
"#;

/// What the clients of an environment got, where there is a Python that has them.
fn clients(environment: &str, script: &str, gateway: &Gateway) -> Option<Value> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join(environment).join("bin/python");
    let url = format!("http://{}", gateway.address);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.args(["-I", "-c", script]).env_clear().env("URL", url).env("TOKEN", TOKEN);
    // Its own list of prices, and nothing of anybody's home.
    command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("HOME", home.path());
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

fn started(fault: &str) -> (Provider, Gateway) {
    let provider = Provider::start();
    let mut config = config(&provider);
    config["models"]["providers"]["mine"] =
        json!({"baseUrl": format!("{}/v1", provider.url()), "apiKey": "CANARY-mine-0000", "models": []});
    let gateway = Gateway::start(&config, &store(&[fault, "good"]));
    (provider, gateway)
}

/// What a stream of the provider says.
fn words() -> String {
    (0..crate::support::provider::WORDS).map(|n| format!("word{n} ")).collect()
}

#[test]
fn clients_get_their_answer_in_one_try() {
    for fault in ["fault-401", "fault-429-retry-60", "fault-402", "good"] {
        let (_provider, gateway) = started(fault);
        let Some(said) = clients("python", SCRIPT, &gateway) else { return };
        assert_eq!(said["message"], "Hello.", "{fault}");
        assert_eq!(said["stream"], words(), "{fault}");
        assert_eq!((&said["chat"], &said["llm"]), (&json!("Hello."), &json!("Hello.")), "{fault}");
        assert_eq!(said["refused"], 401, "{fault}");
        assert!(said["models"][0].is_string(), "{said}");
    }
}

#[test]
fn litellm_gets_its_answer_in_one_try() {
    let (_provider, gateway) = started("fault-401");
    let Some(said) = clients("python-litellm", LITELLM, &gateway) else { return };
    assert_eq!(said, json!({"message": "Hello.", "stream": words(), "chat": "Hello.", "refused": 401}));
}
