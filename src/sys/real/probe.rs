//! Running another program without letting it hang us: no terminal, a time limit and a size limit.
//! Whatever it started dies with it.

#![expect(clippy::disallowed_methods, reason = "this is where programs are started and waited for")]

use crate::sys::real::Real;
use crate::sys::real::child::{self, Heard, has_ended, kill_group, listen, own_session};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Millis, Probe, Probed, Programs, Pty, Replacement, Stdin};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// First pause while waiting for the end of a program that has closed its output; doubles
/// up to [`child::LOOK_EVERY`].
const FIRST_PAUSE: Duration = Duration::from_millis(1);

impl Programs for Real {
    fn run(&mut self, program: &Probe) -> Probed {
        self.answers.borrow_mut().clear();
        run(program, &self.host.env)
    }

    fn run_with_stdin(&mut self, program: &Stdin) -> Probed {
        let mut command = Command::new(&program.program);
        command.args(&program.args).env_clear();
        let kept = self.host.env.iter().filter(|(name, _)| !program.without.contains(name));
        for (name, value) in kept.chain(program.env.iter().map(|(name, value)| (name, value))) {
            command.env(name, value.expose());
        }
        let output = if program.max_output == 0 { Stdio::null() } else { Stdio::piped() };
        command.stdin(Stdio::piped()).stdout(output);
        attend(command, Some(program.input.clone()), program.limit, program.max_output)
    }

    fn launch(&mut self, program: &Pty) -> std::io::Result<()> {
        let mut command = Command::new(&program.program);
        let kept = self.host.env.iter().filter(|(name, _)| !program.without.contains(name));
        command.env_clear().envs(kept.map(|(name, value)| (name, value.expose()))).args(&program.args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        own_session(&mut command, false);
        command.spawn().map(drop)
    }

    /// The environment is that of this process, not the host's.
    fn replace(&mut self, program: &Replacement) -> std::io::Error {
        let mut command = Command::new(&program.program);
        command.args(&program.args);
        program.unset.iter().for_each(|name| {
            command.env_remove(name);
        });
        program.set.iter().for_each(|(name, value)| {
            command.env(name, value.expose());
        });
        child::replace(command)
    }

    fn machine_name(&self) -> String {
        self.name.clone()
    }
}

/// Runs a program with this environment, and no other: the host's, which in tests and in `demo` is
/// not that of this process.
pub(super) fn run(probe: &Probe, env: &BTreeMap<String, Secret>) -> Probed {
    let mut command = Command::new(&probe.program);
    command.env_clear().envs(env.iter().map(|(name, value)| (name, value.expose())));
    command.args(&probe.args).stdin(Stdio::null()).stdout(Stdio::piped());
    attend(command, None, probe.limit, probe.max_output)
}

/// Starts a program, gives it what it reads, and hears what it writes, until it ends or its time is over.
fn attend(mut command: Command, input: Option<Secret<Vec<u8>>>, limit: Millis, max_output: usize) -> Probed {
    own_session(command.stderr(Stdio::null()), false);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Probed::NotStarted(Fault::of(&error).to_string()),
    };
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(limit).unwrap_or(0));
    if let Some((mut pipe, input)) = child.stdin.take().zip(input) {
        // A program that does not read must not hold us up; one that is gone ends the writing.
        std::thread::spawn(move || {
            let _ = pipe.write_all(input.expose());
        });
    }
    let heard = match child.stdout.take() {
        Some(output) => listen(&mut child, output, max_output, deadline),
        None => Heard::All(Zeroizing::default()),
    };
    let ended = matches!(heard, Heard::All(_)) && has_ended_by(&mut child, deadline);
    // Before the child is waited for: until then its id cannot belong to anybody else.
    kill_group(&mut child);
    let status = child.wait();
    match heard {
        Heard::TooMuch => Probed::TooMuch,
        Heard::All(mut bytes) if ended => {
            let code = status.ok().and_then(|status| status.code());
            Probed::Done(code, Secret::new(std::mem::take(&mut *bytes)))
        }
        Heard::All(_) | Heard::TimedOut => Probed::TimedOut,
    }
}

/// Whether the program ends until then.
pub(super) fn has_ended_by(child: &mut Child, deadline: Instant) -> bool {
    let mut pause = FIRST_PAUSE;
    while !has_ended(child) {
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(child::LOOK_EVERY);
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::sys::real::probe::*;

    fn path() -> BTreeMap<String, Secret> {
        BTreeMap::from([("PATH".to_owned(), Secret::from("/usr/bin:/bin"))])
    }

    fn shell(script: &str, limit: i64, max_output: usize) -> Probed {
        let args = vec!["-c".to_owned(), script.to_owned()];
        run(&Probe { program: "/bin/sh".to_owned(), args, limit, max_output }, &path())
    }

    #[track_caller]
    fn says(probed: Probed, code: Option<i32>, output: &[u8]) {
        match probed {
            Probed::Done(got, bytes) => assert_eq!((got, bytes.expose().as_slice()), (code, output)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn output_and_exit_code_are_reported_and_standard_input_is_empty() {
        says(shell("cat; printf hello; exit 3", 10_000, 64), Some(3), b"hello");
        says(shell("kill -9 $$", 10_000, 64), None, b"");
    }

    #[test]
    fn a_program_that_is_not_there_is_not_started() {
        let probe =
            Probe { program: "/nonexistent/x".to_owned(), args: Vec::new(), limit: 100, max_output: 1 };
        assert!(matches!(run(&probe, &path()), Probed::NotStarted(what) if what.contains("no such file")));
    }

    #[test]
    fn one_that_takes_too_long_is_killed_with_its_children() {
        let before = Instant::now();
        assert!(matches!(shell("sleep 60 & sleep 60", 100, 64), Probed::TimedOut));
        assert!(matches!(shell("exec >&-; sleep 60", 100, 64), Probed::TimedOut));
        assert!(before.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn one_that_talks_too_much_is_killed() {
        assert!(matches!(shell("while :; do echo yyyyyyyy; done", 60_000, 1000), Probed::TooMuch));
        says(shell("printf 12345", 10_000, 5), Some(0), b"12345");
        assert!(matches!(shell("printf 123456", 10_000, 5), Probed::TooMuch));
    }

    #[test]
    fn a_grandchild_that_keeps_the_output_open_does_not_keep_us() {
        let before = Instant::now();
        says(shell("sleep 60 & printf done", 50_000, 64), Some(0), b"done");
        assert!(before.elapsed() < Duration::from_secs(30));
    }

    fn told(script: &str, input: &[u8], limit: i64) -> Option<i32> {
        let mut host = crate::report::sample::host();
        host.env = [("SEEN", "1"), ("MY_API_KEY", "CANARY")]
            .map(|(name, value)| (name.to_owned(), Secret::from(value)))
            .into();
        let listener = Stdin {
            program: "/bin/sh".to_owned(),
            args: vec!["-c".to_owned(), script.to_owned()],
            env: vec![("TITLE".to_owned(), Secret::from("two words"))],
            without: vec!["MY_API_KEY".to_owned()],
            input: Secret::new(input.to_vec()),
            limit,
            max_output: 0,
        };
        match Real::new(host).run_with_stdin(&listener) {
            Probed::Done(code, _) => code,
            Probed::TimedOut => Some(-1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_program_gets_its_input_and_an_environment_without_keys() {
        let script = r#"[ "$(/bin/cat)" = "hello" ] && [ "$TITLE$SEEN$MY_API_KEY" = "two words1" ]"#;
        assert_eq!(told(script, b"hello", 10_000), Some(0));
        assert_eq!(told("exit 3", b"hello", 10_000), Some(3));
    }

    #[test]
    fn one_that_does_not_read_or_does_not_end_holds_nobody_up() {
        let much = vec![b'x'; 1 << 20];
        assert_eq!(told("exit 0", &much, 10_000), Some(0));
        assert_eq!(told("/bin/sleep 60", &much, 100), Some(-1));
    }
}
