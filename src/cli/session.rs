//! `zirkabot session model|list|show|reset`: which model and which profile one chat uses.

use crate::catalog::documents::MAX_BYTES;
use crate::change::proposal::Proposals;
use crate::cli::apply::notes;
use crate::cli::apply::receipt;
use crate::cli::exit_of;
use crate::cli::grammar::session::{Session, SessionList, SessionModel, SessionReset, SessionShow};
use crate::cli::grammar::{Global, Writing};
use crate::cli::scope::unknown_agent;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Outcome};
use crate::doc::redact::is_secret_like;
use crate::intent::session as intent;
use crate::intent::session::SessionRef;
use crate::pipeline::{self, Ask, Done, Trouble};
use crate::policy::session::choose::{self, ChatAnswer, Decision};
use crate::policy::session::{self, SessionEntry, SessionPlace};
use crate::policy::status::Options;
use crate::report::json;
use crate::report::session as report;
use crate::report::session::reply::Chat;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::World;
use crate::world::observe::{Agents, Depth};

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Session) -> Outcome {
    match args {
        Session::Model(args) => model(act, global, args),
        Session::List(args) => list(act, global, args),
        Session::Show(args) => show(act, global, args),
        Session::Reset(args) => reset(act, global, args),
    }
}

/// What was asked about, and how things are.
pub(super) struct Found {
    ask: Ask,
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
    (key, agent): (&str, Option<&str>),
    json: bool,
) -> Result<Found, Outcome> {
    let place = session::place(key).filter(|_| !is_secret_like(key));
    let place = place.ok_or_else(|| Outcome::usage("that is no key of a session"))?;
    let agent = agent_of(&place, agent)?;
    let ask = Ask {
        agents: agent.map_or(Agents::Default, Agents::One),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Sessions,
        options: Options::default(),
    };
    let world = pipeline::preview(act.as_look(), &ask).looked.world;
    let refused = |refusal| write::refused_in(&Trouble::Refused(refusal), json);
    crate::policy::known::known_config(&world).map_err(refused)?;
    if let Some(refused) = unknown_agent(&world, &ask.agents) {
        return Err(refused);
    }
    let agent = world.scope.first().cloned().ok_or_else(|| Outcome::usage("there is no agent"))?;
    let root = intent::known_store(&world, &agent).map_err(refused)?.root.as_ref();
    let key = session::known_key(root, &place.key(&agent, session::is_global(&world.desired)));
    Ok(Found { ask, agent, key, world })
}

/// The agent that is meant: the one that the key names, which `--agent` cannot gainsay.
fn agent_of(place: &SessionPlace, asked: Option<&str>) -> Result<Option<String>, Outcome> {
    match (place.agent(), asked.map(crate::catalog::paths::agent_id)) {
        (Some(own), Some(asked)) if *own != asked => {
            Err(Outcome::usage(&format!("the session is one of {own}, not of {asked}")))
        }
        (Some(own), _) => Ok(Some(own.to_owned())),
        (None, asked) => Ok(asked),
    }
}

fn list(act: &dyn Act, global: &Global, args: &SessionList) -> Outcome {
    let found = match found(act, global, ("main", args.agent.as_deref()), args.json) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let document = report::list(&found.world, &found.agent);
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let text = || report::list_text(&document, found.world.now, style);
    Outcome::out(if args.json { json::text(&document) } else { text() }, Exit::Ok)
}

fn show(act: &dyn Act, global: &Global, args: &SessionShow) -> Outcome {
    let found = match found(act, global, (&args.key, args.agent.as_deref()), args.json) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if let Err(refusal) = intent::known_session(&found.world, found.of()) {
        return write::refused_in(&Trouble::Refused(refusal), args.json);
    }
    let document = report::show(&found.world, &found.agent, &found.key);
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let text = || report::show_text(&document, found.world.now, style);
    Outcome::out(if args.json { json::text(&document) } else { text() }, Exit::Ok)
}

fn reset(act: &mut dyn Act, global: &Global, args: &SessionReset) -> Outcome {
    let found = match found(act, global, (&args.key, args.agent.as_deref()), args.writing.json) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let now = found.world.now;
    let asked = WriteRequest {
        agent: None,
        writing: &args.writing,
        request: &|world, _| intent::reset(world, found.of()),
        question: None,
        after: &|looked, _, style| {
            report::show_text(&report::show(&looked.world, &found.agent, &found.key), now, style)
        },
        json: None,
    };
    write::run_asking(act, global, &found.ask, &asked)
}

/// The message, from the command line or from standard input.
fn message(act: &mut dyn Act, words: &[String]) -> Result<String, Outcome> {
    if words != ["-"] {
        return Ok(words.join(" "));
    }
    let io =
        |why: String| Outcome { stdout: String::new(), stderr: format!("error: {why}\n"), exit: Exit::Io };
    let input = act.input(MAX_BYTES).map_err(|error| io(format!("standard input: {error}")))?;
    let input = input.ok_or_else(|| Outcome::usage("the message is longer than 1 MiB"))?;
    let text = std::str::from_utf8(input.expose());
    text.map(str::to_owned).map_err(|_| Outcome::usage("the message is not UTF-8 text"))
}

fn model(act: &mut dyn Act, global: &Global, args: &SessionModel) -> Outcome {
    let text = match message(act, &args.text) {
        Ok(text) => text,
        Err(refused) => return refused,
    };
    let found = match found(act, global, (&args.key, args.agent.as_deref()), args.writing.json) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let decide = |world: &World| choose::decide(world, &found.agent, &text);
    let request = |world: &World| -> Proposals { intent::follow(world, found.of(), &decide(world)) };
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let (writing, before) = (&args.writing, Chat::new(&found.world, &found.agent, &found.key).current());
    let told = |world: &World, done: Option<&Done>| {
        let chat = Chat::new(world, &found.agent, &found.key);
        tell(&chat, &decide(world), (&before.model.key(), done), writing, style)
    };
    match request(&found.world) {
        Err(refusal) => write::refused_in(&Trouble::Refused(refusal), writing.json),
        Ok(proposals) if proposals.is_empty() => told(&found.world, None),
        Ok(_) if writing.dry_run => write::preview(act.as_look(), &found.ask, &request, writing, style),
        Ok(_) => match pipeline::carry_out_request(act, &found.ask, writing.lock_timeout, &request) {
            Ok(carried_out) => told(&carried_out.looked.world, Some(&carried_out.done)),
            Err(trouble) => write::refused_in(&trouble, writing.json),
        },
    }
}

/// The reply, and what became of the session store.
fn tell(
    chat: &Chat<'_>,
    decision: &Decision,
    (before, done): (&str, Option<&Done>),
    writing: &Writing,
    style: Style,
) -> Outcome {
    let trouble = done.and_then(|done| done.trouble.as_ref());
    let exit = match (&decision.answer, trouble) {
        (_, Some(trouble)) => exit_of(trouble),
        (ChatAnswer::Refused(_), None) => Exit::Broken,
        (_, None) => Exit::Ok,
    };
    let document = report::chat(chat, decision, before, done);
    let mut stderr = done.map(notes).unwrap_or_default();
    if writing.json {
        return Outcome { stdout: json::text(&document), stderr, exit };
    }
    if document.kind == "none" {
        stderr.push_str("note: no directive about models stands in the message\n");
    } else if !document.text.is_empty() {
        stderr.push_str(&format!("note: left of the message: {}\n", style.text(&document.text)));
    }
    let mut stdout = String::new();
    // What could not be stored is not confirmed.
    if !document.reply.is_empty() && trouble.is_none() {
        stdout = format!("{}\n", style.text(&document.reply));
    }
    if let Some(done) = done.filter(|done| done.id.is_some()) {
        stdout.push_str(&receipt(chat.world, done, style));
    }
    Outcome { stdout, stderr, exit }
}
