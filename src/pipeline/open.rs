//! The library's own door, for a gateway: an open state directory that is asked again and again. What
//! was read is kept, and read again only when a file has changed; no program is started but those that the config
//! names to print secrets, at most once a minute.
//!
//! A login that expires soon ([`crate::policy::refresh::is_due`]) is renewed by [`Open::refresh`]; what came
//! of a request is told by [`Open::report`], so that a profile that failed cools down. The front page of the
//! crate has an example.

mod quiet;

use crate::catalog::documents::DocKind;
use crate::change::proposal::Refusal;
use crate::pipeline::{self, Limits, NotExchanged, Query, Refreshed, Trouble};
use crate::policy::export::{self, Export, ExportRequest};
use crate::policy::known::known_auth;
use crate::policy::resolve;
use crate::policy::rotation::{self, CallOutcome, FailureReason};
use crate::policy::session::{self, Source};
use crate::policy::status::Options;
use crate::sys::real::Real;
use crate::sys::secret::Secret;
use crate::sys::{Act, Host, Look, Millis, Stat};
use crate::world::World;
use crate::world::observe::fetch::Fetched;
use crate::world::observe::{self as sources, Agents, Depth};
use quiet::{Kept, Quiet};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

/// What was changed within this time before it was read may be changed again without its time
/// showing it.
const SETTLED: Millis = 2_000;

/// How long in milliseconds counts what a program printed.
const PRINTED_HOLDS: Millis = 60_000;

/// An open state directory.
pub struct Open {
    act: Box<dyn Act + Send>,
    seen: HashMap<(String, bool), AgentView>,
    /// Whether it goes on with the config as it last was good.
    keeps: bool,
    /// The files of that config; none if none was good yet.
    good: Option<Vec<Kept>>,
    /// Since when none was good any more, as far as was looked.
    bad_since: Option<Millis>,
    /// Whether whoever asks says himself when it is to be looked again.
    patient: bool,
}

/// What was seen for an agent.
struct AgentView {
    world: World,
    /// What is wrong with the config, in place of which the last one that was good is used, and since when.
    fault: Option<(Refusal, Millis)>,
    /// Whether it was found to be as it is, since it was to be looked again.
    checked: bool,
    /// Every place that was looked at, with what was there.
    marks: Vec<(PathBuf, Option<Stat>)>,
    /// When it was read.
    at: Millis,
    answers: HashMap<String, Vec<Answered>>,
}

/// What was found out for a provider and a session.
struct Answered {
    session: Option<String>,
    handout: Option<Export>,
    /// Until then nothing that depends on the clock changes.
    until: Millis,
}

impl Open {
    /// Opens a state directory with the environment of this process, in which nothing else is looked
    /// for. It need not exist.
    pub fn state_dir(path: &Path) -> Self {
        let mut host = Real::from_process().host().clone();
        let value = path.display().to_string().as_str().into();
        host.env.insert("ZIRKABOT_STATE_DIR".to_owned(), value);
        Self::of(&Real::new(host))
    }

    /// Opens the state directory that the machine names.
    pub fn of(act: &dyn Act) -> Self {
        Self {
            act: act.elsewhere(act.host().clone()),
            seen: HashMap::new(),
            keeps: false,
            good: None,
            bad_since: None,
            patient: false,
        }
    }

    /// The same, which goes on with the config as it last was good while that cannot be read or is wrong: for a
    /// gateway, which others rely on.
    pub(crate) fn keeping_config(self) -> Self {
        Self { keeps: true, patient: true, ..self }
    }

    /// What is wrong with the config, and since when, while the last one that was good is used.
    pub(crate) fn config_fault(&mut self, agent: &str) -> Option<&(Refusal, Millis)> {
        self.view(agent, false).fault.as_ref()
    }

    /// The credential that `agent` uses for `provider`: in this session, if one is named, with its
    /// pin. `None` if nothing can be used.
    pub fn resolve(&mut self, agent: &str, provider: &str, session: Option<&str>) -> Option<&Export> {
        let now = self.act.clock();
        self.view(agent, session.is_some()).answer(agent, provider, session, now)
    }

    /// As [`Open::resolve`], but not one of those that were tried, by name, and `first` before all others
    /// if it can be used: for who goes on after a failure, and for who stays with what he had.
    pub fn resolve_except(
        &mut self,
        agent: &str,
        provider: &str,
        (session, first): (Option<&str>, Option<&str>),
        tried: &[String],
    ) -> Option<Export> {
        let now = self.act.clock();
        let view = self.view(agent, session.is_some());
        view.world.now = now;
        found(&view.world, agent, provider, session, &Other { first, tried }).handout
    }

    /// How things are now, for an agent: read again if a file has changed.
    pub(crate) fn world(&mut self, agent: &str) -> &World {
        let now = self.act.clock();
        let view = self.view(agent, false);
        view.world.now = now;
        &view.world
    }

    /// Now, in milliseconds since the epoch.
    pub(crate) fn clock(&self) -> Millis {
        self.act.clock()
    }

    /// When was read what counts for an agent now, if anything was.
    pub(crate) fn read_at(&self, agent: &str) -> Option<Millis> {
        self.seen.get(&(agent.to_owned(), false)).map(|view| view.at)
    }

    /// Forgets what was read.
    pub(crate) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Another that sees the same, for another thread.
    pub(crate) fn again(&self) -> Self {
        Self { keeps: self.keeps, good: self.good.clone(), patient: false, ..Self::of(self.act.as_ref()) }
    }

    fn view(&mut self, agent: &str, sessions: bool) -> &mut AgentView {
        let now = self.act.clock();
        let key = (agent.to_owned(), sessions);
        let (act, patient) = (&self.act, self.patient);
        let holds = |seen: &mut AgentView| {
            seen.checked = patient && seen.checked || seen.holds(act.as_look(), now);
            seen.checked
        };
        if !self.seen.get_mut(&key).is_some_and(holds) {
            let next = self.look(agent, sessions, now);
            // While somebody is in the middle of writing, what was whole counts.
            if !pipeline::is_being_written(now, &next.world) || !self.seen.contains_key(&key) {
                self.seen.insert(key.clone(), next);
            }
        }
        match self.seen.entry(key) {
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(place) => place.insert(look(self.act.as_ref(), &[], agent, sessions, now)),
        }
    }

    /// From now on what is on disk counts, until this is said again; for [`Open::keeping_config`].
    pub(crate) fn look_again(&mut self) {
        self.seen.values_mut().for_each(|seen| seen.checked = false);
    }

    /// Reads everything anew; a config that is no good is put aside for the last one that was, if it is to be.
    fn look(&mut self, agent: &str, sessions: bool, now: Millis) -> AgentView {
        let next = look(self.act.as_ref(), &[], agent, sessions, now);
        if !self.keeps {
            return next;
        }
        match (known_auth(&next.world), &self.good) {
            (Ok(()), _) => {
                self.good = Some(config_files(&next.world));
                self.bad_since = None;
            }
            (Err(refusal), Some(good)) => {
                let AgentView { world, answers, .. } = look(self.act.as_ref(), good, agent, sessions, now);
                let since = *self.bad_since.get_or_insert(now);
                // What is watched are the files as they are.
                return AgentView { world, answers, fault: Some((refusal, since)), ..next };
            }
            (Err(_), None) => {}
        }
        next
    }

    /// Renews the login of a profile if it is due; see `pipeline::refresh`.
    pub fn refresh(&mut self, agent: &str, profile: &str, limits: Limits) -> Refreshed {
        self.renew(agent, profile, false, limits)
    }

    /// Renews the login of a profile, also one that is not due if that is forced.
    pub(crate) fn renew(&mut self, agent: &str, profile: &str, forced: bool, limits: Limits) -> Refreshed {
        let mut act = self.now();
        self.seen.clear();
        pipeline::refresh(act.as_mut(), &ask(agent, Depth::Status), (agent, profile), forced, limits)
    }

    /// Gets the short-lived token for a credential whose requests carry one ([`Export::is_to_be_exchanged`]); the
    /// same comes out for any other. It is kept, so that the next [`Open::resolve`] has it.
    ///
    /// # Errors
    /// If the provider gives none, or cannot be asked.
    pub fn exchange(&mut self, agent: &str, export: Export, limits: Limits) -> Result<Export, NotExchanged> {
        let mut act = self.now();
        let view = self.view(agent, false);
        let done = pipeline::exchanged(act.as_mut(), &view.world, export, limits);
        self.seen.clear();
        done
    }

    /// Records what came of using a profile, waiting at most `lock_timeout` milliseconds for others who
    /// write.
    ///
    /// # Errors
    /// If there is no such profile, or its store cannot be written.
    pub fn report(
        &mut self,
        agent: &str,
        profile: &str,
        came: CallOutcome,
        lock_timeout: Millis,
    ) -> Result<(), Trouble> {
        let mut act = self.now();
        self.seen.clear();
        if matches!(came, CallOutcome::Failed(FailureReason::Auth)) {
            act.forget_secrets();
        }
        let ask = ask(agent, Depth::Status);
        let refused: std::cell::RefCell<Option<Refusal>> = std::cell::RefCell::default();
        let noted = pipeline::note(act.as_mut(), &ask, lock_timeout, &|world| {
            rotation::record(world, agent, profile, came).unwrap_or_else(|refusal| {
                *refused.borrow_mut() = Some(refusal);
                Vec::new()
            })
        });
        match (noted, refused.into_inner()) {
            (Some(trouble), _) => Err(trouble),
            (None, Some(refusal)) => Err(Trouble::Refused(refusal)),
            (None, None) => Ok(()),
        }
    }

    /// The machine with the clock as it is now.
    pub(crate) fn now(&self) -> Box<dyn Act + Send> {
        current(self.act.as_ref())
    }
}

/// The machine with the clock as it is now.
fn current(act: &dyn Act) -> Box<dyn Act + Send> {
    let host = Host { now: act.clock(), ..act.host().clone() };
    act.elsewhere(host)
}

/// The files of a config, as they are.
fn config_files(world: &World) -> Vec<Kept> {
    let is_config = |doc: &&crate::doc::Doc| matches!(doc.kind, DocKind::Config | DocKind::Include);
    let kept = |doc: &crate::doc::Doc| {
        let bytes = doc.text.expose().clone().into_bytes();
        Some((doc.path.clone()?, Secret::new(bytes), doc.stat?))
    };
    world.docs.iter().filter(is_config).filter_map(kept).collect()
}

fn look(act: &dyn Act, kept: &[Kept], agent: &str, sessions: bool, now: Millis) -> AgentView {
    let act = current(act);
    let depth = if sessions { Depth::Sessions } else { Depth::Status };
    let ask = ask(agent, depth);
    let quiet = Quiet { base: act.as_look(), kept };
    let world = sources::observe(&quiet, &ask.agents, None, depth, false);
    let mut marks: Vec<_> =
        world.docs.iter().filter_map(|doc| Some((doc.path.clone()?, act.stat(doc.path.as_ref()?)))).collect();
    // What is in a directory matters only where agents are found by it.
    marks.retain(|(_, stat)| !stat.is_some_and(|stat| stat.is_dir));
    let agents = world.paths.state.join("agents");
    marks.push((agents.clone(), act.stat(&agents)));
    AgentView { world, fault: None, checked: true, marks, at: now, answers: HashMap::new() }
}

fn ask(agent: &str, depth: Depth) -> Query {
    Query {
        agents: Agents::One(agent.to_owned()),
        profile: None,
        depth,
        options: Options::default(),
        trusts_cwd: false,
        export: None,
    }
}

impl AgentView {
    /// Whether everything is as it was when it was read.
    fn holds(&self, look: &dyn Look, now: Millis) -> bool {
        let prints = |fetched: &Fetched| fetched.from.is_printed();
        if now >= self.at + PRINTED_HOLDS && self.world.fetched.iter().any(prints) {
            return false;
        }
        self.marks.iter().all(|(path, was)| {
            let is_settled = was.is_none_or(|was| was.mtime < self.at - SETTLED);
            is_settled && look.stat(path) == *was
        })
    }

    fn answer(&mut self, agent: &str, provider: &str, session: Option<&str>, now: Millis) -> Option<&Export> {
        let known = self.answers.get(provider).and_then(|answers| {
            answers.iter().position(|known| known.session.as_deref() == session && known.until > now)
        });
        let at = match known {
            Some(at) => at,
            None => {
                self.world.now = now;
                let answer = found(&self.world, agent, provider, session, &Other::default());
                let answers = self.answers.entry(provider.to_owned()).or_default();
                answers.retain(|known| known.session != answer.session);
                answers.push(answer);
                answers.len() - 1
            }
        };
        self.answers.get(provider)?.get(at)?.handout.as_ref()
    }
}

/// What else than the first of all may be wanted.
#[derive(Default)]
struct Other<'a> {
    /// This one before all others, unless the session has a pin.
    first: Option<&'a str>,
    /// Not these.
    tried: &'a [String],
}

fn found(world: &World, agent: &str, provider: &str, session: Option<&str>, other: &Other<'_>) -> Answered {
    let normalised = crate::policy::known::meant(world, provider);
    let resolution = resolve::resolve(world, agent, &normalised);
    let pin = session.and_then(|key| pinned(world, agent, &normalised, key));
    let (profile, first) = match &pin {
        Some(pin) if pin.source() == Source::User => (Some(pin.profile.as_str()), None),
        Some(pin) => (None, Some(pin.profile.as_str())),
        None => (None, other.first),
    };
    let wanted = ExportRequest { profile, first, except: other.tried };
    let handout = export::choose(&resolution, wanted).ok();
    let mut until = Millis::MAX;
    let mut ends = |at: Millis| {
        if at > world.now {
            until = until.min(at);
        }
    };
    for store in &world.stores {
        for credential in store.profiles.iter().filter_map(crate::world::actual::Stored::credential) {
            credential.expires.at().into_iter().for_each(&mut ends);
        }
        for (_, usage) in &store.usage {
            ends(usage.cooldown_until);
            ends(usage.disabled_until);
        }
    }
    Answered { session: session.map(str::to_owned), handout, until }
}

fn pinned(world: &World, agent: &str, provider: &str, key: &str) -> Option<session::Pin> {
    let place = session::place(key)?;
    let root = world.sessions(agent).and_then(|doc| doc.root.as_ref());
    let key = session::known_key(root, &place.key(agent, session::is_global(&world.desired)));
    let (_, entry) = session::entries(root?).into_iter().find(|(own, _)| *own == key)?;
    session::stick_in(world, agent, provider, &entry, false).pin
}
