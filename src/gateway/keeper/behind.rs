//! What is done behind the requests, in a thread of its own: renewing, and writing what came of using a profile.

use crate::gateway::keeper::Renewed;
use crate::gateway::voice::Voice;
use crate::pipeline::open::Open;
use crate::pipeline::{Limits, RenewalOutcome};
use crate::policy::rotation::CallOutcome;
use crate::sys::Millis;
use std::sync::mpsc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

/// Longest wait in milliseconds for others who write, and for one renewal.
const LIMITS: (Millis, Millis) = (5_000, 30_000);

/// What is to be done.
pub(super) enum Job {
    Report { agent: String, profile: String, came: CallOutcome },
    Renew { agent: String, profile: String, forced: bool },
    Chat { agent: String, session: String, text: String, told: oneshot::Sender<String> },
}

/// Does it, until nobody asks any more.
pub(super) fn work(
    mut open: Open,
    voice: Voice,
    jobs: &mpsc::Receiver<Job>,
    told: &UnboundedSender<Renewed>,
) {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Report { agent, profile, came } => {
                // What cannot be written now is in the memory of the gateway all the same.
                let _ = open.report(&agent, &profile, came, LIMITS.0);
            }
            Job::Chat { agent, session, text, told } => {
                let _ = told.send((voice.chat)(open.now().as_mut(), &agent, &session, &text));
            }
            Job::Renew { agent, profile, forced } => {
                let limits = Limits::new(LIMITS.0, LIMITS.1);
                let came = open.renew(&agent, &profile, forced, limits).outcome;
                use RenewalOutcome::{Elsewhere, Fresh, Recovered, Renewed};
                let worked = matches!(came, Fresh | Elsewhere | Recovered | Renewed);
                let _ = told.send((profile, worked));
            }
        }
    }
}
