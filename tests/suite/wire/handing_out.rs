//! `exec` and `models auth print` with the real program: what others see of a credential.

use crate::support::home::{CONFIG, Home, NOW, STORE};
use serde_json::json;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

const KEY: &str = "sk-ant-api03-CANARY-key-0000000000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const GROQ: &str = "gsk_CANARY0000000000000000000000000000000000000000000000";

/// A key as no provider gives it.
const AWKWARD: &str = "it's$HOME\"CANARY\"`x`\\1";

/// The one that takes it is a service of the user's own.
const SERVED: &str = "[agents.defaults]\nmodel = \"anthropic/claude-opus-4-5\"\n\n\
    [models.providers.zai]\nbaseUrl = \"http://127.0.0.1:9/\"\nmodels = []\n";

fn home() -> Home {
    let token = format!("sk-ant-oat01-CANARY-{}", "token0123456789".repeat(6));
    let store = json!({"version": 1, "profiles": {
        "anthropic:key": {"type": "api_key", "provider": "anthropic", "key": KEY},
        "anthropic:token": {"type": "token", "provider": "anthropic", "token": token},
        "zai:key": {"type": "api_key", "provider": "zai", "key": AWKWARD},
        "groq:key": {"type": "api_key", "provider": "groq", "key": GROQ},
    }, "order": {"anthropic": ["anthropic:key", "anthropic:token"]}});
    Home::with(NOW, &[(CONFIG, SERVED), (STORE, &store.to_string())])
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

#[test]
fn a_store_that_others_can_change_is_told_on_standard_error() {
    let home = home();
    let open = |path: &std::path::Path, mode| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let store = home.path().join(STORE);
    open(&store, 0o666);
    open(store.parent().unwrap(), 0o777);
    let printed = command(&home, &["models", "auth", "print", "--provider", "anthropic"]).output().unwrap();
    let ran = exec(&home, "echo \"$ANTHROPIC_API_KEY\"");
    for output in [printed, ran] {
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{KEY}\n"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("auth-profiles.json has mode 666: others can change it"), "{said}");
        assert!(said.contains("main/agent has mode 777: others can change it"), "{said}");
        assert_eq!(said.matches("mode 666").count(), 1, "{said}");
    }
    let (code, doctor, _) = home.run("zirkabot doctor");
    assert!(code == 1 && doctor.contains("error[files/mode-too-open]"), "{doctor}");
}

/// The soft limit of core dumps, in the words of a shell, before and behind a program.
const LIMIT: &str = "ulimit -S -c";

#[test]
fn a_process_with_tokens_leaves_no_core_dump_and_its_programs_have_the_limit_that_was() {
    let home = home();
    // What runs as its child looks at it.
    let hook = format!("#!/bin/sh\n{{ grep core /proc/$PPID/limits; {LIMIT}; }} > \"$HOME/seen\"\n");
    std::fs::create_dir_all(home.path().join("bin")).unwrap();
    let hook_file = home.path().join("bin/my-hook");
    std::fs::write(&hook_file, hook).unwrap();
    crate::support::plans::chmod(&hook_file, 0o755);
    let zirkabot = env!("CARGO_BIN_EXE_zirkabot");
    let script = format!(
        "ulimit -S -c $(ulimit -H -c); {LIMIT}; {zirkabot} monitor test --hook \"$HOME/bin/my-hook\" >&2
        {zirkabot} exec --provider groq -- sh -c '{LIMIT}'; {LIMIT}"
    );
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &script])
        .env_clear()
        .envs(home.environment())
        .env("PATH", "/usr/bin:/bin")
        .current_dir("/");
    let output = shell.output().unwrap();
    let limits = String::from_utf8(output.stdout).unwrap();
    let limits: Vec<&str> = limits.lines().collect();
    assert!(limits.len() == 3 && limits.iter().all(|limit| *limit == limits[0]), "{limits:?}");
    let seen = std::fs::read_to_string(home.path().join("seen")).unwrap();
    let [ours, its] = seen.lines().collect::<Vec<_>>()[..] else { panic!("{seen}") };
    let ours: Vec<&str> = ours.split_whitespace().skip("Max core file size".split(' ').count()).collect();
    assert_eq!((ours[0], its), ("0", limits[0]), "{seen}");
    if limits[0] == "0" {
        println!("no core dumps are allowed here at all");
    }
}

#[test]
fn nothing_is_read_before_other_processes_are_kept_out_of_our_memory() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: strace is not installed");
        return;
    }
    let home = home();
    let mut strace = Command::new("strace");
    strace.args(["-qq", "-e", "trace=prctl,prlimit64,setrlimit,openat", env!("CARGO_BIN_EXE_zirkabot")]);
    strace.args(["models", "auth", "print", "--provider", "groq"]);
    strace.env_clear().envs(home.environment()).env("PATH", "/usr/bin:/bin").current_dir("/");
    let calls = String::from_utf8(strace.output().unwrap().stderr).unwrap();
    let at = |what: &str| calls.lines().position(|call| call.contains(what)).unwrap_or(usize::MAX);
    let (store, limit, kept) =
        (at(STORE), at("RLIMIT_CORE, {rlim_cur=0"), at("PR_SET_DUMPABLE, SUID_DUMP_DISABLE"));
    assert!(limit < store && kept < store && store < usize::MAX, "{calls}");
}

/// A script behind which zirkabot stands is not known by its line: the question comes back, and is not asked again.
#[test]
fn a_program_that_asks_us_in_turn_comes_to_an_end() {
    for (from, settings) in [("exec:~/key", "{}"), ("claude-helper", r#"{"apiKeyHelper": "~/key"}"#)] {
        let declared = format!(
            "auth.profiles.\"anthropic:x\" = {{ provider = \"anthropic\", mode = \"api_key\", from = \"{from}\" }}"
        );
        let us = env!("CARGO_BIN_EXE_zirkabot");
        let script = format!(
            "#!/bin/sh\necho >>~/asked\n{us} models status --check >~/said\nexec {us} models auth print --provider anthropic\n"
        );
        let files = [(CONFIG, &*declared), (".claude/settings.json", settings), ("key", &*script)];
        let home = Home::with(NOW, &files);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(home.path().join("key"), mode).unwrap();
        let mut check = command(&home, &["models", "status", "--check"]);
        let output = check.env_remove("ANTHROPIC_OAUTH_TOKEN").output().unwrap();
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
        assert_eq!(text("asked").len(), 1, "{from}");
        let within = words(text("said"));
        assert!(within.contains("it asks zirkabot, which asks it"), "{from}: {within}");
        let said = words(String::from_utf8(output.stdout).unwrap());
        assert!(output.status.code() == Some(1) && said.contains("it ended with code 1"), "{from}: {said}");
    }
}

/// A program may ask its person for permission, so it is started only where it matters what it prints.
#[test]
fn a_program_is_asked_by_what_is_about_credentials_and_by_nothing_else() {
    for (from, settings) in [("exec:~/key", "{}"), ("claude-helper", r#"{"apiKeyHelper": "~/key"}"#)] {
        let declared = format!(
            "[auth.profiles]\n\"anthropic:x\" = {{ provider = \"anthropic\", mode = \"api_key\", from = \"{from}\" }}\n"
        );
        let key = format!("sk-ant-api03-CANARY-printed-{}", "A".repeat(80));
        let script = format!("#!/bin/sh\necho >>~/asked\necho {key}\n");
        let files = [(CONFIG, &*declared), (".claude/settings.json", settings), ("key", &*script)];
        let home = Home::with(NOW, &files);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(home.path().join("key"), mode).unwrap();
        let asked = home.path().join("asked");
        let other = format!("zirkabot config validate {}", home.path().join(CONFIG).display());
        for (line, expected) in [
            ("zirkabot history", 0),
            ("zirkabot config validate", 0),
            (&*other, 0),
            ("zirkabot config path", 0),
            ("zirkabot config get auth.warnWithin", 1),
            ("zirkabot config set auth.warnWithin 3d --dry-run", 0),
            ("zirkabot config set auth.nope 3d --dry-run", 1),
            ("zirkabot config unset auth.profiles --dry-run", 0),
        ] {
            let (exit, stdout, stderr) = home.run(line);
            assert_eq!(exit, expected, "{from}, {line}: {stdout}{stderr}");
            assert!(!asked.exists(), "{from}, {line}: {stdout}{stderr}");
        }
        let lines = ["zirkabot models status --check", "zirkabot config set auth.warnWithin 3d"];
        for (times, line) in (1..).zip(lines) {
            let (exit, stdout, stderr) = home.run(line);
            assert_eq!(exit, 0, "{from}, {line}: {stdout}{stderr}");
            assert_eq!(std::fs::read_to_string(&asked).unwrap().len(), times, "{from}, {line}");
        }
        let (exit, undone, stderr) = home.run("zirkabot undo");
        assert_eq!(exit, 0, "{from}: {undone}{stderr}");
        assert_eq!(std::fs::read_to_string(&asked).unwrap().len(), lines.len(), "{from}");
    }
}
