//! Handing out the credential that an agent uses, renewed if need be, for `print` and `exec`. Which one, and
//! in which form, is decided in `policy::export`.

use crate::catalog::providers;
use crate::change::proposal::Refusal;
use crate::cli::grammar::Global;
use crate::cli::refresh::Asking;
use crate::cli::{Outcome, why};
use crate::doc::redact;
use crate::pipeline::{self, Query, RenewalOutcome as Came};
use crate::policy::export::{self, Export, ExportRequest, Nothing};
use crate::policy::known::known_provider;
use crate::policy::resolve::{self, Resolution, Route};
use crate::policy::{advice, health, refresh};
use crate::report::words::Words;
use crate::sys::Act;
use crate::sys::time::date;
use crate::world::World;
use crate::world::actual::Expiry;

/// Which profile is meant.
#[derive(Default)]
pub(super) struct Meant {
    /// This one and no other.
    pub(super) only: Option<String>,
    /// This one before all others.
    pub(super) first: Option<String>,
}

/// Who asks, and what is said beside the answer.
pub(super) struct ExportQuery<'a> {
    ask: Query,
    pub(super) agent: String,
    asking: &'a Asking,
    pub(super) notes: String,
    /// What stands in the way of knowing.
    cautions: String,
}

impl<'a> ExportQuery<'a> {
    /// Asks as `agent`.
    pub(super) fn new(global: &Global, agent: String, asking: &'a Asking) -> Self {
        Self { ask: global.ask_all(), agent, asking, notes: String::new(), cautions: String::new() }
    }

    /// The credential for a provider. One that is over, or nearly so, is renewed first; if that cannot
    /// be, the next one is taken.
    pub(super) fn one(
        &mut self,
        act: &mut dyn Act,
        provider: &str,
        meant: &Meant,
    ) -> Result<(World, Export), Outcome> {
        let profile = meant.only.as_deref();
        let provider = providers::normalise(provider);
        let looked = pipeline::sync_due(act, &self.ask, self.asking.lock_timeout).looked;
        self.cautions = why::cautions(&looked.world, &looked.findings);
        let mut world = looked.world;
        if world.config_is_known() {
            known_provider(&world, &provider).map_err(Outcome::usage)?;
        }
        let mut tried: Vec<String> = Vec::new();
        let mut first = true;
        loop {
            let resolution = resolve::resolve(&world, &self.agent, &provider);
            let wanted = ExportRequest { profile, first: meant.first.as_deref(), except: &tried };
            let mut handout = export::choose(&resolution, wanted)
                .map_err(|nothing| self.refused(&world, &resolution, profile, &nothing))?;
            let is_login =
                handout.candidate.route == Route::Profile && health::is_refreshable(&handout.credential);
            let is_due = refresh::is_due(&handout.credential, world.now)
                || is_login && first && pipeline::is_unfinished(act.as_look(), &world, &provider);
            if !is_login || !is_due {
                self.caution(&world, &handout, profile.is_some());
                return Ok((world, handout));
            }
            let id = handout.candidate.name.clone();
            let done = pipeline::refresh(act, &self.ask, (&self.agent, &id), false, self.asking.limits());
            world = done.looked.world;
            first = false;
            if let (Some(tokens), Some(trouble)) = (&done.tokens, &done.trouble) {
                let why = redact::redact(trouble.to_string());
                self.notes.push_str(&format!(
                    "warning: {id} was renewed, but could not be stored everywhere: {why}\n"
                ));
                handout.credential.secret = tokens.access.clone();
                handout.credential.expires = Expiry::At { at: tokens.expires, seconds: false };
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
                date(until),
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
        let mut outcome = Outcome::from(refusal);
        outcome.stderr = [&self.cautions, &self.notes, &outcome.stderr].map(String::as_str).concat();
        outcome
    }
}

/// That nobody knows how a program would take it.
pub(super) fn no_variable(provider: &str) -> Outcome {
    Refusal::state(format!("no variable is known by which programs take a credential of {provider}"))
        .help("`models auth print --format json` has it in every form that is known")
        .into()
}
