//! Findings as workflow commands of GitHub Actions, which shows them as annotations.
//!
//! One line a finding; nothing if there is none. What GitHub does not annotate, because it is
//! not in its checkout or is one too many, it still shows in the log.

use crate::checks::finding::{Finding, Severity};
use crate::report::human::sorted;
use crate::report::location::{self, Location, Region};
use crate::report::style::Style;
use crate::report::{FindingsForm, Form, TextForm, diagnostic};
use crate::world::World;
use crate::world::label::Labels;
use std::path::Path;

/// Its row.
pub(super) const FORM: FindingsForm = Form {
    name: "github",
    help: "Workflow commands, which GitHub Actions shows beside the lines of a file",
    text: TextForm::Own(findings),
};

/// The findings, worst first, with files named from `root`, the working directory.
pub fn findings(world: &World, findings: &[Finding], root: &Path) -> String {
    let labels = Labels::new(world);
    sorted(findings).into_iter().map(|finding| line(world, finding, &labels, root)).collect()
}

fn line(world: &World, finding: &Finding, labels: &Labels, root: &Path) -> String {
    let spots = location::of(world, finding, labels, root);
    let mut properties = spots.first().map(place).unwrap_or_default();
    properties.push(("title", finding.rule.code.to_owned()));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    let message = data(&diagnostic::told(world, finding, labels));
    format!("::{} {}::{message}\n", command(finding.severity), properties.join(","))
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    }
}

fn place(spot: &Location<'_>) -> Vec<(&'static str, String)> {
    let mut properties = vec![("file", spot.path.clone())];
    let Some(Region { start, end }) = spot.region else { return properties };
    properties.push(("line", start.line.to_string()));
    // GitHub wants columns of a single line only.
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties.push(("endLine", end.line.to_string()));
        properties.push(("endColumn", end.column.to_string()));
    } else {
        properties.push(("endLine", end.line.to_string()));
    }
    properties
}

/// A text as GitHub reads it back. It stands in a log too, so nothing in it ends a line.
fn data(text: &str) -> String {
    Style::PLAIN.text(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::checks::finding::Evidence;
    use crate::report::github::*;
    use crate::report::sample::{self, API, DUPLICATE, EXPIRED, MISSING, STORE};
    use crate::sys::time::DAY;

    fn text(world: &World, findings: &[Finding]) -> String {
        let text = crate::report::github::findings(world, findings, Path::new("/srv/work"));
        assert!(!text.contains("CANARY"), "{text}");
        text
    }

    #[test]
    fn a_finding_is_one_line_with_its_place() {
        let world = sample::world(&[], &[(STORE, &sample::token_store(-DAY))]);
        let mut finding = sample::finding(&EXPIRED, "x", "the token is over", "run `claude setup-token`");
        finding.evidence.push(sample::expiry_of(&world, "over"));
        assert_eq!(
            text(&world, &[finding]),
            "::error file=/home/u/.zirkabot/agents/main/agent/auth-profiles.json,line=8,col=18,endLine=8,\
             endColumn=31,title=expiry/expired::the token is over. Help: run `claude setup-token`\n"
        );
    }

    #[test]
    fn findings_come_worst_first_and_without_a_file_where_there_is_none() {
        let world = sample::world(&[], &[]);
        let finding = |rule, message| sample::finding(rule, "x", message, "y");
        let milder = Finding { severity: Severity::Warning, ..finding(&MISSING, "w") };
        let findings = [finding(&DUPLICATE, "i"), milder, finding(&EXPIRED, "e")];
        assert_eq!(
            text(&world, &findings),
            "::error title=expiry/expired::e. Help: y\n\
             ::warning title=credential/missing::w. Help: y\n\
             ::notice title=credential/duplicate::i. Help: y\n"
        );
        assert_eq!(text(&world, &[]), "");
    }

    #[test]
    fn files_below_the_root_are_named_from_there_and_a_place_of_lines_has_no_columns() {
        let world = sample::world(&[], &[("/srv/work/.env", "A=1\nB=2\n")]);
        let mut finding = sample::finding(&EXPIRED, "x", "y", "z");
        let doc = world.docs.iter().find(|doc| doc.path.as_deref() == Some(Path::new("/srv/work/.env")));
        let doc = doc.unwrap().id;
        let loc = Some(crate::doc::Loc::new(doc, 0..7));
        finding.evidence.push(Evidence { doc, loc, label: String::new() });
        assert!(text(&world, &[finding]).starts_with("::error file=.env,line=1,endLine=2,title="));
    }

    #[test]
    fn nothing_in_a_text_ends_a_line_or_begins_a_command() {
        assert_eq!(data("50%\r\na: b, c\u{1b}"), r"50%25\u{d}\u{a}a: b, c\u{1b}");
        assert_eq!(property("50%\na: b, c"), r"50%25\u{a}a%3A b%2C c");
        let world = sample::world(&[], &[]);
        let finding = sample::finding(&EXPIRED, "x", &format!("{API}\n::error::z"), "100%");
        assert_eq!(
            text(&world, &[finding]),
            "::error title=expiry/expired::‹hidden›\\u{a}::error::z. Help: 100%25\n"
        );
    }
}
