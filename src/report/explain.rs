//! Rules explained: one in full, all in a list, all as the table of the documentation.

use crate::checks::finding::{Rule, Severity};
use crate::report::style::{Style, Tone};
use schemars::JsonSchema;
use serde::Serialize;

/// `explain --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RulesDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The rules, by family.
    pub rules: Vec<RuleBody>,
}

/// A rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleBody {
    /// `family/kebab-case`.
    pub code: &'static str,
    /// How bad its findings are at most: `error`, `warning` or `info`.
    pub severity: &'static str,
    /// What it finds.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// How it is mended.
    pub fix: &'static str,
}

/// Rules as a document.
pub fn document(rules: &[&Rule]) -> RulesDocument {
    let body = |rule: &Rule| RuleBody {
        code: rule.code,
        severity: rule.severity.as_str(),
        what: rule.what,
        why: rule.why,
        fix: rule.fix,
    };
    RulesDocument { schema_version: 1, rules: by_code(rules).into_iter().map(body).collect() }
}

/// What a rule finds, why that matters, how it is mended.
pub fn rule(rule: &Rule, style: Style) -> String {
    let code = style.paint(Tone::Strong, rule.code);
    let mut out = format!("{code} ({})\n", style.paint(tone(rule.severity), rule.severity.as_str()));
    out.push_str(&format!("{}\n", style.wrap(rule.what, 0, 0)));
    for (name, text) in [("Why", rule.why), ("Fix", rule.fix)] {
        let text = style.wrap(text, INDENT, INDENT);
        out.push_str(&format!("\n{} {text}\n", style.paint(Tone::Act, &format!("{name:<4}"))));
    }
    out
}

/// Columns before a text.
const INDENT: usize = 5;

/// All rules, one a line, by family.
pub fn list(rules: &[&Rule], style: Style) -> String {
    let longest = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let mut out = String::new();
    let mut last = None;
    for rule in by_code(rules) {
        if last.replace(family(rule)).is_some_and(|last| last != family(rule)) {
            out.push('\n');
        }
        let code = style.paint(Tone::Strong, &format!("{:<longest$}", rule.code));
        let severity = style.paint(tone(rule.severity), &format!("{:<7}", rule.severity.as_str()));
        let indent = longest + 11;
        out.push_str(&format!("{code}  {severity}  {}\n", style.wrap(rule.what, indent, indent)));
    }
    out
}

/// All rules as a Markdown table, by family.
pub fn markdown_table(rules: &[&Rule]) -> String {
    let mut out = String::from("| code | at most | what |\n|---|---|---|\n");
    for rule in by_code(rules) {
        let what = rule.what.replace('|', "\\|");
        out.push_str(&format!("| `{}` | {} | {what} |\n", rule.code, rule.severity.as_str()));
    }
    out
}

/// Rules grouped by family; families and the codes in each keep the order of the table.
fn by_code<'r>(rules: &[&'r Rule]) -> Vec<&'r Rule> {
    let mut families: Vec<&str> = Vec::new();
    for rule in rules {
        if !families.contains(&family(rule)) {
            families.push(family(rule));
        }
    }
    families.iter().flat_map(|name| rules.iter().copied().filter(move |rule| family(rule) == *name)).collect()
}

fn family(rule: &Rule) -> &'static str {
    rule.code.split_once('/').map_or(rule.code, |(family, _)| family)
}

fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Soon,
        Severity::Info => Tone::Quiet,
    }
}

#[cfg(test)]
mod tests {
    use crate::report::explain::*;
    use crate::report::sample::{DUPLICATE, EXPIRED, MISSING};

    #[test]
    fn a_rule_is_explained() {
        let text = rule(&EXPIRED, Style::PLAIN);
        let expected = "expiry/expired (error)\na credential has expired\n\nWhy  The bot cannot talk.\n\nFix  Run `claude setup-token`.\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn lists_are_grouped_by_family() {
        let rules = [&DUPLICATE, &EXPIRED, &MISSING];
        let text = list(&rules, Style::PLAIN);
        let codes: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(codes, ["credential/duplicate", "credential/missing", "", "expiry/expired"]);
        let table = markdown_table(&rules);
        assert!(table.contains("| `credential/duplicate` | info | one secret \\| two places |\n"), "{table}");
    }
}
