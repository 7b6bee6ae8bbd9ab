//! `zirkabot explain CODE|FAMILY|MESSAGE`, `explain --list`: the rules' documentation, offline.

use crate::catalog::nearest;
use crate::checks;
use crate::checks::finding::Rule;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Outcome, grammar as cli};
use crate::report::explain;
use crate::report::style::{Stream, Style};
use crate::sys::Look;

/// Runs the command.
pub(super) fn run(look: &dyn Look, global: &Global, args: &cli::Explain) -> Outcome {
    let style = Style::decide(global.color, look.host(), Stream::Out);
    if args.list {
        let rules: Vec<&Rule> = checks::rules().collect();
        return Outcome::out(explain::list(&rules, style), Exit::Ok);
    }
    let what = args.what.join(" ");
    let rules = find(what.trim());
    if rules.is_empty() {
        let near = nearest::nearest(what.trim(), checks::rules().map(|rule| rule.code));
        let hint = near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"));
        return Outcome::usage(&format!(
            "nothing is known about that{hint}; `zirkabot explain --list` lists all codes"
        ));
    }
    let text: Vec<String> = rules.into_iter().map(|rule| explain::rule(rule, style)).collect();
    Outcome::out(text.join("\n"), Exit::Ok)
}

/// The rules that are meant: by code, by family, or by the words of an error message.
fn find(what: &str) -> Vec<&'static Rule> {
    let lower = what.to_lowercase();
    let family = format!("{}/", lower.trim_end_matches('/'));
    if let Some(rule) = checks::rule(&lower) {
        return vec![rule];
    }
    let of_family: Vec<_> = checks::rules().filter(|rule| rule.code.starts_with(&family)).collect();
    if !of_family.is_empty() {
        return of_family;
    }
    if let Some(rule) = checks::of_message(what) {
        return vec![rule];
    }
    let best = checks::rules().map(|rule| (overlap(&lower, rule), rule)).max_by_key(|(share, _)| *share);
    best.filter(|(share, _)| *share >= 60).map(|(_, rule)| rule).into_iter().collect()
}

/// How many in a hundred of the message's words stand in the rule's documentation; 0 for a
/// message too short to tell.
fn overlap(message: &str, rule: &Rule) -> usize {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3);
        words.map(str::to_lowercase).collect()
    };
    let (asked, known) = (words(message), words(&format!("{} {} {}", rule.what, rule.why, rule.fix)));
    if asked.len() < 2 {
        return 0;
    }
    asked.iter().filter(|word| known.contains(word)).count() * 100 / asked.len()
}
