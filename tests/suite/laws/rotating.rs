//! Which profile is used: held against a plain and slow statement of the rule; and what is reported
//! by many at once.

use crate::support::home::{Home, NOW, STORE};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use std::process::{Command, Stdio};
use zirkabot::pipeline::{Query, look};
use zirkabot::policy::status::Options;
use zirkabot::world::observe::{Agents, Depth};

const IDS: [&str; 5] = ["anthropic:a", "anthropic:b", "anthropic:c", "anthropic:d", "zai:e"];

/// A profile of a random store.
#[derive(Clone, Debug)]
struct Profile {
    id: &'static str,
    kind: &'static str,
    /// Nothing, or a secret.
    secret: bool,
    refresh: bool,
    expires: Option<i64>,
    last_used: i64,
    cooldown: i64,
    disabled: i64,
}

/// A random home.
#[derive(Clone, Debug)]
struct Made {
    profiles: Vec<Profile>,
    store_order: Option<Vec<&'static str>>,
    config_order: Option<Vec<&'static str>>,
    declared: Vec<(&'static str, &'static str)>,
}

fn instant() -> impl Strategy<Value = i64> {
    select(vec![0, NOW - 100_000, NOW, NOW + 1, NOW + 60_000, NOW + 120_000])
}

fn profile(id: &'static str) -> impl Strategy<Value = Profile> {
    let kind = select(vec!["api_key", "token", "oauth"]);
    let expires = proptest::option::of(select(vec![0, NOW - 1, NOW, NOW + 1, NOW + 999_999_999]));
    (kind, any::<bool>(), any::<bool>(), expires, select(vec![0, 5, 9]), instant(), instant()).prop_map(
        move |(kind, secret, refresh, expires, last_used, cooldown, disabled)| Profile {
            id,
            kind,
            secret: secret || kind == "oauth",
            refresh,
            expires,
            last_used,
            cooldown,
            disabled,
        },
    )
}

fn made() -> impl Strategy<Value = Made> {
    let profiles = proptest::sample::subsequence(IDS.to_vec(), 0..=5)
        .prop_flat_map(|ids| ids.into_iter().map(profile).collect::<Vec<_>>());
    let order = || proptest::option::of(proptest::collection::vec(select(IDS.to_vec()), 0..5));
    let modes = || select(vec!["api_key", "token", "oauth"]);
    let declared = proptest::sample::subsequence(IDS.to_vec(), 0..=3)
        .prop_flat_map(move |ids| ids.into_iter().map(|id| (Just(id), modes())).collect::<Vec<_>>());
    (profiles, order(), order(), prop_oneof![Just(Vec::new()), declared]).prop_map(
        |(profiles, store_order, config_order, declared)| Made {
            profiles,
            store_order,
            config_order,
            declared,
        },
    )
}

/// The rule, as it is written down; slowly.
fn expected(made: &Made) -> Option<&'static str> {
    let of = |id: &str| id.split(':').next().unwrap().to_owned();
    let explicit =
        made.store_order.clone().filter(|ids| !ids.is_empty()).or_else(|| made.config_order.clone());
    let declared: Vec<_> =
        made.declared.iter().filter(|(id, _)| of(id) == "anthropic").map(|(id, _)| *id).collect();
    let stored: Vec<_> = made.profiles.iter().filter(|p| of(p.id) == "anthropic").map(|p| p.id).collect();
    let base = explicit.clone().unwrap_or(if declared.is_empty() { stored } else { declared });
    let mut usable: Vec<&Profile> = Vec::new();
    for id in base {
        let Some(profile) = made.profiles.iter().find(|profile| profile.id == id) else { continue };
        let mode = made.declared.iter().find(|(declared, _)| *declared == id).map(|(_, mode)| *mode);
        let fits = mode.is_none_or(|mode| mode == profile.kind || mode == "oauth" && profile.kind == "token");
        let over = profile.expires.is_some_and(|at| at > 0 && at <= NOW);
        let good = match profile.kind {
            "oauth" => profile.refresh || !over,
            "token" => profile.secret && !over,
            _ => profile.secret,
        };
        let again = usable.iter().any(|known| known.id == id);
        if of(id) == "anthropic" && fits && good && !again {
            usable.push(profile);
        }
    }
    let rests = |profile: &&Profile| {
        let until = profile.cooldown.max(profile.disabled);
        if until > NOW { until } else { 0 }
    };
    let kind =
        |profile: &&Profile| ["oauth", "token", "api_key"].iter().position(|kind| *kind == profile.kind);
    if explicit.is_none() {
        usable.sort_by_key(|profile| (kind(profile), profile.last_used));
    }
    usable.sort_by_key(rests);
    usable.first().map(|profile| profile.id)
}

fn home(made: &Made) -> Home {
    let (mut profiles, mut usage) = (Map::new(), Map::new());
    for profile in &made.profiles {
        let field = match profile.kind {
            "oauth" => "access",
            "token" => "token",
            _ => "key",
        };
        let secret = if profile.secret { "CANARY-secret-000000000000000" } else { " " };
        let mut record =
            json!({"type": profile.kind, "provider": profile.id.split(':').next(), field: secret});
        if profile.refresh {
            record["refresh"] = "CANARY-refresh".into();
        }
        if let Some(at) = profile.expires {
            record["expires"] = at.into();
        }
        profiles.insert(profile.id.to_owned(), record);
        usage.insert(
            profile.id.to_owned(),
            json!({"lastUsed": profile.last_used, "cooldownUntil": profile.cooldown, "disabledUntil": profile.disabled}),
        );
    }
    let mut store = json!({"version": 1, "profiles": profiles, "usageStats": usage});
    if let Some(order) = &made.store_order {
        store["order"] = json!({"Anthropic": order});
    }
    let mut auth = json!({"profiles": {}});
    for (id, mode) in &made.declared {
        auth["profiles"][*id] = json!({"provider": id.split(':').next(), "mode": mode});
    }
    if let Some(order) = &made.config_order {
        auth["order"] = json!({"anthropic": order});
    }
    let config = json!({ "auth": auth }).to_string();
    Home::with(NOW, &[(STORE, &store.to_string()), (".zirkabot/zirkabot.json", &config)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_profile_that_is_used_is_the_one_that_the_rule_says(made in made()) {
        let home = home(&made);
        let machine = home.machine();
        let ask = Query { agents: Agents::All, profile: None, depth: Depth::Status, options: Options::default(), trusts_cwd: false, export: None };
        let world = look(&machine, &ask).world;
        let resolution = zirkabot::policy::resolve::resolve(&world, "main", "anthropic");
        prop_assert_eq!(resolution.chosen().map(|candidate| candidate.name.as_str()), expected(&made));
    }
}

#[test]
fn of_fifty_failures_that_are_reported_at_once_all_count() {
    let profile = json!({"type": "api_key", "provider": "anthropic", "key": "sk-ant-api03-CANARY-0000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
    let store = json!({"version": 1, "profiles": {"anthropic:a": profile}});
    let home = Home::with(NOW, &[(STORE, &store.to_string())]);
    let report = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["models", "auth", "report", "anthropic:a", "--status", "429", "--lock-timeout", "5m"]);
        command.env_clear().envs(home.environment()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..50).map(|_| report()).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store: Value = serde_json::from_slice(&std::fs::read(home.path().join(STORE)).unwrap()).unwrap();
    assert_eq!(store["usageStats"]["anthropic:a"]["errorCount"], 50);
    assert_eq!(store["usageStats"]["anthropic:a"]["failureCounts"]["rate_limit"], 50);
    assert_eq!(home.run("zirkabot history").1, "No changes yet\n");
}
