//! What a session is to use from now on, as edits of its entry in the session store. Pure. What a
//! message means is decided by [`crate::policy::session::choose`].

use crate::catalog::nearest::did_you_mean;
use crate::change::advice::Command;
use crate::change::proposal::{Proposal, Proposals, Refusal};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{Doc, KeyPath, Node, State, Value};
use crate::policy::known::known_config;
use crate::policy::models::Model;
use crate::policy::session::choose::{self, ChatAnswer, Decision, ModelChoice};
use crate::policy::session::{self, Source, field};
use crate::sys::digest::sha256;
use crate::world::World;

/// A session of an agent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRef<'a> {
    /// The agent.
    pub agent: &'a str,
    /// The key in its session store.
    pub key: &'a str,
}

/// Carries out what a message comes to; nothing if it only asks.
///
/// # Errors
/// If the config or the session store cannot be read.
pub(crate) fn follow(world: &World, of: SessionRef<'_>, decision: &Decision) -> Proposals {
    let doc = known_store(world, of.agent)?;
    let mut wanted: Vec<(&str, Option<Draft>)> = Vec::new();
    if decision.begins {
        wanted.extend(field::CHOICE.map(|name| (name, None)));
    }
    let what = match &decision.answer {
        ChatAnswer::Set { choice, profile } => {
            // A thread that is to use the default model says so, if what it belongs to does not.
            let by_itself = choose::inherited(world, of.agent, doc.root.as_ref(), of.key).model;
            wanted = chosen(choice, profile.as_deref(), by_itself == choice.model);
            saying(of.key, choice, profile.as_deref())
        }
        _ if !decision.begins => return Ok(Vec::new()),
        _ => format!("reset {} to the config", of.key),
    };
    edits(world, doc, of, wanted).map(|edits| proposals(what, edits))
}

/// Takes away what a session has chosen, so that it goes by the config again. Its conversation stays.
///
/// # Errors
/// If the config or the session store cannot be read, or there is no such session.
pub(crate) fn reset(world: &World, of: SessionRef<'_>) -> Proposals {
    let doc = known_store(world, of.agent)?;
    known_session(world, of)?;
    let wanted = field::CHOICE.map(|name| (name, None)).to_vec();
    let what = format!("reset {} to the config", of.key);
    edits(world, doc, of, wanted).map(|edits| proposals(what, edits))
}

/// Refuses a session that is not there.
///
/// # Errors
/// If it is not, with those that are.
pub(crate) fn known_session(world: &World, of: SessionRef<'_>) -> Result<(), Refusal> {
    let root = known_store(world, of.agent)?.root.as_ref();
    if root.is_some_and(|root| root.get(of.key).is_some()) {
        return Ok(());
    }
    let near = did_you_mean(of.key, root.into_iter().flat_map(Node::members).map(|member| &member.key));
    let list = world.paths.command(&format!("session list --agent {}", of.agent));
    Err(Refusal::state(format!("agent {} has no session `{}`{near}", of.agent, of.key))
        .help(Command::look(list).then(" lists them")))
}

/// The session store of an agent; one that is not there yet is fine.
///
/// # Errors
/// If the config or the session store cannot be read: it is the gateway's, and never made anew.
pub(crate) fn known_store<'w>(world: &'w World, agent: &str) -> Result<&'w Doc, Refusal> {
    known_config(world)?;
    let doc = world.sessions(agent).ok_or_else(|| Refusal::state(format!("there is no agent {agent}")))?;
    let name = world.doc_name(doc.id);
    let why = match (&doc.state, doc.root.as_ref().map(|root| &root.value)) {
        (State::Absent, _) | (State::Parsed, Some(Value::Object(_))) => return Ok(doc),
        (State::Parsed, _) => "is not a table of sessions".to_owned(),
        (State::TooLarge, _) => {
            let (bytes, _) = doc.kind.limits();
            format!("is too large to be a session store (limit {} MiB)", bytes >> 20)
        }
        (state, _) => state.in_words(),
    };
    Err(Refusal::state(format!("{name} {why}"))
        .help("correct it, or stop the gateway and move it away; the gateway then starts a new one"))
}

/// What an entry is to say after a choice.
fn chosen<'n>(choice: &ModelChoice, profile: Option<&str>, by_itself: bool) -> Vec<(&'n str, Option<Draft>)> {
    let model = |part: fn(&Model) -> &String| (!by_itself).then(|| Draft::text(part(&choice.model)));
    vec![
        (field::PROVIDER, model(|model| &model.provider)),
        (field::MODEL, model(|model| &model.id)),
        (field::PROFILE, profile.map(Draft::text)),
        (field::SOURCE, profile.map(|_| Draft::text(Source::User.as_str()))),
        (field::COMPACTIONS, None),
    ]
}

fn saying(key: &str, choice: &ModelChoice, profile: Option<&str>) -> String {
    let with = profile.map(|profile| format!(" with {profile}")).unwrap_or_default();
    let default = if choice.is_default { "the default model " } else { "" };
    format!("set {key} to {default}{}{with}", choice.model.key())
}

fn proposals(what: String, edits: Vec<Edit>) -> Vec<Proposal> {
    if edits.is_empty() { Vec::new() } else { vec![Proposal::new(what, edits)] }
}

/// The edits that make these fields of the session's entry so, and say when; none if they are so. What
/// else stands in it stays.
fn edits(
    world: &World,
    doc: &Doc,
    of: SessionRef<'_>,
    wanted: Vec<(&str, Option<Draft>)>,
) -> Result<Vec<Edit>, Refusal> {
    let at = KeyPath::of(&[of.key]);
    let entry = doc.root.as_ref().and_then(|root| root.get(of.key));
    let Some(entry) = entry else { return Ok(new_entry(world, doc, of, wanted)) };
    if session::entry(entry).is_none() {
        let why = format!("the entry for `{}` in {} is not a table", of.key, world.doc_name(doc.id));
        return Err(Refusal::state(why).help("stop the gateway, then correct or remove it"));
    }
    let is_so = |name: &str, to: &Option<Draft>| match (entry.get(name), to) {
        (None, None) => true,
        (Some(node), Some(Draft::String(text))) => node.as_secret() == Some(text),
        _ => false,
    };
    let mut edits: Vec<Edit> = wanted
        .into_iter()
        .filter(|(name, to)| !is_so(name, to))
        .map(|(name, to)| Edit::value(doc.id, at.key(name), to.map_or(To::Remove, To::Set)))
        .collect();
    if !edits.is_empty() {
        edits.push(Edit::value(doc.id, at.key(field::UPDATED), To::Set(Draft::Int(world.now))));
    }
    Ok(edits)
}

/// The entry of a session of which the gateway knows nothing yet; none if there is nothing to say.
fn new_entry(world: &World, doc: &Doc, of: SessionRef<'_>, wanted: Vec<(&str, Option<Draft>)>) -> Vec<Edit> {
    let said = wanted.into_iter().filter_map(|(name, to)| Some((name.to_owned(), to?)));
    let said: Vec<(String, Draft)> = said.collect();
    if said.is_empty() {
        return Vec::new();
    }
    let head = [
        (field::ID.to_owned(), Draft::text(&new_id(world, of))),
        (field::UPDATED.to_owned(), Draft::Int(world.now)),
    ];
    let entry = Draft::Table(head.into_iter().chain(said).collect());
    vec![Edit::value(doc.id, KeyPath::of(&[of.key]), To::Set(entry))]
}

/// An id for a session, in the form that the gateway gives them. It names a transcript and need not be
/// hard to guess, so what the session is called and when it began will do.
fn new_id(world: &World, of: SessionRef<'_>) -> String {
    let hex = sha256(format!("{}\n{}\n{}", of.agent, of.key, world.now).as_bytes());
    format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
