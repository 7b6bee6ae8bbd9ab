//! Where a person logs in to a provider: the row of the catalogue, and what the config says otherwise. Pure.

use crate::catalog::kind::Kind;
use crate::catalog::logins;
use crate::catalog::providers::{self, Renewal};
use crate::change::proposal::Refusal;
use crate::config::login::OwnLogin;
use crate::policy::login::known::default_id;
use crate::policy::refresh::request;
use crate::sys::http;
use crate::sys::secret::Secret;
use crate::world::World;

/// Where a person logs in, and as which client.
#[derive(Debug)]
pub(crate) struct LoginPlace {
    /// Normalised provider.
    pub(crate) provider: String,
    /// The authorization endpoint, and where it sends the browser back to.
    pub(crate) authorize: Option<(String, String)>,
    /// The endpoint that gives codes for devices.
    pub(crate) device: Option<String>,
    /// The token endpoint.
    pub(crate) token: String,
    /// Where tokens are revoked, and whether that is told in JSON.
    pub(crate) revoke: Option<(String, bool)>,
    /// Who asks, and with which secret.
    pub(crate) client: (String, Option<Secret>),
    /// What is asked for.
    pub(crate) scopes: String,
    /// What the authorization endpoint wants to be told beside.
    pub(crate) more: &'static [(&'static str, &'static str)],
    /// How the token endpoint is asked, and what its answer means.
    pub(crate) renewal: Renewal,
    /// As what it is stored.
    pub(crate) kind: Kind,
    /// What a person is to know before.
    pub(crate) warning: &'static str,
}

/// Where a person logs in to a normalised provider.
///
/// # Errors
/// If nobody can, or something of it is not known, or is no address that may be asked.
pub(crate) fn place(world: &World, provider: &str) -> Result<LoginPlace, Refusal> {
    let row = logins::find(provider);
    let own = world.desired.logins.iter().rev().find(|own| own.provider == provider);
    let told = |of: fn(&OwnLogin) -> Option<&String>, usual: fn(&logins::LoginRow) -> &'static str| {
        let usual = row.map(usual).filter(|usual| !usual.is_empty());
        own.and_then(of).cloned().or_else(|| usual.map(str::to_owned))
    };
    let instead = || providers::find(provider).map(|row| row.how);
    let refused = |why: String| match instead() {
        Some(how) => Refusal::state(why).help(format!("another way to get a credential: {how}")),
        None => Refusal::state(why).help(format!("configure it under auth.login.{provider}")),
    };
    if let (Some((since, instead)), None) = (row.and_then(|row| row.over), own) {
        let why = format!("{provider} no longer offers this login since {since}");
        return Err(Refusal::state(why).help(format!("use {instead}")));
    }
    let authorize = told(|own| own.authorize.as_ref(), |row| row.authorize);
    let redirect = told(|own| own.redirect.as_ref(), |row| row.redirect);
    let device = told(|own| own.device.as_ref(), |row| row.device);
    let renewal = row.and_then(logins::LoginRow::tokens).copied().unwrap_or(providers::FORM);
    if authorize.is_none() && device.is_none() {
        return Err(refused(format!("zirkabot cannot log in to {provider}")));
    }
    let token = request::endpoint(world, provider, &renewal);
    let revoke = told(|own| own.revoke.as_ref(), |row| row.revoke);
    for url in [&authorize, &redirect, &device, &Some(token.clone()), &revoke].into_iter().flatten() {
        let is_fit = http::address(url).is_some_and(|to| to.tls || http::is_loopback(to.host));
        if !is_fit {
            let why = format!("an address in auth.login.{provider} cannot be used");
            return Err(Refusal::state(why).help("use https://, or http:// for this machine"));
        }
    }
    let Some(client) = request::client(world, provider, &renewal, None) else {
        let vars = request::client_vars(&renewal)
            .map(|(id, secret)| format!("; or {id}, and {secret} if it has one"));
        let help = format!("set auth.login.{provider}.clientId{}", vars.unwrap_or_default());
        return Err(Refusal::state(format!("the client for logins to {provider} is unknown")).help(help));
    };
    let authorize = match (authorize, redirect) {
        (Some(authorize), Some(redirect)) => Some((authorize, redirect)),
        (Some(_), None) => {
            let why = format!("the redirect address for {provider} is unknown");
            return Err(Refusal::state(why).help(format!("set auth.login.{provider}.redirectUri")));
        }
        (None, _) => None,
    };
    let scopes = own.map(|own| own.scopes.join(" ")).filter(|scopes| !scopes.is_empty());
    Ok(LoginPlace {
        provider: provider.to_owned(),
        authorize,
        device,
        token,
        revoke: revoke.map(|url| (url, row.is_some_and(|row| row.revoke_json))),
        client,
        scopes: scopes.unwrap_or_else(|| row.map_or("", |row| row.scopes).to_owned()),
        more: row.map_or(&[], |row| row.more),
        renewal,
        kind: row.map_or(Kind::OAuth, |row| row.kind),
        warning: row.map_or("", |row| row.warning),
    })
}

impl LoginPlace {
    /// The profile of a login that was not named.
    pub(crate) fn default_id(&self) -> String {
        default_id(&self.provider)
    }

    /// The port of this machine to which the browser is sent back, and the path there; none if it is sent
    /// to a page that shows a code.
    pub(crate) fn loopback(&self) -> Option<(u16, &str)> {
        let (_, redirect) = self.authorize.as_ref()?;
        let to = http::address(redirect).filter(|to| !to.tls && http::is_loopback(to.host))?;
        let rest = redirect.split_once("://")?.1.strip_prefix(to.host)?;
        let (port, path) =
            rest.strip_prefix(':')?.split_once('/').map_or((rest, ""), |(port, path)| (port, path));
        let at = redirect.len() - path.len() - 1;
        Some((port.parse().ok().filter(|port| *port != 0)?, &redirect[at..]))
    }
}
