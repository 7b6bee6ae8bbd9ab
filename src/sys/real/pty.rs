//! Running another program on a terminal of its own, so that the user sees it and types as usual,
//! while what it writes is kept. Our own terminal is handed through, and is as before afterwards.

#![expect(clippy::disallowed_methods, reason = "this is where an interactive program is started")]

use crate::sys::real::child::{has_ended, kill_group, own_session};
use crate::sys::real::probe::has_ended_by;
use crate::sys::real::retry;
use crate::sys::secret::Secret;
use crate::sys::{Conversed, Fault, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{self, OptionalActions, Termios};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often it is looked whether the window has another size, and whether the program has ended.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Most bytes of what it writes that are kept.
const MOST: usize = 4 << 20;

/// Runs the program to its end.
pub(super) fn run(program: &Pty) -> Conversed {
    match start(program) {
        Ok((child, master)) => hold(child, &master),
        Err(error) => Conversed::NotStarted(Fault::of(&error).to_string()),
    }
}

/// Starts it on a new terminal of the size of ours; its side, and ours.
fn start(program: &Pty) -> std::io::Result<(Child, OwnedFd)> {
    let master = new_terminal()?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
    if let Ok(size) = termios::tcgetwinsize(std::io::stdin()) {
        termios::tcsetwinsize(&slave, size)?;
    }
    let mut command = Command::new(&program.program);
    command.args(&program.args);
    program.without.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.stdin(Stdio::from(slave.try_clone()?)).stdout(Stdio::from(slave.try_clone()?));
    command.stderr(Stdio::from(slave));
    own_session(&mut command, true);
    // The command holds this side of the terminal open until it is dropped at the end of this.
    Ok((command.spawn()?, master))
}

/// Our side of a new terminal, which no program inherits.
fn new_terminal() -> rustix::io::Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    #[cfg(not(target_vendor = "apple"))]
    return openpt(flags | OpenptFlags::CLOEXEC);
    // There it cannot be asked for in the same call.
    #[cfg(target_vendor = "apple")]
    {
        let master = openpt(flags)?;
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
        Ok(master)
    }
}

/// Hands bytes through both ways until it has ended.
fn hold(mut child: Child, master: &OwnedFd) -> Conversed {
    let stdin = std::io::stdin();
    let raw = Raw::start();
    let mut said = Zeroizing::new(Vec::with_capacity(MOST));
    let mut size = termios::tcgetwinsize(&stdin).ok();
    let mut listens = raw.is_some();
    loop {
        let ended = has_ended(&mut child);
        let mut fds = vec![PollFd::new(master, PollFlags::IN)];
        if listens {
            fds.push(PollFd::new(&stdin, PollFlags::IN));
        }
        let wait = if ended { Timespec::default() } else { LOOK_EVERY };
        let ready = poll(&mut fds, Some(&wait));
        let has = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
        let (speaks, types) = (has(0), has(1));
        if speaks && !listen(master, &mut said) || ended && !matches!(ready, Ok(1..)) {
            break;
        }
        if types && !ended {
            listens = pass_on(&stdin, master);
        }
        let now = termios::tcgetwinsize(&stdin).ok();
        if let Some(new) = now.filter(|_| now.map(rows_and_columns) != size.map(rows_and_columns)) {
            let _ = termios::tcsetwinsize(master, new);
            size = now;
        }
    }
    drop(raw);
    // What closed its terminal and goes on would keep us for ever.
    if !has_ended_by(&mut child, Instant::now() + Duration::from_secs(1)) {
        kill_group(&mut child);
    }
    let code = child.wait().ok().and_then(|status| status.code());
    Conversed::Ended(code, Secret::new(std::mem::take(&mut *said)))
}

fn rows_and_columns(size: termios::Winsize) -> (u16, u16) {
    (size.ws_row, size.ws_col)
}

/// Shows and keeps what the program has written; whether there may be more.
fn listen(master: &OwnedFd, said: &mut Zeroizing<Vec<u8>>) -> bool {
    let mut chunk = Zeroizing::new([0_u8; 4096]);
    match rustix::io::read(master, &mut chunk[..]) {
        Ok(0) => false,
        Ok(count) => {
            let room = MOST - said.len();
            said.extend_from_slice(&chunk[..count.min(room)]);
            all(&std::io::stdout(), &chunk[..count]);
            true
        }
        Err(Errno::INTR | Errno::AGAIN) => true,
        // The other side is closed.
        Err(_) => false,
    }
}

/// Hands on what was typed; whether there may be more.
fn pass_on(stdin: &std::io::Stdin, master: &OwnedFd) -> bool {
    let mut chunk = Zeroizing::new([0_u8; 4096]);
    match rustix::io::read(stdin, &mut chunk[..]) {
        Ok(0) => false,
        Ok(count) => {
            all(master, &chunk[..count]);
            true
        }
        Err(error) => matches!(error, Errno::INTR | Errno::AGAIN),
    }
}

/// Writes all of it, as far as that is possible.
fn all(to: &impl AsFd, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match retry(|| Ok(rustix::io::write(to, bytes)?)) {
            Ok(count) if count > 0 => bytes = &bytes[count..],
            _ => return,
        }
    }
}

/// Our terminal hands every key through as it is, until this is dropped, whatever the reason.
struct Raw(Termios);

impl Raw {
    /// `None` if standard input is no terminal.
    fn start() -> Option<Self> {
        let stdin = std::io::stdin();
        let before = termios::tcgetattr(&stdin).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(&stdin, OptionalActions::Now, &raw).ok()?;
        Some(Self(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
