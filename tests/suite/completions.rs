//! Completion in real shells, and the manual page: both follow the grammar of the command line.

use crate::case;
use crate::home::Home;
use clap::{Command as Grammar, CommandFactory};
use std::process::{Command, Stdio};
use zirkabot::cli::Cli;

/// A home with a profile, in which the program stands on the path.
fn home() -> Home {
    let cases = case::all();
    let home = Home::of(cases.iter().find(|case| case.name == "auth/order").unwrap());
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zirkabot"), bin.join("zirkabot")).unwrap();
    home
}

/// What a shell answers to a script; `None` if it is not installed.
fn shell(name: &str, home: &Home, script: &str) -> Option<String> {
    let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
    let mut command = Command::new(name);
    command.args(["-c", script]).env_clear().envs(home.environment()).env("PATH", path);
    let output = command.stdin(Stdio::null()).output().ok()?;
    assert!(output.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn bash_completes_commands_profiles_providers_and_codes() {
    let home = home();
    let before = home.snapshot();
    for (words, expected) in [
        ("zirkabot expl", "explain"),
        ("zirkabot models s", "status set set-image"),
        ("zirkabot models auth order set --provider ope", "openai openai-codex opencode openrouter"),
        ("zirkabot models auth remove op", "openai:default"),
        // Bash takes a colon for the end of a word.
        ("zirkabot models auth remove anthropic : m", "manual"),
        ("zirkabot models auth remove anthropic :", "backup manual"),
        ("zirkabot explain order/un", "order/unknown-profile"),
        (
            "zirkabot doctor --only expi",
            "expiry expiry/expired expiry/expiring expiry/seconds-not-milliseconds expiry/unknown",
        ),
        ("zirkabot doctor --agent ma", "main"),
        ("zirkabot models set anthropic/claude-s", "anthropic/claude-sonnet-4-5"),
        ("zirkabot onboard --auth-choice claude", "claude-cli"),
        ("zirkabot models auth remove nobody", ""),
    ] {
        let script = format!(
            "source <(zirkabot completions bash); COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _zirkabot; echo \"${{COMPREPLY[*]}}\""
        );
        let Some(seen) = shell("bash", &home, &script) else {
            println!("bash is not installed: skipped");
            return;
        };
        assert_eq!(seen.trim(), expected, "{words}");
    }
    assert!(crate::fixtures::differences(&before, &home.snapshot()).is_empty());
}

/// The scripts of the other shells ask in the same way; here the question is put as they put it.
#[test]
fn every_shell_gets_its_answer_in_its_own_form() {
    let home = home();
    for (shell, expected) in
        [("zsh", "openai\\:default"), ("fish", "openai:default"), ("bash", "openai:default")]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
        command.env_clear().envs(home.environment()).env("ZIRKABOT_COMPLETE", shell);
        command.env("_CLAP_COMPLETE_INDEX", "4").env("_CLAP_IFS", "\n");
        command.args(["--", "zirkabot", "models", "auth", "remove", "open"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!((text.trim(), output.status.code()), (expected, Some(0)), "{shell}");
        let (_, script, _) = home.run(&format!("zirkabot completions {shell}"));
        assert!(script.contains("ZIRKABOT_COMPLETE"), "{script}");
    }
}

#[test]
fn a_broken_home_completes_quietly() {
    let home = home();
    std::fs::write(home.path().join(".zirkabot/zirkabot.toml"), "[auth\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zirkabot"));
    command.env_clear().envs(home.environment()).env("ZIRKABOT_COMPLETE", "fish");
    command.args(["--", "zirkabot", "models", "auth", "why", "anth"]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "anthropic");
    assert!(output.stderr.is_empty() && output.status.success());
}

#[test]
fn the_manual_page_has_every_command_and_flag() {
    let home = home();
    let (_, page, _) = home.run("zirkabot man");
    let plain = page.replace("\\-", "-").replace("\\.", ".");
    let mut grammar = Cli::command();
    grammar.build();
    let mut missing = Vec::new();
    each(&grammar, "zirkabot", &mut |name, command| {
        let told = name == "zirkabot" || plain.contains(&format!(".SS \"{name}\""));
        if !told && !command.is_subcommand_required_set() {
            missing.push(name.to_owned());
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let long = arg.get_long().map(|long| format!("--{long}"));
            missing.extend(
                long.filter(|long| !["--help", "--version"].contains(&&**long) && !plain.contains(long)),
            );
        }
    });
    assert!(missing.is_empty(), "the manual page lacks {missing:?}");
    for section in ["NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"] {
        assert!(
            page.contains(&format!("\n.SH {section}")) || page.contains(&format!("\n.SH \"{section}\"")),
            "{section}"
        );
    }
    let checker = Command::new("groff")
        .args(["-man", "-ww", "-z"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut checker) = checker else {
        println!("groff is not installed: not checked with it");
        return;
    };
    std::io::Write::write_all(&mut checker.stdin.take().unwrap(), page.as_bytes()).unwrap();
    let checked = checker.wait_with_output().unwrap();
    assert!(checked.stderr.is_empty(), "{}", String::from_utf8_lossy(&checked.stderr));
}

fn each(command: &Grammar, name: &str, visit: &mut dyn FnMut(&str, &Grammar)) {
    visit(name, command);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        each(sub, &format!("{name} {}", sub.get_name()), visit);
    }
}
