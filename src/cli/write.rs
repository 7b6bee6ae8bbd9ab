//! What all commands have in common that write what they were asked for: plan, show or do, look
//! again, and say how to take it back.

use crate::change::proposal::Refusal;
use crate::cli::apply::notes;
use crate::cli::apply::receipt;
use crate::cli::exit_of;
use crate::cli::grammar::{Global, Writing};
use crate::cli::scope::unknown_agent;
use crate::cli::{Exit, Outcome};
use crate::doc::redact;
use crate::pipeline::{self, Ask, CarriedOut, Done, Intent, Looked, Trouble};
use crate::policy::status::Options;
use crate::report::apply_json;
use crate::report::json;
use crate::report::plan;
use crate::report::plan_json::{self, PlanRequest};
use crate::report::style::{Stream, Style, Tone};
use crate::sys::{Act, Look};
use crate::world::label::Labels;
use crate::world::observe::{Agents, Depth};

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
    pub(super) request: &'a dyn Fn(&crate::world::World, &str) -> crate::change::proposal::Proposals,
    /// What is to be agreed to first.
    pub(super) question: Option<Question<'a>>,
    /// What is true afterwards, for a person.
    pub(super) after: &'a dyn Fn(&Looked, &str, Style) -> String,
    /// The document, where it is not only about what was done.
    pub(super) json: Option<&'a Document<'a>>,
}

/// What to look at: all agents, because what one of them gets may matter to the others.
pub(super) fn ask(global: &Global) -> Ask {
    Ask {
        agents: Agents::All,
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    }
}

/// The agent that is meant; a usage error if nobody knows it.
pub(super) fn agent(reader: &dyn Look, global: &Global, id: Option<&str>) -> Result<String, Outcome> {
    let agents = id.map_or(Agents::Default, |id| Agents::One(id.to_owned()));
    let looked = pipeline::look(reader, &Ask { agents: agents.clone(), ..ask(global) });
    if looked.world.config_is_known()
        && let Some(refused) = unknown_agent(&looked.world, &agents)
    {
        return Err(refused);
    }
    Ok(looked.world.scope.first().cloned().unwrap_or_else(|| crate::catalog::paths::MAIN_AGENT.to_owned()))
}

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, asked: &WriteRequest<'_>) -> Outcome {
    let agent = match agent(act.as_look(), global, asked.agent) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    run_for(act, global, &ask(global), (asked, &agent))
}

/// [`run`] for commands that are about no agent, and look at more.
pub(super) fn run_asking(act: &mut dyn Act, global: &Global, ask: &Ask, asked: &WriteRequest<'_>) -> Outcome {
    run_for(act, global, ask, (asked, crate::catalog::paths::MAIN_AGENT))
}

fn run_for(
    act: &mut dyn Act,
    global: &Global,
    ask: &Ask,
    (asked, agent): (&WriteRequest<'_>, &str),
) -> Outcome {
    let request = |world: &crate::world::World| (asked.request)(world, agent);
    let style = Style::decide(global.color, act.host(), Stream::Out);
    if asked.writing.dry_run {
        return preview(act.as_look(), ask, &request, asked.writing, style);
    }
    if let Some(question) = &asked.question
        && let Err(outcome) = agreed(act, ask, &request, (question, asked.writing), style)
    {
        return outcome;
    }
    match pipeline::carry_out_request(act, ask, asked.writing.lock_timeout, &request) {
        Ok(carried_out) => told(&carried_out, agent, asked, style),
        Err(trouble) => refused_in(&trouble, asked.writing.json),
    }
}

/// Shows what would be changed.
pub(super) fn preview(
    reader: &dyn Look,
    ask: &Ask,
    request: &Intent<'_>,
    writing: &Writing,
    style: Style,
) -> Outcome {
    let planned = match pipeline::plan_request(reader, ask, request) {
        Ok(planned) => planned,
        Err(trouble) => return refused_in(&trouble, writing.json),
    };
    let worlds = [&planned.now.world, &planned.last().world];
    if writing.json {
        let request = PlanRequest { profile: ask.profile.clone(), ..PlanRequest::default() };
        let document = plan_json::plan(worlds[0], &planned.plan, request, &[]);
        return Outcome::out(json::text(&document), Exit::Ok);
    }
    let text = plan::plan(worlds, &planned.plan, style);
    let gap = if text.is_empty() { "" } else { "\n" };
    let summary = plan::summary(&planned.plan, plan::Left::default());
    Outcome::out(format!("{text}{gap}{summary}\n"), Exit::Ok)
}

/// Has a person agree, who sees what would be done.
fn agreed(
    act: &mut dyn Act,
    ask: &Ask,
    request: &Intent<'_>,
    (question, writing): (&Question<'_>, &Writing),
    style: Style,
) -> Result<(), Outcome> {
    let planned = pipeline::plan_request(act.as_look(), ask, request)
        .map_err(|trouble| refused_in(&trouble, writing.json))?;
    let host = act.host();
    if question.yes || planned.plan.changes.is_empty() {
        return Ok(());
    }
    if writing.json || !host.stdin_tty || !host.stdout_tty {
        let why = Refusal::usage("nobody can be asked here, so nothing was changed");
        return Err(refused(&Trouble::Refused(why.help("--yes does it without asking"))));
    }
    let text = plan::plan([&planned.now.world, &planned.last().world], &planned.plan, style);
    let question = style.text(&redact::redact(question.text.to_owned()));
    act.say(&format!("{text}\n{question} [y]es, [n]o: "));
    match act.answer().as_deref().map(str::trim) {
        Some("y" | "Y" | "yes") => Ok(()),
        _ => Err(Outcome::out("Nothing was changed.\n".to_owned(), Exit::Ok)),
    }
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
        return Outcome { stdout, stderr, exit };
    }
    let labels = Labels::new(&looked.world);
    let line = |text: &String| {
        format!("{} {}\n", style.paint(Tone::Good, "✓"), style.wrap(&labels.scrub(text), 2, 2))
    };
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
    Outcome { stdout, stderr, exit }
}

/// [`refused`], with a document where one is asked for, unless the command line is wrong.
pub(super) fn refused_in(trouble: &Trouble, json: bool) -> Outcome {
    let mut outcome = refused(trouble);
    if json && outcome.exit != Exit::Usage {
        outcome.stdout = json::text(&apply_json::refused(redact::redact(trouble.to_string())));
    }
    outcome
}

/// Why nothing was done, and what to do instead.
pub(super) fn refused(trouble: &Trouble) -> Outcome {
    let style = Style::PLAIN;
    let (code, help) = match trouble {
        Trouble::Refused(refusal) => (refusal.code, refusal.help.as_ref()),
        _ => (None, None),
    };
    let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
    let text = redact::redact(trouble.to_string());
    let mut stderr = format!("error{code}: {}\n", style.wrap(&text, 7 + code.len(), 4));
    if let Some(help) = help {
        stderr.push_str(&format!("  help: {}\n", style.wrap(&redact::redact(help.to_string()), 8, 8)));
    }
    Outcome { stdout: String::new(), stderr, exit: exit_of(trouble) }
}
