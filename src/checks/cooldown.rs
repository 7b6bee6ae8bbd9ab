//! Family `cooldown`: credentials that rest after failures.

use crate::catalog::providers;
use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::doc::KeyPath;
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::policy::status::ProfileStatus;
use crate::sys::quote::shell_word;
use crate::sys::{Millis, time as duration};
use crate::world::actual::OddInstant;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "cooldown/all-rest",
        severity: Severity::Error,
        what: "every credential of a provider in use is cooling down for too long",
        why: "No request to this provider can be answered until the first cooldown ends, so the bot is silent or falls back to another model. auth.restTolerance sets how long is acceptable, 15m by default.",
        fix: "Fix the cause (pay, or wait for the limit to reset), then run `zirkabot models auth cooldown clear PROFILE`; or add another credential.",
        check: all_rest,
    },
    Rule {
        code: "cooldown/billing-disabled",
        severity: Severity::Warning,
        what: "a credential is disabled after a billing failure",
        why: "The provider rejected it because of missing credit or an unpaid plan (402 payment required, credit balance too low). The gateway does not use it until the cooldown ends.",
        fix: "Top up or pay at the provider, then wait until the cooldown ends, or use another credential.",
        check: billing_disabled,
    },
    Rule {
        code: "cooldown/impossible-end",
        severity: Severity::Error,
        what: "a cooldown is longer than any cooldown can be",
        why: "The cooldown was recorded while the clock was wrong; the gateway would not use the credential for years.",
        fix: "`zirkabot doctor --fix` removes the cooldown.",
        check: impossible_end,
    },
    Rule {
        code: "cooldown/other-form",
        severity: Severity::Warning,
        what: "a time in a credential's usage record is not a number of milliseconds",
        why: "The gateway reads milliseconds since 1970 and ignores anything else, so a credential that is cooling down is used at once and fails again. zirkabot also reads other unambiguous forms: RFC 3339, digits as text, seconds, micro- and nanoseconds.",
        fix: "Write the time in milliseconds, or remove it: `zirkabot doctor --fix` does.",
        check: other_form,
    },
    Rule {
        code: "cooldown/rate-limited",
        severity: Severity::Warning,
        what: "a credential is cooling down after failures",
        why: "The provider reported a reached limit (rate limit exceeded, 429 too many requests, overloaded), or failed. The gateway uses the credential again when the cooldown ends.",
        fix: "Wait until the cooldown ends, or add another credential that the gateway can switch to.",
        check: rate_limited,
    },
];

fn all_rest(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers().filter(|(_, provider)| provider.relevant) {
        let (Some(until), Some(chosen)) = (provider.rests_until, provider.resolution.chosen()) else {
            continue;
        };
        if is_impossible(case, &provider.provider, until) {
            continue;
        }
        let Some(profile) = provider.profiles.iter().find(|profile| profile.id() == chosen.name) else {
            continue;
        };
        let (id, name) = (profile.id(), &provider.provider);
        let left = duration::short(until - case.world.now);
        let of = if agent.agent == case.world.desired.default_agent() {
            String::new()
        } else {
            format!(" --agent {}", shell_word(&agent.agent))
        };
        let clear = format!("models auth cooldown clear {}{of}", shell_word(id));
        let clear = case.world.paths.command(&clear);
        let end = duration::date(until);
        let advice = if profile.usage.disabled_until == until {
            format!("top up at the provider, then run `{clear}`; or add another credential for {name}")
        } else {
            format!("wait until {end}, or add another credential for {name}; `{clear}` ends the cooldown now")
        };
        let draft = sink
            .state(
                name,
                format!("no credential for {name} can be used for another {left}: {id} is available first"),
            )
            .agent(&agent.agent)
            .advise(advice)
            .counts(CheckImpact::Broken);
        if let Some(store) = case.world.view(&agent.agent, name) {
            draft.see(store.doc, profile.usage.loc, format!("until {end}"));
        }
    }
}

fn cooling_down(
    case: &CheckInput<'_>,
    sink: &mut Sink<'_>,
    until: fn(&ProfileStatus) -> Millis,
    what: &str,
    help: &str,
) {
    for (agent, provider, profile) in case.profiles() {
        let end = until(profile);
        if end <= case.world.now || is_impossible(case, &provider.provider, end) {
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
                "{help}wait until {}, or add another credential for {}",
                duration::date(end),
                provider.provider
            ));
        if let Some(doc) = doc {
            draft.see(doc, profile.usage.loc, format!("until {}", duration::date(end)));
        }
    }
}

/// Whether no pause of a provider that was begun by now can end then.
fn is_impossible(case: &CheckInput<'_>, provider: &str, end: Millis) -> bool {
    case.world.desired.cooldowns.is_impossible(provider, end, case.world.now)
}

fn impossible_end(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for store in &case.world.stores {
        for (id, usage) in &store.usage {
            let provider = providers::normalise(id.split(':').next().unwrap_or_default());
            let ends = [("cooldownUntil", usage.cooldown_until), ("disabledUntil", usage.disabled_until)];
            let wrong = ends.into_iter().filter(|(_, end)| is_impossible(case, &provider, *end));
            let wrong: Vec<(&str, Millis)> = wrong.collect();
            let Some((_, end)) = wrong.first() else { continue };
            let gone = |(field, _): &(&str, Millis)| {
                Edit::value(store.doc, KeyPath::of(&["usageStats", id, field]), To::Remove)
            };
            let edits = wrong.iter().map(gone).collect();
            let what = format!("clear the cooldown of {id}");
            let silent = case.providers().any(|(agent, of)| {
                let view = case.world.view(&agent.agent, &of.provider);
                let chosen = of.resolution.chosen().is_some_and(|chosen| chosen.name == *id);
                of.relevant
                    && of.rests_until.is_some()
                    && chosen
                    && view.is_some_and(|view| view.doc == store.doc)
            });
            sink.state(
                id,
                format!(
                    "{id} is cooling down until {}, longer than any cooldown can be",
                    duration::date(*end)
                ),
            )
            .agent(&store.agent)
            .counts(if silent { CheckImpact::Broken } else { CheckImpact::No })
            .repair(Proposal::mending("cooldown/impossible-end", what, edits, Class::Fix))
            .see(store.doc, usage.loc, format!("until {}", duration::date(*end)));
        }
    }
}

fn other_form(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for store in &case.world.stores {
        for (id, usage) in store.usage.iter().filter(|(_, usage)| !usage.odd.is_empty()) {
            let edit = |odd: &OddInstant| {
                let to = odd.read.map_or(To::Remove, |(at, _)| To::Set(Draft::Int(at)));
                Edit::value(store.doc, KeyPath::of(&["usageStats", id, odd.field]), to)
            };
            let says = usage.odd.iter().map(|odd| match odd.read {
                Some((_, form)) => format!("`{}` is {}", odd.field, form.label()),
                None => format!("`{}` is not a time", odd.field),
            });
            let says = says.collect::<Vec<_>>().join(", ");
            let ends = usage.odd.iter().any(|odd| odd.field.ends_with("Until"));
            let edits = usage.odd.iter().map(edit).collect();
            let draft = sink
                .state(id, format!("the usage record of {id} is not in milliseconds: {says}"))
                .at_most(Severity::of(false, ends))
                .agent(&store.agent)
                .edit(format!("write the usage record of {id} in milliseconds"), edits, Class::Fix);
            usage.odd.iter().fold(draft, |draft, odd| {
                let label = odd.read.map_or_else(|| "not a time".to_owned(), |(at, _)| duration::date(at));
                draft.see(store.doc, Some(odd.loc), label)
            });
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
    cooling_down(case, sink, |profile| profile.usage.cooldown_until, "is cooling down after failures", "");
}
