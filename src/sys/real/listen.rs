//! A port that was open before this program was started: the service manager listens for it.

use std::net::TcpListener;
use std::os::fd::{FromRawFd, OwnedFd};

/// The listener that was handed over; none if there is none.
///
/// # Errors
/// If what was handed over is none, or more than one.
#[expect(
    unsafe_code,
    reason = "a descriptor that was handed over has no owner here yet; it is taken once, at the start"
)]
pub(super) fn handed_over() -> std::io::Result<Option<TcpListener>> {
    let mut handed = sd_notify::listen_fds()?;
    let Some(fd) = handed.next() else { return Ok(None) };
    if handed.next().is_some() {
        return Err(std::io::Error::other("more than one port was handed over"));
    }
    // SAFETY: by the protocol of `sd_listen_fds` this descriptor is open, and ours to own; nobody else takes it.
    let listener = TcpListener::from(unsafe { OwnedFd::from_raw_fd(fd) });
    // What is no socket of a network has no such address.
    listener.local_addr()?;
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}
