//! One apply against what is there now: for each of its changes, last first, whether it is still
//! in place (then it is taken back), never came to be (then nothing is done), or neither (then
//! somebody changed the file since).

use crate::catalog::documents::Format;
use crate::change::apply::backup;
use crate::change::apply::history::Past;
use crate::change::apply::journal::{Ended, PlannedChange, Verb, Was};
use crate::change::apply::undo::places::{self, MovedPlace};
use crate::change::apply::undo::values::{self, Merged};
use crate::change::apply::undo::{Refused, Undo, plausible};
use crate::change::apply::write::MAX_BYTES;
use crate::change::plan::{Action, Change, ChangeReason, FileMode, Lock, Plan, Precondition, direct};
use crate::change::preview::Overlay;
use crate::change::proposal::Class;
use crate::doc::KeyPath;
use crate::sys::digest::sha256;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Look, Reading};
use std::path::{Path, PathBuf};

/// Permission bits that are given back to a file. Those that lend its owner's rights are not: no
/// file of ours has them, and a journal is not trusted that far.
const FILE_BITS: u32 = 0o777;

/// The undo of `past`, made from what is there.
pub(super) fn undo(look: &dyn Look, state_dir: &Path, past: &Past, force: bool) -> Result<Undo, Refused> {
    plausible::id(&past.begin)?;
    let begin = &past.begin;
    let (plan, gone) = (Plan::default(), Vec::new());
    let mut undo = Undo {
        id: begin.id.clone(),
        command: begin.command.clone(),
        time: begin.time,
        plan,
        gone,
        kept: Vec::new(),
    };
    // What looks like the work of a change that was never begun is somebody else's.
    let begun = begin.changes.iter().enumerate().take_while(|(n, _)| past.was_begun(*n));
    let begun: Vec<(usize, &PlannedChange)> = begun.collect();
    for (_, planned) in &begun {
        plausible::places(look, state_dir, planned)?;
    }
    let places = places::of(look, &begun);
    for (n, planned) in begun.iter().rev().copied() {
        let place = &places[n];
        let Some(target) = &place.target else { continue };
        // As things will be when the changes after this one are taken back.
        let then = Overlay::new(look, &undo.plan);
        let as_before = places::is_as_before(&then, &begun, &places, n);
        let case =
            FileCase { look, now: &then, state_dir, past, n, planned, target, place, as_before, force };
        let next = case.next()?;
        match next {
            UndoStep::Nothing => {}
            UndoStep::Gone => undo.gone.push(planned.target.clone()),
            UndoStep::Do(change) => undo.plan.changes.push(change),
            UndoStep::Part(change, kept) => {
                let key = |key: KeyPath| (planned.target.clone(), key.to_string());
                undo.kept.extend(kept.into_iter().map(key));
                undo.plan.changes.extend(change);
            }
        }
        for dir in place.made_dirs.iter().rev() {
            undo.plan.changes.extend(without_dir(&Overlay::new(look, &undo.plan), dir));
        }
    }
    if places::is_idle(look, &undo.plan) {
        undo.plan = Plan::default();
    }
    Ok(undo)
}

/// What is to be done about one change.
enum UndoStep {
    /// It is not there, or no longer.
    Nothing,
    /// What it was about is not there any more.
    Gone,
    /// This.
    Do(Change),
    /// This of it; the values at these places were changed since and stay.
    Part(Option<Change>, Vec<KeyPath>),
}

/// One change of the past, and where it is judged.
struct FileCase<'a> {
    look: &'a dyn Look,
    now: &'a dyn Look,
    state_dir: &'a Path,
    past: &'a Past,
    n: usize,
    planned: &'a PlannedChange,
    /// Where the file is to be looked for, and where it was moved to.
    target: &'a Path,
    place: &'a MovedPlace,
    /// Whether its place is as it was before any change of it.
    as_before: bool,
    force: bool,
}

impl FileCase<'_> {
    fn next(&self) -> Result<UndoStep, Refused> {
        match (self.planned.action, &self.place.to) {
            (Verb::Move, Some(to)) => self.place(to),
            // The place to which it went was free only because of a move that is back.
            (Verb::Move, None) if self.planned.to.is_some() => Ok(UndoStep::Nothing),
            (Verb::Move, None) => Err(Refused::Journal("a move leads nowhere".to_owned())),
            _ if self.as_before => Ok(UndoStep::Nothing),
            (Verb::Create | Verb::Update | Verb::Remove, _) => self.bytes(),
            (Verb::Chmod, _) => self.mode(),
            (Verb::MakeDir, _) => {
                Ok(without_dir(self.now, self.target).map_or(UndoStep::Nothing, UndoStep::Do))
            }
            (Verb::RemoveDir, _) => self.dir(),
        }
    }

    /// The file as the user knows it, if that still leads to the file that was changed.
    fn path(&self) -> &Path {
        let path = &self.planned.path;
        if self.now.resolve(path) == self.now.resolve(self.target) { path } else { self.target }
    }

    /// Neither before nor after: who never made the change leaves it alone, everybody else must
    /// be told to go on.
    fn third(&self, forced: impl FnOnce() -> Result<UndoStep, Refused>) -> Result<UndoStep, Refused> {
        match self.past.ended(self.n) {
            Some(Ended::Failed | Ended::NotReached | Ended::Old) => Ok(UndoStep::Nothing),
            _ if self.force => forced(),
            _ => Err(Refused::Changed(self.path().to_owned())),
        }
    }

    fn bytes(&self) -> Result<UndoStep, Refused> {
        let path = self.path();
        let reading = self.now.read(self.target, MAX_BYTES);
        let now = match &reading {
            Reading::Absent => None,
            Reading::File(bytes, stat) => Some((sha256(bytes.expose()), stat.mode)),
            Reading::Fault(..) | Reading::TooLarge(_) if !self.force => {
                return self.third(|| Ok(UndoStep::Nothing));
            }
            Reading::Fault(what, _) => return Err(Refused::Blocked(path.to_owned(), what.clone())),
            Reading::TooLarge(_) => {
                let what = Fault::Os(format!("is larger than {MAX_BYTES} bytes"));
                return Err(Refused::Blocked(path.to_owned(), what));
            }
        };
        let PlannedChange { before, after, .. } = self.planned;
        let is = |hash: &Option<String>, mode: Option<u32>| match &now {
            Some((sha256, now)) => hash.as_ref() == Some(sha256) && mode.is_none_or(|mode| mode == *now),
            None => false,
        };
        let is_after = match after {
            // A group that could not be kept was given nothing.
            Some(after) => {
                is(&after.sha256, Some(after.mode)) || is(&after.sha256, Some(after.mode & !0o070))
            }
            None => now.is_none(),
        };
        let is_before = |exactly: bool| match before {
            Some(before) => is(&before.sha256, exactly.then_some(before.mode)),
            None => now.is_none(),
        };
        match () {
            () if is_before(true) => Ok(UndoStep::Nothing),
            () if is_after => self.restore(&reading),
            () if is_before(false) => Ok(UndoStep::Nothing),
            () => self.third_text(&reading),
        }
    }

    /// A file that somebody changed since: what is still ours in it is taken back, value by value, where
    /// it is known what that is.
    fn third_text(&self, now: &Reading) -> Result<UndoStep, Refused> {
        let ended = self.past.ended(self.n);
        let Some(merged) = self
            .merged(now)
            .filter(|_| !matches!(ended, Some(Ended::Failed | Ended::NotReached | Ended::Old)))
        else {
            return self.third(|| self.restore(now));
        };
        let Reading::File(bytes, _) = now else { return self.third(|| self.restore(now)) };
        if *bytes.expose() == merged.text.as_bytes() {
            // Nothing of it is ours any more, or nothing of it may be taken back.
            return match merged.kept.is_empty() {
                true if self.force => Ok(UndoStep::Nothing),
                true => self.third(|| self.restore(now)),
                false if self.force => Ok(UndoStep::Part(None, merged.kept)),
                false => Err(Refused::Changed(self.path().to_owned())),
            };
        }
        let is_before = match &self.planned.before {
            Some(before) => before.sha256 == Some(sha256(merged.text.as_bytes())),
            None => merged.is_empty,
        };
        if self.force && is_before {
            return self.restore(now);
        }
        let refused = || Refused::Backup(self.path().to_owned());
        let precondition = Precondition::of(now).ok_or_else(refused)?;
        let action = Action::Update(Secret::new(merged.text.into_bytes()));
        let mut change = self.change(action, precondition, FileMode::Private);
        for reason in &mut change.reasons {
            reason.what = format!("undo the changes in {}", shown(self.now, self.path()));
        }
        Ok(UndoStep::Part(Some(change), merged.kept))
    }

    /// The text as it is now without what was changed, if both texts of the change are still at hand.
    fn merged(&self, now: &Reading) -> Option<Merged> {
        let (Reading::File(now, _), Some(after)) = (now, &self.planned.after) else { return None };
        let before = match &self.planned.before {
            Some(before) => Some(self.backup(before)?),
            None => None,
        };
        let path = backup::after_of(self.state_dir, &self.past.begin.id, self.n, &self.planned.target);
        let made = match plausible::own(self.look, &path).map(|path| self.look.read(&path, MAX_BYTES))? {
            Reading::File(bytes, _) if after.sha256 == Some(sha256(bytes.expose())) => bytes,
            _ => return None,
        };
        let text = |bytes: &'_ Secret<Vec<u8>>| String::from_utf8(bytes.expose().clone()).ok();
        let before = match &before {
            Some(bytes) => Some(text(bytes)?),
            None => None,
        };
        let (made, now) = (text(&made)?, text(now)?);
        values::taken_back(self.target, (before.as_deref(), &made), &now, self.force)
    }

    /// The bytes, mode and owner from before, instead of `now`.
    fn restore(&self, now: &Reading) -> Result<UndoStep, Refused> {
        let refused = || Refused::Backup(self.path().to_owned());
        let precondition = Precondition::of(now).ok_or_else(refused)?;
        let Some(before) = &self.planned.before else {
            let gone = matches!(now, Reading::Absent);
            let remove = || self.change(Action::Remove, precondition, FileMode::Private);
            return Ok(if gone { UndoStep::Nothing } else { UndoStep::Do(remove()) });
        };
        let bytes = self.backup(before).ok_or_else(refused)?;
        let mode = FileMode::Was { mode: before.mode & FILE_BITS, uid: before.uid, gid: before.gid };
        let action =
            if precondition == Precondition::Absent { Action::Create(bytes) } else { Action::Update(bytes) };
        Ok(UndoStep::Do(self.change(action, precondition, mode)))
    }

    /// The bytes from before, if they are what the journal says.
    fn backup(&self, before: &Was) -> Option<Secret<Vec<u8>>> {
        let change = (self.n, self.planned);
        let path = plausible::backup(self.look, self.state_dir, &self.past.begin, change)?;
        match self.look.read(&path, MAX_BYTES) {
            Reading::File(bytes, _) if before.sha256 == Some(sha256(bytes.expose())) => Some(bytes),
            _ => None,
        }
    }

    fn mode(&self) -> Result<UndoStep, Refused> {
        let (Some(before), Some(after)) = (&self.planned.before, &self.planned.after) else {
            return Err(Refused::Journal("a mode is missing".to_owned()));
        };
        let Some(stat) = self.now.stat(self.target) else {
            return self.third(|| Ok(UndoStep::Gone));
        };
        let mode = before.mode & if stat.is_dir { 0o7777 } else { FILE_BITS };
        let revert =
            || UndoStep::Do(self.change(Action::Chmod, Precondition::Place(stat), FileMode::Exact(mode)));
        match stat.mode {
            now if now == before.mode || now == mode => Ok(UndoStep::Nothing),
            now if now == after.mode => Ok(revert()),
            _ => self.third(|| Ok(revert())),
        }
    }

    /// A directory that was removed.
    fn dir(&self) -> Result<UndoStep, Refused> {
        let Some(before) = &self.planned.before else {
            return Err(Refused::Journal("a mode is missing".to_owned()));
        };
        match self.now.stat(self.target) {
            Some(stat) if stat.is_dir => Ok(UndoStep::Nothing),
            Some(_) => self.third(|| {
                let what = Fault::Os("is a file now".to_owned());
                Err(Refused::Blocked(self.target.to_owned(), what))
            }),
            None => {
                let (path, mode) = (self.target, FileMode::Exact(before.mode));
                Ok(UndoStep::Do(change(self.now, path, Action::MakeDir, Precondition::Absent, mode)))
            }
        }
    }

    /// What was moved `to` somewhere.
    fn place(&self, to: &Path) -> Result<UndoStep, Refused> {
        let from = self.target;
        match (self.now.stat(from), self.now.stat(to)) {
            (Some(_), None) => Ok(UndoStep::Nothing),
            (Some(_), Some(_)) if self.place.is_back => Ok(UndoStep::Nothing),
            // It was made by the same apply, and is gone.
            (None, None) if self.as_before => Ok(UndoStep::Nothing),
            (None, None) => self.third(|| Ok(UndoStep::Gone)),
            (Some(_), Some(_)) => self.third(|| {
                let what = Fault::Os("it was replaced by something else".to_owned());
                Err(Refused::Blocked(from.to_owned(), what))
            }),
            (None, Some(stat)) => {
                let action = || Action::Move(from.to_owned());
                let (precondition, mode) = (Precondition::Place(stat), FileMode::Exact(stat.mode));
                let back = || Ok(UndoStep::Do(change(self.now, to, action(), precondition, mode)));
                if self.is_what_was_moved(to) { back() } else { self.third(back) }
            }
        }
    }

    fn is_what_was_moved(&self, to: &Path) -> bool {
        let Some(was) = self.planned.before.as_ref().and_then(|before| before.sha256.as_ref()) else {
            return true;
        };
        matches!(self.now.read(to, MAX_BYTES), Reading::File(bytes, _) if sha256(bytes.expose()) == *was)
    }

    fn change(&self, action: Action, precondition: Precondition, mode: FileMode) -> Change {
        change(self.now, self.path(), action, precondition, mode)
    }
}

/// The removal of a directory that was made, if it is one and empty.
fn without_dir(now: &dyn Look, dir: &Path) -> Option<Change> {
    let stat = now.stat(dir).filter(|stat| stat.is_dir && now.list(dir).is_empty())?;
    // A link in its place is none that was made.
    let is_itself = direct(now, dir) == now.resolve(dir);
    let (precondition, mode) = (Precondition::Place(stat), FileMode::Exact(stat.mode));
    is_itself.then(|| change(now, dir, Action::RemoveDir, precondition, mode))
}

fn change(
    look: &dyn Look,
    path: &Path,
    action: Action,
    precondition: Precondition,
    mode: FileMode,
) -> Change {
    let reason = ChangeReason { code: None, what: in_words(look, path, &action, mode) };
    Change {
        path: PathBuf::from(path),
        action,
        lock: Lock::of_name(path),
        // What was there before need not have been readable.
        format: Format::None,
        precondition,
        mode,
        class: Class::Force,
        reasons: vec![reason],
    }
}

fn shown(look: &dyn Look, path: &Path) -> String {
    match path.strip_prefix(&look.host().home) {
        Ok(rest) => Path::new("~").join(rest).display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

fn in_words(look: &dyn Look, path: &Path, action: &Action, mode: FileMode) -> String {
    let shown = |path: &Path| shown(look, path);
    let name = shown(path);
    match (action, mode) {
        (Action::Create(_) | Action::Update(_), _) => format!("restore {name}"),
        (Action::Chmod, FileMode::Exact(mode)) => format!("set the mode of {name} back to {mode:o}"),
        (Action::Chmod, _) => format!("set the mode of {name} back"),
        (Action::Remove | Action::RemoveDir, _) => format!("remove {name}, which did not exist before"),
        (Action::MakeDir, _) => format!("create {name} again"),
        (Action::Move(to), _) => format!("move {name} back to {}", shown(to)),
    }
}
