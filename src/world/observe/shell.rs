//! The login shell's exports, asked for only when the user switched it on.
//!
//! The shell runs in its own session without input and is killed, with all that it started,
//! when its time is over. Only variables that the gateway knows are taken.

use crate::catalog::providers::PROVIDERS;
use crate::config::Desired;
use crate::sys::secret::Secret;
use crate::sys::{Look, Millis, Probe, Probed};
use crate::world::env::{self, Env};
use crate::world::observe::programs;

/// How long a person waits who asks the doctor.
pub(crate) const BRIEF: Millis = 3_000;

/// Most output that is read, in bytes.
const MAX_OUTPUT: usize = 2 << 20;

/// Variables of other parts of the product that the shell may supply too.
const OTHERS: &[&str] = &[
    "ELEVENLABS_API_KEY",
    "TELEGRAM_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "ZIRKABOT_GATEWAY_TOKEN",
    "ZIRKABOT_GATEWAY_PASSWORD",
];

/// What became of the import.
#[derive(Debug, Default)]
pub enum Import {
    /// Not switched on.
    #[default]
    Off,
    /// Switched on, but put off by `ZIRKABOT_DEFER_SHELL_ENV_FALLBACK`.
    Deferred,
    /// It could not be done, in words.
    Failed(String),
    /// Done; these were missing and are now set.
    Applied(Vec<String>),
}

/// Asks the login shell for what is missing, if that is switched on.
/// `patience` in milliseconds holds where nobody has set how long it may take.
pub(crate) fn import(
    look: &dyn Look,
    env: &Env,
    desired: &Desired,
    patience: Millis,
) -> (Import, Vec<(String, Secret)>) {
    // What is run is the user's choice: neither the switch nor the shell comes from a `.env` file
    // of whatever directory this is started in.
    let asked = look.host().var("ZIRKABOT_LOAD_SHELL_ENV").is_some_and(env::is_yes);
    if !(desired.shell_enabled || asked) {
        return (Import::Off, Vec::new());
    }
    if env.is_truthy("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK") {
        return (Import::Deferred, Vec::new());
    }
    let wanted = missing(env);
    let limit = limit(env, desired, patience);
    let shell = look.host().var("SHELL").filter(|shell| !shell.trim().is_empty());
    let shell = shell.unwrap_or("/bin/sh").to_owned();
    let args = ["-l", "-c", "env -0"].map(str::to_owned).to_vec();
    let probe = Probe { program: shell.clone(), args, limit, max_output: MAX_OUTPUT };
    let failed = |why: String| (Import::Failed(why), Vec::new());
    match look.probe(&probe) {
        Probed::Done(Some(0), output) => {
            let vars = parse(output.expose(), &wanted);
            (Import::Applied(vars.iter().map(|(name, _)| name.clone()).collect()), vars)
        }
        Probed::Done(code, _) => {
            failed(code.map_or_else(
                || format!("{shell} was killed"),
                |code| format!("{shell} ended with code {code}"),
            ))
        }
        Probed::NotStarted(why) => failed(format!("{shell} cannot be started: {why}")),
        Probed::TimedOut => failed(format!("{shell} took longer than {limit} ms")),
        Probed::TooMuch => failed(format!("{shell} printed over 2 MiB")),
    }
}

/// What the login shell would give the service, whose environment is `env`: the shell is
/// started without the variables that are only here. Nothing if that is not switched on, or fails.
pub(super) fn import_for_service(look: &dyn Look, env: &Env, desired: &Desired) -> Vec<(String, Secret)> {
    let asked = desired.shell_enabled || env.is_truthy("ZIRKABOT_LOAD_SHELL_ENV");
    if !asked || env.is_truthy("ZIRKABOT_DEFER_SHELL_ENV_FALLBACK") {
        return Vec::new();
    }
    let host = look.host();
    let Some(program) = programs::path(look, "env") else { return Vec::new() };
    let shell = host.var("SHELL").filter(|shell| !shell.trim().is_empty()).unwrap_or("/bin/sh");
    let plain = ["HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG"];
    let handed = plain.into_iter().filter_map(|name| Some(format!("{name}={}", host.var(name)?)));
    let args = std::iter::once("-i".to_owned()).chain(handed);
    let args = args.chain([shell, "-l", "-c", "env -0"].map(str::to_owned)).collect();
    let probe = Probe { program, args, limit: limit(env, desired, BRIEF), max_output: MAX_OUTPUT };
    match look.probe(&probe) {
        Probed::Done(Some(0), output) => parse(output.expose(), &missing(env)),
        _ => Vec::new(),
    }
}

/// The names that are wanted of the shell, because they are not set or blank so far.
fn missing(env: &Env) -> Vec<&'static str> {
    expected().filter(|name| env.get(name).is_none_or(Secret::is_blank)).collect()
}

fn limit(env: &Env, desired: &Desired, patience: Millis) -> Millis {
    let set = env.setting("ZIRKABOT_SHELL_ENV_TIMEOUT_MS").and_then(|text| text.trim().parse().ok());
    desired.shell_timeout.or(set).unwrap_or(patience).max(0)
}

/// All names that are taken from the shell.
fn expected() -> impl Iterator<Item = &'static str> {
    let single = PROVIDERS.iter().flat_map(|row| row.vars.iter().map(|var| var.name));
    let ambient = PROVIDERS.iter().flat_map(|row| row.ambient);
    let ambient = ambient.flat_map(|ambient| ambient.vars.iter().flat_map(|group| group.iter().copied()));
    single.chain(ambient).chain(OTHERS.iter().copied())
}

/// The wanted variables of an `env -0` output. Noise before the first record spoils only that.
fn parse(output: &[u8], wanted: &[&str]) -> Vec<(String, Secret)> {
    let records = output.split(|byte| *byte == 0).filter_map(|record| std::str::from_utf8(record).ok());
    let mut vars: Vec<(String, Secret)> = Vec::new();
    for (name, value) in records.filter_map(|record| record.split_once('=')) {
        // What an rc file printed stands before the first name, ended by a line break.
        let name = name.rsplit('\n').next().unwrap_or(name);
        let new = vars.iter().all(|(known, _)| known != name);
        if new && wanted.contains(&name) && !value.trim().is_empty() {
            vars.push((name.to_owned(), Secret::from(value)));
        }
    }
    vars
}

#[cfg(test)]
mod tests {
    use crate::world::observe::shell::*;

    #[test]
    fn wanted_variables_are_found_behind_noise() {
        let output = b"Welcome!\nA=1\0B=two\nlines\0C= \0D=no\0=x\0junk\0";
        let vars = parse(output, &["A", "B", "C"]);
        let vars: Vec<_> =
            vars.iter().map(|(name, value)| (name.as_str(), value.expose().as_str())).collect();
        assert_eq!(vars, [("A", "1"), ("B", "two\nlines")]);
    }

    #[test]
    fn every_provider_variable_is_expected() {
        let names: Vec<_> = expected().collect();
        for name in ["COPILOT_GITHUB_TOKEN", "GROQ_API_KEY", "AWS_PROFILE", "ANTHROPIC_API_KEY"] {
            assert!(names.contains(&name), "{name}");
        }
    }
}
