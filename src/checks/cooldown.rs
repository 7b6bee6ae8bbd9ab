//! Family `cooldown`: credentials that rest after failures.

use crate::checks::finding::{CheckInput, Rule, Severity, Sink};
use crate::policy::status::ProfileStatus;
use crate::sys::{Millis, time as duration};

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "cooldown/billing-disabled",
        severity: Severity::Warning,
        what: "a credential is disabled after a billing failure",
        why: "The provider refused it for lack of credit or an unpaid plan (402 payment required, credit balance too low); the gateway leaves it alone until the pause is over.",
        fix: "Top up or pay at the provider, then wait for the end of the pause, or use another credential.",
        check: billing_disabled,
    },
    Rule {
        code: "cooldown/rate-limited",
        severity: Severity::Warning,
        what: "a credential rests after failures",
        why: "The provider answered that its limit is used up (rate limit exceeded, 429 too many requests, overloaded), or failed; the gateway uses it again when the pause is over.",
        fix: "Wait for the end of the pause, or add another credential so that the gateway can change over.",
        check: rate_limited,
    },
];

fn cooling_down(
    case: &CheckInput<'_>,
    sink: &mut Sink<'_>,
    until: fn(&ProfileStatus) -> Millis,
    what: &str,
    help: &str,
) {
    for (agent, provider, profile) in case.profiles() {
        let end = until(profile);
        if end <= case.world.now {
            continue;
        }
        let left = duration::short(end - case.world.now);
        let doc = case.world.view(&agent.agent, &provider.provider).map(|store| store.doc);
        let limit = if profile.relevant { Severity::Warning } else { Severity::Info };
        let draft = sink
            .state(profile.id(), format!("{} {what} for another {left}", profile.id()))
            .at_most(limit)
            .agent(&agent.agent)
            .advise(format!(
                "{help}wait until {}, or add another credential of {}",
                duration::date(end),
                provider.provider
            ));
        if let Some(doc) = doc {
            draft.see(doc, profile.usage.loc, format!("until {}", duration::date(end)));
        }
    }
}

fn billing_disabled(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    let help = "top up at the provider, or ";
    cooling_down(
        case,
        sink,
        |profile| profile.usage.disabled_until,
        "is disabled after a billing failure",
        help,
    );
}

fn rate_limited(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    cooling_down(case, sink, |profile| profile.usage.cooldown_until, "rests after failures", "");
}
