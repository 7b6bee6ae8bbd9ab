//! What is done behind the requests, in a thread of its own: renewing, and writing what came of using a profile.

use crate::gateway::keeper::Renewed;
use crate::gateway::voice::Voice;
use crate::pipeline::open::Open;
use crate::pipeline::{Limits, NotExchanged, RenewalOutcome};
use crate::policy::resolve::Route;
use crate::policy::rotation::{CallOutcome, FailureReason};
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
    Exchange { agent: String, provider: String, name: String },
    Chat { agent: String, session: String, text: String, told: oneshot::Sender<String> },
}

/// Gets what requests carry in exchange for a credential. One that its provider does not accept rests.
fn exchange(open: &mut Open, agent: &str, provider: &str, name: &str) -> bool {
    let found = open.resolve_except(agent, provider, (None, Some(name)), &[]);
    let Some(export) = found.filter(|export| export.candidate.name == name) else { return false };
    let is_profile = export.candidate.route == Route::Profile;
    match open.exchange(agent, export, Limits::new(LIMITS.0, LIMITS.1)) {
        Ok(_) => true,
        Err(NotExchanged::Refused(_)) if is_profile => {
            let came = CallOutcome::Failed(FailureReason::Auth);
            let _ = open.report(agent, name, came, LIMITS.0);
            false
        }
        Err(_) => false,
    }
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
            Job::Exchange { agent, provider, name } => {
                let worked = exchange(&mut open, &agent, &provider, &name);
                let _ = told.send((name, worked));
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
