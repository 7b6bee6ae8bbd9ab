//! What editors show in a config whose schema stands beside it, as `config schema --install` writes it: VS Code's
//! language service for JSON, and taplo's for TOML, which is VS Code's "Even Better TOML" too.

use crate::support::home::{Home, NOW};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use zirkabot::catalog::providers::PROVIDERS;
use zirkabot::report::schema;

/// An editor: what drives it, its package, and how the config of which it is asked is called.
struct Editor {
    script: &'static str,
    package: &'static str,
    file: &'static str,
    /// How a config begins that names its schema, and how it ends.
    around: [&'static str; 2],
}

const TOML: Editor = Editor {
    script: include_str!("editors/toml.mjs"),
    package: "@taplo/lsp",
    file: "zirkabot.toml",
    around: ["#:schema ./zirkabot.schema.json\n", ""],
};

const JSON: Editor = Editor {
    script: include_str!("editors/json.mjs"),
    package: "vscode-json-languageservice",
    file: "zirkabot.json",
    around: [r#"{ "$schema": "./zirkabot.schema.json", "#, " }"],
};

/// What an editor answers at one place.
struct Answer {
    /// What it offers, with what it says of each.
    offers: Vec<(String, String)>,
    /// What it says of the place itself.
    says: String,
    /// What it finds wrong in the whole text.
    wrong: Vec<String>,
}

impl Answer {
    /// The texts that it offers as a value.
    fn values(&self) -> Vec<&str> {
        let text = |offer: &str| offer.len() > 2 && offer.starts_with('"');
        let quoted = self.offers.iter().map(|(label, _)| label.as_str()).filter(|label| text(label));
        quoted.map(|label| label.trim_matches('"')).collect()
    }
}

impl Editor {
    /// Asks at the cursor, `|`, of each text; `None` where the editor is not there.
    fn asked(&self, texts: &[String]) -> Option<Vec<Answer>> {
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/node/node_modules");
        if !modules.join(self.package).exists() {
            println!("{} is not installed (tests/run does it where there is npm): skipped", self.package);
            return None;
        }
        let home = Home::with(NOW, &[(&format!(".zirkabot/{}", self.file), self.config("").as_str())]);
        let (exit, stdout, stderr) = home.run("zirkabot config schema --install");
        assert_eq!(exit, 0, "{stdout}{stderr}");
        let texts: Vec<_> = texts.iter().map(|text| self.config(text)).collect();
        let question = json!({ "dir": home.path().join(".zirkabot"), "file": self.file, "texts": texts });
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", self.script]).current_dir(modules.parent().unwrap());
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut child) = node.spawn() else {
            println!("there is no node: skipped");
            return None;
        };
        child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answers.len(), texts.len());
        Some(answers.iter().map(answer).collect())
    }

    fn config(&self, text: &str) -> String {
        [self.around[0], text, self.around[1]].concat()
    }
}

fn answer(answer: &Value) -> Answer {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = |value: &Value| value.as_array().unwrap().clone();
    Answer {
        offers: list(&answer["offers"]).iter().map(|offer| (text(&offer[0]), text(&offer[1]))).collect(),
        says: text(&answer["says"]),
        wrong: list(&answer["wrong"]).iter().map(text).collect(),
    }
}

const DURATIONS: &[&str] = &["24h", "3d", "12h"];
const MODELS: &[&str] = &["anthropic/claude-opus-4-5", "openai/gpt-5.2", "zai/glm-4.7"];
const SOURCES: &[&str] = &[
    "claude-code",
    "codex",
    "qwen",
    "gemini-cli",
    "claude-helper",
    "store",
    "env:NAME",
    "exec:pass show key",
];

/// A value as it stands in TOML and in JSON, with the cursor in it; and what must be among the offers.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("[auth]\nwarnWithin = \"|\"", r#""auth": { "warnWithin": "|" }"#, DURATIONS),
    ("[auth]\nrestTolerance = \"|\"", r#""auth": { "restTolerance": "|" }"#, &["15m", "1h"]),
    ("[monitor]\nremind = \"|\"", r#""monitor": { "remind": "|" }"#, &["off", "24h"]),
    (
        "[auth.profiles]\n\"a:b\" = { mode = \"token\", provider = \"|\" }",
        r#""auth": { "profiles": { "a:b": { "mode": "token", "provider": "|" } } }"#,
        &[],
    ),
    (
        "[auth.profiles.\"a:b\"]\nmode = \"|\"\nprovider = \"mine\"",
        r#""auth": { "profiles": { "a:b": { "provider": "mine", "mode": "|" } } }"#,
        &["api_key", "oauth", "token"],
    ),
    (
        "[auth.profiles.\"a:b\"]\nprovider = \"anthropic\"\nmode = \"token\"\nfrom = \"|\"",
        r#""auth": { "profiles": { "a:b": { "provider": "mine", "mode": "token", "from": "|" } } }"#,
        SOURCES,
    ),
    ("[agents.defaults]\nmodel = \"|\"", r#""agents": { "defaults": { "model": "|" } }"#, MODELS),
    (
        "[agents.defaults.model]\nprimary = \"|\"",
        r#""agents": { "defaults": { "model": { "primary": "|" } } }"#,
        MODELS,
    ),
    (
        "[agents.defaults.model]\nfallbacks = [|]",
        r#""agents": { "defaults": { "model": { "fallbacks": [|] } } }"#,
        MODELS,
    ),
    (
        "[[agents.list]]\nid = \"main\"\nimageModel = \"|\"",
        r#""agents": { "list": [{ "id": "main", "imageModel": "|" }] }"#,
        MODELS,
    ),
    ("[auth]\nrefreshBorrowed = \"|\"", r#""auth": { "refreshBorrowed": "|" }"#, &["write-back", "never"]),
];

/// Every value of the table is offered once, is what the schema allows, and so is every other that is offered.
fn offers_values(editor: &Editor, texts: &[&str]) {
    let marked: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    let Some(answers) = editor.asked(&marked) else { return };
    let mut chosen = Vec::new();
    for ((answer, text), (.., wanted)) in answers.iter().zip(texts).zip(VALUES) {
        let values = answer.values();
        let providers = PROVIDERS
            .iter()
            .map(|row| row.id)
            .filter(|_| text.contains("provider\": \"|") || text.contains("provider = \"|"));
        for value in wanted.iter().copied().chain(providers) {
            assert_eq!(
                values.iter().filter(|own| **own == value).count(),
                1,
                "{text}: {value} in {values:?}"
            );
        }
        let quote = if text.contains("\"|\"") { "" } else { "\"" };
        chosen.extend(values.iter().map(|value| text.replace('|', &format!("{quote}{value}|{quote}"))));
    }
    for (answer, text) in editor.asked(&chosen).unwrap().iter().zip(&chosen) {
        assert_eq!(answer.wrong, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn taplo_offers_providers_models_sources_and_durations() {
    offers_values(&TOML, &VALUES.iter().map(|row| row.0).collect::<Vec<_>>());
}

#[test]
fn vs_code_offers_providers_models_sources_and_durations() {
    offers_values(&JSON, &VALUES.iter().map(|row| row.1).collect::<Vec<_>>());
}

/// What is known of the keys below a part of the config.
fn keys(part: &str) -> BTreeMap<String, String> {
    let (_, schema) = schema::all().into_iter().find(|(name, _)| *name == "config.schema.json").unwrap();
    let properties = schema["properties"][part]["properties"].as_object().unwrap().clone();
    properties
        .iter()
        .map(|(key, own)| (key.clone(), own["description"].as_str().unwrap().to_owned()))
        .collect()
}

/// Every key is offered with what it is for, keys that are no choice of forms once, and no other key.
fn offers_keys(editor: &Editor, texts: &[String], parts: &[&str]) {
    let Some(answers) = editor.asked(texts) else { return };
    for (answer, part) in answers.iter().zip(parts) {
        // taplo also offers the keys of tables in it.
        let direct: Vec<_> = answer.offers.iter().filter(|(key, _)| !key.contains('.')).collect();
        let offered: BTreeMap<_, _> = direct.iter().map(|offer| (offer.0.clone(), offer.1.clone())).collect();
        assert_eq!(offered, keys(part), "{part}");
        let twice: Vec<_> =
            offered.keys().filter(|key| direct.iter().filter(|offer| offer.0 == **key).count() > 1).collect();
        let of_forms = ["hook", "mail", "remind", "telegram"];
        assert!(twice.iter().all(|key| of_forms.contains(&key.as_str())), "{twice:?}");
    }
}

#[test]
fn taplo_offers_keys_with_what_they_are_for() {
    let parts = ["auth", "monitor"];
    offers_keys(&TOML, &parts.map(|part| format!("[{part}]\n|\n")), &parts);
}

#[test]
fn vs_code_offers_keys_with_what_they_are_for() {
    let parts = ["auth", "monitor"];
    offers_keys(&JSON, &parts.map(|part| format!("\"{part}\": {{ | }}")), &parts);
    let by_provider = ["order", "usage", "login"].map(|key| format!("\"auth\": {{ \"{key}\": {{ | }} }}"));
    for answer in JSON.asked(&by_provider).unwrap_or_default() {
        let offered: Vec<_> = answer.offers.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(offered, PROVIDERS.iter().map(|row| row.id).collect::<Vec<_>>());
    }
}

/// What is wrong is told, and what a key is for where the cursor is on it.
fn tells(editor: &Editor, right: &str, wrong: &str) {
    let Some(answers) = editor.asked(&[right.to_owned(), wrong.to_owned()]) else { return };
    assert_eq!((answers[0].says.as_str(), answers[0].wrong.len()), (keys("auth")["warnWithin"].as_str(), 0));
    let faults = &answers[1].wrong;
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("nope")), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.contains("number")), "{faults:?}");
}

#[test]
fn taplo_tells_what_is_wrong_and_what_a_key_is_for() {
    tells(&TOML, "[auth]\nwarn|Within = \"3d\"", "[auth]\nwarnWithin = true|\nnope = 1");
}

#[test]
fn vs_code_tells_what_is_wrong_and_what_a_key_is_for() {
    tells(&JSON, r#""auth": { "warn|Within": "3d" }"#, r#""auth": { "warnWithin": true|, "nope": 1 }"#);
}
