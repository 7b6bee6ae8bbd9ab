//! Family `expiry`: how long credentials last.

use crate::catalog::documents::DocKind;
use crate::catalog::kind::Kind;
use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, Loc};
use crate::policy::advice;
use crate::policy::health::{self, HealthWord};
use crate::policy::resolve::{Verdict, Why};
use crate::policy::status::{AgentStatus, ProfileStatus, ProviderStatus};
use crate::sys::time as duration;
use crate::world::actual::{Credential, Expiry};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "expiry/expired",
        severity: Severity::Error,
        what: "a credential is over",
        why: "The provider refuses it, with a message such as: expired token, token has expired, OAuth token refresh failed. A static token, such as one of `claude setup-token`, cannot be renewed by zirkabot.",
        fix: "Log in again with the program it came from (`claude setup-token`, `codex login`), or store a new one.",
        check: expired,
    },
    Rule {
        code: "expiry/expiring",
        severity: Severity::Warning,
        what: "a credential ends within the warning window",
        why: "When it is over, the bot falls silent unless another credential can serve.",
        fix: "Renew it in time; auth.warnWithin or --warn-within sets the window, 24h by default.",
        check: expiring,
    },
    Rule {
        code: "expiry/seconds-not-milliseconds",
        severity: Severity::Warning,
        what: "`expires` counts seconds instead of milliseconds",
        why: "The gateway reads it as milliseconds and takes the credential for expired since 1970. zirkabot reads it as seconds.",
        fix: "Write the value in milliseconds, with three zeros more: `zirkabot doctor --fix` does.",
        check: seconds,
    },
    Rule {
        code: "expiry/unknown",
        severity: Severity::Error,
        what: "nothing usable is recorded about the end of a token or login",
        why: "A token without a recorded end works until it does not, without a warning. A login without one is never renewed.",
        fix: "Log in again so that the end is recorded, or record it as `expires` in milliseconds since 1970.",
        check: unknown,
    },
];

/// What is said of a login that renews itself in time.
const LEAVE_OUT: &str = "; `--allow-refreshable` leaves such logins out of the check";

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

/// Whether the gateway renews it on use: a login that is not stored is not the gateway's.
fn renews_itself(profile: &ProfileStatus, credential: &Credential) -> bool {
    let elsewhere = matches!(
        profile.candidate.verdict,
        Verdict::Unusable(Why::Expired(_) | Why::Refused(_) | Why::NotSynced)
    );
    health::is_refreshable(credential) && !elsewhere
}

fn expired(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile, credential) in with_word(case, HealthWord::Expired) {
        let Some(at) = credential.expires.at() else { continue };
        let renews = renews_itself(profile, credential);
        let allowed = renews && case.status.allow_refreshable;
        let counts = profile.relevant && !allowed;
        let note = match profile.candidate.verdict {
            Verdict::Unusable(Why::Refused(_)) => "; the provider refused to renew it",
            _ if renews => "; the gateway renews it on use",
            _ => "",
        };
        let login = advice::renew(case.world, &agent.agent, profile.id(), &provider.provider);
        let refresh = crate::policy::refresh::command(case.world, &agent.agent, profile.id());
        let ago = duration::short(case.world.now - at);
        sink.state(profile.id(), format!("{} expired {ago} ago{note}", profile.id()))
            .at_most(if counts { Severity::Error } else { Severity::Info })
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), format!("expired at {}", duration::date(at)))
            .advise(match refresh {
                Some(refresh) => {
                    Advice::say("run ").run(refresh).then(format!("; if that is refused, {login}"))
                }
                None => login,
            })
            .counts(if counts { CheckImpact::Broken } else { CheckImpact::No });
    }
}

fn expiring(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile, credential) in with_word(case, HealthWord::Expiring) {
        let Some(at) = credential.expires.at() else { continue };
        let renews = renews_itself(profile, credential);
        let counts = profile.relevant && !(renews && case.status.allow_refreshable);
        let note = if renews { "; the gateway renews it on use" } else { "" };
        let left = duration::short(at - case.world.now);
        sink.state(profile.id(), format!("{} ends in {left}{note}", profile.id()))
            .at_most(if counts { Severity::Warning } else { Severity::Info })
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), format!("ends at {}", duration::date(at)))
            .advise(if renews {
                Advice::say("nothing needs to be done").then(LEAVE_OUT)
            } else {
                advice::renew(case.world, &agent.agent, profile.id(), &provider.provider)
            })
            .counts(if counts { CheckImpact::Expiring } else { CheckImpact::No });
    }
}

fn seconds(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, _, profile) in case.profiles() {
        let Some(credential) = profile.credential() else { continue };
        if let Expiry::At { at, seconds: true } = credential.expires {
            let (id, doc) = (profile.id(), credential.origin.doc);
            let draft = sink
                .state(id, format!("`expires` of {id} counts seconds instead of milliseconds"))
                .at_most(if profile.relevant { Severity::Warning } else { Severity::Info })
                .agent(&agent.agent)
                .see(doc, place(credential), "seconds");
            // Three zeros more must not leave what looks like seconds again.
            let is_instant = !matches!(Expiry::of_number(at as f64), Expiry::At { seconds: true, .. });
            if case.world.doc(doc).kind == DocKind::Store && is_instant {
                let at_key = KeyPath::of(&["profiles", id, "expires"]);
                let edit = Edit::value(doc, at_key, To::Set(Draft::Int(at)));
                draft.edit(format!("write the end of {id} in milliseconds"), vec![edit], Class::Fix);
            } else {
                draft.advise(format!("write {at} instead"));
            }
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
        let what = if malformed { "no instant is recorded" } else { "nothing is recorded" };
        sink.state(profile.id(), format!("it is not known when {} ends: {what}", profile.id()))
            .at_most(Severity::of(counts, malformed && profile.relevant))
            .agent(&agent.agent)
            .see(credential.origin.doc, place(credential), "no usable `expires`")
            .advise(advice::renew(case.world, &agent.agent, profile.id(), &provider.provider))
            .counts(if counts { CheckImpact::Broken } else { CheckImpact::No });
    }
}
