//! Single keys at the terminal, and a picture that is drawn anew after each: what a list to choose from needs. Which
//! keys mean what is for who asks; here are bytes, and the cursor.

use crate::sys::real::hidden::{Quiet, comes_more, comes_within};
use crate::sys::real::retry;
use crate::sys::visible::screen;
use crate::sys::{Drawn, Key};
use rustix::event::Timespec;
use rustix::fd::AsFd;
use rustix::termios;
use std::time::Duration;

/// How many lines a terminal has that does not say it.
const ROWS: usize = 24;

/// Draws and reads until there is an answer; false if this is no terminal that can be drawn on.
pub(super) fn pick(draw: &mut dyn FnMut(Option<Key>, usize) -> Drawn, every: Option<u64>) -> bool {
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    if !termios::isatty(&stdout) {
        return false;
    }
    let Some(quiet) = Quiet::start(stdin.as_fd(), stdout.as_fd(), false) else { return false };
    let mut height = 0;
    let mut last = String::new();
    let mut show = |drawn: Drawn| {
        let text = match &drawn {
            Drawn::Picture(text) => screen(text, true),
            Drawn::Done => String::new(),
            Drawn::Screen(text) if *text == last => return true,
            Drawn::Screen(text) => {
                quiet.show(&format!("\x1b[H\x1b[2J{}", screen(text, true).replace('\n', "\r\n")));
                last.clone_from(text);
                return true;
            }
        };
        // Back to the first line of the last picture, which goes.
        let up = if height > 0 { format!("\x1b[{height}A") } else { String::new() };
        quiet.show(&format!("{up}\r\x1b[J{}", text.replace('\n', "\r\n")));
        height = text.matches('\n').count();
        matches!(drawn, Drawn::Picture(_))
    };
    let rows = || termios::tcgetwinsize(&stdout).map_or(ROWS, |size| usize::from(size.ws_row));
    show(draw(None, rows()));
    let mut left: Vec<u8> = Vec::new();
    let every = every.and_then(|millis| Timespec::try_from(Duration::from_millis(millis)).ok());
    loop {
        if every.is_some_and(|every| !comes_within(stdin.as_fd(), &every)) {
            show(draw(None, rows()));
            continue;
        }
        let mut chunk = [0_u8; 256];
        match retry(|| Ok(rustix::io::read(&stdin, &mut chunk[..])?)) {
            Ok(count) if count > 0 => left.extend_from_slice(&chunk[..count]),
            _ => {
                show(draw(Some(Key::Gone), rows()));
                return true;
            }
        }
        // A sequence may come in pieces; the key alone is followed by nothing.
        while !left.is_empty() {
            if is_begun(&left) && comes_more(stdin.as_fd()) {
                break;
            }
            let (key, length) = key(&left);
            left.drain(..length);
            if key.is_some_and(|key| !show(draw(Some(key), rows()))) {
                return true;
            }
        }
    }
}

/// Whether these bytes are the beginning of a sequence that is not whole.
fn is_begun(bytes: &[u8]) -> bool {
    match bytes {
        [0x1b] | [0x1b, b'[' | b'O'] => true,
        [0x1b, b'[', rest @ ..] => !rest.iter().any(|byte| (0x40..0x7f).contains(byte)),
        [first, ..] => bytes.len() < length_of(*first),
        [] => false,
    }
}

/// How many bytes a character has that begins so.
fn length_of(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// The key in front, if it is one of ours, and how many bytes it has.
fn key(bytes: &[u8]) -> (Option<Key>, usize) {
    let Some(&first) = bytes.first() else { return (None, 0) };
    match (first, bytes.get(1)) {
        (0x1b, Some(b'[' | b'O')) => {
            let end = bytes
                .iter()
                .skip(2)
                .position(|byte| (0x40..0x7f).contains(byte))
                .map_or(bytes.len(), |at| at + 3);
            let key = match &bytes[2..end] {
                b"A" => Some(Key::Up),
                b"B" => Some(Key::Down),
                b"H" | b"1~" | b"7~" => Some(Key::First),
                b"F" | b"4~" | b"8~" => Some(Key::Last),
                b"5~" => Some(Key::PageUp),
                b"6~" => Some(Key::PageDown),
                _ => None,
            };
            (key, end)
        }
        (0x1b, _) => (Some(Key::Back), 1),
        (b'\r' | b'\n', _) => (Some(Key::Enter), 1),
        (0x03 | 0x04, _) => (Some(Key::Quit), 1),
        (0x08 | 0x7f, _) => (Some(Key::Erase), 1),
        (0x10, _) => (Some(Key::Up), 1),
        (0x0e, _) => (Some(Key::Down), 1),
        (0x15, _) => (Some(Key::Clear), 1),
        _ => {
            let length = length_of(first).min(bytes.len());
            let text = std::str::from_utf8(&bytes[..length]).ok();
            (text.and_then(|text| text.chars().next()).filter(|c| !c.is_control()).map(Key::Char), length)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sys::real::keys::*;

    #[test]
    fn keys_are_told_by_their_bytes() {
        for (bytes, expected, length) in [
            (&b"\x1b[A"[..], Some(Key::Up), 3),
            (b"\x1bOB", Some(Key::Down), 3),
            (b"\x1b[5~x", Some(Key::PageUp), 4),
            (b"\x1b[1;5C", None, 6),
            (b"\x1b", Some(Key::Back), 1),
            (b"\x1bx", Some(Key::Back), 1),
            (b"\rx", Some(Key::Enter), 1),
            (b"\x03", Some(Key::Quit), 1),
            (b"\x7f", Some(Key::Erase), 1),
            ("é".as_bytes(), Some(Key::Char('é')), 2),
            (b"\xff", None, 1),
            (b"\x00", None, 1),
        ] {
            assert_eq!(key(bytes), (expected, length), "{bytes:?}");
        }
        assert!(is_begun(b"\x1b") && is_begun(b"\x1b[") && is_begun(b"\x1b[1") && is_begun(b"\xc3"));
        assert!(!is_begun(b"\x1b[A") && !is_begun(b"a") && !is_begun(b"\x1b[1~"));
    }
}
