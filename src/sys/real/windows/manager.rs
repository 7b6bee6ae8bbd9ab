//! What a server is told on Windows: the keys that end it. Nothing there starts a server and hears of it.

use std::time::Duration;
use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

/// What it is told by.
pub(crate) struct Signals {
    /// The end.
    pub ended: CtrlBreak,
    /// The end, from a person.
    pub interrupted: CtrlC,
    /// Nobody says so.
    pub hung_up: Never,
}

/// What does not come.
pub(crate) struct Never;

impl Never {
    pub(crate) async fn recv(&mut self) -> Option<()> {
        std::future::pending().await
    }
}

impl Signals {
    /// From now on they are heard.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Ok(Self { ended: ctrl_break()?, interrupted: ctrl_c()?, hung_up: Never })
    }
}

/// How often nobody is told that all is well.
pub(crate) fn beat() -> Duration {
    Duration::from_secs(3_600)
}

pub(crate) fn ready() {}

pub(crate) fn alive() {}

pub(crate) fn reloaded() {}

pub(crate) fn stopping() {}
