//! Completion: what real shells put on the line, and what the program answers them. It follows the
//! grammar of the command line, and offers what the home at hand holds.

use crate::support::home::Home;
use crate::support::judge::differences;
use crate::support::{canary, case};
use clap::{Command as Grammar, CommandFactory};
use expectrl::session::OsSession;
use expectrl::{Expect, Regex};
use std::process::{Command, Stdio};
use std::time::Duration;
use zirkabot::cli::Cli;
use zirkabot::cli::grammar::complete::{FREE, ValueKind};

/// What is typed before the tab key, and the line after it.
const ROWS: &[(&str, &str)] = &[
    ("zirkabot expl", "zirkabot explain "),
    ("zirkabot models auth why anthr", "zirkabot models auth why anthropic "),
    ("zirkabot explain cooldown/bi", "zirkabot explain cooldown/billing-disabled "),
    ("zirkabot doctor --form", "zirkabot doctor --format "),
    ("zirkabot doctor --format=js", "zirkabot doctor --format=json "),
    ("zirkabot doctor --only=cooldown/bi", "zirkabot doctor --only=cooldown/billing-disabled "),
    // Profile ids have a colon, at which bash ends words.
    ("zirkabot models auth remove op", "zirkabot models auth remove openai:default "),
    ("zirkabot models auth remove anthropic:m", "zirkabot models auth remove anthropic:manual "),
    ("zirkabot models auth remove \"anthropic:m", "zirkabot models auth remove \"anthropic:manual\" "),
    ("zirkabot models auth remove nobody", "zirkabot models auth remove nobody"),
    ("zirkabot --state-name w", "zirkabot --state-name work "),
    ("zirkabot --profile work models auth remove z", "zirkabot --profile work models auth remove zai:spare "),
    ("A=b zirkabot models set anthropic/claude-s", "A=b zirkabot models set anthropic/claude-sonnet-4-5 "),
    // Files are the shell's own business.
    ("zirkabot apply saved\\ p", "zirkabot apply saved\\ plan.json "),
    ("zirkabot plan --out=saved-", "zirkabot plan --out=saved-plan.json "),
    ("zirkabot plan --out ~/saved-", "zirkabot plan --out ~/saved-plan.json "),
];

/// A home with profiles, a second state directory and plans, in which the program stands on the path.
fn home() -> Home {
    let mut home = Home::named("auth/order");
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_zirkabot"), bin.join("zirkabot")).unwrap();
    let work = home.path().join(".zirkabot-work/agents/main/agent");
    std::fs::create_dir_all(&work).unwrap();
    let store =
        r#"{"version":1,"profiles":{"zai:spare":{"type":"api_key","provider":"zai","key":"FAKE-CANARY"}}}"#;
    std::fs::write(work.join("auth-profiles.json"), store).unwrap();
    for plan in ["saved plan.json", "saved-plan.json"] {
        std::fs::write(home.path().join(plan), "").unwrap();
    }
    home.set("PATH", &format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
    home.set("TERM", "dumb");
    home.set("LANG", "C.UTF-8");
    home
}

/// Types each row into a shell that people use, which shows its line at Ctrl-X and forgets it.
fn type_into(shell: &str, args: &[&str], setup: (&str, &str)) {
    let home = home();
    let (file, setup) = setup;
    std::fs::write(home.path().join(file), setup).unwrap();
    let mut command = Command::new(shell);
    command.args(args).env_clear().envs(home.environment()).current_dir(home.path());
    let Ok(mut session) = OsSession::spawn(command) else {
        println!("{shell} is not installed: skipped");
        return;
    };
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session.expect("ready> ").unwrap();
    let before = home.snapshot();
    for (typed, expected) in ROWS {
        session.send(format!("{typed}\t\u{18}")).unwrap();
        let seen =
            session.expect(Regex("<<([^>]*)>>")).unwrap_or_else(|why| panic!("{shell}, {typed}: {why}"));
        assert_eq!(String::from_utf8_lossy(seen.get(1).unwrap()), *expected, "{shell}");
    }
    assert_eq!(differences(&before, &home.snapshot()), Vec::<String>::new(), "{shell}");
}

#[test]
fn bash_completes_what_is_typed() {
    let setup = r#"
        PS1='ready> '
        bind 'set enable-bracketed-paste off'
        show() { echo "<<$READLINE_LINE>>"; READLINE_LINE=; READLINE_POINT=0; }
        bind -x '"\C-x": show'
        eval "$(zirkabot completions bash)"
    "#;
    type_into("bash", &["--noprofile", "--rcfile", "rc", "-i"], ("rc", setup));
}

#[test]
fn zsh_completes_what_is_typed() {
    let sourced = "source <(zirkabot completions zsh)";
    // The same script as a file of `$fpath`, as packages install it.
    let installed = "";
    for (own, before) in [(sourced, ""), (installed, "zirkabot completions zsh > ~/fns/_zirkabot")] {
        let setup = format!(
            r#"
            PS1='ready> '
            unsetopt beep list_beep
            mkdir -p ~/fns; {before}
            fpath=(~/fns $fpath)
            autoload -Uz compinit; compinit -D -u
            show() {{ zle -I; print -r -- "<<$BUFFER>>"; BUFFER=; }}
            zle -N show
            bindkey '^X' show
            {own}
            "#
        );
        type_into("zsh", &["-i", "-d", "+o", "globalrcs"], (".zshrc", &setup));
    }
}

/// fish tells what it would offer without being typed into.
#[test]
fn fish_completes_what_is_typed() {
    let home = home();
    for (typed, line) in ROWS {
        let script = "zirkabot completions fish | source; complete --do-complete $argv[1]";
        let mut command = Command::new("fish");
        command.args(["--no-config", "--command", script, typed]).env_clear().envs(home.environment());
        let Ok(output) = command.current_dir(home.path()).stdin(Stdio::null()).output() else {
            println!("fish is not installed: skipped");
            return;
        };
        let offered = String::from_utf8(output.stdout).unwrap();
        let offered: Vec<&str> = offered.lines().filter_map(|line| line.split('\t').next()).collect();
        let word = line.replace("\\ ", "\u{1}");
        let word = word.strip_suffix(' ').and_then(|line| line.rsplit(' ').next());
        let word = word.map(|word| word.replace('\u{1}', " ").replace('"', ""));
        assert_eq!(offered, word.iter().map(String::as_str).collect::<Vec<_>>(), "{typed}");
    }
}

/// What the program offers a shell for these words, without what it says of it.
fn offered(home: &mut Home, shell: &str, words: &str) -> Vec<String> {
    home.set("ZIRKABOT_COMPLETE", shell);
    let (exit, stdout, stderr) = home.run(&format!("zirkabot -- zirkabot {words}"));
    assert_eq!((exit, &*stderr), (0, ""), "{words}");
    stdout.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

#[test]
fn every_command_of_the_grammar_is_offered_with_its_flags() {
    let mut home = home();
    let mut grammar = Cli::command();
    grammar.build();
    let mut seen = 0;
    each(&grammar, "", &mut |line, command| {
        let words = offered(&mut home, "fish", &format!("{line}''"));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            assert!(
                words.contains(&sub.get_name().to_owned()),
                "`{line}` lacks {}: {words:?}",
                sub.get_name()
            );
        }
        let flags = offered(&mut home, "fish", &format!("{line}--"));
        for flag in command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(clap::Arg::get_long) {
            assert!(flags.contains(&format!("--{flag}")), "`{line}` lacks --{flag}: {flags:?}");
        }
        seen += 1;
    });
    assert!(seen > 20, "{seen} commands seen");
}

#[test]
fn every_argument_is_completed_or_known_to_have_no_candidates() {
    let mut grammar = Cli::command();
    grammar.build();
    each(&grammar, "", &mut |line, command| {
        let told = |arg: &&clap::Arg| arg.get_action().takes_values() && !arg.is_hide_set();
        for arg in command.get_arguments().filter(told) {
            let name = arg.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
            let known = !arg.get_possible_values().is_empty() || ValueKind::of(arg).is_some();
            assert!(
                known || FREE.contains(&name),
                "`{line}`, {}: `{name}` stands neither in `ValueKind::of` nor in `FREE` of src/cli/grammar/complete.rs",
                arg.get_id()
            );
        }
    });
}

/// Visits all commands, with the words that lead there, each followed by a blank.
pub(crate) fn each(command: &Grammar, line: &str, visit: &mut dyn FnMut(&str, &Grammar)) {
    visit(line, command);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        each(sub, &format!("{line}{} ", sub.get_name()), visit);
    }
}

/// One line for each kind of value that comes from a home.
const ASKED: &[&str] = &[
    "models auth remove ''",
    "models auth why ''",
    "models set ''",
    "models aliases remove ''",
    "models status --agent=",
    "undo ''",
    "--state-name ''",
];

#[test]
fn nothing_is_changed_and_no_secret_offered_in_any_home() {
    for case in case::all() {
        let mut home = Home::of(&case);
        let before = home.snapshot();
        for line in ASKED {
            let shells = ["bash", "zsh", "fish"];
            let words = shells.map(|shell| offered(&mut home, shell, line).join("\n")).join("\n");
            assert_eq!(canary::leaks(words.as_bytes()), Vec::<&str>::new(), "{}: {line}: {words}", case.name);
            assert!(!words.contains(zirkabot::doc::redact::HIDDEN), "{}: {line}: {words}", case.name);
        }
        assert_eq!(differences(&before, &home.snapshot()), Vec::<String>::new(), "{}", case.name);
    }
}

#[test]
fn a_variable_that_was_left_behind_changes_nothing() {
    let mut home = home();
    let (_, expected, _) = home.run("zirkabot config path");
    for shell in ["bash", "zsh", "fish", "", "nonsense"] {
        home.set("ZIRKABOT_COMPLETE", shell);
        assert_eq!(home.run("zirkabot config path"), (0, expected.clone(), String::new()), "{shell}");
        assert_eq!(home.run("zirkabot --").0, 64, "{shell}");
    }
}
