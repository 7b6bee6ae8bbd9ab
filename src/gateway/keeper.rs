//! Which credential is next, and what is remembered of those that failed. What the stores say comes from
//! [`Open`]; what they cannot say (rests of variables and of models, who stays with what) is kept here. What takes
//! its time (renewing, writing) is done by a thread of its own, which never keeps a request waiting.

mod behind;
mod memory;
mod names;
mod outlook;

use crate::catalog::hosts;
use crate::catalog::kind::Kind;
use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::gateway::guard;
use crate::gateway::settings::Subscriptions;
use crate::gateway::upstream::Target;
use crate::gateway::voice::Voice;
use crate::pipeline::open::Open;
use crate::policy::export::Export;
use crate::policy::models;
use crate::policy::refresh;
use crate::policy::resolve::Route;
use crate::policy::rotation::CallOutcome;
use crate::policy::rotation::judge::Effect;
use crate::sys::Millis;
use crate::sys::secret::Secret;
use crate::world::World;
use behind::{Job, work};
use hyper::header::HeaderName;
use memory::Memory;
use std::collections::HashMap;
use std::sync::mpsc;
use tokio::sync::{mpsc as channel, oneshot};

/// What is to be sent, as far as the credential depends on it.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// The agent.
    pub(super) agent: String,
    /// The provider, normalised.
    pub(super) provider: String,
    /// The model, as the provider calls it.
    pub(super) model: Option<String>,
    /// The session in our own store, with its pin.
    pub(super) pinned: Option<String>,
    /// The conversation, which stays with one credential as long as that can be used.
    pub(super) sticky: Option<String>,
    /// Whether a login of a subscription may be used for it.
    pub(super) subscription: bool,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Picked {
    /// This one.
    Use(Box<Chosen>),
    /// All rest, the first until then.
    Rests(Millis),
    /// Only logins of a subscription, which are not for this request.
    Subscription,
    /// Nothing can be used.
    Nothing,
}

/// The credential for one attempt.
#[derive(Debug)]
pub(super) struct Chosen {
    /// What it is called.
    pub(super) name: String,
    /// Its kind.
    pub(super) kind: Kind,
    /// The header that carries it.
    pub(super) header: (&'static str, Secret),
    /// Whether it should be renewed.
    pub(super) is_due: bool,
    /// Whether it is over.
    pub(super) is_over: bool,
    /// Where models answer it, if its provider said so.
    pub(super) address: Option<String>,
    is_profile: bool,
    /// Whether what requests carry is had in exchange for it first.
    is_exchanged: bool,
    /// What tells it from another one of the same name.
    secret: Secret,
}

/// The one who knows.
pub(super) struct Keeper {
    open: Open,
    memory: Memory,
    subscriptions: Subscriptions,
    jobs: mpsc::Sender<Job>,
    waiting: HashMap<String, Vec<oneshot::Sender<bool>>>,
    /// The address that was asked last, as it is written, and what it says.
    address: Option<(String, Target)>,
}

/// A login that was renewed, or not: the profile, and whether it worked.
pub(super) type Renewed = (String, bool);

impl Chosen {
    /// What a credential is called that the request brings itself.
    pub(super) const OWN: &'static str = "own";

    /// The credential that the request brings itself. How it is renewed, and whether it is over, is not for
    /// us.
    pub(super) fn own(name: &HeaderName, secret: &Secret) -> Self {
        let is_key = *name == guard::KEY;
        let header = if is_key {
            ("x-api-key", secret.clone())
        } else {
            ("authorization", Secret::new(format!("Bearer {}", secret.expose())))
        };
        Self {
            name: Self::OWN.to_owned(),
            kind: if is_key { Kind::ApiKey } else { Kind::Token },
            header,
            is_due: false,
            is_over: false,
            address: None,
            is_profile: false,
            is_exchanged: false,
            secret: Secret::from(""),
        }
    }
}

impl Keeper {
    /// Starts the thread; what it has renewed comes out of the channel, for [`Keeper::renewed`].
    pub(super) fn new(
        open: Open,
        subscriptions: Subscriptions,
        voice: Voice,
    ) -> std::io::Result<(Self, channel::UnboundedReceiver<Renewed>, std::thread::JoinHandle<()>)> {
        let (jobs, taken) = mpsc::channel();
        let (told, renewed) = channel::unbounded_channel();
        let behind = open.again();
        let name = std::thread::Builder::new().name("keeper".to_owned());
        let thread = name.spawn(move || work(behind, voice, &taken, &told))?;
        let (memory, waiting) = (Memory::default(), HashMap::new());
        let mut own = Self { open, memory, subscriptions, jobs, waiting, address: None };
        // The config by which it was started is the first that is good.
        own.default_agent();
        Ok((own, renewed, thread))
    }

    /// How things are now, as an agent sees them.
    pub(super) fn world(&mut self, agent: &str) -> &World {
        self.open.world(agent)
    }

    /// What is wrong with the config, and since when, while the last one that was good is used.
    pub(super) fn config_fault(&mut self, agent: &str) -> Option<(Refusal, Millis)> {
        self.open.config_fault(agent).cloned()
    }

    /// The agent for whom requests come that name none.
    pub(super) fn default_agent(&mut self) -> String {
        self.open.world(MAIN_AGENT).desired.default_agent()
    }

    /// Whether there is such an agent.
    pub(super) fn knows(&mut self, agent: &str) -> bool {
        let world = self.open.world(MAIN_AGENT);
        agent == MAIN_AGENT || world.desired.agents.iter().any(|own| own.id == agent)
    }

    /// The providers that the default agent uses.
    pub(super) fn providers_in_use(&mut self) -> Vec<String> {
        let agent = self.default_agent();
        let used = models::in_use(&self.open.world(&agent).desired, &agent);
        let mut providers: Vec<String> = used.into_iter().map(|used| used.model.provider).collect();
        let mut seen = std::collections::BTreeSet::new();
        providers.retain(|provider| seen.insert(provider.clone()));
        providers
    }

    /// Whether a credential of a provider can be used now.
    pub(super) fn can(&mut self, agent: &str, provider: &str) -> bool {
        self.open.resolve(agent, provider, None).is_some()
    }

    /// Now, in milliseconds since the epoch.
    pub(super) fn clock(&self) -> Millis {
        self.open.clock()
    }

    /// What is on disk now counts, until this is said again.
    pub(super) fn look_again(&mut self) {
        self.open.look_again();
    }

    /// Reads everything again.
    pub(super) fn forget(&mut self) {
        self.open.forget();
    }

    /// The credential for an attempt, but none of those that were tried.
    pub(super) fn pick(&mut self, ask: &Ask, tried: &[String]) -> Picked {
        let now = self.clock();
        if !tried.is_empty() {
            self.look_again();
        }
        for (agent, profile) in self.memory.replaced(&mut self.open) {
            let _ = self.jobs.send(Job::Report { agent, profile, came: CallOutcome::Cleared });
        }
        let sticky = ask.sticky.as_deref().and_then(|session| self.memory.stays(session, &ask.provider, now));
        let mut left_out = tried.to_vec();
        let (mut soonest, mut subscription, mut last) = (None::<Millis>, false, None);
        loop {
            let found = self.found(ask, sticky.as_deref(), &left_out);
            let Some(export) = found.filter(|export| !left_out.contains(&export.candidate.name)) else {
                break;
            };
            let chosen = chosen(&export, now);
            let in_memory = self.memory.rests(&chosen.name, &chosen.secret, ask, now);
            let is_new = self.memory.is_new(&chosen.name, &chosen.secret);
            let rests = export.rests_until.filter(|until| !is_new && *until > now).max(in_memory);
            left_out.push(chosen.name.clone());
            if let Some(until) = rests {
                soonest = Some(soonest.map_or(until, |soonest| soonest.min(until)));
                // A key of a variable or of the config rests behind others only: by itself it is the only way.
                last = last.or((!chosen.is_profile).then_some(chosen));
            } else if self.is_kept(ask, export.credential.kind) {
                subscription = true;
            } else if !self.is_led_astray(ask, export.credential.kind) {
                if let Some(session) = &ask.sticky {
                    self.memory.stay(session, &ask.provider, &chosen.name, now);
                }
                return Picked::Use(Box::new(chosen));
            }
        }
        match soonest {
            Some(_) if last.is_some() => last.map_or(Picked::Nothing, |last| Picked::Use(Box::new(last))),
            Some(until) => Picked::Rests(until),
            None if subscription => Picked::Subscription,
            None => Picked::Nothing,
        }
    }

    /// The first that is left; mostly that of the last time, which is remembered.
    fn found(&mut self, ask: &Ask, sticky: Option<&str>, left_out: &[String]) -> Option<Export> {
        let (agent, provider, pinned) = (&ask.agent, &ask.provider, ask.pinned.as_deref());
        if left_out.is_empty() {
            let known = self.open.resolve(agent, provider, pinned);
            let is_it = |known: &&Export| sticky.is_none_or(|sticky| sticky == known.candidate.name);
            if let Some(known) = known.filter(is_it) {
                return Some(known.clone());
            }
        }
        self.open.resolve_except(agent, provider, (pinned, sticky), left_out)
    }

    /// Whether it is a login of a subscription, and not for this request.
    fn is_kept(&self, ask: &Ask, kind: Kind) -> bool {
        let is_theirs = providers::find(&ask.provider).is_some_and(|row| row.subscription);
        let may = match self.subscriptions {
            Subscriptions::Owner => ask.subscription,
            Subscriptions::Try => true,
            Subscriptions::Never => false,
        };
        is_theirs && kind != Kind::ApiKey && !may
    }

    /// Whether a login would go to somebody else's host.
    fn is_led_astray(&mut self, ask: &Ask, kind: Kind) -> bool {
        if kind == Kind::ApiKey {
            return false;
        }
        let world = self.open.world(&ask.agent);
        let url = world.desired.provider(&ask.provider).and_then(|own| own.base_url.as_deref());
        url.is_some_and(|url| {
            hosts::foreign(&ask.provider, url).is_some_and(|host| !crate::sys::http::is_loopback(host))
        })
    }

    /// Notes that it worked.
    pub(super) fn well(&mut self, ask: &Ask, chosen: &Chosen) {
        let now = self.clock();
        if chosen.name != Chosen::OWN && self.memory.well(&chosen.name, now) && chosen.is_profile {
            self.report(ask, chosen, CallOutcome::Well);
        }
    }

    /// Notes what an answer means.
    pub(super) fn effect(&mut self, ask: &Ask, chosen: &Chosen, effect: Effect) {
        let now = self.clock();
        match effect {
            _ if chosen.name == Chosen::OWN => {}
            Effect::Nothing => {}
            Effect::Model(until) => {
                self.memory.model_rests(&ask.provider, ask.model.as_deref(), until, "overloaded");
            }
            Effect::ModelFor(until) => {
                self.memory.model_rests(&chosen.name, ask.model.as_deref(), until, "permission");
            }
            Effect::Failed(reason, until) => {
                let who = (chosen.name.as_str(), &chosen.secret);
                let settings = &self.open.world(&ask.agent).desired.cooldowns;
                let came = self.memory.failed(&ask.agent, who, reason, until, (settings, now));
                if let Some(came) = came.filter(|_| chosen.is_profile) {
                    self.report(ask, chosen, came);
                }
            }
        }
    }

    fn report(&self, ask: &Ask, chosen: &Chosen, came: CallOutcome) {
        let (agent, profile) = (ask.agent.clone(), chosen.name.clone());
        // Without the thread there is only the memory.
        let _ = self.jobs.send(Job::Report { agent, profile, came });
    }

    /// Renews a login behind the request; of many who want it one asks. True comes out if it worked.
    pub(super) fn renew(&mut self, ask: &Ask, chosen: &Chosen, forced: bool) -> oneshot::Receiver<bool> {
        let (told, wait) = oneshot::channel();
        let waiting = self.waiting.entry(chosen.name.clone()).or_default();
        waiting.push(told);
        if waiting.len() == 1 {
            let (agent, profile, provider) = (ask.agent.clone(), chosen.name.clone(), ask.provider.clone());
            let _ = self.jobs.send(match chosen.is_exchanged {
                true => Job::Exchange { agent, provider, name: profile },
                false => Job::Renew { agent, profile, forced },
            });
        }
        wait
    }

    /// Has done what a message of a chat says, behind the request; the reply comes out.
    pub(super) fn chat(&mut self, agent: &str, session: &str, text: String) -> oneshot::Receiver<String> {
        let (told, wait) = oneshot::channel();
        let (agent, session) = (agent.to_owned(), session.to_owned());
        let _ = self.jobs.send(Job::Chat { agent, session, text, told });
        wait
    }

    /// Tells those who wait.
    pub(super) fn renewed(&mut self, (profile, worked): &Renewed) {
        if *worked {
            self.open.forget();
        }
        for told in self.waiting.remove(profile).into_iter().flatten() {
            let _ = told.send(*worked);
        }
    }
}

fn chosen(export: &Export, now: Millis) -> Chosen {
    let is_over = export.credential.kind == Kind::OAuth && export.expires().is_some_and(|end| end <= now);
    let (token, is_exchanged) = (export.candidate.exchanged.as_ref(), export.is_to_be_exchanged(now));
    let lacks_token = is_exchanged && token.is_none_or(|token| token.expires <= now);
    Chosen {
        name: export.candidate.name.clone(),
        kind: export.credential.kind,
        header: export.header(),
        is_due: refresh::is_due(&export.credential, now) || is_exchanged,
        is_over: is_over || lacks_token,
        address: token.and_then(|token| token.address.clone()),
        is_profile: export.candidate.route == Route::Profile,
        is_exchanged,
        secret: export.credential.secret.clone(),
    }
}
