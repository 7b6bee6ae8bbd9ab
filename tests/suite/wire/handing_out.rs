//! `exec` and `models auth print` with the real program: what others see of a credential.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use serde_json::json;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

const KEY: &str = "sk-ant-api03-CANARY-key-0000000000000000000000000000";
const GROQ: &str = "gsk_CANARY000000000000000000000000";

/// A key as no provider gives it.
const AWKWARD: &str = "it's $HOME \"CANARY\" `x` \\ 1";

fn home() -> Home {
    let token = format!("sk-ant-oat01-CANARY-{}", "token0123456789".repeat(6));
    let store = json!({"version": 1, "profiles": {
        "anthropic:key": {"type": "api_key", "provider": "anthropic", "key": KEY},
        "anthropic:token": {"type": "token", "provider": "anthropic", "token": token},
        "zai:key": {"type": "api_key", "provider": "zai", "key": AWKWARD},
        "groq:key": {"type": "api_key", "provider": "groq", "key": GROQ},
    }, "order": {"anthropic": ["anthropic:key", "anthropic:token"]}});
    Home::with(
        NOW,
        &[
            (CONFIG, "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n"),
            (STORE, &store.to_string()),
        ],
    )
}

fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.args(args).env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin");
    command.env("ANTHROPIC_OAUTH_TOKEN", "sk-ant-oat01-CANARY-exported").env("MINE", "kept");
    command.current_dir("/").stdin(Stdio::null());
    command
}

fn exec(home: &Home, script: &str) -> Output {
    let args =
        ["exec", "--provider", "anthropic", "--provider", "groq", "--", "sh", "-c", script, "zero", "a b"];
    command(home, &args).output().unwrap()
}

#[test]
fn a_program_gets_the_credential_in_its_environment_and_nowhere_else() {
    let output = exec(&home(), "env; printf '%s|' \"$0\" \"$@\"; tr '\\0' ' ' < /proc/$$/cmdline");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(&format!("ANTHROPIC_API_KEY={KEY}\n")), "{text}");
    assert!(text.contains(&format!("GROQ_API_KEY={GROQ}\n")) && text.contains("MINE=kept\n"), "{text}");
    // It would come before the key that was chosen.
    assert!(!text.contains("ANTHROPIC_OAUTH_TOKEN"), "{text}");
    let (_, arguments) = text.split_once("zero|a b|").unwrap();
    assert!(!arguments.contains("CANARY"), "{arguments}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn exit_code_and_signals_are_those_of_the_program() {
    let home = home();
    for code in [0, 1, 7, 75, 255] {
        assert_eq!(exec(&home, &format!("exit {code}")).status.code(), Some(code));
    }
    for signal in [2, 9, 15] {
        assert_eq!(exec(&home, &format!("kill -{signal} $$; exit 3")).status.signal(), Some(signal));
    }
    // It has taken our place: what is sent to us reaches it.
    let mut child = command(&home, &["exec", "--provider", "groq", "--", "sleep", "600"]).spawn().unwrap();
    let is_it =
        |id: u32| std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name == "sleep\n");
    while !is_it(child.id()) {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn what_cannot_be_started_is_said() {
    let output = command(&home(), &["exec", "--provider", "groq", "--", "/nowhere/at-all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "error: /nowhere/at-all cannot be started: no such file or directory\n");
}

#[test]
fn a_shell_reads_what_is_printed_for_it() {
    let script = format!(
        "eval \"$({} models auth print --provider zai --format env)\"; printf %s \"$ZAI_API_KEY\"",
        env!("CARGO_BIN_EXE_zirkabot")
    );
    let home = home();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script]).env_clear().envs(home.environment()).current_dir("/");
    assert_eq!(String::from_utf8(shell.output().unwrap().stdout).unwrap(), AWKWARD);
}
