//! A person at a real terminal: what they wait for, and what they type then.

use crate::support::home::Home;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect};
use std::process::Command;
use std::time::Duration;

/// At what they sit.
pub(crate) struct Terminal<'a> {
    pub(crate) home: &'a Home,
    /// Variables beside those of the home; a locale of UTF-8 and no other machine unless they say otherwise.
    pub(crate) vars: &'a [(&'a str, &'a str)],
    /// Columns and rows.
    pub(crate) size: (u16, u16),
}

/// What came of it.
pub(crate) struct Seen {
    /// All that was shown, with what commands the terminal.
    pub(crate) text: String,
    /// The same until the last text that was waited for.
    pub(crate) asked: String,
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
}

impl Terminal<'_> {
    /// Runs the program with these arguments, and at each text that is waited for types what stands beside it.
    pub(crate) fn talk(&self, args: &[&str], talk: &[(&str, &str)]) -> Seen {
        // The program begins when the size is there. In the background, Ctrl-C is ignored from the start on.
        let (columns, rows) = self.size;
        let sized = format!("until [ \"$(stty size)\" = '{rows} {columns}' ]; do :; done");
        let script = format!("{sized}; exec /usr/bin/env --default-signal=INT,HUP \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_zirkabot")]).args(args).env_clear();
        command.env("LANG", "C.UTF-8").env("ZIRKABOT_OFFLINE", "1").envs(self.home.environment());
        command.envs(self.vars.iter().copied());
        let mut session = OsSession::spawn(command).unwrap();
        session.get_process_mut().set_window_size(columns, rows).unwrap();
        session.get_process_mut().set_echo(true, None).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        let (mut text, mut asked) = (String::new(), String::new());
        for (expected, keys) in talk {
            let found =
                session.expect(*expected).unwrap_or_else(|error| panic!("{expected:?}: {error}: {text}"));
            text.push_str(&String::from_utf8_lossy(found.before()));
            text.push_str(expected);
            asked.clone_from(&text);
            session.send(keys).unwrap();
        }
        let rest = session.expect(Eof).unwrap_or_else(|error| panic!("{talk:?}: {error}: {text}"));
        text.push_str(&String::from_utf8_lossy(rest.as_bytes()));
        assert!(!text.contains("CANARY"), "{text}");
        let code = match session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => Some(code),
            _ => None,
        };
        Seen { text, asked, code }
    }
}
