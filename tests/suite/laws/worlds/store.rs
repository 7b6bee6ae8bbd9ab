//! The auth stores of a made home.

use super::dice::Dice;
use super::made::{AGENTS, HOUR, Made, PROFILES};
use super::render::Writer;
use serde_json::{Map, Value, json};

type Table = Map<String, Value>;

/// A secret for a place; sometimes of another one, blank, or an example.
pub(super) fn secret(dice: &mut Dice, provider: &str, kind: &str) -> String {
    let prefix = match (provider, kind) {
        ("anthropic", "api_key") => "sk-ant-api03-",
        ("anthropic", _) => "sk-ant-oat01-",
        ("groq", _) => "gsk_",
        ("openai", _) => "sk-proj-",
        _ => "tok-",
    };
    let prefix = if dice.chance(6) { dice.pick(&["sk-ant-oat01-", "gsk_", "sk-ant-ort01-"]) } else { prefix };
    let whole = match prefix {
        "gsk_" | "sk-proj-" => 56,
        "tok-" => 32,
        _ => 108,
    };
    // Now and then one is cut off.
    let length = if dice.chance(6) { whole - 20 } else { whole };
    let secret = format!("{prefix}CANARY{}", dice.below(6));
    let secret = format!("{secret:q<length$}");
    match dice.below(40) {
        37 => " ".to_owned(),
        38 => "your-api-key-...".to_owned(),
        39 => format!("{secret} with space"),
        _ => secret,
    }
}

/// What is recorded as the end of a credential.
fn expires(dice: &mut Dice, now: i64) -> Option<Value> {
    let at = match dice.below(12) {
        0..3 => now + 2000 * HOUR,
        3 => now + HOUR,
        4 => now + HOUR / 12,
        5 => now - HOUR,
        6 => now,
        7 => (now + 2000 * HOUR) / 1000,
        8 => (now - 2000 * HOUR) / 1000,
        9 => return Some(json!("soon")),
        10 => return Some(json!(0)),
        _ => return None,
    };
    Some(otherwise(dice, at))
}

/// An instant as it is recorded: sometimes as text, or in another unit.
fn otherwise(dice: &mut Dice, at: i64) -> Value {
    match dice.below(24) {
        22 => json!(jiff::Timestamp::from_millisecond(at).unwrap().to_string()),
        23 => json!(at.to_string()),
        _ => json!(at),
    }
}

/// A record as somebody else would write it: with another name, another word, or without a field.
fn misnamed(dice: &mut Dice, one: &mut Table) {
    for (reads, names) in [
        ("type", &["mode", "Type"][..]),
        ("provider", &["vendor"]),
        ("key", &["apiKey", "value", "Key"]),
        ("token", &["accessToken", "key", "secret"]),
        ("access", &["accessToken", "access_token"]),
        ("refresh", &["refreshToken"]),
        ("expires", &["expiresAt", "expires_at"]),
    ] {
        let name = dice.pick(names);
        if dice.chance(20)
            && let Some(value) = one.remove(reads)
        {
            one.insert(name.to_owned(), value);
        }
    }
    if let Some(kind) = one.get_mut("type").filter(|_| dice.chance(15)) {
        *kind = json!(dice.pick(&["apiKey", "API_KEY", "OAuth", "bearer"]));
    }
    for name in ["type", "provider"] {
        if dice.chance(10) {
            one.remove(name);
        }
    }
}

fn profile(dice: &mut Dice, provider: &str, now: i64) -> Table {
    let mut one = Table::new();
    let mut put = |key: &str, value: Value| one.insert(key.to_owned(), value);
    let kind = if provider.contains('-') { "oauth" } else { dice.pick(&["api_key", "token", "oauth"]) };
    let kind = if dice.chance(8) { dice.pick(&["api_key", "oauth", "passkey"]) } else { kind };
    if !dice.chance(2) {
        put("type", json!(kind));
    }
    if !dice.chance(4) {
        put("provider", json!(if provider == "zai" { dice.pick(&["zai", "Z.AI"]) } else { provider }));
    }
    match kind {
        "api_key" => _ = put("key", json!(secret(dice, provider, kind))),
        "token" => _ = put("token", json!(secret(dice, provider, kind))),
        _ => {
            put("access", json!(secret(dice, provider, kind)));
            if !dice.chance(10) {
                put("refresh", json!(format!("refresh-CANARY{}abcdefgh", dice.below(4))));
            }
        }
    }
    if let Some(at) = expires(dice, now).filter(|_| kind != "api_key") {
        put("expires", at);
    }
    if dice.chance(15) {
        put("email", json!("me@example.org"));
    }
    if provider == "anthropic" && kind != "api_key" && dice.chance(12) {
        let scopes = ["user:inference user:profile", "user:profile", "org:create_api_key"];
        put("scopes", json!(dice.pick(&scopes)));
    }
    if dice.chance(15) {
        misnamed(dice, &mut one);
    }
    one
}

fn usage(dice: &mut Dice, now: i64) -> Value {
    let mut one = json!({ "lastUsed": now - HOUR, "errorCount": 1 });
    match dice.below(5) {
        0 => {}
        1 => one["cooldownUntil"] = otherwise(dice, now + HOUR),
        2 => one["disabledUntil"] = json!(now + if dice.below(4) == 0 { 90_000 } else { 5 } * HOUR),
        3 => {
            one["failureCounts"] = json!({ "auth": 2 });
            one["lastFailureAt"] = otherwise(dice, now - HOUR / 2);
        }
        _ => one["cooldownUntil"] = json!(now - HOUR),
    }
    one
}

/// A whole store.
fn tree(dice: &mut Dice, made: &mut Made, file: &str) -> Value {
    let mut profiles = Table::new();
    let percent = dice.pick(&[0, 20, 40]);
    for (id, provider) in PROFILES {
        if !dice.chance(percent) {
            continue;
        }
        let mut one = profile(dice, provider, made.now);
        made.plant(dice, (file, &["profiles", id]), &mut one, 8);
        profiles.insert((*id).to_owned(), Value::Object(one));
    }
    made.plant(dice, (file, &["profiles"]), &mut profiles, 3);
    let ids: Vec<String> = profiles.keys().cloned().collect();
    let mut store = Table::new();
    store.insert("version".to_owned(), json!(1));
    if !dice.chance(2) {
        store.insert("profiles".to_owned(), Value::Object(profiles));
    }
    if dice.chance(20) {
        let provider = dice.pick(&["anthropic", "groq", "openai-codex", "zai"]);
        let mut order: Vec<&str> = PROFILES.iter().filter(|row| row.1 == provider).map(|row| row.0).collect();
        order.reverse();
        if dice.chance(25) {
            order.push(dice.pick(&["groq:gone", "openai:default"]));
        }
        let order = if dice.chance(10) { Vec::new() } else { order };
        store.insert("order".to_owned(), json!({ provider: order }));
    }
    if dice.chance(15) {
        store.insert("lastGood".to_owned(), json!({ "groq": "groq:me", "anthropic": "anthropic:gone" }));
    }
    if dice.chance(25) {
        let of: Table = ids
            .iter()
            .map(String::as_str)
            .chain(["groq:gone"])
            .filter(|_| dice.chance(40))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|id| (id.to_owned(), usage(dice, made.now)))
            .collect();
        store.insert("usageStats".to_owned(), Value::Object(of));
    }
    made.plant(dice, (file, &[]), &mut store, 6);
    Value::Object(store)
}

pub(super) fn make(dice: &mut Dice, made: &mut Made) {
    for agent in AGENTS {
        let dir = match *agent {
            "ops" if dice.chance(8) => "elsewhere/ops".to_owned(),
            id => format!(".zirkabot/agents/{id}/agent"),
        };
        if !dice.chance(if *agent == "main" { 80 } else { 40 }) {
            continue;
        }
        let path = format!("{dir}/auth-profiles.json");
        let kept = made.planted.len();
        let tree = tree(dice, made, &path);
        let text = Writer { dice, notes: 0 }.json(&tree);
        match dice.below(50) {
            47 => {
                made.planted.truncate(kept);
                made.file(&path, text.replacen(':', " broken ", 1));
            }
            48 => {
                made.planted.truncate(kept);
                made.file(&path, "");
            }
            49 => {
                // The file itself is elsewhere.
                let real = format!("vault/{agent}.json");
                made.planted[kept..].iter_mut().for_each(|planted| real.clone_into(&mut planted.file));
                let up = "../".repeat(dir.split('/').count());
                made.links.push((path.clone(), format!("{up}{real}")));
                made.file(&real, text);
            }
            _ => made.file(&path, text),
        }
    }
}
