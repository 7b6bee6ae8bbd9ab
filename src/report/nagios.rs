//! The status as a monitoring plugin tells it: one line, more lines for people, and the time that
//! is left as performance data.

use crate::checks;
use crate::checks::finding::CheckImpact;
use crate::pipeline::Looked;
use crate::policy::status::Status;
use crate::report::style::Style;
use crate::report::{Form, StatusForm, TextForm, human};
use crate::world::World;
use crate::world::actual::Expiry;
use crate::world::label::Labels;

/// What a plugin answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PluginState {
    /// All is fine.
    Ok,
    /// Something relevant is expiring.
    Warning,
    /// Something relevant is expired or missing.
    Critical,
    /// It is not known what is meant: the config cannot be read.
    Unknown,
}

impl PluginState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Its row.
pub(super) const FORM: StatusForm = Form {
    name: "nagios",
    help: "Output and exit codes of a monitoring plugin: 0, 1, 2 or 3",
    text: TextForm::Own(text),
};

/// The answer for what `--check` found.
pub(crate) fn answer(Looked { world, findings, .. }: &Looked) -> PluginState {
    match checks::verdict(findings) {
        _ if !world.config_is_known() => PluginState::Unknown,
        CheckImpact::No => PluginState::Ok,
        CheckImpact::Expiring => PluginState::Warning,
        CheckImpact::Broken => PluginState::Critical,
    }
}

/// The whole output.
fn text(looked: &Looked, _: u8) -> String {
    let Looked { world, status, findings } = looked;
    let answer = answer(looked);
    let labels = Labels::new(world);
    let tame = |text: &str| labels.scrub(&Style::PLAIN.text(text)).replace('|', "/");
    let verdicts = human::verdicts(world, status, findings);
    let first = match (answer, verdicts.first()) {
        (PluginState::Unknown, _) => format!("{} cannot be read", world.doc_name(world.config.doc)),
        (_, Some((_, _, text))) if verdicts.len() == 1 => text.clone(),
        _ => format!("{} agents", verdicts.len()),
    };
    let mut out = format!("ZIRKABOT {} - {}", answer.as_str(), tame(&first));
    let data = performance(world, status, &labels);
    if !data.is_empty() {
        out.push_str(&format!(" | {}", data.join(" ")));
    }
    out.push('\n');
    if verdicts.len() > 1 {
        verdicts.iter().for_each(|(_, _, text)| out.push_str(&format!("{}\n", tame(text))));
    }
    for finding in human::sorted(findings).into_iter().filter(|finding| finding.counts != CheckImpact::No) {
        out.push_str(&format!("{}: {}\n", finding.rule.code, tame(&finding.message)));
    }
    out
}

/// Seconds that are left, with the ranges outside which they alert.
fn performance(world: &World, status: &Status, labels: &Labels) -> Vec<String> {
    let several = status.agents.len() > 1;
    let mut data = Vec::new();
    for agent in &status.agents {
        for profile in agent.providers.iter().flat_map(|provider| &provider.profiles) {
            let Some(Expiry::At { at, .. }) = profile.credential().map(|credential| credential.expires)
            else {
                continue;
            };
            let id = labels.name(profile.id());
            let name = if several { format!("{} {id}", agent.agent) } else { id };
            // These two mean something in a label.
            let name = name.replace(['\'', '='], "_");
            let left = at.saturating_sub(world.now) / 1000;
            data.push(format!("'{name}'={left}s;{}:;0:", status.warn_within / 1000));
        }
    }
    data
}
