//! What a gateway that runs knows of itself at one moment, as values: made by the gateway, told by a report. Nothing
//! is found out here.

use crate::change::proposal::Refusal;
use crate::policy::status::Status;
use crate::sys::Millis;
use crate::world::World;

/// A gateway at one moment. Instants are in milliseconds since the epoch.
#[derive(Debug)]
pub(crate) struct Moment<'a> {
    /// How things are, as its default agent sees them; `now` is the moment.
    pub(crate) world: &'a World,
    /// The status of that agent, as all commands judge it.
    pub(crate) status: &'a Status,
    /// Since when it runs.
    pub(crate) since: Millis,
    /// Whether it serves requests.
    pub(crate) ready: bool,
    /// Whether it is about to stop.
    pub(crate) draining: bool,
    /// When the files were read that count now.
    pub(crate) read: Millis,
    /// When it was told to read everything again, if it was.
    pub(crate) reloaded: Option<Millis>,
    /// What is wrong with the config, and since when, while it goes on with the last one that was good.
    pub(crate) fault: Option<&'a (Refusal, Millis)>,
    /// Settings that it has taken at its start and that say something else by now.
    pub(crate) outdated: Vec<&'static str>,
    /// What a request would get, by provider.
    pub(crate) outlooks: Vec<Outlook>,
    /// Models that rest.
    pub(crate) models: Vec<Rest>,
    /// What came of the last requests, the newest first.
    pub(crate) served: Vec<Served>,
    /// What a word of these outcomes and rests means.
    pub(crate) means: fn(&str) -> Option<Meaning>,
}

/// What a request for a provider would get.
#[derive(Clone, Debug)]
pub(crate) struct Outlook {
    /// The provider.
    pub(crate) provider: String,
    /// Which credential.
    pub(crate) next: Next,
    /// Why none of its logins is used, if that is so.
    pub(crate) withheld: Option<Withheld>,
    /// Credentials that rest after failures.
    pub(crate) rests: Vec<Rest>,
}

/// The credential for the next request.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// This one.
    Uses(String),
    /// All rest, the first until then.
    Rests(Millis),
    /// There are only logins, and they are withheld.
    Withheld,
    /// Nothing can be used.
    Nothing,
}

/// Why logins are not used.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Withheld {
    /// They are of a subscription, which is for its owner's own programs.
    Subscription,
    /// They would go to somebody else's host.
    Elsewhere,
}

/// A rest.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    /// The credential, or the provider if it is so for all.
    pub(crate) who: String,
    /// The model, if it is only that.
    pub(crate) model: Option<String>,
    /// Until when.
    pub(crate) until: Millis,
    /// Why, in a word.
    pub(crate) reason: &'static str,
}

/// What came of a request: nothing that was in it.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// When its answer began.
    pub(crate) at: Millis,
    /// Its number.
    pub(crate) id: u64,
    /// What was asked for.
    pub(crate) endpoint: &'static str,
    /// Of which provider.
    pub(crate) provider: String,
    /// The credential by which it was answered, or the last one; no address of a person in full.
    pub(crate) profile: String,
    /// The model.
    pub(crate) model: String,
    /// What the client got.
    pub(crate) status: u16,
    /// How often it was tried.
    pub(crate) attempts: usize,
    /// How it ended, in a word.
    pub(crate) reason: &'static str,
    /// The same as the client was told it, where the answer is the gateway's own.
    pub(crate) why: String,
    /// How long it took until the answer began.
    pub(crate) millis: u64,
}

/// What a word means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meaning {
    /// In a sentence, without a full stop.
    pub(crate) text: &'static str,
    /// A message by which the rule is found that says more; empty if there is none.
    pub(crate) message: &'static str,
}
