//! Family `env`: what the files and the shell say about the environment.

mod cwd;
pub(super) mod other_name;
mod unclear;
mod unseen_by_service;

use crate::catalog::documents::DocKind;
use crate::change::advice::Advice;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::doc::{Loc, State};
use crate::world::observe::shell::Import;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "env/cwd-not-trusted",
        severity: Severity::Warning,
        what: "a .env in the working directory is not read, because others decide what it says",
        why: "Whoever can write the file, or put another one in its place, would choose the credentials of all who work in this directory, and see what is sent with them.",
        fix: "If the file is yours, take it and its directory from the others: `chmod go-w . .env`; else work in another directory.",
        check: cwd::not_trusted,
    },
    Rule {
        code: "env/cwd-only",
        severity: Severity::Warning,
        what: "a key that is needed stands in the .env of the working directory and nowhere else",
        why: "The working directory is not trusted: whoever can put a file into it would choose the key with which you work. So nothing that stands in it is handed out, sent or written, and no report calls it usable.",
        fix: "Put the key into $STATE/.env; or give --trust-cwd, or set env.cwd = true in the config, if every directory you work in is your own.",
        check: cwd::only_here,
    },
    Rule {
        code: "env/dotenv-syntax",
        severity: Severity::Warning,
        what: "a line of a .env file sets nothing, or the file cannot be read",
        why: "The gateway skips such a line without a word, so a key on it is not seen.",
        fix: "Write the line as NAME=value, or as a comment that begins with #.",
        check: dotenv_syntax,
    },
    Rule {
        code: "env/other-name",
        severity: Severity::Error,
        what: "a variable is set under a name that the gateway does not read",
        why: "Other programs read the key of this provider from another variable, so it is there and yet not found. It is a note only as long as nothing lacks it.",
        fix: "Set the variable that the gateway reads, best in $STATE/.env: `zirkabot doctor --fix` renames one that stands there and is needed.",
        check: other_name::other_name,
    },
    Rule {
        code: "env/service-blind",
        severity: Severity::Error,
        what: "the gateway's service does not see a variable that is used here",
        why: "A service does not inherit what your shell exports, so the bot has no credential although all is well in the terminal. The gateway says: no API key found for provider.",
        fix: "Put the variable into $STATE/.env, which the service reads too; then restart the service and run `zirkabot models status`.",
        check: unseen_by_service::unseen_by_service,
    },
    Rule {
        code: "env/service-unclear",
        severity: Severity::Warning,
        what: "it cannot be told from here which variables the gateway's service gets",
        why: "Its command goes through a program that may give it any variable, or a part of its definition cannot be read. So nothing is said of what it lacks, and nothing is put into a file because of it.",
        fix: "Start the gateway: while it runs, `zirkabot doctor` reads the environment of its process.",
        check: unclear::unclear,
    },
    Rule {
        code: "env/shell-import-failed",
        severity: Severity::Warning,
        what: "the login shell could not be asked for variables",
        why: "env.shellEnv is on, so credentials that only the shell exports are missing.",
        fix: "Run your shell with -l -c env and mend what its start-up files print or wait for, or put the keys into $STATE/.env.",
        check: shell_import_failed,
    },
    Rule {
        code: "env/shell-import-skipped",
        severity: Severity::Info,
        what: "the login shell is not asked, although env.shellEnv is on",
        why: "ZIRKABOT_DEFER_SHELL_ENV_FALLBACK puts the import off, so credentials that only the shell exports are not seen here.",
        fix: "Unset ZIRKABOT_DEFER_SHELL_ENV_FALLBACK, or put the keys into $STATE/.env.",
        check: shell_import_skipped,
    },
];

fn dotenv_syntax(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in world.docs.iter().filter(|doc| matches!(doc.kind, DocKind::CwdDotenv | DocKind::StateDotenv)) {
        let name = world.doc_name(doc.id);
        // A directory called `.env` is a common virtual environment, no broken file.
        let is_dir = doc.kind == DocKind::CwdDotenv && doc.stat.is_some_and(|stat| stat.is_dir);
        if !matches!(doc.state, State::Parsed | State::Absent) && !is_dir {
            sink.state(&name, format!("{name} {}", doc.state.in_words()))
                .see(doc.id, None, "not read")
                .advise(format!("make {name} a readable text file of NAME=value lines"));
        }
        for line in crate::doc::dotenv_garbage(doc.text.expose()).into_iter().take(20) {
            let loc = Loc::new(doc.id, line);
            sink.state(&name, format!("a line of {name} sets nothing"))
                .see(doc.id, Some(loc), "no NAME=value")
                .advise("write it as NAME=value, or begin it with #");
        }
    }
}

fn shell_import_failed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    if let Import::Failed(why) = &case.world.import {
        sink.state("login shell", format!("the login shell could not be asked: {why}")).advise(
            "run `$SHELL -l -c 'env -0' </dev/null` to see what it does, or put the keys into a .env file",
        );
    }
}

fn shell_import_skipped(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    if matches!(case.world.import, Import::Deferred) {
        sink.state(
            "login shell",
            "the login shell is not asked, because ZIRKABOT_DEFER_SHELL_ENV_FALLBACK is set",
        )
        .advise(Advice::command("unset ZIRKABOT_DEFER_SHELL_ENV_FALLBACK"));
    }
}
