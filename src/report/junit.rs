//! Findings as a JUnit report, which CI servers show as tests: a suite for each family, a test
//! for each rule.
//!
//! Servers keep one failure a test, so each further finding of a rule is a test of its own. What
//! is only worth knowing is output of the rule's test and fails nothing. Nothing was timed, so no
//! times are told.

use crate::checks;
use crate::checks::finding::{Finding, Rule, Severity};
use crate::report::human::sorted;
use crate::report::style::Style;
use crate::report::{FindingsForm, Form, TextForm, diagnostic};
use crate::sys::visible::visible;
use crate::world::World;
use crate::world::label::Labels;
use std::collections::BTreeSet;
use std::path::Path;

/// Its row.
pub(super) const FORM: FindingsForm =
    Form { name: "junit", help: "JUnit XML, for CI servers", text: TextForm::Own(findings) };

/// The report of all rules.
pub fn findings(world: &World, findings: &[Finding], _: &Path) -> String {
    let (labels, findings) = (Labels::new(world), sorted(findings));
    let writer = Writer { world, labels: &labels };
    let suites: Vec<Suite> = checks::FAMILIES.iter().map(|rules| writer.suite(rules, &findings)).collect();
    let tests: usize = suites.iter().map(|suite| suite.tests).sum();
    let failures: usize = suites.iter().map(|suite| suite.failures).sum();
    let text: String = suites.into_iter().map(|suite| suite.text).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"zirkabot\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n\
         {text}</testsuites>\n"
    )
}

/// A family, written, with its counts.
struct Suite {
    tests: usize,
    failures: usize,
    text: String,
}

struct Writer<'a> {
    world: &'a World,
    labels: &'a Labels,
}

impl Writer<'_> {
    fn suite(&self, rules: &[Rule], findings: &[&Finding]) -> Suite {
        let (mut tests, mut failures, mut text) = (0, 0, String::new());
        let family = rules.first().and_then(|rule| rule.code.split('/').next()).unwrap_or_default();
        for rule in rules {
            let own = findings.iter().copied().filter(|finding| finding.rule.code == rule.code);
            let (notes, faults): (Vec<_>, Vec<_>) =
                own.partition(|finding| finding.severity == Severity::Info);
            tests += faults.len().max(1);
            failures += faults.len();
            text.push_str(&self.tests(family, rule.code, &faults, &notes));
        }
        let head = format!(
            "  <testsuite name=\"{family}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n"
        );
        Suite { tests, failures, text: format!("{head}{text}  </testsuite>\n") }
    }

    /// The tests of a rule: named by its code, further ones by what they are about too.
    fn tests(&self, family: &str, code: &str, faults: &[&Finding], notes: &[&Finding]) -> String {
        let mut names = BTreeSet::from([code.to_owned()]);
        let first = self.test(family, code, faults.first().copied(), notes);
        let further = faults.iter().skip(1).map(|finding| {
            let name = format!("{code}: {}", self.labels.scrub(&finding.subject));
            self.test(family, &unique(&mut names, name), Some(finding), &[])
        });
        std::iter::once(first).chain(further).collect()
    }

    fn test(&self, family: &str, name: &str, fault: Option<&Finding>, notes: &[&Finding]) -> String {
        let mut inside = String::new();
        if let Some(finding) = fault {
            let message = attribute(&self.labels.scrub(&finding.message));
            let (code, text) = (finding.rule.code, content(&self.text(finding)));
            inside.push_str(&format!(
                "      <failure message=\"{message}\" type=\"{code}\">{text}</failure>\n"
            ));
        }
        if !notes.is_empty() {
            let notes: Vec<String> = notes.iter().map(|finding| self.text(finding)).collect();
            inside.push_str(&format!("      <system-out>{}</system-out>\n", content(&notes.join("\n"))));
        }
        let head = format!("    <testcase classname=\"{family}\" name=\"{}\"", attribute(name));
        if inside.is_empty() { format!("{head}/>\n") } else { format!("{head}>\n{inside}    </testcase>\n") }
    }

    /// The finding with all its places and what mends it, one a line.
    fn text(&self, finding: &Finding) -> String {
        let mut lines = vec![diagnostic::line(self.world, finding, self.labels)];
        for evidence in finding.evidence.iter().skip(1) {
            let place = self.world.at(evidence.doc, evidence.loc);
            lines.push(match evidence.label.as_str() {
                "" => format!("also: {place}"),
                label => format!("also: {label} ({place})"),
            });
        }
        lines.extend(diagnostic::help(self.world, finding).map(|help| format!("help: {help}")));
        let lines: Vec<String> = lines.iter().map(|line| visible(line)).collect();
        self.labels.scrub(&lines.join("\n"))
    }
}

/// `name`, with a number if there is such a name already.
fn unique(names: &mut BTreeSet<String>, name: String) -> String {
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let mut free = std::iter::once(name.clone()).chain(numbered).filter(|name| !names.contains(name));
    let name = free.next().unwrap_or(name);
    names.insert(name.clone());
    name
}

/// A text between tags. What nobody sees, most of which XML has no way to write, is written as an escape.
fn content(text: &str) -> String {
    let text = Style::PLAIN.lines(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text between quotes, on one line.
fn attribute(text: &str) -> String {
    content(&visible(text)).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use crate::report::junit::*;
    use crate::report::sample::{self, API, DUPLICATE, EXPIRED, STORE};
    use crate::sys::time::DAY;
    use quick_junit::{Report, TestCase, TestCaseStatus};

    fn report(world: &World, findings: &[Finding]) -> Report {
        let text = crate::report::junit::findings(world, findings, Path::new("/"));
        assert!(!text.contains("CANARY"), "{text}");
        assert!(text.ends_with("</testsuites>\n"), "{text}");
        Report::deserialize_from_str(&text).unwrap()
    }

    /// The tests of a rule: name, and message, type and text of its failure.
    fn of(report: &Report, rule: &Rule) -> Vec<(String, Option<[String; 3]>)> {
        let failure = |case: &TestCase| match &case.status {
            TestCaseStatus::NonSuccess { message, ty, description, .. } => {
                Some([message, ty, description].map(|text| text.as_ref().unwrap().to_string()))
            }
            _ => None,
        };
        let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let own = cases.filter(|case| case.name.as_str().starts_with(rule.code));
        own.map(|case| (case.name.to_string(), failure(case))).collect()
    }

    #[test]
    fn every_rule_is_a_test_that_passes_where_nothing_is_found() {
        let world = sample::world(&[], &[]);
        let report = report(&world, &[]);
        let names = report.test_suites.iter().flat_map(|suite| &suite.test_cases).map(|case| &case.name);
        assert!(names.eq(checks::rules().map(|rule| rule.code)));
        assert_eq!((report.tests, report.failures), (checks::rules().count(), 0));
        assert_eq!(report.test_suites.len(), checks::FAMILIES.len());
    }

    #[test]
    fn each_fault_fails_a_test_of_its_own() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut first = sample::finding(&EXPIRED, "a", "it is over", "run `x`");
        first.evidence.push(sample::expiry_of(&world, "over"));
        first.evidence.push(sample::expiry_of(&world, "here too"));
        let other = |subject| sample::finding(&EXPIRED, subject, "m", "h");
        let report = report(&world, &[first, other("b"), other("b")]);
        let cases = of(&report, &EXPIRED);
        let names: Vec<_> = cases.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["expiry/expired", "expiry/expired: b", "expiry/expired: b (2)"]);
        let [message, code, text] = cases[0].1.clone().unwrap();
        assert_eq!((message.as_str(), code.as_str()), ("it is over", "expiry/expired"));
        let store = "~/.zirkabot/agents/main/agent/auth-profiles.json:8";
        assert_eq!(
            text,
            format!("error[expiry/expired] {store}:18: it is over\nalso: here too ({store})\nhelp: run `x`")
        );
        assert_eq!((report.tests, report.failures), (checks::rules().count() + 2, 3));
    }

    #[test]
    fn what_is_only_worth_knowing_fails_nothing() {
        let world = sample::world(&[], &[]);
        let finding = sample::finding(&DUPLICATE, "a", "two places", "x");
        let text = findings(&world, &[finding], Path::new("/"));
        assert!(text.contains(
            "name=\"credential/duplicate\">\n      <system-out>info[credential/duplicate] two places\nhelp: x\
             </system-out>\n"
        ));
        let report = Report::deserialize_from_str(&text).unwrap();
        assert_eq!(report.failures, 0);
    }

    #[test]
    fn a_text_is_read_back_whole_but_for_secrets_and_what_xml_cannot_say() {
        let world = sample::world(&[], &[]);
        let hostile = format!("<a b=\"c\">&amp; ]]> '\n\u{1b}\u{0}\u{ffff}\u{feff}é𝄞 {API}");
        let finding = sample::finding(&EXPIRED, &hostile, &hostile, "x");
        let cases = of(&report(&world, &[sample::finding(&EXPIRED, "0", "b", "c"), finding]), &EXPIRED);
        let read = "<a b=\"c\">&amp; ]]> '\\u{a}\\u{1b}\\u{0}\\u{ffff}\\u{feff}é𝄞 ‹hidden›";
        let hostile: Vec<_> = cases.iter().filter(|(name, _)| name.contains("<a")).collect();
        assert_eq!(hostile.len(), 1);
        assert_eq!(hostile[0].0, format!("expiry/expired: {read}"));
        assert_eq!(hostile[0].1.as_ref().unwrap()[0], read);
    }
}
