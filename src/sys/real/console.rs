//! What can be done with the terminal, and with standard input, here.

pub(super) use crate::sys::real::hidden::ask;
pub(super) use crate::sys::real::keys::pick;
pub(super) use crate::sys::real::pty::run;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Reads from standard input, past the library's own buffer.
pub(super) fn read(bytes: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(io::stdin(), bytes)?)
}

/// The width of the terminal on standard output, else on standard error.
pub(super) fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(io::stderr()))
        .ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Whether something is typed, somebody connects, and each of those who are there says something.
pub(super) fn ready<'s>(
    listener: &TcpListener,
    streams: impl Iterator<Item = &'s TcpStream>,
    left: Duration,
) -> Vec<bool> {
    let stdin = io::stdin();
    let mut fds = vec![PollFd::new(&stdin, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
    fds.extend(streams.map(|stream| PollFd::new(stream, PollFlags::IN)));
    match poll(&mut fds, Timespec::try_from(left).ok().as_ref()) {
        Ok(_) => fds.iter().map(|fd| !fd.revents().is_empty()).collect(),
        Err(_) => Vec::new(),
    }
}
