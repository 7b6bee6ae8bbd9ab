//! What must hold of every plan in every made home.

use super::made::Made;
use super::memory::{Entry, Memory};
use super::{answer, texts, views};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use zirkabot::catalog::paths::MAIN_AGENT;
use zirkabot::change::apply::Target;
use zirkabot::change::apply::undo::{self, UndoRequest};
use zirkabot::change::plan::{self, Action, Plan};
use zirkabot::change::preview::Overlay;
use zirkabot::checks;
use zirkabot::checks::finding::{Finding, Severity};
use zirkabot::pipeline::{self, Ahead, Looked};
use zirkabot::policy::resolve::Verdict;
use zirkabot::report::style::Style;
use zirkabot::report::{self, plan_json};
use zirkabot::sys::{Act, Look};

/// Where made homes are in memory.
pub(crate) const HOME: &str = "/home/u";

/// What a case was about, for the coverage.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) codes: BTreeSet<&'static str>,
    pub(crate) actions: Vec<&'static str>,
    pub(crate) blocked: bool,
    pub(crate) planted: usize,
}

/// What does not hold, the name of the law first.
pub(crate) type Broken = String;

macro_rules! law {
    ($name:literal, $holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!("{}: {}", $name, format_args!($($why)+)));
        }
    };
}
pub(crate) use law;

/// An edit that a plan makes: in which file, where, and what.
pub(crate) struct Edited {
    pub(crate) file: PathBuf,
    pub(crate) at: zirkabot::doc::KeyPath,
    /// None: the file itself is changed.
    pub(crate) to: Option<zirkabot::doc::edit::ops::To>,
}

impl Edited {
    /// An edit in this file.
    pub(crate) fn of(file: PathBuf, edit: &zirkabot::doc::edit::ops::Edit) -> Self {
        let (at, to) = edit.as_value().map(|(at, to)| (at.clone(), to.clone())).unzip();
        Self { file, at: at.unwrap_or_default(), to }
    }
}

/// All laws, on a machine in memory.
pub(crate) fn all(made: &Made) -> Result<Seen, Broken> {
    let mut memory = made.memory(Path::new(HOME), 1000);
    let before = memory.entries.clone();
    let ahead = pipeline::ahead(&memory, &made.ask, &made.choice);
    let mut seen = Seen {
        codes: ahead.now.findings.iter().map(|finding| finding.rule.code).collect(),
        actions: ahead.plan.changes.iter().map(|change| word(&change.action)).collect(),
        blocked: !ahead.blocked.is_empty(),
        planted: 0,
    };
    let (again, edits, words) = rounds(&memory, made);
    law!("deterministic", pipeline::is_same(&ahead.plan, &again), "{:#?}\n{again:#?}", ahead.plan);
    backwards(&mut memory, made, &ahead)?;
    secretless(&ahead)?;
    answer::one(&ahead.now)?;
    law!("untouched", memory.entries == before, "looking wrote something");
    if ahead.plan.changes.is_empty() {
        return Ok(seen);
    }
    let views = views::of(&memory);
    let recorded = carried_out(&mut memory, made, &ahead)?;
    let after = pipeline::ahead(&memory, &made.ask, &made.choice);
    seen.codes.extend(after.now.findings.iter().map(|finding| finding.rule.code));
    fixed_point(&mut memory, made, &ahead, &after)?;
    answer::one(&after.now)?;
    foreseen(&ahead, &after.now)?;
    no_worse(&ahead, &after.now, &words)?;
    texts::kept(&before, &memory.entries, &ahead.plan, &edits)?;
    seen.planted = texts::planted(made, &memory, &ahead.plan, &words)?;
    views::kept(&views, &views::of(&memory), &ahead, &words)?;
    if recorded {
        taken_back(&mut memory, &before, &ahead.now.world.paths.state)?;
    }
    Ok(seen)
}

pub(crate) fn word(action: &Action) -> &'static str {
    match action {
        Action::Create(_) => "create",
        Action::Update(_) => "update",
        Action::Chmod => "chmod",
        Action::Remove => "remove",
        Action::MakeDir => "make dir",
        Action::RemoveDir => "remove dir",
        Action::Move(_) => "move",
    }
}

/// The plan once more, round by round, with all edits that are in it, and what their findings say.
fn rounds(look: &dyn Look, made: &Made) -> (Plan, Vec<Edited>, String) {
    let (mut plan, mut edits, mut words) = (Plan::default(), Vec::new(), String::new());
    for _ in 0..8 {
        let looked = pipeline::look(&Overlay::new(look, &plan), &made.ask);
        let Looked { world, findings, .. } = &looked;
        if !world.config_is_known() {
            break;
        }
        let next = zirkabot::checks::choice::plan(world, findings, &made.choice).0;
        if next.changes.is_empty() {
            break;
        }
        for finding in findings.iter().filter(|finding| made.choice.takes(finding)) {
            let what = finding.repair.iter().map(|repair| repair.what.as_str()).collect::<String>();
            words.push_str(&format!("{what}; {}; {}\n", finding.subject, finding.message));
            for edit in finding.repair.iter().flat_map(|repair| &repair.edits) {
                let Some(file) = world.doc(edit.doc).path.clone() else { continue };
                edits.push(Edited::of(file, edit));
            }
        }
        plan = if plan.changes.is_empty() { next } else { plan.then(next) };
    }
    (plan, edits, words)
}

/// The order in which a directory is listed changes nothing but the order of the changes.
fn backwards(memory: &mut Memory, made: &Made, ahead: &Ahead) -> Result<(), Broken> {
    memory.backwards = true;
    let mut other = pipeline::ahead(memory, &made.ask, &made.choice).plan;
    memory.backwards = false;
    let order: BTreeMap<&PathBuf, usize> =
        ahead.plan.changes.iter().enumerate().map(|(at, change)| (&change.path, at)).collect();
    other.changes.sort_by_key(|change| order.get(&change.path).copied());
    law!("any listing", pipeline::is_same(&ahead.plan, &other), "{:#?}\n{other:#?}", ahead.plan);
    Ok(())
}

/// No plan says a secret.
fn secretless(ahead: &Ahead) -> Result<(), Broken> {
    let world = &ahead.now.world;
    let document = plan_json::plan(world, &ahead.plan, plan_json::PlanRequest::default(), &ahead.blocked);
    let worlds = [world, &ahead.last().world];
    let text = serde_json::to_string(&document).unwrap()
        + &format!("{:?} {:?}", ahead.plan, ahead.blocked)
        + &report::plan::plan(worlds, &ahead.plan, Style::PLAIN);
    law!("secretless", !text.contains("CANARY"), "{text}");
    Ok(())
}

/// Carries out what was planned; whether there was anything that is not made for the lock anyway.
pub(crate) fn carried_out(act: &mut dyn Act, made: &Made, ahead: &Ahead) -> Result<bool, Broken> {
    let state = ahead.now.world.paths.state.clone();
    let done = pipeline::carry_out(act, &state, 10_000, &Plan::default(), &mut |look| {
        Ok(pipeline::ahead(look, &made.ask, &made.choice).plan)
    });
    law!("carried out", done.trouble.is_none(), "{:?}", done.trouble);
    // The state directory is made for the lock, before anything is planned.
    let own = |change: &&plan::Change| change.action == Action::MakeDir && state.starts_with(&change.path);
    let rest = ahead.plan.changes.iter().filter(|change| !own(change)).count();
    law!("carried out", done.entries.len() == ahead.plan.changes.len(), "{:?}", done.entries);
    Ok(rest > 0)
}

/// After it is carried out nothing is left to do, and doing it again writes nothing.
fn fixed_point(memory: &mut Memory, made: &Made, ahead: &Ahead, after: &Ahead) -> Result<(), Broken> {
    law!("fixed point", after.plan.changes.is_empty(), "left: {:#?}\nfirst: {:#?}", after.plan, ahead.plan);
    let new: Vec<_> = after.blocked.iter().filter(|why| !ahead.blocked.contains(why)).collect();
    law!("fixed point", new.is_empty(), "newly blocked: {new:?}");
    let before: BTreeMap<PathBuf, Entry> = memory.entries.clone();
    carried_out(memory, made, after)?;
    law!("fixed point", memory.entries == before, "the second time wrote something");
    Ok(())
}

/// Whether apply keeps its own records there.
pub(crate) fn is_record(state: &Path, path: &Path) -> bool {
    let records = ["backups", "journal.jsonl", ".lock"].map(|name| state.join(name));
    records.iter().any(|own| path.starts_with(own)) || state.starts_with(path)
}

/// Takes back what was carried out last.
pub(crate) fn undone(act: &mut dyn Act, state: &Path) -> Result<(), Broken> {
    let to = Target { state_dir: state.into(), lock_timeout: 10_000, command: "zirkabot undo".into() };
    let undone = undo::undo(act, &to, &UndoRequest::default());
    // Of what only made the state directory nothing is recorded: there was nowhere to.
    let nowhere = act.stat(&state.join("journal.jsonl")).is_none();
    if nowhere && undone.as_ref().is_err_and(|refused| refused.why == undo::Refused::Nothing) {
        return Ok(());
    }
    law!("taken back", undone.is_ok(), "{:?}", undone.as_ref().err().map(|refused| &refused.why));
    let failure = undone.as_ref().ok().and_then(|undone| undone.receipt.failure());
    law!("taken back", failure.is_none(), "{failure:?}");
    Ok(())
}

/// Undo restores all that there was: bytes, modes, links; and nothing else is left but its own
/// records.
pub(crate) fn taken_back(
    memory: &mut Memory,
    before: &BTreeMap<PathBuf, Entry>,
    state: &Path,
) -> Result<(), Broken> {
    undone(memory, state)?;
    for path in before.keys().chain(memory.entries.keys()) {
        let as_it_was =
            |of: &BTreeMap<PathBuf, Entry>| of.get(path).map(|entry| (entry.thing.clone(), entry.mode));
        let (was, is) = (as_it_was(before), as_it_was(&memory.entries));
        let same = was == is || was.is_none() && is_record(state, path);
        law!("taken back", same, "{} was {was:?} and is {is:?}", path.display());
    }
    Ok(())
}

fn told(finding: &Finding) -> (&'static str, &str, Option<&str>, Severity) {
    (finding.rule.code, &finding.subject, finding.agent.as_deref(), finding.severity)
}

/// A dry run tells exactly how things are afterwards.
fn foreseen(ahead: &Ahead, after: &Looked) -> Result<(), Broken> {
    let foreseen: Vec<_> = ahead.last().findings.iter().map(told).collect();
    let found: Vec<_> = after.findings.iter().map(told).collect();
    law!("foreseen", foreseen == found, "{foreseen:#?}\n{found:#?}");
    Ok(())
}

/// The directory of an agent, as it is told.
pub(crate) fn dir_of(ahead: &Ahead, agent: &str) -> String {
    let world = &ahead.now.world;
    let known = world.agents.iter().find(|known| known.id == agent).map(|known| known.dir.clone());
    world.paths.shown(&known.unwrap_or_else(|| world.paths.agent_dir(agent)))
}

/// Whether an agent, or main, whose profiles all see, gets what it had in an older layout. The
/// agent no longer sees main's profiles of the same providers then.
pub(crate) fn is_imported(ahead: &Ahead, words: &str, agent: &str) -> bool {
    let dirs = [agent, MAIN_AGENT].map(|agent| dir_of(ahead, agent));
    let is_import = |line: &&str| line.starts_with("import ") || line.starts_with("move ");
    let mut imports = words.lines().filter(is_import);
    imports.any(|line| dirs.iter().any(|dir| line.contains(dir)) || line.contains("oauth.json"))
}

/// Whether what a finding misses was missing before, said or not: an agent sees main's store of a
/// provider as soon as that one has a profile of it, with what it names and lacks.
fn lacked(before: &Looked, finding: &Finding) -> bool {
    let of_agent = before.status.agents.iter().filter(|of| finding.agent.as_ref() == Some(&of.agent));
    let mut providers = of_agent.flat_map(|of| &of.providers);
    match finding.rule.code {
        "credential/missing" => providers.any(|of| of.provider == finding.subject && !of.is_usable()),
        "credential/not-stored" | "order/unknown-profile" => {
            let can = |verdict: &Verdict| matches!(verdict, Verdict::Chosen | Verdict::Later);
            let mut candidates = providers.flat_map(|of| &of.resolution.candidates);
            !candidates.any(|candidate| candidate.name == finding.subject && can(&candidate.verdict))
        }
        _ => false,
    }
}

/// Whether a finding is about a stored profile of a provider whose declarations or order are taken
/// out: all that is stored is used then.
fn is_let_in(ahead: &Ahead, words: &str, finding: &Finding) -> bool {
    let desired = &ahead.now.world.desired;
    let of_id = |id: &str| desired.profile(id).map(|declared| declared.provider.clone());
    let provider = finding.subject.split(':').next().unwrap_or_default();
    let mut taken = words.lines().filter(|line| line.starts_with("remove "));
    taken.any(|line| {
        let id = line.split("; ").nth(1).unwrap_or_default();
        line.contains(provider) || of_id(id).as_deref() == Some(provider)
    })
}

/// Whether a name says the new one of a profile: what was wrong with the profile is so still.
pub(crate) fn is_renamed(words: &str, name: &str) -> bool {
    words.lines().any(|line| {
        let new = line.strip_prefix("declare ").or_else(|| line.strip_prefix("rename it to "));
        let new = new.and_then(|line| line.split([' ', ',', ';']).next());
        let old = line.split("; ").nth(1);
        new.filter(|new| *new != "it").is_some_and(|new| name.contains(new) || old == Some(name))
    })
}

/// Whether it is about a credential that nothing needed before: a model that an older key named had no
/// effect.
fn is_needed_anew(finding: &Finding, words: &str) -> bool {
    let codes = ["credential/missing", "cooldown/all-rest"];
    codes.iter().any(|code| finding.is_of(code)) && words.contains("is from an older version")
}

/// Whether an agent's own store got a profile of the provider, because its record is read now: then it no longer
/// sees main's profiles of the same provider, and an order that names one of these names none.
fn has_its_own_now(finding: &Finding, words: &str) -> bool {
    let codes = ["order/unknown-profile", "credential/not-stored"];
    let provider = finding.subject.split(':').next().unwrap_or_default();
    let corrected = format!("the record of {provider}:");
    codes.iter().any(|code| finding.is_of(code)) && words.lines().any(|line| line.contains(&corrected))
}

/// Nothing is an error, or counts for more, that was not before; but for what the plan names.
fn no_worse(ahead: &Ahead, after: &Looked, words: &str) -> Result<(), Broken> {
    let before: BTreeSet<_> =
        ahead.now.findings.iter().map(|finding| (finding.rule.code, finding.subject.as_str())).collect();
    // An agent whose first store is made is looked at from now on.
    let scope = &ahead.now.world.scope;
    let was_there = |finding: &&Finding| finding.agent.as_ref().is_none_or(|agent| scope.contains(agent));
    let errors = |of: &'_ Looked| {
        let errors = of.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let errors = errors.filter(was_there);
        errors.cloned().collect::<Vec<_>>()
    };
    // What was an error under another name is no new one.
    let said: String = errors(&ahead.now).into_iter().map(|finding| finding.message + "\n").collect();
    for finding in errors(after) {
        let known = before.contains(&(finding.rule.code, finding.subject.as_str()));
        let named = words.contains(&finding.subject) || said.contains(&finding.subject);
        let named = named || finding.agent.as_deref().is_some_and(|agent| is_imported(ahead, words, agent));
        let named = named || lacked(&ahead.now, &finding) || is_let_in(ahead, words, &finding);
        let named = named || is_renamed(words, &finding.subject);
        let named = named || is_needed_anew(&finding, words) || has_its_own_now(&finding, words);
        law!("no worse", known || named, "new: {}\nplan: {words}before: {said}", finding.message);
    }
    let verdict = checks::verdict(&ahead.now.findings);
    for finding in after.findings.iter().filter(was_there).filter(|finding| finding.counts > verdict) {
        let imported = finding.agent.as_deref().is_some_and(|agent| is_imported(ahead, words, agent));
        let named = imported || words.contains(&finding.subject) || is_needed_anew(finding, words);
        law!("verdict", named, "{}\nplan: {words}", finding.message);
    }
    Ok(())
}
