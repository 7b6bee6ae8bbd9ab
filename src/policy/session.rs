//! Chat sessions: what a session has chosen for itself, and what a chat message about models means.
//!
//! [`entry`] and [`entries`] read what the gateway keeps of a session; [`affinity`] says which profile a
//! session goes on with; [`chat`] takes a directive out of a message, [`choose`] says what it comes to,
//! with [`fuzzy`] for names that are not written out, and [`browse`] lists what there is to choose.
//!
//! Pure. The file is found by `sources`, changed by `intent::session`, and the replies are put into
//! words by `report::session`.

mod affinity;
pub(crate) mod browse;
pub mod chat;
pub(crate) mod choose;
pub(crate) mod fuzzy;
mod key;
pub(crate) mod offered;

use crate::catalog::providers;
use crate::config::{Desired, setting};
use crate::doc::Node;
use crate::policy::models::{self, Model};
pub(crate) use crate::policy::session::affinity::stick_in;
pub(crate) use crate::policy::session::key::{SessionPlace, is_of, place};
use crate::sys::Millis;

/// The fields of an entry that this program writes; the gateway's others are kept as they are.
pub(crate) mod field {
    /// The session's id, by which its transcript is named.
    pub(crate) const ID: &str = "sessionId";
    /// When the entry was last changed, in milliseconds since the epoch.
    pub(crate) const UPDATED: &str = "updatedAt";
    /// Provider of the model that the session has chosen.
    pub(crate) const PROVIDER: &str = "providerOverride";
    /// The model that the session has chosen, without its provider.
    pub(crate) const MODEL: &str = "modelOverride";
    /// The profile to which the session is pinned.
    pub(crate) const PROFILE: &str = "authProfileOverride";
    /// Who pinned it: `user` or `auto`.
    pub(crate) const SOURCE: &str = "authProfileOverrideSource";
    /// How often the conversation had been compacted when the gateway pinned it.
    pub(crate) const COMPACTIONS: &str = "authProfileOverrideCompactionCount";

    /// All that says which model and which profile a session uses.
    pub(crate) const CHOICE: [&str; 5] = [PROVIDER, MODEL, PROFILE, SOURCE, COMPACTIONS];
}

/// What the gateway keeps of a session, as far as it is about models and credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionEntry {
    /// The session's id.
    pub id: Option<String>,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated: Option<Millis>,
    /// Provider of the model that it has chosen, as written.
    pub provider: Option<String>,
    /// The model that it has chosen, as written.
    pub model: Option<String>,
    /// The profile to which it is pinned.
    pub pin: Option<Pin>,
    /// How often its conversation was compacted.
    pub compactions: u64,
}

/// A session's pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pin {
    /// Profile id.
    pub profile: String,
    /// Who pinned it, if that is recorded; [`Pin::source`] fills what is not.
    pub recorded: Option<Source>,
    /// How often the conversation had been compacted by then, if that is recorded.
    pub compactions: Option<u64>,
}

/// Who pinned a session to a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The gateway, which may move it.
    Auto,
    /// A user, whose choice stays.
    User,
}

impl Source {
    /// The word in the session store.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::User => "user",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::User].into_iter().find(|source| source.as_str() == text)
    }
}

impl Pin {
    /// Who pinned it. Where nothing is recorded, only the gateway counts compactions.
    pub(crate) fn source(&self) -> Source {
        let by_count = if self.compactions.is_some() { Source::Auto } else { Source::User };
        self.recorded.unwrap_or(by_count)
    }
}

impl SessionEntry {
    /// The model that the session has chosen; none if it goes by the config.
    pub(crate) fn choice(&self) -> Option<Model> {
        let id = self.model.as_ref()?;
        let provider = self.provider.as_deref().map_or_else(models::default_provider, providers::normalise);
        Some(Model { provider, id: id.clone() })
    }
}

/// Reads one entry of a session store; none if it is no table.
pub(crate) fn entry(node: &Node) -> Option<SessionEntry> {
    if !matches!(node.value, crate::doc::Value::Object(_)) {
        return None;
    }
    let text = |name: &str| {
        let text = node.get(name).and_then(Node::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let count = |name: &str| {
        let number = node.get(name).and_then(Node::as_f64).filter(|number| number.is_finite());
        number.map(|number| number.clamp(0.0, 1e9) as u64)
    };
    let pin = text(field::PROFILE).map(|profile| Pin {
        profile,
        recorded: text(field::SOURCE).as_deref().and_then(Source::parse),
        compactions: count(field::COMPACTIONS),
    });
    let updated = node.get(field::UPDATED).and_then(Node::as_f64).filter(|number| number.is_finite());
    Some(SessionEntry {
        id: text(field::ID),
        updated: updated.map(|at| at as Millis),
        provider: text(field::PROVIDER),
        model: text(field::MODEL),
        pin,
        compactions: count("compactionCount").unwrap_or(0),
    })
}

/// All entries of a parsed session store with their keys, in file order; of equal keys the last
/// counts, and what is no table is none.
pub(crate) fn entries(root: &Node) -> Vec<(String, SessionEntry)> {
    let members = root.members();
    let is_last = |at: usize| members[at + 1..].iter().all(|later| later.key != members[at].key);
    let last = members.iter().enumerate().filter(|(at, _)| is_last(*at)).map(|(_, member)| member);
    last.filter_map(|member| Some((member.key.clone(), entry(&member.node)?))).collect()
}

/// The key under which a session stands: exactly as asked for, else the only one that differs in the
/// case of its letters alone; as asked for if there is none.
pub(crate) fn known_key(root: Option<&Node>, key: &str) -> String {
    let members = root.map(Node::members).unwrap_or_default();
    if members.iter().any(|member| member.key == key) {
        return key.to_owned();
    }
    let mut alike = members.iter().map(|member| &member.key).filter(|known| known.eq_ignore_ascii_case(key));
    match (alike.next(), alike.next()) {
        (Some(only), None) => only.clone(),
        _ => key.to_owned(),
    }
}

/// The key of the session that a thread or topic belongs to, whose choice of a model it goes by while
/// it has none of its own.
pub(crate) fn parent(key: &str) -> Option<&str> {
    let at = [":thread:", ":topic:"].iter().filter_map(|mark| key.rfind(mark)).max()?;
    (at > 0).then(|| &key[..at])
}

/// Whether all agents' main session is one.
pub(crate) fn is_global(desired: &Desired) -> bool {
    setting(desired, "scope").is_some_and(|scope| scope.trim() == "global")
}

#[cfg(test)]
mod tests {
    use crate::catalog::documents::Format;
    use crate::doc::{DocId, parse};
    use crate::policy::session::*;

    fn root(text: &str) -> Node {
        parse(Format::Json5, DocId(0), text).unwrap()
    }

    #[test]
    fn entries_are_read_with_what_the_gateway_leaves_out() {
        let root = root(
            "{ a: { sessionId: 's', updatedAt: 5, providerOverride: 'Z.AI', modelOverride: 'glm-4.7', \
             authProfileOverride: ' zai:default ', compactionCount: 2 }, \
             b: { authProfileOverride: 'x:y', authProfileOverrideCompactionCount: 1 }, \
             c: { modelOverride: 'claude-x', authProfileOverride: '  ' }, \
             d: 5, a2: {}, b: { authProfileOverride: 'x:z', authProfileOverrideSource: 'user', \
             authProfileOverrideCompactionCount: 1 } }",
        );
        let all = entries(&root);
        let keys: Vec<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "c", "a2", "b"]);
        let of = |at: usize| &all[at].1;
        assert_eq!(of(0).choice().unwrap().key(), "zai/glm-4.7");
        assert_eq!((of(0).updated, of(0).compactions), (Some(5), 2));
        assert_eq!(of(0).pin.as_ref().map(Pin::source), Some(Source::User));
        assert_eq!(of(1).choice().unwrap().key(), "anthropic/claude-x");
        assert_eq!(of(1).pin, None);
        let pin = of(3).pin.as_ref().unwrap();
        assert_eq!((pin.profile.as_str(), pin.source()), ("x:z", Source::User));
        assert_eq!(Pin { recorded: None, ..pin.clone() }.source(), Source::Auto);
    }

    #[test]
    fn a_key_is_found_whatever_the_case_of_its_letters() {
        let root = root("{ 'agent:main:slack:C1': {}, 'agent:main:x': {}, 'agent:main:X': {} }");
        let of = |key| known_key(Some(&root), key);
        assert_eq!(of("agent:main:slack:c1"), "agent:main:slack:C1");
        assert_eq!(of("agent:main:x"), "agent:main:x");
        assert_eq!(of("agent:MAIN:x"), "agent:MAIN:x");
        assert_eq!(known_key(None, "k"), "k");
    }

    #[test]
    fn threads_have_parents() {
        assert_eq!(parent("agent:main:slack:channel:C1:thread:17"), Some("agent:main:slack:channel:C1"));
        assert_eq!(parent("agent:main:telegram:group:5:topic:9"), Some("agent:main:telegram:group:5"));
        assert_eq!(parent("agent:main:main"), None);
        assert_eq!(parent(":thread:1"), None);
    }
}
