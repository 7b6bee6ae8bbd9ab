//! Family `credential`: is there one, is it well-formed, and is it of the right kind?
//!
//! What the config declares is held against what is stored in [`declared`]; secrets themselves
//! are looked at in [`form`], and equal ones in [`duplicate`].

pub(super) mod declared;
mod duplicate;
mod fields;
mod form;
mod reference;
mod scope;

use crate::catalog::kind::Kind;
use crate::change::advice::Advice;
use crate::checks::env::other_name;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::policy::advice;
use crate::policy::health::HealthWord;
use crate::policy::resolve::{Candidate, OrderSource, Verdict, Why};
use crate::policy::status::{ProfileStatus, ProviderStatus};
use crate::policy::views;
use crate::world::actual::Credential;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "credential/claude-code-only",
        severity: Severity::Warning,
        what: "Anthropic rejects a Claude Code credential that has not expired",
        why: "Anthropic answers \"This credential is only authorized for use with Claude Code and cannot be used for other API requests\" when it does not accept a subscription login from another program.",
        fix: "Use an Anthropic API key: create one in the Anthropic Console and add ANTHROPIC_API_KEY=... to $STATE/.env.",
        check: claude_code_only,
    },
    Rule {
        code: "credential/duplicate",
        severity: Severity::Warning,
        what: "two profiles store the same secret",
        why: "The gateway treats them as two credentials: switching from one to the other does not help, and renewing one login invalidates its copy.",
        fix: "Keep one profile and remove the other: `zirkabot doctor --fix --force` removes the one that is neither declared nor in an order.",
        check: duplicate::duplicate,
    },
    Rule {
        code: "credential/malformed",
        severity: Severity::Error,
        what: "a credential is malformed: blank, a placeholder, a reference, cut off, or with extra text",
        why: "The gateway would send it as it is, and the provider would reject it with a message such as: invalid x-api-key, incorrect API key provided, 401 authentication error.",
        fix: "Replace it with the complete secret and nothing else: the gateway does not resolve references of other programs. `zirkabot doctor --fix` removes text around a secret.",
        check: form::malformed,
    },
    Rule {
        code: "credential/misnamed-field",
        severity: Severity::Error,
        what: "a stored record has a wrong or missing field",
        why: "The gateway reads only `type` (api_key, token or oauth), `provider`, `key`, `token`, `access`, `refresh` and `expires`. It ignores `apiKey`, `accessToken` or `mode`, and drops a record without type or provider.",
        fix: "Use the field names that the gateway reads: `zirkabot doctor --fix` does.",
        check: fields::misnamed,
    },
    Rule {
        code: "credential/missing",
        severity: Severity::Error,
        what: "a provider in use has no usable credential",
        why: "Every request to this provider fails, so the bot is silent or falls back to another model. The gateway says: no credentials found, or: no API key found for provider.",
        fix: "Add an API key to $STATE/.env, or log in with the provider's own program, then run `zirkabot models status`.",
        check: missing,
    },
    Rule {
        code: "credential/no-scope",
        severity: Severity::Error,
        what: "a login does not include permission to use models",
        why: "The provider rejects every request with this login, although it has not expired, because it lacks the scope user:inference. Logins created for other purposes, such as a console or an extension, lack it.",
        fix: "Log in again with `zirkabot models auth setup-token`, or use an API key.",
        check: scope::no_scope,
    },
    Rule {
        code: "credential/not-declared",
        severity: Severity::Error,
        what: "a stored profile is ignored because auth.profiles lists only others of its provider",
        why: "Once auth.profiles lists a profile of a provider, the gateway uses only the listed ones.",
        fix: "Declare the profile in auth.profiles, or leave it out on purpose. `zirkabot doctor --fix --only credential/not-declared` declares it; `--only` is not needed if the agent has nothing else.",
        check: declared::not_declared,
    },
    Rule {
        code: "credential/not-stored",
        severity: Severity::Error,
        what: "a declared profile has no stored credential",
        why: "The config declares this credential, but no source contains it, so the gateway cannot use it.",
        fix: "Log in or store the credential, or remove the profile from auth.profiles with `zirkabot doctor --fix --force`. If the login is stored under another name, `zirkabot doctor --fix` declares that name.",
        check: declared::not_stored,
    },
    Rule {
        code: "credential/reference",
        severity: Severity::Error,
        what: "a credential refers to a secret elsewhere, which is not there or cannot be seen",
        why: "openclaw resolves references when it starts, and does not start or leaves the provider out where one fails. zirkabot follows references to variables and files; it runs no program of a secrets provider and does not open its store.",
        fix: "Put the secret where the reference points. Whether programs answer is told by `openclaw secrets audit --allow-exec`.",
        check: reference::reference,
    },
    Rule {
        code: "credential/wrong-kind",
        severity: Severity::Error,
        what: "a secret is in the wrong place for its kind or provider",
        why: "Setup-tokens and API keys are sent in different ways, and the provider rejects one sent as the other.",
        fix: "Move the secret to the right variable or profile; within one provider, `zirkabot doctor --fix` does.",
        check: form::wrong_kind,
    },
    Rule {
        code: "credential/wrong-mode",
        severity: Severity::Error,
        what: "the mode in auth.profiles does not match the stored credential",
        why: "The gateway skips a profile whose mode does not accept the stored type. Mode oauth accepts OAuth logins and tokens.",
        fix: "Set the mode to match the stored credential (`zirkabot doctor --fix` does): api_key for API keys, oauth for logins and tokens.",
        check: declared::wrong_mode,
    },
];

fn claude_code_only(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in
        case.profiles().filter(|(_, provider, _)| provider.provider == "anthropic")
    {
        let Some(credential) = profile.credential().filter(|credential| credential.kind != Kind::ApiKey)
        else {
            continue;
        };
        let live = credential.expires.at().is_none_or(|at| at > case.world.now);
        let refused = profile.usage.refusals() > 0 && profile.usage.last_failure > profile.usage.last_used;
        if live && refused {
            let limit = if profile.relevant { Severity::Warning } else { Severity::Info };
            let store = case.world.view(&agent.agent, &provider.provider);
            let draft = sink
                .state(profile.id(), format!("{} has not expired, but Anthropic rejects it", profile.id()))
                .at_most(limit)
                .agent(&agent.agent)
                .advise(
                    Advice::say("use an API key instead: create one in the Anthropic Console, then ")
                        .run(advice::add(case.world, "ANTHROPIC_API_KEY")),
                );
            if let Some(store) = store {
                draft.see(store.doc, profile.usage.loc, "rejections are recorded here");
            }
        }
    }
}

/// Candidates whose secret is looked at: those of the base list, and those that are set here.
fn looked_at(provider: &ProviderStatus) -> impl Iterator<Item = (&Candidate, &Credential)> {
    let skipped = |candidate: &&Candidate| {
        !matches!(
            candidate.verdict,
            Verdict::Unusable(
                Why::LeftOut
                    | Why::OtherProvider(_)
                    | Why::Shadowed(_)
                    | Why::Blocked(_)
                    | Why::Untrusted
                    | Why::NotSynced
                    | Why::NotStored
                    | Why::Misnamed(..)
            )
        )
    };
    let all = provider.resolution.candidates.iter().filter(skipped);
    all.filter_map(|candidate| Some((candidate, candidate.credential.as_ref()?)))
}

fn missing(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers().filter(|(_, provider)| provider.relevant && provider.lacks()) {
        let store = case.world.view(&agent.agent, &provider.provider);
        let unknown = store.is_some_and(|store| !crate::world::actual::is_store(case.world.doc(store.doc)));
        // What is needed is not known either while the config cannot be read.
        let unknown = unknown || !case.world.auth_is_known();
        let is_slip = case.world.desired.misspelt(&provider.provider).is_some();
        let is_misnamed = other_name::rescuing(case, &provider.provider).is_some();
        // A more exact finding says it already: expired, not stored, blank, no secret.
        let blocked = |candidate: &Candidate| matches!(candidate.verdict, Verdict::Unusable(Why::Blocked(_)));
        let said = provider.profiles.iter().any(|profile| is_reported(case, provider, profile))
            || provider.resolution.candidates.iter().any(blocked)
            || provider.resolution.chosen().is_some()
            || !views::unseen(case.world, provider).is_empty();
        if unknown || said || is_slip || is_misnamed {
            continue;
        }
        let users: Vec<_> = agent.needed_by(&provider.provider).collect();
        let declared =
            case.world.desired.profiles.iter().any(|profile| profile.provider == provider.provider);
        let otherwise = if declared { "it is declared in the config" } else { "it was requested" };
        let why = users.first().map_or(otherwise, |used| used.role.label());
        let why = if users.is_empty() { why.to_owned() } else { format!("{why} needs it") };
        let draft = sink
            .state(&provider.provider, format!("{} has no usable credential, and {why}", provider.provider))
            .agent(&agent.agent)
            .advise(advice::get(case.world, &provider.provider))
            .counts(CheckImpact::Broken);
        if let Some(loc) = users.iter().find_map(|used| used.loc) {
            draft.see(loc.doc, Some(loc), "needed here");
        }
    }
}

/// Whether another rule says of this profile that it is expired, blank or not there.
fn is_reported(case: &CheckInput<'_>, provider: &ProviderStatus, profile: &ProfileStatus) -> bool {
    let named = case.world.desired.profile(profile.id()).is_some()
        || matches!(provider.resolution.order, OrderSource::Config(_));
    let wrong_mode = matches!(
        profile.candidate.verdict,
        Verdict::Unusable(Why::Mode(..) | Why::NoScope(_) | Why::Misnamed(..))
    );
    profile.relevant
        && match profile.word {
            _ if wrong_mode => true,
            // Of a record that nobody can read, no rule speaks.
            _ if profile.candidate.verdict == Verdict::Unusable(Why::Unknown) => false,
            HealthWord::Expired => true,
            HealthWord::Missing => profile.credential().is_some() || named,
            _ => false,
        }
}
