//! Talking with a person at the terminal: text now, a line back, a sign of life.

use crate::sys::real::{Mask, Real, console, read};
use crate::sys::secret::Secret;
use crate::sys::visible::screen;
use crate::sys::{Conversed, Drawn, Hidden, Key, Progress, Pty, Terminal};
use std::io::{self, BufRead, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long nothing is said; most runs are over by then.
const QUIET: Duration = Duration::from_millis(300);

/// Time between two pictures.
const TICK: Duration = Duration::from_millis(120);

const PICTURES: [&str; 4] = ["|", "/", "-", "\\"];

impl Terminal for Real {
    fn say(&mut self, text: &str) {
        let mut out = io::stdout();
        // Who does not hear us will not answer either.
        let _ = out.write_all(screen(text, true).as_bytes()).and_then(|()| out.flush());
    }

    fn answer(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned()),
        }
    }

    fn pick(&mut self, draw: &mut dyn FnMut(Option<Key>, usize) -> Drawn, every: Option<u64>) -> bool {
        let able = self.host.var("TERM").is_some_and(|term| !matches!(term, "" | "dumb"));
        able && self.host.stdin_tty && console::pick(draw, every)
    }

    fn hidden(&mut self, prompt: &str) -> Hidden {
        let able = self.host.var("TERM").is_some_and(|term| !matches!(term, "" | "dumb"));
        console::ask(&screen(prompt, true), able)
    }

    fn input(&mut self, limit: usize) -> io::Result<Option<Secret<Vec<u8>>>> {
        match &self.input {
            Some(input) => Ok((input.expose().len() <= limit).then(|| input.clone())),
            None => read::stdin(limit),
        }
    }

    fn run_on_pty(&mut self, program: &Pty) -> Conversed {
        console::run(program)
    }

    fn complain(&mut self, text: &str) {
        let mut err = io::stderr();
        let _ = err.write_all(screen(text, true).as_bytes()).and_then(|()| err.flush());
    }

    fn progress(&self, what: &'static str) -> Progress {
        Progress(self.host.stderr_tty.then(|| Spinner::start(what)))
    }
}

/// A turning sign with a word on standard error, from [`QUIET`] on until it is dropped.
#[derive(Debug)]
pub struct Spinner {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Spinner {
    /// Starts the clock.
    pub(super) fn start(what: &'static str) -> Self {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().spawn(move || {
            // Signals are for the thread that may hold them back; never for this one, not even while it ends.
            std::mem::forget(Mask::hold());
            let is_over = |time| stopped.recv_timeout(time) != Err(RecvTimeoutError::Timeout);
            if is_over(QUIET) {
                return;
            }
            let mut err = io::stderr();
            for picture in PICTURES.iter().cycle() {
                let _ = write!(err, "\r{picture} {what}").and_then(|()| err.flush());
                if is_over(TICK) {
                    let _ = write!(err, "\r\x1b[K").and_then(|()| err.flush());
                    return;
                }
            }
        });
        // Without a thread there is no sign, and all goes on.
        Self { stop: Some(stop), thread: thread.ok() }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
