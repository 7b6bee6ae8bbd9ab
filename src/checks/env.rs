//! Family `env`: what the files and the shell say about the environment.

mod cwd;
pub(super) mod other_name;
mod secret_file;
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
        what: "the .env of the working directory is not read because other users can change it",
        why: "Anyone who can write or replace the file could choose the credentials used in this directory, and see what is sent with them.",
        fix: "If the file is yours, remove write access for others: `chmod go-w . .env`. Otherwise work in another directory.",
        check: cwd::not_trusted,
    },
    Rule {
        code: "env/cwd-only",
        severity: Severity::Warning,
        what: "a key in use is only in the .env of the working directory",
        why: "The working directory is not trusted: anyone who can put a file there could choose your key. So zirkabot does not hand out, send or write anything from it, and no report calls it usable.",
        fix: "Move the key to $STATE/.env. If every directory you work in is your own, use --trust-cwd, or set env.cwd = true in the config.",
        check: cwd::only_here,
    },
    Rule {
        code: "env/dotenv-syntax",
        severity: Severity::Warning,
        what: "a .env file, or a line in it, cannot be read",
        why: "The gateway silently skips such a line, so it does not see a key on it.",
        fix: "Write the line as NAME=value, or start it with # as a comment.",
        check: dotenv_syntax,
    },
    Rule {
        code: "env/other-name",
        severity: Severity::Error,
        what: "a variable has a name that the gateway does not read",
        why: "Other programs read this provider's key from another variable, so it is set but not found. It is only a note while the key is not needed.",
        fix: "Set the variable that the gateway reads, preferably in $STATE/.env. `zirkabot doctor --fix` renames it there if the key is needed.",
        check: other_name::other_name,
    },
    Rule {
        code: "env/secret-file",
        severity: Severity::Warning,
        what: "a variable names a file with a key, and the file gives none",
        why: "NAME_FILE says that the key of NAME is in a file, as Docker hands secrets out. The file does not exist, cannot be read, or is empty, so the variable counts as not set.",
        fix: "Put the key into the file, readable for the user that runs the gateway, or unset NAME_FILE.",
        check: secret_file::secret_file,
    },
    Rule {
        code: "env/service-blind",
        severity: Severity::Error,
        what: "the gateway's service does not see a variable that is used here",
        why: "A service does not inherit the exports of your shell, so the bot has no credential although it works in the terminal. The gateway says: no API key found for provider.",
        fix: "Add the variable to $STATE/.env, which the service reads too; then restart the service and run `zirkabot models status`.",
        check: unseen_by_service::unseen_by_service,
    },
    Rule {
        code: "env/service-unclear",
        severity: Severity::Warning,
        what: "the variables of the gateway's service cannot be determined",
        why: "It is started through a program that may set any variable, or part of its definition cannot be read. So zirkabot does not report missing variables, and does not write any for it.",
        fix: "Start the gateway: while it is running, `zirkabot doctor` reads the environment of its process.",
        check: unclear::unclear,
    },
    Rule {
        code: "env/shell-import-failed",
        severity: Severity::Warning,
        what: "reading variables from the login shell failed",
        why: "env.shellEnv is on, but credentials that only the shell exports are missing.",
        fix: "Run your shell with -l -c env and fix start-up files that print text or wait for input, or move the keys to $STATE/.env.",
        check: shell_import_failed,
    },
    Rule {
        code: "env/shell-import-skipped",
        severity: Severity::Info,
        what: "variables of the login shell are not read, although env.shellEnv is on",
        why: "ZIRKABOT_DEFER_SHELL_ENV_FALLBACK disables the import, so credentials that only the shell exports are missing here.",
        fix: "Unset ZIRKABOT_DEFER_SHELL_ENV_FALLBACK, or move the keys to $STATE/.env.",
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
                .advise(format!("turn {name} into a readable text file of NAME=value lines"));
        }
        for line in crate::doc::dotenv_garbage(doc.text.expose()).into_iter().take(20) {
            let loc = Loc::new(doc.id, line);
            sink.state(&name, format!("a line of {name} is not NAME=value"))
                .see(doc.id, Some(loc), "not NAME=value")
                .advise("write it as NAME=value, or start it with #");
        }
    }
}

fn shell_import_failed(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    if let Import::Failed(why) = &case.world.import {
        sink.state("login shell", format!("the login shell's variables could not be read: {why}")).advise(
            "run `$SHELL -l -c 'env -0' </dev/null` to see the problem, or move the keys to a .env file",
        );
    }
}

fn shell_import_skipped(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    if matches!(case.world.import, Import::Deferred) {
        sink.state(
            "login shell",
            "the login shell's variables are not read, because ZIRKABOT_DEFER_SHELL_ENV_FALLBACK is set",
        )
        .advise(Advice::command("unset ZIRKABOT_DEFER_SHELL_ENV_FALLBACK"));
    }
}
