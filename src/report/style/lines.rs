//! Where lines are broken: between words, so that each fits.

use crate::report::style::Style;

impl Style {
    /// `text` broken into lines at spaces, so that each fits, from the second on with `indent`
    /// spaces before it. `used` columns are taken already on the first. Neither words nor commands in backquotes are
    /// broken: who copies a command must get it whole. One that is longer than a line of a terminal is continued with
    /// a backslash, as a shell reads it.
    pub fn wrap(&self, text: &str, used: usize, indent: usize) -> String {
        self.broken(&self.text(text), used, indent)
    }

    /// A text that is fit for the stream already, on a terminal with its lines broken where they are too long; what is
    /// drawn stays as it is. In a log a message stays one line.
    pub fn flow(&self, text: &str) -> String {
        if !self.terminal {
            return text.to_owned();
        }
        let line = |line: &str| {
            let text = line.trim_start();
            let before = line.len() - text.len();
            let indent = match text.split_once(": ").map(|(label, _)| label) {
                Some("note" | "help" | "warning") => before + text.find(' ').unwrap_or_default() + 1,
                Some(label) if label == "error" || label.starts_with("error[") => before + 4,
                _ => before,
            };
            let is_fit = columns(line) <= self.width || is_drawn(text);
            if is_fit { line.to_owned() } else { " ".repeat(before) + &self.broken(text, before, indent) }
        };
        text.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }

    /// A command alone, ready to be copied, also where a line of a terminal is too short for it.
    pub(crate) fn command(&self, command: &str, used: usize) -> String {
        let text = self.text(command);
        if self.terminal { continued(&text, self.width, 2, used) } else { text }
    }

    pub(super) fn broken(&self, text: &str, used: usize, indent: usize) -> String {
        let mut out = String::new();
        let mut column = used;
        let room = self.width.saturating_sub(indent);
        for (at, word) in words(text).into_iter().enumerate() {
            let length = columns(word);
            let is_path = self.terminal && length > room && word.contains('/') && !word.contains(['`', ':']);
            if is_path {
                let gap = usize::from(at > 0);
                out.push_str(&" "[..gap]);
                column = pieces(word, self.width, indent, column + gap, &mut out);
                continue;
            }
            // Of what begins on a line already, the first word may be too long for the rest of it.
            let begins = at == 0 && self.terminal && column > indent && column + length > self.width;
            if begins || (at > 0 && column + 1 + length > self.width && column > indent) {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else if at > 0 {
                out.push(' ');
                column += 1;
            }
            if self.terminal && length > room && word.contains('`') {
                let command = continued(word, self.width, indent, column);
                column = command.rsplit_once('\n').map_or(column + length, |(_, last)| columns(last));
                out.push_str(&command);
            } else {
                column += length;
                out.push_str(word);
            }
        }
        out
    }
}

/// The pieces of a text between which a line may be broken.
fn words(text: &str) -> Vec<&str> {
    let mut quoted = false;
    split(text, |at, c| {
        quoted = if c == '`' { !quoted && text[at + 1..].contains('`') } else { quoted };
        !quoted
    })
}

/// The pieces of a text at those spaces that are `open`, which is asked about every character.
fn split(text: &str, mut open: impl FnMut(usize, char) -> bool) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, c) in text.char_indices() {
        if open(at, c) && c == ' ' {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// A command that is too long for a line, over several, as a shell reads it: broken outside of quotes only.
fn continued(command: &str, width: usize, indent: usize, mut column: usize) -> String {
    let (mut quote, mut out) = (None, String::new());
    let words = split(command, |_, c| {
        quote = match (quote, c) {
            (None, '\'' | '"') => Some(c),
            (Some(open), c) if open == c => None,
            (open, _) => open,
        };
        quote.is_none()
    });
    for (at, word) in words.into_iter().enumerate() {
        let length = columns(word);
        // Two columns are for the sign that it goes on.
        if at > 0 && column + 1 + length + 2 > width {
            out.push_str(&format!(" \\\n{}", " ".repeat(indent)));
            column = indent;
        } else if at > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

/// A path that is too long for a line, over several, broken between its names; the column behind it.
fn pieces(path: &str, width: usize, indent: usize, mut column: usize, out: &mut String) -> usize {
    for name in path.split_inclusive('/') {
        let length = columns(name);
        if column + length > width && column > indent {
            out.truncate(out.trim_end_matches(' ').len());
            out.push_str(&format!("\n{}", " ".repeat(indent)));
            column = indent;
        }
        out.push_str(name);
        column += length;
    }
    column
}

/// How many columns a line takes, whatever colours it has.
pub(crate) fn columns(line: &str) -> usize {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().chars().count();
    let after = |part: &str| part.split_once('m').map_or(part, |(_, text)| text).chars().count();
    first + parts.map(after).sum::<usize>()
}

/// Whether a line is part of a picture, such as the frame of a place, whose columns mean something.
fn is_drawn(text: &str) -> bool {
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_source = after.len() < text.len() && after.trim_start().starts_with(['│', '|']);
    is_source
        || text.starts_with(['╭', '│', '╰', '·', '|', ':', '+', '-', '@'])
        || text.starts_with(",-")
        || text.starts_with("`-")
}

#[cfg(test)]
mod tests {
    use crate::report::style::Style;

    #[test]
    fn lines_are_broken_at_spaces_only() {
        let style = Style { width: 10, ..Style::PLAIN };
        assert_eq!(style.wrap("one two three-and-more four", 2, 3), "one two\n   three-and-more\n   four");
        assert_eq!(style.wrap("run `a long command` or` so", 0, 2), "run\n  `a long command`\n  or` so");
    }

    #[test]
    fn a_command_longer_than_a_line_goes_on_as_a_shell_reads_it() {
        let style = Style { width: 20, terminal: true, ..Style::PLAIN };
        assert_eq!(
            style.wrap("run `printf '%s of one' two --three four`, then", 0, 2),
            "run\n  `printf \\\n  '%s of one' two \\\n  --three four`,\n  then"
        );
    }

    #[test]
    fn only_sentences_flow_and_only_on_a_terminal() {
        let text = "error[a/b]: one two three four\n  help: one two three four\n 7 │ a long line of a file\n\u{1b}[1mone\u{1b}[0m two three fo: ";
        let flown = "error[a/b]: one two\n    three four\n  help: one two\n        three four\n 7 │ a long line of a file\n\u{1b}[1mone\u{1b}[0m two three fo: ";
        let style = Style { width: 20, terminal: true, ..Style::PLAIN };
        assert_eq!(style.flow(text), flown);
        assert_eq!(Style { terminal: false, ..style }.flow(text), text);
    }
}
