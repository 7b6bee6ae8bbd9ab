//! Programs as processes of Windows: there is no call that becomes another program, and no group of processes that dies
//! at once.

#![expect(clippy::disallowed_methods, reason = "this is where programs are started")]

use std::io::Read;
use std::os::windows::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often we look whether the program has ended while something it started still holds its output open.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Most memory that is set aside for output before there is any.
const MOST_ROOM: usize = 4 << 20;

/// `CREATE_NO_WINDOW`: a console of its own, which nobody sees.
const OWN_CONSOLE: u32 = 0x0800_0000;

/// Runs the program in our place, and ends as it ends; returns only if it cannot be started.
pub(super) fn replace(mut command: Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// The program cannot ask on our console.
pub(super) fn own_session(command: &mut Command, _: bool) {
    command.creation_flags(OWN_CONSOLE);
}

/// What was heard of a program.
pub(super) enum Heard {
    All(Zeroizing<Vec<u8>>),
    TooMuch,
    TimedOut,
}

/// Collects the output until it ends, or the program has ended and nothing more is there. One cannot wait for a pipe and
/// for a time at once, so a thread reads; it ends when nobody holds the other side.
pub(super) fn listen(child: &mut Child, mut output: ChildStdout, max: usize, deadline: Instant) -> Heard {
    let (sender, pieces) = sync_channel(1);
    std::thread::spawn(move || {
        let mut chunk = Zeroizing::new([0_u8; 8192]);
        while let Ok(count @ 1..) = output.read(&mut *chunk) {
            if sender.send(Zeroizing::new(chunk[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    let mut bytes = Zeroizing::new(Vec::with_capacity(max.min(MOST_ROOM)));
    loop {
        let ended = has_ended(child);
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() && !ended {
            return Heard::TimedOut;
        }
        match pieces.recv_timeout(if ended { LOOK_EVERY } else { left.min(LOOK_EVERY) }) {
            Ok(piece) if bytes.len() + piece.len() > max => return Heard::TooMuch,
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(RecvTimeoutError::Timeout) if !ended => {}
            Err(_) => return Heard::All(bytes),
        }
    }
}

/// Whether the program has ended.
pub(super) fn has_ended(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(_)))
}

/// Ends the program and what it started, as long as it has not ended: then nobody knows what it started.
pub(super) fn kill_group(child: &mut Child) {
    if has_ended(child) {
        return;
    }
    let mut command = Command::new("taskkill");
    command.args(["/T", "/F", "/PID", &child.id().to_string()]).creation_flags(OWN_CONSOLE);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let _ = child.kill();
}
