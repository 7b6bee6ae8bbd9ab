//! Handing out the credential that an agent uses, renewed if need be, for `print` and `exec`. Which one, and
//! in which form, is decided in `policy::export`.

use crate::catalog::kind::Kind;
use crate::change::advice::Advice;
use crate::change::proposal::Refusal;
use crate::checks::finding::Finding;
use crate::cli::grammar::Global;
use crate::cli::refresh::Asking;
use crate::cli::{Outcome, why};
use crate::config::ProblemKind;
use crate::doc::redact;
use crate::intent::paste;
use crate::pipeline::{self, Looked, NotExchanged, Query, RenewalOutcome as Came};
use crate::policy::export::{self, Export, ExportRequest, Nothing};
use crate::policy::known::{self, known_auth};
use crate::policy::resolve::{self, Candidate, Resolution, Route, Verdict, Why};
use crate::policy::{advice, health, refresh};
use crate::report::diagnostic;
use crate::report::words::Words;
use crate::sys::quote::shell_word;
use crate::sys::time::date;
use crate::sys::visible::visible;
use crate::sys::{Act, Look, Millis};
use crate::world::World;
use crate::world::actual::Expiry;
use crate::world::label::Labels;
use crate::world::observe::Agents;
use std::path::Path;

/// Longest wait in milliseconds for another one's renewal, where there is something else to use.
const PATIENCE: Millis = 2_000;

/// Which profile is meant.
#[derive(Default)]
pub(super) struct Meant {
    /// This one and no other.
    pub(super) only: Option<String>,
    /// This one before all others.
    pub(super) first: Option<String>,
}

/// What others can read or change, by name, in words.
struct Open(Vec<(String, String)>);

impl Open {
    fn of(world: &World, findings: &[Finding]) -> Self {
        let labels = Labels::new(world);
        let open = findings.iter().filter(|finding| finding.rule.code == "files/mode-too-open");
        Self(
            open.map(|finding| (finding.subject.clone(), diagnostic::line(world, finding, &labels)))
                .collect(),
        )
    }

    /// That others can reach the file of a credential, or the directory in which it stands.
    fn of_origin(&self, world: &World, handout: &Export) -> Vec<String> {
        let doc = handout.candidate.origin.doc;
        let dir = world.doc(doc).path.as_deref().and_then(Path::parent).map(|dir| world.paths.shown(dir));
        let names = [Some(world.doc_name(doc)), dir];
        let told = self.0.iter().filter(|(subject, _)| names.contains(&Some(subject.clone())));
        told.map(|(_, line)| format!("{line}\n")).collect()
    }
}

/// Who asks, and what is said beside the answer.
pub(super) struct ExportQuery<'a> {
    ask: Query,
    pub(super) agent: String,
    asking: &'a Asking,
    pub(super) notes: String,
    /// What stands in the way of knowing.
    cautions: String,
    /// Whether what requests carry is wanted, where that is had in exchange for what is stored.
    exchanges: bool,
    /// The only kind that is wanted, if one is.
    kind: Option<Kind>,
    /// How things are for this agent, if somebody has just looked.
    seen: Option<World>,
}

impl<'a> ExportQuery<'a> {
    /// Asks as `agent`.
    pub(super) fn new(global: &Global, agent: String, asking: &'a Asking) -> Self {
        Self {
            ask: global.ask_all(),
            agent,
            asking,
            notes: String::new(),
            cautions: String::new(),
            exchanges: false,
            kind: None,
            seen: None,
        }
    }

    /// The same, where it was just looked at how things are for this agent.
    pub(super) fn seen(self, seen: Option<World>) -> Self {
        Self { seen, ..self }
    }

    /// The same, for who can make use of nothing but this kind.
    pub(super) fn of_kind(self, kind: Option<Kind>) -> Self {
        Self { kind, ..self }
    }

    /// The same, for who sends requests: with the token that they carry.
    pub(super) fn exchanging(self, exchanges: bool) -> Self {
        Self { exchanges, ..self }
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
        let at_hand = self.at_hand(act.as_look(), provider, meant);
        let looked =
            at_hand.unwrap_or_else(|| pipeline::sync_due(act, &self.ask, self.asking.lock_timeout).looked);
        self.cautions = why::cautions(&looked.world, &looked.findings);
        let open = Open::of(&looked.world, &looked.findings);
        let mut world = looked.world;
        known_auth(&world)?;
        let provider = known::provider(&world, provider)?;
        for problem in &world.desired.problems {
            if matches!(problem.kind, ProblemKind::Include(_)) {
                let at = world.at(problem.loc.doc, Some(problem.loc));
                self.warn(&format!("{} ({at})", problem.message()));
            }
        }
        let mut tried: Vec<String> = Vec::new();
        let mut first = true;
        loop {
            let resolution = resolve::resolve(&world, &self.agent, &provider);
            let except = self.except(&resolution, &tried);
            let wanted = ExportRequest { profile, first: meant.first.as_deref(), except: &except };
            let mut handout = export::choose(&resolution, wanted)
                .map_err(|nothing| self.refused(&world, &resolution, profile, &nothing))?;
            let is_login = handout.candidate.route == Route::Profile
                && health::is_refreshable(&world.desired, &handout.credential, world.now);
            let is_due = refresh::is_due(&handout.credential, world.now)
                || is_login && first && pipeline::is_unfinished(act.as_look(), &world, &provider);
            for line in open.of_origin(&world, &handout) {
                if !self.notes.contains(&line) {
                    self.notes.push_str(&line);
                }
            }
            let id = handout.candidate.name.clone();
            if !is_login || !is_due {
                self.caution(&world, &handout, profile.is_some());
                match self.exchanged(act, &world, handout) {
                    Ok(handout) => return Ok((world, handout)),
                    Err(refused) if profile.is_some() => return Err(refused),
                    Err(_) => {}
                }
                tried.push(id);
                continue;
            }
            let mut limits = self.asking.limits();
            let is_good_yet = handout.expires().is_some_and(|at| at > world.now);
            if is_good_yet || profile.is_none() && has_another(&resolution, &meant.first, &tried, &id, &world)
            {
                // Who renews it may be suspended; there is something that can be used meanwhile.
                limits.wait = limits.wait.min(PATIENCE);
            }
            let done = pipeline::refresh(act, &self.ask, (&self.agent, &id), false, limits);
            world = done.looked.world;
            first = false;
            if let (Some(tokens), Some(trouble)) = (&done.tokens, &done.trouble) {
                let why = redact::redact(trouble.to_string());
                self.warn(&format!("{id} was renewed, but could not be stored everywhere: {why}"));
                handout.credential.secret = tokens.access.clone();
                handout.credential.expires = Expiry::millis(tokens.expires);
                return Ok((world, handout));
            }
            let why = match done.outcome {
                Came::Fresh | Came::Elsewhere | Came::Renewed | Came::Recovered => continue,
                Came::Refused(why) => format!("it needs a new login: {why}"),
                Came::Failed(why) => why,
                Came::Not(refusal) => refusal.why,
            };
            self.warn(&format!("{id} was not renewed: {why}"));
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

    /// How things are for this agent alone, where its store and that of main say enough: what it would get is
    /// there and can be used as it is. However many agents there are, this takes as long.
    fn at_hand(&mut self, look: &dyn Look, provider: &str, meant: &Meant) -> Option<Looked> {
        let one = Query { agents: Agents::One(self.agent.clone()), ..self.ask.clone() };
        let seen = self.seen.take().unwrap_or_else(|| pipeline::world(look, &one));
        let looked = pipeline::settled(look, &one, seen)?;
        let world = &looked.world;
        known_auth(world).ok()?;
        let provider = known::provider(world, provider).ok()?;
        let resolution = resolve::resolve(world, &self.agent, &provider);
        let (profile, first) = (meant.only.as_deref(), meant.first.as_deref());
        let except = self.except(&resolution, &[]);
        let found = export::choose(&resolution, ExportRequest { profile, first, except: &except }).ok()?;
        let is_more_to_do = self.exchanges && found.is_to_be_exchanged(world.now)
            || refresh::is_due(&found.credential, world.now)
            || pipeline::is_unfinished(look, world, &provider);
        (!is_more_to_do).then_some(looked)
    }

    /// The names of what is not to be taken: what was tried, and what is of another kind than the one that is wanted.
    fn except(&self, resolution: &Resolution, tried: &[String]) -> Vec<String> {
        let is_other = |candidate: &&Candidate| {
            let kind = candidate.credential.as_ref().map(|credential| credential.kind);
            self.kind.is_some_and(|wanted| kind != Some(wanted))
        };
        let others = resolution.candidates.iter().filter(is_other).map(|candidate| candidate.name.clone());
        tried.iter().cloned().chain(others).collect()
    }

    /// The credential with what requests carry, if that is wanted; else as it is.
    fn exchanged(&mut self, act: &mut dyn Act, world: &World, handout: Export) -> Result<Export, Outcome> {
        if !self.exchanges {
            return Ok(handout);
        }
        let (name, provider) = (handout.candidate.name.clone(), handout.provider.clone());
        pipeline::exchanged(act, world, handout, self.asking.limits()).map_err(|not| {
            let why = format!("{provider} issued no token for {name}: {}", not.why());
            self.warn(&why);
            let refusal = Refusal::state(why).help(match not {
                NotExchanged::Refused(_) => advice::get(world, &provider),
                NotExchanged::Failed(_) => "try again".into(),
            });
            Outcome::from(refusal)
        })
    }

    /// Says so if it rests after failures, and is used because there is nothing else, or by name.
    fn caution(&mut self, world: &World, handout: &Export, is_named: bool) {
        let name = &handout.candidate.name;
        let view = world.view(&self.agent, &handout.provider);
        let until = view.map_or(0, |view| view.usage(name).unusable_until(world.now));
        if handout.candidate.route == Route::Profile && until > 0 {
            let words = Words { world, warn: world.warn_within(None) };
            let rest = if is_named { "" } else { ", and there is no other usable credential" };
            let (how, until) = (words.cooling(until), date(until));
            self.warn(&format!("{name} is {how} after failures, until {until}{rest}"));
        }
    }

    /// Notes something that is said beside the answer, on one line.
    fn warn(&mut self, text: &str) {
        self.notes.push_str(&format!("warning: {}\n", visible(text)));
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
        let command = world.paths.command(&format!("models auth why {}{of}", shell_word(provider)));
        let name = profile.unwrap_or_default();
        let words = Words { world, warn: world.warn_within(None) };
        let refusal = match nothing {
            // Since the first look somebody has changed the config.
            Nothing::Unknowable => known_auth(world).err().unwrap_or_else(|| {
                Refusal::state("it is unknown which credentials to use").help("try again")
            }),
            Nothing::Usable if resolution.candidates.iter().any(is_set_aside) => {
                let why = format!(
                    "the only credential of agent {agent} for {provider} is in ./.env, which is not trusted"
                );
                Refusal::state(why).code("env/cwd-only").help(advice::trust_cwd(world))
            }
            Nothing::Usable if resolution.candidates.iter().any(is_repaired) => {
                let help = world.paths.command("doctor --fix");
                Refusal::state(format!("agent {agent} has no usable credential for {provider}"))
                    .code("credential/missing")
                    .help(format!("run `{help}`, which repairs what is stored; `{command}` shows why"))
            }
            Nothing::Usable => {
                let what = self.kind.map_or("credential", Kind::label);
                let help = match self.kind {
                    Some(_) => Advice::say(format!("`{command}` lists what there is")),
                    None => advice::get(world, provider).then(format!("; `{command}` shows why")),
                };
                Refusal::state(format!("agent {agent} has no usable {what} for {provider}"))
                    .code("credential/missing")
                    .help(help)
            }
            Nothing::Unknown => Refusal::state(format!("agent {agent} has no profile {name} for {provider}"))
                .help(format!("`{command}` lists the profiles")),
            Nothing::NoSecret(what) => Refusal::state(format!(
                "{provider} is used through {what}, which is not a secret that can be handed out"
            )),
            Nothing::Flawed(candidate) => flawed(world, candidate, resolution),
            Nothing::Unfit(candidate) => {
                let found = resolution.candidates.iter().find(|other| other.name == candidate.name);
                let candidate = found.unwrap_or(candidate);
                let why = words.reason(candidate, &resolution.order);
                let help = words.remedy(candidate, resolution);
                Refusal::state(format!("{name} cannot be used: {why}"))
                    .help(help.unwrap_or_else(|| format!("see `{command}`").into()))
            }
        };
        let mut outcome = Outcome::from(refusal);
        outcome.stderr = [&self.cautions, &self.notes, &outcome.stderr].map(String::as_str).concat();
        outcome
    }
}

/// What would be used is no secret: it is not handed out.
fn flawed(world: &World, candidate: &Candidate, resolution: &Resolution) -> Refusal {
    let Some(flaw) = &candidate.flaw else { return Refusal::state("it is not a secret") };
    let code = if flaw.is_wrong_kind() { paste::WRONG_KIND } else { paste::MALFORMED };
    let place = world.at(candidate.origin.doc, candidate.origin.loc);
    let the = if world.doc(candidate.origin.doc).path.is_some() { "" } else { "the " };
    Refusal::state(format!("{} from {the}{place} {}", candidate.name, flaw.label()))
        .code(code)
        .help(advice::mend(world, candidate, resolution, flaw))
}

/// Whether it would be handed out if the working directory were trusted.
fn is_set_aside(candidate: &Candidate) -> bool {
    candidate.verdict == Verdict::Unusable(Why::Untrusted)
}

/// Whether the credential is there, and a safe repair lets it be used.
fn is_repaired(candidate: &Candidate) -> bool {
    matches!(candidate.verdict, Verdict::Unusable(Why::Mode(..) | Why::Misnamed(Some(_), _)))
}

/// That nobody knows how a program would take it.
pub(super) fn no_variable(provider: &str) -> Outcome {
    Refusal::state(format!("there is no known variable for a credential of {provider}"))
        .help("`models auth print --format json` has it in every form that is known")
        .into()
}

/// Whether there is another credential that can be used as it is.
fn has_another(
    resolution: &Resolution,
    first: &Option<String>,
    tried: &[String],
    id: &str,
    world: &World,
) -> bool {
    let except: Vec<String> = tried.iter().cloned().chain([id.to_owned()]).collect();
    let wanted = ExportRequest { profile: None, first: first.as_deref(), except: &except };
    export::choose(resolution, wanted).is_ok_and(|other| !refresh::is_due(&other.credential, world.now))
}
