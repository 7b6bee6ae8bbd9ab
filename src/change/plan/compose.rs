//! One plan after another, as one: what a file is at first, and what it is in the end.

use crate::change::plan::{Action, Change, FileMode, Plan, Precondition};

impl Plan {
    /// This plan, and then `next`, which was made for what this one leaves behind.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        for change in next.changes {
            match self.changes.iter().position(|known| known.path == change.path) {
                None => self.changes.push(change),
                Some(at) => {
                    let first = self.changes.remove(at);
                    if let Some(both) = both(first, change) {
                        self.changes.insert(at, both);
                    }
                }
            }
        }
        self.sort();
        self
    }
}

/// Two changes of one file as one; `None` if nothing remains to be done.
fn both(first: Change, then: Change) -> Option<Change> {
    let mode = match then.mode {
        FileMode::Private => first.mode,
        exact @ (FileMode::Exact(_) | FileMode::Was { .. }) => exact,
    };
    let action = match (first.action, then.action) {
        (Action::Create(_), Action::Remove) | (Action::MakeDir, Action::RemoveDir) => return None,
        (Action::Create(_), Action::Create(bytes) | Action::Update(bytes)) => Action::Create(bytes),
        (
            Action::Update(_) | Action::Chmod | Action::Remove,
            Action::Create(bytes) | Action::Update(bytes),
        ) => Action::Update(bytes),
        (first, Action::Chmod) => first,
        (_, then) => then,
    };
    // A file of which only the mode was to change has been read by now.
    let precondition = match (first.precondition, then.precondition) {
        (Precondition::Place(stat), Precondition::Content { sha256, .. }) => {
            Precondition::Content { sha256, stat }
        }
        (first, _) => first,
    };
    let mut reasons = first.reasons;
    reasons.extend(then.reasons);
    reasons.dedup();
    Some(Change {
        action,
        precondition,
        mode,
        reasons,
        class: first.class.max(then.class),
        path: first.path,
        lock: then.lock,
        format: then.format,
    })
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::change::plan::compose::*;
    use crate::change::proposal::Class;
    use crate::sys::secret::Secret;
    use std::path::PathBuf;

    fn bytes(text: &str) -> Secret<Vec<u8>> {
        Secret::new(text.as_bytes().to_vec())
    }

    fn change(action: Action, mode: FileMode) -> Change {
        Change {
            path: PathBuf::from("/f"),
            action,
            lock: crate::change::plan::Lock::None,
            format: Format::Json,
            precondition: Precondition::Absent,
            mode,
            class: Class::Fix,
            reasons: Vec::new(),
        }
    }

    #[track_caller]
    fn both(first: Action, then: Action) -> String {
        let first = Plan { changes: vec![change(first, FileMode::Private)] };
        let then = Plan { changes: vec![change(then, FileMode::Exact(0o600))] };
        let both = first.then(then);
        let change = both.changes.first();
        let text = change.and_then(Change::bytes).map(|bytes| bytes.expose().clone()).unwrap_or_default();
        let action = match change.map(|change| &change.action) {
            None => "nothing",
            Some(Action::Create(_)) => "create",
            Some(Action::Update(_)) => "update",
            Some(Action::Chmod) => "chmod",
            Some(Action::Remove) => "remove",
            Some(Action::MakeDir) => "make",
            Some(Action::RemoveDir) => "remove dir",
            Some(Action::Move(_)) => "move",
        };
        format!("{action} {}", String::from_utf8(text).unwrap()).trim().to_owned()
    }

    #[test]
    fn two_changes_of_a_file_are_one() {
        let (create, update) = (|| Action::Create(bytes("1")), |text| Action::Update(bytes(text)));
        assert_eq!(both(create(), update("2")), "create 2");
        assert_eq!(both(update("1"), update("2")), "update 2");
        assert_eq!(both(update("1"), Action::Chmod), "update 1");
        assert_eq!(both(Action::Chmod, update("2")), "update 2");
        assert_eq!(both(update("1"), Action::Remove), "remove");
        assert_eq!(both(create(), Action::Remove), "nothing");
        assert_eq!(both(Action::Remove, create()), "update 1");
        assert_eq!(both(Action::MakeDir, Action::Chmod), "make");
    }
}
