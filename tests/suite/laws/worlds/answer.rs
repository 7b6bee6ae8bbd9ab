//! One answer: whatever says whether an agent can talk says the same, and the same as `--check`.

use super::laws::{Broken, law};
use zirkabot::checks::answer::{Answer, answers};
use zirkabot::checks::finding::CheckImpact;
use zirkabot::checks::{self};
use zirkabot::pipeline::Looked;
use zirkabot::policy::resolve;
use zirkabot::policy::talk::{Because, Can};
use zirkabot::report::{self, TextForm};
use zirkabot::world::asked::Came;

/// Holds what is said of a home against each other.
pub(crate) fn one(looked: &Looked) -> Result<(), Broken> {
    let Looked { world, status, findings } = looked;
    let check = checks::verdict(findings);
    let answers = answers(world, status, findings);
    for answer in &answers {
        agrees(looked, answer, check)?;
    }
    let all_well = answers.iter().all(|answer| answer.can() == Can::Yes);
    let is_quiet = check == CheckImpact::No;
    law!("one answer", all_well || !is_quiet || is_resting(&answers), "red or yellow, and {check:?}");
    law!(
        "one answer",
        answers.is_empty() || is_quiet || !all_well,
        "all green, and {check:?}: {findings:#?}"
    );
    let code = match check {
        CheckImpact::No => 0,
        CheckImpact::Broken => 1,
        CheckImpact::Expiring => 2,
    };
    let plugin = told(looked, "nagios", code);
    let words = ["ZIRKABOT OK", "ZIRKABOT CRITICAL", "ZIRKABOT WARNING"];
    let as_checked = plugin.starts_with(words[usize::from(code)]);
    law!("one answer", as_checked || plugin.starts_with("ZIRKABOT UNKNOWN"), "{check:?}: {plugin}");
    Ok(())
}

/// A rest that is tolerated, a limit of which the provider told, or an unheard-of form, limits an agent without counting.
fn is_resting(answers: &[Answer<'_>]) -> bool {
    let limited = answers.iter().filter(|answer| answer.can() != Can::Yes);
    let tolerated = |because| {
        let told = matches!(because, Because::Asked(Came::Limited, ..));
        told || matches!(
            because,
            Because::Rests(_) | Because::Unheard | Because::EndUnreadable | Because::Renews(..)
        )
    };
    limited.into_iter().all(|answer| answer.can() == Can::Limited && tolerated(answer.talk.because))
}

fn agrees(looked: &Looked, answer: &Answer<'_>, check: CheckImpact) -> Result<(), Broken> {
    let Looked { world, status, findings } = looked;
    let (agent, can, provider) = (&answer.talk.agent.agent, answer.can(), answer.talk.provider);
    law!("one answer", can != Can::No || check == CheckImpact::Broken, "{agent}: {answer:?}, and {check:?}");
    law!("one answer", can != Can::Unknown || check != CheckImpact::No, "{agent}: {answer:?}, and {check:?}");
    let own = |about: &Option<String>| about.as_ref().is_none_or(|about| about == agent);
    let counts = findings.iter().any(|finding| finding.counts != CheckImpact::No && own(&finding.agent));
    law!("one answer", can != Can::Yes || !counts, "{agent}: yes, and a finding counts: {findings:#?}");
    let is_known = world.auth_is_known() && world.config_is_known();
    let talks = matches!(can, Can::Yes | Can::Limited);
    law!("one answer", !talks || provider.is_usable(), "{agent}: {answer:?} is not usable");
    let why = resolve::resolve(world, agent, &provider.provider);
    let has = why.usable().is_some() || provider.needs_none;
    law!("one answer", !talks || has, "{agent}: {answer:?}, and why names none");
    let metric = told(looked, "prometheus", 0);
    let of = format!("zirkabot_provider_usable{{agent=\"{agent}\",provider=\"{}\"", provider.provider);
    let usable = metric.lines().find(|line| line.starts_with(&of)).map(|line| line.ends_with(" 1"));
    let says_so = usable.is_none_or(|usable| usable == talks);
    law!(
        "one answer",
        !is_known || can == Can::Unknown || says_so,
        "{agent}: {can:?} {:?}, metric {usable:?}",
        answer.talk.because
    );
    let document = zirkabot::report::json::status(world, status, findings, Default::default(), 0);
    let body = document.agents.iter().find(|body| body.agent == *agent);
    let said = body.and_then(|body| body.can_talk);
    law!("one answer", body.is_none() || said == Some(can.as_str()), "{agent}: {can:?}, canTalk {said:?}");
    Ok(())
}

fn told(looked: &Looked, form: &str, code: u8) -> String {
    let form = report::STATUS.iter().find(|row| row.name == form).unwrap();
    match form.text {
        TextForm::Own(text) => text(looked, code),
        _ => panic!("{} has no text of its own", form.name),
    }
}
