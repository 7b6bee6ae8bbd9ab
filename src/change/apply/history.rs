//! What the journal tells of earlier applies, put together. Reads, and judges nothing by the
//! files; `undo` does that.

use crate::change::apply::ApplyFault;
use crate::change::apply::journal::{self, Begin, Ended, Line};
use crate::sys::Look;
use std::collections::BTreeMap;
use std::path::Path;

/// One apply of the past.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// What it was about to do.
    pub begin: Begin,
    /// How it ended; `None` if it is at work, or was interrupted and no other run came since.
    pub end: Option<ApplyEnd>,
    /// How many of its changes were noted as made, each before the next was begun.
    pub done: usize,
    /// The change that could not be made, and why.
    pub failed: Option<(usize, String)>,
    /// The newest apply that took all of it back, unless that was taken back itself.
    pub undone_by: Option<String>,
}

/// How an apply ended.
#[derive(Clone, Debug)]
pub(crate) struct ApplyEnd {
    /// Whether a later run found it interrupted and looked at its files.
    pub recovered: bool,
    /// One per change.
    pub outcomes: Vec<Ended>,
}

impl Past {
    /// Whether all of its changes were made.
    pub(crate) fn is_whole(&self) -> bool {
        let made = |ended: &Ended| matches!(ended, Ended::Done | Ended::New);
        self.end.as_ref().is_some_and(|end| end.outcomes.iter().all(made))
    }

    /// Whether a change may have been begun: those before it are done.
    pub(crate) fn was_begun(&self, n: usize) -> bool {
        n <= self.done
    }

    /// How a change ended, if the journal says so.
    pub(crate) fn ended(&self, n: usize) -> Option<Ended> {
        self.end.as_ref()?.outcomes.get(n).copied()
    }
}

/// All applies in the journal, newest first.
///
/// # Errors
/// If there is a journal that cannot be read.
pub(crate) fn read(look: &dyn Look, state_dir: &Path) -> Result<Vec<Past>, ApplyFault> {
    Ok(of(journal::read(look, state_dir)?))
}

/// The applies of which these lines tell, newest first.
fn of(lines: Vec<Line>) -> Vec<Past> {
    let mut past: Vec<Past> = Vec::new();
    for line in lines {
        match line {
            Line::Begin(begin) => {
                past.push(Past { begin, end: None, done: 0, failed: None, undone_by: None });
            }
            Line::Done { id, n } => {
                if let Some(past) = named(&mut past, &id) {
                    past.done += usize::from(past.done == n);
                }
            }
            Line::Failed { id, n, why } => {
                if let Some(past) = named(&mut past, &id) {
                    past.failed = Some((n, why));
                }
            }
            Line::End { id, recovered, outcomes, .. } => {
                if let Some(past) = named(&mut past, &id) {
                    past.end = Some(ApplyEnd { recovered, outcomes });
                }
            }
        }
    }
    past.reverse();
    tell_undone(&mut past);
    past
}

fn named<'a>(past: &'a mut [Past], id: &str) -> Option<&'a mut Past> {
    past.iter_mut().rev().find(|past| past.begin.id == id)
}

/// Newest first: so it is known of an undo whether it still holds when what it undid is met.
fn tell_undone(past: &mut [Past]) {
    let mut undone: BTreeMap<String, String> = BTreeMap::new();
    for past in past {
        past.undone_by = undone.get(&past.begin.id).cloned();
        if let (Some(of), true, None) = (&past.begin.undoes, past.is_whole(), &past.undone_by) {
            undone.entry(of.clone()).or_insert_with(|| past.begin.id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::change::apply::history::*;

    fn lines(id: &str, undoes: Option<&str>, outcome: Option<Ended>) -> Vec<Line> {
        let begin = Begin {
            id: id.to_owned(),
            time: 1,
            command: "zirkabot".to_owned(),
            pid: 1,
            undoes: undoes.map(str::to_owned),
            changes: Vec::new(),
        };
        let end =
            |outcome| Line::End { id: id.to_owned(), time: 2, recovered: false, outcomes: vec![outcome] };
        [Some(Line::Begin(begin)), outcome.map(end)].into_iter().flatten().collect()
    }

    #[track_caller]
    fn undone(lines: &[Vec<Line>], expected: &[(&str, Option<&str>)]) {
        let past = of(lines.concat());
        let told: Vec<_> =
            past.iter().map(|past| (past.begin.id.as_str(), past.undone_by.as_deref())).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn an_undo_counts_while_it_is_whole_and_not_undone_itself() {
        let done = Some(Ended::Done);
        undone(&[lines("a", None, done), lines("b", Some("a"), done)], &[("b", None), ("a", Some("b"))]);
        for half in [None, Some(Ended::Failed), Some(Ended::Old), Some(Ended::Other)] {
            undone(&[lines("a", None, done), lines("b", Some("a"), half)], &[("b", None), ("a", None)]);
        }
        undone(
            &[lines("a", None, done), lines("b", Some("a"), done), lines("c", Some("b"), done)],
            &[("c", None), ("b", Some("c")), ("a", None)],
        );
    }
}
