//! Logins that say what they are for, and are not for talking to models.

use crate::checks::finding::{CheckImpact, CheckInput, Severity, Sink};
use crate::policy::advice;
use crate::policy::resolve::{Verdict, Why};

pub(super) fn no_scope(case: &CheckInput<'_>, sink: &mut Sink<'_>) {
    for (agent, provider, profile) in case.profiles() {
        let Verdict::Unusable(Why::NoScope(scope)) = profile.candidate.verdict else { continue };
        let id = profile.id();
        let origin = &profile.candidate.origin;
        sink.state(id, format!("{id} cannot be used for models: it lacks the scope `{scope}`"))
            .at_most(Severity::of(profile.relevant, false))
            .agent(&agent.agent)
            .see(origin.doc, origin.loc, format!("without the scope {scope}"))
            .advise(advice::renew(case.world, &agent.agent, id, &provider.provider))
            .counts(if profile.relevant { CheckImpact::Broken } else { CheckImpact::No });
    }
}
