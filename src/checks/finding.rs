//! Findings: stated facts that matter, and the rules that state them.
//!
//! A [`Rule`] is a code with its documentation and the one function that finds it. A
//! [`Finding`] carries its evidence as places, not as text, and says how it is mended: by an [`Advice`]
//! for a person, or by a repair, which is edits.

use crate::change::advice::Advice;
use crate::change::proposal::{Class, Proposal};
use crate::doc::edit::ops::Edit;
use crate::doc::{DocId, Loc};
use crate::policy::status::Status;
use crate::sys::visible::visible;
use crate::world::World;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never changes an exit code.
    Info,
    /// Will stop working, or is unsafe.
    Warning,
    /// Does not work now.
    Error,
}

impl Severity {
    /// An error if it breaks something, a warning if it matters, else a note.
    pub fn of(breaks: bool, matters: bool) -> Self {
        match (breaks, matters) {
            (true, _) => Self::Error,
            (false, true) => Self::Warning,
            (false, false) => Self::Info,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a finding means for `models status --check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckImpact {
    /// Nothing.
    No,
    /// Something relevant is expiring: exit 2.
    Expiring,
    /// Something relevant is expired, missing or unreadable: exit 1.
    Broken,
}

/// A kind of finding.
#[derive(Debug)]
pub struct Rule {
    /// `family/kebab-case`; stable.
    pub code: &'static str,
    /// How bad it is at its worst.
    pub severity: Severity,
    /// One line: what it is.
    pub what: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// States all findings of this rule.
    pub check: fn(&CheckInput<'_>, &mut Sink<'_>),
}

/// All that a check may know.
#[derive(Debug)]
pub struct CheckInput<'w> {
    /// What was observed.
    pub world: &'w World,
    /// What follows from it for each agent.
    pub status: &'w Status,
}

/// A stated fact.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its rule.
    pub rule: &'static Rule,
    /// How bad it is here; at most the rule's severity.
    pub severity: Severity,
    /// What it is about: a profile, a variable, a file. No secret.
    pub subject: String,
    /// The agent that it is about, if it is about one.
    pub agent: Option<String>,
    /// What is wrong, in the user's words; a lower-case phrase without a full stop. No secret.
    pub message: String,
    /// Where that can be seen, the main place first.
    pub evidence: Vec<Evidence>,
    /// What a person, or another program, does about it.
    pub advice: Option<Advice>,
    /// The edits that mend it, if edits can.
    pub repair: Option<Proposal>,
    /// What it means for `--check`.
    pub counts: CheckImpact,
    /// Whether what mends it is at hand, and gives an agent what it lacks to talk.
    pub rescues: bool,
}

/// A place that shows a finding.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The document.
    pub doc: DocId,
    /// The bytes to underline, if it is about some.
    pub loc: Option<Loc>,
    /// What stands there, in a few words. No secret.
    pub label: String,
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    out: &'a mut Vec<Finding>,
}

impl<'a> Sink<'a> {
    /// A sink for `rule`.
    pub fn new(rule: &'static Rule, out: &'a mut Vec<Finding>) -> Self {
        Self { rule, out }
    }

    /// States a finding at the rule's own severity; more is said by the calls that follow.
    pub fn state(&mut self, subject: impl Into<String>, message: impl Into<String>) -> FindingDraft<'_> {
        self.out.push(Finding {
            rule: self.rule,
            severity: self.rule.severity,
            subject: subject.into(),
            agent: None,
            message: visible(&message.into()),
            evidence: Vec::new(),
            advice: None,
            repair: None,
            counts: CheckImpact::No,
            rescues: false,
        });
        FindingDraft(self.out.last_mut())
    }
}

/// The finding just stated, to say more about it.
#[derive(Debug)]
pub struct FindingDraft<'a>(Option<&'a mut Finding>);

impl FindingDraft<'_> {
    fn with(self, change: impl FnOnce(&mut Finding)) -> Self {
        let Self(mut finding) = self;
        if let Some(finding) = finding.as_deref_mut() {
            change(finding);
        }
        Self(finding)
    }

    /// It is milder here than the rule at its worst.
    pub fn at_most(self, severity: Severity) -> Self {
        self.with(|finding| finding.severity = finding.severity.min(severity))
    }

    /// It is about this agent.
    pub fn agent(self, agent: &str) -> Self {
        self.with(|finding| finding.agent = Some(agent.to_owned()))
    }

    /// It can be seen there.
    pub fn see(self, doc: DocId, loc: Option<Loc>, label: impl Into<String>) -> Self {
        let label = visible(&label.into());
        self.with(|finding| finding.evidence.push(Evidence { doc, loc, label }))
    }

    /// A person, or another program, mends it.
    pub fn advise(self, how: impl Into<Advice>) -> Self {
        let how = how.into().map(|text| visible(&text));
        self.with(|finding| finding.advice = Some(how))
    }

    /// These edits mend it.
    pub fn edit(self, what: impl Into<String>, edits: Vec<Edit>, class: Class) -> Self {
        self.repair(Proposal { class, ..Proposal::new(what, edits) })
    }

    /// This mends it.
    pub fn repair(self, repair: Proposal) -> Self {
        self.with(|finding| finding.repair = Some(Proposal { code: Some(finding.rule.code), ..repair }))
    }

    /// This mends it; where there is no repair, a person does so.
    pub fn repair_or_advise(self, repair: Option<Proposal>, how: impl FnOnce() -> Advice) -> Self {
        match repair {
            Some(repair) => self.repair(repair),
            None => self.advise(how()),
        }
    }

    /// What mends it is at hand, and may give an agent what it lacks to talk.
    pub fn rescues(self, rescues: bool) -> Self {
        self.with(|finding| finding.rescues |= rescues)
    }

    /// It counts for `--check`.
    pub fn counts(self, counts: CheckImpact) -> Self {
        self.with(|finding| finding.counts = counts)
    }
}

/// What tells a finding from all others, also in a later look: code, agent, subject, and what its
/// repair does.
pub type FindingKey = (&'static str, Option<String>, String, Option<String>);

impl Finding {
    /// What tells it from all others.
    pub fn key(&self) -> FindingKey {
        let what = self.repair.as_ref().map(|repair| repair.what.clone());
        (self.rule.code, self.agent.clone(), self.subject.clone(), what)
    }

    /// Whether its rule is of this code, or of this family.
    pub fn is_of(&self, code_or_family: &str) -> bool {
        let code = self.rule.code;
        code == code_or_family || code.split_once('/').is_some_and(|(family, _)| family == code_or_family)
    }

    /// The repair, if it is of this class or a milder one.
    pub fn repair_up_to(&self, class: Class) -> Option<&Proposal> {
        self.repair.as_ref().filter(|repair| repair.class <= class)
    }
}
