//! The one loop that reads: from the outside in, each thing once.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::{self, MAIN_AGENT, Paths, STORE_FILE};
use crate::catalog::providers::PROVIDERS;
use crate::catalog::tools::Tool;
use crate::config::{AgentConfig, Desired, own};
use crate::doc::{Docs, State};
use crate::sys::Look;
use crate::world::actual::{Borrowed, Legacy, Store, Stored};
use crate::world::env::Env;
use crate::world::exchanged::{self, Exchanged};
use crate::world::observe::cwd::{self, CwdDotenv};
use crate::world::observe::service::{self, Here, Service};
use crate::world::observe::shell::Import;
use crate::world::observe::{
    config, database, fetch, helper, legacy, login, open, places, sessions, shell, store,
};
use crate::world::service::ManagedFiles;
use crate::world::{AgentDir, ConfigFile, World, asked};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which agents a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agents {
    /// The configured default agent.
    Default,
    /// This one.
    One(String),
    /// All configured and found ones.
    All,
}

/// How far a command looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// At files only: no program is asked for a secret, so one that would print it counts as one that cannot be asked.
    Files,
    /// At credentials only: starts no program that was not switched on.
    #[default]
    Status,
    /// Also at the files that say what the gateway's service sees; starts no other program either.
    Gateway,
    /// Also at what the service's manager says, and at the programs that are installed.
    Doctor,
    /// At credentials, and at the session stores of the agents that the command is about.
    Sessions,
}

/// Looks at everything that a command about `agents` needs. `profile` is `--profile`; `trusts_cwd`
/// is `--trust-cwd`, which the config may say too.
pub fn observe(
    look: &dyn Look,
    agents: &Agents,
    profile: Option<&str>,
    depth: Depth,
    trusts_cwd: bool,
) -> World {
    let host = look.host();
    let (mut docs, mut env) = (Docs::default(), Env::default());
    let (mut paths, cwd_dotenv) = environment(look, &mut docs, &mut env, profile);
    let (config, desired) = meant(look, &mut docs, &mut paths, &mut env, trusts_cwd);
    let import = imported(look, &mut docs, &mut env, &desired, depth);
    let (here, deep) = (Here { paths: &paths, env: &env, config: &config }, depth == Depth::Doctor);
    let (service, own) = services(look, &mut docs, &here, depth);

    let (known, on_disk, scope) = agents_of(look, &paths, &desired, agents);
    let mut stores = stores_of(look, &mut docs, &paths, &known, &scope);
    let legacy = legacy_of(look, &mut docs, &paths, &stores);
    let borrowed = borrowed_of(look, &mut docs, (&paths, &env), &mut stores, deep);
    let helper = helper::read(look, &mut docs, &paths, &env);
    let places = places::places(look, &mut docs, &paths, &stores, &known);
    let older_agent = places::older_agent(look, &mut docs, &paths, &places, &known, &desired);
    let leftovers = places::leftovers(look, &mut docs, &paths, &stores);
    let kept = places::kept(look, &mut docs, (&paths, &stores), deep);
    let waiting = if deep { places::waiting(look, &mut docs, &paths) } else { Vec::new() };
    World {
        now: host.now,
        uid: host.uid,
        places,
        older_agent,
        leftovers,
        kept,
        waiting,
        stranded: stranded(look, &paths, &known),
        other_states: other_states(look, &paths, &env),
        present: ambient_files(look, &paths, &env),
        fetched: fetch::declared(look, &mut docs, (&paths, &helper), (&desired, depth)),
        asked: asked::read(look, &paths.state),
        exchanged: exchanged_of(look, &paths, &env, &stores),
        sessions: sessions::observe(look, &mut docs, (&paths, &desired), (&scope, depth)),
        helper,
        docs,
        paths,
        env,
        cwd_dotenv,
        import,
        config,
        desired,
        agents: known,
        on_disk,
        scope,
        store_of: stores.iter().enumerate().map(|(at, store)| (store.agent.clone(), at)).collect(),
        stores,
        legacy,
        borrowed,
        service,
        own,
        exported: None,
    }
}

/// What the config says, and the variables that it sets.
fn meant(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &mut Paths,
    env: &mut Env,
    trusts_cwd: bool,
) -> (ConfigFile, Desired) {
    let (config, mut desired) = config::read(look, docs, paths, &|name| env.named(name).cloned());
    // Where it names its agents as it does since it has databases, they are what counts, also before there is one.
    if let Some(names) = paths.layout.database.filter(|_| own::has_entries(&desired)) {
        paths.database.get_or_insert_with(|| paths.state.join(names.shared));
    }
    if paths.database.is_some() {
        own::forgive(&mut desired.problems);
        // Its program does not take over logins of others.
        desired.kept_out = Tool::ALL.to_vec();
    }
    env.push_config(config.doc, &desired.env);
    if trusts_cwd || desired.trusts_cwd {
        env.trust_cwd();
    }
    (config, desired)
}

/// What was got in exchange for credentials, where there is one that is exchanged.
fn exchanged_of(look: &dyn Look, paths: &Paths, env: &Env, stores: &[Store]) -> Vec<Exchanged> {
    let stored = |id: &str| {
        let profiles = stores.iter().flat_map(|store| &store.profiles);
        profiles.filter_map(Stored::credential).any(|credential| credential.provider == id)
    };
    let mut rows = PROVIDERS.iter().filter(|row| row.exchange.is_some());
    let is_there = rows.any(|row| stored(row.id) || row.vars.iter().any(|var| env.is_set(var.name)));
    if is_there { exchanged::read(look, &paths.state) } else { Vec::new() }
}

/// The logins of other programs; what they say of what is stored of them completes the stores.
fn borrowed_of(
    look: &dyn Look,
    docs: &mut Docs,
    place: (&Paths, &Env),
    stores: &mut [Store],
    deep: bool,
) -> Vec<Borrowed> {
    let borrowed = Tool::ALL.map(|tool| login::read(look, docs, place, tool, deep));
    store::complete(stores, &borrowed);
    borrowed.into()
}

/// Adds what the login shell gives.
fn imported(look: &dyn Look, docs: &mut Docs, env: &mut Env, desired: &Desired, depth: Depth) -> Import {
    let patience = if depth == Depth::Doctor { shell::BRIEF } else { crate::config::defaults::TIMEOUT };
    let (import, vars) = shell::import(look, env, desired, patience);
    env.push_shell(open::virtual_doc(docs, DocKind::LoginShell), vars);
    import
}

/// The gateway's service and our own files for it, as far as a command looks.
fn services(
    look: &dyn Look,
    docs: &mut Docs,
    here: &Here<'_>,
    depth: Depth,
) -> (Option<Service>, Option<ManagedFiles>) {
    match depth {
        Depth::Files | Depth::Status | Depth::Sessions => (None, None),
        Depth::Gateway => (service::observe(look, docs, here, false), None),
        Depth::Doctor => {
            config::open_schema(look, docs, here.config.doc);
            let service = service::observe(look, docs, here, true);
            (service, service::managed::observe(look, docs, here))
        }
    }
}

/// The environment before the config is read: the process and the `.env` files. Where things are is said by
/// the process alone.
fn environment(
    look: &dyn Look,
    docs: &mut Docs,
    env: &mut Env,
    profile: Option<&str>,
) -> (Paths, Option<CwdDotenv>) {
    let host = look.host();
    env.push_process(open::virtual_doc(docs, DocKind::ProcessEnv), &host.env);
    let there = |path: &Path| look.stat(path).is_some();
    let paths = Paths::new(&host.home, &host.cwd, profile, &|name| env.setting(name), &there);
    let in_state = look.resolve(&paths.state) == look.resolve(&host.cwd);
    let cwd_dotenv = (!in_state).then(|| cwd::read(look, docs, DocKind::CwdDotenv, &host.cwd));
    if let Some(CwdDotenv { doc, refused: None, .. }) = cwd_dotenv {
        env.push_cwd(docs, doc);
    }
    let state_dotenv = open::open(look, docs, DocKind::StateDotenv, &paths.state.join(".env"));
    env.push_dotenv(docs, state_dotenv);
    if paths.layout.is_own() {
        fetch::given(look, docs, env, &[]);
    }
    (paths, cwd_dotenv)
}

/// Stores in files that lie beside the databases which count.
fn stranded(look: &dyn Look, paths: &Paths, known: &[AgentDir]) -> Vec<PathBuf> {
    let files = known.iter().map(|agent| agent.dir.join(STORE_FILE));
    if paths.database.is_none() {
        Vec::new()
    } else {
        files.filter(|file| look.stat(file).is_some()).collect()
    }
}

/// The stores of the agents that the command is about, and of `main`.
fn stores_of(
    look: &dyn Look,
    docs: &mut Docs,
    paths: &Paths,
    known: &[AgentDir],
    scope: &[String],
) -> Vec<Store> {
    let asked: BTreeSet<&String> = scope.iter().collect();
    let wanted = |agent: &&AgentDir| agent.id == MAIN_AGENT || asked.contains(&agent.id);
    let mut stores: Vec<Store> = Vec::new();
    for agent in known.iter().filter(wanted) {
        let doc = match paths.layout.database.filter(|_| paths.database.is_some()) {
            Some(names) => database::store(look, docs, (paths, &names), &agent.id, &agent.dir),
            None => open::open(look, docs, DocKind::Store, &agent.dir.join(STORE_FILE)),
        };
        stores.push(store::read(docs.get(doc), &agent.id, &agent.dir));
        docs.drop_text(doc);
        if paths.database.is_some() {
            docs.forget_text(doc);
        }
    }
    stores
}

/// All known agents, `main` first, the ids of those with a directory, and those that the command
/// is about.
fn agents_of(
    look: &dyn Look,
    paths: &Paths,
    desired: &Desired,
    asked: &Agents,
) -> (Vec<AgentDir>, Vec<String>, Vec<String>) {
    let mut known = AgentsSoFar { paths, desired: BTreeMap::new(), agents: Vec::new(), ids: BTreeSet::new() };
    // The first entry of an id counts.
    for agent in desired.agents.iter().rev() {
        known.desired.insert(&agent.id, agent);
    }
    known.add(MAIN_AGENT);
    desired.agents.iter().for_each(|agent| known.add(&agent.id));
    let root = paths.agents_root();
    let mut on_disk = look.list(&root);
    on_disk.retain(|name| paths::agent_id(name) == *name);
    if *asked == Agents::All {
        on_disk.retain(|name| look.stat(&root.join(name).join("agent")).is_some());
        on_disk.iter().for_each(|name| known.add(name));
    }
    if let Agents::One(id) = asked {
        known.add(&paths::agent_id(id));
    }
    known.add(&desired.default_agent());
    let mut agents = known.agents;
    for agent in &mut agents {
        agent.found = agent.configured || look.stat(&agent.dir).is_some();
    }
    let mut scope = match asked {
        Agents::Default => vec![desired.default_agent()],
        Agents::One(id) => vec![paths::agent_id(id)],
        Agents::All => agents.iter().filter(|agent| agent.found).map(|agent| agent.id.clone()).collect(),
    };
    if scope.is_empty() {
        scope.push(desired.default_agent());
    }
    (agents, on_disk, scope)
}

/// Agents as they become known, each once.
struct AgentsSoFar<'a> {
    paths: &'a Paths,
    desired: BTreeMap<&'a str, &'a AgentConfig>,
    agents: Vec<AgentDir>,
    ids: BTreeSet<String>,
}

impl AgentsSoFar<'_> {
    fn add(&mut self, id: &str) {
        if !self.ids.insert(id.to_owned()) {
            return;
        }
        let config = self.desired.get(id);
        let configured = config.and_then(|agent| agent.dir.as_ref());
        let configured = configured.map(|dir| paths::expand(&dir.text, &self.paths.home, &self.paths.state));
        let chosen = self.paths.main_agent_dir.clone().filter(|_| id == MAIN_AGENT);
        let dir = chosen.or(configured).unwrap_or_else(|| self.paths.agent_dir(id));
        self.agents.push(AgentDir { id: id.to_owned(), dir, configured: config.is_some(), found: false });
    }
}

/// What older layouts hold. An `auth.json` is looked at beside a store too: a run that was cut
/// short may have imported it and not yet removed it. `oauth.json` is never removed, so beside a
/// store it says nothing.
fn legacy_of(look: &dyn Look, docs: &mut Docs, paths: &Paths, stores: &[Store]) -> Vec<Legacy> {
    let mut all: Vec<Legacy> = Vec::new();
    for store in stores {
        let id = open::open(look, docs, DocKind::LegacyAuth, &store.dir.join("auth.json"));
        all.extend(legacy::read_auth(docs.get(id), &store.agent));
        if store.agent == MAIN_AGENT && docs.get(store.doc).state == State::Absent {
            let id = open::open(look, docs, DocKind::LegacyOauth, &paths.oauth_dir.join("oauth.json"));
            for login in legacy::read_oauth(docs.get(id), MAIN_AGENT) {
                if all.iter().all(|known| known.agent != MAIN_AGENT || known.id != login.id) {
                    all.push(login);
                }
            }
        }
    }
    all
}

/// Other state directories that this user may have meant.
fn other_states(look: &dyn Look, paths: &Paths, env: &Env) -> Vec<PathBuf> {
    let sudo = env.setting("SUDO_USER").filter(|user| !user.contains('/') && user != "root");
    let of_sudo = sudo.map(|user| Path::new("/home").join(user).join(".zirkabot"));
    let candidates = std::iter::once(paths.home.join(".zirkabot")).chain(of_sudo);
    candidates.filter(|path| *path != paths.state && look.stat(path).is_some()).collect()
}

/// Which of the files that a cloud login rests on are there.
fn ambient_files(look: &dyn Look, paths: &Paths, env: &Env) -> Vec<PathBuf> {
    let files = PROVIDERS.iter().flat_map(|row| row.ambient).filter_map(|ambient| ambient.file);
    let files = files.map(|(var, place)| ambient_file(paths, env, var, place));
    files.filter(|path| look.stat(path).is_some_and(|stat| !stat.is_dir)).collect()
}

/// Where such a file is looked for: named by a variable, else at a place under the home.
pub fn ambient_file(paths: &Paths, env: &Env, var: &str, place: &str) -> PathBuf {
    let named = env.setting(var).filter(|text| !text.trim().is_empty());
    named.map_or_else(|| paths.home.join(place), |text| paths::expand(&text, &paths.home, &paths.home))
}
