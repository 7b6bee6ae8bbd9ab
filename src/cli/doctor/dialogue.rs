//! The doctor's questions: each repair is offered once, with its difference to look at. Nothing
//! is written before all questions are answered, and only what was shown is written.

use crate::change::plan::Plan;
use crate::change::proposal::Class;
use crate::checks::choice::{self, Choice};
use crate::checks::finding::{Finding, FindingKey};
use crate::cli::apply::carry_out_shown;
use crate::cli::doctor::{Page, Said, Visit, extend, limits, opening};
use crate::cli::menu::{answer, say};
use crate::cli::refresh::{self, Login};
use crate::pipeline::{self, Looked, Query};
use crate::report::style::{Sign, Style, Tone};
use crate::report::{human, plan as report};
use crate::sys::Act;
use crate::sys::visible::visible;
use crate::world::label::Labels;
use std::collections::BTreeSet;

/// Most times that it looks again for what repairs made possible.
const ROUNDS: usize = 8;

/// What a person says to an offer.
enum Answer {
    Yes,
    No,
    All,
    /// Nothing more, or nobody answers any more.
    Quit,
}

/// Stores what is due, shows what is wrong, asks, repairs, and looks again.
pub(super) fn talk(act: &mut dyn Act, ask: &Query, choice: &Choice, lock_timeout: i64, page: Page) -> Visit {
    let style = page.style;
    let looking = act.progress("looking");
    let mut synced = pipeline::sync_due(act, ask, lock_timeout);
    drop(looking);
    let before = synced.looked.findings.clone();
    let about: Vec<Finding> = before.iter().filter(|finding| choice.is_about(finding)).cloned().collect();
    let findings = human::findings_text(&synced.looked.world, &about, style, page.verbose);
    act.say(&(opening(&synced, style) + &findings));
    let mut asked = BTreeSet::new();
    let (mut agreed, mut quits) = (false, false);
    let renew = wanted(act, &synced.looked, refresh::expired(&synced.looked, choice), style);
    if !renew.is_empty() {
        agreed = true;
        let (done, undone) = refresh::renew(act, ask, &renew, limits(lock_timeout));
        let told =
            |sign, lines: &[String]| lines.iter().map(|line| style.signed(sign, line)).collect::<String>();
        act.say(&(told(Sign::Good, &done) + &told(Sign::Bad, &undone)));
        synced.applied.extend(done);
        synced.looked = pipeline::look(act.as_look(), ask);
    }
    for _ in 0..ROUNDS {
        let offers: Vec<Finding> = offers(&synced.looked, choice, &asked);
        if synced.trouble.is_some() || offers.is_empty() {
            break;
        }
        let (wanted, goes_on) = questions(act, &synced.looked, &offers, style);
        asked.extend(offers.iter().map(Finding::key));
        if !wanted.is_empty() {
            agreed = true;
            let (world, shown) = (&synced.looked.world, of(&synced.looked, &wanted));
            let done = carry_out_shown(act, world, &shown, "it", lock_timeout, &|reader| {
                Ok(of(&pipeline::look(reader, ask), &wanted))
            });
            extend(&mut synced, done);
            synced.looked = pipeline::look(act.as_look(), ask);
        }
        if !goes_on {
            quits = true;
            break;
        }
    }
    let last = if asked.is_empty() { "" } else { "\nNothing was repaired.\n" };
    let said = if agreed { Said::Before } else { Said::All(last.to_owned()) };
    Visit { said, quits, ..Visit::new(synced, choice, &before) }
}

/// Which logins that are over a person wants to be renewed.
fn wanted(act: &mut dyn Act, looked: &Looked, expired: Vec<Login>, style: Style) -> Vec<Login> {
    let labels = Labels::new(&looked.world);
    let mut wanted = Vec::new();
    for login in expired {
        let name = style.paint(Tone::Strong, &labels.name(&login.profile));
        let question = format!("\n{name} has expired. Renew it now? [y]es, [n]o: ");
        let Some(answer) = answer(act, &question) else { return Vec::new() };
        if ["y", "yes"].contains(&answer.to_lowercase().as_str()) {
            wanted.push(login);
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
    choice::first(&offers).into_iter().cloned().collect()
}

/// The plan of the repairs that a person wanted.
fn of(looked: &Looked, wanted: &BTreeSet<FindingKey>) -> Plan {
    let findings = looked.findings.iter().filter(|finding| wanted.contains(&finding.key()));
    choice::of(&looked.world, findings).0
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
        let number = format!("{}/{}", n + 1, offers.len());
        match question(act, looked, offer, &number, style) {
            Answer::Yes => {
                wanted.insert(offer.key());
            }
            Answer::No => {}
            Answer::All => {
                wanted.insert(offer.key());
                wanted.extend(rest.map(|(_, offer)| offer.key()));
                return (wanted, true);
            }
            Answer::Quit => return (BTreeSet::new(), false),
        }
    }
    (wanted, true)
}

/// Asks about one offer until there is an answer.
fn question(act: &mut dyn Act, looked: &Looked, offer: &Finding, number: &str, style: Style) -> Answer {
    let what = offer.repair.as_ref().map(|repair| repair.what.as_str()).unwrap_or_default();
    let labels = Labels::new(&looked.world);
    let code = format!("[{}]", offer.rule.code);
    let text = style.wrap(&format!("({number}) {} {code}", labels.scrub(what)), 0, 6);
    act.say(&format!("\n{}\n", text.replace(&code, &style.paint(Tone::Quiet, &code))));
    loop {
        let Some(answer) = answer(act, "Fix? [y]es, [n]o, [d]iff, [a]ll, [q]uit: ") else {
            return Answer::Quit;
        };
        match answer.to_lowercase().as_str() {
            "y" | "yes" => return Answer::Yes,
            "n" | "no" => return Answer::No,
            "a" | "all" => return Answer::All,
            "q" | "quit" => return Answer::Quit,
            "d" | "diff" => {
                let (plan, blocked) = choice::of(&looked.world, std::iter::once(offer));
                let blocked: String = blocked
                    .iter()
                    .map(|blocked| format!("not possible: {}\n", visible(&blocked.why)))
                    .collect();
                let worlds = [&looked.world, &looked.world];
                act.say(&format!("\n{}{}\n", report::plan(worlds, &plan, style), style.lines(&blocked)));
            }
            _ => say(
                act,
                "Type y to fix it, n to skip it, d to see the diff, a for this and all remaining ones, q to quit and change nothing.\n",
            ),
        }
    }
}
