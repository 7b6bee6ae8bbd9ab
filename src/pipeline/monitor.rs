//! Being told: what was told before, and how things are, give what is to be told now. Pure.
//!
//! What is compared are the problems for which `models status --check` does not exit with 0, each by
//! itself: by agent, and by what it is about. So a second credential that ends is told although the
//! first has ended before. What was told is remembered for each channel apart, and only where the
//! channel took it: one that failed gets at the next run what the others got before.
//!
//! [`look`] makes the problems of findings, [`record`] is what is remembered. Sentences are made in
//! `report/monitor.rs`, channels are in `notify`.

pub(crate) mod look;
pub mod record;

use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::pipeline::monitor::record::{Item, MonitorRecord, Told};
use crate::sys::Millis;
use crate::sys::time::DAY;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long what is in order again is remembered for a channel that never takes it.
pub const FORGET: Millis = 7 * DAY;

/// How something is, the better ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemState {
    /// In order.
    Ok,
    /// A credential that ends soon.
    Expiring,
    /// It cannot be told: a file cannot be read, or no end is recorded.
    Unknown,
    /// It is there and cannot be used.
    Unusable,
    /// There is none.
    Missing,
    /// It is over.
    Expired,
}

impl ProblemState {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Expiring => "expiring",
            Self::Unknown => "unknown",
            Self::Unusable => "unusable",
            Self::Missing => "missing",
            Self::Expired => "expired",
        }
    }
}

/// What a problem is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProblemKey {
    /// The agent, if it is about one.
    pub agent: Option<String>,
    /// A profile, a provider, a variable, a file. No secret.
    pub subject: String,
}

/// Something that is not in order.
#[derive(Clone, Debug)]
pub struct KnownProblem {
    /// How it is; never [`ProblemState::Ok`].
    pub state: ProblemState,
    /// What is wrong, in a phrase. No secret.
    pub message: String,
    /// What to do about it. No secret.
    pub advice: Option<Advice>,
    /// The class of the repair that does it, if one does.
    pub class: Option<Class>,
}

/// How things are.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// What is not in order.
    pub problems: BTreeMap<ProblemKey, KnownProblem>,
    /// What can be said of that which is: until when.
    pub fine: BTreeMap<ProblemKey, String>,
    /// Of what nothing can be said at the moment.
    pub unseen: Unseen,
    /// The agents that were looked at; all if none are named.
    pub agents: Option<BTreeSet<String>>,
}

/// Of what nothing can be said: what was wrong there may be so still.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unseen {
    /// Everything can be seen.
    #[default]
    No,
    /// The stores of these agents cannot be read.
    Agents(BTreeSet<String>),
    /// It is not known what is meant.
    All,
}

impl Present {
    /// Whether it would be seen if it were wrong.
    fn sees(&self, key: &ProblemKey) -> bool {
        let agent = key.agent.as_ref();
        let looked_at = self.agents.as_ref().is_none_or(|agents| agent.is_none_or(|id| agents.contains(id)));
        looked_at
            && match &self.unseen {
                Unseen::No => true,
                Unseen::All => false,
                Unseen::Agents(ids) => agent.is_none_or(|id| !ids.contains(id)),
            }
    }
}

/// One thing to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What it is about.
    pub key: ProblemKey,
    /// How it is.
    pub state: ProblemState,
    /// How it was when it was last told; the same as now in a reminder.
    pub was: ProblemState,
    /// Since when it is so, as far as was seen.
    pub since: Millis,
    /// In a phrase. No secret.
    pub message: String,
    /// What to do about it. No secret.
    pub advice: Option<Advice>,
    /// The class of the repair that does it, if one does.
    pub class: Option<Class>,
}

impl Transition {
    /// Whether nothing has changed, but it was told long ago.
    pub fn is_reminder(&self) -> bool {
        self.state == self.was
    }
}

/// What is to be remembered, and told.
#[derive(Clone, Debug)]
pub struct Due {
    /// What is to be remembered, as long as nobody has been told anything.
    pub record: MonitorRecord,
    /// What is to be told, by channel, worst first.
    pub told: BTreeMap<&'static str, Vec<Transition>>,
}

/// Decides what is to be told through which of `channels`. `remind` is after how long what has not
/// changed is told again.
pub fn due(
    before: &MonitorRecord,
    present: &Present,
    channels: &[&'static str],
    remind: Option<Millis>,
    now: Millis,
) -> Due {
    let mut record = before.clone();
    record.items = items(before, present, now);
    let mut told: BTreeMap<&'static str, Vec<Transition>> = BTreeMap::new();
    for item in &mut record.items {
        // A clock that was ahead once must not put off reminders for ever.
        item.told.values_mut().for_each(|told| told.at = told.at.min(now));
        let key = item.key();
        if item.state != ProblemState::Ok && !present.problems.contains_key(&key) {
            continue;
        }
        for channel in channels {
            let last = item.told.get(*channel);
            let was = last.map_or(ProblemState::Ok, |told| told.state);
            let long_ago = last.zip(remind).is_some_and(|(told, after)| now - told.at >= after);
            if was != item.state || (item.state != ProblemState::Ok && long_ago) {
                told.entry(channel).or_default().push(change(item, was, present));
            }
        }
    }
    for changes in told.values_mut() {
        changes.sort_by(|a, b| b.state.cmp(&a.state).then_with(|| a.key.cmp(&b.key)));
    }
    forget(&mut record, now);
    Due { record, told }
}

/// What is known of each thing that is not in order, or was not.
fn items(before: &MonitorRecord, present: &Present, now: Millis) -> Vec<Item> {
    let mut items: BTreeMap<ProblemKey, Item> =
        before.items.iter().map(|item| (item.key(), item.clone())).collect();
    for (key, item) in &mut items {
        let state = match present.problems.get(key) {
            Some(problem) => problem.state,
            None if present.sees(key) => ProblemState::Ok,
            None => continue,
        };
        if item.state != state {
            (item.state, item.since) = (state, now);
        }
    }
    for (key, problem) in &present.problems {
        items.entry(key.clone()).or_insert_with(|| Item::new(key, problem.state, now));
    }
    items.into_values().collect()
}

fn change(item: &Item, was: ProblemState, present: &Present) -> Transition {
    let key = item.key();
    let problem = present.problems.get(&key);
    let message = match problem {
        Some(problem) => problem.message.clone(),
        None => present
            .fine
            .get(&key)
            .cloned()
            .unwrap_or_else(|| format!("{}: the problem is fixed", key.subject)),
    };
    let advice = problem.and_then(|problem| problem.advice.clone());
    let class = problem.and_then(|problem| problem.class);
    Transition { key, state: item.state, was, since: item.since, message, advice, class }
}

/// Forgets what everybody knows to be in order again.
pub fn forget(record: &mut MonitorRecord, now: Millis) {
    record.tidy(now - FORGET);
}

/// Notes that a channel took these.
pub fn took(record: &mut MonitorRecord, channel: &str, changes: &[Transition], now: Millis) {
    for change in changes {
        let of = |item: &&mut Item| item.agent == change.key.agent && item.subject == change.key.subject;
        if let Some(item) = record.items.iter_mut().find(of) {
            let told = item.told.entry(channel.to_owned()).or_insert_with(|| Told::new(change.state, now));
            (told.state, told.at) = (change.state, now);
        }
    }
}
