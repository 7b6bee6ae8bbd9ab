//! `zirkabot config get|set|unset`: single values of the config.

use crate::change::proposal::Refusal;
use crate::cli::grammar::{ConfigGet, ConfigSet, ConfigUnset, Global, Setting};
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Outcome};
use crate::config::find;
use crate::doc::KeyPath;
use crate::intent::setting::{self, TypedValue};
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::policy::status::Options;
use crate::report::setting::value;
use crate::report::style::Style;
use crate::sys::Act;
use crate::sys::secret::Secret;
use crate::world::observe::{Agents, Depth};
use std::cell::Cell;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Setting) -> Outcome {
    let text = match args {
        Setting::Get(ConfigGet { path, .. })
        | Setting::Set(ConfigSet { path, .. })
        | Setting::Unset(ConfigUnset { path, .. }) => path,
    };
    let path = match setting::path(text) {
        Ok(path) => path,
        Err(refusal) => return write::refused(&Trouble::Refused(refusal)),
    };
    match args {
        Setting::Get(args) => get(act, global, args, &path),
        Setting::Set(args) => set(act, global, args, &path),
        Setting::Unset(args) => unset(act, global, args, &path),
    }
}

fn get(act: &dyn Act, global: &Global, args: &ConfigGet, path: &KeyPath) -> Outcome {
    let ask = Ask {
        agents: Agents::Default,
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    // As it stands in the file, not as the next sync would leave it.
    let Looked { world, .. } = pipeline::look(act.as_look(), &ask);
    if let Err(refusal) = crate::policy::known::known_config(&world) {
        return write::refused_in(&Trouble::Refused(refusal), args.json);
    }
    let Some(shown) = value(&world, path) else {
        if let Err(refusal) = setting::shape(&world, path) {
            return write::refused(&Trouble::Refused(refusal));
        }
        let default = find::built_in(path).map(|value| format!("; {value} holds by default"));
        let stderr = format!("error: `{path}` is not set{}\n", default.unwrap_or_default());
        let stdout = if args.json { "null\n".to_owned() } else { String::new() };
        return Outcome { stdout, stderr: Style::PLAIN.text(&stderr), exit: Exit::Broken };
    };
    let mut stderr = String::new();
    if shown.has_label {
        stderr.push_str("note: secrets are shown as labels\n");
    }
    if shown.is_hidden {
        stderr.push_str("note: what other parts of the product set may be secret, so it is not shown\n");
    }
    let stdout =
        if args.json { crate::report::json::text(&shown.value) } else { Style::PLAIN.text(&shown.text()) };
    Outcome { stdout, stderr, exit: Exit::Ok }
}

fn set(act: &mut dyn Act, global: &Global, args: &ConfigSet, path: &KeyPath) -> Outcome {
    let given = if args.value == "-" {
        match piped(act) {
            Ok(text) => TypedValue { text, is_argument: false },
            Err(refusal) => return write::refused(&Trouble::Refused(refusal)),
        }
    } else {
        TypedValue { text: Secret::from(args.value.as_str()), is_argument: true }
    };
    let asked = WriteRequest {
        agent: None,
        writing: &args.writing,
        request: &|world, _| setting::set(world, path, &given),
        question: None,
        after: &|_, _, _| String::new(),
        json: None,
    };
    write::run(act, global, &asked)
}

/// All that comes on standard input, without its last line break.
fn piped(act: &mut dyn Act) -> Result<Secret, Refusal> {
    if act.host().stdin_tty {
        let refusal = Refusal::usage("standard input is a terminal, on which the value would be seen");
        return Err(refusal.help("pipe the value in, or redirect it from a file"));
    }
    let mut text = act.answer().ok_or_else(|| Refusal::usage("nothing came on standard input"))?;
    while let Some(line) = act.answer() {
        text.push('\n');
        text.push_str(&line);
    }
    Ok(Secret::new(text))
}

fn unset(act: &mut dyn Act, global: &Global, args: &ConfigUnset, path: &KeyPath) -> Outcome {
    let seen = Cell::new(0);
    let asked = WriteRequest {
        agent: None,
        writing: &args.writing,
        request: &|world, _| setting::unset(world, path, &seen),
        question: None,
        after: &|_, _, _| String::new(),
        json: None,
    };
    write::run(act, global, &asked)
}
