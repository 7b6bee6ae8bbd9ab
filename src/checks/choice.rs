//! Which repairs are wanted, and which of them come first.

use crate::change::plan::{Blocked, Plan};
use crate::change::proposal::Class;
use crate::checks::finding::{Finding, Severity};
use crate::doc::edit::ops::{Edit, FileAction};
use crate::world::World;

/// Which repairs are wanted.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Of this class and milder ones.
    pub class: Class,
    /// Codes or families; none: everything that is more than a note. Repairs of class
    /// [`Class::Auto`] are always wanted.
    pub only: Vec<String>,
}

impl Choice {
    /// What every command that loads auth state does.
    pub const AUTO: Self = Self { class: Class::Auto, only: Vec::new() };

    /// Whether the finding's repair is wanted.
    pub fn takes(&self, finding: &Finding) -> bool {
        finding.repair_up_to(self.class).is_some_and(|repair| {
            repair.class == Class::Auto || self.is_about(finding) && self.is_worth_it(finding)
        })
    }

    /// Whether the finding is asked about.
    pub fn is_about(&self, finding: &Finding) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| finding.is_of(name))
    }

    /// A note is a choice that somebody may have made; only who names it means it.
    fn is_worth_it(&self, finding: &Finding) -> bool {
        finding.severity > Severity::Info || !self.only.is_empty()
    }
}

/// The plan of the repairs that are wanted, as far as they can be decided now: what brings
/// credentials here comes alone, because what else is right depends on what is there.
pub fn plan(world: &World, findings: &[Finding], choice: &Choice) -> (Plan, Vec<Blocked>) {
    let wanted: Vec<&Finding> = findings.iter().filter(|finding| choice.takes(finding)).collect();
    let (plan, mut blocked) = of(world, first(&wanted).into_iter());
    if !plan.changes.is_empty() || blocked.is_empty() {
        return (plan, blocked);
    }
    // What cannot be brought does not hold up the rest.
    let rest = wanted.into_iter().filter(|finding| !brings(finding));
    let (plan, more) = of(world, rest);
    blocked.extend(more);
    (plan, blocked)
}

/// Of the findings that are to be mended, those that are to be mended first.
pub fn first<'f>(wanted: &[&'f Finding]) -> Vec<&'f Finding> {
    let bringing: Vec<&Finding> = wanted.iter().copied().filter(|finding| brings(finding)).collect();
    if bringing.is_empty() { wanted.to_vec() } else { bringing }
}

/// Whether a repair brings credentials to where they are looked for.
pub fn brings(finding: &Finding) -> bool {
    finding.repair.as_ref().is_some_and(|repair| {
        let moves = |edit: &Edit| matches!(edit.as_file(), Some(FileAction::MoveTo(_)));
        repair.class == Class::Auto || repair.edits.iter().any(moves)
    })
}

/// Puts the repairs of these findings together.
pub fn of<'f>(world: &World, findings: impl Iterator<Item = &'f Finding>) -> (Plan, Vec<Blocked>) {
    crate::change::plan::plan(&world.docs, findings.filter_map(|finding| finding.repair.as_ref()))
}
