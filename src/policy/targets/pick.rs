//! Which credentials are exported, in which order, and which are left out, and why.
//!
//! A login never leaves its home: of one only the access token is ever exported, if that is asked for, and of none
//! that belongs to another program.

use crate::catalog::kind::Kind;
use crate::catalog::providers;
use crate::config::CredentialSource;
use crate::config::gateway::root_of;
use crate::policy::export::Export;
use crate::policy::known::known_providers;
use crate::policy::resolve::{self, Candidate, OrderSource, Route, Verdict, Why};
use crate::policy::targets::{ExportJob, Pick};
use crate::sys::secret::Secret;
use crate::world::actual::{Credential, Expiry};
use crate::world::{World, from};

/// What is exported, and what is not.
#[derive(Debug, Default)]
pub(crate) struct Picked {
    /// In the order of providers, and of use.
    pub(crate) picks: Vec<Pick>,
    /// What somebody may miss.
    pub(crate) left_out: Vec<LeftOut>,
}

impl Picked {
    /// Whether there is nothing of what was asked for: of this provider, or of any.
    pub(crate) fn lacks<'j>(&self, job: &'j ExportJob) -> Option<Option<&'j str>> {
        let has = |provider: &str| self.picks.iter().any(|pick| pick.export.provider == provider);
        let lacking = job.providers.iter().find(|provider| !has(provider));
        (lacking.is_some() || self.picks.is_empty()).then_some(lacking.map(String::as_str))
    }
}

/// A credential that is not exported.
#[derive(Debug)]
pub(crate) struct LeftOut {
    /// Its provider.
    pub(crate) provider: String,
    /// It.
    pub(crate) candidate: Candidate,
    /// Where the order comes from in which it stands.
    pub(crate) order: OrderSource,
    /// Why.
    pub(crate) why: Reason,
}

/// Why a credential is not exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It cannot be used, or rests; the candidate says why.
    Unusable,
    /// It is a login or a setup-token, and that was not asked for.
    Token,
    /// It is a login of another program.
    Theirs,
    /// The config says that tokens of subscriptions are for nobody.
    Never,
    /// Its token is over, or its end is not known.
    Over,
    /// A program for secrets has handed it over.
    HandedOver(String),
    /// The program for which it is does not take it.
    NotTaken(&'static str),
}

/// Picks what a job is about.
pub(crate) fn pick(world: &World, job: &ExportJob) -> Picked {
    let mut picked = Picked::default();
    if !world.auth_is_known() {
        return picked;
    }
    let providers = match job.providers.is_empty() {
        true => known_providers(world).into_iter().collect(),
        false => job.providers.clone(),
    };
    for provider in providers {
        of_provider(world, job, &provider, &mut picked);
    }
    picked
}

fn of_provider(world: &World, job: &ExportJob, provider: &str, picked: &mut Picked) {
    let resolution = resolve::resolve(world, &job.agent, provider);
    let mut secrets: Vec<Secret> = Vec::new();
    for candidate in &resolution.candidates {
        let credential = match taken(world, job, provider, candidate) {
            Ok(credential) => credential,
            Err(None) => continue,
            Err(Some(why)) => {
                let (provider, order) = (provider.to_owned(), resolution.order.clone());
                picked.left_out.push(LeftOut { provider, candidate: candidate.clone(), order, why });
                continue;
            }
        };
        // The same under another name is no other one.
        if secrets.contains(&credential.secret) {
            continue;
        }
        secrets.push(credential.secret.clone());
        if job.target.first_only && secrets.len() > 1 {
            continue;
        }
        let (provider, candidate) = (provider.to_owned(), candidate.clone());
        let export = Export { provider, candidate, credential, rests_until: None };
        picked.picks.push(Pick { export, order: secrets.len() });
    }
}

/// The credential, if it is exported; else why not, if somebody may miss it.
fn taken(
    world: &World,
    job: &ExportJob,
    provider: &str,
    candidate: &Candidate,
) -> Result<Credential, Option<Reason>> {
    let is_missed = candidate.listed || candidate.verdict == Verdict::Unusable(Why::Untrusted);
    let unusable = || Err(is_missed.then_some(Reason::Unusable));
    let Some(credential) = &candidate.credential else { return unusable() };
    match candidate.verdict {
        Verdict::Chosen | Verdict::Later => {}
        Verdict::Unusable(Why::Cooldown(_))
            if !job.healthy && !is_disabled(world, job, provider, candidate) => {}
        Verdict::Unusable(_) => return unusable(),
    }
    if let Some(why) = kept(world, job, candidate, credential) {
        return Err(Some(why));
    }
    if candidate.fatal().is_some() {
        return Err(Some(Reason::Unusable));
    }
    let secret = Secret::from(credential.secret.expose().trim());
    let credential = Credential { secret, refresh: None, ..credential.clone() };
    let (provider, candidate) = (provider.to_owned(), candidate.clone());
    let export = Export { provider, candidate, credential, rests_until: None };
    match (job.target.lacks)(world, &export) {
        Some(lack) => Err(Some(Reason::NotTaken(lack))),
        None => Ok(export.credential),
    }
}

/// Whether a profile is disabled, and does not just rest for a while.
fn is_disabled(world: &World, job: &ExportJob, provider: &str, candidate: &Candidate) -> bool {
    let view = world.view(&job.agent, provider);
    view.is_some_and(|view| view.usage(&candidate.name).disabled_until > world.now)
}

/// Why a credential stays where it is, though it can be used.
fn kept(world: &World, job: &ExportJob, candidate: &Candidate, credential: &Credential) -> Option<Reason> {
    let handed_by = world.exported.as_ref().and_then(|exported| exported.handed_by.clone());
    if let Some(program) = handed_by.filter(|_| !job.handed_over && is_of_environment(world, candidate)) {
        return Some(Reason::HandedOver(program));
    }
    if credential.kind == Kind::ApiKey {
        return None;
    }
    let is_subscription = providers::find(&credential.provider).is_some_and(|row| row.subscription);
    let is_over = match credential.expires {
        Expiry::At { at, .. } => at <= world.now,
        Expiry::Never => false,
        Expiry::Unknown | Expiry::Malformed => credential.kind == Kind::OAuth,
    };
    if candidate.route == Route::Profile && matches!(from(world, &candidate.name), CredentialSource::Tool(_))
    {
        return Some(Reason::Theirs);
    }
    if !job.access_tokens {
        return Some(Reason::Token);
    }
    if is_subscription && keeps_subscriptions(world) {
        return Some(Reason::Never);
    }
    is_over.then_some(Reason::Over)
}

/// Whether a value comes from the environment, also through the config, which names a variable.
fn is_of_environment(world: &World, candidate: &Candidate) -> bool {
    let doc = world.doc(candidate.origin.doc);
    let written = candidate.origin.loc.and_then(|loc| doc.text.expose().get(loc.range()));
    doc.path.is_none() || candidate.route == Route::Config && written.is_some_and(|text| text.contains("${"))
}

/// Whether the config says that tokens of subscriptions are used for nobody.
fn keeps_subscriptions(world: &World) -> bool {
    // Also where an included file says so.
    let word = root_of(&world.desired).and_then(|own| own.get("subscriptions")?.as_str());
    word == Some("never")
}
