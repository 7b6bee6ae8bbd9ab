//! Thousands of findings of one rule are one thing to mend: most of them are told as a number.

use crate::change::proposal::{Class, Proposal};
use crate::checks::finding::Finding;
use std::collections::BTreeMap;

/// Findings of one rule that are told one by one.
pub(super) const MANY: usize = 50;

/// The findings, sorted, of which no rule tells more than [`MANY`] one by one. Severity, what
/// counts and what repairs are the same for the others as a whole. What is done without asking
/// is always told.
pub(super) fn capped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::with_capacity(findings.len());
    let mut more: Vec<Finding> = Vec::new();
    for finding in findings {
        if more.first().is_some_and(|first| block(first) != block(&finding)) {
            kept.extend(closing(std::mem::take(&mut more)));
        }
        let told = told.entry(finding.rule.code).or_default();
        *told += 1;
        let is_auto = finding.repair_up_to(Class::Auto).is_some();
        if *told <= MANY || is_auto { kept.push(finding) } else { more.push(finding) }
    }
    kept.extend(closing(more));
    kept
}

/// What stands together in a sorted list.
fn block(finding: &Finding) -> (&str, crate::checks::finding::Severity, crate::checks::finding::CheckImpact) {
    (finding.rule.code, finding.severity, finding.counts)
}

/// One finding for all of those that are mended in the same way; a single one is told as it is.
fn closing(findings: Vec<Finding>) -> Vec<Finding> {
    let mut by_class: BTreeMap<Option<Class>, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        by_class.entry(finding.repair.as_ref().map(|repair| repair.class)).or_default().push(finding);
    }
    by_class
        .into_values()
        .filter_map(|alike| if alike.len() == 1 { alike.into_iter().next() } else { one(alike) })
        .collect()
}

fn one(alike: Vec<Finding>) -> Option<Finding> {
    let number = alike.len();
    let first = alike.first()?;
    let closing = Finding {
        rule: first.rule,
        severity: first.severity,
        subject: format!("{number} more"),
        agent: None,
        message: format!("and {number} more of these"),
        evidence: Vec::new(),
        advice: first.repair.is_none().then(|| "see above".into()),
        repair: None,
        counts: first.counts,
        rescues: false,
    };
    let (code, class) = (first.rule.code, first.repair.as_ref().map(|repair| repair.class));
    let edits = alike.into_iter().filter_map(|finding| finding.repair).flat_map(|repair| repair.edits);
    let what = format!("do the same for these {number}");
    let repair = class.map(|class| Proposal::mending(code, what, edits.collect(), class));
    Some(Finding { repair, ..closing })
}

#[cfg(test)]
mod tests {
    use crate::checks::cap::*;
    use crate::checks::finding::{CheckImpact, Severity};
    use crate::doc::edit::ops::{Edit, To};
    use crate::doc::{DocId, KeyPath};
    use crate::report::sample::{self, EXPIRED, MISSING};

    fn finding(at: usize, severity: Severity) -> Finding {
        let mut finding = sample::finding(&EXPIRED, &format!("s{at}"), "has expired", "log in");
        finding.severity = severity;
        finding.counts = CheckImpact::Expiring;
        finding
    }

    fn repaired(at: usize, class: Class) -> Finding {
        let edits = vec![Edit::value(DocId(0), KeyPath::default().index(at), To::Remove)];
        let repair = Some(Proposal { class, ..Proposal::new("x", edits) });
        Finding { repair, ..finding(at, Severity::Error) }
    }

    #[test]
    fn few_are_told_one_by_one_and_many_as_a_number() {
        let all = |number: usize| (0..number).map(|at| finding(at, Severity::Error)).collect::<Vec<_>>();
        assert_eq!(capped(all(MANY + 1)).len(), MANY + 1);
        let mut many = all(MANY + 950);
        many.extend((0..3).map(|at| finding(at, Severity::Info)));
        many.push(sample::finding(&MISSING, "x", "does not exist", "get it"));
        let told = capped(many);
        let more: Vec<_> = told[MANY..].iter().map(|f| (f.message.as_str(), f.severity, f.counts)).collect();
        assert_eq!(more[0], ("and 950 more of these", Severity::Error, CheckImpact::Expiring));
        assert_eq!(more[1], ("and 3 more of these", Severity::Info, CheckImpact::Expiring));
        assert_eq!(more[2].0, "does not exist");
    }

    #[test]
    fn what_is_not_told_is_still_repaired() {
        let fix = (0..MANY + 9).map(|at| repaired(at, Class::Fix));
        let told = capped(fix.chain((0..2).map(|at| repaired(at, Class::Force))).collect());
        let edits: usize =
            told.iter().filter_map(|f| f.repair.as_ref()).map(|repair| repair.edits.len()).sum();
        assert_eq!((told.len(), edits), (MANY + 2, MANY + 11));
        let auto: Vec<_> = (0..MANY * 2).map(|at| repaired(at, Class::Auto)).collect();
        assert_eq!(capped(auto).len(), MANY * 2);
    }
}
