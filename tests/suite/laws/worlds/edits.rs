//! Plans of all kinds of edits, not only of those that repairs make today: at places of the made
//! home's own files, carried out and taken back.

use super::dice::Dice;
use super::laws::{self, Broken, Edited, HOME, Seen, law, word};
use super::made::Made;
use super::memory::Memory;
use super::texts;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zirkabot::catalog::documents::{DocKind, Format};
use zirkabot::change::plan;
use zirkabot::change::preview::Overlay;
use zirkabot::change::proposal::{Class, Proposal};
use zirkabot::checks::finding::{CheckImpact, Finding, Severity};
use zirkabot::doc::edit::ops::{Draft, Edit, FileAction, To};
use zirkabot::doc::{self, Doc, DocId, KeyPath, Node, State};
use zirkabot::sys::{Look, Reading};
use zirkabot::world::World;
use zirkabot::{checks, pipeline};

/// A walk from the top of a text to some value in it.
fn walk(dice: &mut Dice, doc: &Doc) -> Option<KeyPath> {
    // A store's own tree has no depth any more.
    let root = doc::parse(doc.format, DocId(0), doc.text.expose()).ok()?;
    let (mut node, mut path): (&Node, KeyPath) = (&root, KeyPath::default());
    loop {
        let (members, items) = (node.members(), node.items());
        if !members.is_empty() {
            let member = &members[dice.below(members.len())];
            (node, path) = (&member.node, path.key(&member.key));
        } else if !items.is_empty() {
            let at = dice.below(items.len());
            (node, path) = (&items[at], path.index(at));
        } else {
            break;
        }
        if dice.chance(30) {
            break;
        }
    }
    (!path.0.is_empty()).then_some(path)
}

fn value(dice: &mut Dice) -> Draft {
    let text = || Draft::String("CANARY-new 'value\"".into());
    match dice.below(5) {
        0 => text(),
        1 => Draft::Int(1_795_348_800_000),
        2 => Draft::Bool(true),
        3 => Draft::List(vec![text(), text()]),
        _ => Draft::Table(vec![("a".to_owned(), text()), ("b c".to_owned(), Draft::Int(3))]),
    }
}

/// An edit of a value of a text.
fn of_value(dice: &mut Dice, doc: &Doc) -> Option<Edit> {
    let at = walk(dice, doc)?;
    let (at, to) = match dice.below(5) {
        0 => (at, To::Set(value(dice))),
        1 | 2 => (at, To::Remove),
        3 => (at, To::Rename(dice.pick(&["zkRenamed", "renamed key"]).to_owned())),
        _ => {
            let mut at = at;
            at.0.pop();
            (at.key("zk-added"), To::Set(value(dice)))
        }
    };
    Some(Edit::value(doc.id, at, to))
}

/// An edit of a file or directory as a whole.
fn of_place(dice: &mut Dice, world: &World, doc: &Doc) -> Option<Edit> {
    let is_dir = doc.stat.is_some_and(|stat| stat.is_dir);
    let to = match (doc.kind, doc.stat) {
        // Apply makes the state directory itself, for its lock.
        (DocKind::Directory, None) if doc.path.as_ref() == Some(&world.paths.state) => return None,
        (DocKind::Directory, None) => FileAction::MakeDir(0o700),
        (DocKind::Directory, Some(_)) if doc.path == Some(world.paths.state.join("agent")) => {
            FileAction::MoveTo(world.paths.state.join(dice.pick(&["older", "put/away/agent"])))
        }
        (_, None) => return None,
        (DocKind::Leftover | DocKind::LegacyAuth, Some(_)) if dice.chance(50) => FileAction::Remove,
        (_, Some(_)) if is_dir => FileAction::Mode(dice.pick(&[0o700, 0o750])),
        (_, Some(_)) => FileAction::Mode(dice.pick(&[0o600, 0o640])),
    };
    Some(Edit::file(doc.id, to))
}

/// Findings with edits at places of this world.
fn findings(dice: &mut Dice, world: &World) -> Vec<Finding> {
    let ours: Vec<&Doc> = world.docs.iter().filter(|doc| doc.kind.row().ours && doc.path.is_some()).collect();
    let texts = ours.iter().filter(|doc| doc.state == State::Parsed && doc.format != Format::None);
    let texts: Vec<&Doc> = texts.copied().collect();
    let mut edits = Vec::new();
    for _ in 0..dice.below(4) {
        if !texts.is_empty() {
            let at = dice.below(texts.len());
            edits.extend(of_value(dice, texts[at]));
        }
    }
    for doc in &ours {
        let is_older = doc.path == Some(world.paths.state.join("agent"));
        if dice.chance(if is_older { 60 } else { 15 }) {
            edits.extend(of_place(dice, world, doc));
        }
    }
    let rule = checks::rules().next().unwrap();
    let finding = |edit: Edit| Finding {
        rule,
        severity: Severity::Warning,
        subject: "a test".to_owned(),
        agent: None,
        message: "the test says so".to_owned(),
        evidence: Vec::new(),
        advice: None,
        repair: Some(Proposal::mending(rule.code, "do it", vec![edit], Class::Fix)),
        counts: CheckImpact::No,
        rescues: false,
    };
    edits.into_iter().map(finding).collect()
}

/// What holds of any plan: what no edit names stays, the overlay tells the truth, and undo
/// restores all.
pub(super) fn hold(made: &Made) -> Result<Seen, Broken> {
    let (base, mut memory) = (made.memory(Path::new(HOME), 1000), made.memory(Path::new(HOME), 1000));
    let looked = pipeline::look(&base, &made.ask);
    let findings = findings(&mut Dice::of_tape(&made.more), &looked.world);
    let (plan, blocked) = zirkabot::checks::choice::of(&looked.world, findings.iter());
    let seen = Seen {
        actions: plan.changes.iter().map(|change| word(&change.action)).collect(),
        blocked: !blocked.is_empty(),
        ..Seen::default()
    };
    if plan.changes.is_empty() {
        return Ok(seen);
    }
    let edits = findings.iter().flat_map(|finding| finding.repair.iter().flat_map(|repair| &repair.edits));
    let edited = |edit: &Edit| {
        let file = looked.world.doc(edit.doc).path.clone()?;
        Some(Edited::of(file, edit))
    };
    let edits: Vec<Edited> = edits.filter_map(edited).collect();
    let state = looked.world.paths.state.clone();
    let make = || zirkabot::checks::choice::of(&looked.world, findings.iter()).0;
    let done = pipeline::carry_out(&mut memory, &state, 0, &plan::Plan::default(), &mut |_| Ok(make()));
    law!("carried out", done.trouble.is_none(), "{:?}\n{plan:#?}", done.trouble);
    texts::kept(&base.entries, &memory.entries, &plan, &edits)?;
    foretold(&base, &memory, &plan, &state)?;
    laws::taken_back(&mut memory, &base.entries, &state)?;
    Ok(seen)
}

/// The overlay shows every file and directory as it is afterwards.
fn foretold(base: &Memory, after: &Memory, plan: &plan::Plan, state: &Path) -> Result<(), Broken> {
    let overlay = Overlay::new(base, plan);
    let paths: BTreeSet<&PathBuf> = base.entries.keys().chain(after.entries.keys()).collect();
    let shown = |look: &dyn Look, path: &Path| {
        let bytes = match look.read(path, 1 << 20) {
            Reading::File(bytes, _) => Some(bytes.expose().clone()),
            _ => None,
        };
        let mut names = look.list(path);
        names.retain(|name| !laws::is_record(state, &path.join(name)));
        (look.stat(path).map(|stat| (stat.is_dir, stat.mode)), bytes, names)
    };
    for path in paths.into_iter().filter(|path| !laws::is_record(state, path)) {
        let (foreseen, is) = (shown(&overlay, path), shown(after, path));
        law!("foretold", foreseen == is, "{}: {foreseen:?} {is:?}", path.display());
    }
    Ok(())
}
