//! The program as a module of Ansible: placed in a role's `library/`, it is called with the path of
//! a file of arguments as JSON, and answers with one JSON document. It does what `doctor --fix` does,
//! or in check mode what `plan` does.

use crate::catalog::nearest::did_you_mean;
use crate::catalog::paths::expand;
use crate::checks::choice::Choice;
use crate::checks::finding::{Finding, Severity};
use crate::cli::grammar::{Global, Scope};
use crate::cli::scope::{scope, verdict};
use crate::cli::{Exit, Outcome};
use crate::pipeline::{self, Looked, promise};
use crate::report::ansible::{AnsibleResult, Prepared};
use crate::report::human::sorted;
use crate::report::style::Style;
use crate::report::{json, plan, words};
use crate::sys::secret::Secret;
use crate::sys::{Act, Millis, Reading, time as duration};
use clap::ColorChoice;
use serde_json::{Map, Value};
use std::path::Path;

/// Largest file of arguments that is read, in bytes.
const MAX_ARGUMENTS: usize = 1 << 20;

/// How long another zirkabot that is writing is waited for, in milliseconds.
const LOCK_TIMEOUT: Millis = 30_000;

/// The options of a task; all others are a slip.
const OPTIONS: [&str; 9] =
    ["agent", "fail_on", "force", "home", "only", "profile", "state", "state_dir", "warn_within"];

/// What a task asks for.
#[derive(Debug)]
struct Task {
    /// Whether repairs are to be made.
    apply: bool,
    force: bool,
    only: Vec<String>,
    agent: Option<String>,
    profile: Option<String>,
    home: Option<String>,
    state_dir: Option<String>,
    warn_within: Option<Millis>,
    /// What may not be left; none: anything may.
    fail_on: Option<Severity>,
    check_mode: bool,
    diff: bool,
}

/// The answer to Ansible, if that is who calls: with the path of its arguments and nothing else.
pub(super) fn answer(act: &mut dyn Act, args: &[String]) -> Option<Outcome> {
    let [_, file] = args else { return None };
    if !file.starts_with('/') {
        return None;
    }
    let Reading::File(bytes, _) = act.read(Path::new(file), MAX_ARGUMENTS) else { return None };
    let Ok(Value::Object(given)) = serde_json::from_slice(bytes.expose()) else { return None };
    if !given.keys().any(|key| key.starts_with("_ansible_")) {
        return None;
    }
    let result = task(&given).and_then(|task| perform(act, &task)).unwrap_or_else(AnsibleResult::failed);
    let exit = if result.failed { Exit::Broken } else { Exit::Ok };
    Some(Outcome::out(json::text(&result), exit))
}

/// Reads the arguments. Jinja may make text of what was meant as something else.
fn task(given: &Map<String, Value>) -> Result<Task, String> {
    for key in given.keys().filter(|key| !key.starts_with("_ansible_")) {
        if !OPTIONS.contains(&key.as_str()) {
            return Err(format!("there is no option `{key}`{}", did_you_mean(key, OPTIONS)));
        }
    }
    let text = |key: &str| text(given, key);
    let flag = |key: &str| flag(given, key);
    let span = |text: String| {
        duration::parse(&text).ok_or_else(|| format!("`warn_within` must be {}", duration::EXAMPLES))
    };
    Ok(Task {
        apply: match text("state")?.as_deref() {
            None | Some("applied") => true,
            Some("checked") => false,
            Some(_) => return Err("`state` must be applied or checked".to_owned()),
        },
        force: flag("force")?,
        only: only(given)?,
        agent: text("agent")?,
        profile: text("profile")?,
        home: text("home")?,
        state_dir: text("state_dir")?,
        warn_within: text("warn_within")?.map(span).transpose()?,
        fail_on: match text("fail_on")?.as_deref() {
            None | Some("error") => Some(Severity::Error),
            Some("warning") => Some(Severity::Warning),
            Some("never") => None,
            Some(_) => return Err("`fail_on` must be error, warning or never".to_owned()),
        },
        check_mode: flag("_ansible_check_mode")?,
        diff: flag("_ansible_diff")?,
    })
}

fn text(given: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match given.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` must be text")),
    }
}

fn flag(given: &Map<String, Value>, key: &str) -> Result<bool, String> {
    let word = match given.get(key) {
        None | Some(Value::Null) => return Ok(false),
        Some(Value::Bool(value)) => return Ok(*value),
        Some(Value::String(text)) => text.to_ascii_lowercase(),
        Some(_) => String::new(),
    };
    match word.as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(format!("`{key}` must be true or false")),
    }
}

fn only(given: &Map<String, Value>) -> Result<Vec<String>, String> {
    let wrong = || "`only` must be a list of codes".to_owned();
    match given.get("only") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            Ok(words.map(str::to_owned).collect())
        }
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// Looks, and does what is to be done.
fn perform(act: &mut dyn Act, task: &Task) -> Result<AnsibleResult, String> {
    let mut host = act.host().clone();
    if let Some(home) = &task.home {
        let home = expand(home, &host.home, &host.cwd);
        host.env.insert("HOME".to_owned(), Secret::new(home.display().to_string()));
        host.home = home;
    }
    if let Some(state) = &task.state_dir {
        host.env.insert("ZIRKABOT_STATE_DIR".to_owned(), Secret::from(state.as_str()));
    }
    host.command = "zirkabot (ansible)".into();
    let mut there = act.elsewhere(host);
    let act = there.as_mut();
    let global = Global {
        profile: task.profile.clone(),
        dev: false,
        color: ColorChoice::Never,
        utc: true,
        trust_cwd: false,
        verbose: false,
    };
    let about = Scope { agent: task.agent.clone(), only: task.only.clone() };
    let (mut ask, choice) = scope(act, &global, &about, task.force).map_err(|refused| {
        let line = refused.stderr.lines().next().unwrap_or_default().to_owned();
        line.strip_prefix("error: ").map_or(line.clone(), str::to_owned)
    })?;
    ask.options.warn_within = task.warn_within;
    if !task.apply {
        return Ok(result(task, &pipeline::preview(act.as_look(), &ask).looked, &choice, "checked"));
    }
    let ahead = pipeline::ahead(act.as_look(), &ask, &choice);
    let changed = !ahead.plan.changes.is_empty();
    let shown = || plan::plan([&ahead.now.world, &ahead.last().world], &ahead.plan, Style::PLAIN);
    let prepared = (task.diff && changed).then(|| Prepared { prepared: shown() });
    let diff = prepared.into_iter().collect();
    let said = match ahead.plan.changes.len() {
        0 => "nothing to change".to_owned(),
        count if task.check_mode => format!("{} would be changed", words::count(count, "file")),
        count => format!("{} changed", words::count(count, "file")),
    };
    if task.check_mode || !changed {
        let result = AnsibleResult { changed, diff, ..result(task, ahead.last(), &choice, &said) };
        let unknown = || promise::unknown(&ahead.now.world, &[]).map(|why| why.to_string());
        let blocked = ahead.blocked.first().cloned();
        return Ok(result.unless(blocked.or_else(|| unknown().filter(|_| !changed))));
    }
    let state = ahead.now.world.paths.state.clone();
    let done = pipeline::carry_out(act, &state, LOCK_TIMEOUT, &ahead.plan, &mut |reader| {
        Ok(pipeline::ahead(reader, &ask, &choice).plan)
    });
    let (looked, changed) = (pipeline::look(act.as_look(), &ask), !done.entries.is_empty());
    let trouble = done.trouble.or_else(|| promise::left(&looked, &pipeline::due(&looked, &choice).0));
    let result = AnsibleResult { changed, diff, ..result(task, &looked, &choice, &said) };
    Ok(result.unless(trouble.map(|trouble| trouble.to_string())))
}

/// What is told of how things are now.
fn result(task: &Task, looked: &Looked, choice: &Choice, said: &str) -> AnsibleResult {
    let left: Vec<Finding> =
        looked.findings.iter().filter(|finding| choice.is_about(finding)).cloned().collect();
    let matters = |finding: &&Finding| task.fail_on.is_some_and(|least| finding.severity >= least);
    let broken = left.iter().filter(matters).count();
    let first = sorted(&left).into_iter().find(|finding| matters(finding));
    let msg = first.map_or(said.to_owned(), |first| {
        format!("{said}; {}: {}", words::count(broken, "finding"), first.message)
    });
    let exit = json::exit_of_check(&looked.world, &looked.findings, verdict(&looked.findings).code());
    let result = AnsibleResult::new(&looked.world, &left, &msg, exit);
    AnsibleResult { failed: broken > 0, ..result }
}
