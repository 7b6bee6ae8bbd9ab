//! Renewing a login with its refresh token: when it is due, what is asked, what the answer means,
//! and which edits keep it. Pure; `pipeline::refresh` asks and writes.
//!
//! A refresh token is a secret that its first use may end. So what replaces it is written down
//! before anything else happens ([`pending`]), and then goes everywhere where the old one stands
//! ([`keep`]): the stores of all agents, and the file of the program that a login is borrowed from.

pub(crate) mod answer;
pub(crate) mod keep;
pub(crate) mod pending;
pub(crate) mod request;

use crate::catalog::kind::Kind;
use crate::catalog::providers::Renewal;
use crate::catalog::tools::Tool;
use crate::change::advice::Command;
use crate::change::proposal::Refusal;
use crate::config::CredentialSource;
use crate::policy::known::known_file;
use crate::policy::{advice, health, refresh};
use crate::sys::Millis;
use crate::sys::quote::shell_word;
use crate::sys::secret::Secret;
use crate::sys::time::MINUTE;
use crate::world::World;
use crate::world::actual::{Credential, Store};

/// A login that ends within this time is renewed before it is used.
pub const EARLY: Millis = 5 * MINUTE;

/// A login that can be renewed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'w> {
    /// The store in which it stands; none if it stands only where it is borrowed from.
    pub store: Option<&'w Store>,
    /// Its profile.
    pub profile: &'w str,
    /// What is there.
    pub credential: &'w Credential,
    /// Its refresh token.
    pub token: &'w Secret,
    /// How its provider renews logins.
    pub renewal: &'static Renewal,
    /// The program that it is borrowed from.
    pub tool: Option<Tool>,
}

/// The login of a profile as `agent` sees it.
///
/// # Errors
/// If there is no such profile, or nobody can renew it.
pub fn subject<'w>(world: &'w World, agent: &str, profile: &'w str) -> Result<Subject<'w>, Refusal> {
    let tool = match crate::world::from(world, profile) {
        CredentialSource::Tool(tool) => Some(tool),
        _ => None,
    };
    let holder = world.holder(agent, profile);
    let stored = holder.and_then(|(store, stored)| Some((Some(store), stored.credential()?)));
    // What is over at its source is not stored before it is renewed.
    let at_source = || Some((None, crate::world::login(world, tool?)?));
    let Some((store, credential)) = stored.or_else(at_source) else {
        let list = world.paths.command("models auth list");
        let why = format!("agent {agent} has no stored credential {profile}");
        return Err(Refusal::state(why).help(Command::look(list).then(" shows what is")));
    };
    if store.is_none()
        && let Some(own) = world.store(crate::catalog::paths::MAIN_AGENT)
    {
        known_file(world, own.doc)?;
    }
    let renew = || advice::renew(world, agent, profile, &credential.provider);
    let token = match (credential.kind, &credential.refresh) {
        (Kind::OAuth, Some(token)) => token,
        (Kind::OAuth, None) => {
            return Err(Refusal::state(format!("{profile} has no refresh token")).help(renew()));
        }
        (kind, _) => {
            let what = if kind == Kind::ApiKey { "an API key" } else { "a static token" };
            return Err(Refusal::state(format!("{profile} is {what}, which cannot be renewed")).help(renew()));
        }
    };
    if let Some(end) = credential.terms.refresh_until.filter(|end| *end <= world.now) {
        let since = crate::sys::time::date(end);
        return Err(
            Refusal::state(format!("{profile} cannot be renewed any more since {since}")).help(renew())
        );
    }
    let Some(renewal) = health::renewal(&world.desired, &credential.provider) else {
        let why = format!("zirkabot cannot renew logins for {}", credential.provider);
        return Err(Refusal::state(why).help(renew()));
    };
    Ok(Subject { store, profile, credential, token, renewal, tool })
}

/// Whether a login is over, or will be within [`EARLY`]. One that does not say when is not: nobody
/// knows that it is.
pub fn is_due(credential: &Credential, now: Millis) -> bool {
    credential.kind == Kind::OAuth
        && credential.refresh.is_some()
        && credential.expires.at().is_some_and(|at| at <= now.saturating_add(EARLY))
}

/// What the server gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access: Secret,
    /// The refresh token that replaces the old one, if it does not stay.
    pub refresh: Option<Secret>,
    /// When the access token ends, in milliseconds since the epoch.
    pub expires: Millis,
    /// When the refresh token ends, in milliseconds since the epoch, if the server says so.
    pub refresh_until: Option<Millis>,
}

/// The command that renews the login of a profile that `agent` sees, where zirkabot can.
pub fn command(world: &World, agent: &str, profile: &str) -> Option<String> {
    let subject = refresh::subject(world, agent, profile).ok()?;
    let may = subject.tool.is_none() || !world.desired.never_refresh_borrowed;
    let was_refused = refresh::keep::was_refused(world, &subject).is_some();
    let of = if *agent == world.desired.default_agent() {
        String::new()
    } else {
        format!(" --agent {}", shell_word(agent))
    };
    (may && !was_refused)
        .then(|| world.paths.command(&format!("models auth refresh {}{of}", shell_word(profile))))
}
