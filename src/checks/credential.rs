//! Family `credential`: is there one, is it well-formed, and is it of the right kind?

mod repairs;

use super::{remedy, repair};
use crate::actual::{Credential, Kind};
use crate::desired::From;
use crate::doc::State;
use crate::finding::{Case, Counts, Rule, Severity, Sink};
use crate::health::{self, Word};
use crate::plan::Class;
use crate::providers::PrefixKind;
use crate::resolve::{Candidate, OrderSource, Route, Verdict, Why};
use crate::status::{ProfileStatus, ProviderStatus};
use std::collections::HashMap;

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
        fix: "Keep one of the profiles; `zirkabot doctor --fix --force` removes the one that nothing names.",
        check: duplicate,
    },
    Rule {
        code: "credential/malformed",
        severity: Severity::Error,
        what: "a credential cannot be right: blank, a placeholder, quotes or spaces inside, or too short",
        why: "The gateway would send it as it is, and the provider would refuse it, with a message such as: invalid x-api-key, incorrect API key provided, 401 authentication error.",
        fix: "Put the real secret in its place, without quotes, spaces or line breaks.",
        check: malformed,
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
        code: "credential/not-declared",
        severity: Severity::Info,
        what: "a stored profile is ignored because auth.profiles lists only others of its provider",
        why: "As soon as auth.profiles names a profile of a provider, the gateway uses only those that it names.",
        fix: "Leave it out on purpose, or let `zirkabot doctor --fix --only credential/not-declared` declare it.",
        check: not_declared,
    },
    Rule {
        code: "credential/not-stored",
        severity: Severity::Error,
        what: "a declared profile has no credential",
        why: "The config says that this credential exists, but no source holds it, so the gateway cannot use it.",
        fix: "Log in or store the credential; `zirkabot doctor --fix --force --only credential/not-stored` takes the profile out of auth.profiles.",
        check: not_stored,
    },
    Rule {
        code: "credential/wrong-kind",
        severity: Severity::Error,
        what: "a secret is of another kind, or of another provider, than its place says",
        why: "Setup-tokens and API keys are sent in different ways; the provider refuses one in the place of the other.",
        fix: "`zirkabot doctor --fix` gives a stored secret or a variable of $STATE/.env its right kind; else move it to the variable or profile of its kind.",
        check: wrong_kind,
    },
    Rule {
        code: "credential/wrong-mode",
        severity: Severity::Error,
        what: "the mode in auth.profiles does not accept the kind of credential that is stored",
        why: "The gateway skips a profile whose mode and stored type do not go together. Mode oauth accepts OAuth logins and tokens.",
        fix: "`zirkabot doctor --fix` sets the mode to what is stored: api_key for API keys, oauth for logins and tokens.",
        check: wrong_mode,
    },
];

fn claude_code_only(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in
        case.profiles().filter(|(_, provider, _)| provider.provider == "anthropic")
    {
        let Some(credential) = profile.credential().filter(|credential| credential.kind != Kind::ApiKey)
        else {
            continue;
        };
        let live = credential.expires.at().is_none_or(|at| at > case.world.now);
        let refused = profile.usage.refusals > 0 && profile.usage.last_failure > profile.usage.last_used;
        if live && refused {
            let limit = if profile.relevant { Severity::Warning } else { Severity::Info };
            let store = case.world.view(&agent.agent, &provider.provider);
            let draft = sink
                .state(profile.id(), format!("{} has not expired, but Anthropic refuses it", profile.id()))
                .at_most(limit)
                .agent(&agent.agent)
                .tell(format!("use an API key instead: {}", api_key(case)));
            if let Some(store) = store {
                draft.see(store.doc, profile.usage.loc, "refusals are recorded here");
            }
        }
    }
}

fn api_key(case: &Case<'_>) -> String {
    format!("create one in the Anthropic Console, then {}", remedy::add(case.world, "ANTHROPIC_API_KEY"))
}

fn duplicate(case: &Case<'_>, sink: &mut Sink<'_>) {
    for store in &case.world.stores {
        let mut first: HashMap<&crate::secret::Secret, &Held<'_>> = HashMap::new();
        let held: Vec<Held<'_>> =
            store.profiles.iter().filter_map(|stored| Some((stored, stored.credential()?))).collect();
        for entry in held.iter().filter(|(_, credential)| !credential.secret.is_blank()) {
            let (stored, credential) = entry;
            match first.get(&credential.secret) {
                Some((other, _)) => {
                    let goes = repairs::superfluous(case.world, store, other, stored);
                    sink.state(&stored.id, format!("{} and {} hold the same secret", other.id, stored.id))
                        .agent(&store.agent)
                        .see(store.doc, Some(stored.loc), "the same secret again")
                        .see(store.doc, Some(other.loc), "first here")
                        .edit(
                            format!("remove {} from the store of {}", goes.id, store.agent),
                            repair::forget(case.world, store, &goes.id),
                            Class::Force,
                        );
                }
                None => {
                    first.insert(&credential.secret, entry);
                }
            }
        }
    }
}

type Held<'a> = (&'a crate::actual::Stored, &'a Credential);

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
                    | Why::NotSynced
                    | Why::NotStored
            )
        )
    };
    let all = provider.resolution.candidates.iter().filter(skipped);
    all.filter_map(|candidate| Some((candidate, candidate.credential.as_ref()?)))
}

fn malformed(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let Some(fault) = health::malformed(credential.secret.expose(), &provider.provider) else {
                continue;
            };
            let blank = fault == health::Malformed::Blank;
            // A blank variable is as good as none; `missing` and `empty-blocks` speak of that.
            if blank && (candidate.route != Route::Profile || credential.refresh.is_some()) {
                continue;
            }
            let chosen = candidate.verdict == Verdict::Chosen;
            let matters = provider.relevant && (chosen || candidate.route == Route::Profile);
            let limit = match (matters, provider.relevant) {
                (true, _) => Severity::Error,
                (false, true) => Severity::Warning,
                (false, false) => Severity::Info,
            };
            let origin = &candidate.origin;
            let draft = sink
                .state(&candidate.name, format!("the secret of {} {}", candidate.name, fault.shown()))
                .at_most(limit)
                .agent(&agent.agent)
                .see(origin.doc, origin.loc, fault.shown())
                .counts(if matters { Counts::Broken } else { Counts::No });
            match repairs::stripped(case.world, candidate, credential, &provider.provider) {
                Some(edits) => {
                    let what =
                        format!("take what does not belong to the secret of {} out of it", candidate.name);
                    draft.edit(what, edits, Class::Fix)
                }
                None => draft.tell(remedy::replace(case.world, candidate, &provider.provider)),
            };
        }
    }
}

fn missing(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in
        case.providers().filter(|(_, provider)| provider.relevant && !provider.is_usable())
    {
        let store = case.world.view(&agent.agent, &provider.provider);
        let unknown = store.is_some_and(|store| !super::files::is_store(case.world.doc(store.doc)));
        // What is needed is not known either while the config cannot be read.
        let unknown = unknown || !case.world.config_is_known();
        // A more exact finding says it already: expired, not stored, blank.
        let blocked = |candidate: &Candidate| matches!(candidate.verdict, Verdict::Unusable(Why::Blocked(_)));
        let said = provider.profiles.iter().any(|profile| is_reported(case, provider, profile))
            || provider.resolution.candidates.iter().any(blocked);
        if unknown || said {
            continue;
        }
        let users: Vec<_> = agent.needed_by(&provider.provider).collect();
        let declared =
            case.world.desired.profiles.iter().any(|profile| profile.provider == provider.provider);
        let otherwise = if declared { "it is declared in the config" } else { "you asked for it" };
        let why = users.first().map_or(otherwise, |used| used.role.shown());
        let why = if users.is_empty() { why.to_owned() } else { format!("{why} needs it") };
        let draft = sink
            .state(&provider.provider, format!("{} has no usable credential, and {why}", provider.provider))
            .agent(&agent.agent)
            .tell(remedy::get(case.world, &provider.provider))
            .counts(Counts::Broken);
        if let Some(loc) = users.iter().find_map(|used| used.loc) {
            draft.see(loc.doc, Some(loc), "needed here");
        }
    }
}

/// Whether another rule says of this profile that it is expired, blank or not there.
fn is_reported(case: &Case<'_>, provider: &ProviderStatus, profile: &ProfileStatus) -> bool {
    let named = case.world.desired.profile(profile.id()).is_some()
        || matches!(provider.resolution.order, OrderSource::Config(_));
    let wrong_mode = matches!(profile.candidate.verdict, Verdict::Unusable(Why::Mode(..)));
    profile.relevant
        && match profile.word {
            _ if wrong_mode => true,
            Word::Expired => true,
            Word::Missing => profile.credential().is_some() || named,
            _ => false,
        }
}

fn not_declared(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let left_out = profile.candidate.verdict == Verdict::Unusable(Why::LeftOut);
        if left_out && provider.resolution.order == OrderSource::Declared {
            let origin = &profile.candidate.origin;
            let id = profile.id();
            let draft = sink
                .state(id, format!("{id} is stored but not declared in auth.profiles, so it is not used"))
                .agent(&agent.agent)
                .see(origin.doc, origin.loc, "stored here");
            match (repairs::declare(case.world, provider, profile), id) {
                (Some(edit), id) => draft.edit(
                    format!("declare {id} in auth.profiles, so that it is used"),
                    vec![edit],
                    Class::Fix,
                ),
                (None, id) => draft.tell(format!("declare \"{id}\" in auth.profiles if it is to be used")),
            };
        }
    }
}

fn not_stored(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let Some(declared) = case.world.desired.profile(profile.id()) else { continue };
        let store = case.world.view(&agent.agent, &provider.provider);
        // If the store cannot be read, nothing is known of what it holds.
        let readable = store
            .is_none_or(|store| matches!(case.world.doc(store.doc).state, State::Parsed | State::Absent));
        let absent = matches!(profile.candidate.verdict, Verdict::Unusable(Why::NotStored));
        if !(absent && readable && profile.relevant) {
            continue;
        }
        let id = profile.id();
        let (message, help) = match &declared.from {
            From::Env(name) => (
                format!("{id} is to come from the variable {name}, which is not set"),
                Some(remedy::add(case.world, name)),
            ),
            From::Tool(tool) => {
                (format!("{id} is declared, but {} has no login here", tool.row().name), None)
            }
            From::Store => (
                format!("{id} is declared, but no credential is stored for it"),
                Some(format!("put a credential for \"{id}\" into the store")),
            ),
        };
        let draft = sink
            .state(id, message)
            .agent(&agent.agent)
            .see(declared.loc.doc, Some(declared.loc), "declared here")
            .counts(Counts::Broken);
        if let Some((new, edits)) = repairs::renamed(case.world, store, declared) {
            draft.edit(format!("call {id} {new}, as it is stored"), edits, Class::Fix);
            continue;
        }
        let draft = draft.tell(help.unwrap_or_else(|| remedy::renew(case.world, id, &provider.provider)));
        let edits = repairs::undeclared(case.world, declared);
        if !edits.is_empty() {
            draft.edit(format!("take {id} out of auth.profiles"), edits, Class::Force);
        }
    }
}

fn wrong_kind(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for (candidate, credential) in looked_at(provider) {
            let wrong = health::wrong_kind(credential.secret.expose(), credential.kind, &provider.provider);
            let Some(wrong) = wrong else { continue };
            let is = match wrong.is {
                PrefixKind::ApiKey => format!("an API key of {}", wrong.provider),
                PrefixKind::Bearer => format!("a setup-token or access token of {}", wrong.provider),
                PrefixKind::Refresh => {
                    format!("a refresh token of {}, which is no credential by itself", wrong.provider)
                }
            };
            let place = match candidate.route {
                Route::Profile => format!("the {} profile {}", credential.kind.shown(), candidate.name),
                _ => candidate.name.clone(),
            };
            // Anthropic's own two kinds are told apart by the gateway; anything else cannot work.
            let hopeless = wrong.provider != provider.provider || wrong.is == PrefixKind::Refresh;
            let used = candidate.verdict == Verdict::Chosen || candidate.listed;
            let broken = hopeless && used && provider.relevant;
            let limit = match (broken, provider.relevant) {
                (true, _) => Severity::Error,
                (false, true) => Severity::Warning,
                (false, false) => Severity::Info,
            };
            let draft = sink
                .state(&candidate.name, format!("{place} holds {is}"))
                .at_most(limit)
                .agent(&agent.agent)
                .see(candidate.origin.doc, candidate.origin.loc, is)
                .counts(if broken { Counts::Broken } else { Counts::No });
            match repairs::right_kind(case.world, candidate, credential, wrong) {
                Some((what, edits)) => draft.edit(what, edits, Class::Fix),
                None => draft.tell(right_place(wrong, &provider.provider)),
            };
        }
    }
}

/// Where a misplaced secret belongs.
fn right_place(wrong: health::WrongKind, provider: &str) -> String {
    let kind = match wrong.is {
        PrefixKind::ApiKey => Some(Kind::ApiKey),
        PrefixKind::Bearer => Some(Kind::Token),
        PrefixKind::Refresh => None,
    };
    let var = crate::providers::vars(wrong.provider).iter().find(|var| Some(var.kind) == kind);
    match var {
        Some(var) => format!("put it into `{}`, and a credential of {provider} here", var.name),
        None => format!("put a credential of {provider} here"),
    }
}

fn wrong_mode(case: &Case<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let Verdict::Unusable(Why::Mode(mode, kind)) = profile.candidate.verdict else { continue };
        let Some(declared) = case.world.desired.profile(profile.id()) else { continue };
        let right = if kind == Kind::ApiKey { "api_key" } else { "oauth" };
        let loc = declared.mode_loc.unwrap_or(declared.loc);
        let origin = &profile.candidate.origin;
        let limit = if profile.relevant { Severity::Error } else { Severity::Info };
        let draft = sink
            .state(
                profile.id(),
                format!(
                    "{} has mode {}, which does not accept the stored {}",
                    profile.id(),
                    mode.word(),
                    kind.shown()
                ),
            )
            .at_most(limit)
            .agent(&agent.agent)
            .see(loc.doc, Some(loc), format!("accepts no {}", kind.shown()))
            .see(origin.doc, origin.loc, format!("{} stored here", kind.shown()))
            .counts(if profile.relevant && !provider.is_usable() { Counts::Broken } else { Counts::No });
        let at = repair::value_at(case.world, loc).filter(|_| case.world.desired.reference(loc).is_none());
        match at.filter(|_| declared.mode_loc.is_some()) {
            Some(at) => {
                let what = format!("set the mode of {} to \"{right}\"", profile.id());
                draft.edit(what, vec![repair::text(loc.doc, at, right)], Class::Fix)
            }
            None => draft.tell(format!("set the mode to \"{right}\"")),
        };
    }
}
