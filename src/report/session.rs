//! `session list`, `session show` and `session model`: what sessions use, as documents and for people.
//! The replies that a chat user reads are in [`reply`].

mod auth;
pub(crate) mod reply;

use crate::pipeline::Done;
use crate::policy::session::choose::{self, ChatAnswer, ChosenBy, Decision};
use crate::policy::session::{self, Pin, SessionEntry, Source};
use crate::report::error_json::ErrorBody;
use crate::report::session::reply::Chat;
use crate::report::style::{Style, Tone};
use crate::sys::time::{date, short};
use crate::world::World;
use crate::world::label::Labels;
use schemars::JsonSchema;
use serde::Serialize;

/// `session list --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionsDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// Its session store, with `~` for the home.
    pub session_store: String,
    /// How many there are.
    pub count: usize,
    /// Its sessions, the one that was changed last first.
    pub sessions: Vec<SessionBody>,
}

/// `session show --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// Its session store, with `~` for the home.
    pub session_store: String,
    /// The session.
    pub session: SessionBody,
}

/// A session.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    /// Its key in the store.
    pub key: String,
    /// Its id, by which its transcript is named.
    pub session_id: Option<String>,
    /// When it was last changed, in milliseconds since the epoch.
    pub updated_at: Option<i64>,
    /// The model that it uses.
    pub model: String,
    /// Whose choice that is: `config`, `session`, or `parent` for a thread that has chosen none.
    pub model_from: &'static str,
    /// What it has chosen that the config does not allow any more.
    pub forbidden_model: Option<String>,
    /// The profile to which it is pinned; null if to none.
    pub pin: Option<PinBody>,
    /// The profile with which it would go on; null if no profile serves its model.
    pub next_profile: Option<String>,
    /// How often its conversation was compacted.
    pub compaction_count: u64,
}

/// A session's pin.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PinBody {
    /// Profile id.
    pub profile: String,
    /// `user` or `auto`: who pinned it.
    pub source: &'static str,
}

/// `session model --json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatDocument {
    /// Version of this document's shape.
    pub schema_version: u32,
    /// The agent.
    pub agent: String,
    /// The session's key in the store.
    pub session_key: String,
    /// `none`, `summary`, `providers`, `models`, `status`, `set`, `reset` (to the default model), `new`
    /// (a conversation begins), or `error`.
    pub kind: &'static str,
    /// What a chat user is told; empty if there is nothing to tell.
    pub reply: String,
    /// What is left of the message.
    pub text: String,
    /// The model that the message has chosen.
    pub selection: Option<SelectionBody>,
    /// The profile to which the session is pinned afterwards.
    pub pin: Option<PinBody>,
    /// Whether the session store was changed.
    pub changed: bool,
    /// What the model is to be told in the conversation: that it is another one now.
    pub event: Option<String>,
    /// Name in the history; null if nothing was changed.
    pub id: Option<String>,
    /// Why not all of it could be done.
    pub error: Option<ErrorBody>,
}

/// A chosen model.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SelectionBody {
    /// `provider/model`.
    pub key: String,
    /// Its provider.
    pub provider: String,
    /// Its id.
    pub model: String,
    /// Its first short name.
    pub alias: Option<String>,
    /// Whether it is the agent's default one.
    pub is_default: bool,
}

/// The sessions of an agent.
pub(crate) fn list(world: &World, agent: &str) -> SessionsDocument {
    let labels = Labels::new(world);
    let root = world.sessions(agent).and_then(|doc| doc.root.as_ref());
    let mut entries = root.map(session::entries).unwrap_or_default();
    entries.retain(|(key, _)| session::is_of(key, agent));
    entries.sort_by(|(one, a), (other, b)| (b.updated, one).cmp(&(a.updated, other)));
    let sessions = entries.iter().map(|(key, entry)| body(world, &labels, agent, key, entry));
    SessionsDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        session_store: store_path(world, agent),
        count: entries.len(),
        sessions: sessions.collect(),
    }
}

/// One session of an agent.
pub(crate) fn show(world: &World, agent: &str, key: &str) -> SessionDocument {
    let root = world.sessions(agent).and_then(|doc| doc.root.as_ref());
    let entry = choose::entry_of(root, key);
    SessionDocument {
        schema_version: 1,
        agent: agent.to_owned(),
        session_store: store_path(world, agent),
        session: body(world, &Labels::new(world), agent, key, &entry),
    }
}

fn store_path(world: &World, agent: &str) -> String {
    world.sessions(agent).map(|doc| world.doc_name(doc.id)).unwrap_or_default()
}

fn body(world: &World, labels: &Labels, agent: &str, key: &str, entry: &SessionEntry) -> SessionBody {
    let root = world.sessions(agent).and_then(|doc| doc.root.as_ref());
    let current = choose::current(world, agent, root, key);
    let next = session::stick_in(world, agent, &current.model.provider, entry, false);
    SessionBody {
        key: labels.name(key),
        session_id: entry.id.as_deref().map(|id| labels.name(id)),
        updated_at: entry.updated,
        model: labels.name(&current.model.key()),
        model_from: match current.from {
            ChosenBy::Config => "config",
            ChosenBy::Session => "session",
            ChosenBy::Parent(_) => "parent",
        },
        forbidden_model: current.forbidden.map(|model| labels.name(&model.key())),
        pin: entry.pin.as_ref().map(|pin| pin_body(labels, pin)),
        next_profile: next.pin.map(|pin| labels.name(&pin.profile)),
        compaction_count: entry.compactions,
    }
}

fn pin_body(labels: &Labels, pin: &Pin) -> PinBody {
    PinBody { profile: labels.name(&pin.profile), source: pin.source().as_str() }
}

/// What came of a message, and what became of the session: `before` says which model it used.
pub(crate) fn chat(chat: &Chat<'_>, decision: &Decision, before: &str, done: Option<&Done>) -> ChatDocument {
    let labels = &chat.labels;
    let selection = match &decision.answer {
        ChatAnswer::Set { choice, .. } => Some(SelectionBody {
            key: labels.name(&choice.model.key()),
            provider: labels.name(&choice.model.provider),
            model: labels.name(&choice.model.id),
            alias: choice.alias.as_ref().map(|alias| labels.name(alias)),
            is_default: choice.is_default,
        }),
        _ => None,
    };
    let done = done.filter(|done| done.id.is_some() || done.trouble.is_some());
    let changed = done.is_some_and(|done| done.trouble.is_none());
    let now = chat.current();
    let is_switched = changed && now.model.key() != before;
    ChatDocument {
        schema_version: 1,
        agent: chat.agent.to_owned(),
        session_key: labels.name(chat.key),
        kind: kind(decision),
        reply: chat.reply(decision),
        text: labels.known(&decision.text),
        selection,
        pin: chat.entry().pin.as_ref().map(|pin| pin_body(labels, pin)),
        changed,
        event: is_switched.then(|| format!("Model switched to {}.", chat.label(&now.model))),
        id: done.and_then(|done| done.id.clone()),
        error: done.and_then(|done| done.trouble.as_ref()).map(ErrorBody::from),
    }
}

/// What kind of answer it is.
fn kind(decision: &Decision) -> &'static str {
    match &decision.answer {
        ChatAnswer::Refused(_) => "error",
        ChatAnswer::Summary => "summary",
        ChatAnswer::Providers(_) => "providers",
        ChatAnswer::Models(_) => "models",
        ChatAnswer::Status => "status",
        ChatAnswer::Nothing | ChatAnswer::Set { .. } if decision.begins => "new",
        ChatAnswer::Nothing => "none",
        ChatAnswer::Set { choice, .. } if choice.is_default => "reset",
        ChatAnswer::Set { .. } => "set",
    }
}

/// The sessions for a person, one a line.
pub(crate) fn list_text(document: &SessionsDocument, now: i64, style: Style) -> String {
    let head =
        rows(&[("Agent", document.agent.clone()), ("Session store", document.session_store.clone())], style);
    if document.sessions.is_empty() {
        return format!("{head}\nNo sessions.\n");
    }
    let row = |body: &SessionBody| {
        let age = body.updated_at.map(|at| format!("{} ago", short(now.saturating_sub(at).max(0))));
        let pin = body.pin.as_ref().map(|pin| format!("{}, pinned {}", pin.profile, by(pin.source)));
        let cells = [body.key.clone(), body.model.clone(), pin.unwrap_or_default(), age.unwrap_or_default()];
        cells.map(|cell| (Tone::Plain, cell))
    };
    format!("{head}\n{}", style.columns(&document.sessions.iter().map(row).collect::<Vec<_>>()))
}

/// One session for a person.
pub(crate) fn show_text(document: &SessionDocument, now: i64, style: Style) -> String {
    let body = &document.session;
    let changed =
        body.updated_at.map(|at| format!("{} ({} ago)", date(at), short(now.saturating_sub(at).max(0))));
    let whose = match body.model_from {
        "session" => "chosen in this session",
        "parent" => "from the parent session of this thread",
        _ => "the agent's default model",
    };
    let forbidden = body
        .forbidden_model
        .as_ref()
        .map(|model| format!("{model}, which was chosen here, is no longer allowed"));
    let pin = body.pin.as_ref().map(|pin| format!("{}, pinned {}", pin.profile, by(pin.source)));
    let next = body.next_profile.clone();
    rows(
        &[
            ("Session", body.key.clone()),
            ("Id", body.session_id.clone().unwrap_or_default()),
            ("Changed", changed.unwrap_or_default()),
            ("Model", format!("{}, {whose}", body.model)),
            ("", forbidden.unwrap_or_default()),
            ("Profile", pin.unwrap_or_else(|| "not pinned".to_owned())),
            ("Uses next", next.unwrap_or_else(|| "no profile: none can be used for this model".to_owned())),
            ("Compactions", body.compaction_count.to_string()),
            ("Agent", document.agent.clone()),
            ("Session store", document.session_store.clone()),
        ],
        style,
    )
}

fn by(source: &str) -> &'static str {
    if source == Source::User.as_str() { "by a user" } else { "by the gateway" }
}

/// Names with what they say; what says nothing is left out.
fn rows(rows: &[(&str, String)], style: Style) -> String {
    let said = rows.iter().filter(|(_, text)| !text.is_empty());
    said.map(|(name, text)| style.named(name, 15, Tone::Plain, text)).collect()
}
