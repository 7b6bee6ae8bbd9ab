//! Where things are: state directory, config, agents. Pure rules over the environment; nothing
//! is looked at here, except through what the caller passes in.

use crate::catalog::layouts::{self, Layout, OTHERS, OWN};
use crate::sys::quote::shell_word;
use std::path::{Component, Path, PathBuf};

/// Agent whose profiles the others may see.
pub const MAIN_AGENT: &str = "main";

/// File name of an agent's auth store.
pub const STORE_FILE: &str = "auth-profiles.json";

/// File name of an agent's session store.
pub const SESSIONS_FILE: &str = "sessions.json";

/// How the name of a profile's state directory begins; the profile's name follows.
pub const STATE_OF_PROFILE: &str = ".zirkabot-";

/// Commands that change credentials or the config, and are the same ones in the programs whose homes we read.
const WRITING: [&str; 13] = [
    "config set",
    "config unset",
    "doctor --fix",
    "models aliases",
    "models auth add",
    "models auth login",
    "models auth logout",
    "models auth order set",
    "models auth paste-token",
    "models auth setup-token",
    "models fallbacks",
    "models set",
    "onboard",
];

/// The places of one run.
#[derive(Clone, Debug)]
pub struct Paths {
    /// The user's home.
    pub home: PathBuf,
    /// `$STATE`.
    pub state: PathBuf,
    /// Whether `ZIRKABOT_STATE_DIR` (or a profile) chose `$STATE`.
    pub state_chosen: bool,
    /// Config files to try, first choice first.
    pub configs: Vec<PathBuf>,
    /// Whether `ZIRKABOT_CONFIG_PATH` (or a profile) chose the config.
    pub config_chosen: bool,
    /// Whether the config is found from the working directory, by what names it or the state directory.
    pub config_is_relative: bool,
    /// Directory of the main agent, if the environment chose one.
    pub main_agent_dir: Option<PathBuf>,
    /// Directory of the older `oauth.json`.
    pub oauth_dir: PathBuf,
    /// Active profile name, if not the default one.
    pub profile: Option<String>,
    /// Whether `--home` chose `$STATE`.
    pub by_home: bool,
    /// Whose home it is.
    pub layout: &'static Layout,
    /// The database in which the program whose home it is keeps its credentials, if it does: nothing is written there.
    pub database: Option<PathBuf>,
    /// Homes of several other programs, where it is not said which is meant and we have none of our own.
    pub unclear: Vec<PathBuf>,
}

impl Paths {
    /// Reads the places from variables. `profile` is `--state-name`, which fills what is not set, or a path with a
    /// slash, which `--home` names and which counts more than variables. `there` says whether something is at a path.
    ///
    /// Whose home it is, if nothing says it: ours, if it is there; that of a variable of another program; the only one
    /// of others that is there; else ours, which is to be made.
    pub fn new(
        home: &Path,
        cwd: &Path,
        profile: Option<&str>,
        var: &dyn Fn(&str) -> Option<String>,
        there: &dyn Fn(&Path) -> bool,
    ) -> Self {
        let set = |name: &str| var(name).filter(|text| !text.trim().is_empty());
        let at = |text: &str| expand(text, home, cwd);
        let named = profile.map(str::to_owned).or_else(|| set("ZIRKABOT_PROFILE"));
        let named = named.filter(|name| !name.eq_ignore_ascii_case("default"));
        // A variable names no directory in this way: what it says is only a name.
        let is_dir = profile.is_some_and(|name| name.contains('/'));
        let of_home = named.as_deref().filter(|_| is_dir).map(at);
        let by_config = set("ZIRKABOT_CONFIG_PATH").filter(|_| of_home.is_none());
        let by_state = set("ZIRKABOT_STATE_DIR").filter(|_| of_home.is_none());
        let of_profile = named.as_ref().map(|name| home.join(format!("{STATE_OF_PROFILE}{name}")));
        let config = by_config.as_deref().map(at);
        // The config of another program lies in its state directory.
        let beside = config.as_deref().filter(|config| layouts::of_config(config).is_some());
        let beside = beside.and_then(Path::parent).map(Path::to_owned);
        let chosen = of_home.or_else(|| by_state.as_deref().map(at)).or(of_profile).or(beside);
        let (layout, state, unclear) = match &chosen {
            Some(state) => (layouts::of_dir(state, there), state.clone(), Vec::new()),
            None => home_of(home, &set, &at, there),
        };
        // The variables of the program whose home it is count behind ours.
        let get = |name: &str| {
            let theirs = || set(&format!("{}{name}", layout.prefix));
            set(&format!("{}{name}", OWN.prefix)).or_else(theirs)
        };
        let theirs =
            || get("CONFIG_PATH").filter(|_| !layout.is_own() && chosen.is_none()).map(|text| at(&text));
        let config = config.or_else(theirs);
        let config_chosen = config.is_some();
        let by = named.clone().filter(|_| is_dir).or(by_config).or(by_state);
        let of_layout = || layout.configs.iter().map(|name| state.join(name)).collect();
        Self {
            home: home.to_owned(),
            state_chosen: chosen.is_some(),
            configs: config.map_or_else(of_layout, |path| vec![path]),
            config_chosen,
            config_is_relative: by.is_some_and(|text| is_relative(&text)),
            main_agent_dir: get("AGENT_DIR").or_else(|| set("PI_CODING_AGENT_DIR")).map(|text| at(&text)),
            oauth_dir: get("OAUTH_DIR").map_or_else(|| state.join("credentials"), |text| at(&text)),
            database: layouts::database(&state, there).map(|(_, path)| path),
            state,
            by_home: is_dir,
            profile: named.filter(|_| !is_dir),
            layout,
            unclear,
        }
    }

    /// Where the bytes are kept that were there before.
    pub fn backups(&self) -> PathBuf {
        self.state.join("backups")
    }

    /// Where all agents live by default.
    pub fn agents_root(&self) -> PathBuf {
        self.state.join("agents")
    }

    /// Default directory of an agent.
    pub fn agent_dir(&self, id: &str) -> PathBuf {
        self.agents_root().join(id).join("agent")
    }

    /// The file of an agent's sessions. `template` is `session.store` of the config, in which
    /// `{agentId}` and a leading `~` are replaced; what is relative is taken from `$STATE`.
    pub fn session_store(&self, agent: &str, template: Option<&str>) -> PathBuf {
        match template.filter(|text| !text.trim().is_empty()) {
            Some(text) => expand(&text.replace("{agentId}", agent), &self.home, &self.state),
            None => self.agents_root().join(agent).join("sessions").join(SESSIONS_FILE),
        }
    }

    /// The path as people read it: `~` for the home.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Ok(rest) => Path::new("~").join(rest).display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    /// A command to type, with `--state-name` or `--home` where it is active: `command("models status")`.
    pub fn command(&self, rest: &str) -> String {
        // What only the program may write whose home it is, it does, by the same words.
        let is_theirs = |verb: &str| rest == verb || rest.starts_with(&format!("{verb} "));
        match &self.profile {
            _ if self.database.is_some() && WRITING.into_iter().any(is_theirs) => {
                format!("{} {rest}", self.layout.program)
            }
            _ if self.by_home => {
                format!("zirkabot --home {} {rest}", shell_word(&self.state.display().to_string()))
            }
            Some(name) => format!("zirkabot --state-name {name} {rest}"),
            None => format!("zirkabot {rest}"),
        }
    }
}

/// Whose home is meant where nothing of ours says it, its state directory, and what else could be meant.
fn home_of(
    home: &Path,
    set: &dyn Fn(&str) -> Option<String>,
    at: &dyn Fn(&str) -> PathBuf,
    there: &dyn Fn(&Path) -> bool,
) -> (&'static Layout, PathBuf, Vec<PathBuf>) {
    let own = OWN.home(home);
    if there(&own) {
        return (&OWN, own, Vec::new());
    }
    let said = |layout: &'static Layout| Some((layout, at(&set(&format!("{}STATE_DIR", layout.prefix))?)));
    if let Some((layout, state)) = OTHERS.iter().find_map(said) {
        return (layout, state, Vec::new());
    }
    let homes: Vec<(&'static Layout, PathBuf)> = OTHERS
        .iter()
        .map(|layout| (layout, layout.home(home)))
        .filter(|(layout, dir)| layout.is_used(dir, there))
        .collect();
    match homes.as_slice() {
        [(layout, dir)] => (layout, dir.clone(), Vec::new()),
        _ => (&OWN, own, homes.into_iter().map(|(_, dir)| dir).collect()),
    }
}

/// Whether a path from a setting is taken from the working directory.
fn is_relative(text: &str) -> bool {
    let text = text.trim();
    !(Path::new(text).has_root() || text == "~" || text.starts_with("~/"))
}

/// A path from a setting: trimmed, a leading `~` alone or before a slash becomes the home, and
/// what is relative is taken from `cwd`. `.` and `..` are resolved by text.
pub fn expand(text: &str, home: &Path, cwd: &Path) -> PathBuf {
    let text = text.trim();
    let path = match text.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => cwd.join(text),
    };
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// An agent id as it is used in paths.
pub fn agent_id(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let starts = lower.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts && lower.len() <= 64 && lower.chars().all(fine) {
        return lower;
    }
    let mut id = String::new();
    for c in lower.chars() {
        if fine(c) {
            id.push(c);
        } else if !id.ends_with('-') {
            id.push('-');
        }
    }
    let id: String = id.trim_matches('-').chars().take(64).collect();
    if id.is_empty() { MAIN_AGENT.to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use crate::catalog::paths::*;

    fn paths(profile: Option<&str>, vars: &[(&str, &str)]) -> Paths {
        let find =
            |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Paths::new(Path::new("/home/u"), Path::new("/srv/x"), profile, &find, &|_| false)
    }

    #[test]
    fn state_and_config_follow_the_variables() {
        let plain = paths(None, &[]);
        assert_eq!(plain.state, Path::new("/home/u/.zirkabot"));
        assert_eq!(plain.configs.len(), 2);
        let moved = paths(None, &[("ZIRKABOT_STATE_DIR", " ~/bot ")]);
        assert_eq!(moved.configs[0], Path::new("/home/u/bot/zirkabot.toml"));
        let chosen = paths(None, &[("ZIRKABOT_CONFIG_PATH", "../c.json")]);
        assert_eq!(chosen.configs, [Path::new("/srv/c.json")]);
        for (vars, is_relative) in [
            (&[][..], false),
            (&[("ZIRKABOT_CONFIG_PATH", "c.toml")], true),
            (&[("ZIRKABOT_CONFIG_PATH", " ../c.toml")], true),
            (&[("ZIRKABOT_CONFIG_PATH", "~x/c.toml")], true),
            (&[("ZIRKABOT_CONFIG_PATH", "~/c.toml")], false),
            (&[("ZIRKABOT_CONFIG_PATH", "/c.toml"), ("ZIRKABOT_STATE_DIR", "s")], false),
            (&[("ZIRKABOT_STATE_DIR", "./s")], true),
        ] {
            assert_eq!(paths(None, vars).config_is_relative, is_relative, "{vars:?}");
        }
        assert_eq!(paths(Some("work"), &[]).state, Path::new("/home/u/.zirkabot-work"));
        assert_eq!(paths(Some("Default"), &[]).state, Path::new("/home/u/.zirkabot"));
        assert_eq!(paths(Some("work"), &[("ZIRKABOT_STATE_DIR", "/s")]).state, Path::new("/s"));
    }

    #[test]
    fn the_home_of_another_program_is_used_where_there_is_none_of_ours() {
        let at = |vars: &[(&str, &str)], profile: Option<&str>, files: &[&str]| {
            let find =
                |name: &str| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            let there = |path: &Path| files.iter().any(|file| Path::new(file).starts_with(path));
            let paths = Paths::new(Path::new("/h"), Path::new("/c"), profile, &find, &there);
            (paths.layout.program, paths.shown(&paths.state), paths.unclear.len())
        };
        let (claw, open) = ("/h/.clawdbot/clawdbot.json", "/h/.openclaw/state/openclaw.sqlite");
        assert_eq!(at(&[], None, &[]), ("zirkabot", "~/.zirkabot".to_owned(), 0));
        assert_eq!(at(&[], None, &[claw]), ("clawdbot", "~/.clawdbot".to_owned(), 0));
        assert_eq!(at(&[], None, &[claw, "/h/.moltbot/old"]), ("clawdbot", "~/.clawdbot".to_owned(), 0));
        assert_eq!(at(&[], None, &[claw, "/h/.zirkabot/.env"]), ("zirkabot", "~/.zirkabot".to_owned(), 0));
        assert_eq!(at(&[], None, &[claw, open]), ("zirkabot", "~/.zirkabot".to_owned(), 2));
        assert_eq!(at(&[], Some("~/.openclaw"), &[claw, open]), ("openclaw", "~/.openclaw".to_owned(), 0));
        assert_eq!(at(&[], Some("./x"), &[claw]), ("zirkabot", "/c/x".to_owned(), 0));
        assert_eq!(at(&[("CLAWDBOT_STATE_DIR", "/s")], None, &[open]), ("clawdbot", "/s".to_owned(), 0));
        let config = [("ZIRKABOT_CONFIG_PATH", "/h/.clawdbot/clawdbot.json")];
        assert_eq!(at(&config, None, &[claw, open]), ("clawdbot", "~/.clawdbot".to_owned(), 0));
        assert_eq!(at(&[("ZIRKABOT_STATE_DIR", "/s")], None, &[claw]), ("zirkabot", "/s".to_owned(), 0));
    }

    #[test]
    fn tilde_is_expanded_only_alone_or_before_a_slash() {
        let at = |text| expand(text, Path::new("/h"), Path::new("/c"));
        assert_eq!(at("~"), Path::new("/h"));
        assert_eq!(at("~/x"), Path::new("/h/x"));
        assert_eq!(at("~x"), Path::new("/c/~x"));
        assert_eq!(at("a/./b/../d"), Path::new("/c/a/d"));
    }

    #[test]
    fn session_stores_follow_the_config() {
        let at = |template| paths(None, &[]).session_store("work", template);
        assert_eq!(at(None), Path::new("/home/u/.zirkabot/agents/work/sessions/sessions.json"));
        assert_eq!(at(Some(" ")), at(None));
        assert_eq!(at(Some("~/s/{agentId}/x.json")), Path::new("/home/u/s/work/x.json"));
        assert_eq!(at(Some("all.json")), Path::new("/home/u/.zirkabot/all.json"));
        assert_eq!(at(Some("/srv/{agentId}-{agentId}.json")), Path::new("/srv/work-work.json"));
    }

    #[test]
    fn agent_ids_are_normalised() {
        for (given, id) in
            [("Work", "work"), ("my agent!", "my-agent"), ("--", "main"), ("", "main"), ("a_b", "a_b")]
        {
            assert_eq!(agent_id(given), id);
        }
        assert!(agent_id(&"é x".repeat(60)).len() <= 64);
    }
}
