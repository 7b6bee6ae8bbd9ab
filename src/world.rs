//! The world: desired and actual state and the clock, all that a decision may rest on.
//!
//! Questions that several decisions ask are methods here.
//!
//! Invariant: made once by [`observe`], it states facts and judges nothing; opinions are in `checks`. Its
//! `now` is the only clock of a decision.

pub mod actual;
pub mod asked;
pub(crate) mod env;
pub(crate) mod exchanged;
pub mod label;
pub mod observe;
pub(crate) mod service;
use crate::catalog::documents::DocKind;
use crate::catalog::paths::{MAIN_AGENT, Paths};
use crate::catalog::tools::Tool;
use crate::config::{ConfigFile, CredentialSource, Desired, defaults};
use crate::doc::{Doc, DocId, Docs, Loc, State};
use crate::sys::time::DAY;
use crate::sys::{Millis, Stat};
use crate::world::actual::{Borrowed, Credential, Legacy, LoginState, Store, Stored};
use crate::world::asked::Asked;
use crate::world::env::Env;
use crate::world::exchanged::Exchanged;
use crate::world::observe::cwd::CwdDotenv;
use crate::world::observe::exports::Exported;
use crate::world::observe::fetch::Fetched;
use crate::world::observe::helper::{self, Helper};
use crate::world::observe::service::Service;
use crate::world::observe::sessions::Sessions;
use crate::world::observe::shell::Import;
use crate::world::service::ManagedFiles;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// All that was observed.
#[derive(Debug)]
pub struct World {
    /// "Now", in milliseconds since the epoch.
    pub now: Millis,
    /// Effective user id.
    pub uid: u32,
    /// Every document looked at.
    pub docs: Docs,
    /// Where things are.
    pub paths: Paths,
    /// The environment in layers.
    pub env: Env,
    /// `./.env`; none where the state directory is the working directory, whose `.env` it is then.
    pub cwd_dotenv: Option<CwdDotenv>,
    /// What became of the login shell's import.
    pub import: Import,
    /// The config file.
    pub config: ConfigFile,
    /// What the config says.
    pub desired: Desired,
    /// All known agents, `main` first.
    pub agents: Vec<AgentDir>,
    /// Ids of the agents that have a directory, configured or not.
    pub on_disk: Vec<String>,
    /// Ids of the agents that the command is about.
    pub scope: Vec<String>,
    /// The stores of these agents and of `main`.
    pub stores: Vec<Store>,
    /// Where in `stores` an agent's is.
    pub store_of: BTreeMap<String, usize>,
    /// The session stores of the agents that the command is about, if it is about sessions.
    pub sessions: Vec<Sessions>,
    /// Credentials in older layouts.
    pub legacy: Vec<Legacy>,
    /// Logins of other programs.
    pub borrowed: Vec<Borrowed>,
    /// The gateway as a service, if something defines one and it was looked for.
    pub service: Option<Service>,
    /// Our own files for a service manager, there or not, if they were looked for.
    pub own: Option<ManagedFiles>,
    /// What is where exported credentials go, if something is to be exported.
    pub exported: Option<Exported>,
    /// Directories that matter, with what is there.
    pub places: Vec<Place>,
    /// The agent directory of an older version, if there is one.
    pub older_agent: Option<OlderAgent>,
    /// Staged files left behind.
    pub leftovers: Vec<DocId>,
    /// Files that only we keep and that are there: locks, journal, slots, ledgers, backups.
    pub kept: Vec<DocId>,
    /// Renewed logins that wait to be stored; only if it is looked so deep.
    pub waiting: Vec<WaitingRenewal>,
    /// Auth stores in files that lie beside the databases which count.
    pub stranded: Vec<PathBuf>,
    /// State directories beside the one in use.
    pub other_states: Vec<PathBuf>,
    /// Files of cloud logins that are there.
    pub present: Vec<PathBuf>,
    /// The program of which Claude Code has its API key.
    pub helper: Helper,
    /// What `from` of the config names outside of the stores: files and programs.
    pub fetched: Vec<Fetched>,
    /// What providers said when they were asked.
    pub asked: Vec<Asked>,
    /// Short-lived tokens that were got for stored credentials.
    pub exchanged: Vec<Exchanged>,
}

/// An agent and its directory.
#[derive(Clone, Debug)]
pub struct AgentDir {
    /// Normalised id.
    pub id: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Whether the config lists it.
    pub configured: bool,
    /// Whether the config lists it or its directory is there.
    pub found: bool,
}

/// What a server gave for a login, and is not everywhere yet where it belongs.
#[derive(Clone, Debug)]
pub struct WaitingRenewal {
    /// The file in which it waits.
    pub doc: DocId,
    /// The provider.
    pub provider: String,
    /// Fingerprint of the refresh token that it replaces.
    pub of: String,
}

/// A directory that matters.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is.
    pub what: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// It as a document.
    pub doc: DocId,
    /// What is there.
    pub stat: Option<Stat>,
}

/// What the directory of an older agent is called among the places.
pub const OLDER_AGENT: &str = "older agent directory";

/// The agent directory of an older version, which is not used any more.
#[derive(Clone, Debug)]
pub struct OlderAgent {
    /// It as a document.
    pub dir: DocId,
    /// Where the present version looks.
    pub new: PathBuf,
    /// Whether something is there.
    pub new_is_there: bool,
    /// What is in it.
    pub entries: Vec<OlderEntry>,
    /// A place beside it that is free.
    pub aside: PathBuf,
}

/// A file or directory of an [`OlderAgent`].
#[derive(Clone, Debug)]
pub struct OlderEntry {
    /// It as a document.
    pub doc: DocId,
    /// Its place in the new directory.
    pub to: PathBuf,
    /// Whether something is there.
    pub is_taken: bool,
}

/// What somebody sees who starts here, or as the service does: variables, and the config as it is read with them.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'w> {
    /// The variables.
    pub env: &'w Env,
    /// The config, with their values in it.
    pub desired: &'w Desired,
    /// Where things are.
    pub paths: &'w Paths,
}

impl World {
    /// What this process sees.
    pub fn here(&self) -> Sight<'_> {
        Sight { env: &self.env, desired: &self.desired, paths: &self.paths }
    }

    /// What the bot sees: the gateway's service, where one is defined, else this process.
    pub fn bot(&self) -> Sight<'_> {
        match self.bot_service() {
            Some(service) => Sight { env: &service.env, desired: &service.desired, paths: &service.paths },
            None => self.here(),
        }
    }

    /// The service that is the bot of this state directory and config; none if it was not looked for, is switched
    /// off, is another user's, or has another installation's files.
    pub fn bot_service(&self) -> Option<&Service> {
        let is_ours = |service: &&Service| {
            !service.masked
                && !service.foreign
                && service.paths.state == self.paths.state
                && service.paths.configs == self.paths.configs
        };
        self.service.as_ref().filter(is_ours)
    }

    /// The document.
    pub fn doc(&self, id: DocId) -> &Doc {
        self.docs.get(id)
    }

    /// What a file or a program gave, if the config names it as a source.
    pub fn fetched(&self, from: &CredentialSource) -> Option<&Fetched> {
        self.fetched.iter().find(|fetched| fetched.from == *from)
    }

    /// Whether the config could be read, or there is none: else it is not known what is meant.
    pub fn config_is_known(&self) -> bool {
        let doc = self.doc(self.config.doc);
        let chosen_is_missing = doc.state == State::Absent && self.paths.config_chosen;
        matches!(self.doc(self.deciding_config()).state, State::Parsed | State::Absent) && !chosen_is_missing
    }

    /// The config; where that of another program can be read and our own settings for its home cannot, those: they may
    /// say which logins are to be kept out.
    pub(crate) fn deciding_config(&self) -> DocId {
        let is_broken = |id: &DocId| !matches!(self.doc(*id).state, State::Parsed | State::Absent);
        let ours = self.own_settings().filter(is_broken);
        ours.filter(|_| !is_broken(&self.config.doc)).unwrap_or(self.config.doc)
    }

    /// Whether it is known which credentials are meant: the config can be read, and is right where it says so.
    /// Else nobody is said to be used, and nothing is handed out or renewed.
    pub fn auth_is_known(&self) -> bool {
        self.config_is_known() && self.desired.auth_doubt().is_none()
    }

    /// The store of an agent.
    pub fn store(&self, agent: &str) -> Option<&Store> {
        self.store_of.get(agent).map(|at| &self.stores[*at])
    }

    /// The session store of an agent, if sessions were looked at.
    pub fn sessions(&self, agent: &str) -> Option<&Doc> {
        self.sessions.iter().find(|own| own.agent == agent).map(|own| self.doc(own.doc))
    }

    /// The store in which `agent` sees the profiles of `provider`: its own if it has any, else
    /// main's, else that of the two in which one can be mended, else its own. Secrets are never copied between
    /// agents.
    pub fn view(&self, agent: &str, provider: &str) -> Option<&Store> {
        let holds = |stored: &Stored| stored.provider == provider && stored.credential().is_some();
        let mends = |stored: &Stored| stored.provider == provider && !stored.misnamed.is_empty();
        let has = |store: &&Store| store.profiles.iter().any(holds);
        let would = |store: &&Store| store.profiles.iter().any(mends);
        let (own, main) = (self.store(agent), self.store(MAIN_AGENT));
        own.filter(has).or(main.filter(has)).or(own.filter(would)).or(main.filter(would)).or(own)
    }

    /// The profile of this id that `agent` has, or else main, and the store in which it is.
    pub fn holder(&self, agent: &str, profile: &str) -> Option<(&Store, &Stored)> {
        let stores = [agent, MAIN_AGENT].into_iter().filter_map(|agent| self.store(agent));
        stores.filter_map(|store| Some((store, store.profile(profile)?))).next()
    }

    /// The agent with which a new credential of a provider is put that `agent` is to use: the main
    /// one, whose profiles all see, unless `agent` has profiles of this provider of its own.
    pub fn home_of(&self, agent: &str, provider: &str) -> String {
        let own = self
            .store(agent)
            .is_some_and(|own| own.profiles.iter().any(|stored| stored.provider == provider));
        if own { agent.to_owned() } else { MAIN_AGENT.to_owned() }
    }

    /// The window in which a credential counts as expiring: asked for, else configured, else a day.
    pub fn warn_within(&self, asked: Option<Millis>) -> Millis {
        asked.or(self.desired.warn_within).unwrap_or(DAY)
    }

    /// How long everything of a provider may rest before it counts as having nothing, in milliseconds:
    /// configured, else 15 minutes.
    pub fn rest_tolerance(&self) -> Millis {
        self.desired.rest_tolerance.unwrap_or(defaults::REST)
    }

    /// A file as people read it.
    pub fn doc_name(&self, id: DocId) -> String {
        let doc = self.doc(id);
        match (&doc.path, doc.kind) {
            (Some(path), DocKind::SecretProgram) if self.doc(self.helper.doc).path.as_ref() == Some(path) => {
                format!("{} of {}", helper::KEY, self.doc_name(self.helper.doc))
            }
            (Some(path), _) => crate::sys::visible::visible(&self.paths.shown(path)),
            (None, kind) if Tool::of_doc(kind).is_some() => format!("Keychain ({})", kind.row().label),
            (None, kind) => kind.row().label.to_owned(),
        }
    }

    /// A place as people read it: `~/.zirkabot/.env:3`, or the document's name.
    pub fn at(&self, id: DocId, loc: Option<Loc>) -> String {
        let name = self.doc_name(id);
        // A binary property list or a database has no text, and no lines.
        let doc = self.doc(id);
        match loc.filter(|_| doc.path.is_some() && !doc.text.expose().is_empty()) {
            Some(loc) => {
                format!("{name}:{}", self.doc(id).line(loc.start as usize))
            }
            None => name,
        }
    }

    /// Our own settings for a home of another program, there or not.
    pub(crate) fn own_settings(&self) -> Option<DocId> {
        let mut configs = self.docs.iter().filter(|doc| doc.kind == DocKind::Config);
        configs.find(|doc| doc.id != self.config.doc).map(|doc| doc.id)
    }

    /// The first document of a kind.
    pub fn doc_of(&self, kind: DocKind) -> Option<&Doc> {
        self.docs.iter().find(|doc| doc.kind == kind)
    }
}

/// Where a profile's credential comes from.
pub fn from(world: &World, profile: &str) -> CredentialSource {
    world
        .desired
        .profile(profile)
        .map_or_else(|| CredentialSource::default_of(profile), |declared| declared.from.clone())
}

/// The login of another program, if there is one and it may be used.
pub fn login(world: &World, tool: Tool) -> Option<&Credential> {
    if world.desired.kept_out.contains(&tool) {
        return None;
    }
    world.borrowed.iter().find(|borrowed| borrowed.tool == tool).and_then(|borrowed| match &borrowed.found {
        LoginState::Login(credential) => Some(&**credential),
        _ => None,
    })
}
