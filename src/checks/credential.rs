//! Family `credential`: is there one, is it well-formed, and is it of the right kind?
//!
//! What the config declares is held against what is stored in [`declared`]; secrets themselves
//! are looked at in [`form`], and equal ones in [`duplicate`].

pub(super) mod declared;
mod duplicate;
mod fields;
mod form;
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
        what: "Anthropic refused a Claude Code credential that has not expired",
        why: "Anthropic answers \"This credential is only authorized for use with Claude Code and cannot be used for other API requests\" when it does not accept a subscription login from another program.",
        fix: "Use an Anthropic API key: create one in the Anthropic Console and put ANTHROPIC_API_KEY=... into $STATE/.env.",
        check: claude_code_only,
    },
    Rule {
        code: "credential/duplicate",
        severity: Severity::Warning,
        what: "the same secret is stored under two profiles",
        why: "The gateway takes them for two credentials: changing over from one to the other helps nothing, and a renewed login makes the copy useless.",
        fix: "Keep one of the profiles and remove the other: `zirkabot doctor --fix --force` removes one that is neither declared nor ordered.",
        check: duplicate::duplicate,
    },
    Rule {
        code: "credential/malformed",
        severity: Severity::Error,
        what: "a credential cannot be right: blank, a placeholder, a reference, two in one, with what no secret has inside, or cut off",
        why: "The gateway would send it as it is, and the provider would refuse it, with a message such as: invalid x-api-key, incorrect API key provided, 401 authentication error.",
        fix: "Put the secret itself in its place, whole and alone: the gateway resolves no reference of another program. `zirkabot doctor --fix` takes away what merely surrounds one.",
        check: form::malformed,
    },
    Rule {
        code: "credential/misnamed-field",
        severity: Severity::Error,
        what: "a stored record has a field under another name or word than the gateway reads, or lacks one that the rest tells",
        why: "The gateway reads `type` (api_key, token or oauth), `provider`, `key`, `token`, `access`, `refresh` and `expires`, and nothing else: what stands under `apiKey`, `accessToken` or `mode` is not there for it, and a record without type or provider is dropped.",
        fix: "Write the field as it is read: `zirkabot doctor --fix` does.",
        check: fields::misnamed,
    },
    Rule {
        code: "credential/missing",
        severity: Severity::Error,
        what: "a provider in use has no usable credential",
        why: "Every request to this provider fails, so the bot is silent or falls back to another model. The gateway says: no credentials found, or: no API key found for provider.",
        fix: "Put an API key into $STATE/.env, or log in with the provider's own program, then run `zirkabot models status`.",
        check: missing,
    },
    Rule {
        code: "credential/no-scope",
        severity: Severity::Error,
        what: "a login says what it may be used for, and talking to models is not among it",
        why: "The provider refuses each request with such a login, though it has not expired: it lacks the scope user:inference. Logins that were made for something else, such as a console or an extension, are like that.",
        fix: "Log in again with `zirkabot models auth setup-token`, or use an API key.",
        check: scope::no_scope,
    },
    Rule {
        code: "credential/not-declared",
        severity: Severity::Error,
        what: "a stored profile is ignored because auth.profiles lists only others of its provider",
        why: "As soon as auth.profiles names a profile of a provider, the gateway uses only those that it names.",
        fix: "Declare the profile in auth.profiles (`zirkabot doctor --fix --only credential/not-declared` does; without `--only` where the agent has nothing else), or leave it out on purpose.",
        check: declared::not_declared,
    },
    Rule {
        code: "credential/not-stored",
        severity: Severity::Error,
        what: "a declared profile has no credential",
        why: "The config says that this credential exists, but no source holds it, so the gateway cannot use it.",
        fix: "Log in or store the credential, or take the profile out of auth.profiles: `zirkabot doctor --fix --force` does. A login that was stored under another name is declared under that one by `zirkabot doctor --fix`.",
        check: declared::not_stored,
    },
    Rule {
        code: "credential/wrong-kind",
        severity: Severity::Error,
        what: "a secret is of another kind, or of another provider, than its place says",
        why: "Setup-tokens and API keys are sent in different ways; the provider refuses one in the place of the other.",
        fix: "Move the secret to the variable or profile of its kind; within one provider `zirkabot doctor --fix` does.",
        check: form::wrong_kind,
    },
    Rule {
        code: "credential/wrong-mode",
        severity: Severity::Error,
        what: "the mode in auth.profiles does not accept the kind of credential that is stored",
        why: "The gateway skips a profile whose mode and stored type do not go together. Mode oauth accepts OAuth logins and tokens.",
        fix: "Set the profile's mode to what is stored (`zirkabot doctor --fix` does): api_key for API keys, oauth for logins and tokens.",
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
                .state(profile.id(), format!("{} has not expired, but Anthropic refuses it", profile.id()))
                .at_most(limit)
                .agent(&agent.agent)
                .advise(
                    Advice::say("use an API key instead: create one in the Anthropic Console, then ")
                        .run(advice::add(case.world, "ANTHROPIC_API_KEY")),
                );
            if let Some(store) = store {
                draft.see(store.doc, profile.usage.loc, "refusals are recorded here");
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
        let otherwise = if declared { "it is declared in the config" } else { "you asked for it" };
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
