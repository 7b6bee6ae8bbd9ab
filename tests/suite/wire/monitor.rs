//! `monitor`, end to end: what a server, a mailer, a desktop and a hook of this machine get, and when.

use crate::support::canary::leaks;
use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::server::{Answer, Server};
use std::process::{Command, Stdio};
use zirkabot::sys::time::{DAY, HOUR};

/// A store with a token of Claude Code that ends at `expires`.
fn store(expires: i64) -> String {
    format!(
        r#"{{"version": 1, "profiles": {{"anthropic:claude-cli": {{"type": "token", "provider": "anthropic",
        "token": "sk-ant-oat01-CANARY-000000000000000000000000000000000000000000000000000000000000000000000000AAAAAAAAAAAAAAAA",
        "expires": {expires}}}}}}}"#
    )
}

/// A home with this token, and this under `monitor` in the config.
fn home(expires: i64, monitor: &str) -> Home {
    let config = format!(
        "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n[monitor]\nremind = \"off\"\n{monitor}"
    );
    let mut home = Home::with(NOW, &[(STORE, &store(expires)), (CONFIG, &config)]);
    home.set("PATH", &format!("{}:/usr/bin:/bin", home.path().join("bin").display()));
    home.set("ANTHROPIC_ADMIN_API_KEY", "CANARY-in-the-environment");
    home
}

/// From now on the token ends then.
fn ends(home: &Home, expires: i64) {
    std::fs::write(home.path().join(STORE), store(expires)).unwrap();
}

/// A program of the home that writes down its arguments, its environment and what it can read.
fn stand_in(home: &Home, name: &str, exit: u8) {
    let script = format!(
        "#!/bin/sh\n{{ printf 'arg %s\\n' \"$@\"; env | sed 's/^/env /'; cat; }} >> \"$HOME/{name}.seen\"\nexit {exit}\n"
    );
    std::fs::create_dir_all(home.path().join("bin")).unwrap();
    let path = home.path().join("bin").join(name);
    std::fs::write(&path, script).unwrap();
    crate::support::plans::chmod(&path, 0o755);
}

/// What a stand-in has written down; none if it was not run.
fn seen(home: &Home, name: &str) -> Option<String> {
    std::fs::read_to_string(home.path().join(format!("{name}.seen"))).ok()
}

#[test]
fn a_phone_hears_of_each_change_once_and_of_nothing_else() {
    let server = Server::start(&[]);
    let ntfy = format!(
        "[monitor.ntfy]\ntopic = \"my-topic\"\nserver = \"{}\"\ntoken = \"${{NTFY}}\"",
        server.url("/")
    );
    let mut home = home(NOW + 30 * DAY, &ntfy);
    home.set("NTFY", "tk_FAKE");
    let id = "anthropic:claude-cli";
    for (left, exit, title, priority, tag, text) in [
        (30 * DAY, 0, None, "", "", ""),
        (5 * HOUR, 2, Some("expiring"), "default", "warning", "expires in 5h"),
        (4 * HOUR, 2, None, "", "", ""),
        (-HOUR, 1, Some("expired"), "high", "rotating_light", "expired 1h ago"),
        (-2 * HOUR, 1, None, "", "", ""),
        (30 * DAY, 0, Some("OK again"), "low", "white_check_mark", "until 2026-12-22 12:00 UTC (30d)"),
        (30 * DAY, 0, None, "", "", ""),
    ] {
        ends(&home, NOW + left);
        let (got, stdout, stderr) = home.run("zirkabot monitor");
        assert_eq!((got, stderr.as_str()), (exit, ""), "{left}");
        let asked = server.asked();
        assert_eq!(asked.len(), usize::from(title.is_some()), "{left}: {asked:?}");
        assert_eq!(stdout.is_empty(), title.is_none(), "{stdout}");
        let Some((asked, title)) = asked.first().zip(title) else { continue };
        assert_eq!(asked.line, "POST /my-topic HTTP/1.1");
        assert_eq!(asked.header("title"), Some(format!("zirkabot on here: {id} {title}").as_str()));
        assert_eq!((asked.header("priority"), asked.header("tags")), (Some(priority), Some(tag)));
        assert_eq!(asked.header("authorization"), Some("Bearer tk_FAKE"));
        assert!(asked.body.starts_with(id) && asked.body.contains(text), "{}", asked.body);
        assert_eq!(asked.body.contains("`zirkabot models auth setup-token`"), exit != 0, "{}", asked.body);
        assert_eq!(leaks(asked.all().as_bytes()), Vec::<&str>::new());
        assert!(stdout.contains(text), "{stdout}");
    }
}

#[test]
fn what_a_server_does_wrong_is_tried_again_where_that_may_help() {
    use Answer::{Cuts, Elsewhere, Floods, Stalls, Status, Waits};
    for (answers, requests, why) in [
        (&[Status(200)][..], 1, ""),
        (&[Status(204)], 1, ""),
        (&[Status(500)], 2, ""),
        (&[Status(503), Cuts], 3, ""),
        (&[Cuts, Cuts, Cuts], 3, "connection"),
        (&[Status(500), Status(502), Status(504)], 3, "it answered 504"),
        (&[Status(400)], 1, "it answered 400"),
        (&[Status(403)], 1, "it answered 403: it needs a token, or a different one"),
        (&[Status(429)], 1, "it answered 429: too many messages"),
        (&[Elsewhere], 1, "it answered 307: it redirects, which is not followed"),
        (&[Waits], 1, "no answer in time"),
        (&[Stalls], 1, "no answer in time"),
        (&[Floods], 1, "the answer is too large"),
    ] {
        let server = Server::start(answers);
        let home = home(NOW - HOUR, &format!("[monitor.webhook]\nurl = \"{}\"", server.url("/CANARY")));
        let timeout = if why.contains("in time") { "200ms" } else { "1m" };
        let line = format!("zirkabot monitor --timeout {timeout}");
        let (exit, stdout, stderr) = home.hurried(&line);
        let asked = server.asked();
        assert_eq!(asked.len(), requests, "{answers:?}: {stderr}");
        // The same message has the same id, so that who got it twice can see that.
        assert!(asked.iter().all(|one| one.body == asked[0].body), "{asked:?}");
        assert!(stdout.contains("expired 1h ago"), "{stdout}");
        assert_eq!(leaks(stderr.as_bytes()), Vec::<&str>::new(), "{stderr}");
        if why.is_empty() {
            assert_eq!((exit, stderr.as_str()), (1, ""), "{answers:?}");
        } else {
            assert_eq!(exit, 74, "{answers:?}: {stderr}");
            assert!(
                stderr.contains("sending 1 change to webhook failed") && stderr.contains(why),
                "{stderr}"
            );
        }
        // What was not told is told by the next call, and only then; it is printed once.
        let (exit, stdout, stderr) = home.hurried("zirkabot monitor");
        assert_eq!((exit, stdout.as_str(), stderr.as_str()), (1, "", ""), "{answers:?}");
        assert_eq!(server.asked().len(), usize::from(!why.is_empty()), "{answers:?}");
        home.hurried("zirkabot monitor");
        assert_eq!(server.asked().len(), 0, "{answers:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_later() {
    let gone = Server::start(&[]).url("/hook");
    let home = home(NOW - HOUR, "");
    let (exit, _, stderr) = home.hurried(&format!("zirkabot monitor --webhook {gone}"));
    assert_eq!(exit, 74);
    assert!(stderr.contains("connection refused; the next run tries again"), "{stderr}");
    let server = Server::start(&[]);
    home.hurried(&format!("zirkabot monitor --webhook {}", server.url("/hook")));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_webhook_gets_json_that_fits_its_schema() {
    let server = Server::start(&[]);
    let mut home = home(NOW - HOUR, "");
    home.set("HOOK_URL", &server.url("/FAKE-path"));
    home.run("zirkabot monitor --webhook-env HOOK_URL");
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /FAKE-path HTTP/1.1");
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("authorization"), None);
    let document: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(crate::house::schemas::faults("message.schema.json", &document), Vec::<String>::new());
    assert_eq!(document["text"], document["content"]);
    assert_eq!((&document["state"], &document["changes"][0]["was"]), (&"expired".into(), &"ok".into()));
    assert_eq!(document["changes"][0]["subject"], "anthropic:claude-cli");
    assert_eq!(leaks(asked[0].all().as_bytes()), Vec::<&str>::new());
}

#[test]
fn nothing_goes_in_clear_to_another_machine_unless_that_is_wanted() {
    // Who is sent to is seen at the proxy; nobody else is asked.
    let server = Server::start(&[Answer::Status(400); 3]);
    let mut home = home(NOW - HOUR, "");
    home.online();
    home.set("http_proxy", &server.url(""));
    let line = "zirkabot monitor --webhook http://nas.example/hook";
    let (exit, _, stderr) = home.hurried(line);
    assert_eq!((exit, server.asked().len()), (74, 0), "{stderr}");
    assert!(stderr.contains("--allow-http"), "{stderr}");
    home.hurried(&format!("{line} --allow-http"));
    let asked = server.asked();
    assert!(!asked.is_empty() && asked.iter().all(|one| one.line.contains("nas.example")), "{asked:?}");
    home.set("NO_PROXY", ".example");
    home.hurried(&format!("{line} --allow-http --timeout 1s"));
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn programs_of_this_machine_get_what_they_expect_and_no_secret() {
    let mail =
        "mail = [\"me@example.com\", \"you@example.com\"]\ndesktop = true\nhook = [\"my-hook\", \"a b\"]";
    let home = home(NOW - HOUR, mail);
    for name in ["sendmail", "notify-send", "termux-notification", "my-hook"] {
        stand_in(&home, name, 0);
    }
    let (exit, stdout, stderr) = home.run("zirkabot monitor --termux --verbose");
    assert_eq!((exit, stderr.as_str()), (1, ""), "{stdout}");
    let title = "zirkabot on here: anthropic:claude-cli expired";
    for (name, expected) in [
        (
            "sendmail",
            vec![
                "arg -t\narg -i\n",
                "\nTo: me@example.com, you@example.com\nSubject: zirkabot on here",
                "\nDate: Sun, 22 Nov 2026 12:00:00 +0000\n",
                "expired\nDate",
                "\n\nanthropic:claude-cli expired 1h ago\n",
            ],
        ),
        (
            "notify-send",
            vec![
                "arg critical\narg --\narg zirkabot on here: ",
                "\narg anthropic:claude-cli expired 1h ago\n",
            ],
        ),
        ("termux-notification", vec!["arg --id\narg zirkabot\narg --priority\narg high\n", title]),
        (
            "my-hook",
            vec![
                "arg a b\nenv ",
                "\nenv MONITOR_STATE=expired\n",
                "\nenv MONITOR_COUNT=1\n",
                "\n{\n  \"schemaVersion\": 1,",
                "\"state\": \"expired\"",
            ],
        ),
    ] {
        assert!(stdout.contains("sent 1 change to "), "{stdout}");
        let seen = seen(&home, name).unwrap();
        for part in expected {
            assert!(seen.contains(part), "{name} lacks {part:?}: {seen}");
        }
        assert!(seen.contains(title) && seen.contains("env HOME=") && !seen.contains("API_KEY"), "{seen}");
        assert_eq!(leaks(seen.as_bytes()), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn one_channel_that_fails_holds_up_no_other_and_is_told_later() {
    let home = home(NOW - HOUR, "desktop = true\nhook = \"my-hook\"\nmail = \"me@example.com\"");
    stand_in(&home, "my-hook", 3);
    stand_in(&home, "sendmail", 0);
    let (exit, _, stderr) = home.run("zirkabot monitor");
    assert_eq!(exit, 1, "mail took it, so the exit code is the check's");
    assert!(stderr.contains("to hook failed: its program ended with exit code 3"), "{stderr}");
    assert!(stderr.contains("to desktop failed: there is no `notify-send` on PATH"), "{stderr}");
    stand_in(&home, "my-hook", 0);
    stand_in(&home, "notify-send", 0);
    let (exit, stdout, stderr) = home.run("zirkabot monitor");
    assert_eq!((exit, stdout.as_str(), stderr.as_str()), (1, "", ""));
    let times = |name: &str, what: &str| seen(&home, name).unwrap_or_default().matches(what).count();
    assert_eq!(times("sendmail", "Subject: "), 1, "mail was sent again");
    assert_eq!(times("my-hook", "\"schemaVersion\""), 2);
    assert_eq!(times("notify-send", "arg critical"), 1);
}

#[test]
fn it_is_told_again_once_a_day_unless_nobody_wants_that() {
    for (flag, expected) in [
        ("", [false, false, true, false]),
        (" --remind off", [false; 4]),
        (" --remind 2h", [false, true, true, true]),
    ] {
        let mut home = home(NOW - HOUR, "");
        let config = home.path().join(CONFIG);
        std::fs::write(config, "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n").unwrap();
        let line = format!("zirkabot monitor{flag}");
        assert!(home.run(&line).1.contains("expired 1h ago"));
        for (hours, expected) in [1, 3, 25, 27].into_iter().zip(expected) {
            home.at(NOW + hours * HOUR);
            let (_, stdout, _) = home.run(&line);
            assert_eq!(
                stdout.contains("still: anthropic:claude-cli expired"),
                expected,
                "{line} {hours}: {stdout}"
            );
        }
    }
}

#[test]
fn a_record_that_cannot_be_read_is_kept_and_told_of() {
    for (text, why) in
        [("{\"version\": 1, \"ite", "is not JSON"), ("{\"version\": 7}", "has the unknown version 7")]
    {
        let home = home(NOW - HOUR, "");
        let record = home.path().join(".zirkabot/monitor.json");
        home.run("zirkabot monitor");
        std::fs::write(&record, text).unwrap();
        let dry = home.run("zirkabot monitor --dry-run");
        assert_eq!(std::fs::read_to_string(&record).unwrap(), text);
        let (exit, stdout, stderr) = home.run("zirkabot monitor");
        assert_eq!((exit, &stdout), (1, &dry.1));
        assert!(stdout.contains("expired 1h ago") && stderr.contains(why), "{stdout}{stderr}");
        assert!(stderr.contains("it is kept as ~/.zirkabot/monitor.json.broken-1"), "{stderr}");
        let kept = std::fs::read_to_string(home.path().join(".zirkabot/monitor.json.broken-1")).unwrap();
        assert_eq!(kept, text);
        assert_eq!(home.run("zirkabot monitor"), (1, String::new(), String::new()));
    }
}

#[test]
fn what_cannot_be_written_down_is_told_again_and_said() {
    let server = Server::start(&[]);
    let home = home(NOW - HOUR, "");
    std::fs::create_dir_all(home.path().join(".zirkabot/.monitor.json.zirkabot-tmp")).unwrap();
    for _ in 0..2 {
        let (exit, _, stderr) = home.run(&format!("zirkabot monitor --webhook {}", server.url("/")));
        assert_eq!((exit, server.asked().len()), (74, 1));
        assert!(stderr.contains("so they will be sent again"), "{stderr}");
    }
}

#[test]
fn nothing_is_kept_where_nothing_is_wrong_and_a_dry_run_keeps_nothing() {
    let server = Server::start(&[]);
    let home = home(NOW + 30 * DAY, "");
    let before = home.snapshot();
    assert_eq!(home.run("zirkabot monitor"), (0, String::new(), String::new()));
    assert_eq!(home.run("zirkabot monitor -v").1, "No change: everything is OK.\n");
    assert_eq!(home.snapshot(), before);
    ends(&home, NOW - HOUR);
    let before = home.snapshot();
    let (exit, stdout, _) = home.run(&format!("zirkabot monitor --dry-run --webhook {}", server.url("/")));
    assert_eq!((exit, server.asked().len()), (1, 0));
    assert!(stdout.contains("would send 1 change to webhook"), "{stdout}");
    assert_eq!(home.snapshot(), before);
    home.run("zirkabot monitor");
    let after = home.snapshot();
    let record = &after[".zirkabot/monitor.json"];
    assert_eq!((record.mode & 0o7777, leaks(&record.bytes)), (0o600, Vec::new()));
    assert!(!after.contains_key(".zirkabot/journal.jsonl"));
}

#[test]
fn of_many_rounds_at_once_one_tells() {
    let server = Server::start(&[]);
    let home = home(1_000_000_000_000, "");
    let round = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["monitor", "--webhook", &server.url("/"), "--lock-timeout", "5m"]);
        command.env_clear().envs(home.environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let rounds: Vec<_> = (0..12).map(round).collect();
    let mut printed = 0;
    for round in rounds {
        let output = round.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(1), ""));
        printed += usize::from(!output.stdout.is_empty());
    }
    assert_eq!((server.asked().len(), printed), (1, 1));
}

#[test]
fn a_round_that_is_still_telling_is_not_waited_for_longer_than_wanted() {
    let server = Server::start(&[Answer::Waits]);
    let home = home(1_000_000_000_000, "");
    let round = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["monitor", "--webhook", &server.url("/")]).args(more);
        command.env_clear().envs(home.environment()).stdin(Stdio::null());
        command
    };
    let mut first = round(&["--timeout", "5m"]).stdout(Stdio::null()).spawn().unwrap();
    let mut asked = 0;
    while asked == 0 && first.try_wait().unwrap().is_none() {
        std::thread::yield_now();
        asked += server.asked().len();
    }
    let second = round(&["--lock-timeout", "0"]).output().unwrap();
    // Killed while it told: whoever comes next has the lock, and tells it again.
    first.kill().unwrap();
    first.wait().unwrap();
    let third = round(&[]).output().unwrap();
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((second.status.code(), asked), (Some(75), 1), "{}", said(&second));
    assert!(said(&second).contains("another run is still sending"), "{}", said(&second));
    assert_eq!((third.status.code(), server.asked().len()), (Some(1), 1), "{}", said(&third));
}

#[test]
fn a_test_message_goes_through_every_channel_and_changes_nothing() {
    let server = Server::start(&[Answer::Status(200), Answer::Status(403)]);
    let home = home(NOW - HOUR, "");
    let before = home.snapshot();
    let line = format!("zirkabot monitor test --ntfy {}", server.url("/my-topic"));
    let (exit, stdout, stderr) = home.run(&line);
    assert_eq!((exit, stdout.as_str(), stderr.as_str()), (0, "the test message was sent to ntfy\n", ""));
    let asked = server.asked();
    assert_eq!(asked[0].header("title"), Some("zirkabot on here: test"));
    let (exit, _, stderr) = home.run(&line);
    assert_eq!(exit, 74);
    assert!(stderr.contains("sending to ntfy failed: it answered 403"), "{stderr}");
    assert_eq!(home.run("zirkabot monitor test").0, 1);
    assert_eq!(home.snapshot(), before);
}

/// The bot and the chat of the gateway's own config are used, or others that are named; and what waits for a sign of
/// life hears of each round, and of those that found something broken.
#[test]
fn a_bot_tells_and_a_sign_of_life_is_given_after_each_round() {
    let server = Server::start(&[]);
    let url = server.url("");
    let bot = "[channels.telegram]\nbotToken = \"123:FAKE-bot\"\nallowFrom = [\"*\", 42]\n";
    let ping = format!("ping = \"{url}/ping/CANARY-check?rid=1\"\n");
    let own = format!("{ping}telegram = {{ server = \"{url}\" }}\n{bot}");
    let named =
        format!("{ping}telegram = {{ server = \"{url}\", chat = \"-7\", token = \"9:FAKE\" }}\n{bot}");
    for (monitor, address, chat) in
        [(own, "/bot123:FAKE-bot/sendMessage", "42"), (named, "/bot9:FAKE/sendMessage", "-7")]
    {
        let home = home(NOW + 30 * DAY, &monitor);
        let (got, _, stderr) = home.run("zirkabot monitor");
        assert_eq!((got, stderr.as_str()), (0, ""));
        let lines = || server.asked().into_iter().map(|asked| asked.line.clone()).collect::<Vec<_>>();
        assert_eq!(lines(), ["GET /ping/CANARY-check?rid=1 HTTP/1.1"]);
        ends(&home, NOW - HOUR);
        assert_eq!(home.run("zirkabot monitor --dry-run").0, 1);
        assert!(lines().is_empty());
        let (got, stdout, stderr) = home.run("zirkabot monitor -v");
        assert_eq!((got, stderr.as_str()), (1, ""), "{stdout}");
        let asked = server.asked();
        let [told, pinged] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(told.line, format!("POST {address} HTTP/1.1"));
        let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!(body["chat_id"], chat);
        assert!(body["text"].as_str().unwrap().contains("expired 1h ago"), "{body}");
        assert_eq!(pinged.line, "GET /ping/CANARY-check/fail?rid=1 HTTP/1.1");
    }
    // Where nobody answers, that is said, without the address.
    let home = home(NOW + 30 * DAY, "ping = \"http://127.0.0.1:9/CANARY\"\ntelegram = true\n");
    let (got, stdout, stderr) = home.run("zirkabot monitor");
    assert_eq!((got, stdout.as_str()), (0, ""));
    assert!(
        stderr.starts_with("warning: the address in monitor.ping was not reached: ")
            && !stderr.contains("CANARY"),
        "{stderr}"
    );
    let (got, _, stderr) = home.run("zirkabot monitor test");
    assert_eq!(got, 74);
    assert!(stderr.contains("set monitor.telegram.chat, or channels.telegram.allowFrom"), "{stderr}");
}
