//! `zirkabot models list|set|set-image|aliases|fallbacks|image-fallbacks`: which models there are,
//! and which are used.

use crate::catalog::nearest::listed;
use crate::catalog::providers;
use crate::change::proposal::Proposals;
use crate::cli::grammar::{Aliases, Choosing, Fallbacks, Global, ModelList, ModelSet, NameList, Writing};
use crate::cli::scope::unknown_agent;
use crate::cli::write::{self, WriteRequest};
use crate::cli::{Exit, Outcome};
use crate::intent;
use crate::intent::models::alias;
use crate::pipeline::{self, Ask, Looked, Trouble};
use crate::policy::known::known_provider;
use crate::policy::models::Model;
use crate::policy::models::reference::ModelSlot;
use crate::policy::status::Options;
use crate::report::json;
use crate::report::models;
use crate::report::style::{Stream, Style};
use crate::sys::Act;
use crate::world::World;
use crate::world::label::Labels;
use crate::world::observe::{Agents, Depth};
use std::cell::RefCell;

/// Runs the command.
pub(super) fn run(act: &mut dyn Act, global: &Global, args: &Choosing) -> Outcome {
    match args {
        Choosing::List(args) => list(act, global, args),
        Choosing::Set(args) => set(act, global, ModelSlot::Model, args),
        Choosing::SetImage(args) => set(act, global, ModelSlot::Image, args),
        Choosing::Aliases(args) => aliases(act, global, args),
        Choosing::Fallbacks(args) => fallbacks(act, global, ModelSlot::Model, args),
        Choosing::ImageFallbacks(args) => fallbacks(act, global, ModelSlot::Image, args),
    }
}

/// Looks for a command that changes nothing: the world, and the agent that is meant.
fn looked(act: &dyn Act, global: &Global, agent: Option<&str>) -> Result<(World, String), Outcome> {
    let ask = Ask {
        agents: agent.map_or(Agents::Default, |agent| Agents::One(agent.to_owned())),
        profile: global.profile().map(str::to_owned),
        depth: Depth::Status,
        options: Options::default(),
    };
    let Looked { world, .. } = pipeline::preview(act.as_look(), &ask).looked;
    crate::policy::known::known_config(&world)
        .map_err(|refusal| write::refused(&Trouble::Refused(refusal)))?;
    if let Some(refused) = unknown_agent(&world, &ask.agents) {
        return Err(refused);
    }
    let agent = world.scope.first().cloned().ok_or_else(|| Outcome::usage("there is no agent"))?;
    Ok((world, agent))
}

fn list(act: &dyn Act, global: &Global, args: &ModelList) -> Outcome {
    let (world, agent) = match looked(act, global, args.agent.as_deref()) {
        Ok(looked) => looked,
        Err(refused) => return refused,
    };
    let provider = args.provider.as_deref().map(providers::normalise);
    if let Some(Err(message)) = provider.as_deref().map(|provider| known_provider(&world, provider)) {
        return Outcome::usage(&message);
    }
    let filter = models::Filter { all: args.all, local: args.local, provider };
    let document = models::models(&world, &agent, &filter);
    let style = Style::decide(global.color, act.host(), Stream::Out);
    let stdout = match (args.json, args.plain) {
        (true, _) => json::text(&document),
        (false, true) => models::models_plain(&document, style),
        (false, false) => models::models_text(&document, style),
    };
    Outcome::out(stdout, Exit::Ok)
}

/// A request about models, and what is to be said about it besides.
struct Choice<'a> {
    agent: Option<&'a str>,
    writing: &'a Writing,
    request: &'a dyn Fn(&World, &str) -> Proposals,
    /// What a person should know who asks for this; sentences.
    notes: &'a dyn Fn(&World, &str) -> Vec<String>,
    after: &'a dyn Fn(&Looked, &str, Style) -> String,
}

/// Carries out the request; the notes go to standard error, beside a document as beside a text.
fn choose(act: &mut dyn Act, global: &Global, choice: &Choice<'_>) -> Outcome {
    let notes: RefCell<Vec<String>> = RefCell::default();
    let asked = WriteRequest {
        agent: choice.agent,
        writing: choice.writing,
        request: &|world, agent| {
            let proposals = (choice.request)(world, agent)?;
            if !proposals.is_empty() {
                let labels = Labels::new(world);
                let said = (choice.notes)(world, agent);
                *notes.borrow_mut() = said.iter().map(|text| labels.scrub(text)).collect();
            }
            Ok(proposals)
        },
        question: None,
        after: choice.after,
        json: None,
    };
    let mut outcome = write::run(act, global, &asked);
    if outcome.exit == Exit::Ok {
        let style = Style::PLAIN;
        let line = |text: &String| format!("note: {}\n", style.wrap(text, 6, 6));
        outcome.stderr.extend(notes.borrow().iter().map(line));
    }
    outcome
}

fn set(act: &mut dyn Act, global: &Global, slot: ModelSlot, args: &ModelSet) -> Outcome {
    let only = args.agent.is_some();
    choose(
        act,
        global,
        &Choice {
            agent: args.agent.as_deref(),
            writing: &args.writing,
            request: &|world, agent| intent::models::set(world, only.then_some(agent), slot, &args.model),
            notes: &|world, agent| intent::models::cautions(world, agent, only, slot, &args.model),
            after: &|looked, agent, style| models::in_use(&looked.world, agent, style),
        },
    )
}

fn aliases(act: &mut dyn Act, global: &Global, args: &Aliases) -> Outcome {
    let after =
        |looked: &Looked, _: &str, style: Style| models::aliases_text(&models::aliases(&looked.world), style);
    match args {
        Aliases::List(args) => shown(act, global, args, &|world, style| {
            let document = models::aliases(world);
            let plain = models::aliases_plain(&document, style);
            [json::text(&document), plain, models::aliases_text(&document, style)]
        }),
        Aliases::Add(args) => choose(
            act,
            global,
            &Choice {
                agent: None,
                writing: &args.writing,
                request: &|world, _| alias::add(world, &args.alias, &args.model),
                notes: &|world, _| newly_allowed(world, &args.model).into_iter().collect(),
                after: &after,
            },
        ),
        Aliases::Remove(args) => choose(
            act,
            global,
            &Choice {
                agent: None,
                writing: &args.writing,
                request: &|world, _| alias::remove(world, &args.alias),
                notes: &|_, _| Vec::new(),
                after: &after,
            },
        ),
    }
}

/// What a first short name means for all other models.
fn newly_allowed(world: &World, text: &str) -> Option<String> {
    let model = intent::models::reference(world, text).ok().filter(|_| world.desired.allowed.is_empty())?;
    let kept = alias::forbidden_otherwise(world, &model);
    let keys: Vec<String> = std::iter::once(&model).chain(&kept).map(Model::key).collect();
    let unset = world.paths.command("config unset agents.defaults.models");
    Some(format!(
        "short names stand in the list of allowed models, which was empty: from now on only {} may be used; \
         `{unset}` allows all again",
        listed(&keys)
    ))
}

fn fallbacks(act: &mut dyn Act, global: &Global, slot: ModelSlot, args: &Fallbacks) -> Outcome {
    let after = |looked: &Looked, agent: &str, style: Style| models::in_use(&looked.world, agent, style);
    let no_notes = |_: &World, _: &str| Vec::new();
    match args {
        Fallbacks::List(args) => shown(act, global, args, &|world, style| {
            let document = models::fallbacks_of(world, slot);
            let plain = models::fallbacks_plain(&document, style);
            [json::text(&document), plain, models::fallbacks_text(&document, style)]
        }),
        Fallbacks::Add(args) => choose(
            act,
            global,
            &Choice {
                agent: None,
                writing: &args.writing,
                request: &|world, _| intent::models::add(world, slot, &args.model),
                notes: &|world, agent| intent::models::cautions_of_next(world, agent, slot, &args.model),
                after: &after,
            },
        ),
        Fallbacks::Remove(args) => choose(
            act,
            global,
            &Choice {
                agent: None,
                writing: &args.writing,
                request: &|world, _| intent::models::remove(world, slot, &args.model),
                notes: &no_notes,
                after: &after,
            },
        ),
        Fallbacks::Clear(args) => choose(
            act,
            global,
            &Choice {
                agent: None,
                writing: &args.writing,
                request: &|world, _| intent::models::clear(world, slot),
                notes: &no_notes,
                after: &after,
            },
        ),
    }
}

/// Prints a list as JSON, plain, or for a person.
fn shown(
    act: &dyn Act,
    global: &Global,
    args: &NameList,
    make: &dyn Fn(&World, Style) -> [String; 3],
) -> Outcome {
    let (world, _) = match looked(act, global, None) {
        Ok(looked) => looked,
        Err(refused) => return refused,
    };
    let [json, plain, text] = make(&world, Style::decide(global.color, act.host(), Stream::Out));
    let stdout = match (args.json, args.plain) {
        (true, _) => json,
        (false, true) => plain,
        (false, false) => text,
    };
    Outcome::out(stdout, Exit::Ok)
}
