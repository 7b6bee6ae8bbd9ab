//! `models status` for a person: can the bot talk, until when, and if not, what to type.
//!
//! First a headline per agent, then a table per agent, then where things are, then findings,
//! worst first, and in the last line what to do next. Tables are in `table`, headlines in
//! [`headline`], findings in [`crate::report::diagnostic`].

mod headline;
mod table;

use crate::change::advice::Advice;
use crate::change::proposal::Class;
use crate::checks::answer::{Answer, answers};
use crate::checks::finding::{Finding, Severity};
use crate::pipeline::Trouble;
use crate::policy::models::reference::is_forbidden;
use crate::policy::models::{ModelRole, Used};
use crate::policy::resolve::Candidate;
use crate::policy::status::{AgentStatus, ProviderStatus, Status};
use crate::policy::talk::Can;
use crate::report::diagnostic;
use crate::report::style::{Sign, Style, Tone};
use crate::report::words::{self, Words};
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::shell::Import;

/// All that a report for people is made of.
struct StatusPage<'a> {
    world: &'a World,
    status: &'a Status,
    labels: Labels,
    words: Words<'a>,
    style: Style,
    verbose: bool,
    /// Only this provider.
    only: Option<&'a str>,
}

/// What was brought up to date, and what a run that may write would bring.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'a> {
    /// Done just now, one line each.
    pub done: &'a [String],
    /// Due, one line each.
    pub due: &'a [String],
    /// Why it could not be done.
    pub trouble: Option<&'a Trouble>,
}

/// The status as text. `changes` are sentences about what was synced just now; `verbose` adds
/// notes, providers that nothing uses, and full paths.
pub(crate) fn status(
    world: &World,
    status: &Status,
    findings: &[Finding],
    changes: Changes<'_>,
    style: Style,
    verbose: bool,
) -> String {
    let page = StatusPage { verbose, ..StatusPage::new(world, status, style) };
    let answers = answers(world, status, findings);
    let mut out: String = answers.iter().map(|answer| page.headline(answer)).collect();
    for agent in &status.agents {
        out.push('\n');
        out.push_str(&page.agent(agent));
    }
    out.push_str(&page.changes(changes));
    out.push_str(&findings_text(world, findings, style, verbose));
    out
}

/// What `doctor` says first: can the agents talk, and until when? Of a fleet only those that have
/// something to say, and how many the others are.
pub(crate) fn headlines(world: &World, status: &Status, findings: &[Finding], style: Style) -> String {
    const MOST: usize = 12;
    let page = StatusPage::new(world, status, style);
    let answers = answers(world, status, findings);
    let verdicts: Vec<_> = answers.iter().map(|answer| (answer.can(), page.headline(answer))).collect();
    let is_worth_it = |(can, _): &&(Can, String)| verdicts.len() <= MOST || *can != Can::Yes;
    let told: Vec<_> = verdicts.iter().filter(is_worth_it).collect();
    let mut out: String = told.iter().take(MOST).map(|(_, lines)| lines.as_str()).collect();
    if told.len() > MOST {
        out.push_str(&page.signed(Sign::Soon, &format!("and {} more like these", told.len() - MOST)));
    }
    let well = verdicts.len() - told.len();
    if well > 0 {
        out.push_str(&page.signed(Sign::Good, &format!("{} can talk", words::count(well, "more agent"))));
    }
    out
}

/// Each agent, whether it can talk, and the sentence that says why.
pub(crate) fn verdicts(world: &World, status: &Status, findings: &[Finding]) -> Vec<(String, Can, String)> {
    let page = StatusPage::new(world, status, Style::PLAIN);
    let one = |answer: &Answer<'_>| {
        let (_, text) = page.verdict(answer);
        (page.labels.name(&answer.talk.agent.agent), answer.can(), page.labels.scrub(&text))
    };
    answers(world, status, findings).iter().map(one).collect()
}

/// What was done, is due, or could not be done.
pub(crate) fn changes_text(world: &World, status: &Status, changes: Changes<'_>, style: Style) -> String {
    StatusPage::new(world, status, style).changes(changes)
}

/// The table of an agent: every provider, or `only` this one, with all that could serve it.
pub(crate) fn table(world: &World, status: &Status, agent: &str, only: Option<&str>, style: Style) -> String {
    let page = StatusPage { verbose: true, only, ..StatusPage::new(world, status, style) };
    let own = status.agents.iter().filter(|own| own.agent == agent);
    own.map(|own| page.table(own)).collect()
}

/// Findings in one line each, as a reminder of what was told in full before.
pub(crate) fn reminder(world: &World, findings: &[Finding], style: Style) -> String {
    let labels = Labels::new(world);
    let told = findings.iter().filter(|finding| finding.severity > Severity::Info);
    told.map(|finding| diagnostic::headed(finding, &labels, style)).collect()
}

/// Findings as text: errors and warnings in full, notes too if `verbose`, and what to do next.
pub(crate) fn findings_text(world: &World, findings: &[Finding], style: Style, verbose: bool) -> String {
    let labels = Labels::new(world);
    let mut out = String::new();
    let sorted = sorted(findings);
    for finding in sorted.iter().filter(|finding| verbose || finding.severity > Severity::Info) {
        out.push('\n');
        out.push_str(&diagnostic::report(world, finding, &labels, style));
    }
    let notes = findings.iter().filter(|finding| finding.severity == Severity::Info).count();
    if notes > 0 && !verbose {
        let text = format!("{}, shown with -v", words::count(notes, "note"));
        out.push_str(&format!("\n{}\n", style.paint(Tone::Quiet, &text)));
    }
    if let Some(next) = first_step(world, &sorted) {
        let name = "Next:";
        let line = match next.alone() {
            // Without its backquotes, ready to be copied.
            Some(command) => {
                let command = style.command(&labels.scrub(command), name.len() + 1);
                style.painted(Tone::Act, command)
            }
            None => {
                let text = labels.scrub(&next.first_step());
                style.wrapped(Tone::Act, &text, name.len() + 1, name.len() + 1)
            }
        };
        out.push_str(&format!("\n{} {line}\n", style.paint(Tone::Strong, name)));
    }
    out
}

/// Findings, worst first, then by code, agent and subject.
pub(crate) fn sorted(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| {
        let worst = std::cmp::Reverse((finding.severity, finding.counts));
        (worst, finding.rule.code, finding.agent.clone(), finding.subject.clone())
    });
    sorted
}

/// What to do first: of what is as bad as the worst, or would give an agent what it lacks, what is mended with
/// what is at hand, before what needs a new credential.
fn first_step(world: &World, sorted: &[&Finding]) -> Option<Advice> {
    let with_steps = sorted.iter().filter_map(|finding| Some((*finding, next(world, finding)?)));
    let steps: Vec<(&Finding, Advice)> = with_steps.collect();
    let (worst, _) = steps.first()?;
    let rank = (worst.severity, worst.counts);
    let is_first = |finding: &Finding| finding.rescues || (finding.severity, finding.counts) == rank;
    let first = steps.iter().filter(|(finding, _)| is_first(finding));
    let step = first.min_by_key(|(finding, advice)| {
        let at_hand = finding.repair.as_ref().is_some_and(|repair| repair.class != Class::Force);
        // While the config is wrong, most commands refuse.
        // What stands in the place of the state directory lets nothing be written.
        let is_free = finding.rule.code != "files/not-ours";
        (is_free, advice.needs_new() && !finding.is_of("config"), !at_hand && !finding.is_of("config"))
    });
    step.map(|(_, advice)| advice.clone())
}

/// What mends a finding that is worth it.
fn next(world: &World, finding: &Finding) -> Option<Advice> {
    if finding.severity == Severity::Info {
        return None;
    }
    match (&finding.advice, &finding.repair) {
        // What removes something is not what to do first.
        (Some(advice), Some(repair)) if repair.class == Class::Force => Some(advice.clone()),
        (Some(advice), None) => Some(advice.clone()).filter(|advice| !advice.is_idle()),
        _ => diagnostic::repair_command(world, finding).map(Advice::command),
    }
}

impl<'a> StatusPage<'a> {
    fn new(world: &'a World, status: &'a Status, style: Style) -> Self {
        let words = Words { world, warn: status.warn_within };
        Self { world, status, labels: Labels::new(world), words, style, verbose: false, only: None }
    }
}

impl StatusPage<'_> {
    /// One line with a sign before it.
    fn signed(&self, sign: Sign, text: &str) -> String {
        let text = self.style.wrapped(Tone::Strong, &self.labels.scrub(text), 2, 2);
        format!("{} {text}\n", self.style.sign(sign))
    }

    /// The table of an agent and where its things are.
    fn agent(&self, agent: &AgentStatus) -> String {
        let mut out = String::new();
        if self.status.agents.len() > 1 {
            out.push_str(&format!("{}\n", self.style.paint(Tone::Strong, &format!("Agent {}", agent.agent))));
        }
        out.push_str(&self.table(agent));
        out.push('\n');
        for (name, text) in self.facts(agent) {
            out.push_str(&self.fact(name, &text, Tone::Plain));
        }
        let unused = self.unused(agent);
        if !unused.is_empty() {
            out.push_str(&self.fact("Unused", &unused.join(", "), Tone::Quiet));
        }
        out
    }

    fn fact(&self, name: &str, text: &str, tone: Tone) -> String {
        const NAMES: usize = 15;
        let text = self.style.wrapped(tone, &self.labels.scrub(text), NAMES, NAMES);
        format!("{}{text}\n", self.style.paint(tone, &format!("{name:<NAMES$}")))
    }

    fn facts(&self, agent: &AgentStatus) -> Vec<(&'static str, String)> {
        let of = |role: ModelRole| {
            let models = agent.models.iter().filter(move |used| used.role == role);
            models.map(|used| self.model(agent, used)).collect::<Vec<_>>().join(", ")
        };
        let mut facts = vec![
            ("Default model", of(ModelRole::Default)),
            ("Fallbacks", of(ModelRole::Fallback)),
            ("Image model", of(ModelRole::Image)),
            ("Image fallbacks", of(ModelRole::ImageFallback)),
            ("Config", self.file(self.world.config.doc)),
        ];
        let store = self.world.store(&agent.agent);
        facts.extend(store.map(|store| ("Auth store", self.file(store.doc))));
        facts.extend(self.shell().map(|text| ("Login shell", text)));
        facts.retain(|(_, text)| !text.is_empty());
        facts
    }

    fn model(&self, agent: &AgentStatus, used: &Used) -> String {
        let forbidden = if is_forbidden(self.world, &agent.agent, used) { ", not allowed" } else { "" };
        format!("{}{forbidden}", self.named(used))
    }

    fn named(&self, used: &Used) -> String {
        let key = self.labels.name(&used.model.key());
        match &used.written {
            None => format!("{key} (built-in default)"),
            Some(written) if *written != used.model.key() => {
                format!("{key} (from {})", self.labels.name(written))
            }
            Some(_) => key,
        }
    }

    fn file(&self, doc: crate::doc::DocId) -> String {
        let name = self.world.doc_name(doc);
        match &self.world.doc(doc).state {
            crate::doc::State::Parsed => name,
            crate::doc::State::Absent => format!("{name} (not there)"),
            state => format!("{name} {}", state.in_words()),
        }
    }

    fn shell(&self) -> Option<String> {
        match &self.world.import {
            Import::Off => None,
            Import::Deferred => Some("disabled by ZIRKABOT_DEFER_SHELL_ENV_FALLBACK".to_owned()),
            Import::Failed(why) => Some(format!("not read: {why}")),
            Import::Applied(names) if names.is_empty() => Some("nothing was missing".to_owned()),
            Import::Applied(names) => Some(format!("gave {}", names.join(", "))),
        }
    }

    /// Whether a provider has a place in the table.
    fn is_shown(&self, agent: &AgentStatus, provider: &ProviderStatus) -> bool {
        let is_asked_for = self.only.is_none_or(|only| provider.provider == only);
        is_asked_for && (provider.relevant || self.verbose || agent.providers.len() == 1)
    }

    /// What is there although nothing asks for it, and is not in the table.
    fn unused(&self, agent: &AgentStatus) -> Vec<String> {
        let of = |provider: &'_ &ProviderStatus| self.is_shown(agent, provider);
        let shown: Vec<_> =
            agent.providers.iter().filter(of).flat_map(candidates).map(|c| &c.origin).collect();
        let hidden = agent.providers.iter().filter(|provider| !of(provider)).flat_map(candidates);
        let there = hidden.filter(|c| c.credential.is_some() && !shown.contains(&&c.origin));
        let mut names: Vec<String> = there.map(|candidate| self.labels.name(&candidate.name)).collect();
        names.dedup();
        names
    }

    fn changes(&self, changes: Changes<'_>) -> String {
        let trouble = changes.trouble.map(|why| format!("Not done: {why}"));
        let due = format!("Pending, done by {}", self.world.paths.command("models status"));
        let trouble: Vec<String> = trouble.into_iter().collect();
        let done = self.list("Done just now", changes.done, Sign::Good);
        done + &self.list(&due, changes.due, Sign::Rest) + &self.list("Trouble", &trouble, Sign::Bad)
    }

    fn list(&self, title: &str, lines: &[String], sign: Sign) -> String {
        let line = |text: &String| {
            let text = self.style.wrap(&self.labels.scrub(text), 4, 4);
            format!("  {} {text}\n", self.style.sign(sign))
        };
        match lines {
            [] => String::new(),
            lines => format!("\n{title}\n{}", lines.iter().map(line).collect::<String>()),
        }
    }
}

fn candidates(provider: &ProviderStatus) -> &[Candidate] {
    &provider.resolution.candidates
}

#[cfg(test)]
mod tests;
