//! Texts on their way out: what would command a terminal, end a line, turn the direction of writing or
//! not be seen at all is written as what it is, `\u{1b}`.
//!
//! One rule for all forms and streams. [`visible`] is for a name or a sentence, which is one line,
//! [`lines`] for a text of ours that has several, [`json`] for a document, and [`screen`] is the last
//! door, through which all goes that the program says.

/// Whether `c` is no sign that a person sees for what it is: control characters (line breaks and tabs
/// among them), those that turn the direction of writing, separators of lines and paragraphs, signs
/// without width, fillers, tags, and what is no character at all.
pub fn is_unseen(c: char) -> bool {
    // Most are of these, and every text goes through here.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Whether `c` chooses how the sign before it looks.
fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}')
}

/// A name or a sentence on one line.
pub fn visible(text: &str) -> String {
    shown(text, |_| false)
}

/// A text of several lines; line breaks stay.
pub fn lines(text: &str) -> String {
    shown(text, |c| c == '\n')
}

fn shown(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        // Behind a sign that has two looks it chooses one; anywhere else it only hides.
        let lone = is_variation(c) && (before.is_ascii() || is_variation(before) || is_unseen(before));
        if (is_unseen(c) || lone) && !stays(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        before = c;
    }
    out
}

/// A JSON text in which nothing stands raw that [`is_unseen`], but the line breaks between its values. Such
/// a character can stand only in a text of it, where its escape means the same.
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && (is_unseen(c) || is_variation(c)) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    if out.contains("##") { out.replace("##[", "#\\u0023[").replace("##vso[", "#\\u0023vso[") } else { out }
}

/// All that is said at once: line breaks stay, and where there are colours, so do the
/// sequences that set one (`ESC [ … m`).
pub fn screen(text: &str, color: bool) -> String {
    without_commands(seen(text, color))
}

/// The same without what runs of CI systems take for a command: `##[` and `##vso[` anywhere, and `::` at the
/// beginning of a line, if it is not how our own commands begin: `::error title=`.
fn without_commands(text: String) -> String {
    let is_ours = |line: &str| {
        let word = line.trim_start_matches(':').split(|c: char| !c.is_ascii_lowercase()).next();
        word.is_some_and(|word| line[2 + word.len()..].starts_with(' '))
    };
    let is_command = |line: &str| {
        let begin = line.trim_start();
        begin.starts_with("::") && (begin.len() < line.len() || !is_ours(begin))
    };
    let text =
        if text.contains("##") { text.replace("##[", AZURE).replace("##vso[", AZURE_VSO) } else { text };
    if !text.contains("::") || !text.split('\n').any(is_command) {
        return text;
    }
    let line = |line: &str| match is_command(line) {
        true => line.replacen("::", ":\\u{3a}", 1),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// What stands for commands of Azure's logs.
const AZURE: &str = "#\\u{23}[";
const AZURE_VSO: &str = "#\\u{23}vso[";

fn seen(text: &str, color: bool) -> String {
    // Forms for other programs end their lines so; the line that begins is a new one all the same.
    if text.contains("\r\n") {
        return text.split("\r\n").map(|line| seen(line, color)).collect::<Vec<_>>().join("\r\n");
    }
    if !text.contains(|c| (is_unseen(c) && c != '\n') || is_variation(c)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&shown(&rest[..at], |c| c == '\n'));
        let length = if color { color_at(&rest[at..]) } else { 0 };
        match length {
            0 => out.push_str("\\u{1b}"),
            _ => out.push_str(&rest[at..at + length]),
        }
        rest = &rest[at + length.max(1)..];
    }
    out + &shown(rest, |c| c == '\n')
}

/// How long the sequence in front is that sets a colour; 0 if it is another one.
fn color_at(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(inside.len());
    if inside[end..].starts_with('m') { "\u{1b}[".len() + end + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use crate::sys::visible::*;

    #[test]
    fn no_line_is_a_command_for_a_ci_system_but_our_own() {
        for (text, seen) in [
            (
                "::error title=a::b\n::warning file=x,line=1::c\n",
                "::error title=a::b\n::warning file=x,line=1::c\n",
            ),
            ("! a name\n    ::error::wrapped\n", "! a name\n    :\\u{3a}error::wrapped\n"),
            ("::error::x", ":\\u{3a}error::x"),
            ("::add-mask::x", ":\\u{3a}add-mask::x"),
            ("http://[::1]:8080 a::b", "http://[::1]:8080 a::b"),
            ("x ##vso[task.y]z ##[group]", "x #\\u{23}vso[task.y]z #\\u{23}[group]"),
        ] {
            assert_eq!(screen(text, false), seen);
        }
        assert_eq!(json("\"##vso[a\""), "\"#\\u0023vso[a\"");
    }

    #[test]
    fn what_is_not_seen_is_written_as_what_it_is() {
        for (text, seen) in [
            ("anthropic:me@x.y é ‹secret 1› 日本", "anthropic:me@x.y é ‹secret 1› 日本"),
            ("a\n::error::b\r\tc", r"a\u{a}::error::b\u{d}\u{9}c"),
            ("\u{1b}[31m\u{9b}\u{7f}\u{0}", r"\u{1b}[31m\u{9b}\u{7f}\u{0}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}", r"\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}"),
            ("a\u{200b}b\u{feff}\u{2060}\u{e0041}", r"a\u{200b}b\u{feff}\u{2060}\u{e0041}"),
            ("\u{fe0f}a\u{fe0f} ❤\u{fe0f}\u{fe0f}", "\\u{fe0f}a\\u{fe0f} ❤\u{fe0f}\\u{fe0f}"),
        ] {
            assert_eq!(visible(text), seen);
        }
        assert_eq!(lines("a\nb\r\u{1b}"), "a\nb\\u{d}\\u{1b}");
    }

    #[test]
    fn a_document_means_the_same() {
        let name = "a\u{202e}\u{7f}\u{9b}\u{e0041}\u{2028}\u{fe0f}é";
        let text = json(&serde_json::to_string_pretty(&[name]).unwrap());
        assert!(!text.contains(|c| is_unseen(c) && c != '\n'), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [name]);
    }

    #[test]
    fn only_colours_reach_a_screen_and_only_where_there_are_any() {
        let text = "\u{1b}[1;31mx\u{1b}[0m\ny\u{1b}[2J\u{1b}]0;t\u{7}\u{1b}";
        assert_eq!(screen(text, true), "\u{1b}[1;31mx\u{1b}[0m\ny\\u{1b}[2J\\u{1b}]0;t\\u{7}\\u{1b}");
        assert!(!screen(text, false).contains('\u{1b}'));
        assert_eq!(screen("a\r\nb\rc\r\r\n", false), "a\r\nb\\u{d}c\\u{d}\r\n");
    }
}
