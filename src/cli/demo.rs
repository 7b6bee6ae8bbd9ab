//! `zirkabot demo`: a broken home in a temporary directory, found out, repaired and restored
//! before your eyes. The commands are the real ones; only the home is made up.
//!
//! This is the one place that makes files outside a plan: they are a stage, and are gone at the end.

mod home;

use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome};
use crate::report::style::{Style, Tone};
use crate::sys::{Act, Host};
use std::io;
use std::path::{Path, PathBuf};

/// What is shown: words, then a command.
const STEPS: &[(&str, &str)] = &[
    (
        "A bot went silent at night. Is it the credentials? A check, as cron or CI would make it:",
        "models status --check",
    ),
    ("What would fix it? A plan changes nothing and shows secrets as labels:", "plan"),
    (
        "Looks good, so apply it. On a terminal, `doctor` without --fix asks about each repair:",
        "doctor --fix",
    ),
    ("What was changed, and when?", "history"),
    ("Any change can be undone, byte for byte:", "undo"),
    ("Undone, so it is broken again. Now fix it for good:", "doctor --fix"),
];

/// Show in a temporary home how problems are found, fixed and undone
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep the temporary home afterwards, to experiment
    #[arg(long)]
    keep: bool,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let root = make(act).map_err(|(path, error)| Outcome::io(&path, &error))?;
    let style = global.style(act);
    let (mut text, exit) = show(act, global, &root, style);
    if args.keep {
        let home = root.display();
        text.push_str(&format!("\nThe demo home was kept. Try it: HOME={home} zirkabot doctor\n"));
    } else {
        clear(act, &root);
    }
    Ok(Outcome::out(text, exit))
}

/// A directory that nobody else has, with the home in it.
fn make(act: &mut dyn Act) -> Result<PathBuf, (PathBuf, io::Error)> {
    let host = act.host();
    let parent = host.var("TMPDIR").filter(|dir| dir.starts_with('/')).unwrap_or("/tmp");
    let parent = act.resolve(Path::new(parent));
    let pid = host.pid;
    let root =
        (0..100).map(|n| parent.join(format!("zirkabot-demo-{pid}-{n}"))).find(|dir| act.stat(dir).is_none());
    let root = root.unwrap_or_else(|| parent.join("zirkabot-demo"));
    let made = act.make_new_dir(&root, 0o700).and_then(|()| home::fill(act, &root));
    if let Err(error) = made {
        clear(act, &root);
        return Err((root, error));
    }
    Ok(root)
}

/// Every step, with a pause after each where a person sits.
fn show(act: &mut dyn Act, global: &Global, root: &Path, style: Style) -> (String, Exit) {
    let watched = act.host().stdin_tty && act.host().stdout_tty;
    let mut text = String::new();
    for (n, (words, command)) in STEPS.iter().enumerate() {
        let mut step = head(n, words, command, style);
        let mut stage = act.elsewhere(host(act.host(), root, command));
        let outcome = crate::cli::run(stage.as_mut(), &line(command, global));
        step.push_str(&outcome.stdout);
        step.push_str(&outcome.stderr);
        step.push_str(&style.paint(Tone::Quiet, &format!("exit code {}", outcome.exit.code())));
        step.push('\n');
        if !watched {
            text.push_str(&step);
            continue;
        }
        act.say(&step);
        if n + 1 < STEPS.len() {
            act.say("\nPress Enter to continue, q to quit: ");
            if act.answer().is_none_or(|answer| answer.trim() == "q") {
                return ("\n".to_owned(), Exit::Ok);
            }
        }
    }
    (text, Exit::Ok)
}

fn head(n: usize, words: &str, command: &str, style: Style) -> String {
    let words = style.wrapped(Tone::Strong, &format!("{}. {words}", n + 1), 0, 3);
    let line = format!("$ zirkabot {command}");
    let gap = if n == 0 { "" } else { "\n" };
    format!("{gap}{words}\n\n{}\n", style.paint(Tone::Act, &line))
}

fn line(command: &str, global: &Global) -> Vec<String> {
    let color = global.color.to_string();
    let words = ["zirkabot", "--color", &color].into_iter().chain(command.split(' '));
    words.map(str::to_owned).collect()
}

/// This host with the stage as its home, and nothing of the real environment but how text looks.
fn host(real: &Host, root: &Path, command: &str) -> Host {
    const LOOKS: [&str; 9] = [
        "TERM",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "NO_COLOR",
        "FORCE_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
    ];
    let looks = LOOKS.iter().filter_map(|name| Some(((*name).to_owned(), real.env.get(*name)?.clone())));
    // Nobody is asked on the stage.
    Host {
        env: looks.collect(),
        cwd: root.to_owned(),
        home: root.to_owned(),
        keychain: None,
        command: format!("zirkabot {command}").into(),
        stdin_tty: false,
        ..real.clone()
    }
}

/// Removes the stage. What cannot be removed holds no real secret.
fn clear(act: &mut dyn Act, dir: &Path) {
    for name in act.list(dir) {
        let path = dir.join(name);
        if act.stat(&path).is_some_and(|stat| stat.is_dir) {
            clear(act, &path);
        } else {
            let _ = act.remove(&path);
        }
    }
    let _ = act.remove_dir(dir);
}
