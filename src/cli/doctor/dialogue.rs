//! The doctor's questions: each repair is offered once, with its difference to look at. Nothing
//! is written before all questions are answered, and only what was shown is written.

use crate::change::plan::Plan;
use crate::change::proposal::Class;
use crate::checks::choice::Choice;
use crate::checks::finding::{Finding, FindingKey};
use crate::cli::doctor::limits;
use crate::cli::doctor::split;
use crate::cli::doctor::visit;
use crate::cli::doctor::{Said, Upkeep, Visit};
use crate::cli::refresh;
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::report::human::{self, Changes};
use crate::report::plan as report;
use crate::report::style::{Style, Tone};
use crate::sys::Act;
use std::collections::BTreeSet;

/// Most times that it looks again for what repairs made possible.
const ROUNDS: usize = 8;

/// What a person says to an offer.
enum Answer {
    Yes,
    No,
    All,
    Quit,
    /// Nobody answers any more.
    Gone,
}

/// Stores what is due, shows what is wrong, asks, repairs, and looks again.
pub(super) fn talk(
    act: &mut dyn Act,
    (ask, choice): &(Ask, Choice),
    lock_timeout: i64,
    (style, verbose): (Style, bool),
) -> Visit {
    let looking = act.progress("looking");
    let (mut looked, mut settled) = split(pipeline::sync_due(act, ask, lock_timeout));
    drop(looking);
    let before = looked.findings.clone();
    act.say(&opening(&looked, &settled, choice, (style, verbose)));
    let mut asked = BTreeSet::new();
    let mut agreed = false;
    let expired = refresh::expired(&looked, choice);
    let renew = wanted(act, &looked, expired, style);
    if !renew.is_empty() {
        agreed = true;
        let (done, undone) = refresh::renew(act, ask, &renew, limits(lock_timeout));
        let signs = [(&done, Tone::Good, "✓"), (&undone, Tone::Bad, "✗")];
        for (lines, tone, sign) in signs {
            let line = |line: &String| format!("{} {}\n", style.paint(tone, sign), style.wrap(line, 2, 2));
            act.say(&lines.iter().map(line).collect::<String>());
        }
        settled.applied.extend(done);
        looked = pipeline::look(act.as_look(), ask);
    }
    for _ in 0..ROUNDS {
        let offers: Vec<Finding> = offers(&looked, choice, &asked);
        if settled.trouble.is_some() || offers.is_empty() {
            break;
        }
        let (wanted, goes_on) = questions(act, &looked, &offers, style);
        asked.extend(offers.iter().map(Finding::key));
        if !wanted.is_empty() {
            agreed = true;
            let plan = of(&looked, &wanted);
            let done =
                pipeline::carry_out(act, &looked.world.paths.state.clone(), lock_timeout, &mut |reader| {
                    let again = of(&pipeline::look(reader, ask), &wanted);
                    if pipeline::is_same(&again, &plan) {
                        return Ok(again);
                    }
                    let why = "something has changed since it was shown; nothing was written";
                    Err(Trouble::Stale(why.to_owned()))
                });
            settled = settled.and(done, Vec::new());
            looked = pipeline::look(act.as_look(), ask);
        }
        if !goes_on {
            break;
        }
    }
    let last = if asked.is_empty() { "" } else { "\nNothing was repaired.\n" };
    let said = if agreed { Said::Before } else { Said::All(last.to_owned()) };
    Visit { said, ..visit(looked, choice, settled, &before) }
}

/// Which logins that are over a person wants to be renewed.
fn wanted(
    act: &mut dyn Act,
    looked: &Looked,
    expired: Vec<(String, String)>,
    style: Style,
) -> Vec<(String, String)> {
    let labels = crate::world::label::Labels::new(&looked.world);
    let mut wanted = Vec::new();
    for (agent, profile) in expired {
        let name = style.paint(Tone::Strong, &labels.name(&profile));
        act.say(&format!("\n{name} is over. Ask its provider to renew it? [y]es, [n]o: "));
        match act.answer().map(|answer| answer.trim().to_ascii_lowercase()).as_deref() {
            Some("y" | "yes") => wanted.push((agent, profile)),
            Some(_) => {}
            None => {
                act.say("\n");
                return Vec::new();
            }
        }
    }
    wanted
}

/// Repairs that are wanted and were not asked about yet.
fn offers(looked: &Looked, choice: &Choice, asked: &BTreeSet<FindingKey>) -> Vec<Finding> {
    if !looked.world.config_is_known() {
        return Vec::new();
    }
    let is_offer = |finding: &&Finding| {
        choice.takes(finding)
            && finding.repair_up_to(Class::Auto).is_none()
            && !asked.contains(&finding.key())
    };
    let offers: Vec<&Finding> = looked.findings.iter().filter(is_offer).collect();
    crate::checks::choice::first(&offers).into_iter().cloned().collect()
}

/// The plan of the repairs that a person wanted.
fn of(looked: &Looked, wanted: &BTreeSet<FindingKey>) -> Plan {
    let findings = looked.findings.iter().filter(|finding| wanted.contains(&finding.key()));
    crate::checks::choice::of(&looked.world, findings).0
}

/// What is said before the first question.
fn opening(looked: &Looked, settled: &Upkeep, choice: &Choice, (style, verbose): (Style, bool)) -> String {
    let Looked { world, status, findings } = looked;
    let trouble = settled.trouble.as_ref().map(ToString::to_string);
    let changes = Changes { done: &settled.applied, due: &settled.pending, trouble: trouble.as_deref() };
    let about: Vec<Finding> = findings.iter().filter(|finding| choice.is_about(finding)).cloned().collect();
    human::headlines(world, status, style)
        + &human::changes_text(world, status, changes, style)
        + &human::findings_text(world, &about, style, verbose)
}

/// Asks about each offer; which are wanted, and whether to go on afterwards.
fn questions(
    act: &mut dyn Act,
    looked: &Looked,
    offers: &[Finding],
    style: Style,
) -> (BTreeSet<FindingKey>, bool) {
    let mut wanted = BTreeSet::new();
    act.say(&format!("\n{}.\n", style.paint(Tone::Strong, &report::offered(offers.len()))));
    let mut rest = offers.iter().enumerate();
    while let Some((n, offer)) = rest.next() {
        match question(act, looked, offer, (n + 1, offers.len()), style) {
            Answer::Yes => {
                wanted.insert(offer.key());
            }
            Answer::No => {}
            Answer::All => {
                wanted.insert(offer.key());
                wanted.extend(rest.map(|(_, offer)| offer.key()));
                return (wanted, true);
            }
            Answer::Quit => return (wanted, false),
            Answer::Gone => return (BTreeSet::new(), false),
        }
    }
    (wanted, true)
}

/// Asks about one offer until there is an answer.
fn question(
    act: &mut dyn Act,
    looked: &Looked,
    offer: &Finding,
    (n, of): (usize, usize),
    style: Style,
) -> Answer {
    let what = offer.repair.as_ref().map(|repair| repair.what.as_str()).unwrap_or_default();
    let labels = crate::world::label::Labels::new(&looked.world);
    let text = style.wrap(&labels.scrub(what), 2, 6);
    let code = style.paint(Tone::Quiet, &format!("[{}]", offer.rule.code));
    act.say(&format!("\n({n}/{of}) {text} {code}\n"));
    loop {
        act.say("Repair? [y]es, [n]o, [d]iff, [a]ll, [q]uit: ");
        let Some(answer) = act.answer() else {
            act.say("\n");
            return Answer::Gone;
        };
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Answer::Yes,
            "n" | "no" => return Answer::No,
            "a" | "all" => return Answer::All,
            "q" | "quit" => return Answer::Quit,
            "d" | "diff" => {
                let (plan, blocked) = crate::checks::choice::of(&looked.world, std::iter::once(offer));
                let blocked: String =
                    blocked.iter().map(|blocked| format!("cannot be done: {}\n", blocked.why)).collect();
                let worlds = [&looked.world, &looked.world];
                act.say(&format!("\n{}{}\n", report::plan(worlds, &plan, style), style.text(&blocked)));
            }
            _ => act.say("Type y to repair it, n to leave it, d to see the difference, a for this and all further ones, q to stop asking and make those you said yes to.\n"),
        }
    }
}
