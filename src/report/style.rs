//! How text looks: colour or none, signs of Unicode or ASCII, columns, the zone of times.
//!
//! Decided once at the edge from the command line and the environment, then passed to every
//! report. Colour never stands alone: a sign and a word say the same.

pub(crate) mod lines;

use crate::sys::zone::Zone;
use crate::sys::{Host, visible};
use anstyle::{Ansi256Color, Color, Style as Ansi};
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
    /// On what colours have to be read.
    pub background: Background,
    /// The zone in which times are written.
    pub zone: Zone,
    /// Whether it is a terminal, which would cut a line anywhere.
    pub terminal: bool,
}

/// What is behind the text: each has colours that can be read on it (a contrast of 4.5 and more, with the palettes
/// that terminals come with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Black or nearly so.
    Dark,
    /// White or nearly so.
    Light,
    /// Nobody says, so that the colours are such as can be read on both.
    #[default]
    Unknown,
    /// Nobody says, and the terminal has no colours but those of a palette of 16, of which few can be read on both.
    Few,
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

impl Background {
    /// The colours of what is good, ends soon, is bad, and can be done.
    fn hue(self, tone: usize) -> Ansi {
        const DARK: [u8; 4] = [40, 178, 203, 44];
        const LIGHT: [u8; 4] = [22, 94, 124, 24];
        const BOTH: [u8; 4] = [29, 131, 163, 63];
        let fixed = |code: u8| Ansi::new().fg_color(Some(Color::Ansi256(Ansi256Color(code))));
        match self {
            Self::Dark => fixed(DARK[tone]),
            Self::Light => fixed(LIGHT[tone]),
            Self::Unknown => fixed(BOTH[tone]),
            Self::Few => Ansi::new().bold(),
        }
    }
}

impl Style {
    /// No colour, Unicode, a hundred columns: for files, and for what is no terminal.
    pub const PLAIN: Self = Self {
        color: false,
        unicode: true,
        width: WIDEST,
        background: Background::Unknown,
        zone: Zone::UTC,
        terminal: false,
    };

    /// Decides for standard output. Colour: `flag` (`--color`), else `NO_COLOR`, else `FORCE_COLOR` or
    /// `CLICOLOR_FORCE`, else `CLICOLOR=0`, else `TERM=dumb`, else whether it is a terminal.
    ///
    /// Signs are ASCII only on a terminal whose locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`)
    /// names no UTF-8; where no locale is set at all, only on a Linux console (`TERM=linux`) and
    /// on a dumb terminal. Columns are the terminal's, between 40 and 100; 100 elsewhere.
    pub fn decide(flag: ColorChoice, host: &Host) -> Self {
        Self::on(flag, host, host.stdout_tty)
    }

    /// The same for standard error.
    pub fn of_errors(flag: ColorChoice, host: &Host) -> Self {
        Self::on(flag, host, host.stderr_tty)
    }

    fn on(flag: ColorChoice, host: &Host, terminal: bool) -> Self {
        let columns = host.columns.filter(|_| terminal).unwrap_or(WIDEST);
        Self {
            color: match flag {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => color(host, terminal),
            },
            unicode: !terminal || unicode(host),
            width: columns.clamp(NARROWEST, WIDEST),
            background: background(host),
            zone: Zone::UTC,
            terminal,
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
    pub(crate) fn painted(&self, tone: Tone, text: String) -> String {
        let ansi = match tone {
            _ if !self.color || text.trim().is_empty() => return text,
            Tone::Plain => return text,
            Tone::Quiet => Ansi::new().dimmed(),
            Tone::Strong => Ansi::new().bold(),
            Tone::Good => self.background.hue(0),
            Tone::Soon => self.background.hue(1),
            Tone::Bad => self.background.hue(2).bold(),
            Tone::Act => self.background.hue(3),
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
            format!("{}\n", self.row(&cells.map(cell).collect::<Vec<_>>(), 0, 4))
        };
        rows.iter().map(line).collect()
    }

    /// Cells beside each other, two spaces between them; what does not fit goes on below, with `indent` spaces before
    /// it. `used` columns are taken already.
    pub(crate) fn row(&self, cells: &[String], used: usize, indent: usize) -> String {
        let (mut out, mut column) = (String::new(), used);
        for (at, cell) in cells.iter().enumerate() {
            let length = lines::columns(cell.trim_end());
            let gap = if at > 0 { 2 } else { 0 };
            if self.terminal && at > 0 && length > 0 && column + gap + length > self.width {
                out.truncate(out.trim_end().len());
                out.push_str(&format!("\n{}", " ".repeat(indent)));
                column = indent;
            } else {
                out.push_str(&"  "[..gap]);
                column += gap;
            }
            let is_wide = self.terminal && column + length > self.width;
            out.push_str(&if is_wide { self.broken(cell.trim_end(), column, indent) } else { cell.clone() });
            column += lines::columns(cell);
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// `text`, one line, fit for the stream: what could command a terminal or end the line is written
    /// as what it is ([`visible`]), our own signs become ASCII where that is wanted, and times local.
    pub fn text(&self, text: &str) -> String {
        self.signs(visible::visible(&self.zone.local(text)))
    }

    /// The same for a text of ours that has several lines.
    pub fn lines(&self, text: &str) -> String {
        self.signs(visible::lines(&self.zone.local(text)))
    }

    /// A text of ours, its times local.
    pub fn times(&self, text: &str) -> String {
        self.zone.local(text).into_owned()
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

/// `COLORFGBG` says it (15;0 is white on black); the console of Linux is black.
fn background(host: &Host) -> Background {
    let last = host.var("COLORFGBG").and_then(|pair| pair.rsplit(';').next()?.parse::<u8>().ok());
    match (last, host.var("TERM").unwrap_or_default()) {
        (Some(0..=6 | 8), _) | (None, "linux") => Background::Dark,
        (Some(_), _) => Background::Light,
        (None, term) if term.starts_with("vt") || ["ansi", "cygwin", "screen"].contains(&term) => {
            Background::Few
        }
        (None, _) => Background::Unknown,
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
        assert_eq!(painted, "\u{1b}[38;5;29mx\\u{7}\u{1b}[0m");
    }
}
