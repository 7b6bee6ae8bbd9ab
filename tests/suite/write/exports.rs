//! Exports on real files: whose a file is, modes, drift, undo, many at once, and what stays at home.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use crate::support::plans::{chmod, mode};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const KEY: &str = "gsk_CANARY0000000000000000000000000000000000000000000000";
const OTHER: &str = "gsk_CANARY1111111111111111111111111111111111111111111111";

fn store(key: &str) -> String {
    format!(
        r#"{{"version": 1, "profiles": {{"groq:default": {{"type": "api_key", "provider": "groq", "key": "{key}"}}}}}}"#
    )
}

/// A home with one key, and the file into which it is exported.
fn home() -> (Home, PathBuf) {
    let home = Home::with(NOW, &[(STORE, &store(KEY))]);
    let out = home.path().join("a/b/keys.env");
    (home, out)
}

fn rotate(home: &Home, key: &str) {
    std::fs::write(home.path().join(STORE), store(key)).unwrap();
}

fn text(path: &PathBuf) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[track_caller]
fn exits(home: &Home, line: &str, exit: u8) -> String {
    let (code, stdout, stderr) = home.run(&format!("zirkabot export {line}"));
    assert_eq!(code, exit, "{line}: {stdout}{stderr}");
    stdout + &stderr
}

#[test]
fn a_key_that_changed_is_drift_until_it_is_exported_again_and_undo_brings_back_what_was_there() {
    let (home, out) = home();
    let line = format!("dotenv --out {}", out.display());
    exits(&home, &format!("{line} --check"), 1);
    exits(&home, &line, 0);
    assert_eq!((mode(&out), mode(out.parent().unwrap())), (0o600, 0o700));
    let first = text(&out);
    rotate(&home, OTHER);
    exits(&home, &format!("{line} --check"), 1);
    assert_eq!(text(&out), first);
    exits(&home, &line, 0);
    assert!(text(&out).contains(OTHER) && !text(&out).contains(KEY));
    exits(&home, &format!("{line} --check"), 0);
    assert_eq!(home.run("zirkabot undo").0, 0);
    assert_eq!(text(&out), first);
    assert_eq!(home.run("zirkabot undo").0, 0);
    assert!(!home.path().join("a").exists(), "the directories that were made are there");
}

#[test]
fn as_others_may_read_it_a_file_is_not_as_it_would_be_written() {
    let (home, out) = home();
    let line = format!("dotenv --out {}", out.display());
    exits(&home, &line, 0);
    chmod(&out, 0o644);
    exits(&home, &format!("{line} --check"), 1);
    exits(&home, &line, 0);
    assert_eq!(mode(&out), 0o600);
}

#[test]
fn what_somebody_changed_is_replaced_only_by_force() {
    let (home, out) = home();
    let line = format!("dotenv --out {}", out.display());
    exits(&home, &line, 0);
    std::fs::write(&out, text(&out) + "MINE=1\n").unwrap();
    let said = exits(&home, &line, 1);
    assert!(said.contains("by hand") && text(&out).ends_with("MINE=1\n"), "{said}");
    exits(&home, &format!("{line} --check"), 1);
    exits(&home, &format!("{line} --force"), 0);
    assert!(!text(&out).contains("MINE"));
    // A file that is nothing but a secret is known by the list beside it.
    let dir = home.path().join("creds");
    let line = format!("credentials --out {}", dir.display());
    exits(&home, &line, 0);
    std::fs::write(dir.join("groq"), "mine").unwrap();
    exits(&home, &line, 1);
    assert_eq!(text(&dir.join("groq")), "mine");
    exits(&home, &format!("{line} --force"), 0);
    std::fs::write(dir.join(".zirkabot-export"), "groq 0\n../a 0\n").unwrap();
    rotate(&home, OTHER);
    exits(&home, &line, 1);
    assert_eq!(text(&dir.join("groq")), KEY);
}

#[test]
fn what_a_list_names_beyond_the_directory_is_left_alone() {
    let (home, _) = home();
    let dir = home.path().join("creds");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(home.path().join("mine"), KEY).unwrap();
    exits(&home, &format!("credentials --out {}", dir.display()), 0);
    // The list as we would write it, for a file that lies elsewhere.
    let list = text(&dir.join(".zirkabot-export"));
    let body: String =
        list.lines().skip(1).map(|line| format!("{}\n", line.replace("groq ", "../mine "))).collect();
    let sum: String = zirkabot::sys::digest::sha256(body.as_bytes()).chars().take(16).collect();
    std::fs::write(dir.join(".zirkabot-export"), format!("# Written by zirkabot, checksum {sum}\n{body}"))
        .unwrap();
    exits(&home, &format!("credentials --out {} --force", dir.display()), 0);
    assert_eq!(text(&home.path().join("mine")), KEY);
}

#[test]
fn a_store_that_cannot_be_read_takes_no_key_out_of_an_export() {
    let (home, _) = home();
    let dir = home.path().join("creds");
    let line = format!("credentials --out {}", dir.display());
    exits(&home, &line, 0);
    for broken in [STORE, ".zirkabot/.env"] {
        let path = home.path().join(broken);
        let whole = std::fs::read(&path).unwrap_or_default();
        std::fs::write(home.path().join(".zirkabot/.env"), "OPENAI_API_KEY=\n").unwrap();
        std::fs::write(&path, b"\xff{").unwrap();
        exits(&home, &line, 1);
        assert_eq!(text(&dir.join("groq")), KEY, "{broken}");
        std::fs::write(&path, whole).unwrap();
    }
}

#[test]
fn many_at_once_leave_what_one_would() {
    let (home, _) = home();
    let dir = home.path().join("creds");
    let start = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.args(["export", "credentials", "--lock-timeout", "5m", "--out"]).arg(&dir);
        command.env_clear().envs(home.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = (0..12).map(start).collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(text(&dir.join("groq")), KEY);
    exits(&home, &format!("credentials --out {} --check", dir.display()), 0);
    let past = home.run("zirkabot history --json").1;
    assert_eq!(past.matches("\"id\"").count(), 1, "{past}");
}

#[test]
fn what_a_program_for_secrets_handed_over_is_not_written_unless_that_is_asked_for() {
    let (mut home, out) = home();
    home.set(
        "OPENAI_API_KEY",
        &format!(
            "sk-proj-{}",
            "CANARY00".repeat(7)
                + "CANARY0000000000000000000000000000000000000000000000000000000000000000000000"
        ),
    );
    std::fs::write(home.path().join(CONFIG), "[models.providers.own]\nbaseUrl = \"http://127.0.0.1:9/v1\"\napi = \"openai-completions\"\napiKey = \"${OWN_KEY}\"\nmodels = []\n").unwrap();
    home.set("OWN_KEY", "CANARYown0123456789abcdefghij");
    let line = format!("litellm --out {}", out.display());
    exits(&home, &line, 0);
    assert!(text(&out).contains("CANARYown"), "{}", text(&out));
    for (name, said) in [(std::process::id().to_string(), "1 (x) S 77 1"), ("77".to_owned(), "77 (op) S 1 1")]
    {
        let proc = home.path().join("system/proc").join(name);
        std::fs::create_dir_all(&proc).unwrap();
        std::fs::write(proc.join("stat"), said).unwrap();
        std::fs::write(proc.join("cmdline"), "/usr/bin/op\0run\0--\0zirkabot\0").unwrap();
    }
    let said = exits(&home, &line, 0);
    assert!(said.contains("handed over by `op run`"), "{said}");
    assert!(!text(&out).contains("CANARYown") && text(&out).contains(KEY));
    exits(&home, &format!("{line} --with-handed-over"), 0);
    assert!(text(&out).contains("CANARYown"));
}

#[test]
fn logins_stay_where_they_are_and_those_of_other_programs_for_good() {
    let far = NOW + 8 * 3_600_000;
    let token = |n: usize| format!("sk-ant-oat01-CANARY-{n}-{}", "x1y2".repeat(21)) + "AA";
    let login = |kind: &str, access: String| {
        format!(
            r#""anthropic:{kind}": {{"type": "oauth", "provider": "anthropic", "access": "{access}", "refresh": "sk-ant-ort01-CANARY-refresh-{kind}", "expires": {far}}}"#
        )
    };
    let claude = format!(
        r#"{{"claudeAiOauth": {{"accessToken": "{}", "refreshToken": "sk-ant-ort01-CANARY-refresh-cli", "expiresAt": {far}}}}}"#,
        token(1)
    );
    let store = format!(
        r#"{{"version": 1, "profiles": {{{}, {}}}}}"#,
        login("claude-cli", token(1)),
        login("max", token(2))
    );
    let home = Home::with(NOW, &[(STORE, &store), (".claude/.credentials.json", &claude)]);
    let out = home.path().join("s.yaml");
    let line = format!("k8s-secret --out {}", out.display());
    let said = exits(&home, &line, 1);
    assert!(said.contains("it is another program's login"), "{said}");
    exits(&home, &format!("{line} --with-access-tokens"), 0);
    let text = text(&out);
    assert!(
        text.contains(&token(2)) && text.contains("zirkabot.dev/expires: \"2026-11-22T20:00:00Z\""),
        "{text}"
    );
    assert!(!text.contains(&token(1)) && !text.contains("refresh"), "{text}");
    std::fs::write(home.path().join(CONFIG), "[gateway]\nsubscriptions = \"never\"\n").unwrap();
    let said = exits(&home, &format!("{line} --with-access-tokens"), 1);
    assert!(said.contains("gateway.subscriptions is \"never\""), "{said}");
}

#[test]
fn a_directory_that_is_a_link_or_another_programs_is_refused() {
    let (home, _) = home();
    let (link, real) = (home.path().join("link"), home.path().join("real"));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    exits(&home, &format!("envoy-sds --out {}", link.display()), 1);
    // By way of a link, too.
    std::os::unix::fs::symlink(home.path().join(".zirkabot"), home.path().join("state")).unwrap();
    exits(&home, "envoy-sds --out ~/state/sds", 1);
    exits(&home, "envoy-sds --out ~/.claude", 1);
    exits(&home, "envoy-sds --out '~/a\nb/c'", 64);
    std::os::unix::fs::symlink(home.path().join("mine"), real.join("groq.yaml")).unwrap();
    exits(&home, &format!("envoy-sds --out {} --force", real.display()), 1);
    assert!(!home.path().join("mine").exists());
}
