//! Family `expiry`: how long credentials last.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Loc};
use crate::policy::health::{self, HealthWord};
use crate::policy::resolve::{Verdict, Why};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus};
use crate::policy::{advice, refresh};
use crate::sys::time as duration;
use crate::world::actual::{Credential, EndForm, Expiry};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "expiry/expired",
        severity: Severity::Error,
        what: "a credential has expired",
        why: "The provider rejects it with a message such as: expired token, token has expired, OAuth token refresh failed. zirkabot cannot renew a static token, such as a setup-token.",
        fix: "Log in again (`zirkabot models auth setup-token`, `codex login`), or store a new one.",
        check: expired,
    },
    Rule {
        code: "expiry/expiring",
        severity: Severity::Warning,
        what: "a credential expires within the warning window",
        why: "When it has expired, the bot goes silent unless another credential can be used.",
        fix: "Renew it in time; auth.warnWithin or --warn-within sets the window, 24h by default.",
        check: expiring,
    },
    Rule {
        code: "expiry/other-form",
        severity: Severity::Warning,
        what: "`expires` is a time, but not a number of milliseconds",
        why: "The gateway reads milliseconds since 1970. It takes text for no expiry, and micro- or nanoseconds for an expiry in thousands of years. zirkabot also reads other unambiguous forms: RFC 3339, digits as text, micro- and nanoseconds.",
        fix: "Write the value in milliseconds: `zirkabot doctor --fix` does.",
        check: other_form,
    },
    Rule {
        code: "expiry/seconds-not-milliseconds",
        severity: Severity::Warning,
        what: "`expires` counts seconds instead of milliseconds",
        why: "The gateway reads it as milliseconds, so it considers the credential expired since 1970. zirkabot reads it as seconds.",
        fix: "Write the value in milliseconds by adding three zeros: `zirkabot doctor --fix` does.",
        check: seconds,
    },
    Rule {
        code: "expiry/unknown",
        severity: Severity::Error,
        what: "the expiry of a token or login is not recorded",
        why: "A token without a recorded expiry stops working without a warning. A login without one is never renewed.",
        fix: "Log in again to record the expiry, or set `expires` in milliseconds since 1970.",
        check: unknown,
    },
];

/// Profiles with a credential whose word is `word`.
fn with_word<'w>(
    case: &CheckInput<'w>,
    word: HealthWord,
) -> impl Iterator<Item = (&'w AgentStatus, &'w ProviderStatus, &'w ProfileStatus, &'w Credential)> {
    case.profiles()
        .filter(move |(_, _, profile)| profile.word == word)
        .filter_map(|(agent, provider, profile)| Some((agent, provider, profile, profile.credential()?)))
}

/// Where the end of a credential can be seen: its expiry, else its secret.
fn place(credential: &Credential) -> Option<Loc> {
    credential.expires_loc.or(credential.origin.loc)
}

/// Why a login is not renewed, as the end of a sentence; empty for what nobody expects to be.
fn why_not_renewed(case: &CheckInput<'_>, profile: &ProfileStatus, credential: &Credential) -> String {
    if let Verdict::Unusable(Why::Refused(_)) = profile.candidate.verdict {
        return "; the provider rejected its renewal".to_owned();
    }
    match credential.terms.refresh_until {
        _ if credential.refresh.is_none() => String::new(),
        Some(end) if end <= case.world.now => {
            format!("; it cannot be renewed any more since {}", duration::date(end))
        }
        _ if profile.usage.refused.is_some() => "; the provider rejected its renewal".to_owned(),
        _ if health::is_refreshable(&case.world.desired, credential, case.world.now) => String::new(),
        _ => format!("; zirkabot cannot renew logins for {}", credential.provider),
    }
}

/// How a credential is renewed: with its refresh token, if it has one, else by a person.
fn renewed(
    case: &CheckInput<'_>,
    agent: &AgentStatus,
    provider: &ProviderStatus,
    profile: &ProfileStatus,
) -> Advice {
    let login = advice::renew(case.world, &agent.agent, profile.id(), &provider.provider);
    match refresh::command(case.world, &agent.agent, profile.id()) {
        Some(refresh) => Advice::say("run ").run(refresh).then(format!("; if that fails, {login}")),
        None => login,
    }
}

fn expired(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile, credential) in with_word(case, HealthWord::Expired) {
        let Some(at) = credential.expires.at() else { continue };
        let counts = profile.relevant && !(profile.renews && case.status.allow_refreshable);
        let note = match profile.renews {
            true => "; the gateway renews it on use".to_owned(),
            false => why_not_renewed(case, profile, credential),
        };
        let ago = duration::short(case.world.now - at);
        sink.state(profile.id(), format!("{} expired {ago} ago{note}", profile.id()))
            .at_most(if counts { Severity::Error } else { Severity::Info })
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), format!("expired at {}", duration::date(at)))
            .advise(renewed(case, agent, provider, profile))
            .counts(if counts { CheckImpact::Broken } else { CheckImpact::No });
    }
}

fn expiring(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let Some(credential) = profile.credential() else { continue };
        let now = case.world.now;
        // What renews itself ends where it cannot any more.
        let last = credential.terms.refresh_until.filter(|end| *end - now <= case.status.warn_within);
        let last =
            last.filter(|_| profile.renews && profile.candidate.verdict != Verdict::Unusable(Why::LeftOut));
        let ends = credential.expires.at().filter(|_| profile.word == HealthWord::Expiring);
        let (at, text, idle) = match (last, ends) {
            (Some(last), _) => {
                let left = duration::short(last - now);
                (
                    last,
                    format!(
                        "{} can be renewed for another {left} only; after that you must log in again",
                        profile.id()
                    ),
                    false,
                )
            }
            (None, Some(at)) => {
                let left = duration::short(at - now);
                let note = match profile.renews {
                    true => "; the gateway renews it on use".to_owned(),
                    false => why_not_renewed(case, profile, credential),
                };
                (at, format!("{} expires in {left}{note}", profile.id()), profile.renews)
            }
            (None, None) => continue,
        };
        let verb = if last.is_some() { "can be renewed until" } else { "expires at" };
        let counts = profile.relevant && !(idle && case.status.allow_refreshable);
        sink.state(profile.id(), text)
            .at_most(if counts { Severity::Warning } else { Severity::Info })
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), format!("{verb} {}", duration::date(at)))
            .advise(if idle {
                Advice::nothing("no action needed; `--allow-refreshable`, or auth.allowRefreshable, excludes such logins from the check")
            } else {
                advice::renew(case.world, &agent.agent, profile.id(), &provider.provider)
            })
            .counts(if counts { CheckImpact::Expiring } else { CheckImpact::No });
    }
}

fn seconds(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    odd(case, sink, |form| form == EndForm::Seconds);
}

fn other_form(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    odd(case, sink, |form| form != EndForm::Seconds);
}

/// Ends that are recorded, unmistakably, but not in milliseconds.
fn odd(case: &CheckInput<'_>, sink: &mut Sink<'_>, of: fn(EndForm) -> bool) {
    for (agent, _, profile) in case.profiles() {
        let Some(credential) = profile.credential() else { continue };
        let Some((at, form)) = credential.expires.odd().filter(|(_, form)| of(*form)) else { continue };
        // It is to have another name first.
        let holder = case.world.stores.iter().find(|store| store.doc == credential.origin.doc);
        let stored = holder.and_then(|store| store.profile(profile.id()));
        if stored.is_some_and(|stored| stored.misnamed.iter().any(|field| field.reads == "expires")) {
            continue;
        }
        let (id, doc, label) = (profile.id(), credential.origin.doc, form.label());
        let what = match form {
            EndForm::Text => format!("`expires` of {id} is text instead of a number of milliseconds"),
            _ => format!("`expires` of {id} counts {label} instead of milliseconds"),
        };
        let draft = sink
            .state(id, what)
            .at_most(if profile.relevant { Severity::Warning } else { Severity::Info })
            .agent(&agent.agent)
            .see(doc, place(credential), label);
        // Three zeros more must not leave what looks like seconds again.
        let is_instant = Expiry::of_number(at as f64).odd().is_none();
        if case.world.doc(doc).kind == DocKind::Store && is_instant {
            let at_key = KeyPath::of(&["profiles", id, "expires"]);
            let edit = Edit::value(doc, at_key, To::Set(Draft::Int(at)));
            draft.edit(format!("write the expiry of {id} in milliseconds"), vec![edit], Class::Fix);
        } else {
            draft.advise(format!("change it to {at}"));
        }
    }
}

fn unknown(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let Some(credential) = profile.credential() else { continue };
        let known = matches!(credential.expires, Expiry::At { .. } | Expiry::Never);
        if known || health::is_blank(credential) {
            continue;
        }
        let login = credential.kind == Kind::OAuth;
        let counts = login && profile.relevant;
        let malformed = credential.expires == Expiry::Malformed;
        let what = if malformed { "the recorded value is not a time" } else { "nothing is recorded" };
        sink.state(profile.id(), format!("it is unknown when {} expires: {what}", profile.id()))
            .at_most(Severity::of(counts, malformed && profile.relevant))
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), "no usable `expires`")
            .advise(renewed(case, agent, provider, profile))
            .counts(if counts { CheckImpact::Broken } else { CheckImpact::No });
    }
}
