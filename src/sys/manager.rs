//! What a server is told by signals, and what it tells the manager of services that has started it, if one has.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What it is told by.
pub(crate) struct Signals {
    /// The end.
    pub ended: Signal,
    /// The end, from a person.
    pub interrupted: Signal,
    /// Read everything again.
    pub hung_up: Signal,
}

impl Signals {
    /// From now on they are heard.
    pub(crate) fn catch() -> std::io::Result<Self> {
        Ok(Self {
            ended: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
            hung_up: signal(SignalKind::hangup())?,
        })
    }
}

/// How often the manager is told that all is well.
pub(crate) fn beat() -> Duration {
    sd_notify::watchdog_enabled().map_or(Duration::from_secs(3_600), |limit| limit / 3)
}

pub(crate) fn ready() {
    notify(&[NotifyState::Ready]);
}

pub(crate) fn alive() {
    notify(&[NotifyState::Watchdog]);
}

pub(crate) fn reloaded() {
    notify(&[NotifyState::Reloading, NotifyState::Ready]);
}

pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

fn notify(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
