//! Candidates beside profiles: variables, the surroundings, the config's own entry.

use crate::catalog::kind::Kind;
use crate::catalog::providers::{self, Ambient};
use crate::config::Desired;
use crate::config::secret_ref::SecretRef;
use crate::doc::DocId;
use crate::policy::form;
use crate::policy::resolve::references::{self, Referenced};
use crate::policy::resolve::{Candidate, Route, Verdict, Why};
use crate::sys::secret::Secret;
use crate::world::actual::{Credential, Expiry, Origin, Terms};
use crate::world::env::Fate;
use crate::world::observe::survey::ambient_file;
use crate::world::{Sight, World};

pub(super) fn variables(sight: Sight<'_>, provider: &str) -> Vec<Candidate> {
    let vars = providers::vars(provider);
    vars.iter().flat_map(|var| bindings(sight, var.name, var.kind, provider)).collect()
}

/// A variable in every source that sets it.
pub(super) fn bindings(sight: Sight<'_>, name: &str, kind: Kind, provider: &str) -> Vec<Candidate> {
    let one = |binding: crate::world::env::Binding<'_>| {
        let origin = Origin { doc: binding.doc, key: name.to_owned(), loc: binding.loc };
        let verdict = match binding.fate {
            Fate::Shadowed(doc) => Verdict::Unusable(Why::Shadowed(doc)),
            Fate::Blocked(doc) => Verdict::Unusable(Why::Blocked(doc)),
            Fate::Untrusted => Verdict::Unusable(Why::Untrusted),
            Fate::Filled(_) => Verdict::Unusable(Why::Blank),
            Fate::Wins if binding.value.is_blank() => Verdict::Unusable(Why::Blank),
            Fate::Wins => Verdict::Later,
        };
        let credential = static_credential(provider, kind, binding.value, &origin);
        Candidate {
            name: name.to_owned(),
            route: Route::Env,
            listed: false,
            origin,
            credential: Some(credential),
            flaw: None,
            exchanged: None,
            verdict,
        }
    };
    sight.env.bindings(name).into_iter().map(one).collect()
}

pub(super) fn static_credential(provider: &str, kind: Kind, secret: &Secret, origin: &Origin) -> Credential {
    Credential {
        provider: provider.to_owned(),
        kind,
        secret: trimmed(secret),
        refresh: None,
        expires: if kind == Kind::ApiKey { Expiry::Never } else { Expiry::Unknown },
        expires_loc: None,
        email: None,
        account: None,
        project: None,
        terms: Terms::default(),
        origin: origin.clone(),
    }
}

pub(super) fn ambient(world: &World, sight: Sight<'_>, provider: &str) -> Vec<Candidate> {
    ambient_ways(sight.desired, provider).iter().filter_map(|way| ambient_one(world, sight, way)).collect()
}

/// The ways through the surroundings. A provider of the user's own may be reached with an AWS login.
pub(crate) fn ambient_ways(desired: &Desired, provider: &str) -> &'static [Ambient] {
    let by_aws = desired.provider(provider).is_some_and(|own| own.auth.as_deref() == Some("aws-sdk"));
    providers::find(if by_aws { "amazon-bedrock" } else { provider }).map_or(&[], |row| row.ambient)
}

/// One way through the surroundings; `None` if nothing of it is there.
fn ambient_one(world: &World, sight: Sight<'_>, way: &Ambient) -> Option<Candidate> {
    // What names a place is no secret, and has the form of none.
    let is_place = |name: &str| ["_ARN", "_FILE", "_URI"].iter().any(|end| name.ends_with(end));
    let is_there = |name: &str| match is_place(name) {
        true => sight.env.is_set(name),
        false => sight.env.get(name).is_some_and(form::is_filled),
    };
    let groups = way.vars.iter().map(|group| group.iter().any(|name| is_there(name)));
    let file = way
        .file
        .map(|(var, place)| world.present.contains(&ambient_file(sight.paths, sight.env, var, place)));
    let parts: Vec<bool> = groups.chain(file).collect();
    if parts.iter().all(|there| !there) {
        return None;
    }
    let complete = parts.iter().all(|there| *there);
    let doc = world.docs.iter().next().map_or(DocId(0), |doc| doc.id);
    Some(Candidate {
        name: way.label.to_owned(),
        route: Route::Ambient,
        listed: false,
        origin: Origin { doc, key: way.label.to_owned(), loc: None },
        credential: None,
        flaw: None,
        exchanged: None,
        verdict: if complete { Verdict::Later } else { Verdict::Unusable(Why::Incomplete) },
    })
}

/// A credential whose secret is elsewhere: with what its reference comes to, or why there is none.
pub(super) fn referenced(
    world: &World,
    sight: Sight<'_>,
    reference: Option<&SecretRef>,
    held: Credential,
) -> (Origin, Option<Credential>, Option<Why>) {
    let Some(reference) = reference else { return (held.origin.clone(), Some(held), None) };
    let at = Origin { loc: Some(reference.loc), ..held.origin.clone() };
    match references::follow(world, sight, reference) {
        Referenced::Found(secret, origin) => {
            let credential = Credential { secret: trimmed(&secret), origin: origin.clone(), ..held };
            (origin, Some(credential), None)
        }
        Referenced::Nothing => (at, None, Some(Why::Dangling(reference.in_words()))),
        Referenced::Unknown => (at, None, Some(Why::Elsewhere(reference.in_words()))),
    }
}

/// A secret without the white space around it.
pub(super) fn trimmed(secret: &Secret) -> Secret {
    Secret::from(form::trimmed(secret.expose()))
}

pub(super) fn configured(world: &World, sight: Sight<'_>, provider: &str) -> Option<Candidate> {
    let own = sight.desired.provider(provider)?;
    if let Some(reference) = &own.key_ref {
        let key = format!("models.providers.{provider}.apiKey");
        let origin = Origin { doc: reference.loc.doc, key, loc: Some(reference.loc) };
        let blank = static_credential(provider, Kind::ApiKey, &Secret::from(""), &origin);
        let (origin, credential, why) = referenced(world, sight, Some(reference), blank);
        return Some(Candidate {
            name: "models.providers".to_owned(),
            route: Route::Config,
            listed: false,
            credential,
            flaw: None,
            exchanged: None,
            origin,
            verdict: why.map_or(Verdict::Later, Verdict::Unusable),
        });
    }
    let (secret, loc) = own.api_key.as_ref()?;
    let key = format!("models.providers.{provider}.apiKey");
    let origin = Origin { doc: loc.doc, key, loc: Some(*loc) };
    let blank = secret.is_blank();
    Some(Candidate {
        name: "models.providers".to_owned(),
        route: Route::Config,
        listed: false,
        credential: Some(static_credential(provider, Kind::ApiKey, secret, &origin)),
        flaw: None,
        exchanged: None,
        origin,
        verdict: if blank { Verdict::Unusable(Why::Blank) } else { Verdict::Later },
    })
}
