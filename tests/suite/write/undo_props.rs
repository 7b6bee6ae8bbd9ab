//! Properties of the write path and of undo: random plans of all actions, on real files.

use crate::support::home::NOW;
use crate::support::hooked::Hooked;
use crate::support::plans::{FOREIGN, bytes, leftovers, quick_home, real, say, target, walk};
use crate::support::random::{self, Rough, build, roughs, tree, view};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use zirkabot::change::apply::journal::Verb;
use zirkabot::change::apply::undo::{self, Refused, UndoRequest, Undone};
use zirkabot::change::apply::{self, Receipt};
use zirkabot::change::preview::Overlay;
use zirkabot::sys::Act;

fn apply_all(act: &mut dyn Act, home: &Path, roughs: &[Rough]) -> Result<Receipt, apply::ApplyFault> {
    apply::apply(act, &target(home, 10_000), &mut |look| random::plan(look, home, roughs))
}

/// Takes back `id`, or the newest.
pub(crate) fn undo(home: &Path, id: Option<&str>, force: bool) -> Result<Undone, Refused> {
    let proposal = UndoRequest { id: id.map(str::to_owned), force };
    undo::undo(&mut real(home), &target(home, 10_000), &proposal).map_err(|refused| refused.why)
}

fn check(cases: u32, test: impl Fn(Vec<Rough>) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config).run(&roughs(), test).unwrap_or_else(|fault| panic!("{fault}"));
}

/// Where two trees differ.
fn differences<T: PartialEq + std::fmt::Debug>(one: &Tree<T>, other: &Tree<T>) -> Vec<String> {
    let paths: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differ = paths.into_iter().filter(|path| one.get(*path) != other.get(*path));
    differ.map(|path| format!("{}: {:?}, {:?}", path.display(), one.get(path), other.get(path))).collect()
}

type Tree<T> = std::collections::BTreeMap<PathBuf, T>;

#[test]
fn a_look_ahead_sees_what_apply_makes() {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    check(300, |roughs| {
        let home = quick_home();
        build(&home.root);
        let mut act = real(&home.root);
        let plan = random::plan(&act, &home.root, &roughs);
        seen.borrow_mut().extend(plan.changes.iter().map(|change| Verb::from(&change.action).in_words()));
        let foreseen = view(&Overlay::new(&act, &plan), &home.root);
        let receipt = apply_all(&mut act, &home.root, &roughs);
        prop_assert_eq!(receipt.as_ref().map(Receipt::failure), Ok(None), "{:#?}", plan);
        prop_assert_eq!(differences(&foreseen, &view(&act, &home.root)), Vec::<String>::new(), "{:?}", plan);
        Ok(())
    });
    assert_eq!(seen.borrow().len(), 5, "{seen:?}");
}

#[test]
fn undo_restores_all_and_its_undo_all_of_that() {
    // A directory is moved away, and then into a directory made in its old place: seldom made by chance.
    restores_all(&[(5, 5, 51), (5, 11, 46)]).unwrap();
    check(300, |roughs| restores_all(&roughs));
}

fn restores_all(roughs: &[Rough]) -> Result<(), TestCaseError> {
    let home = quick_home();
    build(&home.root);
    let before = tree(&home.root);
    let Some(id) = apply_all(&mut real(&home.root), &home.root, roughs).unwrap().id else {
        return Ok(());
    };
    let after = tree(&home.root);
    let undone = undo(&home.root, None, false);
    if undone.as_ref().is_err_and(|why| *why == Refused::Nothing) {
        // Its changes took each other back.
        prop_assert_eq!(differences(&after, &before), Vec::<String>::new());
        return Ok(());
    }
    let undone = undone.map_err(|why| TestCaseError::fail(format!("{why}")))?;
    prop_assert_eq!(undone.receipt.failure(), None);
    prop_assert_eq!(differences(&tree(&home.root), &before), Vec::<String>::new());
    let again = undo(&home.root, Some(&id), false);
    // A place that was used for several things may look changed; then it is left alone.
    prop_assert!(
        again
            .as_ref()
            .map_or_else(|why| matches!(why, Refused::Changed(_)), |again| again.receipt.id.is_none())
    );
    prop_assert_eq!(differences(&tree(&home.root), &before), Vec::<String>::new());
    if let Some(redo) = undone.receipt.id {
        let redone = undo(&home.root, Some(&redo), false);
        // The same of a place to which a removed file came back and another one had been moved.
        if matches!(redone, Err(Refused::Changed(_))) {
            prop_assert_eq!(differences(&tree(&home.root), &before), Vec::<String>::new());
            return Ok(());
        }
        let redone = redone.map_err(|why| TestCaseError::fail(format!("{why}")))?;
        prop_assert_eq!(redone.receipt.failure(), None);
        prop_assert_eq!(differences(&tree(&home.root), &after), Vec::<String>::new());
        undo(&home.root, Some(&id), false).map_err(|why| TestCaseError::fail(format!("{why}")))?;
        prop_assert_eq!(differences(&tree(&home.root), &before), Vec::<String>::new());
        prop_assert_eq!(undo(&home.root, None, false).err(), Some(Refused::Nothing));
    }
    prop_assert_eq!(leftovers(&home.root), Vec::<PathBuf>::new());
    Ok(())
}

/// What somebody wrote after the apply is in a file, or in a backup where that was asked for.
#[test]
fn undo_loses_nothing_that_was_written_since() {
    let (refusals, undone) = (Cell::new(0), Cell::new(0));
    check(300, |roughs| {
        let home = quick_home();
        build(&home.root);
        let before = tree(&home.root);
        apply_all(&mut real(&home.root), &home.root, &roughs).unwrap();
        let is_new =
            |path: &PathBuf, entry: &(u32, Vec<u8>)| path.is_file() && before.get(path) != Some(entry);
        let Some((edited, _)) = tree(&home.root).into_iter().find(|(path, entry)| is_new(path, entry)) else {
            return Ok(());
        };
        std::fs::write(&edited, FOREIGN).unwrap();
        let after = tree(&home.root);
        let kept = |dir: &Path| walk(dir).iter().any(|path| path.is_file() && bytes(path) == FOREIGN);
        match undo(&home.root, None, false) {
            Err(Refused::Changed(_)) => {
                prop_assert_eq!(differences(&tree(&home.root), &after), Vec::<String>::new());
                refusals.set(refusals.get() + 1);
                // Where nothing is left of what was made, or its old place is taken, there is nothing to take
                // back by force either; then nothing at all is done.
                match undo(&home.root, None, true) {
                    Err(Refused::Nothing | Refused::Blocked(..)) => {
                        prop_assert_eq!(differences(&tree(&home.root), &after), Vec::<String>::new());
                    }
                    forced => prop_assert!(forced.unwrap().receipt.failure().is_none()),
                }
            }
            result => {
                let result = result.unwrap();
                prop_assert_eq!(result.receipt.failure(), None);
                undone.set(undone.get() + 1);
            }
        }
        prop_assert!(kept(&home.root), "{:?} is lost", edited);
        Ok(())
    });
    let (refusals, undone) = (refusals.get(), undone.get());
    say(&format!("edits since: {refusals} undos refused, {undone} that did not concern the bytes"));
    assert!(refusals > 20 && undone > 0);
}

/// `act` with nothing more written from the `n`th call on, as if killed; whether it came so far.
fn stopped_at(home: &Path, n: usize, act: impl FnOnce(&mut dyn Act)) -> bool {
    let calls = Cell::new(0);
    let mut hooked = Hooked::new(home, NOW, |_, _| {
        calls.set(calls.get() + 1);
        if calls.get() > n { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    });
    act(&mut hooked);
    drop(hooked);
    calls.get() > n
}

/// All as it was before, after an undo that may have found nothing to do.
#[track_caller]
fn assert_undone(home: &Path, before: &Tree<(u32, Vec<u8>)>) {
    match undo(home, None, false) {
        Ok(undone) => assert_eq!(undone.receipt.failure(), None),
        Err(Refused::Nothing) => {}
        Err(why) => panic!("{why}"),
    }
    assert_eq!(differences(&tree(home), before), Vec::<String>::new());
}

#[test]
fn whatever_a_kill_leaves_can_be_undone() {
    let stops = Cell::new(0);
    check(20, |roughs| {
        for n in 0.. {
            let home = quick_home();
            build(&home.root);
            let before = tree(&home.root);
            let stopped = stopped_at(&home.root, n, |act| drop(apply_all(act, &home.root, &roughs)));
            assert_undone(&home.root, &before);
            stops.set(stops.get() + 1);
            if !stopped {
                break;
            }
        }
        Ok(())
    });
    say(&format!("undo after a kill: {} kills", stops.get()));
}

#[test]
fn an_undo_that_is_killed_can_be_brought_to_its_end() {
    let stops = Cell::new(0);
    check(15, |roughs| {
        for n in 0.. {
            let home = quick_home();
            build(&home.root);
            let before = tree(&home.root);
            apply_all(&mut real(&home.root), &home.root, &roughs).unwrap();
            let to = target(&home.root, 10_000);
            let stopped =
                stopped_at(&home.root, n, |act| drop(undo::undo(act, &to, &UndoRequest::default())));
            // Where one place was used for several things, it may not be certain whose state is
            // there: then nothing is touched, and a person is told the file.
            let state = tree(&home.root);
            match undo(&home.root, None, false) {
                Err(Refused::Changed(_)) => {
                    assert_eq!(differences(&tree(&home.root), &state), Vec::<String>::new());
                }
                _ => assert_undone(&home.root, &before),
            }
            stops.set(stops.get() + 1);
            if !stopped {
                break;
            }
        }
        Ok(())
    });
    say(&format!("undo after a killed undo: {} kills", stops.get()));
}
