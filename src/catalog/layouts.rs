//! The table of layouts: the homes of programs that keep model credentials in the form that we read, and whose home
//! is meant. Ours, and those of the neighbours that people have already.
//!
//! To add one: a row in [`OTHERS`].

use std::path::{Path, PathBuf};

/// How a program lays out its home.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// The program, as it is typed.
    pub program: &'static str,
    /// Its state directory below the user's home.
    pub dir: &'static str,
    /// Its config files below the state directory, first choice first.
    pub configs: &'static [&'static str],
    /// How its variables begin.
    pub prefix: &'static str,
    /// Its unit of systemd, without `.service`.
    pub unit: &'static str,
    /// Its label of launchd.
    pub label: &'static str,
    /// Where its credentials are if it keeps them in databases: then the files beside them are not what counts, and
    /// only the program itself writes there.
    pub database: Option<Database>,
}

/// Databases with credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Database {
    /// What all agents share, below the state directory.
    pub shared: &'static str,
    /// What one agent has, below its directory.
    pub agent: &'static str,
}

/// Ours.
pub static OWN: Layout = Layout {
    program: "zirkabot",
    dir: ".zirkabot",
    configs: &["zirkabot.toml", "zirkabot.json"],
    prefix: "ZIRKABOT_",
    unit: "zirkabot-gateway",
    label: "com.zirkabot.gateway",
    database: None,
};

/// Those of others, the newest first.
pub static OTHERS: [Layout; 3] = [
    Layout {
        program: "openclaw",
        dir: ".openclaw",
        configs: &["openclaw.json"],
        prefix: "OPENCLAW_",
        unit: "openclaw-gateway",
        label: "ai.openclaw.gateway",
        database: Some(Database { shared: "state/openclaw.sqlite", agent: "openclaw-agent.sqlite" }),
    },
    Layout {
        program: "moltbot",
        dir: ".moltbot",
        configs: &["moltbot.json"],
        prefix: "MOLTBOT_",
        unit: "moltbot-gateway",
        label: "bot.molt.gateway",
        database: None,
    },
    Layout {
        program: "clawdbot",
        dir: ".clawdbot",
        configs: &["clawdbot.json"],
        prefix: "CLAWDBOT_",
        unit: "clawdbot-gateway",
        label: "com.clawdbot.gateway",
        database: None,
    },
];

impl Layout {
    /// Whether it is ours.
    pub fn is_own(&self) -> bool {
        *self == OWN
    }

    /// Its home of a user.
    pub fn home(&self, home: &Path) -> PathBuf {
        home.join(self.dir)
    }

    /// Whether it is in use: there is a config, a database or an agent. A directory that was left empty is none.
    pub fn is_used(&self, state: &Path, there: &dyn Fn(&Path) -> bool) -> bool {
        let shared = self.database.map(|database| database.shared);
        let mut files = self.configs.iter().copied().chain(shared).chain(["agents"]);
        files.any(|file| there(&state.join(file)))
    }
}

/// Whose state directory this is: told by what is in it, else by its name. `there` says whether something is at a path.
pub fn of_dir(state: &Path, there: &dyn Fn(&Path) -> bool) -> &'static Layout {
    let has = |layout: &Layout| {
        let shared = layout.database.map(|database| database.shared);
        layout.configs.iter().copied().chain(shared).any(|file| there(&state.join(file)))
    };
    if has(&OWN) {
        return &OWN;
    }
    let named = |layout: &Layout| state.file_name().is_some_and(|name| name == layout.dir);
    OTHERS
        .iter()
        .find(|layout| has(layout))
        .or_else(|| OTHERS.iter().find(|layout| named(layout)))
        .unwrap_or(&OWN)
}

/// Whose config this is by its name alone, if it is another's.
pub fn of_config(config: &Path) -> Option<&'static Layout> {
    let name = config.file_name()?.to_str()?;
    OTHERS.iter().find(|layout| layout.configs.contains(&name))
}

/// The database in a state directory in which its program keeps the credentials, if there is one: nothing else may be
/// written there.
pub fn database(state: &Path, there: &dyn Fn(&Path) -> bool) -> Option<(&'static Layout, PathBuf)> {
    let found = |layout: &'static Layout| Some((layout, state.join(layout.database?.shared)));
    OTHERS.iter().filter_map(found).find(|(_, path)| there(path))
}
