//! `zirkabot explain CODE|FAMILY|MESSAGE`, `explain --list`: the rules' documentation, offline.

use crate::catalog::nearest::did_you_mean;
use crate::checks;
use crate::checks::finding::Rule;
use crate::cli::grammar::Global;
use crate::cli::{Exit, Finished, Outcome};
use crate::report::{explain, json};
use crate::sys::Act;

/// Explain a finding or an error message: what it is, why it matters, how to fix it
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    /// A code such as expiry/expired, a family such as expiry, or an error message
    #[arg(value_name = "CODE|MESSAGE", required_unless_present = "list", num_args = 1..)]
    what: Vec<String>,
    /// List all codes
    #[arg(long, conflicts_with = "what")]
    list: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Args) -> Finished {
    let style = global.style(act);
    if args.list {
        let rules: Vec<&Rule> = checks::rules().collect();
        let text =
            if args.json { json::text(&explain::document(&rules)) } else { explain::list(&rules, style) };
        return Ok(Outcome::out(text, Exit::Ok));
    }
    let what = args.what.join(" ");
    let rules = find(what.trim());
    if rules.is_empty() {
        let hint = did_you_mean(what.trim(), checks::rules().map(|rule| rule.code));
        let list = "`zirkabot explain --list` lists all codes";
        return Err(Outcome::usage(format!("no finding matches that{hint}; {list}")));
    }
    if args.json {
        return Ok(Outcome::out(json::text(&explain::document(&rules)), Exit::Ok));
    }
    let text: Vec<String> = rules.into_iter().map(|rule| explain::rule(rule, style)).collect();
    Ok(Outcome::out(text.join("\n"), Exit::Ok))
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
    // A name by itself, such as `expired`.
    let named: Vec<_> = checks::rules().filter(|rule| rule.code.ends_with(&format!("/{lower}"))).collect();
    if !named.is_empty() {
        return named;
    }
    if let Some(rule) = checks::of_message(what) {
        return vec![rule];
    }
    // A provider says no more than this of a key that is wrong, and of a login that has expired.
    if lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == "401") {
        return ["credential/malformed", "expiry/expired"].into_iter().filter_map(checks::rule).collect();
    }
    let best = checks::rules().map(|rule| (overlap(&lower, rule), rule)).max_by_key(|(share, _)| *share);
    best.filter(|(share, _)| *share >= 60).map(|(_, rule)| rule).into_iter().collect()
}

/// How many in a hundred of the message's words stand in the rule's documentation; 0 for a
/// message too short to tell.
fn overlap(message: &str, rule: &Rule) -> usize {
    let words = |text: &str| -> Vec<String> {
        // Words that are in every other message tell nothing.
        let tells = |word: &&str| word.len() > 3 && !["zirkabot", "command", "error"].contains(word);
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(tells);
        words.map(str::to_lowercase).collect()
    };
    let (asked, known) = (words(message), words(&format!("{} {} {}", rule.what, rule.why, rule.fix)));
    if asked.len() < 2 {
        return 0;
    }
    asked.iter().filter(|word| known.contains(word)).count() * 100 / asked.len()
}
