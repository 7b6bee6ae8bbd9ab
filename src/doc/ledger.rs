//! The list of what was written into a directory in which others write too: which of its files are ours cannot stand
//! in a file that is nothing but a secret. A file is ours if it has a name and a checksum of the list.
//!
//! The list only grows, and is written before what it is about. So whenever a writer is killed, the next one knows
//! what it finds.

use crate::doc::stamp::{checksum, is_untouched, stamped};

/// The name of the list in its directory.
pub(crate) const NAME: &str = ".zirkabot-export";

/// How many checksums of a name are kept.
const KEPT: usize = 32;

/// What the list is for, for who finds it.
const ABOUT: &str = "# Files of this directory that `zirkabot export` has written, with checksums.\n";

/// The lines of a list: names of files, each with what was written under it.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Vec<(String, String)>);

impl Ledger {
    /// Reads a list; none if somebody has changed it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let line = |line: &str| line.split_once(' ').map(|(name, sum)| (name.to_owned(), sum.to_owned()));
        let lines = || text.lines().filter(|line| !line.starts_with('#')).filter_map(line);
        is_untouched(text).then(|| Self(lines().filter(|(name, _)| is_name(name)).collect()))
    }

    /// The names in it, each once.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether this was written under this name.
    pub(crate) fn has(&self, name: &str, text: &str) -> bool {
        let sum = checksum(text);
        self.0.iter().any(|(own, of)| own == name && *of == sum)
    }

    /// Adds what is written under a name.
    pub(crate) fn add(&mut self, name: &str, text: &str) {
        if self.has(name, text) {
            return;
        }
        self.0.push((name.to_owned(), checksum(text)));
        let mut over = self.0.iter().filter(|(own, _)| own == name).count().saturating_sub(KEPT);
        self.0.retain(|(own, _)| {
            let goes = own == name && over > 0;
            over -= usize::from(goes);
            !goes
        });
    }

    /// The text of the list.
    pub(crate) fn text(&self) -> String {
        let lines = self.0.iter().map(|(name, sum)| format!("{name} {sum}\n"));
        let text: String = std::iter::once(ABOUT.to_owned()).chain(lines).collect();
        stamped(&text, 0, |stamp| format!("# {stamp}"))
    }
}

/// Whether it is a name of a file that we write: no way out of the directory.
fn is_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.starts_with('.') && !name.is_empty() && name.chars().all(fine)
}

#[cfg(test)]
mod tests {
    use crate::doc::ledger::*;

    #[test]
    fn a_list_is_read_as_it_was_written_and_leads_nowhere_else() {
        let mut ledger = Ledger::default();
        for text in ["one", "two", "one"] {
            ledger.add("anthropic", text);
        }
        ledger.add("../out", "one");
        let read = Ledger::read(&ledger.text()).unwrap();
        assert_eq!(read.names(), ["anthropic"]);
        assert!(read.has("anthropic", "one") && read.has("anthropic", "two"));
        assert!(!read.has("anthropic", "three") && !read.has("../out", "one"));
        assert!(Ledger::read(&format!("{}x y\n", ledger.text())).is_none());
    }

    #[test]
    fn old_checksums_go() {
        let mut ledger = Ledger::default();
        (0..KEPT + 3).for_each(|n| ledger.add("a", &n.to_string()));
        assert!(!ledger.has("a", "2") && ledger.has("a", "3"));
    }
}
