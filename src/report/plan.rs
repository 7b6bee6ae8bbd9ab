//! A plan for a person: per file what is done and why, the difference, and how much it is.

use crate::catalog::documents::Content;
use crate::change::plan::{Action, Change, Plan, Precondition};
use crate::change::proposal::Class;
use crate::checks::choice::Choice;
use crate::checks::finding::{Finding, Severity};
use crate::doc::Doc;
use crate::pipeline::Ahead;
use crate::report::style::{Sign, Style, Tone};
use crate::report::{diagnostic, diff, words};
use crate::world::World;
use crate::world::label::Labels;
use std::path::Path;

/// How much is left to people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Findings that only a person can mend.
    pub person: usize,
    /// Findings whose repair needs `--force`.
    pub force: usize,
}

/// The plan as text. `worlds` are how things are, and how they would be.
pub fn plan(worlds: [&World; 2], plan: &Plan, style: Style) -> String {
    let labels = Labels::with(worlds[0], worlds[1]);
    let shown = |own: &Change| change(worlds, own, &labels, style);
    plan.changes.iter().map(shown).collect::<Vec<_>>().join("\n")
}

/// The plan, and how much it is.
pub fn text(worlds: [&World; 2], plan: &Plan, left: Left, style: Style) -> String {
    let text = crate::report::plan::plan(worlds, plan, style);
    let gap = if text.is_empty() { "" } else { "\n" };
    format!("{text}{gap}{}\n", summary(plan, left))
}

/// The same of what is ahead, with what is left to people.
pub fn ahead(ahead: &Ahead, choice: &Choice, style: Style) -> String {
    text([&ahead.now.world, &ahead.last().world], &ahead.plan, left(ahead, choice), style)
}

/// The same of what is ahead, with what is left to people by name.
pub fn ahead_and_left(ahead: &Ahead, choice: &Choice, style: Style) -> String {
    let (world, labels) = (&ahead.last().world, Labels::with(&ahead.now.world, &ahead.last().world));
    let line = |finding: &Finding| {
        let sign = if finding.severity == Severity::Error { Sign::Bad } else { Sign::Soon };
        let text = style.signed(sign, &diagnostic::line(world, finding, &labels));
        let help = diagnostic::help(world, finding).map(|help| labels.scrub(&help));
        let help = help.map(|help| format!("  help: {}\n", style.wrap(&help, 8, 8)));
        text + &help.unwrap_or_default()
    };
    // Of a config that cannot be read it is said beside the plan.
    let is_known = ahead.now.world.config_is_known();
    let left: String = needing(ahead, choice).filter(|_| is_known).map(line).collect();
    let plan = crate::report::plan::ahead(ahead, choice, style);
    if left.is_empty() { plan } else { format!("{left}\n{plan}") }
}

/// `3 to change, 1 needs you`.
pub fn summary(plan: &Plan, left: Left) -> String {
    let mut parts = Vec::new();
    match plan.changes.len() {
        0 => parts.push("nothing to change".to_owned()),
        count => parts.push(format!("{count} to change")),
    }
    let needs = |count: usize| if count == 1 { "needs" } else { "need" };
    if left.force > 0 {
        parts.push(format!("{} {} --force", left.force, needs(left.force)));
    }
    if left.person > 0 {
        parts.push(format!("{} {} your action", left.person, needs(left.person)));
    }
    parts.join(", ")
}

fn change(worlds: [&World; 2], change: &Change, labels: &Labels, style: Style) -> String {
    let world = worlds[0];
    let name = world.paths.shown(&change.path);
    let (sign, tone) = match &change.action {
        Action::Create(_) | Action::MakeDir => ("+", Tone::Good),
        Action::Update(_) | Action::Chmod => ("~", Tone::Soon),
        Action::Remove | Action::RemoveDir => ("-", Tone::Bad),
        Action::Move(_) => (">", Tone::Soon),
    };
    let head = format!("{} {name}{}", verb(&change.action), detail(world, change));
    let force = if change.class == Class::Force { "  (with --force only)" } else { "" };
    let mut out =
        format!("{} {}{force}\n", style.paint(tone, sign), style.paint(Tone::Strong, &labels.scrub(&head)));
    for reason in &change.reasons {
        let code = reason.code.map(|code| format!(" [{code}]")).unwrap_or_default();
        let text = style.wrap(&format!("{}{code}", labels.scrub(&reason.what)), 4, 6);
        out.push_str(&format!("    {text}\n"));
    }
    let shown = doc_at(worlds, &change.path).filter(|doc| doc.kind.row().content != Content::Generated);
    if let (Some(bytes), Some(doc)) = (change.bytes(), shown) {
        let old = Some(doc).filter(|_| change.precondition != Precondition::Absent);
        let new = doc.with_bytes(bytes.expose());
        out.push_str(&diff::unified(&name, old, Some(&new), labels, style));
    }
    out
}

fn verb(action: &Action) -> &'static str {
    match action {
        Action::Create(_) => "create",
        Action::Update(_) => "update",
        Action::Chmod => "chmod",
        Action::Remove => "remove",
        Action::MakeDir => "create directory",
        Action::RemoveDir => "remove directory",
        Action::Move(_) => "move",
    }
}

/// What is to be said beside the name: where to, and the mode where it is not what it was.
fn detail(world: &World, change: &Change) -> String {
    let before = change.precondition.stat();
    let mode = change.mode_over(before);
    match (&change.action, before) {
        (Action::Move(to), _) => format!(" to {}", world.paths.shown(to)),
        (Action::Create(_) | Action::MakeDir, _) => format!(", mode {mode:o}"),
        (Action::Update(_) | Action::Chmod, Some(stat)) if stat.mode != mode => {
            format!(", mode {:o} to {mode:o}", stat.mode)
        }
        _ => String::new(),
    }
}

/// The document that is changed, as it was first seen.
fn doc_at<'w>(worlds: [&'w World; 2], path: &Path) -> Option<&'w Doc> {
    worlds.into_iter().find_map(|world| world.docs.iter().find(|doc| doc.path.as_deref() == Some(path)))
}

/// What is left to people when a plan is carried out, of what they were asked about.
pub fn left(ahead: &Ahead, choice: &Choice) -> Left {
    let mut left = Left::default();
    for finding in needing(ahead, choice) {
        match &finding.repair {
            Some(repair) if repair.class == Class::Force && finding.advice.is_none() => left.force += 1,
            _ => left.person += 1,
        }
    }
    left
}

/// The findings that are left when a plan is carried out, but for notes.
pub fn needing<'a>(ahead: &'a Ahead, choice: &'a Choice) -> impl Iterator<Item = &'a Finding> {
    let is_left = |finding: &&Finding| choice.is_about(finding) && !choice.takes(finding);
    let findings = ahead.last().findings.iter().filter(is_left);
    findings.filter(|finding| finding.severity > Severity::Info)
}

/// `1 repair is offered`.
pub fn offered(count: usize) -> String {
    format!("{} {} offered", words::count(count, "repair"), if count == 1 { "is" } else { "are" })
}
