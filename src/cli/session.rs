//! `zirkabot session model|list|show|reset`: which model and which profile one chat uses.

use crate::catalog::documents::MAX_BYTES;
use crate::catalog::paths::agent_id;
use crate::cli::apply::{notes, receipt};
use crate::cli::grammar::{Global, Writing};
use crate::cli::scope::only_agent;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Finished, Outcome, exit_of};
use crate::doc::redact::is_secret_like;
use crate::intent::session::{self as intent, SessionRef};
use crate::pipeline::{self, Done, Query};
use crate::policy::known::known_config;
use crate::policy::session::choose::{self, ChatAnswer, Decision};
use crate::policy::session::{self, SessionEntry, SessionPlace};
use crate::report::json;
use crate::report::session::reply::Chat;
use crate::report::session::{self as report, ChatDocument};
use crate::report::style::Style;
use crate::sys::Act;
use crate::world::World;
use crate::world::observe::Depth;

verbs! {
    /// Show and set the model and credential of a chat
    pub(super) Session {
        Model(MessageArgs) => model,
        List(List) => list,
        Show(Show) => show,
        Reset(Reset) => reset,
    }
}

/// Process a chat message about models
///
/// TEXT is a chat message: `/model` shows the session's model, `/model list` and `/models PROVIDER` list
/// models, `/model status` shows the credential of each provider; `/model MODEL` or `/ALIAS` selects a
/// model and `/model MODEL@PROFILE` also a credential, for this session only; `/new` resets both to the
/// defaults. Model names can be abbreviated. Prints the reply that a chat user reads. Exit 1 if the message
/// is refused.
#[derive(Debug, clap::Args)]
pub(super) struct MessageArgs {
    /// Session: `main`, or a key from `session list`
    #[arg(long = "session", value_name = "SESSION")]
    key: String,
    /// Use this agent instead of the default one, if the key has none
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Message; - reads it from standard input
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    text: Vec<String>,
    #[command(flatten)]
    writing: Writing,
}

/// List the sessions of an agent, with their models and profiles
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Use this agent instead of the default one
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Show one session, and the profile of its next request
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    #[command(flatten)]
    which: Which,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// Reset a session to the config; its conversation is kept
#[derive(Debug, clap::Args)]
pub(super) struct Reset {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    writing: Writing,
}

/// Which session.
#[derive(Debug, clap::Args)]
struct Which {
    /// Session: `main`, or a key from `session list`
    #[arg(value_name = "SESSION")]
    key: String,
    /// Use this agent instead of the default one, if the key has none
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
}

/// What was asked about, and how things are.
pub(super) struct Found {
    ask: Query,
    /// How things are.
    pub(super) world: World,
    /// Whose session it is.
    pub(super) agent: String,
    /// The key in the session store.
    key: String,
}

impl Found {
    /// What is stored of the session.
    pub(super) fn entry(&self) -> Option<SessionEntry> {
        let root = intent::known_store(&self.world, &self.agent).ok()?.root.as_ref()?;
        session::entries(root).into_iter().find(|(key, _)| *key == self.key).map(|(_, entry)| entry)
    }

    fn of(&self) -> SessionRef<'_> {
        SessionRef { agent: &self.agent, key: &self.key }
    }
}

/// Looks, without changing anything: what the next sync would store counts as stored.
pub(super) fn found(
    act: &dyn Act,
    global: &Global,
    key: &str,
    agent: Option<&str>,
) -> Result<Found, Outcome> {
    let place = session::place(key).filter(|_| !is_secret_like(key));
    let place = place.ok_or_else(|| Outcome::usage("that is not the key of a session"))?;
    let agent = agent_of(&place, agent)?;
    let ask = Query { depth: Depth::Sessions, ..global.ask_one(agent.as_deref()) };
    let world = pipeline::preview(act.as_look(), &ask).looked.world;
    known_config(&world).map_err(Outcome::from)?;
    let agent = only_agent(&world, &ask.agents)?;
    let root = intent::known_store(&world, &agent).map_err(Outcome::from)?.root.as_ref();
    let key = session::known_key(root, &place.key(&agent, session::is_global(&world.desired)));
    Ok(Found { ask, agent, key, world })
}

/// The agent that is meant: the one that the key names, which `--agent` cannot gainsay.
fn agent_of(place: &SessionPlace, asked: Option<&str>) -> Result<Option<String>, Outcome> {
    match (place.agent(), asked.map(agent_id)) {
        (Some(own), Some(asked)) if *own != asked => {
            Err(Outcome::usage(format!("the session belongs to agent {own}, not to agent {asked}")))
        }
        (Some(own), _) => Ok(Some(own.to_owned())),
        (None, asked) => Ok(asked),
    }
}

fn list(act: &mut dyn Act, global: &Global, args: &List) -> Finished {
    let found = found(act, global, "main", args.agent.as_deref())?;
    let document = report::list(&found.world, &found.agent);
    let text = || report::list_text(&document, found.world.now, global.style(act));
    Ok(Outcome::out(if args.json { json::text(&document) } else { text() }, Exit::Ok))
}

fn show(act: &mut dyn Act, global: &Global, args: &Show) -> Finished {
    let found = found(act, global, &args.which.key, args.which.agent.as_deref())?;
    intent::known_session(&found.world, found.of()).map_err(Outcome::from)?;
    let document = report::show(&found.world, &found.agent, &found.key);
    let text = || report::show_text(&document, found.world.now, global.style(act));
    Ok(Outcome::out(if args.json { json::text(&document) } else { text() }, Exit::Ok))
}

fn reset(act: &mut dyn Act, global: &Global, args: &Reset) -> Finished {
    let found = found(act, global, &args.which.key, args.which.agent.as_deref())?;
    let now = found.world.now;
    let request = |world: &World, _: &str| intent::reset(world, found.of());
    let asked = WriteRequest {
        after: &|looked, _, style| {
            report::show_text(&report::show(&looked.world, &found.agent, &found.key), now, style)
        },
        ..WriteRequest::new(&args.writing, &request)
    };
    write::run_asking(act, global, &found.ask, &asked)
}

/// The message, from the command line or from standard input.
fn message(act: &mut dyn Act, words: &[String]) -> Result<String, Outcome> {
    if words != ["-"] {
        return Ok(words.join(" "));
    }
    let failed = |error| Outcome::err(format!("error: standard input: {error}\n"), Exit::Io);
    let input = act.input(MAX_BYTES).map_err(failed)?;
    let input = input.ok_or_else(|| Outcome::usage("the message is longer than 1 MiB"))?;
    let text = std::str::from_utf8(input.expose());
    text.map(str::to_owned).map_err(|_| Outcome::usage("the message is not UTF-8 text"))
}

fn model(act: &mut dyn Act, global: &Global, args: &MessageArgs) -> Finished {
    let text = message(act, &args.text)?;
    let writing = &args.writing;
    let found = found(act, global, &args.key, args.agent.as_deref())?;
    let before = Chat::new(&found.world, &found.agent, &found.key).current().model.key();
    let decide = |world: &World| choose::decide(world, &found.agent, &text);
    let request = |world: &World| intent::follow(world, found.of(), &decide(world));
    let style = global.style(act);
    let tell = |world: &World, done: Option<&Done>| {
        let chat = Chat::new(world, &found.agent, &found.key);
        let decision = decide(world);
        let document = report::chat(&chat, &decision, &before, done);
        told(&chat, &decision, &document, done, writing.json, style)
    };
    let proposals = request(&found.world).map_err(Outcome::from)?;
    if proposals.is_empty() {
        return Ok(tell(&found.world, None));
    }
    if writing.dry_run {
        return write::preview(act.as_look(), &found.ask, &request, writing, style);
    }
    let carried_out = pipeline::carry_out_request(act, &found.ask, writing.lock_timeout, &request);
    let carried_out = carried_out.map_err(Outcome::from)?;
    Ok(tell(&carried_out.looked.world, Some(&carried_out.done)))
}

/// Longest wait in milliseconds of a chat for others who write.
const PATIENCE: i64 = 5_000;

/// The reply to a message that came through the gateway, once what it says is done. It goes out by the same door as
/// what is printed: nothing that was typed and looks like a secret is repeated.
pub(super) fn answer(act: &mut dyn Act, agent: &str, key: &str, text: &str) -> String {
    let typed = ["zirkabot".to_owned(), text.to_owned()];
    Outcome::out(reply(act, agent, key, text), Exit::Ok).fit(&typed, (false, Style::PLAIN), false).stdout
}

fn reply(act: &mut dyn Act, agent: &str, key: &str, text: &str) -> String {
    let global = Global::default();
    let found = match found(act, &global, key, Some(agent)) {
        Ok(found) => found,
        Err(outcome) => return refused(&outcome),
    };
    let decide = |world: &World| choose::decide(world, &found.agent, text);
    let request = |world: &World| intent::follow(world, found.of(), &decide(world));
    let reply = |world: &World| Chat::new(world, &found.agent, &found.key).reply(&decide(world));
    match request(&found.world) {
        Ok(proposals) if proposals.is_empty() => return reply(&found.world),
        Ok(_) => {}
        Err(refusal) => return refusal.why,
    }
    match pipeline::carry_out_request(act, &found.ask, PATIENCE, &request) {
        Ok(carried_out) if carried_out.done.trouble.is_none() => reply(&carried_out.looked.world),
        Ok(_) => {
            "It could not be stored; run `zirkabot doctor` on the gateway's machine to see why.".to_owned()
        }
        Err(trouble) => refused(&Outcome::from(trouble)),
    }
}

/// What was refused, as a chat user reads it.
fn refused(outcome: &Outcome) -> String {
    let first = outcome.stderr.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}

/// The reply, and what became of the session store.
fn told(
    chat: &Chat<'_>,
    decision: &Decision,
    document: &ChatDocument,
    done: Option<&Done>,
    is_json: bool,
    style: Style,
) -> Outcome {
    let trouble = done.and_then(|done| done.trouble.as_ref());
    let exit = match (&decision.answer, trouble) {
        (_, Some(trouble)) => exit_of(trouble),
        (ChatAnswer::Refused(_), None) => Exit::Broken,
        (_, None) => Exit::Ok,
    };
    let mut stderr = done.map(notes).unwrap_or_default();
    if is_json {
        return Outcome::told(json::text_handing_on(document, &["text"]), stderr, exit);
    }
    if document.kind == "none" {
        stderr.push_str("note: the message contains no directive about models\n");
    } else if !document.text.is_empty() {
        stderr.push_str(&format!("note: rest of the message: {}\n", style.text(&document.text)));
    }
    let mut stdout = String::new();
    // What could not be stored is not confirmed.
    if !document.reply.is_empty() && trouble.is_none() {
        stdout = format!("{}\n", style.lines(&document.reply));
    }
    if let Some(done) = done.filter(|done| done.id.is_some()) {
        stdout.push_str(&receipt(chat.world, done, style));
    }
    Outcome::told(stdout, stderr, exit)
}
