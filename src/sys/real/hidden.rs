//! Asking for a secret at the terminal: nothing of it is shown, and a paste of several lines is
//! one answer, so that no part of it ends as a command in the user's shell.
//!
//! [`KeyStream`] makes an answer of bytes and knows no terminal; [`ask`] gets the bytes.

use crate::sys::Hidden;
use crate::sys::real::retry;
use crate::sys::secret::Secret;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::termios::{
    self, ControlModes, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios,
};
use zeroize::{Zeroize, Zeroizing};

/// Longest answer, in bytes.
const LONGEST: usize = 64 << 10;

/// How long after a line break more may come that belongs to the same paste, for terminals that do
/// not mark where one ends: 0.1 s.
const GRACE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Bytes with which a terminal ends a bracketed paste.
const END: &[u8] = b"\x1b[201~";

/// Asks. A terminal that is not `able` is not asked to mark where a paste begins and ends.
pub(super) fn ask(prompt: &str, able: bool) -> Hidden {
    let stdin = std::io::stdin();
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let places = [stderr.as_fd(), stdout.as_fd(), stdin.as_fd()];
    let Some(out) = places.into_iter().find(|fd| termios::isatty(fd)) else { return Hidden::Gone };
    let Some(quiet) = Quiet::start(stdin.as_fd(), out, able) else { return Hidden::Gone };
    quiet.show(prompt);
    let mut keys = KeyStream::default();
    let hidden = loop {
        let mut chunk = Zeroizing::new([0_u8; 4096]);
        let seen = match retry(|| Ok(rustix::io::read(&stdin, &mut chunk[..])?)) {
            Ok(0) => break Hidden::Gone,
            Ok(count) => keys.press(&chunk[..count]),
            Err(_) => break Hidden::Gone,
        };
        match seen {
            KeySeen::Cancel => break Hidden::Cancelled,
            KeySeen::End => break keys.answer(),
            KeySeen::Break if !comes_more(stdin.as_fd()) => break keys.answer(),
            KeySeen::Pasted => quiet.show("(pasted; Enter to go on, Ctrl-U to clear) "),
            KeySeen::Cleared => quiet.show("(cleared) "),
            KeySeen::Break | KeySeen::More => {}
        }
    };
    quiet.show("\n");
    hidden
}

/// Whether something is typed within [`GRACE`].
pub(super) fn comes_more(stdin: BorrowedFd<'_>) -> bool {
    comes_within(stdin, &GRACE)
}

/// Whether something is there to be read within a time.
pub(super) fn comes_within(stdin: BorrowedFd<'_>, time: &Timespec) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(stdin, PollFlags::IN)];
    poll(&mut fds, Some(time)).is_ok_and(|ready| ready > 0)
}

/// A terminal that shows nothing of what is typed, until this is dropped, whatever the reason.
pub(super) struct Quiet<'t> {
    stdin: BorrowedFd<'t>,
    out: BorrowedFd<'t>,
    before: Termios,
    able: bool,
}

impl<'t> Quiet<'t> {
    /// `None` if standard input is no terminal.
    pub(super) fn start(stdin: BorrowedFd<'t>, out: BorrowedFd<'t>, able: bool) -> Option<Self> {
        let before = termios::tcgetattr(stdin).ok()?;
        let mut raw = before.clone();
        raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        raw.input_modes -= InputModes::IXON | InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR;
        raw.input_modes -= InputModes::ISTRIP | InputModes::BRKINT | InputModes::PARMRK;
        raw.control_modes |= ControlModes::CREAD;
        raw.special_codes[SpecialCodeIndex::VMIN] = 1;
        raw.special_codes[SpecialCodeIndex::VTIME] = 0;
        // What was typed ahead was shown, but it is the answer all the same.
        termios::tcsetattr(stdin, OptionalActions::Drain, &raw).ok()?;
        let quiet = Self { stdin, out, before, able };
        if able {
            quiet.show("\x1b[?2004h");
        }
        Some(quiet)
    }

    /// Shows a text, as it is.
    pub(super) fn show(&self, text: &str) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            match retry(|| Ok(rustix::io::write(self.out, rest)?)) {
                Ok(count) if count > 0 => rest = &rest[count..],
                // Who does not hear us will not answer either.
                _ => return,
            }
        }
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        if self.able {
            self.show("\x1b[?2004l");
        }
        // What was not read yet is thrown away: it may be the rest of a secret.
        let _ = termios::tcsetattr(self.stdin, OptionalActions::Flush, &self.before);
    }
}

/// What some bytes came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeySeen {
    /// The answer goes on.
    More,
    /// They ended in a line break: the end of the answer, if nothing follows at once.
    Break,
    /// A bracketed paste ended.
    Pasted,
    /// The answer was wiped out.
    Cleared,
    /// The answer ends here.
    End,
    /// There will be no answer.
    Cancel,
}

/// Where in an escape sequence the keys are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    Outside,
    Begun,
    /// A function key: one more byte.
    Shifted,
    /// A control sequence with this number as its first parameter.
    Control(u16),
}

/// The answer so far.
struct KeyStream {
    answer: Zeroizing<Vec<u8>>,
    escape: Escape,
    /// In a bracketed paste: how many bytes of [`END`] have been seen.
    pasting: Option<usize>,
    too_long: bool,
}

impl Default for KeyStream {
    fn default() -> Self {
        // All the room at once: a growing vector leaves copies behind.
        let answer = Zeroizing::new(Vec::with_capacity(LONGEST));
        Self { answer, escape: Escape::Outside, pasting: None, too_long: false }
    }
}

impl KeyStream {
    /// Takes what was typed or pasted.
    fn press(&mut self, bytes: &[u8]) -> KeySeen {
        // By itself it is the key, even if the terminal never says that the paste has ended.
        if bytes == [CTRL_C] {
            return KeySeen::Cancel;
        }
        let mut last = KeySeen::More;
        for byte in bytes {
            last = match self.pasting {
                Some(matched) => self.pasted(*byte, matched),
                None => self.key(*byte),
            };
            if matches!(last, KeySeen::End | KeySeen::Cancel) {
                break;
            }
        }
        last
    }

    /// The answer, without the line break that ended it.
    fn answer(&mut self) -> Hidden {
        while self.answer.last() == Some(&b'\n') {
            self.answer.pop();
        }
        if self.too_long {
            return Hidden::TooLong;
        }
        Hidden::Said(Secret::new(std::mem::take(&mut *self.answer)))
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.answer.len() + bytes.len() > LONGEST {
            self.too_long = true;
        } else {
            self.answer.extend_from_slice(bytes);
        }
    }

    /// A byte of a bracketed paste, of whose end `matched` bytes were seen.
    fn pasted(&mut self, byte: u8, matched: usize) -> KeySeen {
        if byte == END[matched] {
            self.pasting = (matched + 1 < END.len()).then_some(matched + 1);
            return if self.pasting.is_none() { KeySeen::Pasted } else { KeySeen::More };
        }
        self.push(&END[..matched]);
        // The end begins with its only escape character.
        self.pasting = Some(usize::from(byte == END[0]));
        if byte != END[0] {
            self.push(&[byte]);
        }
        KeySeen::More
    }

    /// A byte outside a bracketed paste.
    fn key(&mut self, byte: u8) -> KeySeen {
        if self.escape != Escape::Outside && self.is_in_escape(byte) {
            return KeySeen::More;
        }
        match byte {
            b'\r' | b'\n' => {
                self.push(b"\n");
                return KeySeen::Break;
            }
            CTRL_C => return KeySeen::Cancel,
            CTRL_D if self.answer.is_empty() => return KeySeen::Cancel,
            CTRL_D => return KeySeen::End,
            CTRL_U | CTRL_W => {
                self.answer.zeroize();
                self.too_long = false;
                return KeySeen::Cleared;
            }
            BACKSPACE | DELETE => self.rub_out(),
            ESCAPE => self.escape = Escape::Begun,
            b'\t' | b' '.. => self.push(&[byte]),
            // Other keys mean nothing here.
            _ => {}
        }
        KeySeen::More
    }

    /// Takes a byte that may belong to an escape sequence; whether it does.
    fn is_in_escape(&mut self, byte: u8) -> bool {
        self.escape = match (self.escape, byte) {
            (Escape::Begun, b'[') => Escape::Control(0),
            (Escape::Begun, b'O') => Escape::Shifted,
            (Escape::Shifted, b' '..=b'~') => Escape::Outside,
            (Escape::Control(number), b'0'..=b'9') => {
                Escape::Control(number.saturating_mul(10).saturating_add(u16::from(byte - b'0')))
            }
            (Escape::Control(_), b' '..=b'?') => Escape::Control(u16::MAX),
            (Escape::Control(number), b'@'..=b'~') => {
                if number == 200 && byte == b'~' {
                    self.pasting = Some(0);
                }
                Escape::Outside
            }
            _ => {
                self.escape = Escape::Outside;
                return false;
            }
        };
        true
    }

    /// Takes the last character back.
    fn rub_out(&mut self) {
        let is_inside = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        while self.answer.last().is_some_and(is_inside) {
            self.answer.pop();
        }
        self.answer.pop();
    }
}

const CTRL_C: u8 = 3;
const CTRL_D: u8 = 4;
const BACKSPACE: u8 = 8;
const CTRL_U: u8 = 21;
const CTRL_W: u8 = 23;
const ESCAPE: u8 = 27;
const DELETE: u8 = 127;

#[cfg(test)]
mod tests {
    use crate::sys::real::hidden::*;

    /// What came of pressing keys: the last thing seen, and the answer if there is one.
    fn pressed(bytes: &[u8]) -> (KeySeen, Option<String>) {
        let mut keys = KeyStream::default();
        let seen = keys.press(bytes);
        let answer = match keys.answer() {
            Hidden::Said(answer) => String::from_utf8(answer.expose().clone()).ok(),
            _ => None,
        };
        (seen, answer)
    }

    #[test]
    fn keys_make_an_answer() {
        for (bytes, seen, answer) in [
            (&b"abc\r"[..], KeySeen::Break, "abc"),
            (b"abc\n", KeySeen::Break, "abc"),
            (b"abx\x7fc\x08\x08\x08\x08d", KeySeen::More, "d"),
            ("aé\u{7f}b".as_bytes(), KeySeen::More, "ab"),
            (b"abc\x15", KeySeen::Cleared, ""),
            (b"abc\x17d", KeySeen::More, "d"),
            (b"abc\x04def", KeySeen::End, "abc"),
            (b"\x04", KeySeen::Cancel, ""),
            (b"abc\x03def\r", KeySeen::Cancel, "abc"),
            // Arrows, function keys, a focus event, an escape key by itself.
            (b"a\x1b[Ab\x1bOPc\x1b[1;5Cd\x1b[Ie\x1bf\x1a\x00", KeySeen::More, "abcdef"),
            (b"\x1b[200~a\rb\n\r\nc\x1b[201~", KeySeen::Pasted, "a\rb\n\r\nc"),
            (b"\x1b[200~a\r\x1b[201~\r", KeySeen::Break, "a\r"),
            (b"x\x1b[200~\x03\x04\x7f\x1b[20\x1b[201~y", KeySeen::More, "x\x03\x04\x7f\x1b[20y"),
            (b"abc\rdef", KeySeen::More, "abc\ndef"),
            (b"abc\r\ndef\r", KeySeen::Break, "abc\n\ndef"),
        ] {
            assert_eq!(pressed(bytes), (seen, Some(answer.to_owned())), "{bytes:?}");
        }
    }

    #[test]
    fn it_does_not_matter_where_the_bytes_are_cut() {
        let bytes = b"a\x1b[A\x1b[200~sk\r  FAKE\x1b[20\x1b[201~ b\x7f\r";
        let whole = pressed(bytes);
        for at in 1..bytes.len() {
            let mut keys = KeyStream::default();
            keys.press(&bytes[..at]);
            assert_eq!(keys.press(&bytes[at..]), whole.0);
            let Hidden::Said(answer) = keys.answer() else { panic!("no answer") };
            assert_eq!(answer.expose(), whole.1.as_deref().unwrap().as_bytes(), "cut at {at}");
        }
    }

    #[test]
    fn a_paste_that_never_ends_can_be_broken_off() {
        let mut keys = KeyStream::default();
        assert_eq!(keys.press(b"\x1b[200~abc"), KeySeen::More);
        assert_eq!(keys.press(b"\x03"), KeySeen::Cancel);
    }

    #[test]
    fn what_is_too_long_is_no_answer_unless_it_is_cleared() {
        let mut keys = KeyStream::default();
        assert_eq!(keys.press(&vec![b'x'; LONGEST]), KeySeen::More);
        let room = keys.answer.capacity();
        assert_eq!(keys.press(b"yz\r"), KeySeen::Break);
        assert_eq!(keys.answer.capacity(), room, "it has not moved");
        assert!(matches!(keys.answer(), Hidden::TooLong));
        assert_eq!(keys.press(b"\x15"), KeySeen::Cleared);
        assert_eq!(keys.press(b"abc\r"), KeySeen::Break);
        assert!(matches!(keys.answer(), Hidden::Said(answer) if answer.expose() == b"abc"));
    }
}
