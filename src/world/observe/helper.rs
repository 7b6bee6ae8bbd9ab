//! The program of which Claude Code has its API key: `apiKeyHelper` of its own settings, a line for `/bin/sh` that
//! prints a key. Here it is only read; it is run where the config says so ([`crate::world::observe::fetch`]). And the
//! keys that `env` of these settings sets for Claude Code alone, which are named and not used. The settings of a project
//! are whoever's they are, and not asked.

use crate::catalog::documents::DocKind;
use crate::catalog::paths::Paths;
use crate::catalog::tools::Tool;
use crate::doc::{DocId, Docs, Loc, Node, State};
use crate::sys::secret::Secret;
use crate::sys::{Fault, Look};
use crate::world::env::Env;
use crate::world::observe::{login, open};
use std::path::Path;

/// The key in the settings.
pub(crate) const KEY: &str = "apiKeyHelper";

/// The table of variables in the settings.
pub(crate) const ENV: &str = "env";

/// The variables of Claude Code that hold a credential, first choice first.
const CREDENTIALS: [&str; 3] = ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"];

/// Where Claude Code sends its requests; with it, the credential may be anybody's.
const ADDRESS: &str = "ANTHROPIC_BASE_URL";

/// What Claude Code's settings say of the program.
#[derive(Debug)]
pub struct Helper {
    /// The settings.
    pub doc: DocId,
    /// Where the line stands, if there is one.
    pub loc: Option<Loc>,
    /// The line for a shell, which may hold a secret; or why there is none to be run.
    pub line: Result<Secret, Hindrance>,
    /// The variable by which the settings give Claude Code alone a credential of its provider, and where.
    pub own: Option<(&'static str, Loc)>,
}

/// Why the program is not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The settings give none: what is wrong with them.
    None(State),
    /// It asks zirkabot for the key.
    AsksUs,
}

impl Helper {
    /// Whether it asks zirkabot for the key, so that neither would ever have one.
    pub(crate) fn asks_us(&self) -> bool {
        matches!(self.line, Err(Hindrance::AsksUs))
    }

    /// The state of a document that stands for what it gives, if it is not run.
    pub(super) fn state(hindrance: &Hindrance) -> State {
        let says = |why: &str| State::Unreadable(Fault::Os(why.to_owned()));
        match hindrance {
            Hindrance::None(State::Parsed) => says("it names no program"),
            Hindrance::None(state) => state.clone(),
            Hindrance::AsksUs => says("it asks zirkabot itself, so it is not run"),
        }
    }
}

/// Reads the settings.
pub(super) fn read(look: &dyn Look, docs: &mut Docs, paths: &Paths, env: &Env) -> Helper {
    let file = login::directory(look, paths, env, Tool::ClaudeCode).join("settings.json");
    let id = open::open(look, docs, DocKind::ClaudeSettings, &file);
    let doc = docs.get(id);
    let node = doc.root.as_ref().and_then(|root| root.get(KEY));
    let line = node.and_then(Node::as_secret).filter(|line| !line.is_blank());
    // What belongs to somebody else says what they want.
    let stranger = doc.stat.filter(|stat| !stat.is_own(look.host().uid)).map(|stat| stat.uid);
    let hindrance = || match (stranger, line) {
        (None, Some(line)) if asks_us(line.expose()) => Some(Hindrance::AsksUs),
        (Some(uid), Some(_)) => {
            let why = format!("it belongs to another user ({uid})");
            Some(Hindrance::None(State::Unreadable(Fault::Os(why))))
        }
        (_, None) => Some(Hindrance::None(doc.state.clone())),
        (None, Some(_)) => None,
    };
    Helper {
        doc: doc.id,
        own: doc.root.as_ref().filter(|_| stranger.is_none()).and_then(own),
        loc: line.and(node).map(|node| node.loc),
        line: match (hindrance(), line) {
            (None, Some(line)) => Ok(line.clone()),
            (hindrance, _) => Err(hindrance.unwrap_or(Hindrance::None(State::Absent))),
        },
    }
}

/// The first variable with a credential that goes to Anthropic itself.
fn own(settings: &Node) -> Option<(&'static str, Loc)> {
    let env = settings.get(ENV)?;
    let given =
        |name: &str| env.get(name).filter(|node| node.as_secret().is_some_and(|text| !text.is_blank()));
    if given(ADDRESS).is_some() {
        return None;
    }
    CREDENTIALS.into_iter().find_map(|name| Some((name, given(name)?.loc)))
}

/// Whether a line for a shell has zirkabot print a secret.
fn asks_us(line: &str) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || "'\"`()|&;<>=\\{}".contains(c));
    let is_named = words.any(|word| Path::new(word).file_name().is_some_and(|name| name == "zirkabot"));
    is_named && words.any(|word| matches!(word, "models" | "secrets"))
}

#[cfg(test)]
mod tests {
    use crate::world::observe::helper::*;

    #[test]
    fn a_line_that_asks_us_is_known() {
        let asks = [
            "zirkabot models auth print --provider anthropic",
            "/usr/local/bin/zirkabot models auth print",
            "sh -c 'zirkabot models auth print'",
            "echo \"$(~/bin/zirkabot models auth print)\"",
            "A=1 exec zirkabot secrets resolve",
        ];
        asks.iter().for_each(|line| assert!(asks_us(line), "{line}"));
        for line in ["~/.claude/key.sh", "cd ~/zirkabot && ./key.sh", "cat ~/.zirkabot/key", "op read x"] {
            assert!(!asks_us(line), "{line}");
        }
    }
}
