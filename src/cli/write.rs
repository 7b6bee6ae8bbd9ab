//! What all commands have in common that write what they were asked for: plan, show or do, look
//! again, and say how to take it back.

use crate::catalog::paths::MAIN_AGENT;
use crate::change::proposal::{Proposals, Refusal};
use crate::cli::apply::{notes, receipt};
use crate::cli::grammar::{Global, Writing};
use crate::cli::menu::says_yes;
use crate::cli::{Exit, Finished, Outcome, exit_of, scope};
use crate::doc::redact;
use crate::pipeline::{self, CarriedOut, Done, Intent, Looked, Query};
use crate::report::plan_json::{self, PlanRequest};
use crate::report::style::{Sign, Style};
use crate::report::{apply_json, json, plan};
use crate::sys::visible::visible;
use crate::sys::{Act, Look};
use crate::world::World;
use crate::world::label::Labels;
use std::cell::RefCell;

/// Tells in a document of its own how things are now, and what came of it.
pub(super) type Document<'a> = dyn Fn(&Looked, &Done) -> String + 'a;

/// What a person has to agree to before it is done.
pub(super) struct Question<'a> {
    /// Such as `Remove anthropic:manual?`.
    pub(super) text: &'a str,
    /// Whether `--yes` was given.
    pub(super) yes: bool,
}

/// A request with all that belongs to it.
pub(super) struct WriteRequest<'a> {
    /// For which agent; none: the default one.
    pub(super) agent: Option<&'a str>,
    /// How to write.
    pub(super) writing: &'a Writing,
    /// What is wanted of this world for this agent.
    pub(super) request: &'a dyn Fn(&World, &str) -> Proposals,
    /// What is to be agreed to first.
    pub(super) question: Option<Question<'a>>,
    /// What a person should know who proposals this; sentences.
    pub(super) notes: &'a dyn Fn(&World, &str) -> Vec<String>,
    /// What is true afterwards, for a person.
    pub(super) after: &'a dyn Fn(&Looked, &str, Style) -> String,
    /// The document, where it is not only about what was done.
    pub(super) json: Option<&'a Document<'a>>,
}

impl<'a> WriteRequest<'a> {
    /// A request that is done without a question, and of which nothing is told but that.
    pub(super) fn new(writing: &'a Writing, request: &'a dyn Fn(&World, &str) -> Proposals) -> Self {
        Self {
            agent: None,
            writing,
            request,
            question: None,
            notes: &|_, _| Vec::new(),
            after: &|_, _, _| String::new(),
            json: None,
        }
    }
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, asked: &WriteRequest<'_>) -> Finished {
    let agent = scope::agent(act.as_look(), global, asked.agent)?;
    run_for(act, global, &global.ask_all(), &agent, asked)
}

/// [`run`] for commands that are about no agent, and look at more.
pub(super) fn run_asking(
    act: &mut dyn Act,
    global: &Global,
    ask: &Query,
    asked: &WriteRequest<'_>,
) -> Finished {
    run_for(act, global, ask, MAIN_AGENT, asked)
}

fn run_for(
    act: &mut dyn Act,
    global: &Global,
    ask: &Query,
    agent: &str,
    asked: &WriteRequest<'_>,
) -> Finished {
    let said: RefCell<Vec<String>> = RefCell::default();
    let request = |world: &World| {
        let proposals = (asked.request)(world, agent)?;
        if !proposals.is_empty() {
            let notes = (asked.notes)(world, agent);
            let labels = if notes.is_empty() { Labels::default() } else { Labels::new(world) };
            *said.borrow_mut() = notes.iter().map(|text| labels.scrub(text)).collect();
        }
        Ok(proposals)
    };
    let (style, writing) = (global.style(act), asked.writing);
    let outcome = if writing.dry_run {
        preview(act.as_look(), ask, &request, writing, style)?
    } else {
        if let Some(question) = &asked.question {
            agree(act, ask, &request, question, writing, style)?;
        }
        let carried_out = pipeline::carry_out_request(act, ask, writing.lock_timeout, &request);
        told(&carried_out.map_err(Outcome::from)?, agent, asked, style)
    };
    Ok(noted(outcome, &said.borrow()))
}

/// With notes on standard error, beside a document as beside a text, if all went well.
pub(super) fn noted(mut outcome: Outcome, notes: &[String]) -> Outcome {
    if outcome.exit == Exit::Ok {
        outcome.stderr.extend(notes.iter().map(|text| note(text)));
    }
    outcome
}

/// A note for a person.
pub(super) fn note(text: &str) -> String {
    format!("note: {}\n", visible(text))
}

/// Shows what would be changed.
pub(super) fn preview(
    reader: &dyn Look,
    ask: &Query,
    request: &Intent<'_>,
    writing: &Writing,
    style: Style,
) -> Finished {
    let planned = pipeline::plan_request(reader, ask, request).map_err(Outcome::from)?;
    let worlds = [&planned.now.world, &planned.last().world];
    if writing.json {
        let request = PlanRequest { profile: ask.profile.clone(), ..PlanRequest::default() };
        let document = plan_json::plan(worlds[0], &planned.plan, request, &[]);
        return Ok(Outcome::out(json::text(&document), Exit::Ok));
    }
    Ok(Outcome::out(plan::text(worlds, &planned.plan, plan::Left::default(), style), Exit::Ok))
}

/// Has a person agree, who sees what would be done.
fn agree(
    act: &mut dyn Act,
    ask: &Query,
    request: &Intent<'_>,
    question: &Question<'_>,
    writing: &Writing,
    style: Style,
) -> Result<(), Outcome> {
    let planned = pipeline::plan_request(act.as_look(), ask, request).map_err(Outcome::from)?;
    let host = act.host();
    if question.yes || planned.plan.changes.is_empty() {
        return Ok(());
    }
    if writing.json || !host.stdin_tty || !host.stdout_tty {
        let why = Refusal::usage("this needs a terminal to ask questions; nothing was changed");
        return Err(why.help("use --yes to skip the confirmation").into());
    }
    let text = plan::plan([&planned.now.world, &planned.last().world], &planned.plan, style);
    let question = style.text(&redact::redact(question.text.to_owned()));
    if says_yes(act, &format!("{text}\n{question} [y]es, [n]o: ")) {
        return Ok(());
    }
    Err(Outcome::unchanged())
}

/// What was done, what is now true, and how to take it back.
fn told(carried_out: &CarriedOut, agent: &str, asked: &WriteRequest<'_>, style: Style) -> Outcome {
    let CarriedOut { looked, done, synced } = carried_out;
    let exit = done.trouble.as_ref().map_or(Exit::Ok, exit_of);
    let stderr = notes(done);
    if asked.writing.json {
        let stdout = match asked.json {
            Some(json) => json(looked, done),
            None => json::text(&apply_json::apply(&looked.world, done)),
        };
        return Outcome::told(stdout, stderr, exit);
    }
    let labels = Labels::new(&looked.world);
    let line = |text: &String| style.signed(Sign::Good, &labels.scrub(text));
    let mut stdout: String = synced.iter().chain(&done.applied).map(line).collect();
    if done.entries.is_empty() && exit == Exit::Ok {
        stdout.push_str("Nothing to change.\n");
    }
    if exit == Exit::Ok {
        let after = (asked.after)(looked, agent, style);
        let gap = if after.is_empty() { "" } else { "\n" };
        stdout.push_str(&format!("{gap}{after}"));
    }
    if done.id.is_some() {
        stdout.push_str(&receipt(&looked.world, done, style));
    }
    Outcome::told(stdout, stderr, exit)
}
