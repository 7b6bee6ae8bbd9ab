//! Telling another program something: it reads from us, works for a limited time in a session of its
//! own, and what it writes is not looked at.

#![expect(clippy::disallowed_methods, reason = "this is where programs are started and waited for")]

use crate::sys::real::probe::has_ended;
use crate::sys::real::probe::kill_group;
use crate::sys::real::probe::own_session;
use crate::sys::secret::Secret;
use crate::sys::{Fault, Host, Probed, Stdin};
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often we look whether the program has ended, at most and at least.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const FIRST_PAUSE: Duration = Duration::from_millis(1);

pub(super) fn run(host: &Host, listener: &Stdin) -> Probed {
    let mut command = Command::new(&listener.program);
    command.args(&listener.args).env_clear();
    let kept = host.env.iter().filter(|(name, _)| !listener.without.contains(name));
    for (name, value) in kept.chain(listener.env.iter().map(|(name, value)| (name, value))) {
        command.env(name, value.expose());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    own_session(&mut command, false);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Probed::NotStarted(Fault::of(&error).to_string()),
    };
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(listener.limit).unwrap_or(0));
    if let Some(mut input) = child.stdin.take() {
        let bytes = listener.input.clone();
        // A program that does not read must not hold us up; one that is gone ends the writing.
        std::thread::spawn(move || {
            let _ = input.write_all(bytes.expose());
        });
    }
    let ended = ends_by(&child, deadline);
    kill_group(&child);
    let status = child.wait();
    if ended {
        Probed::Done(status.ok().and_then(|status| status.code()), Secret::new(Vec::new()))
    } else {
        Probed::TimedOut
    }
}

fn ends_by(child: &Child, deadline: Instant) -> bool {
    let mut pause = FIRST_PAUSE;
    while !has_ended(child) {
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK_EVERY);
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::sys::real::tell::*;

    fn shell(script: &str, input: &[u8], limit: i64) -> Option<i32> {
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
        };
        match run(&host, &listener) {
            Probed::Done(code, _) => code,
            Probed::TimedOut => Some(-1),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_program_gets_its_input_and_an_environment_without_keys() {
        let script = r#"[ "$(/bin/cat)" = "hello" ] && [ "$TITLE$SEEN$MY_API_KEY" = "two words1" ]"#;
        assert_eq!(shell(script, b"hello", 10_000), Some(0));
        assert_eq!(shell("exit 3", b"hello", 10_000), Some(3));
    }

    #[test]
    fn one_that_does_not_read_or_does_not_end_holds_nobody_up() {
        let much = vec![b'x'; 1 << 20];
        assert_eq!(shell("exit 0", &much, 10_000), Some(0));
        assert_eq!(shell("/bin/sleep 60", &much, 100), Some(-1));
    }
}
