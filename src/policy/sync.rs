//! Sync of other programs' logins into our store: what would change, and why. Pure.
//!
//! The source is looked at on every load. A blank or expired login never replaces anything
//! better, a fresh one replaces what differs, and a fresh OAuth login is never downgraded.

use crate::catalog::kind::{Kind, secret_field};
use crate::catalog::paths::MAIN_AGENT;
use crate::catalog::tools::Tool;
use crate::config::{CredentialSource, Mode};
use crate::doc::edit::ops::{Draft, Edit, To};
use crate::doc::{KeyPath, State};
use crate::policy::form::{self, Flaw, Sort};
use crate::policy::health::lacking_scope;
use crate::sys::Millis;
use crate::sys::time::HOUR;
use crate::world::World;
use crate::world::actual::{Credential, Held, Store};
use crate::world::observe::store::{ASSUMED, REFRESH_UNTIL, SCOPES};

/// A stored login with less left than this counts as ending: ten minutes.
const MARGIN: Millis = HOUR / 6;

/// What to do with an incoming login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Nothing is stored yet: store it.
    Create,
    /// Replace what is stored.
    Replace,
    /// Keep what is stored.
    Keep(SyncReason),
}

/// Why a stored credential is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncReason {
    /// Both are equal.
    Equal,
    /// The incoming one is over.
    IncomingExpired,
    /// The stored login lasts longer.
    StoredLonger,
    /// The stored login is fresh and can renew itself; a token cannot.
    NoDowngrade,
}

/// Decides for a stored credential and an incoming login.
pub(crate) fn decide(stored: Option<&Credential>, incoming: &Credential, now: Millis) -> Decision {
    // A token without a recorded end may last for ever; a login without one lasts nobody knows
    // how long, which is not longer.
    let end = |credential: &Credential| match (credential.expires.at(), credential.kind) {
        (Some(at), _) => at,
        (None, Kind::OAuth) => Millis::MIN,
        (None, _) => Millis::MAX,
    };
    let live = end(incoming) > now && lacking_scope(incoming).is_none();
    let Some(stored) = stored else {
        return if live { Decision::Create } else { Decision::Keep(SyncReason::IncomingExpired) };
    };
    if same(stored, incoming) {
        return Decision::Keep(SyncReason::Equal);
    }
    let stored_live =
        stored.provider == incoming.provider && end(stored) > now && !crate::policy::health::is_blank(stored);
    let stored_fresh = stored_live && end(stored) > now.saturating_add(MARGIN);
    match (stored.kind, incoming.kind) {
        // Both over: a login can still be renewed, so the later record is the better one.
        (_, Kind::OAuth)
            if !live && !stored_live && stored.kind != Kind::ApiKey && end(incoming) >= end(stored) =>
        {
            Decision::Replace
        }
        _ if !live => Decision::Keep(SyncReason::IncomingExpired),
        (Kind::OAuth, Kind::Token) if stored_fresh => Decision::Keep(SyncReason::NoDowngrade),
        (Kind::OAuth, Kind::OAuth | Kind::Token) if stored_live && end(stored) > end(incoming) => {
            Decision::Keep(SyncReason::StoredLonger)
        }
        _ => Decision::Replace,
    }
}

fn same(a: &Credential, b: &Credential) -> bool {
    a.kind == b.kind
        && a.provider == b.provider
        && a.secret == b.secret
        && a.refresh == b.refresh
        && a.expires.at() == b.expires.at()
        && a.expires.odd().is_none()
        && (b.account.is_none() || a.account == b.account)
        && (a.terms.refresh_until == b.terms.refresh_until
            || a.terms.refresh_until.is_none()
            || b.terms.refresh_until.is_none())
}

/// A login that is not yet in our store as it should be.
#[derive(Debug)]
pub(crate) struct Behind<'w> {
    /// Which program.
    pub tool: Tool,
    /// Into which store.
    pub store: &'w Store,
    /// Under which profile.
    pub profile: String,
    /// What is incoming.
    pub incoming: &'w Credential,
    /// Whether something is replaced.
    pub decision: Decision,
}

/// All logins that the next sync would store.
pub(crate) fn behind(world: &World) -> Vec<Behind<'_>> {
    let mut all: Vec<Behind<'_>> = Vec::new();
    for tool in Tool::ALL {
        let Some(incoming) = crate::world::login(world, tool) else { continue };
        if flaw(world, incoming).is_some() {
            continue;
        }
        for profile in profiles(world, tool) {
            for store in targets(world, &profile) {
                let stored = store.profile(&profile).map(|stored| &stored.held);
                let decision = match stored {
                    // The config wants a key here, and has one: a login would put it out of use.
                    Some(Held::Credential(held)) if is_meant(world, &profile, held) => continue,
                    Some(Held::Credential(credential)) => decide(Some(credential), incoming, world.now),
                    // Kept byte for byte: it may mean something to a newer gateway.
                    Some(Held::UnknownType(_) | Held::Broken(_)) => continue,
                    None if duplicates(store, incoming) => continue,
                    None => decide(None, incoming, world.now),
                };
                if !matches!(decision, Decision::Keep(_)) {
                    all.push(Behind { tool, store, profile: profile.clone(), incoming, decision });
                }
            }
        }
    }
    all
}

/// What makes a login of another program useless: it is not stored, and replaces nothing.
pub(crate) fn flaw(world: &World, incoming: &Credential) -> Option<Flaw> {
    form::of(world, incoming).filter(|flaw| flaw.is_fatal() && flaw.sort != Sort::Short)
}

/// Whether a stored key stands where the config says that a key is to be.
fn is_meant(world: &World, profile: &str, held: &Credential) -> bool {
    let mode = world.desired.profile(profile).and_then(|declared| declared.mode);
    mode == Some(Mode::ApiKey) && held.kind == Kind::ApiKey && !crate::policy::health::is_blank(held)
}

/// The profiles that a tool's login belongs into.
pub(crate) fn profiles(world: &World, tool: Tool) -> Vec<String> {
    let declared =
        world.desired.profiles.iter().filter(|profile| profile.from == CredentialSource::Tool(tool));
    // A login serves only its own provider; `config/schema` speaks of any other.
    let declared = declared.filter(|profile| profile.provider == tool.row().provider);
    let mut ids: Vec<String> = declared.map(|profile| profile.id.clone()).collect();
    let default = tool.row().profile;
    if world.desired.profile(default).is_none() {
        ids.push(default.to_owned());
    }
    ids
}

/// The stores that a profile belongs into: where it is already, else main's, which all agents
/// see; so no login is stored twice. Stores that could not be read are left alone.
fn targets<'w>(world: &'w World, profile: &str) -> Vec<&'w Store> {
    let has = |store: &&Store| store.profile(profile).is_some();
    let mut targets: Vec<&Store> = Vec::new();
    for agent in &world.scope {
        let own = world.store(agent).filter(has);
        let Some(target) = own.or_else(|| world.store(MAIN_AGENT)) else { continue };
        let usable = matches!(world.doc(target.doc).state, State::Parsed | State::Absent);
        if usable && targets.iter().all(|known| known.doc != target.doc) {
            targets.push(target);
        }
    }
    targets
}

/// Whether the same login is already stored under another name, as Codex logins may be.
fn duplicates(store: &Store, incoming: &Credential) -> bool {
    let same = |stored: &Credential| {
        stored.provider == incoming.provider
            && stored.kind == Kind::OAuth
            && stored.refresh.is_some()
            && stored.refresh == incoming.refresh
            && stored.secret == incoming.secret
    };
    store.profiles.iter().filter_map(crate::world::actual::Stored::credential).any(same)
}

/// The edits that store the login: only what differs, so that unknown fields stay.
pub(crate) fn edits(behind: &Behind<'_>) -> Vec<Edit> {
    storing(behind.store, &behind.profile, behind.incoming)
}

/// The edits that store a credential as `profile`, over what is there.
pub(crate) fn storing(store: &Store, profile: &str, incoming: &Credential) -> Vec<Edit> {
    let at = KeyPath::of(&["profiles", profile]);
    let old = store.profile(profile).and_then(crate::world::actual::Stored::credential);
    let fields = fields(incoming);
    let edit = |at: KeyPath, to: To| Edit::value(store.doc, at, to);
    let Some(old) = old else { return vec![edit(at, To::Set(Draft::Table(fields)))] };
    let mut edits = Vec::new();
    for kind in [Kind::ApiKey, Kind::Token, Kind::OAuth] {
        if old.kind == kind && kind != incoming.kind {
            edits.push(edit(at.key(secret_field(kind)), To::Remove));
        }
    }
    if old.kind == Kind::OAuth && incoming.refresh.is_none() {
        edits.push(edit(at.key("refresh"), To::Remove));
    }
    if old.terms.refresh_until.is_some() && incoming.terms.refresh_until.is_none() {
        edits.push(edit(at.key(REFRESH_UNTIL), To::Remove));
    }
    if old.terms.scopes.is_some() && old.terms.scopes != incoming.terms.scopes {
        edits.push(edit(at.key(SCOPES), To::Remove));
    }
    if old.terms.is_assumed && !incoming.terms.is_assumed {
        edits.push(edit(at.key(ASSUMED), To::Remove));
    }
    if old.expires_loc.is_some() && incoming.expires.at().is_none() {
        edits.push(edit(at.key("expires"), To::Remove));
    }
    for (field, value) in fields {
        if differs(&field, old, incoming) {
            edits.push(edit(at.key(&field), To::Set(value)));
        }
    }
    edits
}

/// A credential as the store writes it.
pub(crate) fn fields(credential: &Credential) -> Vec<(String, Draft)> {
    let mut fields = vec![
        ("type".to_owned(), Draft::text(credential.kind.as_str())),
        ("provider".to_owned(), Draft::text(&credential.provider)),
        (secret_field(credential.kind).to_owned(), Draft::String(credential.secret.clone())),
    ];
    if let Some(refresh) = &credential.refresh {
        fields.push(("refresh".to_owned(), Draft::String(refresh.clone())));
    }
    if let Some(at) = credential.expires.at() {
        fields.push(("expires".to_owned(), Draft::Int(at)));
    }
    let terms = &credential.terms;
    if let Some(at) = terms.refresh_until {
        fields.push((REFRESH_UNTIL.to_owned(), Draft::Int(at)));
    }
    if terms.is_assumed {
        fields.push((ASSUMED.to_owned(), Draft::Bool(true)));
    }
    for (name, value) in [("email", &credential.email), ("accountId", &credential.account)] {
        if let Some(value) = value {
            fields.push((name.to_owned(), Draft::text(value)));
        }
    }
    fields
}

fn differs(field: &str, old: &Credential, new: &Credential) -> bool {
    match field {
        "type" => old.kind != new.kind,
        "provider" => old.provider != new.provider,
        "refresh" => old.refresh != new.refresh,
        "expires" => old.expires != new.expires,
        "email" => old.email != new.email,
        REFRESH_UNTIL => old.terms.refresh_until != new.terms.refresh_until,
        ASSUMED => old.terms.is_assumed != new.terms.is_assumed,
        "accountId" => old.account != new.account,
        _ => old.kind != new.kind || old.secret != new.secret,
    }
}

#[cfg(test)]
mod tests {
    use crate::doc::DocId;
    use crate::policy::sync::*;
    use crate::sys::secret::Secret;
    use crate::world::actual::{Expiry, Origin, Terms};

    const NOW: Millis = 1_800_000_000_000;

    /// `kind:secret:minutes`, where minutes are from now; none = no expiry recorded.
    fn credential(text: &str) -> Credential {
        let parts: Vec<_> = text.split(':').collect();
        let kind = Kind::parse(parts[0]).unwrap();
        let expires = parts.get(2).map_or(Expiry::Unknown, |minutes| {
            Expiry::millis(NOW + minutes.parse::<i64>().unwrap() * 60_000)
        });
        Credential {
            provider: "anthropic".to_owned(),
            kind,
            secret: Secret::from(parts[1]),
            refresh: (kind == Kind::OAuth).then(|| Secret::new(format!("r-{}", parts[1]))),
            expires: if kind == Kind::ApiKey { Expiry::Never } else { expires },
            expires_loc: None,
            email: None,
            account: None,
            project: None,
            terms: Terms::default(),
            origin: Origin { doc: DocId(0), key: String::new(), loc: None },
        }
    }

    #[test]
    fn sync_table() {
        use Decision::{Create, Keep, Replace};
        use SyncReason::{Equal, IncomingExpired, NoDowngrade, StoredLonger};
        for (stored, incoming, expected) in [
            // Nothing stored.
            ("", "oauth:new:60", Create),
            ("", "token:new:60", Create),
            ("", "oauth:new:-1", Keep(IncomingExpired)),
            ("", "token:new:0", Keep(IncomingExpired)),
            // An API key under the borrowed id.
            ("api_key:old", "oauth:new:60", Replace),
            ("api_key:old", "oauth:new:-1", Keep(IncomingExpired)),
            // Token, then login: always an upgrade, even to an earlier end.
            ("token:old:9999", "oauth:new:60", Replace),
            ("token:old", "oauth:new:60", Replace),
            ("token:old:9999", "oauth:new:-1", Keep(IncomingExpired)),
            ("token:old:-60", "oauth:new:-1", Replace),
            // Login, then token: no downgrade while fresh; `claude setup-token` repairs an expired one.
            ("oauth:old:60", "token:new:9999", Keep(NoDowngrade)),
            ("oauth:old:-1", "token:new:9999", Replace),
            ("oauth:old:5", "token:new:9999", Replace),
            ("oauth:old:-1", "token:new:-2", Keep(IncomingExpired)),
            // Login, then login.
            ("oauth:old:60", "oauth:new:120", Replace),
            ("oauth:old:60", "oauth:new:60", Replace),
            ("oauth:old:120", "oauth:new:60", Keep(StoredLonger)),
            ("oauth:old:-60", "oauth:new:120", Replace),
            ("oauth:old:-60", "oauth:new:-30", Replace),
            ("oauth:old:-30", "oauth:new:-60", Keep(IncomingExpired)),
            ("oauth:old:60", "oauth:new:-60", Keep(IncomingExpired)),
            ("oauth:same:60", "oauth:same:60", Keep(Equal)),
            ("oauth:old", "oauth:new:60", Replace),
            ("oauth::60", "oauth:new:30", Keep(StoredLonger)),
            // Token, then token.
            ("token:old:60", "token:new:30", Replace),
            ("token:old:60", "token:new:120", Replace),
            ("token:old:-1", "token:new:120", Replace),
            ("token:old", "token:new:120", Replace),
            ("token:old:60", "token:new:-1", Keep(IncomingExpired)),
            ("token:old:-9", "token:new:-1", Keep(IncomingExpired)),
            ("token:same:60", "token:same:60", Keep(Equal)),
        ] {
            let stored_credential = (!stored.is_empty()).then(|| credential(stored));
            let decision = decide(stored_credential.as_ref(), &credential(incoming), NOW);
            assert_eq!(decision, expected, "{stored:?} <- {incoming:?}");
        }
    }

    #[test]
    fn storing_twice_changes_nothing() {
        for incoming in ["oauth:new:60", "token:new:60"] {
            let incoming = credential(incoming);
            assert_eq!(decide(Some(&incoming), &incoming, NOW), Decision::Keep(SyncReason::Equal));
        }
    }
}
