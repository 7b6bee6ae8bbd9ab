//! What can be done with the terminal, and with standard input, on Windows. The standard library cannot switch off
//! that a console shows what is typed, nor read single keys, nor make a terminal for another program.

#![expect(clippy::disallowed_methods, reason = "this is where a browser is waited for")]

use crate::sys::{Conversed, Drawn, Hidden, Key, Pty};
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// How long nobody is looked after who wants something.
const PAUSE: Duration = Duration::from_millis(50);

/// Nothing can be hidden.
pub(super) fn ask(_: &str, _: bool) -> Hidden {
    Hidden::Shown
}

/// Nothing can be drawn.
pub(super) fn pick(_: &mut dyn FnMut(Option<Key>, usize) -> Drawn, _: Option<u64>) -> bool {
    false
}

/// No other program can be listened to.
pub(super) fn run(_: &Pty) -> Conversed {
    Conversed::NotStarted("on Windows zirkabot has no terminal for it".to_owned())
}

/// Reads from standard input. The library's own buffer is passed by only for what is larger than it.
pub(super) fn read(bytes: &mut [u8]) -> io::Result<usize> {
    io::stdin().lock().read(bytes)
}

/// How wide the console is, is not known.
pub(super) fn columns() -> Option<usize> {
    None
}

/// After a pause anybody may have something to say; what is typed is not known.
pub(super) fn ready<'s>(
    _: &TcpListener,
    streams: impl Iterator<Item = &'s TcpStream>,
    left: Duration,
) -> Vec<bool> {
    std::thread::sleep(left.min(PAUSE));
    [false, true].into_iter().chain(streams.map(|_| true)).collect()
}
