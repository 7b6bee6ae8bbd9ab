//! Family `claude`: what keeps Claude Code from supplying a login. What is wrong with the login
//! itself is said by `credential` and `expiry`.

use crate::catalog::tools::Tool;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::config::CredentialSource;
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::advice::{self, helper};
use crate::policy::health::HealthWord;
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus};
use crate::world::actual::{Borrowed, LoginState};
use crate::world::observe::helper::{ENV, KEY};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "claude/cli-missing",
        severity: Severity::Warning,
        what: "a profile uses Claude Code's login, but Claude Code is not installed",
        why: "Claude Code creates setup-tokens, and there is no `claude` on PATH.",
        fix: "Install it with `npm install -g @anthropic-ai/claude-code`, then run `zirkabot models auth setup-token`.",
        check: cli_missing,
    },
    Rule {
        code: helper::CODE,
        severity: Severity::Info,
        what: "Claude Code gets its API key from a program, and nothing else serves anthropic",
        why: "`apiKeyHelper` in Claude Code's settings prints an API key. zirkabot runs programs of others only where its own config says so, so for anthropic there is nothing.",
        fix: "Declare a profile with `from = \"claude-helper\"` in auth.profiles, mode api_key: `zirkabot doctor --fix --only claude/key-helper` does.",
        check: key_helper,
    },
    Rule {
        code: "claude/key-in-settings",
        severity: Severity::Info,
        what: "Claude Code has a credential in its settings, and nothing else serves anthropic",
        why: "`env` in Claude Code's settings sets variables for Claude Code alone. No other program sees them, so for anthropic there is nothing. With `ANTHROPIC_BASE_URL` beside it, the credential may be for another server, and nothing is said.",
        fix: "To use it here too, store it with `zirkabot models auth paste-token --provider anthropic`.",
        check: key_in_settings,
    },
    Rule {
        code: "claude/not-logged-in",
        severity: Severity::Info,
        what: "Claude Code is installed but not logged in",
        why: "The profile uses Claude Code's login, and there is none. `claude setup-token` alone does not help, because it only prints the token; `zirkabot models auth setup-token` runs it and stores the token.",
        fix: "Run `zirkabot models auth setup-token` on this machine, then `zirkabot models status`.",
        check: not_logged_in,
    },
    Rule {
        code: "claude/subscription",
        severity: Severity::Warning,
        what: "the plan of Claude Code's account cannot be used here",
        why: "A setup-token needs a Claude Max or Pro subscription; requests from other plans are rejected.",
        fix: "Use an account with Claude Max or Pro, or an API key from the Anthropic Console.",
        check: subscription,
    },
];

/// Profiles that matter and that take their login from Claude Code.
fn profiles<'w>(case: &CheckInput<'w>) -> impl Iterator<Item = (&'w AgentStatus, &'w ProfileStatus)> {
    let world = case.world;
    case.profiles()
        .filter(|(_, _, profile)| profile.relevant)
        .filter(|(_, _, profile)| {
            crate::world::from(world, profile.id()) == CredentialSource::Tool(Tool::ClaudeCode)
        })
        .map(|(agent, _, profile)| (agent, profile))
}

fn cli_missing(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    if claude_code(case).and_then(|borrowed| borrowed.installed) != Some(false) {
        return;
    }
    // What renews itself does not need the program.
    for (agent, profile) in profiles(case).filter(|(_, profile)| !profile.renews) {
        let state = match profile.word {
            HealthWord::Missing => "does not exist",
            HealthWord::Expired => "has expired",
            HealthWord::Expiring => "expires soon",
            _ => continue,
        };
        let id = profile.id();
        sink.state(id, format!("the login of {id} {state}, and Claude Code is not installed"))
            .agent(&agent.agent)
            .see(profile.candidate.origin.doc, profile.candidate.origin.loc, "from Claude Code")
            .advise(
                Advice::command("npm install -g @anthropic-ai/claude-code")
                    .then(format!(", then `{}`", advice::sign_in(case.world, Tool::ClaudeCode))),
            );
    }
}

fn claude_code<'w>(case: &CheckInput<'w>) -> Option<&'w Borrowed> {
    case.world.borrowed.iter().find(|borrowed| borrowed.tool == Tool::ClaudeCode)
}

/// Whether some agent needs Claude Code's provider and has nothing for it.
fn is_lacking(case: &CheckInput<'_>) -> bool {
    let provider = Tool::ClaudeCode.row().provider;
    let lacks = |of: &ProviderStatus| of.provider == provider && of.relevant && of.lacks() && !of.hidden;
    case.providers().any(|(_, of)| lacks(of))
}

fn key_in_settings(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let (world, provider) = (case.world, Tool::ClaudeCode.row().provider);
    let given = world.helper.own.filter(|_| world.paths.layout.is_own() && is_lacking(case));
    let Some((name, loc)) = given else { return };
    let settings = world.doc_name(loc.doc);
    let what =
        format!("{ENV}.{name} in {settings} is for Claude Code alone, and nothing else serves {provider}");
    sink.state(name, what)
        .see(loc.doc, Some(loc), "seen by Claude Code alone")
        .advise(Advice::say("to use it here too, store it: ").run(advice::paste_token(world, provider)));
}

fn key_helper(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let (world, provider) = (case.world, Tool::ClaudeCode.row().provider);
    let Some(loc) = helper::unused(world, provider).filter(|_| is_lacking(case)) else { return };
    let settings = world.doc_name(loc.doc);
    let draft = sink
        .state(KEY, format!("{KEY} in {settings} prints a key for {provider}, and no profile uses it"))
        .see(loc.doc, Some(loc), "run only if the config says so");
    let [_, (mode, key), (from, it)] = helper::FIELDS;
    let fields = format!("with `{mode} = \"{key}\"` and `{from} = \"{it}\"` in auth.profiles");
    if helper::is_in_the_way(world, provider) {
        let rest = format!("under a name that is free, and add that to the order of {provider}");
        draft.advise(format!("declare a profile of {provider} {fields}, {rest}"));
        return;
    }
    let table = helper::FIELDS.map(|(key, value)| (key.to_owned(), Draft::text(value))).to_vec();
    let at = KeyPath::of(&["auth", "profiles", helper::PROFILE]);
    let edit = Edit::value(world.config.doc, at, To::Set(Draft::Table(table)));
    draft.edit(format!("declare {} {fields}", helper::PROFILE), vec![edit], Class::Fix);
}

fn not_logged_in(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(borrowed) = claude_code(case).filter(|borrowed| borrowed.installed == Some(true)) else {
        return;
    };
    if !matches!(borrowed.found, LoginState::Absent | LoginState::LoggedOut | LoginState::Blank(_)) {
        return;
    }
    let again = case.world.paths.command("models status");
    for (agent, profile) in profiles(case)
        .filter(|(_, profile)| matches!(profile.word, HealthWord::Missing | HealthWord::Expired))
    {
        let id = profile.id();
        sink.state(id, format!("{id} uses Claude Code's login, but Claude Code is not logged in"))
            .agent(&agent.agent)
            .see(borrowed.doc, None, "no login")
            .advise(
                Advice::say("run ")
                    .run(advice::sign_in(case.world, Tool::ClaudeCode))
                    .then(format!(", then `{again}`")),
            );
    }
}

fn subscription(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let Some(borrowed) = claude_code(case) else { return };
    let root = case.world.doc(borrowed.doc).root.as_ref();
    let plan = root.and_then(|root| root.get("claudeAiOauth")?.get("subscriptionType"));
    let is_free =
        |node: &&crate::doc::Node| node.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case("free"));
    let (Some(plan), Some((agent, _))) = (plan.filter(is_free), profiles(case).next()) else { return };
    sink.state("Claude Code", "Claude Code's account is on the free plan, which has no setup-token")
        .agent(&agent.agent)
        .see(borrowed.doc, Some(plan.loc), "needs max or pro")
        .advise(
            Advice::say("use an account with Claude Max or Pro, or an API key: ")
                .run(advice::add(case.world, "ANTHROPIC_API_KEY")),
        );
}
