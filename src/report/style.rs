//! How text looks: colour or none, signs of Unicode or ASCII, columns.
//!
//! Decided once at the edge from the command line and the environment, then passed to every
//! report. Colour never stands alone: a sign and a word say the same.

use crate::sys::{Host, visible};
use anstyle::{AnsiColor, Style as Ansi};
use clap::ColorChoice;

/// Columns when the output is no terminal, and the most that are used on one.
const WIDEST: usize = 100;

/// Fewer columns than this are not worth fitting into.
const NARROWEST: usize = 40;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colours are used.
    pub color: bool,
    /// Whether signs outside ASCII are used.
    pub unicode: bool,
    /// Columns to fit into.
    pub width: usize,
}

/// What a piece of text means, which gives its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Fine.
    Good,
    /// Will end, or works with limits.
    Soon,
    /// Does not work.
    Bad,
    /// Worth less attention than the rest.
    Quiet,
    /// Worth more attention than the rest.
    Strong,
    /// Something to type or to do.
    Act,
    /// Ordinary.
    Plain,
}

/// A sign that stands beside a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Fine.
    Good,
    /// Ends soon, or works with limits.
    Soon,
    /// Does not work.
    Bad,
    /// It cannot be told.
    Unknown,
    /// Nothing to say for or against it.
    Rest,
}

impl Sign {
    /// The character; `Style` turns it into ASCII where that is wanted.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Soon => "!",
            Self::Bad => "✗",
            Self::Unknown => "?",
            Self::Rest => "·",
        }
    }

    /// Its colour.
    pub fn tone(self) -> Tone {
        match self {
            Self::Good => Tone::Good,
            Self::Soon | Self::Unknown => Tone::Soon,
            Self::Bad => Tone::Bad,
            Self::Rest => Tone::Plain,
        }
    }
}

impl Style {
    /// No colour, Unicode, a hundred columns: for files, and for what is no terminal.
    pub const PLAIN: Self = Self { color: false, unicode: true, width: WIDEST };

    /// Decides for standard output. Colour: `flag` (`--color`), else `NO_COLOR`, else `FORCE_COLOR` or
    /// `CLICOLOR_FORCE`, else `CLICOLOR=0`, else `TERM=dumb`, else whether it is a terminal.
    ///
    /// Signs are ASCII only on a terminal whose locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`)
    /// names no UTF-8; where no locale is set at all, only on a Linux console (`TERM=linux`) and
    /// on a dumb terminal. Columns are the terminal's, between 40 and 100; 100 elsewhere.
    pub fn decide(flag: ColorChoice, host: &Host) -> Self {
        let terminal = host.stdout_tty;
        let columns = host.columns.filter(|_| terminal).unwrap_or(WIDEST);
        Self {
            color: match flag {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => color(host, terminal),
            },
            unicode: !terminal || unicode(host),
            width: columns.clamp(NARROWEST, WIDEST),
        }
    }

    /// `text`, one line, in the colour of `tone`; see [`Style::text`].
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        self.painted(tone, self.text(text))
    }

    /// `text` as [`Style::wrap`] breaks it into lines, in the colour of `tone`.
    pub fn wrapped(&self, tone: Tone, text: &str, used: usize, indent: usize) -> String {
        self.painted(tone, self.wrap(text, used, indent))
    }

    /// A text that is fit for the stream already, in the colour of `tone`.
    fn painted(&self, tone: Tone, text: String) -> String {
        let ansi = match tone {
            _ if !self.color || text.trim().is_empty() => return text,
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Soon => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Quiet => Ansi::new().dimmed(),
            Tone::Strong => Ansi::new().bold(),
            Tone::Act => AnsiColor::Cyan.on_default(),
            Tone::Plain => return text,
        };
        format!("{ansi}{text}{ansi:#}")
    }

    /// A sign in its colour.
    pub fn sign(&self, sign: Sign) -> String {
        self.paint(sign.tone(), sign.mark())
    }

    /// `text` as lines with a sign before the first one.
    pub fn signed(&self, sign: Sign, text: &str) -> String {
        format!("{} {}\n", self.sign(sign), self.wrap(text, 2, 2))
    }

    /// `text` beside its name, which takes that many columns.
    pub fn named(&self, name: &str, columns: usize, tone: Tone, text: &str) -> String {
        format!("{name:<columns$}{}\n", self.wrapped(tone, text, columns, columns))
    }

    /// Rows as lines, the cells of each column below each other, each in its colour. A column of which
    /// all cells are empty takes no room.
    pub fn columns<const N: usize>(&self, rows: &[[(Tone, String); N]]) -> String {
        let width = |at: usize| rows.iter().map(|row| row[at].1.chars().count()).max().unwrap_or_default();
        let widths: [usize; N] = std::array::from_fn(width);
        let line = |row: &[(Tone, String); N]| {
            let cell = |((tone, text), width): (&(Tone, String), usize)| {
                self.paint(*tone, text) + &" ".repeat(width - text.chars().count())
            };
            let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
            format!("{}\n", cells.map(cell).collect::<Vec<_>>().join("  ").trim_end())
        };
        rows.iter().map(line).collect()
    }

    /// `text`, one line, fit for the stream: what could command a terminal or end the line is written
    /// as what it is ([`visible`]), and our own signs become ASCII where that is wanted.
    pub fn text(&self, text: &str) -> String {
        self.signs(visible::visible(text))
    }

    /// The same for a text of ours that has several lines.
    pub fn lines(&self, text: &str) -> String {
        self.signs(visible::lines(text))
    }

    fn signs(&self, text: String) -> String {
        if self.unicode || text.is_ascii() {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            out.push_str(ascii(c).unwrap_or(c.encode_utf8(&mut [0; 4])));
        }
        out
    }

    /// `text` broken into lines at spaces, so that each fits, from the second on with `indent`
    /// spaces before it. `used` columns are taken already on the first. Neither words nor commands
    /// in backquotes are broken: who copies a command must get it whole.
    pub fn wrap(&self, text: &str, used: usize, indent: usize) -> String {
        let mut out = String::new();
        let mut column = used;
        for (at, word) in words(&self.text(text)).into_iter().enumerate() {
            let length = word.chars().count();
            if at > 0 && column + 1 + length > self.width && column > indent {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
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
}

/// The pieces of a text between which a line may be broken.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '`' => quoted = !quoted && text[at + 1..].contains('`'),
            ' ' if !quoted => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    words
}

/// What stands for one of our own signs in ASCII.
fn ascii(c: char) -> Option<&'static str> {
    Some(match c {
        '✓' => "+",
        '✗' => "x",
        '·' | '–' | '—' | '−' => "-",
        '▸' => ">",
        '…' => "...",
        '‹' => "<",
        '›' => ">",
        '█' => "#",
        '░' => ".",
        '’' | '‘' => "'",
        '“' | '”' => "\"",
        _ => return None,
    })
}

fn color(host: &Host, terminal: bool) -> bool {
    let set = |name: &str| host.var(name).filter(|value| !value.is_empty());
    let forces = |name: &str| set(name).is_some_and(|value| value != "0" && value != "false");
    if set("NO_COLOR").is_some() {
        false
    } else if forces("FORCE_COLOR") || forces("CLICOLOR_FORCE") {
        true
    } else {
        terminal && set("CLICOLOR") != Some("0") && set("TERM") != Some("dumb")
    }
}

fn unicode(host: &Host) -> bool {
    let set = |name: &str| host.var(name).filter(|value| !value.is_empty());
    match set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => !matches!(set("TERM"), Some("linux" | "dumb")),
    }
}

#[cfg(test)]
mod tests {
    use crate::report::style::*;
    use crate::sys::secret::Secret;

    fn decide(flag: ColorChoice, terminal: bool, vars: &[(&str, &str)]) -> Style {
        let mut host = crate::report::sample::host();
        host.env = vars.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value))).collect();
        (host.stdout_tty, host.columns) = (terminal, Some(80));
        Style::decide(flag, &host)
    }

    #[test]
    fn colour_by_flag_then_variables_then_terminal() {
        use ColorChoice::{Always, Auto, Never};
        for (flag, terminal, vars, expected) in [
            (Auto, true, &[][..], true),
            (Auto, false, &[], false),
            (Always, false, &[("NO_COLOR", "1")], true),
            (Never, true, &[("FORCE_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, false, &[("FORCE_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Auto, false, &[("FORCE_COLOR", "0")], false),
            (Auto, true, &[("CLICOLOR", "0")], false),
            (Auto, true, &[("TERM", "dumb")], false),
        ] {
            assert_eq!(decide(flag, terminal, vars).color, expected, "{flag:?} {terminal} {vars:?}");
        }
    }

    #[test]
    fn signs_by_locale_on_terminals_only() {
        for (terminal, vars, expected) in [
            (true, &[("LANG", "en_GB.UTF-8")][..], true),
            (true, &[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")], false),
            (true, &[("LC_CTYPE", "C.utf8")], true),
            (true, &[("LANG", "C")], false),
            (false, &[("LANG", "C")], true),
            (true, &[], true),
            (true, &[("TERM", "linux")], false),
        ] {
            assert_eq!(decide(ColorChoice::Auto, terminal, vars).unicode, expected, "{vars:?}");
        }
    }

    #[test]
    fn columns_are_the_terminals_within_limits() {
        assert_eq!(decide(ColorChoice::Auto, true, &[]).width, 80);
        assert_eq!(decide(ColorChoice::Auto, false, &[]).width, 100);
    }

    #[test]
    fn text_cannot_command_a_terminal() {
        let style = Style { unicode: false, ..Style::PLAIN };
        assert_eq!(style.text("a\u{1b}[2Jb\u{202e}\u{9b}\r\n"), r"a\u{1b}[2Jb\u{202e}\u{9b}\u{d}\u{a}");
        assert_eq!(style.lines("a\r\nb"), "a\\u{d}\nb");
        assert_eq!(style.text("✓ ‹secret 1› é…"), "+ <secret 1> é...");
        let painted = Style { color: true, ..Style::PLAIN }.paint(Tone::Good, "x\u{7}");
        assert_eq!(painted, "\u{1b}[32mx\\u{7}\u{1b}[0m");
    }

    #[test]
    fn lines_are_broken_at_spaces_only() {
        let style = Style { width: 10, ..Style::PLAIN };
        assert_eq!(style.wrap("one two three-and-more four", 2, 3), "one two\n   three-and-more\n   four");
        assert_eq!(style.wrap("run `a long command` or` so", 0, 2), "run\n  `a long command`\n  or` so");
    }
}
