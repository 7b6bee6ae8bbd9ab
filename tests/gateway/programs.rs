//! Programs that people point at a gateway, from their registry: they get their answer in one try, whatever the
//! first key comes to.

use crate::support::gateway::{Gateway, TOKEN, config, store};
use crate::support::provider::Provider;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What is asked by the SDKs for JavaScript.
const SCRIPT: &str = r#"
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
const { URL, TOKEN } = process.env;
const ask = { model: "claude-opus-4-5", max_tokens: 16, messages: [{ role: "user", content: "hi" }] };
const client = new Anthropic({ baseURL: URL, apiKey: TOKEN, maxRetries: 0 });
const said = {};
said.message = (await client.messages.create(ask)).content[0].text;
said.stream = await client.messages.stream(ask).finalText();
const chat = new OpenAI({ baseURL: URL + "/v1", apiKey: TOKEN, maxRetries: 0 });
const asked = { model: "mine/some-model", messages: [{ role: "user", content: "hi" }] };
said.chat = (await chat.chat.completions.create(asked)).choices[0].message.content;
console.log(JSON.stringify(said));
"#;

/// Where the clients are installed; none where they are not.
fn installed(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/node/node_modules").join(name);
    if !path.exists() {
        println!("{name} is not installed (tests/run does it where there is npm): skipped");
    }
    path.exists().then_some(path)
}

/// A home of its own, and nothing else around it.
fn client(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home).env("TOKEN", TOKEN).current_dir(home);
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    let [out, err] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    format!("{out}{err}")
}

fn started(fault: &str) -> (Provider, Gateway) {
    let provider = Provider::start();
    let mut config = config(&provider);
    for name in ["mine", "openai"] {
        config["models"]["providers"][name] =
            json!({"baseUrl": format!("{}/v1", provider.url()), "apiKey": "CANARY-mine-0000", "models": []});
    }
    let gateway = Gateway::start(&config, &store(&[fault, "good"]));
    (provider, gateway)
}

const FAULTS: [&str; 4] = ["fault-401", "fault-429-retry-60", "fault-first", "good"];

#[test]
fn javascript_gets_its_answer_in_one_try() {
    let Some(modules) = installed("openai") else { return };
    let home = tempfile::tempdir().unwrap();
    for fault in FAULTS {
        let (_provider, gateway) = started(fault);
        let mut node = client(Path::new("node"), home.path());
        node.current_dir(modules.parent().unwrap()).env("URL", format!("http://{}", gateway.address));
        let Ok(output) = node.args(["--input-type=module", "-e", SCRIPT]).output() else {
            println!("there is no node: skipped");
            return;
        };
        assert!(output.status.success(), "{fault}: {}", said(&output));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&said["message"], &said["chat"]), (&json!("Hello."), &json!("Hello.")), "{fault}");
        assert!(said["stream"].as_str().unwrap().starts_with("word0 "), "{fault}: {said}");
    }
}

#[test]
fn claude_code_gets_its_answer_in_one_try() {
    let Some(program) = installed("@anthropic-ai/claude-code/cli-wrapper.cjs") else { return };
    for fault in FAULTS {
        let (provider, gateway) = started(fault);
        let home = tempfile::tempdir().unwrap();
        let mut claude = client(Path::new("node"), home.path());
        claude
            .arg(&program)
            .args(["-p", "hi", "--output-format", "json"])
            .env("ANTHROPIC_BASE_URL", format!("http://{}", gateway.address))
            .env("ANTHROPIC_AUTH_TOKEN", TOKEN)
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1");
        let output = claude.output().unwrap();
        let said = said(&output);
        assert!(output.status.success() && said.contains("word0"), "{fault}: {said}");
        // One refusal, and one answer: the client itself never asked twice.
        let asked: Vec<_> =
            provider.got().into_iter().filter(|got| got.line.starts_with("POST /v1/messages?")).collect();
        let tries = if fault == "good" { 1 } else { 2 };
        assert_eq!(
            asked.len(),
            tries,
            "{fault}: {:?}",
            asked.iter().map(|got| &got.line).collect::<Vec<_>>()
        );
        assert!(asked.iter().all(|got| !got.key().contains("CANARY-gateway")), "the client's token went on");
    }
}

#[test]
fn codex_gets_its_answer() {
    let Some(program) = installed(".bin/codex") else { return };
    let (provider, gateway) = started("good");
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".codex")).unwrap();
    let config = format!(
        "model = \"gpt-5\"\nmodel_provider = \"gateway\"\n[model_providers.gateway]\nname = \"gateway\"\n\
         base_url = \"http://{}/v1\"\nenv_key = \"TOKEN\"\nwire_api = \"responses\"\nrequest_max_retries = 0\n\
         stream_max_retries = 0\n",
        gateway.address
    );
    std::fs::write(home.path().join(".codex/config.toml"), config).unwrap();
    let output =
        client(&program, home.path()).args(["exec", "--skip-git-repo-check", "hi"]).output().unwrap();
    let said = said(&output);
    assert!(output.status.success() && said.contains("Hello."), "{said}");
    let asked: Vec<_> = provider.got().into_iter().filter(|got| got.line.contains("/responses")).collect();
    assert_eq!(asked.len(), 1, "{:?}", asked.iter().map(|got| &got.line).collect::<Vec<_>>());
    assert_eq!(asked[0].key(), "CANARY-mine-0000");
}
