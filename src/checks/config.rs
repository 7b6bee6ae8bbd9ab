//! Family `config`: can the config be read, and does it say what its author means?
//!
//! What it says in clear and should not is in [`secrets`].

pub(super) mod migrate;
mod models;
mod secrets;
mod values;

use crate::catalog::documents::DocKind;
use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::config::field::Distrust;
use crate::config::{Problem, ProblemKind};
use crate::config::{find, own};
use crate::doc::edit::ops::To;
use crate::doc::{Doc, State};
use crate::policy::advice;
use crate::policy::orders::edit_at;
use crate::sys::quote::shell_word;
use std::collections::BTreeMap;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "config/ambiguous-file",
        severity: Severity::Warning,
        what: "both zirkabot.toml and zirkabot.json exist",
        why: "Only zirkabot.toml is used. Settings in zirkabot.json have no effect, which is easy to miss.",
        fix: "Keep one: move the settings you still need and rename the other file, or select one with ZIRKABOT_CONFIG_PATH.",
        check: ambiguous_file,
    },
    Rule {
        code: "config/duplicate-agent-dir",
        severity: Severity::Error,
        what: "two agents share a directory",
        why: "Agents that share a directory overwrite each other's credentials and sessions; the gateway refuses to start.",
        fix: "Give each agent its own agentDir. To share credentials, leave the second store empty: agents can use the profiles of agent main.",
        check: duplicate_agent_dir,
    },
    Rule {
        code: "config/legacy-key",
        severity: Severity::Warning,
        what: "a key or value from an older version",
        why: "This version does not read it, so the setting has no effect.",
        fix: "Run `zirkabot doctor --fix`, which migrates everything that can be migrated without loss. `zirkabot models status` migrates what needs no decision.",
        check: legacy_key,
    },
    Rule {
        code: "config/missing-variable",
        severity: Severity::Error,
        what: "the config uses a variable that is unset or empty",
        why: "The gateway rejects a config with ${NAME} when NAME has no value. A service does not see the exports of your shell.",
        fix: "Set the variable in $STATE/.env, where the service sees it too, or remove the reference from the config.",
        check: missing_variable,
    },
    Rule {
        code: "config/newer-version",
        severity: Severity::Warning,
        what: "a newer version wrote the config",
        why: "It may contain settings that this version does not know and would ignore.",
        fix: "Update zirkabot to the version that wrote the config, or later.",
        check: newer_version,
    },
    Rule {
        code: "config/not-allowed",
        severity: Severity::Warning,
        what: "a fallback model is not allowed by agents.defaults.models",
        why: "When agents.defaults.models lists models, the gateway uses no others. If the first model fails, this fallback is skipped silently.",
        fix: "Add it to agents.defaults.models (`zirkabot doctor --fix` does), or remove it from the fallbacks.",
        check: models::not_allowed,
    },
    Rule {
        code: "config/not-trusted",
        severity: Severity::Error,
        what: "a key has no effect because another user may have written the config",
        why: "A relative config path depends on the working directory, and a config owned by another user is under their control. Neither may decide where credentials are sent, which programs run, or where files are.",
        fix: "Use an absolute path for the config or, if you trust its contents, take ownership with chown.",
        check: not_trusted,
    },
    Rule {
        code: "config/own-key",
        severity: Severity::Error,
        what: "a key of zirkabot is in the config of another program",
        why: "clawdbot, moltbot and openclaw refuse to start with a config that has a key which they do not know, and go on with the last one while they run.",
        fix: "Remove the key: `zirkabot config unset KEY`. Options such as `--warn-within` say the same for one command.",
        check: own_key,
    },
    Rule {
        code: "config/schema",
        severity: Severity::Error,
        what: "a value has the wrong form, or a required key is missing",
        why: "zirkabot ignores the value, and the gateway refuses to start with it.",
        fix: "Correct the underlined value; `zirkabot config schema` prints what is allowed. `zirkabot doctor --fix` corrects obvious mistakes.",
        check: values::schema,
    },
    Rule {
        code: "config/secret-in-config",
        severity: Severity::Info,
        what: "the config contains a secret in plain text",
        why: "Configs are copied, shared and committed to version control, and the secret leaks with them.",
        fix: "Move the secret to $STATE/.env and write \"${NAME}\" in the config: `zirkabot doctor --fix --only config/secret-in-config` does.",
        check: secrets::secret_in_config,
    },
    Rule {
        code: "config/several-default-agents",
        severity: Severity::Warning,
        what: "more than one agent is marked as default",
        why: "Only the first one is the default agent; commands without --agent use it.",
        fix: "Keep `default = true` on one agent only: `zirkabot doctor --fix` keeps it on the first.",
        check: several_default_agents,
    },
    Rule {
        code: "config/syntax",
        severity: Severity::Error,
        what: "the config cannot be parsed",
        why: "No setting in it has any effect until it can be parsed, and zirkabot does not write to it.",
        fix: "Correct the underlined text, then run `zirkabot config validate`.",
        check: syntax,
    },
    Rule {
        code: "config/unknown-key",
        severity: Severity::Error,
        what: "the config has an unknown key",
        why: "It has no effect. It is usually a typo, so a setting you rely on is missing. If it looks like a key that selects credentials, no credential is handed out until it is corrected.",
        fix: "Correct or remove the key. zirkabot never removes it on its own.",
        check: unknown_key,
    },
    Rule {
        code: "config/unknown-model",
        severity: Severity::Error,
        what: "the provider does not know a model by this name",
        why: "The name is sent to the provider, which answers that there is no such model. A name without a provider belongs to the default provider, and the name of a provider is not a model.",
        fix: "Write it as provider/model, as listed by `zirkabot models list --all`. `zirkabot doctor --fix` does it when there is only one candidate, `zirkabot models set` when you choose.",
        check: models::unknown_model,
    },
    Rule {
        code: "config/unknown-provider",
        severity: Severity::Error,
        what: "the gateway does not know a provider by this name",
        why: "Its settings have no effect: its order is ignored, its profiles are not used, its models cannot be reached. While it is unclear which credentials to use, none is handed out.",
        fix: "Use the provider's id, as listed by `zirkabot models list --all`: `zirkabot doctor --fix` does.",
        check: models::unknown_provider,
    },
    Rule {
        code: "config/unreadable",
        severity: Severity::Error,
        what: "the config, or a file it includes, cannot be read",
        why: "Without it the desired state is unknown, so it cannot be checked.",
        fix: "Make the file readable by the user who runs zirkabot (`zirkabot doctor --fix` does, if you own it), or correct its path.",
        check: unreadable,
    },
];

fn ambiguous_file(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let (world, config) = (case.world, &case.world.config);
    if let Some(unused) = &config.unused {
        let quoted = advice::quoted(world, unused);
        let (used, unused) = (world.doc_name(config.doc), world.paths.shown(unused));
        sink.state(&unused, format!("{unused} is not used, because {used} exists too"))
            .see(config.doc, None, "this one is used")
            .advise(
                Advice::say(format!("move what you still need to {used}, then "))
                    .run(format!("mv {quoted} {quoted}.old")),
            );
    }
}

fn duplicate_agent_dir(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let mut first_in = BTreeMap::new();
    for agent in &case.world.agents {
        let first = *first_in.entry(&agent.dir).or_insert(agent);
        if first.id == agent.id {
            continue;
        }
        let dir = case.world.paths.shown(&agent.dir);
        let loc = |id: &str| {
            let config = case.world.desired.agents.iter().find(|config| config.id == id)?;
            Some(config.dir.as_ref().map_or(config.loc, |dir| dir.loc))
        };
        let doc = |id: &str| loc(id).map_or(case.world.config.doc, |loc| loc.doc);
        sink.state(&agent.id, format!("agents {} and {} share the directory {dir}", first.id, agent.id))
            .see(doc(&agent.id), loc(&agent.id), "second use")
            .see(doc(&first.id), loc(&first.id), "first use")
            .advise(format!("give agent {} its own agentDir", agent.id))
            .counts(CheckImpact::Broken);
    }
}

fn problems<'a>(case: &'a CheckInput<'_>) -> impl Iterator<Item = &'a Problem> {
    case.world.desired.problems.iter()
}

fn legacy_key(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for problem in problems(case) {
        if let ProblemKind::LegacyKey(instead) = problem.kind {
            let draft = sink.state(problem.path.to_string(), problem.message()).see(
                problem.loc.doc,
                Some(problem.loc),
                "older key",
            );
            let repair = migrate::legacy(&case.world.desired, &case.world.docs, problem);
            let named = |new: Proposal| Proposal { what: format!("`{}`: {}", problem.path, new.what), ..new };
            draft.repair_or_advise(repair.map(named), || format!("write `{instead}` instead").into());
        }
    }
    for due in migrate::due(&case.world.desired, &case.world.docs) {
        let at = due.edit.as_value().map(|(at, _)| at.to_string()).unwrap_or_default();
        sink.state(&at, format!("`{at}` has a value from an older version: {}", due.what))
            .at_most(Severity::Info)
            .see(due.loc.doc, Some(due.loc), "older value")
            .edit(format!("set `{at}` to \"oauth\""), vec![due.edit], Class::Auto);
    }
}

fn missing_variable(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for problem in problems(case) {
        if let ProblemKind::MissingVariable(name) = &problem.kind {
            // The service is the bot: what it sees is there, though this shell does not see it.
            let service = case.world.bot_service().and_then(|service| service.env.named(name));
            if service.is_some_and(|value| !value.is_blank()) {
                continue;
            }
            let set = case.world.env.named(name).is_some();
            let state = if set { "empty" } else { "not set" };
            // What is not ours is the gateway's business, which may see what this shell does not.
            let is_ours = find::is_ours(&problem.path);
            let service = case.world.service.as_ref().and_then(|service| service.env.named(name));
            if !is_ours && service.is_some_and(|value| !value.is_blank()) {
                continue;
            }
            sink.state(name, format!("`{}` needs the variable {name}, which is {state}", problem.path))
                .see(problem.loc.doc, Some(problem.loc), format!("{name} is {state}"))
                .advise(advice::add(case.world, name))
                .at_most(if is_ours { Severity::Error } else { Severity::Warning })
                .counts(if is_ours { CheckImpact::Broken } else { CheckImpact::No });
        }
    }
}

fn newer_version(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let ours = env!("CARGO_PKG_VERSION");
    if let Some(theirs) = &case.world.desired.touched_by
        && numbers(&theirs.text) > numbers(ours)
    {
        sink.state("meta.lastTouchedVersion", "the config was written by a newer version than this one")
            .see(theirs.loc.doc, Some(theirs.loc), format!("this is {ours}"))
            .advise("update zirkabot");
    }
}

fn not_trusted(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for problem in problems(case) {
        let ProblemKind::Untrusted(_, why) = problem.kind else { continue };
        let path = world.doc(problem.loc.doc).path.clone().unwrap_or_default();
        let advice = match why {
            Distrust::Relative => {
                let (name, path) = match world.paths.config_chosen {
                    true => ("ZIRKABOT_CONFIG_PATH", world.paths.configs.first()),
                    false => ("ZIRKABOT_STATE_DIR", Some(&world.paths.state)),
                };
                let path = path.map(|path| advice::quoted(world, path)).unwrap_or_default();
                Advice::say("use its absolute path: ").run(format!("export {name}={path}"))
            }
            Distrust::Owner(_) => Advice::say("if you trust its contents: ")
                .run(format!("sudo chown $USER {}", advice::quoted(world, &path))),
        };
        let draft = sink.state(problem.shown(), problem.message());
        let draft = draft.see(problem.loc.doc, Some(problem.loc), "has no effect").advise(advice);
        if problem.hides_auth() {
            draft.counts(CheckImpact::Broken);
        }
    }
}

/// The numbers in a version; a part that is too long for a number counts as the largest.
fn numbers(version: &str) -> Vec<u64> {
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect()
}

fn several_default_agents(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let marked: Vec<_> =
        case.world.desired.agents.iter().filter_map(|agent| Some((&agent.id, agent.default?))).collect();
    if let [(first, first_loc), .., (last, last_loc)] = marked[..] {
        let others = marked[1..].iter().filter_map(|(_, loc)| edit_at(case.world, *loc, To::Remove));
        let edits = others.collect();
        sink.state(last, format!("{} agents are marked as default; {first} is used", marked.len()))
            .see(last_loc.doc, Some(last_loc), "not used")
            .see(first_loc.doc, Some(first_loc), "used")
            .edit(format!("leave {first} as the only default agent"), edits, Class::Fix);
    }
}

/// The documents that make up the config.
fn files<'a>(case: &'a CheckInput<'_>) -> impl Iterator<Item = &'a Doc> {
    case.world.docs.iter().filter(|doc| matches!(doc.kind, DocKind::Config | DocKind::Include))
}

fn syntax(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for doc in files(case) {
        if let State::Unparsable(faults) = &doc.state {
            let name = case.world.doc_name(doc.id);
            for fault in faults.iter().take(10) {
                let loc = crate::doc::Loc::new(doc.id, fault.span.clone());
                sink.state(&name, format!("{name} cannot be parsed: {}", fault.what))
                    .see(doc.id, Some(loc), fault.what)
                    .advise(format!("correct {}", case.world.at(doc.id, Some(loc))))
                    .counts(CheckImpact::Broken);
            }
        }
    }
}

fn own_key(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    let Some(root) = world.desired.root.as_ref().filter(|_| !world.paths.layout.is_own()) else { return };
    let ours = world.own_settings();
    for (path, loc) in own::keys(root).into_iter().filter(|(_, loc)| Some(loc.doc) != ours) {
        let program = world.paths.layout.program;
        let unset = world.paths.command(&format!("config unset {}", shell_word(&path.to_string())));
        sink.state(path.to_string(), format!("{program} does not know `{path}` and does not start with it"))
            .see(loc.doc, Some(loc), format!("a key of zirkabot, not of {program}"))
            .advise(Advice::command(unset))
            .counts(CheckImpact::Broken);
    }
}

fn unknown_key(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for problem in problems(case) {
        if let ProblemKind::UnknownKey(nearest) = problem.kind {
            let (label, help) = match nearest {
                Some(key) => {
                    (format!("did you mean `{key}`?"), format!("change it to \"{key}\", or remove it"))
                }
                None => ("unknown".to_owned(), "remove or correct it".to_owned()),
            };
            let hides = problem.hides_auth();
            sink.state(problem.shown(), problem.message())
                .at_most(if hides { Severity::Error } else { Severity::Warning })
                .see(problem.loc.doc, Some(problem.loc), label)
                .advise(help)
                .counts(if hides { CheckImpact::Broken } else { CheckImpact::No });
        }
    }
}

fn unreadable(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let world = case.world;
    for doc in files(case).filter(|doc| doc.kind == DocKind::Config) {
        let name = world.doc_name(doc.id);
        let missing = doc.state == State::Absent && world.paths.config_chosen;
        if missing || matches!(doc.state, State::Unreadable(_) | State::NotUtf8(_) | State::TooLarge) {
            let draft = sink
                .state(&name, format!("{name} {}", doc.state.in_words()))
                .see(doc.id, None, "the config")
                .counts(CheckImpact::Broken);
            match &doc.state {
                State::Absent => draft.advise("correct ZIRKABOT_CONFIG_PATH, or unset it"),
                State::Unreadable(crate::sys::Fault::Denied) => {
                    crate::checks::files::readable(world, draft, doc)
                }
                _ => draft.advise(format!("restore {name} from a backup, or start a new one")),
            };
        }
    }
    for problem in problems(case) {
        if let ProblemKind::Include(_) = &problem.kind {
            sink.state(problem.path.to_string(), problem.message())
                .see(problem.loc.doc, Some(problem.loc), "included here")
                .advise("correct the path, or the included file")
                .counts(if find::is_ours(&problem.path) { CheckImpact::Broken } else { CheckImpact::No });
        }
    }
}
