//! Writing the journal: only under the state lock, only at its end, each line durable.

use crate::change::apply::id::{STAMP, time_of};
use crate::change::apply::journal::{Begin, Line, bytes_of, parse, path_in};
use crate::change::apply::{ApplyFault, backup, write_own};
use crate::sys::{Files, Millis};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// Size in bytes from which on a journal is cut to its newest [`KEEP`] applies.
const CUT_AT: usize = 256 << 10;

/// Applies that stay in a journal that is cut; more than there are backups.
const KEEP: usize = 50;

/// The journal, open for writing.
pub(crate) struct Journal {
    state_dir: PathBuf,
    /// Whether there is a file whose name is durable.
    exists: bool,
    /// Whether the last line has no end: then ours must not be joined to it.
    torn: bool,
    /// The newest `begin`.
    last: Option<Begin>,
    /// Whether that one has an `end`.
    ended: bool,
}

impl Journal {
    /// Reads what was written last, and cuts a journal that has become long.
    pub(crate) fn open(act: &mut dyn Files, state_dir: &Path) -> Result<Self, ApplyFault> {
        let mut bytes = bytes_of(act, &path_in(state_dir))?;
        if bytes.len() > CUT_AT {
            bytes = newest(&bytes).to_owned();
            write_own(act, &path_in(state_dir), &bytes)?;
        }
        let (last, ended) = last_of(&bytes);
        Ok(Self {
            state_dir: state_dir.to_owned(),
            exists: !bytes.is_empty(),
            torn: bytes.last().is_some_and(|&byte| byte != b'\n'),
            last,
            ended,
        })
    }

    /// The last apply, if it never came to its end.
    pub(crate) fn interrupted(&self) -> Option<&Begin> {
        self.last.as_ref().filter(|_| !self.ended)
    }

    /// An id for an apply that starts now, greater than all before it.
    pub(crate) fn next_id(&self, act: &dyn Files) -> String {
        let backups = act.list(&backup::dir_in(&self.state_dir));
        let newest_backup = backups.iter().filter_map(|name| time_of(name)).max();
        let journaled = self.last.as_ref().and_then(|last| time_of(&last.id));
        let after = newest_backup.max(journaled).map_or(Millis::MIN, |time| time.saturating_add(1));
        let time = Timestamp::from_millisecond(act.clock().max(after)).unwrap_or_default();
        format!("{}-{}", time.strftime(STAMP), act.host().pid)
    }

    /// Adds a line, durably.
    pub(crate) fn write(&mut self, act: &mut dyn Files, line: &Line) -> Result<(), ApplyFault> {
        let path = path_in(&self.state_dir);
        let mut bytes = if self.torn { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut bytes, line).map_err(|error| ApplyFault::at(&path)(error.into()))?;
        bytes.push(b'\n');
        let appended = act.append(&path, &bytes);
        // A part of the line may be there.
        self.torn = appended.is_err();
        appended.map_err(ApplyFault::at(&path))?;
        if !self.exists {
            act.sync_dir(&self.state_dir).map_err(ApplyFault::at(&self.state_dir))?;
            self.exists = true;
        }
        Ok(())
    }
}

/// The newest `begin` and whether its `end` is there.
fn last_of(bytes: &[u8]) -> (Option<Begin>, bool) {
    let mut end = None;
    for line in bytes.rsplit(|&byte| byte == b'\n').filter_map(parse) {
        match line {
            Line::Begin(begin) => {
                let ended = end.as_ref() == Some(&begin.id);
                return (Some(begin), ended);
            }
            Line::End { id, .. } => end = end.or(Some(id)),
            Line::Done { .. } | Line::Failed { .. } => {}
        }
    }
    (None, true)
}

/// The lines of the newest [`KEEP`] applies.
fn newest(bytes: &[u8]) -> &[u8] {
    let mut from = bytes.len();
    let mut begins = 0;
    for line in bytes.rsplit(|&byte| byte == b'\n') {
        let start = from.saturating_sub(line.len());
        begins += usize::from(matches!(parse(line), Some(Line::Begin(_))));
        if begins >= KEEP {
            return &bytes[start..];
        }
        from = start.saturating_sub(1);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use crate::change::apply::journal::writer::*;

    fn journal(applies: usize) -> Vec<u8> {
        let mut text = String::new();
        for n in 0..applies {
            let id = format!("20261122T231800.{n:03}Z-7");
            text += &format!(r#"{{"entry":"begin","id":"{id}","time":1,"command":"","pid":7,"changes":[]}}"#);
            text += &format!(
                "\nnoise\n{{\"entry\":\"end\",\"id\":\"{id}\",\"time\":1,\"recovered\":false,\"outcomes\":[]}}\n"
            );
        }
        text.into_bytes()
    }

    #[test]
    fn an_id_has_its_time_and_a_strange_name_has_none() {
        assert_eq!(time_of("20261122T231800.123Z-42"), Some(1_795_389_480_123));
        for name in ["", "mine", "20261122T231800.123Z-", "20261122T231800.123Z-x", "20261322T231800.123Z-1"]
        {
            assert_eq!(time_of(name), None, "{name}");
        }
    }

    #[test]
    fn the_newest_applies_stay_when_it_is_cut() {
        let whole = journal(KEEP + 3);
        assert!(whole.ends_with(newest(&whole)));
        assert_eq!(newest(&whole).len(), whole.len() - journal(3).len());
        assert_eq!(newest(&journal(3)), journal(3));
        assert_eq!(newest(b"noise"), b"noise");
    }

    #[test]
    fn an_apply_has_ended_only_by_its_own_end() {
        let bytes = journal(2);
        assert!(matches!(last_of(&bytes), (Some(begin), true) if begin.id.contains(".001Z")));
        let cut = bytes.len() - 20;
        assert!(matches!(last_of(&bytes[..cut]), (Some(begin), false) if begin.id.contains(".001Z")));
        assert!(matches!(last_of(b""), (None, true)));
    }
}
