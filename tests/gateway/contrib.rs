//! `contrib/`: alerts, the dashboard and the check command, held against what the program really prints, and judged by
//! the programs for which they are made.

use crate::support::gateway::{Gateway, STORE, TOKEN, config, hi, key, program, put, store};
use crate::support::provider::Provider;
use crate::support::tools::{said, tool};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib").join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(at(name)).unwrap()
}

/// What is printed about a home, and by its gateway. Usage is of nobody: no provider of a test tells it.
fn metrics(gateway: &Gateway) -> String {
    let printed = |args: &[&str]| {
        let mut command = program(&gateway.state_path());
        let output = command.args(args).args(["--format", "prometheus"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let own = gateway.connect().get("/metrics", &[("authorization", &format!("Bearer {TOKEN}"))]).text();
    let (status, usage) = (printed(&["models", "status"]), printed(&["models", "usage"]));
    assert!(
        [&status, &usage, &own].iter().all(|text| text.contains("# TYPE zirkabot_")),
        "{status}{usage}{own}"
    );
    status + &usage + &own
}

/// A home in which all is well.
fn well(provider: &Provider) -> String {
    let gateway = Gateway::with(provider, &["good"]);
    assert_eq!(gateway.ask(&hi()).status, 200);
    metrics(&gateway)
}

/// A home in which nothing is: keys that are refused, tokens that have expired or soon will, a provider without any,
/// clients with a wrong token, and a config that breaks at the end.
fn ill(provider: &Provider) -> String {
    let mut config = config(provider);
    config["agents"] = json!({"defaults": {"model": {
        "primary": "anthropic/claude-opus-4-5", "fallbacks": ["openai/gpt-5.2"],
    }}});
    let gateway = Gateway::start(&config, &store(&["fault-401", "fault-429"]));
    assert_eq!(gateway.ask(&hi()).status, 429);
    for _ in 0..3 {
        let wrong = [("authorization", "Bearer CANARY-wrong")];
        assert_eq!(gateway.connect().get("/v1/models", &wrong).status, 401);
    }
    let soon = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap() + 3_600_000;
    let token = |expires: i64| json!({"type": "token", "provider": "anthropic", "token": key("good"), "expires": expires});
    let tokens = json!({"version": 1, "profiles": {"anthropic:old": token(1_700_000_000_000), "anthropic:soon": token(soon)}});
    put(&gateway.state_path(), STORE, &tokens.to_string());
    let before = metrics(&gateway);
    put(&gateway.state_path(), "zirkabot.json", "{ broken");
    let after = gateway.connect().get("/metrics", &[("authorization", &format!("Bearer {TOKEN}"))]).text();
    let broken = after.lines().filter(|line| line.starts_with("zirkabot_gateway_config_good"));
    let kept = before.lines().filter(|line| !line.starts_with("zirkabot_gateway_config_good"));
    kept.chain(broken).map(|line| format!("{line}\n")).collect()
}

/// The names of all series that are printed.
fn printed(text: &str) -> BTreeSet<String> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let names = types.flat_map(|(name, kind)| match kind {
        "histogram" => ["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}")).to_vec(),
        _ => vec![name.to_owned()],
    });
    names.collect()
}

/// The names of series in a text of rules or of a dashboard.
fn named(text: &str) -> BTreeSet<String> {
    let inside = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c: char| !inside(c)).filter(|word| word.starts_with("zirkabot_"));
    words.map(str::to_owned).collect()
}

/// The dashboard's panels that show something.
fn panels() -> Vec<Value> {
    let board: Value = serde_json::from_str(&read("grafana/dashboard.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    panels.cloned().collect()
}

fn expressions() -> Vec<String> {
    let targets = panels().into_iter().flat_map(|panel| panel["targets"].as_array().unwrap().clone());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn alerts_and_dashboard_name_only_metrics_that_are_printed() {
    let provider = Provider::start();
    let printed = printed(&well(&provider));
    assert!(printed.len() > 20, "{printed:?}");
    let (alerts, board) = (named(&read("prometheus/alerts.yml")), named(&read("grafana/dashboard.json")));
    for name in alerts.iter().chain(&board) {
        assert!(printed.contains(name), "{name} is not printed");
    }
    assert!(alerts.len() >= 10 && board.len() >= 14, "{alerts:?} {board:?}");
    assert!(!printed.contains("zirkabot_credential"), "a part of a name is not a name");
}

#[test]
fn panels_of_the_dashboard_are_whole_and_cover_each_other_nowhere() {
    let panels = panels();
    let number = |panel: &Value, key: &str| panel["gridPos"][key].as_u64().unwrap();
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in &panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()) && panel["title"].is_string(), "{panel}");
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{panel}");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| number(panel, key));
        assert!(w > 0 && h > 0 && x + w <= 24, "{panel}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "{} covers another panel", panel["title"]);
        }
    }
    assert!(ids.len() >= 12, "{ids:?}");
}

/// The samples as series of a test of promtool: counters go on as fast as they went in this minute.
fn series(text: &str) -> Vec<Value> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let samples = samples.map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let name = match name.strip_suffix('}') {
            Some(name) => format!("{name},instance=\"bot\"}}"),
            None => format!("{name}{{instance=\"bot\"}}"),
        };
        let own = name.split('{').next().unwrap();
        let counts = ["_total", "_bucket", "_sum", "_count"].iter().any(|end| own.ends_with(end));
        let values = if counts { format!("0+{value}x120") } else { format!("{value}x120") };
        json!({"series": name, "values": values})
    });
    samples.collect()
}

/// What fires after two hours.
fn fires(text: &str, expected: &[&str]) -> Option<(bool, String)> {
    let dir = tempfile::tempdir().unwrap();
    let query = "count by (alertname) (ALERTS{alertstate=\"firing\"}) > bool 0";
    let expected: Vec<_> = expected
        .iter()
        .map(|name| json!({"labels": format!("{{alertname=\"{name}\"}}"), "value": 1}))
        .collect();
    let test = json!({
        "rule_files": [at("prometheus/alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": series(text),
            "promql_expr_test": [{"expr": query, "eval_time": "2h", "exp_samples": expected}],
        }],
    });
    std::fs::write(dir.path().join("test.yml"), test.to_string()).unwrap();
    Some(said(tool("promtool")?.args(["test", "rules"]).arg(dir.path().join("test.yml"))))
}

#[test]
fn prometheus_takes_alerts_and_expressions_and_each_fires_when_it_should() {
    let Some(mut promtool) = tool("promtool") else { return };
    let (fine, text) = said(promtool.args(["check", "rules"]).arg(at("prometheus/alerts.yml")));
    assert!(fine, "{text}");
    // It reads expressions only in rules.
    let rules: Vec<_> = expressions().iter().enumerate().map(|(n, expr)| {
        json!({"record": format!("panel:{n}"), "expr": expr.replace("$__rate_interval", "5m").replace("$instance", ".*")})
    }).collect();
    let count = rules.len();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("panels.yml");
    std::fs::write(&file, json!({"groups": [{"name": "panels", "rules": rules}]}).to_string()).unwrap();
    let (fine, text) = said(tool("promtool").unwrap().args(["check", "rules"]).arg(&file));
    assert!(fine && text.contains(&format!("{count} rules found")), "{text}");
    let provider = Provider::start();
    let well = well(&provider);
    let (fine, text) = fires(&well, &[]).unwrap();
    assert!(fine, "{text}");
    // What no home of a test can have is said by hand.
    let ill = ill(&provider)
        + "zirkabot_usage_ratio{provider=\"anthropic\",credential=\"a\",window=\"5h\"} 0.95\n\
           zirkabot_gateway_refreshes_total{provider=\"anthropic\",result=\"failed\"} 1\n";
    let now = ill.lines().filter(|line| !line.starts_with("zirkabot_last_run_timestamp_seconds"));
    let ill = now.chain(["zirkabot_last_run_timestamp_seconds 0"]).collect::<Vec<_>>().join("\n");
    let alerts = read("prometheus/alerts.yml");
    let all: Vec<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let (fine, text) = fires(&ill, &all).unwrap();
    assert!(fine && all.len() == 11, "{text}\n{ill}");
}

#[test]
fn icinga_takes_the_command_and_finds_the_hosts_that_want_it() {
    let conf = read("icinga2/zirkabot.conf");
    let help = program(Path::new("/")).args(["models", "status", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let flags: Vec<_> = conf.split('"').filter(|word| word.starts_with("--")).collect();
    assert!(flags.len() >= 6, "{flags:?}");
    for flag in flags {
        assert!(
            help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
            "there is no {flag}"
        );
    }
    let Some(mut icinga) = tool("icinga2") else { return };
    let dir = tempfile::tempdir().unwrap();
    let hosts = "\nobject CheckCommand \"up\" { command = [ \"/bin/true\" ] }\n\
        object Host \"a\" { check_command = \"up\"; vars.zirkabot = true; vars.zirkabot_warn_within = \"3d\" }\n\
        object Host \"b\" { check_command = \"up\" }\n";
    std::fs::write(dir.path().join("all.conf"), conf + hosts).unwrap();
    icinga.args(["daemon", "-C", "-c"]).arg(dir.path().join("all.conf"));
    for (name, below) in [
        ("InitRunDir", "run"),
        ("DataDir", "lib"),
        ("LogDir", "log"),
        ("CacheDir", "cache"),
        ("SpoolDir", "spool"),
    ] {
        std::fs::create_dir(dir.path().join(below)).unwrap();
        icinga.args(["-D", &format!("{name}={}", dir.path().join(below).display())]);
    }
    let id = |flag: &str| said(std::process::Command::new("id").arg(flag)).1.trim().to_owned();
    icinga.args(["-D", &format!("RunAsUser={}", id("-un")), "-D", &format!("RunAsGroup={}", id("-gn"))]);
    let (fine, text) = said(&mut icinga);
    assert!(fine && text.contains("Instantiated 1 Service."), "{text}");
    assert!(!text.contains("warning/"), "{text}");
}
