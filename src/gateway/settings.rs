//! How the gateway is reached, as flags, environment and config say it. Pure.

use crate::catalog::documents::DocKind;
use crate::catalog::{nearest, providers};
use crate::change::advice::Command;
use crate::change::proposal::{Proposals, Refusal};
use crate::config::CredentialSource;
use crate::config::gateway::{PORT, TOKEN, port_in, root_of};
use crate::doc::Node;
use crate::intent::dotenv;
use crate::policy::advice::quoted;
use crate::policy::known::known_config;
use crate::sys::secret::Secret;
use crate::world::World;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Fewest characters of a token, where others than this machine can reach the port.
const STRONG: usize = 32;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// `--port`.
    pub(crate) port: Option<u16>,
    /// The text of `--token-file`.
    pub(crate) token: Option<Secret>,
}

/// What stored logins of subscriptions are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscriptions {
    /// In place of such a login that the request itself brings.
    Owner,
    /// For every request.
    Try,
    /// For none.
    Never,
}

/// How the gateway is reached, and how long what may take.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it was to listen.
    asked: SocketAddr,
    /// What the command line said.
    flags: Flags,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Hashes of the tokens that clients may show.
    pub(crate) tokens: Vec<[u8; 32]>,
    /// The token itself, for who is to point a client here.
    pub(crate) token: Secret,
    /// Names by which it may be called beside those of this machine itself.
    pub(crate) hosts: Vec<String>,
    /// What stored logins of subscriptions are used for.
    pub(crate) subscriptions: Subscriptions,
    /// Whether a request may bring a login of its own.
    pub(crate) passthrough: bool,
    /// Whether directives of a chat are heeded where only `user` names the session.
    pub(crate) chat_directives: bool,
    /// Whether metrics are shown without a token.
    pub(crate) open_metrics: bool,
    /// Most bytes of a body.
    pub(crate) max_body: usize,
    /// Most connections at once.
    pub(crate) max_connections: usize,
    /// Most attempts for one request.
    pub(crate) attempts: usize,
    /// Longest wait for the header of an answer that is not a stream.
    pub(crate) header: Duration,
    /// Longest wait for the header of a stream.
    pub(crate) first: Duration,
    /// Longest pause within an answer.
    pub(crate) idle: Duration,
}

/// The hash by which tokens are compared.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Reads the settings.
///
/// # Errors
/// If it cannot be served safely, or what is said makes no sense.
pub(crate) fn settings(world: &World, flags: &Flags) -> Result<Settings, Refusal> {
    known_config(world)?;
    let root = root_of(&world.desired);
    let at = |path: &[&str]| path.iter().try_fold(root?, |node, key| node.get(key));
    let number = |path: &[&str], least: usize, else_: usize| {
        let value = at(path).and_then(Node::as_f64).filter(|value| *value >= least as f64);
        value.map_or(else_, |value| value as usize)
    };
    let millis = |path: &[&str], else_: usize| Duration::from_millis(number(path, 1, else_) as u64);
    let ip = bind(&at)?;
    let here = || world.here().env.gateway_port();
    let port = flags.port.or_else(here).or_else(|| port_in(&world.desired)).unwrap_or(PORT);
    let token = token(world, flags)?;
    if !ip.is_loopback() && token.expose().chars().count() < STRONG {
        return Err(Refusal::state(format!(
            "{ip} can be reached from other machines, so the gateway's token must have at least {STRONG} characters"
        ))
        .help(Command::from("openssl rand -hex 24").then(format!(" creates one; set {TOKEN} to it"))));
    }
    if !ip.is_loopback() && at(&["trustedProxies"]).is_none_or(|list| list.items().is_empty()) {
        return Err(Refusal::state(format!(
            "{ip} can be reached from other machines, without encryption: set gateway.bind to loopback, or list the TLS proxy in front of it in gateway.trustedProxies"
        )));
    }
    let words = at(&["subscriptions"]).and_then(Node::as_str).unwrap_or("owner");
    let address = SocketAddr::new(ip, port);
    Ok(Settings {
        asked: address,
        flags: flags.clone(),
        address,
        tokens: vec![hash(token.expose())],
        token,
        hosts: at(&["allowedHosts"]).map(texts).unwrap_or_default(),
        subscriptions: subscriptions(words)?,
        passthrough: at(&["passthrough"]).and_then(Node::as_bool).unwrap_or(true),
        chat_directives: at(&["chatDirectives"]).and_then(Node::as_bool).unwrap_or(false),
        open_metrics: at(&["metrics", "open"]).and_then(Node::as_bool).unwrap_or(false) && ip.is_loopback(),
        max_body: number(&["http", "maxBodyBytes"], 1, 32 << 20),
        max_connections: number(&["http", "maxConcurrent"], 1, 256),
        attempts: number(&["http", "attempts"], 1, 4),
        header: Duration::from_secs(600),
        first: millis(&["http", "firstByteMs"], 120_000),
        idle: millis(&["http", "idleMs"], 300_000),
    })
}

impl Settings {
    /// The settings, taken at the start, that say something else in this world.
    pub(crate) fn outdated(&self, world: &World) -> Vec<&'static str> {
        let Ok(now) = settings(world, &self.flags) else { return Vec::new() };
        let limits = |own: &Self| (own.max_body, own.max_connections, own.attempts, own.first, own.idle);
        let all = [
            ("gateway.port", self.asked.port() != now.asked.port()),
            ("gateway.bind", self.asked.ip() != now.asked.ip()),
            ("token", self.tokens != now.tokens),
            ("gateway.allowedHosts", self.hosts != now.hosts),
            ("gateway.subscriptions", self.subscriptions != now.subscriptions),
            ("gateway.passthrough", self.passthrough != now.passthrough),
            ("gateway.chatDirectives", self.chat_directives != now.chat_directives),
            ("gateway.metrics.open", self.open_metrics != now.open_metrics),
            ("gateway.http", limits(self) != limits(&now)),
        ];
        all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

fn subscriptions(word: &str) -> Result<Subscriptions, Refusal> {
    match word {
        "owner" => Ok(Subscriptions::Owner),
        "try" => Ok(Subscriptions::Try),
        "never" => Ok(Subscriptions::Never),
        other => {
            let near = nearest::nearest(other, ["owner", "try", "never"].into_iter());
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            Err(Refusal::state(format!("gateway.subscriptions must be owner, try or never{near}")))
        }
    }
}

/// The address on which is listened. It never falls back to another one.
fn bind<'n>(at: &dyn Fn(&[&str]) -> Option<&'n Node>) -> Result<IpAddr, Refusal> {
    match at(&["bind"]).and_then(Node::as_str).unwrap_or("loopback") {
        "loopback" | "auto" => Ok(Ipv4Addr::LOCALHOST.into()),
        "lan" => Ok(Ipv4Addr::UNSPECIFIED.into()),
        "custom" => {
            let host = at(&["customBindHost"]).and_then(Node::as_str).unwrap_or_default();
            host.parse().map_err(|_| {
                Refusal::state(
                    "gateway.bind is custom, but gateway.customBindHost is not an address such as 192.168.1.5",
                )
            })
        }
        "::1" => Ok(Ipv6Addr::LOCALHOST.into()),
        other => other.parse().map_err(|_| {
            Refusal::state("gateway.bind must be loopback, lan, custom, or an address of this machine")
        }),
    }
}

/// The token of clients: of the file, the environment, the config.
fn token(world: &World, flags: &Flags) -> Result<Secret, Refusal> {
    let trimmed = |secret: &Secret| Secret::from(secret.expose().trim());
    let here = world.here();
    let of_env = here.env.get(TOKEN).filter(|token| !token.is_blank());
    let own = root_of(&world.desired).and_then(|root| root.get("auth"));
    let mode = own.and_then(|own| own.get("mode")).and_then(Node::as_str).unwrap_or("token");
    let name = if mode == "password" { "password" } else { "token" };
    let of_config = || own?.get(name)?.as_secret().filter(|secret| !secret.is_blank());
    let found = flags.token.as_ref().or(of_env).or_else(of_config).map(trimmed);
    found.ok_or_else(|| {
        let state = quoted(world, &world.paths.state);
        let make = format!(
            "mkdir -p -m 700 {state} && (umask 077; echo {TOKEN}=$(openssl rand -hex 24) >> {state}/.env)"
        );
        Refusal::state("clients of the gateway need a token, and none is set")
            .help(Command::from(make).then(" creates one"))
    })
}

/// What puts this token where the gateway finds it, unless there is one.
///
/// # Errors
/// If the state directory's `.env` cannot be written.
pub(crate) fn with_token(world: &World, made: &Secret) -> Proposals {
    if token(world, &Flags::default()).is_ok() { Ok(Vec::new()) } else { dotenv::set(world, TOKEN, made) }
}

/// Whether there is no token that clients could show.
pub(crate) fn lacks_token(world: &World, flags: &Flags) -> bool {
    token(world, flags).is_err()
}

fn texts(list: &Node) -> Vec<String> {
    list.items().iter().filter_map(Node::as_str).map(str::to_ascii_lowercase).collect()
}

/// Takes out of an environment the credentials that the process has from `$STATE/.env`: the gateway reads that file
/// itself, and what is changed there counts at the next request, not only after a restart. Variables that choose places
/// and ways stay, whatever stands in the file: they were meant for this process.
pub(crate) fn without_dotenv(world: &World, env: &mut BTreeMap<String, Secret>) {
    let Some(file) = world.doc_of(DocKind::StateDotenv).map(|doc| doc.id) else { return };
    let desired = &world.desired;
    let is_named = |name: &str| {
        let by_profile =
            |source: &CredentialSource| matches!(source, CredentialSource::Env(own) if own == name);
        desired.references.iter().any(|(_, own)| own == name)
            || desired.profiles.iter().any(|profile| by_profile(&profile.from))
    };
    let is_setting = |name: &str| crate::world::env::settings().any(|own| own == name);
    let is_credential = |name: &str| providers::is_var(name) || (is_named(name) && !is_setting(name));
    env.retain(|name, value| !(is_credential(name) && world.env.is_from(file, name, value)));
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::gateway::settings::*;
    use crate::report::sample as world;

    /// Settings as a test needs them; the token is `CANARY-gateway`.
    pub(crate) fn sample() -> Settings {
        let mut own = settings(
            &world::world(&[], &[]),
            &Flags { port: None, token: Some(Secret::from("CANARY-gateway")) },
        )
        .unwrap();
        own.hosts = vec!["gateway.lan".to_owned()];
        own
    }

    #[test]
    fn without_a_word_it_is_this_machine_only() {
        let own = sample();
        assert_eq!(own.address, "127.0.0.1:18789".parse().unwrap());
        assert_eq!((own.attempts, own.max_body, own.subscriptions), (4, 32 << 20, Subscriptions::Owner));
        let refused = settings(&world::world(&[], &[]), &Flags::default()).unwrap_err();
        assert!(refused.why.contains("need a token"), "{}", refused.why);
        let of_env = settings(&world::world(&[(TOKEN, "CANARY-env")], &[]), &Flags::default()).unwrap();
        assert_eq!(of_env.tokens, [hash("CANARY-env")]);
    }
}
