//! Family `probe`: what providers said when they were asked with `--probe`. Nobody is asked here.

use crate::checks::finding::{CheckImpact, CheckInput, Rule, Severity, Sink};
use crate::policy::advice;
use crate::policy::probe;
use crate::policy::resolve::{Candidate, Route, Verdict};
use crate::policy::status::ProviderStatus;
use crate::sys::time as duration;
use crate::world::asked::Came;

pub(super) static RULES: &[Rule] = &[
    Rule {
        code: "probe/refused",
        severity: Severity::Error,
        what: "the provider rejects a credential",
        why: "It was revoked, is valid for another program only, or is not paid for; only the provider can tell. The result is forgotten when the secret is replaced.",
        fix: "Replace it, or pay; then run `zirkabot models auth test PROFILE` to check again.",
        check: refused,
    },
    Rule {
        code: "probe/unreachable",
        severity: Severity::Warning,
        what: "the provider gave no usable answer about a credential",
        why: "It could not be reached, failed, or something else answered at its address: a proxy, a login page, a wrong baseUrl. The credential may still be good. The result is forgotten after ten minutes.",
        fix: "Check the network and models.providers.*.baseUrl, then run `zirkabot models auth test` again.",
        check: unreachable,
    },
];

/// Whether a candidate is what is tried first, or a profile behind it.
fn is_tried(candidate: &Candidate, provider: &ProviderStatus) -> bool {
    let is_behind = candidate.verdict == Verdict::Later && candidate.route == Route::Profile;
    let by_profile = provider.resolution.chosen().is_some_and(|chosen| chosen.route == Route::Profile);
    candidate.verdict == Verdict::Chosen || is_behind && by_profile
}

fn refused(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let useless = provider.resolution.candidates.iter().filter(|own| probe::is_useless(case.world, own));
        for candidate in useless {
            let Some(asked) = probe::said_of(case.world, candidate) else { continue };
            let (id, name, ago) =
                (&provider.provider, &candidate.name, duration::ago(asked.at, case.world.now));
            let text = match asked.came {
                Came::Scope => format!("{id} accepts {name} for another program only (checked {ago})"),
                Came::Billing => format!("{name} is not paid for, according to {id} (checked {ago})"),
                _ => format!("{id} rejected {name} {ago}"),
            };
            let is_tried = provider.relevant && is_tried(candidate, provider);
            let counts = match (is_tried, provider.refused) {
                (true, true) => CheckImpact::Broken,
                (true, false) => CheckImpact::Expiring,
                (false, _) => CheckImpact::No,
            };
            let draft = sink
                .state(name, text)
                .at_most(Severity::of(is_tried && provider.refused, is_tried))
                .agent(&agent.agent)
                .see(
                    candidate.origin.doc,
                    candidate.origin.loc,
                    format!("checked {}", duration::date(asked.at)),
                )
                .counts(counts);
            match (asked.came, candidate.route) {
                (Came::Billing, _) => {
                    let again = case.world.paths.command("models auth test");
                    draft.advise(format!("pay, or top up at the provider; then run `{again}` to check again"))
                }
                (_, Route::Profile) => draft.advise(advice::renew(case.world, &agent.agent, name, id)),
                _ => draft.advise(advice::replace(case.world, candidate, id)),
            };
        }
    }
}

fn unreachable(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        let Some(asked) = &provider.asked else { continue };
        let (id, ago) = (&provider.provider, duration::ago(asked.at, case.world.now));
        let text = match asked.came {
            Came::Unreachable => {
                format!("{id} gave no answer {ago}, so it is unknown whether it accepts the credential")
            }
            Came::Address => format!("something other than {id} answered at its address {ago}"),
            _ => continue,
        };
        let again = case.world.paths.command("models auth test");
        let own = case.world.desired.provider(id).filter(|own| own.base_url.is_some());
        let draft = sink
            .state(id, text)
            .at_most(Severity::of(false, provider.relevant))
            .agent(&agent.agent)
            .advise(match own {
                Some(_) => {
                    format!("check the network and `models.providers.{id}.baseUrl`, then run `{again}`")
                }
                None => format!("check the network, then run `{again}`"),
            })
            .counts(if provider.relevant { CheckImpact::Expiring } else { CheckImpact::No });
        if let Some(own) = own {
            draft.see(case.world.config.doc, Some(own.loc), "its address");
        }
    }
}
