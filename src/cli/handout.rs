//! `zirkabot models auth print` and `zirkabot exec`: hand out the credential that an agent uses,
//! renewed if need be. Which one, and in which form, is decided in `handout`.

use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::grammar::handout::{Exec, Print, PrintFormat};
use crate::cli::grammar::refresh::Asking;
use crate::cli::refresh::limits;
use crate::cli::why;
use crate::cli::write;
use crate::cli::{Exit, Outcome};
use crate::doc::redact;
use crate::pipeline::{self, Ask, RenewalOutcome as Came, Trouble};
use crate::policy::advice;
use crate::policy::export::{self, Export, ExportRequest, Nothing};
use crate::policy::health;
use crate::policy::known::known_provider;
use crate::policy::refresh;
use crate::policy::resolve::{self, Resolution, Route};
use crate::policy::session::{self, Source};
use crate::report::handout as report;
use crate::report::json;
use crate::report::words::Words;
use crate::sys::{Act, Replacement};
use crate::world::World;

/// Prints the credential.
pub(super) fn print(act: &mut dyn Act, global: &Global, args: &Print) -> Outcome {
    let agent = match write::agent(act.as_look(), global, args.agent.as_deref()) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    let mut asked = Asked {
        ask: write::ask(global),
        agent,
        asking: &args.asking,
        notes: String::new(),
        cautions: String::new(),
    };
    let mut meant = Meant { only: args.profile_id.clone(), first: None };
    if let Some(key) = &args.session {
        match of_session(act, global, args, key) {
            Ok((agent, pinned)) => (asked.agent, meant) = (agent, pinned),
            Err(refused) => return refused,
        }
    }
    let (world, handout) = match asked.one(act, &args.provider, &meant) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let stdout = match args.format {
        PrintFormat::Raw => report::raw(&handout),
        PrintFormat::Header => report::header(&handout),
        PrintFormat::Env => match report::env(&handout) {
            Some(text) => text,
            None => return no_variable(&handout.provider),
        },
        PrintFormat::Json => json::text(&report::document(&handout, &asked.agent)),
    };
    let why = if global.verbose { report::why(&world, &asked.agent, &handout) } else { String::new() };
    Outcome { stdout, stderr: asked.notes + &why, exit: Exit::Ok }
}

/// The agent of a session, and what it is pinned to.
fn of_session(act: &dyn Act, global: &Global, args: &Print, key: &str) -> Result<(String, Meant), Outcome> {
    let found = crate::cli::session::found(act, global, (key, args.agent.as_deref()), false)?;
    let provider = providers::normalise(&args.provider);
    let Some(entry) = found.entry() else { return Ok((found.agent, Meant::default())) };
    let stuck = session::stick_in(&found.world, &found.agent, &provider, &entry, false);
    let meant = match stuck.pin {
        // What a user chose is not changed behind their back.
        Some(pin) if pin.source() == Source::User => Meant { only: Some(pin.profile), first: None },
        Some(pin) => Meant { only: None, first: Some(pin.profile) },
        None => Meant::default(),
    };
    Ok((found.agent, meant))
}

/// Becomes the program, with the credentials in its environment.
pub(super) fn exec(act: &mut dyn Act, global: &Global, args: &Exec) -> Outcome {
    let agent = match write::agent(act.as_look(), global, args.agent.as_deref()) {
        Ok(agent) => agent,
        Err(refused) => return refused,
    };
    let Some((program, rest)) = args.command.split_first() else {
        return Outcome::usage("there is no command");
    };
    let mut asked = Asked {
        ask: write::ask(global),
        agent,
        asking: &args.asking,
        notes: String::new(),
        cautions: String::new(),
    };
    let mut replacement =
        Replacement { program: program.clone(), args: rest.to_vec(), set: Vec::new(), unset: Vec::new() };
    for provider in &args.provider {
        let (world, handout) = match asked.one(act, provider, &Meant::default()) {
            Ok(found) => found,
            Err(refused) => return refused,
        };
        let (set, unset) = handout.variables();
        if set.is_empty() {
            return no_variable(&handout.provider);
        }
        if global.verbose {
            asked.notes.push_str(&report::why(&world, &asked.agent, &handout));
        }
        let secret = &handout.credential.secret;
        replacement.set.extend(set.iter().map(|name| ((*name).to_owned(), secret.clone())));
        replacement.unset.extend(unset.iter().map(|name| (*name).to_owned()));
    }
    act.complain(&asked.notes);
    let error = act.replace(&replacement);
    let program = redact::redact(program.clone());
    let stderr = format!("error: {program} cannot be started: {}\n", crate::sys::Fault::of(&error));
    let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::NotFound } else { Exit::NotStarted };
    Outcome { stdout: String::new(), stderr, exit }
}

/// Which profile is meant.
#[derive(Default)]
struct Meant {
    /// This one and no other.
    only: Option<String>,
    /// This one before all others.
    first: Option<String>,
}

/// Who asks, and what is said beside the answer.
struct Asked<'a> {
    ask: Ask,
    agent: String,
    asking: &'a Asking,
    notes: String,
    /// What stands in the way of knowing.
    cautions: String,
}

impl Asked<'_> {
    /// The credential for a provider. One that is over, or nearly so, is renewed first; if that cannot
    /// be, the next one is taken.
    fn one(&mut self, act: &mut dyn Act, provider: &str, meant: &Meant) -> Result<(World, Export), Outcome> {
        let profile = meant.only.as_deref();
        let provider = providers::normalise(provider);
        let looked = pipeline::sync_due(act, &self.ask, self.asking.lock_timeout).looked;
        self.cautions = why::cautions(&looked.world, &looked.findings);
        let mut world = looked.world;
        if world.config_is_known() {
            known_provider(&world, &provider).map_err(|message| Outcome::usage(&message))?;
        }
        let mut tried: Vec<String> = Vec::new();
        let mut first = true;
        loop {
            let resolution = resolve::resolve(&world, &self.agent, &provider);
            let wanted = ExportRequest { profile, first: meant.first.as_deref(), except: &tried };
            let mut handout = match export::choose(&resolution, wanted) {
                Ok(handout) => handout,
                Err(nothing) => return Err(self.refused(&world, &resolution, profile, &nothing)),
            };
            let is_login =
                handout.candidate.route == Route::Profile && health::is_refreshable(&handout.credential);
            let is_due = refresh::is_due(&handout.credential, world.now)
                || is_login && first && pipeline::is_unfinished(act.as_look(), &world, &provider);
            if !is_login || !is_due {
                self.caution(&world, &handout, profile.is_some());
                return Ok((world, handout));
            }
            let id = handout.candidate.name.clone();
            let done = pipeline::refresh(act, &self.ask, (&self.agent, &id), false, limits(self.asking));
            world = done.looked.world;
            first = false;
            if let (Some(tokens), Some(trouble)) = (&done.tokens, &done.trouble) {
                let why = redact::redact(trouble.to_string());
                self.notes.push_str(&format!(
                    "warning: {id} was renewed, but could not be stored everywhere: {why}\n"
                ));
                handout.credential.secret = tokens.access.clone();
                handout.credential.expires =
                    crate::world::actual::Expiry::At { at: tokens.expires, seconds: false };
                return Ok((world, handout));
            }
            let why = match done.outcome {
                Came::Fresh | Came::Elsewhere | Came::Renewed | Came::Recovered => continue,
                Came::Refused(why) => format!("it needs a new login: {why}"),
                Came::Failed(why) => why,
                Came::Not(refusal) => refusal.why,
            };
            self.notes.push_str(&format!("warning: {id} was not renewed: {why}\n"));
            // It may be good for some minutes yet.
            if handout.expires().is_some_and(|at| at > world.now) {
                return Ok((world, handout));
            }
            if profile.is_some() {
                let unfit = Nothing::Unfit(Box::new(handout.candidate));
                let resolution = resolve::resolve(&world, &self.agent, &provider);
                return Err(self.refused(&world, &resolution, profile, &unfit));
            }
            tried.push(id);
        }
    }

    /// Says so if it rests after failures, and is used because there is nothing else, or by name.
    fn caution(&mut self, world: &World, handout: &Export, is_named: bool) {
        let name = &handout.candidate.name;
        let view = world.view(&self.agent, &handout.provider);
        let until = view.map_or(0, |view| view.usage(name).unusable_until(world.now));
        if handout.candidate.route == Route::Profile && until > 0 {
            let words = Words { world, warn: world.warn_within(None) };
            self.notes.push_str(&format!(
                "warning: {name} {} after failures, until {}{}\n",
                words.cooling(until),
                crate::sys::time::date(until),
                if is_named { "" } else { ", and nothing else can be used" }
            ));
        }
    }

    /// That there is none, why, and what to do.
    fn refused(
        &self,
        world: &World,
        resolution: &Resolution,
        profile: Option<&str>,
        nothing: &Nothing,
    ) -> Outcome {
        let (agent, provider) = (&self.agent, &resolution.provider);
        let of =
            if *agent == world.desired.default_agent() { String::new() } else { format!(" --agent {agent}") };
        let command = world.paths.command(&format!("models auth why {provider}{of}"));
        let name = profile.unwrap_or_default();
        let words = Words { world, warn: world.warn_within(None) };
        let refusal = match nothing {
            Nothing::Usable => Refusal::state(format!("{agent} has nothing that can be used for {provider}"))
                .code("credential/missing")
                .help(advice::get(world, provider).then(format!("; `{command}` says why"))),
            Nothing::Unknown => Refusal::state(format!("{agent} has no profile {name} of {provider}"))
                .help(format!("`{command}` shows those that there are")),
            Nothing::NoSecret(what) => Refusal::state(format!(
                "{provider} is reached through {what}, which is no secret to hand out"
            )),
            Nothing::Unfit(candidate) => {
                let found = resolution.candidates.iter().find(|other| other.name == candidate.name);
                let candidate = found.unwrap_or(candidate);
                let why = words.reason(candidate, &resolution.order);
                let help = words.remedy(candidate, resolution);
                Refusal::state(format!("{name} cannot be used: {why}"))
                    .help(help.unwrap_or_else(|| format!("`{command}` says more").into()))
            }
        };
        let mut outcome = write::refused(&Trouble::Refused(refusal));
        outcome.stderr = [&self.cautions, &self.notes, &outcome.stderr].map(String::as_str).concat();
        outcome
    }
}

fn no_variable(provider: &str) -> Outcome {
    let refusal =
        Refusal::state(format!("no variable is known by which programs take a credential of {provider}"));
    write::refused(&Trouble::Refused(
        refusal.help("`models auth print --format json` has it in every form that is known"),
    ))
}
