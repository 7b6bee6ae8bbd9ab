//! What else there is in a made home: `.env` files, the environment, other programs' logins,
//! older layouts, what killed writers left.

use super::config::in_state;
use super::dice::Dice;
use super::made::{AGENTS, HOUR, Made};
use super::store::secret;
use base64::Engine;
use serde_json::{Map, Value, json};

/// Variables, with whose credential they hold, and of which kind.
const VARS: &[(&str, &str, &str)] = &[
    ("MY_KEY", "my-own", "api_key"),
    ("GROQ_API_KEY", "groq", "api_key"),
    ("ANTHROPIC_API_KEY", "anthropic", "api_key"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "anthropic", "token"),
    ("OPENAI_API_KEY", "openai", "api_key"),
    ("ZAI_API_KEY", "zai", "api_key"),
];

pub(super) fn make(dice: &mut Dice, made: &mut Made) {
    for (name, provider, kind) in VARS {
        if !dice.chance(8) {
            continue;
        }
        let value = if dice.chance(25) { String::new() } else { secret(dice, provider, kind) };
        made.env.insert((*name).to_owned(), value);
    }
    if dice.chance(1) {
        made.env.insert("ZIRKABOT_LOAD_SHELL_ENV".to_owned(), "1".to_owned());
        if dice.chance(50) {
            made.env.insert("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK".to_owned(), "1".to_owned());
        }
    }
    if dice.chance(2) {
        made.env.insert("ZIRKABOT_STATE_DIR".to_owned(), "~/nowhere".to_owned());
    }
    for path in ["project/.env".to_owned(), in_state(".env")] {
        if dice.chance(25) {
            let text = dotenv(dice, made);
            made.file(&path, text);
        }
    }
    logins(dice, made);
    older(dice, made);
    leftovers(dice, made);
}

fn dotenv(dice: &mut Dice, made: &mut Made) -> String {
    let mut lines = Vec::new();
    for _ in 0..dice.below(6) {
        let (name, provider, kind) = dice.pick(VARS);
        let value = if dice.chance(12) { String::new() } else { secret(dice, provider, kind) };
        let value = match dice.below(6) {
            0..3 => value,
            3 => format!("'{value}'"),
            4 => format!("\"{value}\""),
            _ => format!("{value} # note-{}-", made.notes + lines.len() + 1000),
        };
        let lead = dice.pick(&["", "", "", "export "]);
        lines.push(match dice.below(10) {
            7 => format!("# note-{}-", made.notes + lines.len() + 2000),
            8 => "oops CANARY-garbage".to_owned(),
            9 => String::new(),
            _ => format!("{lead}{name}{}{value}", dice.pick(&["=", " = "])),
        });
    }
    made.notes += 20;
    let text = lines.join(dice.pick(&["\n", "\n", "\r\n"]));
    if dice.chance(20) { text } else { text + "\n" }
}

fn logins(dice: &mut Dice, made: &mut Made) {
    if dice.chance(35) {
        let text = claude(dice, made.now);
        made.file(".claude/.credentials.json", text);
    }
    if dice.chance(20) {
        let text = codex(dice, made.now);
        made.file(".codex/auth.json", text);
        let age = dice.pick(&[HOUR / 2, HOUR / 60, 48 * HOUR]);
        if let Some(file) = made.files.last_mut() {
            file.mtime = made.now - age;
        }
    }
    if dice.chance(20) {
        let end = dice.pick(&[HOUR, 2000 * HOUR, -HOUR, 0]) + made.now;
        let n = dice.below(3);
        let text = match dice.below(8) {
            6 => "{\"access_token\": ".to_owned(),
            7 => json!({ "access_token": "", "refresh_token": "", "expiry_date": end }).to_string(),
            _ => json!({
                "access_token": format!("tok-CANARY-qwen-{n}"), "refresh_token": format!("refresh-CANARY-qwen-{n}"),
                "expiry_date": end, "resource_url": "portal",
            })
            .to_string(),
        };
        let dir = dice.pick(&[".qwen", ".qwen", ".gemini"]);
        made.file(&format!("{dir}/oauth_creds.json"), text);
    }
}

fn claude(dice: &mut Dice, now: i64) -> String {
    let end = now + dice.pick(&[2000 * HOUR, HOUR, -HOUR, HOUR / 12]);
    let n = dice.below(3);
    let mut login = json!({
        "accessToken": format!("sk-ant-oat01-CANARY{n}abcdefghijklmnop"),
        "refreshToken": format!("refresh-CANARY{n}abcdefgh"),
        "expiresAt": end, "subscriptionType": "max",
    });
    match dice.below(10) {
        5 => login["refreshToken"] = Value::Null,
        6 => login["accessToken"] = json!(" "),
        7 => login["expiresAt"] = json!(end / 1000),
        8 => return "{\"claudeAiOauth\": {\"accessToken\": \"sk-ant-oat01-CANARY".to_owned(),
        9 => return "{}\n".to_owned(),
        _ => {}
    }
    json!({ "claudeAiOauth": login }).to_string()
}

fn codex(dice: &mut Dice, now: i64) -> String {
    let seconds = (now + dice.pick(&[2000 * HOUR, -HOUR])) / 1000;
    let claims = json!({ "exp": seconds, "iss": "CANARY" }).to_string();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
    let n = dice.below(3);
    let access = if dice.chance(50) { format!("CANARY.{claims}.x") } else { format!("tok-CANARY-codex-{n}") };
    let mut tokens = json!({ "access_token": access, "refresh_token": format!("refresh-CANARY-codex-{n}") });
    if dice.chance(50) {
        tokens["account_id"] = json!("acct-1");
    }
    match dice.below(8) {
        5 => tokens["refresh_token"] = json!(""),
        6 => {
            return json!({ "OPENAI_API_KEY": "sk-proj-CANARY0abcdefghijklmnop0000000000000000000000000", "tokens": null })
                .to_string();
        }
        7 => return "CANARY".to_owned(),
        _ => {}
    }
    json!({ "tokens": tokens, "last_refresh": "2026-11-20T00:00:00Z" }).to_string()
}

/// Older layouts: `auth.json` of an agent, the shared `oauth.json`, a directory for one agent.
fn older(dice: &mut Dice, made: &mut Made) {
    for agent in AGENTS {
        if dice.chance(12) {
            let path = in_state(&format!("agents/{agent}/agent/auth.json"));
            let text = auth_json(dice, made, &path);
            made.file(&path, text);
        }
    }
    if dice.chance(10) {
        let path = in_state("credentials/oauth.json");
        let login = json!({ "access": "sk-ant-oat01-CANARY0abcdefghijklmnop", "refresh": "refresh-CANARY0abcdefgh",
            "expires": made.now + 300 * HOUR });
        let text = if dice.chance(10) { "{".to_owned() } else { json!({ "anthropic": login }).to_string() };
        made.file(&path, text);
    }
    if dice.chance(8) {
        let name = dice.pick(&["auth.json", "auth-profiles.json", "sessions.json"]);
        let text = match name {
            "auth.json" => {
                json!({ "groq": { "type": "api_key", "key": "gsk_CANARY0abcdefghijklmnop00000000000000000000000000000" } })
            }
            "auth-profiles.json" => json!({ "version": 1, "profiles": {
                "groq:me": { "type": "api_key", "provider": "groq", "key": "gsk_CANARY1abcdefghijklmnop00000000000000000000000000000" } } }),
            _ => json!({}),
        };
        made.file(&in_state(&format!("agent/{name}")), text.to_string());
        if dice.chance(20) {
            made.file(&in_state("agent/models.json"), "{}\n");
        }
    }
}

fn auth_json(dice: &mut Dice, made: &mut Made, path: &str) -> String {
    let mut root = Map::new();
    for (name, provider, kind, field) in [
        ("groq", "groq", "api_key", "key"),
        ("anthropic", "anthropic", "oauth", "access"),
        ("Z.AI", "zai", "api_key", "key"),
        ("zai", "zai", "api_key", "key"),
    ] {
        if !dice.chance(40) {
            continue;
        }
        let mut one = json!({ "type": kind, field: secret(dice, provider, kind) });
        if kind == "oauth" {
            one["refresh"] = json!("refresh-CANARY1abcdefgh");
            one["expires"] = json!(made.now + 30 * HOUR);
        }
        if let Value::Object(one) = &mut one {
            made.plant(dice, (path, &[name]), one, 8);
        }
        root.insert(name.to_owned(), one);
    }
    if dice.chance(8) {
        root.insert("later".to_owned(), json!({ "type": "passkey", "secret": "CANARY-passkey" }));
    }
    let text = serde_json::to_string_pretty(&root).unwrap();
    if dice.chance(5) { text.replacen(':', "", 1) } else { text + "\n" }
}

fn leftovers(dice: &mut Dice, made: &mut Made) {
    for path in [
        in_state(".zirkabot.toml.20261122T231800.123Z-42-0.zirkabot-tmp"),
        in_state("agents/main/agent/.auth-profiles.json.20261122T231800.123Z-42-1.zirkabot-tmp"),
        in_state("agents/ops/agent/auth-profiles.json.1234.tmp"),
        in_state("zirkabot.json.99.tmp"),
    ] {
        if dice.chance(5) {
            let age = dice.pick(&[48 * HOUR, HOUR / 12]);
            made.file(&path, "{\"key\": \"sk-CANARY-half");
            if let Some(file) = made.files.last_mut().filter(|file| file.path == path) {
                file.mtime = made.now - age;
            }
        }
    }
}
