//! What serves a provider, in one line of `/model status`: its endpoint, and its credentials as labels.

use crate::catalog::kind::Kind;
use crate::catalog::paths::STORE_FILE;
use crate::catalog::providers;
use crate::doc::Node;
use crate::policy::resolve::{self, Candidate, Route, Verdict, Why};
use crate::policy::status;
use crate::sys::Millis;
use crate::sys::time::short;
use crate::world::World;
use crate::world::actual::Credential;
use crate::world::label::Labels;

/// What serves a provider.
pub(super) struct SessionAuth {
    /// Whether anything is there at all, usable or not.
    pub(super) is_there: bool,
    /// `endpoint: … api: … auth: …`.
    pub(super) line: String,
}

/// What serves `provider` for `agent`.
pub(super) fn of(world: &World, labels: &Labels, agent: &str, provider: &str) -> SessionAuth {
    let resolution = resolve::resolve(world, agent, provider);
    let profiles: Vec<&Candidate> =
        resolution.base().filter(|candidate| candidate.credential.is_some()).collect();
    // What is not a profile counts only if it is used.
    let other = resolution.chosen().filter(|candidate| candidate.route != Route::Profile);
    let mut parts = Vec::new();
    if !profiles.is_empty() {
        let last_good = last_good(world, agent, provider);
        let one =
            |candidate: &&Candidate| profile(world, labels, agent, provider, candidate, last_good.as_deref());
        let all: Vec<String> = profiles.iter().map(one).collect();
        let file = world.view(agent, provider).map(|store| world.doc_name(store.doc)).unwrap_or_default();
        parts.push(format!("{} ({STORE_FILE}: {file})", all.join(", ")));
    }
    parts.extend(other.map(|candidate| beside(world, labels, candidate)));
    let is_there = !parts.is_empty() || status::needs_none(world, provider);
    if parts.is_empty() {
        parts.push(if is_there { "not needed" } else { "missing" }.to_owned());
    }
    let auth = parts.join("; then ");
    SessionAuth { is_there, line: format!("{} auth: {auth}", endpoint(world, labels, provider)) }
}

/// Where a provider is reached, and how it is spoken to if the config says so.
fn endpoint(world: &World, labels: &Labels, provider: &str) -> String {
    let own = world.desired.provider(provider);
    let url = own.and_then(|own| own.base_url.as_deref()).map(bare);
    let api = api(world, provider).map(|api| format!(" api: {}", labels.name(&api))).unwrap_or_default();
    format!("endpoint: {}{api}", url.map_or_else(|| "default".to_owned(), |url| labels.scrub(&url)))
}

/// An address without what may be secret in it: a user with a password, and what is asked.
fn bare(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    format!("{scheme}{host}{path}")
}

fn api(world: &World, provider: &str) -> Option<String> {
    let all = world.desired.root.as_ref()?.get("models")?.get("providers")?;
    let own = all.members().iter().rev().find(|member| providers::normalise(&member.key) == provider)?;
    own.node.get("api").and_then(Node::as_str).map(str::to_owned)
}

/// `id=label (flags)`.
fn profile(
    world: &World,
    labels: &Labels,
    agent: &str,
    provider: &str,
    candidate: &Candidate,
    last_good: Option<&str>,
) -> String {
    let name = labels.name(&candidate.name);
    let Some(credential) = &candidate.credential else { return name };
    let masked = masked(labels, credential);
    let mut flags: Vec<String> = Vec::new();
    if candidate.verdict == Verdict::Chosen {
        flags.push("next".to_owned());
    }
    if last_good == Some(candidate.name.as_str()) {
        flags.push("lastGood".to_owned());
    }
    let usage = world.view(agent, provider).map(|store| store.usage(&candidate.name)).unwrap_or_default();
    let until = usage.unusable_until(world.now);
    if until > 0 {
        flags.push(format!("cooldown {}", left(until - world.now)));
    }
    match &candidate.verdict {
        Verdict::Unusable(Why::Cooldown(_)) | Verdict::Chosen | Verdict::Later => {}
        Verdict::Unusable(Why::Expired(_)) => flags.push("expired".to_owned()),
        Verdict::Unusable(_) => flags.push("unusable".to_owned()),
    }
    if let Some(end) = credential.expires.at().filter(|end| *end > world.now) {
        flags.push(format!("exp {}", left(end - world.now)));
    }
    let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(", ")) };
    format!("{name}={masked}{flags}")
}

fn masked(labels: &Labels, credential: &Credential) -> String {
    match credential.kind {
        Kind::OAuth => "OAuth".to_owned(),
        Kind::Token => format!("token:{}", labels.of(&credential.secret)),
        Kind::ApiKey => labels.of(&credential.secret),
    }
}

/// A credential that is no profile.
fn beside(world: &World, labels: &Labels, candidate: &Candidate) -> String {
    let masked = match (&candidate.credential, candidate.route) {
        (Some(credential), Route::Env) if credential.kind != Kind::ApiKey => "OAuth (env)".to_owned(),
        (Some(credential), _) => labels.of(&credential.secret),
        (None, _) => return labels.name(&candidate.name),
    };
    let place = world.doc_name(candidate.origin.doc);
    format!("{masked} ({}: {place})", labels.name(&candidate.name))
}

/// The profile that answered last, as the gateway has recorded it.
fn last_good(world: &World, agent: &str, provider: &str) -> Option<String> {
    let tree = world.doc(world.view(agent, provider)?.doc).tree()?;
    let all = tree.get("lastGood")?;
    let own = all.members().iter().rev().find(|member| providers::normalise(&member.key) == provider)?;
    own.node.as_str().map(|id| id.trim().to_owned())
}

/// A time that is left.
fn left(millis: Millis) -> String {
    if millis < 60_000 { "soon".to_owned() } else { short(millis) }
}

#[cfg(test)]
mod tests {
    use crate::report::session::auth::*;

    #[test]
    fn addresses_are_shown_without_what_may_be_secret() {
        for (url, shown) in [
            ("http://localhost:1234/v1", "http://localhost:1234/v1"),
            ("https://me:CANARY@host/v1?key=CANARY#x", "https://host/v1"),
            ("https://host", "https://host"),
            ("host:80", "host:80"),
            ("me:CANARY@host/x@y", "host/x@y"),
            ("", ""),
        ] {
            assert_eq!(bare(url), shown, "{url}");
        }
    }

    #[test]
    fn what_is_nearly_over_is_over_soon() {
        assert_eq!((left(59_999), left(60_000)), ("soon".to_owned(), "1m".to_owned()));
    }
}
