//! Programs as processes of the system: their session, their output while they run, their end.

#![expect(clippy::disallowed_methods, reason = "this is where programs are started")]

use crate::sys::real::dumps;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use std::io::{ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often we look whether the program has ended while something it started still holds
/// its output open.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Most memory that is set aside for output before there is any.
const MOST_ROOM: usize = 4 << 20;

/// Becomes another program; returns only if that cannot be started.
pub(super) fn replace(mut command: Command) -> std::io::Error {
    dumps::as_before();
    let error = command.exec();
    dumps::forbid();
    error
}

/// A session of its own: the program cannot ask on our terminal, and it and all its children
/// form one group that can be killed at once. With `terminal`, what it has as standard input is the
/// terminal of that session.
#[expect(unsafe_code, reason = "pre_exec runs between fork and exec; all calls are async-signal-safe")]
pub(super) fn own_session(command: &mut Command, terminal: bool) {
    // SAFETY: the closure makes a few system calls; it takes no lock and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            dumps::as_before();
            if terminal {
                rustix::process::ioctl_tiocsctty(std::io::stdin())?;
            }
            Ok(())
        });
    }
}

/// What was heard of a program.
pub(super) enum Heard {
    All(Zeroizing<Vec<u8>>),
    TooMuch,
    TimedOut,
}

/// Collects the output until it ends, or the program has ended and nothing more is there.
pub(super) fn listen(child: &mut Child, mut output: ChildStdout, max: usize, deadline: Instant) -> Heard {
    // All the room at once (the pages come when they are used): no copies are left behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(max.min(MOST_ROOM)));
    let mut chunk = Zeroizing::new([0_u8; 8192]);
    loop {
        let ended = has_ended(child);
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() && !ended {
            return Heard::TimedOut;
        }
        let wait = if ended { Duration::ZERO } else { left.min(LOOK_EVERY) };
        if !is_readable(&output, wait) {
            if ended {
                return Heard::All(bytes);
            }
            continue;
        }
        match output.read(&mut *chunk) {
            Ok(0) => return Heard::All(bytes),
            Ok(count) if bytes.len() + count > max => return Heard::TooMuch,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Heard::All(bytes),
        }
    }
}

fn is_readable(output: &ChildStdout, wait: Duration) -> bool {
    let mut fds = [PollFd::new(output, PollFlags::IN)];
    let timeout = Timespec::try_from(wait).ok();
    poll(&mut fds, timeout.as_ref()).is_ok_and(|ready| ready > 0)
}

fn pid_of(child: &Child) -> Option<Pid> {
    Pid::from_raw(child.id().cast_signed())
}

/// Whether the program has ended; it stays waitable.
pub(super) fn has_ended(child: &mut Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    pid_of(child).is_some_and(|pid| matches!(waitid(WaitId::Pid(pid), options), Ok(Some(_))))
}

pub(super) fn kill_group(child: &mut Child) {
    if let Some(pid) = pid_of(child) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}
