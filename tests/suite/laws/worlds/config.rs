//! The config of a made home.

use super::dice::Dice;
use super::made::{AGENTS, Made, PROFILES, STATE};
use super::render::Writer;
use super::store::secret;
use serde_json::{Map, Value, json};

type Table = Map<String, Value>;

const TOML: &str = ".zirkabot/zirkabot.toml";
const JSON: &str = ".zirkabot/zirkabot.json";
const MORE: &str = ".zirkabot/more.json5";

/// Models that are named.
const MODELS: &[&str] = &[
    "anthropic/claude-opus",
    "groq/llama",
    "openai/gpt",
    "openai-codex/gpt",
    "qwen-portal/coder",
    "zai/glm",
    "my-own/m",
    "claude-cli/opus",
    "fast",
    "anthropic/claude-opus-4.5",
    "groq//llama",
];

pub(super) fn make(dice: &mut Dice, made: &mut Made) {
    if dice.chance(8) {
        return;
    }
    let is_toml = !dice.chance(40);
    let path = if is_toml { TOML } else { JSON };
    let mut tree = tree(dice, made, path);
    let included = (!is_toml && dice.chance(30)).then(|| include(dice, made, &mut tree)).flatten();
    let mut writer = Writer { dice, notes: made.notes };
    let text = if is_toml { writer.toml(&tree) } else { writer.json5(&tree) };
    let more = included.map(|more| writer.json5(&more));
    made.notes = writer.notes;
    let text = if dice.chance(3) { text.replacen(['=', ':'], " broken ", 1) } else { text };
    made.file(path, text);
    if let Some(more) = more {
        made.file(MORE, more);
    }
    if is_toml && dice.chance(4) {
        made.file(JSON, "{ gateway: { port: 1 } }\n");
    }
}

/// Puts one part into a second file.
fn include(dice: &mut Dice, made: &mut Made, tree: &mut Table) -> Option<Table> {
    let key = dice.pick(&["auth", "agents", "models", "env"]);
    let part = tree.remove(key)?;
    tree.insert("$include".to_owned(), json!(dice.pick(&["./more.json5", "more.json5", "missing.json5"])));
    for planted in made.planted.iter_mut().filter(|planted| planted.path[0] == key) {
        MORE.clone_into(&mut planted.file);
    }
    Some([(key.to_owned(), part)].into_iter().collect())
}

fn tree(dice: &mut Dice, made: &mut Made, file: &str) -> Table {
    let mut tree = Table::new();
    let mut put = |key: &str, value: Table| {
        if !value.is_empty() {
            tree.insert(key.to_owned(), Value::Object(value));
        }
    };
    put("auth", auth(dice, made, file));
    put("agents", agents(dice, made, file));
    put("models", models(dice, made, file));
    put("env", env(dice));
    put("gateway", gateway(dice, made, file));
    if dice.chance(8) {
        tree.insert("meta".to_owned(), json!({ "lastTouchedVersion": dice.pick(&["2026.1.1", "2099.1.1"]) }));
    }
    if dice.chance(10) {
        tree.insert("channels".to_owned(), json!({ "telegram": { "token": "1:CANARY-telegram" } }));
    }
    legacy(dice, &mut tree);
    if dice.chance(4) {
        tree.insert("agnets".to_owned(), json!({ "list": [] }));
    }
    made.plant(dice, (file, &[]), &mut tree, 10);
    tree
}

fn legacy(dice: &mut Dice, tree: &mut Table) {
    if dice.chance(8) {
        let agent = match dice.below(3) {
            0 => json!({ "model": "anthropic/claude-opus" }),
            1 => json!({ "model": { "primary": "groq/llama", "fallbacks": ["openai/gpt"] } }),
            _ => {
                json!({ "model": "groq/llama", "workspace": "~/clawd", "modelAliases": { "fast": "groq/llama" } })
            }
        };
        tree.insert("agent".to_owned(), agent);
    }
    if dice.chance(4) {
        tree.insert("telegram".to_owned(), json!({ "token": "2:CANARY-telegram", "enabled": true }));
    }
    if dice.chance(3) {
        tree.insert("identity".to_owned(), json!({ "name": "Zirka" }));
    }
}

fn auth(dice: &mut Dice, made: &mut Made, file: &str) -> Table {
    let mut auth = Table::new();
    let mut profiles = Table::new();
    for (id, provider) in PROFILES {
        if !dice.chance(22) {
            continue;
        }
        let mut one = profile(dice, id, provider);
        made.plant(dice, (file, &["auth", "profiles", id]), &mut one, 6);
        profiles.insert((*id).to_owned(), Value::Object(one));
    }
    if !profiles.is_empty() || dice.chance(5) {
        auth.insert("profiles".to_owned(), Value::Object(profiles));
    }
    let mut order = Table::new();
    for provider in ["anthropic", "groq", "openai-codex", "openai", "qwen-portal", "Z.AI"] {
        if !dice.chance(18) {
            continue;
        }
        let mut ids: Vec<&str> =
            PROFILES.iter().map(|(id, _)| *id).filter(|id| id.starts_with(provider)).collect();
        ids = dice.some(&ids, 60);
        if dice.chance(20) {
            ids.push(dice.pick(&[
                "groq:gone",
                "anthropic:defualt",
                "nobody:x",
                "groq/me",
                "Groq:B",
                " anthropic:work",
                "anthropic:work, anthropic:default",
                "openai-codex/default",
            ]));
        }
        if dice.chance(15) {
            ids.push(dice.pick(PROFILES).0);
        }
        if dice.chance(15) {
            ids.extend(ids.first().copied());
        }
        order.insert(provider.to_owned(), json!(ids));
    }
    if !order.is_empty() {
        auth.insert("order".to_owned(), Value::Object(order));
    }
    if dice.chance(8) {
        auth.insert(
            "warnWithin".to_owned(),
            dice_value(dice, &[json!("2d"), json!("24h"), json!(3), json!("soon")]),
        );
    }
    made.plant(dice, (file, &["auth"]), &mut auth, 5);
    auth
}

fn dice_value(dice: &mut Dice, of: &[Value]) -> Value {
    of[dice.below(of.len())].clone()
}

fn profile(dice: &mut Dice, id: &str, provider: &str) -> Table {
    let mut one = Table::new();
    if !dice.chance(3) {
        let provider = if dice.chance(8) { dice.pick(&["groq", "anthropic", "Z.AI"]) } else { provider };
        one.insert("provider".to_owned(), json!(provider));
    }
    let modes: &[&str] = if id.ends_with("-cli") {
        &["oauth", "oauth", "token", "api_key"]
    } else {
        &["api_key", "api_key", "api_key", "oauth", "token", "token"]
    };
    let mode = if dice.chance(4) { "keys" } else { dice.pick(modes) };
    if !dice.chance(3) {
        one.insert("mode".to_owned(), json!(if dice.chance(3) { "${ZK_MODE}" } else { mode }));
    }
    if dice.chance(12) {
        one.insert("email".to_owned(), json!("me@example.org"));
    }
    if dice.chance(20) {
        let from = dice.pick(&[
            "store",
            "claude-code",
            "codex",
            "qwen",
            "gemini-cli",
            "env:MY_KEY",
            "env:UNSET_KEY",
            "cloud",
        ]);
        one.insert("from".to_owned(), json!(from));
    }
    one
}

fn choice(dice: &mut Dice) -> Value {
    let name = json!(dice.pick(MODELS));
    if !dice.chance(40) {
        return name;
    }
    let others = dice.some(MODELS, 20);
    json!({ "primary": name, "fallbacks": others })
}

fn agents(dice: &mut Dice, made: &mut Made, file: &str) -> Table {
    let mut agents = Table::new();
    let mut defaults = Table::new();
    if dice.chance(60) {
        defaults.insert("model".to_owned(), choice(dice));
    }
    if dice.chance(15) {
        defaults.insert("imageModel".to_owned(), choice(dice));
    }
    if dice.chance(15) {
        let models = json!({ "groq/llama": { "alias": "fast" }, "anthropic/claude-opus": {} });
        defaults.insert("models".to_owned(), models);
    }
    if dice.chance(6) {
        let old = [
            ("modelAliases", json!({ "fast": "groq/llama", "big": "anthropic/claude-opus" })),
            ("allowedModels", json!(["groq/llama", "openai/gpt"])),
            ("modelFallbacks", json!(["groq/llama"])),
            ("imageModelFallbacks", json!(["openai/gpt"])),
        ];
        let (key, value) = old[dice.below(old.len())].clone();
        defaults.insert(key.to_owned(), value);
    }
    made.plant(dice, (file, &["agents", "defaults"]), &mut defaults, 6);
    if !defaults.is_empty() {
        agents.insert("defaults".to_owned(), Value::Object(defaults));
    }
    let mut list = Vec::new();
    for id in AGENTS {
        if !dice.chance(45) {
            continue;
        }
        let mut agent = Table::new();
        agent.insert(
            "id".to_owned(),
            json!(if dice.chance(5) { id.to_uppercase() } else { (*id).to_owned() }),
        );
        if dice.chance(30) {
            agent.insert("default".to_owned(), json!(!dice.chance(15)));
        }
        if dice.chance(15) {
            let dir = dice.pick(&["~/elsewhere/ops", "~/.zirkabot/agents/main/agent", "private/work"]);
            agent.insert("agentDir".to_owned(), json!(dir));
        }
        if dice.chance(30) {
            agent.insert("model".to_owned(), choice(dice));
        }
        list.push(Value::Object(agent));
    }
    if !list.is_empty() {
        agents.insert("list".to_owned(), Value::Array(list));
    }
    agents
}

fn models(dice: &mut Dice, made: &mut Made, file: &str) -> Table {
    let mut models = Table::new();
    if !dice.chance(15) {
        return models;
    }
    let mut own = Table::new();
    if !dice.chance(10) {
        own.insert("baseUrl".to_owned(), json!("https://llm.example.org/v1"));
    }
    let keys = ["${MY_KEY}", "${UNSET_KEY}", "CANARY-clear-0123456789", "pre-${MY_KEY}", ""];
    own.insert("apiKey".to_owned(), json!(dice.pick(&keys)));
    made.plant(dice, (file, &["models", "providers", "my-own"]), &mut own, 6);
    models.insert("providers".to_owned(), json!({ "my-own": own }));
    models
}

fn env(dice: &mut Dice) -> Table {
    let mut env = Table::new();
    if dice.chance(8) {
        env.insert("GROQ_API_KEY".to_owned(), json!(secret(dice, "groq", "api_key")));
    }
    if dice.chance(8) {
        env.insert("vars".to_owned(), json!({ "MY_KEY": "CANARY-env-block-0123", "OPENAI_API_KEY": "" }));
    }
    if dice.chance(2) {
        env.insert("shellEnv".to_owned(), json!({ "enabled": true }));
    }
    env
}

fn gateway(dice: &mut Dice, made: &mut Made, file: &str) -> Table {
    let mut gateway = Table::new();
    if dice.chance(10) {
        gateway.insert("port".to_owned(), dice_value(dice, &[json!(18789), json!("18789"), json!(0)]));
    }
    if dice.chance(8) {
        gateway.insert("token".to_owned(), json!("CANARY-gateway-token"));
    }
    if dice.chance(8) {
        gateway.insert("auth".to_owned(), json!({ "mode": "token", "token": "CANARY-gateway-new" }));
    }
    made.plant(dice, (file, &["gateway"]), &mut gateway, 4);
    gateway
}

/// Where the state directory's own things are.
pub(super) fn in_state(path: &str) -> String {
    format!("{STATE}/{path}")
}
