//! References to secrets elsewhere that give nothing, or of which it cannot be told.

use crate::change::advice::Advice;
use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::policy::resolve::{Candidate, Route, Verdict, Why};
use crate::policy::status::ProviderStatus;

pub(super) fn reference(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider) in case.providers() {
        for candidate in &provider.resolution.candidates {
            let (what, is_unknown) = match &candidate.verdict {
                Verdict::Unusable(Why::Dangling(what)) => (what, false),
                Verdict::Unusable(Why::Elsewhere(what)) => (what, true),
                _ => continue,
            };
            let name = match candidate.route {
                Route::Config => &candidate.origin.key,
                _ => &candidate.name,
            };
            let (why, label) = match is_unknown {
                true => ("which zirkabot does not ask, so it is unknown whether there is a key", "not asked"),
                false => ("where nothing is found", "refers to nothing"),
            };
            let advice = match is_unknown {
                true => Advice::command("openclaw secrets audit --allow-exec"),
                false => Advice::say("put the secret there, or correct the reference"),
            };
            let (severity, counts) = weight(provider, candidate, is_unknown);
            sink.state(name, format!("{name} refers to {what}, {why}"))
                .agent(&agent.agent)
                .at_most(severity)
                .counts(counts)
                .see(candidate.origin.doc, candidate.origin.loc, label)
                .advise(advice);
        }
    }
}

/// How bad it is: what cannot be told is no fault, and counts where nothing else serves.
fn weight(provider: &ProviderStatus, candidate: &Candidate, is_unknown: bool) -> (Severity, CheckImpact) {
    let is_meant = provider.relevant && (candidate.listed || candidate.route == Route::Config);
    match (is_unknown, is_meant) {
        (true, true) if provider.hidden => (Severity::Warning, CheckImpact::Expiring),
        (true, _) => (Severity::Info, CheckImpact::No),
        (false, true) => (Severity::Error, CheckImpact::Broken),
        (false, false) => (Severity::Warning, CheckImpact::No),
    }
}
